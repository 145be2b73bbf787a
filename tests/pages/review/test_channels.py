"""Channels and ROI: its numbers are the metric's and the headline's, and every part answers."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from data.definitions import Definitions
from data.engine.warehouse import open_current
from data.notebook.budgets import budgets
from data.notebook.notebook import Notebook
from data.storage.store import Store
from metrics.budget import proposal, spend_response
from metrics.budget.weeks import SpendWeeks
from metrics.channels.verdicts import channel_verdicts
from metrics.headline import headline
from metrics.period import Period
from metrics.scope import Scope
from metrics.wording import formats
from pages.display.text import escape
from pages.review.returns.behind import PARTS
from tests.metrics.budget.planted import planted_weeks
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


def test_the_verdicts_are_said_in_short_before_their_reasons(
    cockpit: Cockpit, company: Path
) -> None:
    app = opened(cockpit, company)
    scope = Scope(Period(date(2025, 4, 1), date(2026, 3, 31)), date(2026, 3, 31))
    found = channel_verdicts(open_current(Store(company)), scope, Definitions.load())
    told = next(each.value for each in app.markdown if "spent." in each.value)
    assert told.startswith("Nothing is known well enough to grow. **Cut** Email. **Test** ")
    for row in found.iter_rows(named=True):
        assert escape(row["channel"]) in told
        assert escape(row["sentence"].partition(": ")[2]) in said(app)


def budget_table(app: AppTest) -> pl.DataFrame:
    found = next(each.value for each in app.dataframe if "proposed_amount" in each.value)
    return pl.from_pandas(found)


@pytest.mark.parametrize("change", ["0", "5000", "-5000"])
def test_the_next_amount_stands_in_the_address(
    cockpit: Cockpit, company: Path, change: str
) -> None:
    app = opened(cockpit, company, budget_change=change)
    assert not app.error
    table = budget_table(app)
    assert sum(table["change_amount"]) == pytest.approx(float(change), abs=0.1)
    assert "Nothing is distinguishable from today" in said(app)
    assert "What would change that" in said(app)
    assert "proposed_low" not in table.columns, "nothing is known to have bounds of"
    assert "None of the next amount goes to Email" in said(app), "which is to be cut"
    assert table.filter(channel="Email")["change_amount"].item() <= 0


def test_without_a_curve_it_says_why_and_what_an_mql_cost(cockpit: Cockpit, company: Path) -> None:
    app = opened(cockpit, company)
    terciles = next(each.value for each in app.dataframe if "tercile" in each.value)
    assert set(terciles["tercile"]) == {"low", "middle", "high"}
    assert "spend may have followed demand" in said(app)
    app = opened(cockpit, company, budget_part="Response curves")
    assert "No curve is shown" in said(app)
    assert escape("it takes") in said(app)


def test_curves_are_drawn_and_the_budget_rests_on_them(
    cockpit: Cockpit, company: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def weeks(*_: object) -> SpendWeeks:
        return replace(planted_weeks(), channels=("Email", "Print", "Paid Search", "Webinar"))

    monkeypatch.setattr(proposal, "spend_weeks", weeks)
    monkeypatch.setattr(spend_response, "spend_weeks", weeks)
    app = opened(cockpit, company, budget_part="Response curves", budget_caution="Balanced")
    assert not app.error
    table = budget_table(app)
    known = table.filter(pl.col("basis") == "A curve")
    assert known["channel"].sort().to_list() == ["Paid Search", "Webinar"]
    assert (known["proposed_low"] <= known["proposed_amount"]).all()
    assert "6 regions by 104 weeks" in said(app)
    assert "2 channels whose response is known" in said(app)
    assert "more MQLs than in today's shares" in said(app).replace("\\", "")


def test_spend_without_a_rate_names_the_currency(cockpit: Cockpit, tmp_path: Path) -> None:
    tables = rows_by_table(60)
    for row in tables["campaign_spend"]:
        row["currency"] = "CHF"
    publish_rows(Store(tmp_path / "store"), tables)
    app = opened(cockpit, tmp_path / "store")
    (error,) = app.error
    assert "CHF" in error.value
    assert "exchange rate" in error.value


def press(app: AppTest, label: str) -> AppTest:
    return next(each for each in app.button if each.label == label).click().run()


def test_a_budget_is_saved_opened_renamed_and_deleted(
    cockpit: Cockpit, company: Path, tmp_path: Path
) -> None:
    store = Path(shutil.copytree(company, tmp_path / "store"))
    notebook = Notebook(store)
    app = opened(cockpit, store, budget_change="5000")
    assert "Saved budgets" not in str([each.label for each in app.expander])
    proposed = budget_table(app)
    press(app, "Save budget")
    assert "Give the budget a name first." in [each.value for each in app.warning]
    for _ in range(2):
        next(each for each in app.text_input if each.label == "Save as").set_value("Herbst 预算")
        press(app, "Save budget")
    (kept,) = budgets(notebook).all()
    assert (kept.value.name, kept.version.number, kept.value.change) == ("Herbst 预算", 2, 5000)
    assert {each.channel: each.proposed_amount for each in kept.value.lines} == pytest.approx(
        dict(zip(proposed["channel"], map(float, proposed["proposed_amount"]), strict=True))
    )
    assert "budget_change=5000" in kept.value.scope
    assert kept.value.sentence
    app = opened(cockpit, store, budget_change="0")
    assert "Saved budgets (1)" in [each.label for each in app.expander]
    assert "Version 2 of 2" in said(app)
    next(each for each in app.text_input if each.label == "Name").set_value("Winter").run()
    press(app, "Rename")
    (renamed,) = budgets(notebook).all()
    assert (renamed.value.name, renamed.version.number) == ("Winter", 3)
    assert renamed.value.lines == kept.value.lines
    press(app, "Delete budget")
    assert budgets(notebook).all() == ()
    assert len(budgets(notebook).history(kept.version.id)) == 4
    press(app, "Undo")
    assert [each.value for each in budgets(notebook).all()] == [renamed.value]
    assert not app.error
