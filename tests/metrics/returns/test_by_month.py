"""Returns by month: they add up to the period, by touch and by win, and cohorts to the funnel's."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from data.definitions import Definitions
from data.errors import MetricError, MissingRateError
from metrics.funnel.cohorts import cohort_projection
from metrics.returns.channel_returns import channel_returns
from metrics.returns.cohort_returns import cohort_returns
from metrics.returns.known_by import SPENT_BY
from metrics.returns.monthly_returns import monthly_returns
from metrics.returns.step_costs import step_costs
from metrics.scope import Dimension, Scope, Stage
from tests.metrics.facts import TERMS, DraftWarehouse, opportunity
from tests.metrics.random_facts import random_facts
from tests.metrics.returns import oracle
from tests.metrics.twelve_leads import JANUARY, QUARTER, SEEN, TWELVE, at

SCOPE = Scope(QUARTER, SEEN)


def test_credit_falls_into_the_month_of_the_touch(at_half: Definitions) -> None:
    found = {
        (row["month_on"].month, row["segment"]): row
        for row in monthly_returns(DraftWarehouse().hold(TWELVE), SCOPE, at_half).rows(named=True)
    }
    # O1 was won in March and touched in January, when its channel was paid for.
    january, march = found[1, "Webinar"], found[3, "Webinar"]
    assert (january["spend_amount"], january["revenue_amount"]) == (Decimal(1000), Decimal(0))
    assert (january["realised_amount"], january["realised_roi"]) == (Decimal(10000), 10)
    assert january["realised_romi"] == 4
    assert (march["spend_amount"], march["revenue_amount"]) == (Decimal(0), Decimal(10000))
    assert (march["realised_amount"], march["realised_roi"]) == (Decimal(0), None)
    # 56 days is the usual lookback: 31 January is 59 days before the last day, 28 February 31.
    assert january["lookback_days"] == 56
    assert [found[1, "Webinar"]["is_mature"], found[2, "Email"]["is_mature"]] == [True, False]
    # O4 was won in February without a touch or an amount.
    nobody = found[2, "Unattributed"]
    assert nobody["revenue_amount"] is nobody["realised_amount"] is nobody["spend_amount"] is None


@pytest.mark.parametrize("by", SPENT_BY)
def test_months_add_up_to_the_period(
    company: DraftWarehouse, two_years: Scope, at_half: Definitions, by: Dimension
) -> None:
    names = ("spend_amount", "revenue_amount", "realised_amount")
    months = monthly_returns(company, two_years, at_half, by=by)
    whole = channel_returns(company, two_years, at_half, by=by)
    summed = {
        row["segment"]: [row[name] for name in names]
        for row in months.group_by("segment").agg(pl.col(names).sum()).rows(named=True)
    }
    for row in whole.rows(named=True):
        assert summed.get(row["segment"], [0, 0, 0]) == [row[name] or 0 for name in names]


def test_each_month_is_that_of_loops(
    company: DraftWarehouse, two_years: Scope, at_half: Definitions
) -> None:
    closed: dict[tuple[date, str], int] = defaultdict(int)
    touched: dict[tuple[date, str], int] = defaultdict(int)
    for row in oracle.credit(company, two_years, Dimension.CHANNEL, "linear"):
        closed[row["converted_on"].replace(day=1), row["segment"]] += row["units"] or 0
    for row in oracle.realised(company, two_years, Dimension.CHANNEL, "linear"):
        touched[row["touched_on"].replace(day=1), row["segment"]] += row["units"] or 0
    months = monthly_returns(company, two_years, at_half).rows(named=True)
    keys = {(row["month_on"], row["segment"]) for row in months}
    assert {key for key, units in (*closed.items(), *touched.items()) if units} <= keys
    for row in months:
        key = row["month_on"], row["segment"]
        assert (row["revenue_amount"] or 0) * 100 == closed[key]
        assert (row["realised_amount"] or 0) * 100 == touched[key]


@pytest.mark.parametrize("by", [Dimension.CHANNEL, Dimension.PRODUCT])
def test_cohorts_add_up_to_the_leads_of_the_period(
    company: DraftWarehouse, two_years: Scope, by: Dimension
) -> None:
    months = cohort_returns(company, two_years, by=by)
    whole = channel_returns(company, two_years, TERMS, by=by)
    names = ("lead", "won", "cohort_amount", "spend_amount")
    summed = {
        row["segment"]: [row[name] for name in names]
        for row in months.group_by("segment").agg(pl.col(names).sum()).rows(named=True)
    }
    for row in whole.rows(named=True):
        assert summed.get(row["segment"], [0, 0, 0, 0]) == [row[name] or 0 for name in names]


@pytest.fixture(scope="module")
def one_channel() -> DraftWarehouse:
    """Random facts whose leads all came by one channel."""
    facts = random_facts(7, leads=250)
    same: Any = tuple({**row, "channel": "Webinar"} for row in facts.lead)
    return DraftWarehouse().hold(replace(facts, lead=same))


def mean_worth(warehouse: DraftWarehouse, until: date) -> float:
    """What a won lead has brought: 0 where the deal is another's, left out without an amount."""
    worth: dict[str, Decimal | None] = {}
    for row in oracle.rows(warehouse, "journey"):
        if row["won_on"] and row["won_on"] <= until and row["lead_on"]:
            own = row["won_amount"] if row["is_primary"] else Decimal(0)
            before = worth.get(row["lead_id"], Decimal(0))
            worth[row["lead_id"]] = None if own is None or before is None else before + own
    known = [float(each) for each in worth.values() if each is not None]
    assert len(known) < len(worth)
    return sum(known) / len(known)


def test_what_is_to_come_is_the_projected_wins_at_their_mean_amount(
    one_channel: DraftWarehouse, two_years: Scope
) -> None:
    found = cohort_returns(one_channel, two_years).filter(pl.col("lead") > 0)
    expected = cohort_projection(one_channel, two_years, (Stage.LEAD, Stage.WON))
    assert found["month_on"].equals(expected["month_on"])
    mean = mean_worth(one_channel, two_years.observed_until)
    for row, projected in zip(found.rows(named=True), expected.rows(named=True), strict=True):
        assert (row["lead"], row["won"], row["open"]) == (
            projected["entered"], projected["converted"], projected["open"],
        )  # fmt: skip
        if row["cohort_amount"] is None:  # won, and nobody knows for how much
            assert row["projected_amount"] is row["projected_high"] is None
            continue
        wins = projected["projected_rate"] * row["lead"] - row["won"]
        so_far = float(row["cohort_amount"])
        assert row["projected_amount"] == pytest.approx(so_far + wins * mean)
        assert so_far <= row["projected_low"] <= row["projected_amount"] <= row["projected_high"]
        assert row["is_projected"] == (row["open"] > 0)
        if row["spend_amount"]:
            spent = float(row["spend_amount"])
            assert row["projected_roi"] == pytest.approx(row["projected_amount"] / spent)
            assert row["roi"] == pytest.approx(so_far / spent)
    assert found["is_projected"].any()


def test_a_cohort_of_which_nobody_is_open_is_what_it_was(
    company: DraftWarehouse, two_years: Scope
) -> None:
    found = cohort_returns(company, two_years).filter(pl.col("lead") > 0, ~pl.col("is_projected"))
    assert len(found) >= 5
    for row in found.drop_nulls("cohort_amount").rows(named=True):
        assert row["projected_low"] == row["projected_amount"] == row["projected_high"]
        assert row["projected_amount"] == float(row["cohort_amount"])


def test_a_past_too_thin_projects_nothing() -> None:
    found = cohort_returns(DraftWarehouse().hold(TWELVE), SCOPE)
    webinar = found.row(by_predicate=pl.col("segment") == "Webinar", named=True)
    assert (webinar["lead"], webinar["won"], webinar["cohort_amount"]) == (5, 1, Decimal(10000))
    assert (webinar["roi"], webinar["is_projected"], webinar["projected_amount"]) == (
        10,
        True,
        None,
    )


def test_the_cost_of_a_step_is_as_sure_as_its_count(
    company: DraftWarehouse, two_years: Scope
) -> None:
    found = step_costs(company, two_years)
    returns = channel_returns(company, two_years, TERMS).filter(pl.col("spend_amount") > 0)
    assert found["segment"].unique(maintain_order=True).to_list() == returns["segment"].to_list()
    for row in returns.rows(named=True):
        steps = found.filter(segment=row["segment"]).rows(named=True)
        assert [step["stage"] for step in steps] == [stage.value for stage in Stage]
        for step in steps:
            assert step["reached"] == row[step["stage"]]
            assert step["cost"] == row[f"cost_per_{step['stage']}"]
            if step["reached"]:
                assert step["cost_low"] < step["cost"] < step["cost_high"]
            else:
                assert step["cost"] is step["cost_high"] is None
    ten = found.filter(reached=13).row(0, named=True)
    # Garwood's bounds of 13 are 6.922 and 22.230.
    spent = float(ten["spend_amount"])
    assert (spent / ten["cost_high"], spent / ten["cost_low"]) == pytest.approx(
        (6.922, 22.230), abs=1e-3
    )


def test_a_cohort_whose_deal_has_no_rate_is_refused() -> None:
    francs = opportunity(
        "O9", at(2, 1), outcome="won", closed_at=at(3, 15), currency="CHF",
        original_amount=Decimal(7), primary_lead_id="L03",
    )  # fmt: skip
    facts = replace(TWELVE, opportunity=(*TWELVE.opportunity, francs))
    january = Scope(JANUARY, SEEN)
    with pytest.raises(MissingRateError, match=r"1 won deals cannot be converted.*CHF"):
        cohort_returns(DraftWarehouse().hold(facts), january)


def test_each_refuses_without_spend_and_without_a_rate() -> None:
    without = DraftWarehouse().hold(replace(TWELVE, campaign_spend=()))
    unpriced = DraftWarehouse().hold(replace(TWELVE, exchange_rate=()))
    for ask in (
        lambda each: step_costs(each, SCOPE),
        lambda each: cohort_returns(each, SCOPE),
        lambda each: monthly_returns(each, SCOPE, TERMS),
    ):
        with pytest.raises(MetricError, match="no spend is loaded"):
            ask(without)
        with pytest.raises(MissingRateError, match="EUR"):
            ask(unpriced)
