"""The page Forecast: one sentence, its charts and tables, and what was said."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from data.engine.warehouse import open_current
from data.notebook.ledger import ledger
from data.notebook.notebook import Notebook
from data.notebook.plans import Deadline, Deadlines, Plan, PlanLine, Target, plans
from data.storage.store import Store
from metrics.forecast.back_test import FORECASTERS, back_test
from metrics.forecast.forecast import TOTAL, forecast
from metrics.forecast.widening import Widening, widening_of
from metrics.horizon import horizon
from metrics.scope import Scope
from metrics.wording import formats
from tests.pages.company import publish_rows, rows_by_table
from tests.pages.conftest import Cockpit

PAGE = "plan/forecast"


def said(app: AppTest) -> str:
    texts = [each.value for each in (*app.main.markdown, *app.main.caption, *app.main.info)]
    return "\n".join(texts).replace("\\", "")


@pytest.fixture(scope="module")
def own(company: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the company, into whose notebook something may be written."""
    return Path(shutil.copytree(company, tmp_path_factory.mktemp("own") / "store"))


def test_the_sentence_has_the_numbers_of_the_metric(cockpit: Cockpit, company: Path) -> None:
    app = cockpit(company, PAGE)
    assert not app.exception
    assert not app.error
    warehouse = open_current(Store(company))
    loaded = horizon(warehouse)
    scope = Scope(loaded.everything, loaded.last)
    learnt = widening_of(back_test(warehouse, scope))
    rows = forecast(warehouse, scope, widening=learnt.factor)
    now = rows.filter(source=TOTAL).row(0, named=True)
    p10, p50, p90 = (formats.money(now[f"revenue_{each}"], "USD") for each in ("p10", "p50", "p90"))
    # The company's data ends with the first quarter of 2026.
    expected = f"This quarter, Q2 2026, lands at {p50} ({p10} to {p90} in 8 of 10 cases); $0.00 is"
    assert expected in said(app)
    assert "A year before, Q2 2025 won" in said(app)


def test_ranges_are_as_wide_as_past_misses_ask_for(
    cockpit: Cockpit, company: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missed = Widening(2.0, 5, 8)
    monkeypatch.setattr("pages.plan.widened.widening_of", lambda tested: missed)
    app = cockpit(company, PAGE)
    warehouse = open_current(Store(company))
    loaded = horizon(warehouse)
    rows = forecast(warehouse, Scope(loaded.everything, loaded.last), widening=2.0)
    now = rows.filter(source=TOTAL).row(0, named=True)
    p10, p90 = (formats.money(now[f"revenue_{each}"], "USD") for each in ("p10", "p90"))
    assert f"({p10} to {p90} in 8 of 10 cases)" in said(app)
    assert missed.reason in said(app)
    assert "as drawn" not in said(app).replace(missed.reason, "")


def test_every_part_is_there(cockpit: Cockpit, company: Path) -> None:
    app = cockpit(company, PAGE)
    assert [each.value for each in app.header] == [
        "Where do quarters land?",
        "Out of what?",
        "What do others say of each quarter?",
        "What of earlier forecasts?",
    ]
    assert len(app.get("plotly_chart")) == 2
    views = app.table[0].value
    assert list(views["View"]) == [
        "Ours", "10% low", "90% high", "Weighted pipeline", "Run rate",
        "Last year × growth", "CRM probability", "Commit of sellers", "Plan",
    ]  # fmt: skip
    quarters = ["Q2 2026", "Q3 2026", "Q4 2026", "Q1 2027"]
    assert list(views.columns) == ["View", *quarters]
    for quarter in quarters:
        dashes = views[views[quarter] == formats.NOTHING]
        assert list(dashes["View"]) == ["CRM probability", "Commit of sellers", "Plan"]
    assert "no expected close" not in said(app)
    assert "Percentiles do not" in said(app)
    assert "Nothing is recorded yet" in said(app)


def test_past_quarters_are_forecast_again_when_that_is_asked(
    cockpit: Cockpit, company: Path
) -> None:
    assert "Reconstructed" not in said(cockpit(company, PAGE))
    app = cockpit(company, PAGE, forecast_part="How good would this have been?")
    assert not app.exception
    assert "Nothing is recorded yet" not in said(app)
    assert "past quarters came within the range" in said(app)
    assert "So few quarters prove little." in said(app)
    assert "Reconstructed, not recorded" in said(app)
    scores = next(each.value for each in app.dataframe if "ours_crps" in each.value)
    assert list(scores["forecaster"]) == list(FORECASTERS)
    assert list(scores["quarters"] > 0) == [True] * 4 + [False, False, True]
    # The company's deals have no dated changes.
    for name in ("CRM probability", "stage-weighted pipeline"):
        assert f"{name}: needs the history of the pipeline: load dated changes of" in said(app)
    assert "AutoETS:" not in said(app)


def test_a_filter_narrows_the_forecast_and_stands_in_the_caption(
    cockpit: Cockpit, company: Path
) -> None:
    whole, narrow = cockpit(company, PAGE), cockpit(company, PAGE, channel="Webinar")
    assert "channel Webinar" in said(narrow)
    assert said(whole) != said(narrow)
    # The sidebar's period is what other pages look back on.
    assert said(cockpit(company, PAGE, period="This quarter")) == said(whole)


def test_a_forecast_is_recorded_once_pressed_and_shown_from_then_on(
    cockpit: Cockpit, own: Path
) -> None:
    app = cockpit(own, PAGE)
    app.button(key="forecast_record").click().run()
    assert not app.exception
    assert len(ledger(Notebook(own))) == 4
    assert app.selectbox(key="forecast_quarter").options == [
        "Q2 2026", "Q3 2026", "Q4 2026", "Q1 2027",
    ]  # fmt: skip
    assert len(app.get("plotly_chart")) == 3
    box = app.selectbox(key="forecast_said")
    tables = len(app.dataframe)
    box.set_value(next(each for each in box.options if each.startswith("Q3 2026"))).run()
    assert not app.exception
    assert len(app.dataframe) == tables + 1
    parts = next(each.value for each in app.dataframe if "mean" in each.value and "source" in
                 each.value and "quarter" not in each.value)  # fmt: skip
    said_then = ledger(Notebook(own))[1].value
    assert list(parts["mean"]) == [round(each.value, 1) for each in said_then.contributions]
    assert parts["source"].iloc[0] == "Won so far"
    # Of other filters nothing was said.
    assert "Nothing is recorded yet" in said(cockpit(own, PAGE, channel="Webinar"))


def test_a_locked_plan_is_in_the_sentence_and_beside_the_others(
    cockpit: Cockpit, own: Path
) -> None:
    plan = Plan(
        name="Plan *2026*",
        unit="lead",
        scope="",
        target=Target.REVENUE,
        currency="USD",
        first_day=date(2026, 4, 1),
        deadlines=(Deadline(date(2026, 6, 30), 1.0),),
        confidence=0.8,
        together=Deadlines.EACH,
        lines=(PlanLine(date(2026, 4, 1), "all", "lead", 9_000.0),),
        assumptions=(),
        definitions_digest="",
        generation="00001",
        seed=1,
        draws=10,
    )
    plans(Notebook(own)).save("plan", plan, based_on=0, written_at=datetime.now(UTC))
    assert "wants" not in said(cockpit(own, PAGE))
    Notebook(own).lock("plan", based_on=1, written_at=datetime.now(UTC))
    app = cockpit(own, PAGE)
    assert "Plan *2026* wants $1.00: it is reached in 100.0% of cases." in said(app)
    plan = app.table[0].value.iloc[-1]
    assert plan["Q2 2026"].replace("\\", "") == "$1.00"
    assert plan["Q3 2026"] == formats.NOTHING
    assert "Plan: Q3 2026, Q4 2026, Q1 2027: no locked plan of these filters" in said(app)
    usual = said(app)
    app.radio(key="forecast_volume").set_value("As planned").run()
    assert not app.exception
    assert said(app) != usual
    assert "Leads enter as Plan *2026* wants, and as usual" in said(app)
    assert "Only a forecast with the usual volume is recorded." in said(app)
    assert not [each for each in app.button if each.key == "forecast_record"]


def test_without_amounts_everything_is_in_deals(cockpit: Cockpit, tmp_path: Path) -> None:
    tables = rows_by_table(600)
    for deal in tables["opportunity"]:
        deal |= {"original_amount": None, "currency": None}
    publish_rows(Store(tmp_path), tables)
    app = cockpit(tmp_path, PAGE)
    assert not app.exception
    assert not app.error
    assert "0 deals are won already" in said(app)
    assert "No won deal has an amount, so everything is in deals." in said(app)
    assert app.table[0].value["Q2 2026"].iloc[0] == formats.NOTHING


def test_an_empty_store_shows_the_next_step(cockpit: Cockpit, tmp_path: Path) -> None:
    app = cockpit(tmp_path / "store", PAGE)
    assert not app.exception
    assert app.header[0].value == "Nothing is loaded yet"


def test_what_cannot_be_forecast_is_said_with_what_to_do(cockpit: Cockpit, tmp_path: Path) -> None:
    publish_rows(Store(tmp_path), rows_by_table(60) | {"opportunity": []})
    app = cockpit(tmp_path, PAGE)
    assert not app.exception
    assert "needs at least one win" in app.info[0].value
    assert "Widen the period or the filters" in app.info[0].value
