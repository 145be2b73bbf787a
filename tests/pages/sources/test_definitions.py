"""Definitions: the terms in force, every metric, and what changed when."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from data.definition_changes.saving import save
from data.definitions import BUILT_IN, VARIABLE
from data.terms.meanings import MEANINGS
from metrics.catalogue import catalogue, find_metric
from pages.sources.terms.metrics import columns_of, documentation, holds
from tests.pages.conftest import Cockpit

PAGE = "sources/definitions"
TODAY = date.today()
TEXT = BUILT_IN.read_text("utf-8")
SHORTER = TEXT.replace("mql = 60", "mql = 45", 1)


@pytest.fixture
def saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store without data, where one version was saved for today and another for later."""
    monkeypatch.delenv(VARIABLE, raising=False)
    store = tmp_path / "store"
    keep(store, SHORTER, TODAY, 0)
    keep(store, SHORTER.replace('grade = ["A", "B"]', 'grade = ["A"]'), TODAY + timedelta(9), 1)
    return store


def keep(store: Path, text: str, since: date, based_on: int) -> None:
    now = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    save(store, text, Path("terms.toml"), since=since, saved_at=now, based_on=based_on)


def words(app: object) -> str:
    """All that a page says in words, without what keeps Markdown from reading it."""
    main = app.main  # type: ignore[attr-defined]
    said = [*main.markdown, *main.caption, *main.info, *main.warning, *main.header, *main.error]
    return " ".join(each.value.replace("\\", "").replace("\u2060", "") for each in said)


def test_every_term_is_there_with_its_value_and_since_when(cockpit: Cockpit, saved: Path) -> None:
    app = cockpit(saved, PAGE)
    assert not app.exception
    assert not app.error
    said = words(app)
    assert f"Version 1 is in force since {TODAY}; it differs from the built-in" in said
    assert "in 1 term." in said
    assert f"`windows.mql` **45 days**, since {TODAY}" in said
    assert "`windows.sql` **60 days** " in said
    assert "from the start: grade A, B" in said
    for key, meaning in MEANINGS.items():
        assert f"`{key}`" in said
        assert meaning.words in said


def test_a_file_of_the_environment_is_shown_and_said_to_be_elsewhere(
    cockpit: Cockpit, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(BUILT_IN))
    said = words(cockpit(saved, PAGE))
    assert f"{VARIABLE} names the file that is in force" in said
    assert "**60 days**" in said
    assert ", since" not in said


def test_an_invalid_file_is_named_with_line_and_key(
    cockpit: Cockpit, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = saved.parent / "wrong.toml"
    wrong.write_text(TEXT.replace("mql = 60", "mlq = 45", 1), "utf-8")
    monkeypatch.setenv(VARIABLE, str(wrong))
    app = cockpit(saved, PAGE)
    assert not app.exception
    assert "wrong.toml line 10: windows.mlq is not a known key" in words(app)


def test_the_history_says_what_each_version_changed(cockpit: Cockpit, saved: Path) -> None:
    app = cockpit(saved, PAGE, terms_part="History")
    assert not app.exception
    assert [each.value for each in app.header] == [
        "Version 2",
        "Version 1",
        "Built in",
        "All changes",
    ]
    said = words(app)
    assert "- windows.mql: 60 days → 45 days" in said
    assert "- effective from the start: grade A, B → grade A" in said
    assert f"planned · from {TODAY + timedelta(9)}" in said
    (table,) = app.dataframe
    assert table.value["version"].tolist() == [1, 2]
    assert table.value["after"].tolist() == ["45 days", "grade A"]


def test_without_a_saved_version_the_history_says_so(
    cockpit: Cockpit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    app = cockpit(tmp_path / "store", PAGE, terms_part="History")
    assert "Nobody has saved definitions yet" in words(app)
    assert "built-in definitions are in force" in words(cockpit(tmp_path / "store", PAGE))


def test_every_metric_is_listed_found_and_explained(cockpit: Cockpit, saved: Path) -> None:
    app = cockpit(saved, PAGE, terms_part="Metrics")
    assert app.dataframe[0].value["metric"].tolist() == list(catalogue())
    app.text_input(key="terms_search").set_value("wilson interval").run()
    found = app.dataframe[0].value["metric"].tolist()
    assert "stage_conversion" in found
    assert len(found) < len(catalogue()) / 2
    app.text_input(key="terms_search").set_value("").run()
    app.selectbox(key="terms_metric").set_value("headline").run()
    said = words(app)
    assert "What did the period bring in, what was won" in said
    assert "`marketing_sourced_share` = sourced ÷ all won revenue." in said
    assert "Raises MissingRateError" in said
    assert "`lead` to `won` count the leads, accounts or deals" in said
    (command,) = app.code
    assert command.value.startswith("python -m metrics headline [--from DAY]")
    app.text_input(key="terms_search").set_value("qwertz").run()
    assert "No metric speaks of qwertz" in words(app)
    assert not app.exception


def test_what_is_said_of_a_metric_is_searched_whole() -> None:
    metric = find_metric("headline")
    assert documentation(metric).startswith(metric.question)
    assert columns_of(metric).startswith("One row: what happened in the period.")
    assert holds(metric, "WON_UNDATED spend")
    assert not holds(metric, "wechat")
