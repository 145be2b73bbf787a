"""Other views of the quarter, each worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import numpy as np
import polars as pl
import pytest

from data.schema.frames import DataFrame
from metrics.forecast.due import DueDeals, due_deals
from metrics.forecast.landing import Landing, landing
from metrics.forecast.planned import PlannedQuarter
from metrics.forecast.quarters import quarters_ahead
from metrics.forecast.rows import framed
from metrics.forecast.triangulation import triangulation
from metrics.period import Period
from metrics.plan.draws import Draws, draw
from metrics.plan.past.deals import ByDay, OpenDeals
from metrics.plan.past.history import History
from tests.metrics.facts import DraftWarehouse, Facts, opportunity
from tests.metrics.plan.histories import counts, some_deals, some_history
from tests.metrics.scopes import asked

MANY = 10_000_000
SEEN = date(2026, 12, 1)


def due_in_the_quarter(**numbers: float) -> DataFrame[DueDeals]:
    """What sellers say of this quarter; nothing unless given, and nothing of the next three."""
    nothing = dict.fromkeys(("deals", "unpriced_deals", "unrated_deals"), 0)
    quarters: list[dict[str, object]] = [
        {"quarter_on": quarter.start, "quarter_end_on": quarter.end, **nothing}
        for quarter in quarters_ahead(SEEN, 4)
    ]
    return framed(DueDeals, [quarters[0] | numbers, *quarters[1:]])


NOT_DUE = due_in_the_quarter()


def some(amounts: tuple[float, ...] = (50.0,), won: ByDay | None = None) -> History:
    """Half of all deals win on their hundredth day; 30 days are left of the quarter."""
    open_deals = OpenDeals(
        np.array([2, 2, 0]),
        np.array([80, 10, 75]),
        np.array([3, 1, 2]),
        np.array([100.0, 900, 0]),
        np.full(3, False),
    )
    came = won or ByDay(
        (date(2026, 7, 1), date(2026, 9, 2), date(2026, 10, 2)),
        np.array([1, 1, 1]),
        np.array([5000.0, 910.0, 1820.0]),
    )
    return some_history(
        counts(MANY, {300: 1}, {0: MANY - 1}),
        deals=some_deals(
            ages=counts(MANY, {100: MANY // 2}, {100: MANY // 2}),
            open_deals=open_deals,
            won=came,
            opened=ByDay((date(2024, 10, 1),), np.array([9]), np.array([1.0])),
            amounts=amounts,
        ),
        observed_until=SEEN,
    )


def views(
    history: History,
    due: DataFrame[DueDeals] = NOT_DUE,
    planned: PlannedQuarter | None = None,
    quarter: date = date(2026, 10, 1),
) -> dict[str, tuple[float | None, str | None]]:
    landed, draws = landed_of(history)
    rows = triangulation(history, draws, landed, due, [planned, None, None, None])
    of_quarter = rows.filter(pl.col("quarter_on") == quarter)
    return {view: (number, why) for view, number, why in of_quarter.select(
        "view", "revenue", "reason").iter_rows()}  # fmt: skip


def landed_of(history: History) -> tuple[Landing, Draws]:
    draws = draw(history, 400)
    return landing(history, draws), draws


def test_the_weighted_pipeline_is_amount_times_the_chance_at_the_age() -> None:
    # Of three deals of 100 that are 80 days old, half win on 21 December; the other is too young.
    assert views(some())["weighted pipeline"][0] == pytest.approx(1820 + 3 * 100 / 2, rel=1e-5)


def test_the_run_rate_goes_on_as_the_last_91_days() -> None:
    # From 2 September on 910 and 1820 were won: 30 a day, and 30 days are left.
    assert views(some())["run rate"][0] == pytest.approx(1820 + 30 * 30)


def test_deals_won_without_amounts_have_no_run_rate() -> None:
    history = some()
    won = replace(history.deals.won, amount=np.zeros(len(history.deals.won.days)))
    unpriced = replace(history, deals=replace(history.deals, won=won))
    assert views(unpriced)["run rate"] == (
        None,
        "no deal won in the last 91 days has an amount",
    )


def test_last_year_grows_as_the_last_quarters_did() -> None:
    days = [
        date(2024, 11, 1), date(2025, 2, 1), date(2025, 5, 1), date(2025, 8, 1),
        date(2025, 11, 1), date(2026, 2, 1), date(2026, 5, 1), date(2026, 8, 1),
    ]  # fmt: skip
    amounts = np.array([10.0, 20, 30, 40, 100, 20, 30, 50])
    won = ByDay(tuple(days), np.ones(8, dtype=np.int64), amounts)
    # 200 in the last four quarters, after 100: the 100 of a year ago become 200.
    assert views(some(won=won))["last year × growth"][0] == pytest.approx(200)


def test_ours_is_the_median_with_its_range() -> None:
    landed, draws = landed_of(some())
    rows = triangulation(some(), draws, landed, NOT_DUE, [None] * 4).filter(view="ours")
    for place, row in enumerate(rows.iter_rows(named=True)):
        expected = np.percentile(landed.total_revenue[place], [10, 50, 90])
        assert row["quarter_on"] == landed.quarters[place].start
        assert [row[f"revenue{each}"] for each in ("_p10", "", "_p90")] == pytest.approx(expected)
    assert rows.height == 4


def test_the_next_quarters_have_the_views_that_can_tell_them() -> None:
    days = [date(2025, 2, 1), date(2025, 11, 1), date(2026, 2, 1), date(2026, 9, 2)]
    won = ByDay(tuple(days), np.ones(4, dtype=np.int64), np.array([20.0, 100, 30, 910]))
    history = some(won=won)
    next_one = views(history, NOT_DUE, None, date(2027, 1, 1))
    # The deal of 900 is 10 days old: on 1 March it is a hundred, and half are won.
    assert next_one["weighted pipeline"][0] == pytest.approx(900 / 2, rel=1e-5)
    assert next_one["run rate"][0] == pytest.approx(10 * 90)
    # The last four whole quarters won 1040 (100, 30, 0, 910), the four before them 20.
    assert next_one["last year × growth"][0] == pytest.approx(30 * 1040 / 20)
    assert next_one["commit of sellers"] == (
        None, "no open deal has an expected close in the quarter",
    )  # fmt: skip
    after = views(history, NOT_DUE, None, date(2027, 4, 1))
    assert after["weighted pipeline"][0] == 0
    plan = PlannedQuarter("P", 4000.0, "USD")
    landed, draws = landed_of(history)
    rows = triangulation(history, draws, landed, NOT_DUE, [None, None, plan, None])
    assert rows.filter(view="plan")["revenue"].to_list() == [None, None, 4000, None]


def test_what_sellers_say_comes_on_top_of_what_is_won() -> None:
    due = due_in_the_quarter(deals=3, amount=700.0, weighted_amount=210.0)
    found = views(some(), due)
    assert found["commit of sellers"] == (2520, None)
    assert found["CRM probability"] == (2030, None)


def test_what_cannot_be_told_is_null_with_its_reason() -> None:
    found = views(some(won=ByDay((), np.zeros(0, dtype=np.int64), np.zeros(0)), amounts=()))
    assert found["ours"] == (None, "no won deal has an amount")
    no_due = "no open deal has an expected close in the quarter"
    assert found["commit of sellers"] == found["CRM probability"] == (None, no_due)
    assert found["plan"] == (None, "no locked plan of these filters has the whole quarter")
    assert found["last year × growth"][0] is None
    unrated = due_in_the_quarter(deals=3, amount=700.0)
    rated = views(some(), unrated)["CRM probability"]
    assert rated == (
        None, "none of the open deals expected to close in the quarter has a known probability",
    )  # fmt: skip


def test_the_plan_is_a_number_only_in_money() -> None:
    assert views(some(), planned=PlannedQuarter("P", 4000.0, "USD"))["plan"] == (4000, None)
    in_deals = views(some(), planned=PlannedQuarter("P", 12.0, None))["plan"]
    assert in_deals == (None, "P is in deals: 12 in the quarter")


def test_deals_are_due_in_the_quarter_of_their_expected_close() -> None:
    def deal(name: str, close: date | None, amount: int | None = 100, **more: object) -> object:
        known = {"original_amount": Decimal(amount), "currency": "USD"} if amount else {}
        return opportunity(
            name, datetime(2026, 3, 1), expected_close_on=close, **(known | more)
        )  # fmt: skip

    facts = Facts(
        opportunity=(
            deal("O1", date(2026, 10, 5), probability=0.5),  # its day has passed
            deal("O2", date(2026, 12, 31), 40),
            deal("O3", date(2026, 12, 31), None, probability=0.9),
            deal("O4", date(2027, 1, 1), 70, probability=0.1),
            deal("O5", None, 500),
            deal("O6", date(2026, 12, 9), outcome="lost", closed_at=datetime(2026, 11, 1)),
            deal("O7", date(2026, 9, 30)),
        )  # type: ignore[arg-type]
    )
    scope = asked(Period(date(2026, 1, 1), SEEN), SEEN)
    rows = due_deals(DraftWarehouse().hold(facts), scope)
    names = ("deals", "unpriced_deals", "unrated_deals", "amount", "weighted_amount")
    assert rows.select(names).rows() == [
        (3, 1, 1, 140.0, 50.0),
        (1, 0, 0, 70.0, 7.0),
        (0, 0, 0, None, None),
        (0, 0, 0, None, None),
    ]
