"""Sourced deals against the rest: rates as statsmodels has them, medians as NumPy has them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import polars as pl
import pytest
from statsmodels.stats.proportion import proportion_confint

from metrics.attribution.sourcing.against_rest import (
    Measure,
    against_rest_of,
    sourced_against_rest,
)
from metrics.attribution.sourcing.deals import SOURCED, Definition, deals_of
from metrics.scope import Scope
from tests.metrics.facts import TERMS, DraftWarehouse
from tests.metrics.twelve_leads import QUARTER, SEEN, TWELVE

OPENED = date(2025, 1, 1)
COUNT = 200


def made_up(per_account: int = 1) -> pl.DataFrame:
    """Deals of which the sourced ones are won twice as often, later, and are as large."""
    rng = np.random.default_rng(5)
    is_sourced = rng.random(COUNT) < 0.5
    won = rng.random(COUNT) < np.where(is_sourced, 0.6, 0.3)
    days = rng.integers(10, 60, COUNT) + np.where(is_sourced, 40, 0)
    amounts = [Decimal(int(each)) for each in rng.lognormal(8, 1, COUNT)]
    return pl.DataFrame(
        {
            "opportunity_id": [f"O{number}" for number in range(COUNT)] * per_account,
            "account_id": [f"A{number}" for number in range(COUNT)] * per_account,
            "opened_on": [OPENED] * COUNT * per_account,
            "closed_on": [OPENED + timedelta(days=int(each)) for each in days] * per_account,
            "outcome": np.where(won, "won", "lost").tolist() * per_account,
            "amount": pl.Series(amounts * per_account, dtype=pl.Decimal(18, 2)),
            "opened": [True] * COUNT * per_account,
            "closed": [True] * COUNT * per_account,
            **{each.value: is_sourced.tolist() * per_account for each in Definition},
        }
    )


def test_numbers_are_those_of_other_libraries() -> None:
    deals = made_up()
    found = against_rest_of(deals)
    assert len(found) == len(SOURCED) * len(Measure)
    for row in found.filter(definition="first_touch").iter_rows(named=True):
        for prefix, so in (("", True), ("rest_", False)):
            own = deals.filter(pl.col("first_touch") == so)
            won = own.filter(outcome="won")
            if row["measure"] == "win_rate":
                assert row[f"{prefix}deals"] == len(own)
                assert row[f"{prefix}value"] == len(won) / len(own)
                # Deals each of an account of its own are worth one less than they are.
                of = len(own) - 1
                low, high = proportion_confint(len(won) / len(own) * of, of, method="wilson")
                assert (row[f"{prefix}low"], row[f"{prefix}high"]) == pytest.approx((low, high))
                continue
            assert row[f"{prefix}deals"] == len(won)
            days = (won["closed_on"] - won["opened_on"]).dt.total_days()
            values = (days if row["measure"] == "cycle_days" else won["amount"]).to_list()
            values = sorted(float(each) for each in values)
            assert row[f"{prefix}value"] == np.median(values)
            assert row[f"{prefix}low"] in values
            assert row[f"{prefix}low"] < row[f"{prefix}value"] < row[f"{prefix}high"]
        assert row["difference"] == pytest.approx(row["value"] - row["rest_value"])
        assert row["difference_low"] < row["difference"] < row["difference_high"]
    verdicts = dict(found.filter(definition="first_touch").select("measure", "chance").iter_rows())
    assert verdicts == {
        "win_rate": "more than chance", "cycle_days": "more than chance",
        "deal_amount": "may be chance",
    }  # fmt: skip


def test_deals_of_one_account_that_go_alike_say_as_much_as_one() -> None:
    once, thrice = against_rest_of(made_up()), against_rest_of(made_up(3))
    for name in ("value", "low", "high", "rest_low", "difference_low", "difference_high"):
        assert thrice[name].to_list() == pytest.approx(once[name].to_list(), rel=1e-9), name
    assert thrice["deals"].to_list() == [3 * each for each in once["deals"].to_list()]


def test_what_is_not_known_or_not_closed_takes_no_part() -> None:
    deals = made_up()
    known = pl.col("opportunity_id") != "O7"
    unknown = deals.with_columns(
        first_touch=pl.when(known).then("first_touch"), closed=pl.col("opportunity_id") != "O9"
    )
    rows = against_rest_of(unknown).filter(measure="win_rate")
    counted = dict(rows.select("definition", pl.col("deals") + pl.col("rest_deals")).iter_rows())
    assert counted == {"first_touch": 198, "lead_source": 199, "touched_before": 199}


def test_a_deal_closed_before_it_was_opened_took_no_days() -> None:
    early = made_up().with_columns(closed_on=pl.lit(OPENED - timedelta(days=3)))
    found = against_rest_of(early).filter(measure="cycle_days")
    assert set(found["value"]) == {0.0}


def test_of_few_deals_nothing_is_claimed() -> None:
    found = against_rest_of(made_up().head(12))
    assert set(found["chance"]) <= {"too few to compare", "untested"}
    assert found["p_value"].null_count() == len(found)
    assert found.filter(measure="win_rate")["low"].null_count() == 0
    nothing = against_rest_of(made_up().head(0))
    assert set(nothing["chance"]) == {"untested"}
    assert nothing["value"].null_count() == len(nothing)


def test_the_metric_is_of_the_deals_closed_in_the_period() -> None:
    warehouse, scope = DraftWarehouse().hold(TWELVE), Scope(QUARTER, SEEN)
    found = sourced_against_rest(warehouse, scope, TERMS)
    assert found.equals(against_rest_of(deals_of(warehouse, scope, TERMS.touch.sales_channels)))
    rates = found.filter(measure="win_rate", definition="touched_before")
    # Closed: O1 after a webinar; O2 lost, O3 called by sales, and O4, of which no touch is known.
    assert rates.select("deals", "value", "rest_deals").rows() == [(1, 1.0, 3)]
