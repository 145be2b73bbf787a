"""Adopting a refitted score: its preview is what comes of it, and it is taken back again."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from data import definition_files
from data.definition_changes.preview import Moved, Preview
from data.definition_changes.saving import save
from data.definition_files import saved_versions
from data.definitions import BUILT_IN, VARIABLE
from data.engine.warehouse import open_current
from data.sql import Query, Step
from data.storage.store import Store
from metrics.wording import formats
from pages.explore.levels import adoption
from pages.explore.levels.adoption import OF_LEVEL, OF_SCORE
from pages.sources.terms import saving
from pages.sources.terms import work as works
from pages.sources.terms.work import DERIVE, PREVIEW, State
from tests.pages.company import publish_rows, rows_by_table
from tests.pages.conftest import SECONDS, Cockpit

PAGE = "explore/quality"
ASKED = {"quality_part": "Score", "quality_refit": "true"}
TEXT = BUILT_IN.read_text("utf-8").replace("# fit_from = 30", "fit_from = 1", 1)
SINCE = date(2025, 6, 1)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Leads whose region says who becomes an SQL, which their file's score does not know."""
    tables = rows_by_table(900)
    sqls = {row["subject_id"] for row in tables["stage_change"] if row["stage"] == "sql"}
    for number, row in enumerate(tables["lead"]):
        known = row["lead_id"] in sqls if number % 5 else number % 2 == 0
        row["region"] = "North" if known else "South"
        row["score"] = float(number * 7 % 50)
        row["tier"] = ("Verify", None)[number % 2]
    path = tmp_path_factory.mktemp("adopting") / "store"
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(VARIABLE, raising=False)
        patch.setenv("BACKCAST_STORE", str(path))
        keep(path, TEXT, 0)
        publish_rows(Store(path), tables)
    return path


@pytest.fixture
def asked(company: Path, cockpit: Cockpit, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    """The page with the refit; what is at work is stopped after the test."""
    monkeypatch.delenv(VARIABLE, raising=False)
    yield cockpit(company, PAGE, **ASKED)
    for kind in (PREVIEW, DERIVE):
        if work := works._works.pop((Store(company).path, kind), None):
            work.stop()
            work.wait(SECONDS)


def keep(store: Path, text: str, based_on: int) -> None:
    now = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    save(store, text, Path("terms.toml"), since=date(2026, 1, 1), saved_at=now, based_on=based_on)


def ended(app: AppTest, kind: str) -> AppTest:
    work = works.current(kind)
    assert work is not None
    assert not work.wait(SECONDS).running
    assert work.state.problem is None
    return app.run()


def words(app: AppTest) -> str:
    main = app.main
    said = (*main.markdown, *main.caption, *main.info, *main.warning, *main.error, *main.success)
    return " ".join(each.value.replace("\\", "").replace("\u2060", "") for each in said)


def levels(store: Path) -> dict[str, tuple[Any, ...]]:
    step = Step("levels", "SELECT lead_id, level, score FROM lead_quality")
    found = open_current(Store(store)).query(Query(step))
    return {row[0]: row[1:] for row in found.iter_rows()}


def test_a_score_is_previewed_adopted_and_taken_back(
    asked: AppTest, company: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = asked
    assert "Adopt the refitted score" in words(app)
    assert not [each for each in app.button if each.key == "quality_adopt"], "what it does is first"
    app.date_input(key="quality_adopt_since").set_value(SINCE).run()
    app.button(key="quality_adopt_preview").click().run()
    app = ended(app, PREVIEW)
    assert not app.exception
    before, said = levels(company), words(app)
    app.button(key="quality_adopt").click().run()
    assert "Saved as version 2" in words(app)
    app = ended(app, DERIVE)
    after = levels(company)
    scored = sum(before[lead][1] != after[lead][1] for lead in before)
    leveled = sum(before[lead][0] != after[lead][0] for lead in before)
    assert scored > leveled > 0
    told = f"**{formats.count(scored)}** would have another score and **{formats.count(leveled)}**"
    assert told in said, "the preview is what came of it"
    added = tomllib.loads(saved_versions(company)[-1].path.read_text("utf-8"))
    assert [model["since"] for model in added["quality"]["scoring"]] == [SINCE]
    assert added["windows"] == tomllib.loads(TEXT)["windows"]
    assert "changed the score alone" in words(app)
    monkeypatch.setattr(saving, "start_deriving", lambda: None)
    app.button(key="quality_take_back").click().run()
    assert "Saved as version 3" in words(app)
    assert saved_versions(company)[-1].path.read_text("utf-8") == TEXT
    assert not app.exception


@pytest.fixture
def previewed(asked: AppTest, company: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The page with a preview, which found that nothing changes."""
    moved = tuple(Moved(what, 900, 900, 0) for what in (OF_SCORE, OF_LEVEL))
    found = Preview(Store(company).current().path.stem, True, True, (), moved, ())

    def start(text: str) -> None:
        work = SimpleNamespace(
            text=text, title="", state=State(running=False, found=found), stop=str, wait=str
        )
        monkeypatch.setitem(works._works, (Store(company).path, PREVIEW), work)

    monkeypatch.setattr(adoption, "start_preview", start)
    app = asked.button(key="quality_adopt_preview").click().run()
    assert "No lead that is loaded came in from" in words(app)
    return app


def test_what_was_saved_meanwhile_is_not_overwritten(previewed: AppTest, company: Path) -> None:
    newest = len(saved_versions(company))
    keep(company, TEXT.replace("won = 180", f"won = {180 + newest}"), newest)
    previewed.button(key="quality_adopt").click().run()
    assert f"version {newest + 1} was saved. Nothing of yours was." in words(previewed)
    assert len(saved_versions(company)) == newest + 1


def test_a_folder_that_cannot_be_written_is_said_to_be(
    previewed: AppTest, company: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(folder: Path, name: str, _: str) -> None:
        raise PermissionError(13, "Permission denied", str(folder / name))

    monkeypatch.setattr(definition_files, "_write", refuse)
    newest = len(saved_versions(company))
    previewed.button(key="quality_adopt").click().run()
    assert not previewed.exception
    assert "Permission denied" in words(previewed)
    assert len(saved_versions(company)) == newest


def test_a_file_of_the_environment_is_said_to_be_in_force(
    asked: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(BUILT_IN))
    assert f"Unset {VARIABLE} to save here" in words(asked.run())
    assert not [each for each in asked.button if each.key == "quality_adopt_preview"]
