"""A kept plan against what came, from a shell."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from data.engine.draft import Draft
from data.notebook.notebook import Notebook
from data.notebook.plans import plans
from data.storage.store import Store
from metrics.__main__ import main
from metrics.forecast.widening import Widening
from tests.metrics.facts import TERMS, fill
from tests.metrics.plan.kept import MADE_AT, company, keep, lines


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("kept") / "store"
    with Store(path).writing() as part, Draft.open(part) as draft:
        fill(draft, company(), TERMS)
    for entry, leads in (("first", 40.0), ("second", 20.0)):
        kept = keep(*lines(leads=leads), name=entry.capitalize())
        written_at = MADE_AT.replace(hour=18 if entry == "first" else 19)
        plans(Notebook(path)).save(entry, kept.value, based_on=0, written_at=written_at)
    return path


@pytest.fixture(autouse=True)
def environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store of the plans; past forecasts held, without their being made again."""
    monkeypatch.setenv("BACKCAST_STORE", str(folder))
    monkeypatch.setattr("metrics.__main__.back_test", lambda warehouse, scope: None)
    monkeypatch.setattr("metrics.__main__.widening_of", lambda tested: Widening(1.0, 1, 8))


def rows(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, str]]:
    assert main([*arguments, "--format", "csv"]) == 0
    return list(csv.DictReader(io.StringIO(capsys.readouterr().out)))


def test_the_newest_plan_is_meant_unless_another_is_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    newest = rows(capsys, "plan_versus_actual")
    assert {row["target"] for row in newest if row["metric"] == "lead"} == {"10.0", "20.0"}
    named = rows(capsys, "plan_versus_actual", "--plan", "First")
    assert {row["target"] for row in named if row["metric"] == "lead"} == {"20.0", "40.0"}


def test_the_gap_and_the_warning_are_answers_too(capsys: pytest.CaptureFixture[str]) -> None:
    gap = rows(capsys, "revenue_gap", "--plan", "first")
    assert [row["part"] for row in gap][0 :: len(gap) - 1] == ["planned", "actual"]
    assert main(["early_warning", "--plan", "first", "--format", "json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 4


def test_a_filter_and_a_country_are_understood(capsys: pytest.CaptureFixture[str]) -> None:
    found = rows(capsys, "plan_versus_actual", "--country", "DE", "--where", "channel=Email")
    january = next(row for row in found if row["metric"] == "lead" and row["segment"] == "all")
    assert january["actual"] == "10.0"


def test_a_plan_that_is_not_kept_is_refused_with_those_that_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["revenue_gap", "--plan", "Secnd"]) == 1
    said = capsys.readouterr().err
    assert 'Did you mean "Second"? There are First, Second' in said


def test_without_any_plan_the_way_to_one_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Store(tmp_path / "store").writing() as part, Draft.open(part) as draft:
        fill(draft, company(), TERMS)
    monkeypatch.setenv("BACKCAST_STORE", str(tmp_path / "store"))
    assert main(["plan_versus_actual"]) == 1
    assert "save one on the Backward plan page" in capsys.readouterr().err


def test_landings_are_as_wide_as_past_misses_ask_for(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    highest = []
    for factor in (1.0, 2.0):
        learnt = Widening(factor, 5, 8)
        monkeypatch.setattr("metrics.__main__.widening_of", lambda _, learnt=learnt: learnt)
        assert main(["plan_versus_actual", "--format", "csv"]) == 0
        said = capsys.readouterr()
        found = csv.DictReader(io.StringIO(said.out))
        highest.append(max(float(row["projected_high"] or 0) for row in found))
    assert highest[1] > highest[0]
    assert "Won deals and revenue: ranges are 2.0 times as wide" in " ".join(said.err.split())
