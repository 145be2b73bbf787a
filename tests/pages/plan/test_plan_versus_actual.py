"""Plan versus actual: no plan, a plan on the way, and what is behind a part."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from data.notebook.notebook import Notebook
from data.notebook.plans import Deadline, plans
from metrics.forecast.widening import Widening
from metrics.plan.attainment.versus_actual import plan_versus_actual
from metrics.plan.working_days import Week, WorkingDays
from pages.plan import versus
from tests.pages.conftest import Cockpit
from tests.pages.kept import keep_winter_plan

PAGE = "plan/plan_versus_actual"


@pytest.fixture(scope="module")
def planned(company: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The company's store with a plan that was made in August 2025."""
    path = Path(shutil.copytree(company, tmp_path_factory.mktemp("planned") / "store"))
    keep_winter_plan(path)
    return path


@pytest.fixture(autouse=True)
def held(monkeypatch: pytest.MonkeyPatch) -> None:
    """Past forecasts held, without their being made again."""
    monkeypatch.setattr("pages.plan.widened.measure", lambda metric, scope: None)
    monkeypatch.setattr("pages.plan.widened.widening_of", lambda tested: Widening(1.0, 1, 8))


def texts(app: AppTest) -> str:
    found = [each.value for each in (*app.markdown, *app.caption, *app.info)]
    return re.sub(r"\\(.)", r"\1", "\n".join(found)).replace("\u2060", "")


def test_without_a_plan_the_page_says_how_to_save_one(cockpit: Cockpit, company: Path) -> None:
    app = cockpit(company, PAGE)
    assert not app.exception
    assert not app.error
    assert "press “Save plan”" in texts(app)
    assert not app.get("plotly_chart")


def test_the_sentence_says_how_far_the_plan_is(cockpit: Cockpit, planned: Path) -> None:
    app = cockpit(planned, PAGE)
    assert not app.exception
    assert not app.error
    said = texts(app)
    assert re.search(
        r"Winter <b>plan</b> so far: \d+% of the plan was won, \$[\d.]+[KM] is missing", said
    )
    assert "Entries count from 1 Sep 2025, wins from 1 Sep 2025, both until" in said
    assert len(app.get("plotly_chart")) == 2
    labels = [each.label for each in app.selectbox]
    assert labels[:2] != []
    assert {"Plan", "Which days?"} <= set(labels)


def test_a_month_can_be_asked_for(cockpit: Cockpit, planned: Path) -> None:
    app = cockpit(planned, PAGE, versus_days="October 2025")
    assert not app.error
    assert re.search(r"October 2025: \d+% of the plan was won", texts(app))


@pytest.mark.parametrize(
    ("part", "says"),
    [
        ("Volume", "reached Lead, the latest first"),
        ("Rate to SQL", "reached SQL, the latest first"),
        ("Timing: late or early", "reached Opportunity, the latest first"),
        ("Deal size", "The deals won in these days"),
    ],
)
def test_a_part_opens_its_cohorts_and_records(
    cockpit: Cockpit, planned: Path, part: str, says: str
) -> None:
    usual = len(cockpit(planned, PAGE).dataframe)
    app = cockpit(planned, PAGE, versus_part=part)
    assert not app.error
    assert says in texts(app)
    assert len(app.dataframe) == usual + 2


def test_a_filter_is_said_not_to_be_in_the_plan(cockpit: Cockpit, planned: Path) -> None:
    app = cockpit(planned, PAGE, region="North")
    assert not app.error
    assert "Only region North; the plan's targets are not filtered." in texts(app)


def test_the_days_that_people_work_on_can_be_chosen(
    cockpit: Cockpit, planned: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def noted(*given: object, **named: object) -> object:
        asked.append(given[3])
        return plan_versus_actual(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(versus, "plan_versus_actual", noted)
    cockpit(planned, PAGE)
    app = cockpit(planned, PAGE, plan_week="Sunday to Thursday", plan_holidays="Israel")
    assert not app.exception
    assert not app.error
    chosen = WorkingDays(Week.SUNDAY_TO_THURSDAY, "IL")
    assert asked == [WorkingDays(), chosen]


def test_a_number_opens_its_campaigns_deals_and_leads(cockpit: Cockpit, planned: Path) -> None:
    usual = cockpit(planned, PAGE)
    assert "What is behind a number?" in [each.label for each in usual.selectbox]
    table = next(each.value for each in usual.dataframe if "attainment" in each.value)
    actual = table[(table["metric"] == "Leads")].iloc[0]["actual"]
    app = cockpit(planned, PAGE, versus_cell="September 2025, all, Leads")
    assert not app.exception
    assert not app.error
    assert "September 2025, all, Leads: what came 1 Sep 2025 to 30 Sep 2025." in texts(app)
    assert len(app.dataframe) == len(usual.dataframe) + 2, "campaigns and leads"
    (campaigns,) = (
        each.value for each in app.dataframe if "campaign" in each.value and "share" in each.value
    )
    assert campaigns["value"].sum() == actual
    (leads,) = (each.value for each in app.dataframe if next(iter(each.value)) == "lead_id")
    assert len(leads) == actual
    won = cockpit(planned, PAGE, versus_cell="October 2025, all, Won revenue")
    assert len(won.dataframe) == len(usual.dataframe) + 3, "campaigns, deals and leads"


def test_landings_are_as_wide_as_past_misses_ask_for(
    cockpit: Cockpit, planned: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def months(app: AppTest) -> pl.DataFrame:
        (table,) = (each.value for each in app.dataframe if "projected_low" in each.value)
        return pl.DataFrame(table).filter(metric="Won revenue", segment="all")

    app = cockpit(planned, PAGE)
    assert "Won deals and revenue: ranges are as drawn" in texts(app)
    missed = Widening(2.0, 5, 8)
    monkeypatch.setattr("pages.plan.widened.widening_of", lambda tested: missed)
    wider = cockpit(planned, PAGE)
    assert "Won deals and revenue: ranges are 2.0 times as wide as drawn" in texts(wider)
    before, after = (months(each).filter(pl.col("hit_chance") < 1) for each in (app, wider))
    assert (after["projected"] == before["projected"]).all()
    to_come = before["projected_low"] < before["projected_high"]
    assert to_come.any()
    assert (after["projected_high"] > before["projected_high"]).filter(to_come).all()


def test_what_the_levers_could_still_do_is_on_the_page(cockpit: Cockpit, planned: Path) -> None:
    app = cockpit(planned, PAGE)
    assert "What could the levers still do?" in [each.value for each in app.header]
    said = texts(app)
    assert re.search(
        r"\$3.6M must still be won by 31 May 2026. The usual \d+ leads a month reach that with",
        said,
    )
    assert re.search(r"(A chance of 80% takes [\d,]+ a month|raises it to 80%)", said)
    rows = app.dataframe[-1].value
    assert set(rows["lever"]) <= {"Entries per month", "Share won", "Deal size"}
    assert len(rows) > 0
    assert {each.date() for each in rows["last_on"]} <= {date(2026, 4, 30), date(2026, 5, 31)}
    assert list(rows["added_chance"]) == sorted(rows["added_chance"], reverse=True)


def test_nothing_is_open_of_a_plan_that_the_data_has_passed(
    cockpit: Cockpit, planned: Path
) -> None:
    notebook = Notebook(planned)
    (kept,) = plans(notebook).all()
    over = msgspec.structs.replace(
        kept.value, name="Over", deadlines=(Deadline(date(2025, 12, 31), 1_000_000.0),)
    )
    plans(notebook).save("over", over, based_on=0, written_at=datetime(2025, 8, 1, tzinfo=UTC))
    app = cockpit(planned, PAGE, versus_plan="Over")
    assert not app.exception
    assert "The data reaches the last deadline, 31 Dec 2025: nothing is open." in texts(app)
    notebook.delete("over", based_on=1, written_at=datetime(2025, 8, 2, tzinfo=UTC))
