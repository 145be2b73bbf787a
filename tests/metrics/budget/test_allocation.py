"""Budget: what is known moves, what is not keeps its share, and nothing leaves its bounds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
import pytest

from data.errors import MetricError
from metrics.budget import proposal as module
from metrics.budget.budget_allocation import budget_allocation, budget_outcome
from metrics.budget.proposal import proposal
from metrics.budget.responses import DRAWS, Basis, experiment_returns, known_responses
from metrics.estimators.comparing.estimate import Estimate
from metrics.period import Period
from metrics.scope import Scope
from tests.metrics.budget.planted import planted_weeks
from tests.metrics.facts import TERMS, DraftWarehouse, Facts, change, lead, spend

FIRST = date(2024, 1, 1)
WEEKS = 52
LAST = FIRST + timedelta(days=7 * WEEKS - 1)
SCOPE = Scope(Period(FIRST, LAST), LAST)
PEOPLE = 120
AMOUNTS = {"Fairs": 300, "Print": 70, "Search": 640, "Social": 370}


def company() -> Facts:
    """Each week the same spend, but for one month of twice as much."""
    return Facts(
        campaign=tuple({"campaign_id": name, "channel": name} for name in AMOUNTS),
        campaign_spend=tuple(
            spend(name, FIRST + timedelta(days=7 * week), str(amount * (2 if week < 4 else 1)))
            for name, amount in AMOUNTS.items()
            for week in range(WEEKS)
        ),
        lead=(lead("L1", datetime(2024, 1, 1), channel="Search"),),
        as_of=datetime(2024, 12, 31),
    )


def with_hold_outs(mqls: dict[str, int]) -> Facts:
    """Hold-outs of each channel, one after the other: so many more MQLs where it was."""
    facts = company()
    arms, leads, changes, experiments = [], [], [], []
    for number, (channel, more) in enumerate(mqls.items()):
        begin = date(2024, 2 + 2 * number, 1)
        experiments.append(
            {"experiment_id": channel, "name": f"No {channel}", "channel": channel,
             "kind": "persons", "starts_on": begin, "ends_on": begin + timedelta(days=27),
             "spend_amount": Decimal(AMOUNTS[channel])}
        )  # fmt: skip
        for place in range(2 * PEOPLE):
            name = f"{channel}{place}"
            is_test = place < PEOPLE
            role = "test" if is_test else "control"
            arms.append({"experiment_id": channel, "member": f"P{name}", "role": role})
            at = datetime.combine(begin + timedelta(days=3), datetime.min.time())
            leads.append(lead(f"L{name}", at, person_id=f"P{name}", channel="Mail"))
            if place % PEOPLE < (10 + more if is_test else 10):
                changes.append(change("lead", f"L{name}", "mql", at))
    return replace(
        facts,
        person=tuple({"person_id": each["member"]} for each in arms),
        lead=(*facts.lead, *leads),
        stage_change=tuple(changes),
        experiment=tuple(experiments),
        experiment_arm=tuple(arms),
    )


@pytest.fixture(scope="module")
def warehouse() -> DraftWarehouse:
    return DraftWarehouse().hold(company())


@pytest.fixture
def planted(warehouse: DraftWarehouse, monkeypatch: pytest.MonkeyPatch) -> DraftWarehouse:
    """The company, where weeks of regions show curves of Search and Social."""
    monkeypatch.setattr(module, "spend_weeks", lambda *_: planted_weeks())
    return warehouse


@pytest.fixture(scope="module")
def by_experiment() -> DraftWarehouse:
    return DraftWarehouse().hold(with_hold_outs({"Search": 60, "Social": 2}))


def rows(frame: pl.DataFrame) -> dict[str, dict[str, Any]]:
    return {row["channel"]: row for row in frame.iter_rows(named=True)}


def test_where_nothing_is_known_todays_shares_stay(warehouse: DraftWarehouse) -> None:
    found = budget_allocation(warehouse, SCOPE)
    whole = sum(AMOUNTS.values()) * (WEEKS + 4)
    # 100,000 are more than the bounds hold: every channel goes to 1.3 times of today's spend.
    assert set(found["basis"]) == {Basis.UNKNOWN.value}
    for row in found.iter_rows(named=True):
        today = AMOUNTS[row["channel"]] * (WEEKS + 4)
        assert float(row["today_amount"]) == today
        assert row["today_share"] == row["proposed_share"] == pytest.approx(today / whole)
        assert float(row["proposed_amount"]) == pytest.approx(1.3 * today)
        assert row["largest_amount"] == pytest.approx(2 * AMOUNTS[row["channel"]] * WEEKS)
    assert found["proposed_low"].null_count() == len(found)
    outcome = budget_outcome(warehouse, SCOPE, TERMS).row(0, named=True)
    assert outcome["known_channels"] == 0
    assert outcome["gain"] is None
    assert not outcome["is_distinguishable"]
    assert float(outcome["placed_amount"]) == pytest.approx(0.3 * whole)
    assert outcome["sentence"].startswith("Nothing is distinguishable from today: neither an")
    assert "Of $100K, $23.2K can be placed" in outcome["sentence"]


@pytest.mark.parametrize("change", [-500_000.0, -5_000.0, 0.0, 7_000.0, 500_000.0])
def test_the_change_is_placed_within_the_bounds(planted: DraftWarehouse, change: float) -> None:
    found = budget_allocation(planted, SCOPE, change=change)
    outcome = budget_outcome(planted, SCOPE, TERMS, change=change).row(0, named=True)
    placed = float(found["change_amount"].sum())
    assert placed == pytest.approx(float(outcome["placed_amount"]), abs=0.05)
    assert abs(placed) <= abs(change) + 0.05
    if abs(change) < 10_000:
        assert placed == pytest.approx(change, abs=0.05)
        assert "can be" not in outcome["sentence"]
    else:
        assert ("placed" if change > 0 else "taken") in outcome["sentence"]
    for row in found.iter_rows(named=True):
        low, high = row["least_amount"], row["most_amount"]
        assert low - 0.01 <= float(row["proposed_amount"]) <= high + 0.01
        assert high <= row["largest_amount"] + 0.01
        if row["proposed_low"] is not None:
            assert row["proposed_low"] <= float(row["proposed_amount"]) + 0.01
            assert float(row["proposed_amount"]) <= row["proposed_high"] + 0.01


def test_spend_moves_to_where_more_of_it_brings_more(planted: DraftWarehouse) -> None:
    found = rows(budget_allocation(planted, SCOPE, change=0))
    assert (found["Search"]["basis"], found["Print"]["basis"]) == ("curve", "unknown")
    # At 110 and 64 a week and region Search brings 0.091 more per unit of spend, Social 0.097.
    assert found["Social"]["change_amount"] > 0 > found["Search"]["change_amount"]
    assert found["Fairs"]["change_amount"] == found["Print"]["change_amount"] == 0
    outcome = budget_outcome(planted, SCOPE, TERMS, change=0).row(0, named=True)
    assert outcome["known_channels"] == 2
    assert outcome["then"] - outcome["now"] == pytest.approx(outcome["gain"])
    assert 0 <= outcome["probability_better"] <= 1


def test_more_money_brings_more_where_curves_rise(planted: DraftWarehouse) -> None:
    then = [
        budget_outcome(planted, SCOPE, TERMS, change=change)["then"].item()
        for change in (-5_000.0, 0.0, 5_000.0)
    ]
    assert all(before < after for before, after in pairwise(then))


@pytest.mark.parametrize("held", ["Search", "Print"])  # of a known response, and of none
@pytest.mark.parametrize("change", [-5_000.0, 7_000.0, 500_000.0])
def test_a_channel_that_is_held_gets_none_of_the_next_amount(
    planted: DraftWarehouse, held: str, change: float
) -> None:
    free = rows(budget_allocation(planted, SCOPE, change=change))
    found = rows(budget_allocation(planted, SCOPE, change=change, held=(held, "of no spend")))
    assert found[held]["most_amount"] == pytest.approx(float(found[held]["today_amount"]))
    assert found[held]["change_amount"] <= 0
    for name in found.keys() - {held}:
        assert found[name]["most_amount"] == free[name]["most_amount"]
    # What it does not get goes to the others, as far as their bounds hold it.
    asked = min(
        change, sum(each["most_amount"] - float(each["today_amount"]) for each in found.values())
    )
    assert float(sum(each["change_amount"] for each in found.values())) == pytest.approx(
        asked, abs=0.05
    )
    outcome = budget_outcome(planted, SCOPE, TERMS, change=change, held=(held,))
    assert float(outcome["placed_amount"].item()) == pytest.approx(asked, abs=0.05)


def test_an_experiment_decides_where_there_is_no_curve(by_experiment: DraftWarehouse) -> None:
    """Search brought 60 MQLs for 640, Social 2 for 370."""
    found = rows(budget_allocation(by_experiment, SCOPE, change=0))
    assert (found["Search"]["basis"], found["Social"]["basis"]) == ("experiment", "experiment")
    assert found["Search"]["proposed_amount"] > found["Search"]["today_amount"]
    outcome = budget_outcome(by_experiment, SCOPE, TERMS, change=0).row(0, named=True)
    assert outcome["is_distinguishable"]
    assert outcome["sentence"].startswith("Spread as proposed, the same money brings more")
    weekly = (AMOUNTS["Search"] * 60 / 640 + AMOUNTS["Social"] * 2 / 370) * (WEEKS + 4)
    assert outcome["now"] == pytest.approx(weekly, rel=0.1)


def test_one_channel_alone_has_nothing_to_be_weighed_against() -> None:
    warehouse = DraftWarehouse().hold(with_hold_outs({"Search": 60}))
    outcome = budget_outcome(warehouse, SCOPE, TERMS, change=0).row(0, named=True)
    assert outcome["known_channels"] == 1
    assert "known of Search alone" in outcome["sentence"]
    assert outcome["probability_better"] is None
    found = budget_allocation(warehouse, SCOPE, change=0)
    assert (found["change_amount"] == 0).all()


def test_a_period_without_spend_has_no_budget(warehouse: DraftWarehouse) -> None:
    earlier = Scope(Period(date(2023, 1, 1), date(2023, 12, 31)), LAST)
    assert budget_allocation(warehouse, earlier).is_empty()
    said = budget_outcome(warehouse, earlier, TERMS)["sentence"].item()
    assert said == "No channel has spend in this period: there is no budget to share."


@pytest.mark.parametrize("caution", [-0.1, 1.1])
def test_caution_lies_between_0_and_1(warehouse: DraftWarehouse, caution: float) -> None:
    with pytest.raises(MetricError, match="caution lies between 0 and 1"):
        proposal(warehouse, SCOPE, 0.0, caution)


def test_an_experiment_fixes_the_height_at_todays_spend() -> None:
    found = known_responses(
        None, {"Search": Estimate(0.05, 0.03, 0.07)}, {"Search": 200.0}, {"Search": 600.0}
    )
    at_today = found.draws.response(np.array([200.0]))[:, 0] / 200
    assert len(at_today) == DRAWS
    assert at_today.mean() == pytest.approx(0.05, abs=0.002)
    assert np.quantile(at_today, [0.025, 0.975]) == pytest.approx([0.03, 0.07], abs=0.004)
    # Concave: twice the spend brings more, and less than twice as much.
    positive = at_today > 0
    twice = (found.draws.response(np.array([400.0]))[:, 0] / at_today / 200)[positive]
    assert ((twice > 1) & (twice < 2)).all()


def test_only_sound_experiments_count_and_the_newest_does() -> None:
    def result(
        name: str, ends_on: date, per_spend: float, problems: str | None, outcome: str = "mql"
    ) -> dict[str, object]:
        bounds = {"per_spend_low": per_spend - 1, "per_spend_high": per_spend + 1}
        known = {"channel": "Mail", "name": name, "starts_on": FIRST, "ends_on": ends_on}
        return {**known, "outcome": outcome, "per_spend": per_spend, **bounds, "problems": problems}

    results = pl.DataFrame(
        [
            result("newest", date(2024, 9, 1), 9.0, "no control"),
            result("of revenue", date(2024, 8, 1), 7.0, None, "revenue"),
            result("sound", date(2024, 6, 1), 5.0, None),
            result("older", date(2024, 3, 1), 3.0, None),
        ],
        schema_overrides={"problems": pl.String},
    )
    assert experiment_returns(results) == {"Mail": Estimate(5.0, 4.0, 6.0)}
