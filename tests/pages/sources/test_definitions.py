"""Definitions: the terms in force, every metric, and what changed when."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from data.definition_changes.preview import Number, Preview
from data.definition_changes.saving import save
from data.definition_files import saved_versions
from data.definitions import BUILT_IN, VARIABLE, Definitions
from data.derive.rebuild import RebuildCause, rebuild
from data.engine.draft import Draft
from data.engine.warehouse import open_current
from data.sql import Query, Step
from data.storage.store import Store
from data.terms.meanings import MEANINGS, TITLES
from data.terms.titles import name_title
from metrics.catalogue import catalogue, find_metric
from pages.sources.terms import work as works
from pages.sources.terms.before_after import NUMBERS, as_frame, sentence, summed
from pages.sources.terms.metrics import columns_of, documentation, holds
from pages.sources.terms.work import DERIVE, PREVIEW
from tests.pages.company import publish
from tests.pages.conftest import SECONDS, Cockpit

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


def words(app: AppTest) -> str:
    """All that a page says in words, without what keeps Markdown from reading it."""
    main = app.main
    said = [
        *main.markdown,
        *main.caption,
        *main.info,
        *main.warning,
        *main.header,
        *main.error,
        *main.success,
    ]
    return " ".join(each.value.replace("\\", "").replace("\u2060", "") for each in said)


def test_every_term_is_there_with_its_value_and_since_when(cockpit: Cockpit, saved: Path) -> None:
    app = cockpit(saved, PAGE)
    assert not app.exception
    assert not app.error
    said = words(app)
    assert f"Version 1 is in force since {TODAY}; it differs from the built-in" in said
    assert "in 1 term." in said
    assert f"From lead to MQL: **45 days**, since {TODAY}" in said
    assert "Actions of downloading: **file download, content download**" in said
    assert "From MQL to SQL: **60 days** " in said
    assert "from the start: grade A, B" in said
    for key, meaning in MEANINGS.items():
        assert f"{TITLES[key]}: **" in said
        assert meaning.words in said


def test_a_tag_that_every_lead_has_is_told(
    cockpit: Cockpit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    store = tmp_path / "store"
    publish(Store(store), leads=5)
    there = Query(Step("there", "SELECT DISTINCT channel FROM journey"))
    channels = open_current(Store(store)).query(there)["channel"].to_list()
    rule = f'[[tag]]\nname = "All"\nchannel = {json.dumps(channels)}\n\n# [[effective]]'
    keep(store, SHORTER.replace("# [[effective]]", rule), TODAY, 0)
    [version] = saved_versions(store)
    with Store(store).writing() as part, Draft.open(part) as draft:
        rebuild(draft, Definitions.load(version.path), RebuildCause.DEFINITIONS)
    said = words(cockpit(store, PAGE))
    assert "Tag All: Every lead has it, so it tells nobody apart" in said


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
    assert app.dataframe[0].value["metric"].tolist() == list(map(name_title, catalogue()))
    app.text_input(key="terms_search").set_value("wilson interval").run()
    found = app.dataframe[0].value["metric"].tolist()
    assert "Stage conversion" in found
    assert len(found) < len(catalogue()) / 2
    app.text_input(key="terms_search").set_value("").run()
    app.selectbox(key="terms_metric").set_value("headline").run()
    said = words(app)
    assert "What did the period bring in, what was won" in said
    assert "`marketing_sourced_share` = sourced ÷ all won revenue." in said
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


@pytest.fixture
def two_people(saved: Path) -> Iterator[Path]:
    """The saved versions, with the data of a small company; what is at work is stopped after it."""
    publish(Store(saved), leads=40)
    yield saved
    for kind in (PREVIEW, DERIVE):
        if work := works._works.pop((Store(saved).path, kind), None):
            work.stop()
            work.wait(SECONDS)


def ended(app: AppTest, kind: str) -> AppTest:
    """The page once a work has ended."""
    work = works.current(kind)
    assert work is not None
    assert not work.wait(SECONDS).running
    return app.run()


EDIT = {"terms_part": "Edit"}
SAMOA = SHORTER.replace('"UTC"', '"Pacific/Pago_Pago"')


def test_a_text_is_checked_as_it_is_written(cockpit: Cockpit, saved: Path) -> None:
    app = cockpit(saved, PAGE, **EDIT)
    assert not app.exception
    assert 'grade = ["A"]' in str(app.text_area(key="terms_text").value), "the newest version"
    app.text_area(key="terms_text").set_value(TEXT.replace("mql = 60", "mql = 0", 1)).run()
    assert "line 10: windows.mql is 0: Input should be greater than 0" in words(app)
    assert not [each for each in app.button if each.key == "terms_save"]
    app.text_area(key="terms_text").set_value(TEXT).run()
    assert "- windows.mql: 45 days → 60 days" in words(app)
    app.button(key="terms_save").click().run()
    assert "Saved as version 3" in words(app)
    assert "It replaces version 2" in words(app)
    assert "Every page shows the new numbers from now on" in words(app)
    assert [each.number for each in saved_versions(saved)] == [1, 2, 3]
    assert saved_versions(saved)[-1].path.read_text("utf-8") == TEXT


def test_a_definition_that_changes_while_it_is_edited_is_told_and_not_overwritten(
    cockpit: Cockpit, saved: Path
) -> None:
    app = cockpit(saved, PAGE, **EDIT)
    mine = TEXT.replace("sql = 60", "sql = 20")
    app.text_area(key="terms_text").set_value(mine).run()
    keep(saved, SHORTER.replace("won = 180", "won = 90"), TODAY, 2)
    app.button(key="terms_save").click().run()
    said = words(app)
    assert "The definitions changed while this page was open: version 3 was saved" in said
    assert "- windows.won: 180 days → 90 days" in said
    assert "The definitions changed meanwhile: version 3" in said, "and nothing is saved"
    assert len(saved_versions(saved)) == 3
    assert app.text_area(key="terms_text").value == mine, "and nothing that was typed is lost"
    app.button(key="terms_restart").click().run()
    assert "won = 90" in str(app.text_area(key="terms_text").value)
    assert "changed while this page was open" not in words(app)


def test_nothing_is_edited_where_the_environment_names_the_file(
    cockpit: Cockpit, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(BUILT_IN))
    app = cockpit(saved, PAGE, **EDIT)
    assert not app.text_area
    assert f"Unset {VARIABLE} to save here" in words(app)


def test_a_change_is_previewed_saved_and_derived(cockpit: Cockpit, two_people: Path) -> None:
    app = cockpit(two_people, PAGE, **EDIT)
    app.text_area(key="terms_text").set_value(SAMOA).run()
    app.button(key="terms_preview").click().run()
    app = ended(app, PREVIEW)
    assert not app.exception
    assert not app.error
    totals, channels, moved = (each.value for each in app.dataframe)
    assert totals["number"].tolist() == list(NUMBERS.values())
    assert (totals["after"] - totals["before"] == totals["change"]).all()
    leads = totals[totals["number"] == "Leads"]
    assert channels["before"].sum() == leads["before"].item()
    assert moved.set_index("what").loc["Leads", "moved"] > 0
    app.text_area(key="terms_text").set_value(SHORTER).run()
    assert "The text is another one since the last preview" in words(app)
    app.text_area(key="terms_text").set_value(SAMOA).run()
    before = Store(two_people).current()
    app.button(key="terms_save").click().run()
    app = ended(app, DERIVE)
    assert "Done. Every page shows the new numbers." in [each.value for each in app.success]
    assert Store(two_people).current().number == before.number + 1
    app = cockpit(two_people, PAGE)
    assert "derived under other definitions" not in words(app)


def test_what_metrics_alone_read_is_compared_by_a_metric(
    cockpit: Cockpit, two_people: Path
) -> None:
    app = cockpit(two_people, PAGE, **EDIT)
    app.text_area(key="terms_text").set_value(SHORTER.replace("won = 180", "won = 999")).run()
    app.button(key="terms_preview").click().run()
    app = ended(app, PREVIEW)
    assert "Metrics alone read what differs" in words(app)
    app.selectbox(key="terms_under_both").set_value("stage_conversion").run()
    assert not app.exception
    assert not app.error
    old, new = (each.value for each in app.dataframe if "matured_share" in each.value)
    assert old["reached"].tolist() == new["reached"].tolist()
    assert old["matured_share"].iloc[-1] > new["matured_share"].iloc[-1]


def test_tables_of_other_definitions_are_told_and_derived_on_demand(
    cockpit: Cockpit, two_people: Path
) -> None:
    keep(two_people, SAMOA, TODAY, 2)
    app = cockpit(two_people, "review/funnel")
    assert "The tables were derived under other definitions than those in force" in words(app)
    app = cockpit(two_people, PAGE)
    assert "The tables were derived under other definitions than these" in words(app)
    app.button(key="terms_derive").click().run()
    app = ended(app, DERIVE)
    assert "derived under other definitions" not in words(app)


def test_tables_of_another_version_are_told_and_terms_are_shown(
    cockpit: Cockpit, two_people: Path
) -> None:
    with Store(two_people).writing() as path, Draft.open(path) as draft:
        draft.execute("DROP TABLE lead_stage_entry")
    app = cockpit(two_people, PAGE)
    assert not app.error
    assert "was derived by another version of Backcast" in words(app)
    assert "From lead to MQL: **45 days**" in words(app)
    assert [each.label for each in app.button if each.key == "terms_derive"] == ["Derive now"]


def test_a_preview_that_fails_says_why(cockpit: Cockpit, saved: Path) -> None:
    app = cockpit(saved, PAGE, **EDIT)
    app.button(key="terms_preview").click().run()
    app = ended(app, PREVIEW)
    assert "Nothing has been loaded into" in words(app)
    works.put_away(PREVIEW)


def test_a_page_that_is_open_when_definitions_change_says_what_did(
    cockpit: Cockpit, two_people: Path
) -> None:
    app = cockpit(two_people, "review/funnel")
    assert not app.exception
    assert "definitions changed" not in words(app)
    keep(two_people, SHORTER.replace("won = 180", "won = 90"), TODAY, 2)
    app.run()
    said = words(app)
    assert "The definitions changed while this page was open" in said
    assert "- windows.won: 180 days → 90 days" in said
    assert "derived under other definitions" not in said, "metrics alone read it"
    app.button(key="terms_note_close").click().run()
    assert "definitions changed" not in words(app)


def test_a_preview_says_in_one_sentence_what_differs() -> None:
    months = (date(2026, 1, 1), date(2026, 2, 1))
    numbers = (
        Number("lead", months[0], "Fair", 3, 2),
        Number("lead", months[1], "Fair", 3, 4),
        Number("won_amount", months[0], "Fair", 100, 80),
    )
    frame = as_frame(Preview("1", True, True, numbers, (), ()))
    assert sentence(frame, *months) == "From 2026-01 to 2026-02: Won revenue 100 → 80."
    leads = frame.filter(number="Leads")
    assert sentence(leads, *months) == "From 2026-01 to 2026-02 no total is another."
    assert summed(leads, "channel").rows() == [("Fair", 6.0, 6.0, 0.0)]
