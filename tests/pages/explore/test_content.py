"""Content: what to write next in a sentence, numbers that are the metrics', and every state."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from data.definitions import Definitions
from data.engine.warehouse import open_current
from data.storage.store import Store
from metrics.attribution.rules import credit_steps
from metrics.content.coverage import content_coverage
from metrics.content.performance import content_performance
from metrics.content.reached import content_personas
from metrics.headline import headline
from metrics.period import Period
from metrics.scope import Scope
from pages.display.text import escape
from pages.explore.assets.behind import PARTS
from tests.pages.company import publish_rows
from tests.pages.conftest import Cockpit
from tests.pages.explore.read_company import ASSETS, with_content

PAGE = "explore/content"
YEAR = Scope(Period(date(2025, 4, 1), date(2026, 3, 31)), date(2026, 3, 31))


@pytest.fixture(scope="module")
def readers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("readers") / "store"
    publish_rows(Store(path), with_content(600))
    return path


def said(app: AppTest) -> str:
    return "\n".join(each.value for each in (*app.markdown, *app.caption, *app.info))


def opened(cockpit: Cockpit, store: Path, **more: str) -> AppTest:
    app = cockpit(store, PAGE, **more)
    assert not app.exception
    assert not app.error
    return app


def table(app: AppTest, column: str) -> pl.DataFrame:
    found = next(each.value for each in app.dataframe if column in each.value)
    return pl.from_pandas(found)


def test_it_says_what_to_write_next_and_for_whom(cockpit: Cockpit, readers: Path) -> None:
    app = opened(cockpit, readers)
    cells = content_coverage(open_current(Store(readers)), YEAR)
    gaps = cells.filter(pl.col("is_gap"), pl.col("present") >= 20).with_columns(
        without=pl.col("present") - pl.col("exposed")
    )
    widest = gaps.sort("without", descending=True).row(0, named=True)
    sentence = next(each.value for each in app.markdown if each.value.startswith("The next asset"))
    assert f"**{escape(widest['persona'])} at the stage" in sentence
    there = f"{widest['exposed']} of the {widest['present']} people there met any content"
    assert there in sentence
    assert "The topic that people download most surely is" in sentence
    tiles = {each.label: each.value for each in app.metric}
    assert tiles["Gaps"] == str(gaps.height)
    assert len(tiles) == 5


def test_the_table_is_the_metrics(cockpit: Cockpit, readers: Path) -> None:
    app = opened(cockpit, readers)
    assets = content_performance(open_current(Store(readers)), YEAR, Definitions.load())
    shown = table(app, "rank_in_band")
    assert shown["content"].to_list() == assets["content"].to_list()
    for name in ("exposed", "downloads", "effective", "effective_now"):
        assert shown[name].to_list() == assets[name].to_list()
    assert shown["engaged_minutes"].drop_nulls().sum() > 0
    assert "1 asset that nobody met" in said(app)
    tiles = {each.label: each.value for each in app.metric}
    assert tiles["Downloads"] == f"{assets['downloads'].sum():,}"


@pytest.mark.parametrize("part", PARTS)
def test_each_part_answers(cockpit: Cockpit, readers: Path, part: str) -> None:
    opened(cockpit, readers, content_part=part, content_outcome="becoming an SQL")


def test_intended_is_held_against_reached(cockpit: Cockpit, readers: Path) -> None:
    app = opened(cockpit, readers, content_part="Personas")
    found = content_personas(open_current(Store(readers)), YEAR).drop_nulls("is_intended")
    hit, whole = found.filter("is_intended")["exposed"].sum(), found["exposed"].sum()
    assert 0 < hit < whole
    assert f"({hit} of {whole}, each with every asset)" in said(app)


def test_what_followed_adds_up_to_all_that_was_won(cockpit: Cockpit, readers: Path) -> None:
    app = opened(cockpit, readers, content_part="What followed")
    won = headline(open_current(Store(readers)), YEAR)["won_amount"].item()
    assert sum(table(app, "revenue_amount")["revenue_amount"]) == pytest.approx(float(won))


def test_only_the_model_that_is_chosen_is_asked(
    cockpit: Cockpit, readers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def counted(*given: Any, **named: Any) -> object:
        asked.append(named["models"])
        return credit_steps(*given, **named)

    monkeypatch.setattr("metrics.content.outcome.credit_steps", counted)
    opened(cockpit, readers)
    assert not asked, "what is not looked at is not computed"
    opened(cockpit, readers, content_part="What followed", content_model="First touch")
    assert asked == [{"first"}] * 3


@pytest.mark.parametrize("title", [each[1] for each in ASSETS[:3]])
def test_one_asset_from_what_it_is_to_what_came_back(
    cockpit: Cockpit, readers: Path, title: str
) -> None:
    app = opened(cockpit, readers, content_asset=title)
    words = said(app)
    assert f"**{escape(title)}**" in words
    assets = content_performance(open_current(Store(readers)), YEAR, Definitions.load())
    row = assets.row(by_predicate=pl.col("content") == title, named=True)
    assert escape(f"{row['exposed']} people were exposed") in words
    assert escape(f"{row['downloads']} downloaded it") in words
    assert "To the chance of becoming an MQL" in words
    touchpoints = table(app, "campaign")
    assert "Email always on" in touchpoints["campaign"].to_list()
    assert "content" not in touchpoints.columns


def test_an_asset_that_nobody_met_says_so(cockpit: Cockpit, readers: Path) -> None:
    app = opened(cockpit, readers, content_asset="Nobody has met this")
    assert "Nobody met it in this period" in said(app)


def test_without_content_it_says_what_to_load(cockpit: Cockpit, company: Path) -> None:
    (info,) = opened(cockpit, company).info
    assert info.value.startswith("No content is loaded")
    assert not opened(cockpit, company).dataframe


def test_of_a_period_without_any_it_says_so(cockpit: Cockpit, store: Path) -> None:
    tables = with_content(30)
    for row in tables["interaction"]:
        if row["occurred_at"].year == 2026:
            row["content_id"] = None
    publish_rows(Store(store), tables)
    app = opened(cockpit, store, period="This quarter")
    assert "Nothing was found in this selection" in said(app)
    assert not app.dataframe


def test_one_asset_and_one_person_hold(cockpit: Cockpit, store: Path) -> None:
    tables = with_content(1, timed=False)
    tables["content"] = tables["content"][:1]
    publish_rows(Store(store), tables)
    app = opened(cockpit, store, period="All data", content_part="Adds", content_asset=ASSETS[0][1])
    words = said(app)
    assert "No persona is without content at a stage where 20 people or more are." in words
    assert "1 person was exposed" in words
    assert escape("is not known: no time that anybody spent with an asset is on record") in words


def test_forty_personas_hold(cockpit: Cockpit, tmp_path: Path) -> None:
    publish_rows(Store(tmp_path / "store"), with_content(200, personas=40))
    app = opened(cockpit, tmp_path / "store", period="All data")
    assert "largest 12 of 40 are shown" in said(app)
    assert table(app, "largest_asset")["persona"].n_unique() == 41, "Engineer has nobody"
