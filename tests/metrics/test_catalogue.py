"""A metric is found by its declaration: in the list, by the command, and by the tests of all."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import metrics.funnel
from data.engine.warehouse import DuckDBWarehouse
from data.errors import MetricError
from metrics.__main__ import main
from metrics.catalogue import catalogue, declarations, find_metric
from metrics.funnel.conversion import StageConversion, stage_conversion, stage_conversion_by
from metrics.health.consent import ConsentCount
from metrics.health.links import orphans
from metrics.scope import Dimension
from tests.metrics.examples import BROKEN, ROOT, guides_example, put_beside_the_funnel
from tests.metrics.facts import TERMS
from tests.metrics.scopes import asked
from tests.metrics.twelve_leads import SEEN, WINTER

FOR_PAGES = {"stage_records", "deal_records", "completeness"} | {
    "credit_of",
    "path_credit_of",
    "channel_stages_of",
    "usual_days",
    "plan_versus_actual",
    "early_warning",
    "event_steps",
    "revenue_gap",
    "entry_cost",
    "revenue_gap_leaves",
    "cell_campaigns",
    "timeline",
    "timeline_lanes",
    "gone_records",
    "taken_back_entries",
    "found_subjects",
    "movement_deals",
    "segment_months",
    "quality_records",
    "bad_contact_records",
    "loads_behind",
}
"""Functions that need what a metric is not offered: a stage, a table, a kept plan, a subject."""


@pytest.fixture
def added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder whose modules are part of `metrics.funnel`, and what is imported from it is not."""
    monkeypatch.setattr(metrics.funnel, "__path__", [*metrics.funnel.__path__, str(tmp_path)])
    for name in ("exits", "joined"):
        monkeypatch.setitem(sys.modules, f"metrics.funnel.{name}", None)
        monkeypatch.delitem(sys.modules, f"metrics.funnel.{name}")
    catalogue.cache_clear()
    yield tmp_path
    catalogue.cache_clear()


@pytest.mark.parametrize("name", catalogue())
def test_a_metric_is_called_like_its_function_and_begins_with_a_question(name: str) -> None:
    metric = find_metric(name)
    assert metric.name == name == metric.function.__name__
    assert metric.question.endswith("?"), metric.question
    assert (metric.contract.__doc__ or "").startswith("One row"), "the grain comes first"


def test_a_declaration_says_what_a_metric_can_be_asked() -> None:
    conversion = find_metric("stage_conversion")
    assert conversion.function is stage_conversion
    assert conversion.sliced is stage_conversion_by
    assert conversion.contract is StageConversion
    assert (conversion.family, conversion.is_scoped) == ("funnel", True)
    consent = find_metric("consent")
    assert (consent.contract, consent.sliced) == (ConsentCount, None)
    assert (consent.family, consent.is_scoped, consent.options) == ("health", False, "")
    assert find_metric("stage_trend").options == "scope"
    assert (find_metric("headline").family, find_metric("headline").options) == ("", "scope")


def test_what_is_shared_comes_first_and_families_stay_together() -> None:
    families = [metric.family for metric in catalogue().values()]
    assert families == sorted(families)
    assert families[0] == ""
    assert {"funnel", "health"} <= set(families)


def test_every_declared_function_is_a_metric_or_known_to_serve_a_page() -> None:
    """A parameter that is not offered would leave a metric out in silence."""
    reached = {name for name, metric in catalogue().items()}
    reached |= {metric.sliced.__name__ for metric in catalogue().values() if metric.sliced}
    assert {function.__name__ for function, _ in declarations()} - reached == FOR_PAGES


def test_what_a_metric_does_not_ask_for_is_not_passed_on(twelve: DuckDBWarehouse) -> None:
    scope = asked(WINTER, SEEN)
    conversion = find_metric("stage_conversion")
    plain = conversion.measure(twelve, scope, definitions=TERMS)
    assert plain.equals(stage_conversion(twelve, scope))
    sliced = conversion.measure(twelve, scope, Dimension.OWNER, TERMS)
    assert sliced.equals(stage_conversion_by(twelve, scope, Dimension.OWNER))
    assert find_metric("orphans").measure(twelve, scope, definitions=TERMS).equals(orphans(twelve))
    with pytest.raises(MetricError, match="stage_trend cannot be sliced: it has no stage_trend_by"):
        find_metric("stage_trend").measure(twelve, scope, Dimension.OWNER)


def test_a_metric_that_is_added_is_listed_and_answers(
    added: Path, twelve: DuckDBWarehouse, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "exit_reasons" not in catalogue()
    catalogue.cache_clear()
    source = guides_example("metrics/funnel/exits.py")
    (added / "exits.py").write_text(source, "utf-8")
    assert list(catalogue()).index("exit_reasons") == list(catalogue()).index("stage_trend") + 1
    assert find_metric("exit_reasons").question == "Why do leads leave the funnel, and how often?"
    assert main([]) == 0
    assert "exit_reasons" in capsys.readouterr().out
    test: dict[str, object] = {}
    exec(guides_example("tests/metrics/funnel/test_exits.py"), test)
    counted_by_hand = test["test_every_exit_has_its_reason"]
    assert callable(counted_by_hand)
    counted_by_hand(twelve)


def test_two_metrics_of_one_name_are_refused(added: Path) -> None:
    (added / "exits.py").write_text(BROKEN, "utf-8")
    (added / "joined.py").write_text(BROKEN, "utf-8")
    places = "metrics.funnel.exits and metrics.funnel.joined"
    with pytest.raises(MetricError, match=f"two metrics are called joined_names, in {places}"):
        catalogue()


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python with the modules of the folder in the funnel's room."""
    (folder / "funnels_room.py").write_text(
        f"import metrics.funnel\nmetrics.funnel.__path__.append({str(folder / 'room')!r})\n"
    )
    shell = {**os.environ, "PYTHONPATH": os.pathsep.join((str(folder), str(ROOT)))}
    command = [sys.executable, "-m", "pytest", "-p", "funnels_room", *arguments]
    command += ["-q", "-rA", "--no-header", "-p", "no:cacheprovider"]
    return subprocess.run(command, cwd=ROOT, env=shell, capture_output=True, text=True, check=False)


def test_the_tests_of_all_metrics_find_one_that_is_added(tmp_path: Path) -> None:
    put_beside_the_funnel(tmp_path / "room")
    names = "exit_reasons or joined_names"
    files = ("tests/metrics/test_cli.py", "tests/metrics/test_portable_sql.py")
    out = run(tmp_path, *files, "-k", names).stdout
    passed = [line for line in out.splitlines() if line.startswith("PASSED")]
    failed = [line for line in out.splitlines() if line.startswith("FAILED")]
    for file in files:
        assert [line for line in passed if file in line and "exit_reasons" in line], out
    assert not [line for line in failed if "exit_reasons" in line], out
    (broken,) = failed
    assert "test_a_metric_keeps_each_rule[joined_names]" in broken
    assert "lists_and_joined_strings" in out


def test_the_test_on_spark_finds_one_that_is_added(tmp_path: Path) -> None:
    put_beside_the_funnel(tmp_path / "room")
    out = run(
        tmp_path, "tests/metrics/test_spark.py", "--collect-only", "-k", "exit_reasons"
    ).stdout
    assert "test_a_metric_of_a_scope[" in out, out
    assert "exit_reasons" in out, out


@pytest.mark.parametrize("module", ["metrics.catalogue", "metrics.funnel.trend", "metrics.scope"])
def test_importing_imports_no_metric_of_health(module: str) -> None:
    code = (
        f"import sys, {module}; print([n for n in sys.modules if n.startswith('metrics.health')])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ended.stdout.strip() == "[]"
