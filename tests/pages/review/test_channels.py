"""Channels and ROI: its numbers are the metric's and the headline's, and every part answers."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from data.engine.warehouse import open_current
from data.storage.store import Store
from metrics.headline import headline
from metrics.period import Period
from metrics.scope import Scope
from metrics.wording import formats
from pages.display.text import escape
from pages.review.returns.behind import PARTS
from tests.pages.company import publish_rows, rows_by_table
from tests.pages.conftest import Cockpit

PAGE = "review/channels"


def said(app: AppTest) -> str:
    return "\n".join(each.value for each in (*app.markdown, *app.caption, *app.info))


def opened(cockpit: Cockpit, store: Path, **more: str) -> AppTest:
    app = cockpit(store, PAGE, **more)
    assert not app.exception
    return app


def test_it_says_what_was_spent_and_won(cockpit: Cockpit, company: Path) -> None:
    app = opened(cockpit, company)
    scope = Scope(Period(date(2025, 4, 1), date(2026, 3, 31)), date(2026, 3, 31))
    whole = headline(open_current(Store(company)), scope)
    spent, won = (
        escape(formats.money(whole[name].item(), "USD")) for name in ("spend_amount", "won_amount")
    )
    assert f"**{spent}** was spent, **{won}** was won." in said(app)
    assert "Credit is not causation" in said(app)
    table = next(each.value for each in app.dataframe if "cost_per_mql" in each.value)
    assert sum(table["spend_amount"].dropna()) == pytest.approx(float(whole["spend_amount"].item()))
    assert sum(table["revenue_amount"].dropna()) == pytest.approx(float(whole["won_amount"].item()))


@pytest.mark.parametrize("part", PARTS)
def test_each_part_answers(cockpit: Cockpit, company: Path, part: str) -> None:
    app = opened(cockpit, company, returns_part=part, returns_by="Campaign")
    assert not app.error


def test_without_spend_it_says_what_to_load(cockpit: Cockpit, tmp_path: Path) -> None:
    tables = rows_by_table(60)
    tables["campaign_spend"] = []
    publish_rows(Store(tmp_path / "store"), tables)
    app = opened(cockpit, tmp_path / "store")
    assert not app.error
    (info,) = app.info
    assert "No spend is loaded" in info.value
    assert "load an ad report" in info.value
