"""A question in one value: periods, comparisons, filters, and how they read."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import MetricError
from data.sql import Query, Step
from metrics.funnel.conversion import stage_conversion
from metrics.period import Period
from metrics.scope import Basis, Comparison, Counting, Dimension, Filter, Unit, Viewer
from metrics.sentences import compared_days_named, describe
from tests.metrics.facts import DraftWarehouse
from tests.metrics.scopes import asked
from tests.metrics.twelve_leads import JANUARY, SEEN, TWELVE


def period(start: str, end: str) -> Period:
    return Period(date.fromisoformat(start), date.fromisoformat(end))


@pytest.mark.parametrize(
    ("asked_for", "expected"),
    [
        (("2024-03-01", "2024-03-31"), ("2024-02-01", "2024-02-29")),  # a leap year's February
        (("2025-03-01", "2025-03-31"), ("2025-02-01", "2025-02-28")),
        (("2024-02-01", "2024-02-29"), ("2024-01-01", "2024-01-31")),
        (("2026-01-01", "2026-12-31"), ("2025-01-01", "2025-12-31")),
        (("2026-01-01", "2026-02-28"), ("2025-11-01", "2025-12-31")),
        (("2024-02-01", "2024-02-28"), ("2024-01-04", "2024-01-31")),  # not a whole month
        (("2024-03-01", "2024-03-01"), ("2024-02-29", "2024-02-29")),
        (("2024-02-29", "2024-03-04"), ("2024-02-24", "2024-02-28")),
        (("2026-01-15", "2026-02-14"), ("2025-12-15", "2026-01-14")),  # 31 days
    ],
)
def test_the_previous_period(asked_for: tuple[str, str], expected: tuple[str, str]) -> None:
    assert period(*asked_for).previous() == period(*expected)


@pytest.mark.parametrize(
    ("asked_for", "expected"),
    [
        (("2024-02-29", "2024-02-29"), ("2023-02-28", "2023-02-28")),
        (("2024-02-01", "2024-02-29"), ("2023-02-01", "2023-02-28")),
        (("2025-02-01", "2025-02-28"), ("2024-02-01", "2024-02-29")),  # a month's end stays one
        (("2025-02-01", "2025-02-27"), ("2024-02-01", "2024-02-27")),
        (("2024-02-28", "2024-03-31"), ("2023-02-28", "2023-03-31")),
        (("2026-01-01", "2026-12-31"), ("2025-01-01", "2025-12-31")),
    ],
)
def test_the_same_days_last_year(asked_for: tuple[str, str], expected: tuple[str, str]) -> None:
    assert period(*asked_for).last_year() == period(*expected)


DAYS = st.dates(date(2015, 1, 1), date(2035, 12, 31))


@given(DAYS, st.integers(0, 900))
def test_the_previous_period_ends_the_day_before(start: date, length: int) -> None:
    asked_for = Period(start, date.fromordinal(start.toordinal() + length))
    before = asked_for.previous()
    assert (asked_for.start - before.end).days == 1
    # As long to the day, or whole months, of which the longest and shortest differ by 3 days each.
    assert before.days == asked_for.days or (before.start.day, asked_for.start.day) == (1, 1)
    assert len(before.months()) <= len(asked_for.months()) + 1


@given(DAYS, st.integers(0, 900))
def test_last_year_is_about_a_year_before(start: date, length: int) -> None:
    asked_for = Period(start, date.fromordinal(start.toordinal() + length))
    before = asked_for.last_year()
    assert 365 <= (asked_for.start - before.start).days <= 366
    assert 365 <= (asked_for.end - before.end).days <= 366
    assert [month.month for month in before.months()] == [
        month.month for month in asked_for.months()
    ]


def test_months_touched_by_a_period() -> None:
    assert period("2024-02-29", "2024-02-29").months() == [date(2024, 2, 1)]
    assert period("2025-12-31", "2026-01-01").months() == [date(2025, 12, 1), date(2026, 1, 1)]
    assert len(period("2024-01-01", "2026-12-31").months()) == 36


def test_days_of_a_period_count_both_ends() -> None:
    assert period("2024-02-01", "2024-02-29").days == 29
    assert period("2026-01-01", "2026-01-01").days == 1


def test_a_period_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(MetricError, match=r"ends on 2026-01-01, before it starts on 2026-01-02"):
        period("2026-01-02", "2026-01-01")


def test_a_filter_without_values_is_refused() -> None:
    with pytest.raises(MetricError, match="size band needs at least one value"):
        Filter(Dimension.SIZE_BAND, ())


def test_a_filter_on_what_a_table_does_not_record_is_refused() -> None:
    scope = asked(JANUARY, SEEN, filters=(Filter(Dimension.SIZE_BAND, ("1-50",)),))
    with pytest.raises(MetricError, match="spend is not recorded by size band"):
        scope.step("spend")
    restricted = asked(JANUARY, SEEN, viewer=Viewer("Ana", scope.filters))
    with pytest.raises(MetricError, match="spend is not recorded by size band"):
        restricted.step("spend")


def test_a_comparison_is_seen_as_many_days_after_its_end() -> None:
    scope = asked(JANUARY, date(2026, 2, 10), comparison=Comparison.PREVIOUS_PERIOD)
    before = scope.compared()
    assert before is not None
    assert before.period == period("2025-12-01", "2025-12-31")
    assert before.observed_until == date(2026, 1, 10)
    assert before.comparison is Comparison.NONE
    # Seen on 20 of its days: so is the earlier one.
    early = replace(scope, observed_until=date(2026, 1, 20)).compared()
    assert early is not None
    assert early.observed_until == date(2025, 12, 20)
    yearly = replace(scope, comparison=Comparison.SAME_PERIOD_LAST_YEAR).compared()
    assert yearly is not None
    assert yearly.observed_until == date(2025, 2, 10)
    assert replace(scope, comparison=Comparison.NONE).compared() is None


@pytest.mark.parametrize("days", [1, 9, 28, 30])
@pytest.mark.parametrize("comparison", [Comparison.PREVIOUS_PERIOD, *Comparison])
def test_a_period_to_date_is_compared_with_as_many_days(days: int, comparison: Comparison) -> None:
    # March has more days than February: counted from the ends, the days would not be as many.
    march = period("2026-03-01", "2026-03-31")
    scope = asked(march, date(2026, 3, days), comparison=comparison)
    before = scope.compared()
    if before is None:
        assert comparison is Comparison.NONE
        assert compared_days_named(scope) is None
        return
    assert scope.seen is not None
    assert before.seen is not None
    assert before.seen.days == min(days, before.period.days)


def test_a_comparison_is_named_in_full() -> None:
    def sentence(start: str, end: str, seen: str, **more: Any) -> str:
        until = date.fromisoformat(seen)
        more = {"basis": Basis.FLOW, "comparison": Comparison.PREVIOUS_PERIOD} | more
        return describe(asked(period(start, end), until, **more)).partition(". ")[2]

    assert sentence("2026-10-01", "2026-12-31", "2026-11-26") == (
        "Q4 2026 to date (57 of 92 days) against the first 57 days of Q3 2026."
    )
    assert sentence("2026-03-01", "2026-03-31", "2026-03-30") == (
        "Mar 2026 to date (30 of 31 days) against Feb 2026."
    )
    year = Comparison.SAME_PERIOD_LAST_YEAR
    assert sentence("2026-01-01", "2026-12-31", "2026-12-31", comparison=year) == (
        "2026 against 2025."
    )
    assert sentence("2026-01-05", "2026-01-08", "2026-01-06", basis=Basis.COHORT) == (
        "5 Jan 2026 to 8 Jan 2026 to date (2 of 4 days) against the first 2 days of"
        " 1 Jan 2026 to 4 Jan 2026, as it stood on 2 Jan 2026."
    )
    # Nothing of the period is seen, so that there is nothing to compare.
    assert sentence("2026-01-05", "2026-01-08", "2025-12-31") == ""


def test_a_comparison_keeps_everything_else() -> None:
    scope = asked(
        JANUARY,
        SEEN,
        basis=Basis.FLOW,
        unit=Unit.ACCOUNT,
        counting=Counting.STRICT,
        window_days=30,
        filters=(Filter(Dimension.CHANNEL, ("展会",)),),
        viewer=Viewer("Ana", (Filter(Dimension.REGION, ("华东",)),)),
        comparison=Comparison.SAME_PERIOD_LAST_YEAR,
    )
    before = scope.compared()
    assert before is not None
    again = replace(
        before,
        period=scope.period,
        observed_until=scope.observed_until,
        comparison=scope.comparison,
    )
    assert again == scope


def test_a_comparison_counts_the_earlier_period(draft: DraftWarehouse) -> None:
    draft.hold(TWELVE)
    scope = asked(JANUARY, SEEN, comparison=Comparison.PREVIOUS_PERIOD).compared()
    assert scope is not None
    # December's one lead, L10, seen until 28 February: MQL and SQL were in January.
    assert stage_conversion(draft, scope)["reached"].to_list() == [1, 1, 1, 0, 0]


def test_the_first_step_binds_every_value(draft: DraftWarehouse) -> None:
    draft.hold(TWELVE)
    filters = (Filter(Dimension.OWNER, ("王芳", "A'na")), Filter(Dimension.CHANNEL, ("Email",)))
    viewer = Viewer("Ana", (Filter(Dimension.REGION, ("华东",)),))
    step = asked(JANUARY, SEEN, filters=filters, viewer=viewer, window_days=7).step("journey")
    assert step.sql.count("?") == len(step.values)
    assert step.values == (
        JANUARY.start,
        JANUARY.end,
        SEEN,
        7,
        "王芳",
        "A'na",
        "Email",
        "华东",
    )
    (row,) = draft.query(Query(step)).rows(named=True)
    assert row["lead_id"] == "L02"
    assert (row["period_start"], row["period_end"]) == (JANUARY.start, JANUARY.end)
    assert (row["observed_until"], row["window_days"]) == (SEEN, 7)


def test_a_marking_step_drops_only_what_the_viewer_may_not_see(draft: DraftWarehouse) -> None:
    draft.hold(TWELVE)
    filters = (Filter(Dimension.OWNER, ("王芳",)), Filter(Dimension.CHANNEL, ("Email", "展会")))
    viewer = Viewer("Ana", (Filter(Dimension.REGION, ("华东", "华中")),))
    scope = asked(JANUARY, SEEN, filters=filters, viewer=viewer)
    marked = draft.query(Query(scope.step("journey", mark=True)))
    assert dict(marked.select("lead_id", "matches").iter_rows()) == {
        "L01": False,  # by Webinar
        "L02": True,
        "L10": True,
    }
    everything = draft.query(Query(asked(JANUARY, SEEN).step("journey", mark=True)))
    assert everything["matches"].all()


def test_the_first_step_takes_each_derived_table(draft: DraftWarehouse) -> None:
    draft.hold(TWELVE)
    for table in ("journey", "deal", "spend", "touch"):
        query = Query(
            asked(JANUARY, SEEN).step(table), Step("counted", "SELECT count(*) AS n FROM scoped")
        )
        assert draft.query(query).item() == len(draft.table(table))


def test_a_scope_reads_as_one_sentence() -> None:
    plain = asked(JANUARY, SEEN)
    assert describe(plain) == (
        "Leads that entered 1 Jan 2026 to 31 Jan 2026, followed until 31 Mar 2026."
    )
    full = asked(
        JANUARY,
        SEEN,
        unit=Unit.ACCOUNT,
        counting=Counting.STRICT,
        window_days=30,
        filters=(Filter(Dimension.CHANNEL, ("展会", "Email")),),
        viewer=Viewer("Ana", (Filter(Dimension.REGION, ("EMEA",)),)),
        comparison=Comparison.PREVIOUS_PERIOD,
    )
    assert describe(full) == (
        "Accounts that entered 1 Jan 2026 to 31 Jan 2026, followed until 31 Mar 2026, each for"
        " 30 days at most; only those that entered every stage in order; earliest lead of channel"
        " 展会 or Email; restricted for you to region EMEA."
        " Jan 2026 against Dec 2025, as it stood on 28 Feb 2026."
    )
    flow = replace(plain, basis=Basis.FLOW)
    assert describe(flow) == "Leads that entered each stage 1 Jan 2026 to 31 Jan 2026."
