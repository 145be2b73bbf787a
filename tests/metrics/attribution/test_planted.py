"""Channels of equal effect that take unequally long: their shares are equal."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import polars as pl
import pytest

from bench.attribution.company import Held
from metrics.attribution.chains import chances_to_come, first_order_steps
from metrics.attribution.credit import credit_of
from metrics.attribution.data_driven import weights
from metrics.attribution.journeys import chain_counts
from metrics.attribution.question import Question, Worth
from metrics.estimators.credit.chain import removal_effects
from metrics.period import Period
from metrics.scope import Scope
from tests.metrics.facts import TERMS

BEGIN = datetime(2021, 1, 1, 9)
DAYS = 1460
LAST = date(2024, 12, 30)
YEAR = Question(Scope(Period(date(2024, 1, 1), LAST), LAST), worth=Worth.COUNT, lookback_days=DAYS)
PATHS = (("Own",), ("Own", "Mail"), ("Own", "Mail", "Own"), ("Own", "Mail"))


def planted() -> dict[str, pl.DataFrame]:
    """Every second day a journey by Fast and one by Slow, of which two in five convert.

    Of Fast after 5 days, of Slow after 30 to 150; else they are the same. Who does not convert is
    open for ever. What is still to come when the data ends is not there.
    """
    touches, wins = [], []
    for number, begun in enumerate(range(0, DAYS, 2)):
        path = PATHS[number % len(PATHS)]
        lags = {"Fast": 5, "Slow": 30 + 37 * number % 121}
        for own, lag in lags.items():
            account = f"{own}{number}"
            for place, channel in enumerate(path):
                name = own if channel == "Own" else channel
                touches.append((account, f"{account}-{place}", name, begun + place))
            if number // len(PATHS) % 5 < 2:
                wins.append((account, begun + len(path) + lag))
    moment = pl.lit(BEGIN) + pl.duration(days="day")
    seen = pl.DataFrame(touches, ["account", "interaction_id", "channel", "day"], orient="row")
    seen = seen.filter(pl.col("day") < DAYS)
    won = pl.DataFrame(wins, ["account", "day"], orient="row").filter(pl.col("day") < DAYS)
    people = seen.select(account_id="account", person_id="account").unique(maintain_order=True)
    return {
        "account": people.select("account_id"),
        "person": people,
        "interaction": seen.select(
            "interaction_id",
            "channel",
            person_id="account",
            occurred_at=moment,
            action=pl.lit("form_submit"),
        ),
        "opportunity": won.select(
            opportunity_id="account",
            account_id="account",
            created_at=moment,
            closed_at=moment,
            outcome=pl.lit("won"),
        ),
    }


@pytest.fixture(scope="module")
def warehouse() -> Held:
    return Held(TERMS).hold(planted(), LAST)


def test_channels_of_equal_effect_and_unequal_lag_have_equal_shares(warehouse: Held) -> None:
    found = credit_of(warehouse, YEAR, 30)
    for (model,), rows in found.filter(pl.col("model") != "time_decay").group_by("model"):
        share = dict(rows.select("segment", "share").iter_rows())
        assert share["Fast"] == pytest.approx(share["Slow"], abs=0.01), model


def test_removal_effects_are_equal_where_open_journeys_are_not_lost(warehouse: Held) -> None:
    found = weights(warehouse, YEAR, DAYS)
    assert found.segments == ("Fast", "Mail", "Slow")
    for model, weight in found.of_models.items():
        fast, _, slow = weight / weight.sum()
        assert fast == pytest.approx(slow, abs=0.01), model


def test_of_the_last_nine_months_open_journeys_counted_as_lost_would_favour_the_fast(
    warehouse: Held,
) -> None:
    young = Question(Scope(Period(date(2024, 4, 1), LAST), LAST), worth=Worth.COUNT)
    counts = chain_counts(warehouse, young, 1)
    steps = first_order_steps(counts, chances_to_come(counts)).sum(axis=0)
    converted = np.zeros(len(steps) - 1)
    for last, many in counts.ends.filter("converted").select("before_1", "journeys").iter_rows():
        converted[last - 1] += many
    lost = steps.copy()
    lost[1:, -1] += lost[1:, -2] - converted
    lost[1:, -2] = converted
    shares = [effects[[0, 2]] / effects.sum() for effects in map(removal_effects, (steps, lost))]
    assert shares[0][0] == pytest.approx(shares[0][1], abs=0.01)
    assert shares[1][0] > shares[1][1] + 0.03
