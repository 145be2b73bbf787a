"""Pipeline: its numbers are the metrics', each bar opens its deals, and what is missing is said."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from data.storage.store import Store
from metrics.pipeline.moves import PARTS as MOVED
from metrics.scope import Scope
from pages.explore.deals_open.asked import LAST, NEXT, SIDEBAR
from pages.explore.deals_open.parts import PARTS
from tests.pages.company import publish_rows, rows_by_table
from tests.pages.conftest import Cockpit

PAGE = "explore/pipeline"


@pytest.fixture(scope="module")
def moving(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small company with deals that are put off, one of them named in Chinese."""
    tables = rows_by_table(200)
    template = dict.fromkeys(tables["opportunity"][0])
    load = tables["opportunity"][0]["load_id"]
    changes = []
    for number in range(6):
        name = f"P{number} 报价"
        tables["opportunity"].append(
            template
            | {
                "opportunity_id": name, "created_at": datetime(2025, 12, 1 + number, 9),
                "amount": 1000 * (number + 1), "original_amount": 1000 * (number + 1),
                "currency": "USD", "stage": "Offer", "outcome": "open", "load_id": load,
                "expected_close_on": date(2026, 3, 20) if number else None,
            }
        )  # fmt: skip
        if number > 2:
            changes += [
                {
                    "opportunity_id": name, "changed_at": datetime(2026, 2 - place, 3, 9),
                    "field": "expected_close_on", "old": old, "new": new, "load_id": load,
                }
                for place, (old, new) in enumerate(
                    [("2026-04-30", "2026-03-20"), ("2025-12-31", "2026-04-30")]
                )
            ]  # fmt: skip
    tables["opportunity_change"] = changes
    path = tmp_path_factory.mktemp("moving") / "store"
    publish_rows(Store(path), tables)
    return path


def said(app: AppTest) -> str:
    return "\n".join(
        each.value for each in (*app.markdown, *app.caption, *app.info, *app.warning, *app.error)
    )


def test_every_part_is_answered_and_a_bar_opens_its_deals(cockpit: Cockpit, moving: Path) -> None:
    app = cockpit(moving, PAGE)
    assert not app.exception
    assert "is open and due" in said(app)
    assert "due on no day" in said(app)
    assert "no locked plan of these filters" in said(app)
    assert [tile.label for tile in app.metric] == [
        "Open and due", "Coverage", "Weighted", "Won so far", "Win rate",
    ]  # fmt: skip
    for part in PARTS:
        app.query_params["pipeline_part"] = part
        app.run()
        assert not app.exception, part
        assert not app.error, part


@pytest.mark.parametrize("due", [LAST, NEXT, SIDEBAR])
def test_each_of_the_days_is_answered(cockpit: Cockpit, moving: Path, due: str) -> None:
    app = cockpit(moving, PAGE, pipeline_due=due, pipeline_bar=MOVED["end"])
    assert not app.exception
    assert not app.error
    assert "open and due" in said(app)


def without_amounts(tmp_path: Path, deals: int | None = None) -> Path:
    """The small company; so many of the deals it won, or all it has, come without an amount."""
    tables = rows_by_table(200)
    won = sorted(
        (deal for deal in tables["opportunity"] if deal["outcome"] == "won"),
        key=lambda deal: deal["closed_at"],
    )
    for deal in won[-deals:] if deals else tables["opportunity"]:
        deal["original_amount"] = None
    publish_rows(Store(tmp_path / "store"), tables)
    return tmp_path / "store"


def test_deals_without_amounts_are_counted_and_never_worth_nothing(
    cockpit: Cockpit, tmp_path: Path
) -> None:
    app = cockpit(without_amounts(tmp_path), PAGE, pipeline_due=SIDEBAR)
    assert not app.exception
    shown = said(app)
    assert "No deal that is open or was due has an amount" in shown
    assert "$" not in shown
    tiles = {tile.label: tile.value for tile in app.metric}
    won = re.search(r"\*\*(\d+)\*\* (?:was|were) won", shown)
    due = re.search(r"\*\*(\d+) deals?\*\* (?:is|are) open and due", shown)
    assert won
    assert due
    assert int(won[1]) > 0
    assert (tiles["Won so far"], tiles["Open and due"]) == (won[1], due[1])


def test_rates_by_amount_alone_leave_deals_out(cockpit: Cockpit, tmp_path: Path) -> None:
    app = cockpit(without_amounts(tmp_path, 1), PAGE, pipeline_part="Win rates")
    (rates,) = (each.value for each in app.dataframe if "unpriced" in each.value.columns)
    left_out = {(row["measure"], row["unpriced"]) for row in pl.DataFrame(rates).rows(named=True)}
    assert left_out == {("Deals", None), ("Amounts", 1)}


@pytest.mark.parametrize(
    ("deals", "told"),
    [(1, "1 deal won in these days has no amount, and sums leave it out"),
     (2, "2 deals won in these days have no amount, and sums leave them out")],
)  # fmt: skip
def test_deals_won_without_an_amount_are_told(
    cockpit: Cockpit, tmp_path: Path, deals: int, told: str
) -> None:
    app = cockpit(without_amounts(tmp_path, deals), PAGE, pipeline_due=SIDEBAR)
    assert told in said(app).replace("\\", "")
    assert "has an amount" not in said(app)


@pytest.mark.parametrize("lost", [True, False])
def test_an_export_of_won_deals_alone_is_suspected(
    cockpit: Cockpit, tmp_path: Path, lost: bool
) -> None:
    tables = rows_by_table(200)
    tables["opportunity"] = [
        deal | {"outcome": "lost" if lost and number == 0 else "won",
                "closed_at": datetime(2026, 1, 1 + number % 28)}
        for number, deal in enumerate(tables["opportunity"])
    ]  # fmt: skip
    publish_rows(Store(tmp_path / "store"), tables)
    app = cockpit(tmp_path / "store", PAGE, pipeline_due=SIDEBAR)
    assert not app.exception
    assert ("load the lost ones as well" in said(app)) is not lost


def test_without_a_history_it_says_what_to_load(cockpit: Cockpit, company: Path) -> None:
    app = cockpit(company, PAGE)
    assert not app.exception
    assert "No change of an expected close is loaded" in said(app)
    app = cockpit(company, PAGE, owner="Nobody at all")
    assert not app.exception


def _velocity() -> None:
    """A page of the parts of velocity alone."""
    import streamlit as st

    from pages.explore.velocity import tabs

    for show in (tabs.show_how_long, tabs.show_open_ages, tabs.show_velocity, tabs.show_stuck):
        show(st.session_state["scope"])


def test_the_parts_of_velocity_are_answered(monkeypatch: pytest.MonkeyPatch, moving: Path) -> None:
    from metrics.period import Period

    monkeypatch.setenv("BACKCAST_STORE", str(moving))
    app = AppTest.from_function(_velocity, default_timeout=60)
    app.session_state["scope"] = Scope(
        Period(date(2025, 4, 1), date(2026, 3, 31)), date(2026, 3, 31)
    )
    app.run()
    assert not app.exception
    assert not app.error
    assert app.dataframe[0].value["converted"].sum() > 0
    assert "a day" in said(app) or "nothing tells" in said(app)
