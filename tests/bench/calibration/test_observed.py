"""What is counted of a made-up company, by hand and against its truth."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from bench.calibration.observed import (
    age_counts,
    entries_by_month,
    open_deals,
    open_leads,
    revenue_by_month,
    whole_months,
    won_deals,
)
from data.sample_company.families.company import Company, company
from data.sample_company.families.life import Life
from data.sample_company.families.nature import Family
from data.sample_company.families.records import NEVER, Deals, Exit, Records, Stage
from data.sample_company.families.snapshot import Snapshot
from metrics.estimators.incidence import incidence

LIFE = Life(date(2022, 1, 1), months=6)

RECORDS = Records(
    channel=np.array([0, 0, 0, 1, 0]),
    account=np.array([0, 1, 1, 2, 3]),
    entered=np.array(
        [
            [0, 2, NEVER, NEVER, NEVER],
            [1, NEVER, NEVER, NEVER, NEVER],
            [3, 3, 5, 10, 40],
            [4, 6, 8, 20, NEVER],
            [90, NEVER, NEVER, NEVER, NEVER],
        ]
    ),
    exit=np.array([Exit.RECYCLED, Exit.NONE, Exit.NONE, Exit.NONE, Exit.NONE]),
    exited=np.array([30, NEVER, NEVER, NEVER, NEVER]),
    deals=Deals(
        lead=np.array([2, 3]),
        stage_entered=np.array([[10, 12, 20, 30], [20, 25, NEVER, NEVER]]),
        first_amount=np.array([1_000, 500]),
        later_amount=np.array([800, 500]),
        amended=np.array([25, NEVER]),
        first_close=np.array([40, 95]),
        push_days=np.array([30, 30]),
        optimism=np.array([0.0, 0.1]),
    ),
)
"""Five leads: recycled; still a lead; won; in a deal; young."""

SEEN = Snapshot(LIFE, 95, RECORDS)


@pytest.fixture(scope="module")
def made() -> Company:
    return company(Family.ZOMBIES, seed=2, wins_per_year=150)


def by_age(counts: object) -> dict[int, int]:
    column = np.asarray(counts)
    return {int(age): int(column[age]) for age in np.flatnonzero(column)}


def test_ages_of_the_five_leads() -> None:
    first, second, *others = age_counts(SEEN, Stage.LEAD, horizon=93)
    assert by_age(first.entered) == {0: 4}
    assert by_age(first.converted) == {37: 1}
    assert by_age(first.exited) == {30: 1}
    assert by_age(first.censored) == {5: 1}, "the lead of day 1 is open for longer than 93 days"
    assert (by_age(second.entered), by_age(second.censored)) == ({0: 1}, {91: 1})
    assert all(counts.entered.sum() == 0 for counts in others)


def test_a_lead_that_went_on_is_at_risk_of_a_later_target_only() -> None:
    to_sql = age_counts(SEEN, Stage.MQL, Stage.SQL, horizon=100)
    assert by_age(to_sql[0].converted) == {2: 1}
    assert by_age(to_sql[0].exited) == {28: 1}
    assert by_age(to_sql[1].converted) == {2: 1}
    to_won = age_counts(SEEN, Stage.MQL, Stage.WON, horizon=100)
    assert (by_age(to_won[1].converted), by_age(to_won[1].censored)) == ({}, {89: 1})


def test_a_target_comes_after_the_start() -> None:
    with pytest.raises(ValueError, match="mql does not come after sql"):
        age_counts(SEEN, Stage.SQL, Stage.MQL, horizon=10)


def test_open_leads_stand_in_the_stage_they_reached_last() -> None:
    found = {stage: open_leads(SEEN, stage) for stage in Stage}
    assert found[Stage.LEAD].sojourn.tolist() == [94, 5]
    assert found[Stage.MQL].sojourn.tolist() == []
    assert found[Stage.OPPORTUNITY].sojourn.tolist() == [75]
    assert found[Stage.OPPORTUNITY].channel.tolist() == [1]
    assert found[Stage.WON].sojourn.tolist() == [], "a won deal is not open"


def test_the_open_deal() -> None:
    deal = open_deals(SEEN)
    assert (deal.channel.tolist(), deal.account.tolist()) == ([1], [2])
    assert (deal.sojourn.item(), deal.stage.item(), deal.stage_sojourn.item()) == (75, 1, 70)
    assert (deal.amount.item(), deal.first_amount.item()) == (500, 500)
    assert (deal.probability.item(), deal.closes_in.item(), deal.idle.item()) == (0.5, 0, 70)


def test_the_won_deal() -> None:
    deal = won_deals(SEEN)
    assert (deal.won_on.item(), deal.days.item()) == (40, 30)
    assert (deal.amount.item(), deal.first_amount.item()) == (800, 1_000)


def test_months_are_those_that_are_over() -> None:
    assert [whole_months(Snapshot(LIFE, day, RECORDS)) for day in (29, 30, 89, 95)] == [0, 1, 3, 3]
    assert revenue_by_month(SEEN).tolist() == [0, 800, 0]
    entered, converted = entries_by_month(SEEN, Stage.LEAD, Stage.MQL)
    assert (entered[:, 0].tolist(), converted[:, 0].tolist()) == ([3, 0, 0], [2, 0, 0])


def test_every_lead_is_counted_once(made: Company) -> None:
    seen = made.seen_on(date(2025, 6, 30))
    for start in (Stage.LEAD, Stage.MQL, Stage.SQL, Stage.OPPORTUNITY):
        for target in (Stage(start + 1), Stage.WON):
            counts = age_counts(seen, start, target, horizon=2_000)
            total = sum(int(each.left.sum()) for each in counts)
            assert total == (seen.records.entered[:, start] < NEVER).sum()
    still = sum(len(open_leads(seen, stage).sojourn) for stage in Stage)
    won = seen.records.entered[:, Stage.WON] < NEVER
    assert still == (~won & (seen.records.exited == NEVER)).sum()
    assert len(open_deals(seen).amount) == len(open_leads(seen, Stage.OPPORTUNITY).sojourn)


def test_what_is_won_and_open_comes_from_dated_facts(made: Company) -> None:
    seen = made.seen_on(date(2025, 6, 30))
    assert revenue_by_month(seen).sum() == won_deals(seen).amount.sum()
    assert (revenue_by_month(seen) == made.truth.revenue_by_month[:42]).all()
    deals = open_deals(seen)
    assert (deals.sojourn >= deals.stage_sojourn).all()
    assert (deals.stage_sojourn >= 0).all()
    assert (deals.idle >= 0).all()
    assert (deals.idle <= deals.stage_sojourn).all()


def test_an_incidence_of_the_counts_comes_to_the_truth() -> None:
    """Seen while a fifth of the leads is young, against what became of all of them."""
    made = company(Family.STABLE, seed=4, wins_per_year=1_500, months=36)
    seen = made.seen_on(date(2024, 12, 31))
    for start in (Stage.LEAD, Stage.OPPORTUNITY):
        whole = age_counts(seen, start, horizon=360)
        counts = sum(whole[1:], start=whole[0])
        found = incidence(counts).at([60, 120, 360])
        true = made.truth.incidence(start, Stage.WON, 360)[[60, 120, 360]]
        assert found == pytest.approx(true, rel=0.06)
