"""Plan versus actual: what is counted, what is due, where it lands, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import msgspec
import polars as pl
import pytest

from data.engine.warehouse import DuckDBWarehouse
from data.errors import MetricError
from data.notebook.plans import Deadline, PlanLine
from metrics.period import Period
from metrics.plan.attainment.early_warning import early_warning
from metrics.plan.attainment.kept_plan import kept_plan
from metrics.plan.attainment.open_part import open_target
from metrics.plan.attainment.pace import Course
from metrics.plan.attainment.standing import standing
from metrics.plan.attainment.versus_actual import plan_versus_actual
from metrics.plan.target import TargetKind
from metrics.plan.working_days import MONDAY_TO_FRIDAY, Week, WorkingDays
from metrics.scope import Dimension, Filter, Stage
from tests.metrics.facts import store
from tests.metrics.plan.kept import company, keep, lines, scope

JANUARY, MARCH, APRIL, MAY = (date(2026, month, 1) for month in (1, 3, 4, 5))


@pytest.fixture(scope="module")
def steady(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBWarehouse]:
    with store(tmp_path_factory.mktemp("steady") / "00001.duckdb", company()) as warehouse:
        yield warehouse


@pytest.fixture(scope="module")
def compared(steady: DuckDBWarehouse) -> pl.DataFrame:
    return plan_versus_actual(steady, scope(), kept_plan(steady, scope(), keep()))


def cell(frame: pl.DataFrame, month: date, segment: str, metric: str) -> dict[str, float | None]:
    found = frame.filter(month_on=month, segment=segment, metric=metric)
    row: dict[str, float | None] = found.row(0, named=True)
    return row


def test_where_past_forecasts_missed_what_is_won_lands_in_a_wider_range(
    steady: DuckDBWarehouse, compared: pl.DataFrame
) -> None:
    plan = kept_plan(steady, scope(), keep())
    wide = plan_versus_actual(steady, scope(), plan, widening=2.0)
    key = ["month_on", "segment", "metric"]
    both = compared.join(wide, on=key, suffix="_wide").filter(pl.col("projected").is_not_null())
    assert len(both) == compared["projected"].count()
    won = pl.col("metric").is_in(["won", "revenue"])
    others = both.filter(~won)
    assert others["projected_high_wide"].to_list() == others["projected_high"].to_list()
    open_months = both.filter(won, pl.col("projected_low") < pl.col("projected_high"))
    assert len(open_months)
    for row in open_months.rows(named=True):
        middle, least = row["projected"], row["actual"] or 0
        slack = 1 if row["metric"] == "won" else 1e-6 * middle
        assert row["projected_wide"] == pytest.approx(middle)
        high = middle + 2 * (row["projected_high"] - middle)
        assert row["projected_high_wide"] == pytest.approx(high, abs=slack)
        low = max(middle - 2 * (middle - row["projected_low"]), least)
        assert row["projected_low_wide"] == pytest.approx(low, abs=slack)
    over = both.filter(won, pl.col("month_on") < pl.lit(scope().observed_until.replace(day=1)))
    assert over["projected_low_wide"].to_list() == over["actual"].to_list()


def test_a_plan_is_read_in_the_terms_of_the_data(steady: DuckDBWarehouse) -> None:
    plan = kept_plan(steady, scope(), keep(win_rate=1.2))
    assert (plan.entry, plan.by) == (Stage.LEAD, Dimension.CHANNEL)
    assert plan.segments == ("Email", "Webinar")
    assert plan.entries_from == plan.won_from == JANUARY
    assert plan.assumed.win_rate == 1.2
    assert plan.segment_of("Trade Fair") == "other segments"


def test_a_plan_made_within_a_month_counts_from_the_day_after_its_data(
    steady: DuckDBWarehouse,
) -> None:
    later = keep(PlanLine(APRIL, "all", "lead", 9.0))
    written = later.version.written_at.replace(year=2026, month=4, day=20)
    version = type(later.version)(
        **{
            name: getattr(later.version, name)
            for name in ("kind", "id", "name", "number", "state", "body")
        },
        written_at=written,
    )
    plan = kept_plan(steady, scope(), type(later)(version, later.value))
    assert plan.entries_from == date(2026, 4, 11)


def test_a_month_that_is_over_is_what_was_counted(compared: pl.DataFrame) -> None:
    for segment, target in (("Email", 10.0), ("Webinar", 10.0), ("all", 20.0)):
        row = cell(compared, JANUARY, segment, "lead")
        assert (row["target"], row["actual"], row["attainment"]) == (target, target, 1.0)
        assert (row["pace"], row["projected"], row["hit_chance"]) == (1.0, target, 1.0)
    # Of December three deals are won in January and one more of its end; leads of the 1st to 20th.
    row = cell(compared, JANUARY, "all", "revenue")
    assert row["actual"] == 30_000.0
    assert row["variance"] == -15_000.0
    assert row["hit_chance"] == 0.0


def test_a_month_that_runs_has_a_pace_and_lands_between_bounds(compared: pl.DataFrame) -> None:
    row = cell(compared, APRIL, "all", "lead")
    assert row["actual"] == 10.0, "one a day until the data ends"
    assert row["pace"] is not None
    assert 0 < row["pace"] < 1
    assert row["projected_low"] <= row["projected"] <= row["projected_high"]  # type: ignore[operator]


def test_a_month_that_has_not_begun_has_no_actual_and_yet_a_landing(
    compared: pl.DataFrame,
) -> None:
    row = cell(compared, MAY, "all", "lead")
    assert (row["actual"], row["variance"], row["attainment"], row["pace"]) == (None, None, None, 0)
    assert row["projected"] == pytest.approx(20, abs=2)
    won = cell(compared, MAY, "all", "revenue")
    assert won["projected_low"] <= won["projected"] <= won["projected_high"]  # type: ignore[operator]
    assert 0 < won["projected"] < 100_000  # type: ignore[operator]


def test_what_a_segment_wins_lands_by_its_own_past(steady: DuckDBWarehouse) -> None:
    of_segments = [
        PlanLine(month, segment, metric, target)
        for month in (MARCH, MAY)
        for segment in ("Email", "Webinar")
        for metric, target in (("won", 2.0), ("revenue", 15_000.0))
    ]
    plan = kept_plan(steady, scope(), keep(PlanLine(MAY, "all", "lead", 20.0), *of_segments))
    found = plan_versus_actual(steady, scope(), plan)
    # Of ten leads a month, two of webinars are won and one of e-mails, for 10,000 each.
    for segment, deals in (("Email", 1.0), ("Webinar", 2.0)):
        won, revenue = (cell(found, MAY, segment, metric) for metric in ("won", "revenue"))
        assert won["projected"] == pytest.approx(deals, abs=0.5)
        assert won["projected_low"] <= won["projected"] <= won["projected_high"]  # type: ignore[operator]
        assert revenue["projected"] == pytest.approx(10_000 * deals, abs=5_000)
        assert won["hit_chance"] == revenue["hit_chance"], "15,000 take two deals"
    chances = [cell(found, MAY, each, "won")["hit_chance"] for each in ("Email", "Webinar")]
    assert 0 < chances[0] < 0.5 < chances[1] < 1  # type: ignore[operator]
    whole = cell(found, MAY, "all", "won")
    assert whole["target"] == 4.0
    assert whole["projected"] == pytest.approx(3, abs=1)
    over = cell(found, MARCH, "Webinar", "won")
    assert over["projected"] == over["actual"]


def test_spend_is_counted_and_not_drawn(compared: pl.DataFrame) -> None:
    row = cell(compared, JANUARY, "all", "spend")
    assert (row["actual"], row["target"]) == (500.0, 600.0)
    assert cell(compared, MAY, "all", "spend")["projected"] is None


def test_a_filter_narrows_what_came_and_not_the_plan(steady: DuckDBWarehouse) -> None:
    asked = scope(filters=(Filter(Dimension.CHANNEL, ("Email",)),))
    frame = plan_versus_actual(steady, asked, kept_plan(steady, asked, keep()))
    row = cell(frame, JANUARY, "all", "lead")
    assert (row["target"], row["actual"]) == (20.0, 10.0)


def test_the_standing_sums_the_months_that_have_begun(compared: pl.DataFrame) -> None:
    row = standing(compared).filter(metric="lead").row(0, named=True)  # type: ignore[arg-type]
    assert (row["target"], row["actual"]) == (80.0, 70.0)
    assert 60 < row["due"] < 80
    assert row["projected"] is None
    alone = standing(compared, JANUARY).filter(metric="lead").row(0, named=True)  # type: ignore[arg-type]
    assert (alone["target"], alone["due"], alone["projected"]) == (20.0, 20.0, 20.0)


def test_missing_entries_are_missed_when_they_would_have_won(steady: DuckDBWarehouse) -> None:
    plan = kept_plan(steady, scope(), keep(*lines(leads=40.0)))
    found = early_warning(steady, scope(), plan)
    january = found.row(0, named=True)
    assert (january["entered_on"], january["due"], january["entered"]) == (JANUARY, 40.0, 20.0)
    # Three of twenty leads are won after forty days, for 30,000 together.
    assert january["deals"] == pytest.approx(3, rel=0.02)
    assert january["amount"] == pytest.approx(30_000, rel=0.02)
    assert january["worst_on"] in (date(2026, 2, 1), date(2026, 3, 1))
    april = found.filter(entered_on=APRIL).row(0, named=True)
    assert 10 < april["due"] < 30, "of a month that runs only a part is due"
    as_planned = kept_plan(steady, scope(), keep(*lines(leads=10.0)))
    assert early_warning(steady, scope(), as_planned).is_empty()


def test_what_is_open_of_a_plan_are_the_deadlines_after_the_data() -> None:
    plan = msgspec.structs.replace(
        keep().value,
        first_day=JANUARY,
        deadlines=(
            Deadline(date(2026, 3, 31), 100.0),
            Deadline(date(2026, 6, 30), 200.0),
            Deadline(date(2026, 9, 30), 300.0),
        ),
    )
    target = open_target(plan, date(2026, 4, 10))
    assert target is not None
    assert [(each.window.start, each.window.end, each.amount) for each in target.deadlines] == [
        (APRIL, date(2026, 6, 30), 200.0),
        (date(2026, 7, 1), date(2026, 9, 30), 300.0),
    ]
    assert (target.kind, target.confidence) == (TargetKind.REVENUE, plan.confidence)
    assert open_target(plan, date(2026, 3, 31)) == target
    assert open_target(plan, date(2026, 9, 30)) is None


def test_segments_that_nobody_knows_are_refused(steady: DuckDBWarehouse) -> None:
    with pytest.raises(MetricError, match="'Pigeons', are in none of the loaded data"):
        kept_plan(steady, scope(), keep(PlanLine(JANUARY, "Pigeons", "lead", 5.0)))
    with pytest.raises(MetricError, match="no lines of leads"):
        kept_plan(steady, scope(), keep(PlanLine(JANUARY, "all", "spend", 5.0)))


def test_the_course_of_a_month_is_even_until_two_years_are_known() -> None:
    month = Period(date(2026, 3, 1), date(2026, 3, 31))
    even = Course(MONDAY_TO_FRIDAY)
    assert even.pace(month, date(2026, 3, 13)) == pytest.approx(10 / 22)
    days = [date(2024 + n // 12, n % 12 + 1, 28) for n in range(24)]
    late = Course.learned(days, [20.0] * 24, date(2026, 2, 28), MONDAY_TO_FRIDAY)
    assert late.pace(month, date(2026, 3, 13)) < 0.1
    assert late.pace(month, date(2026, 3, 31)) == 1.0
    few = Course.learned(days, [2.0] * 24, date(2026, 2, 28), MONDAY_TO_FRIDAY)
    assert few.pace(month, date(2026, 3, 13)) == even.pace(month, date(2026, 3, 13))


def test_holidays_are_no_working_days() -> None:
    december = Period(date(2026, 12, 1), date(2026, 12, 31))
    until = date(2026, 12, 24)
    usual, german = Course(MONDAY_TO_FRIDAY), Course(WorkingDays(country="DE"))
    assert german.pace(december, until) > usual.pace(december, until)
    with pytest.raises(MetricError, match="'XX' are not known"):
        WorkingDays(country="XX")


def test_weeks_differ_and_a_weekend_may_be_worked_through() -> None:
    june = Period(date(2026, 6, 1), date(2026, 6, 30))
    days = {week: WorkingDays(week).within(june) for week in Week}
    assert days == {
        Week.MONDAY_TO_FRIDAY: 22,
        Week.MONDAY_TO_SATURDAY: 26,
        Week.SUNDAY_TO_THURSDAY: 22,
        Week.EVERY_DAY: 30,
    }
    # In China Sunday 26 January 2025 was worked for the Spring Festival that followed.
    sunday = Period(date(2025, 1, 26), date(2025, 1, 26))
    assert WorkingDays().within(sunday) == 0
    assert WorkingDays(country="CN").within(sunday) == 1


def test_the_pace_goes_by_the_days_that_people_work(steady: DuckDBWarehouse) -> None:
    plan = kept_plan(steady, scope(), keep(PlanLine(APRIL, "all", "revenue", 9.0), *lines()[:2]))

    def pace(working: WorkingDays) -> float | None:
        found = plan_versus_actual(steady, scope(), plan, working)
        return cell(found, APRIL, "all", "revenue")["pace"]

    # The data ends on Friday 10 April; 3 April and 6 April are holidays in Germany.
    assert pace(MONDAY_TO_FRIDAY) == pytest.approx(8 / 22)
    assert pace(WorkingDays(country="DE")) == pytest.approx(6 / 20)
    assert pace(WorkingDays(Week.EVERY_DAY)) == pytest.approx(10 / 30)
