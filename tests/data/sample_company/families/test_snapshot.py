"""What was on record on a day is part of the truth, and no later day takes it back."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from data.sample_company.families.company import Company, Truth, company
from data.sample_company.families.life import Life
from data.sample_company.families.nature import Family
from data.sample_company.families.records import NEVER, Deals, Exit, Records, Stage
from data.sample_company.families.snapshot import Snapshot
from data.sample_company.world.planted import Integers
from tests.data.sample_company.families.same import same

DAYS = [date(2021, 12, 31), date(2022, 1, 3), date(2022, 11, 30), date(2024, 6, 30)]
LAST = date(2026, 12, 31)


@pytest.fixture(scope="module", params=list(Family), ids=lambda family: family.value)
def made(request: pytest.FixtureRequest) -> Company:
    return company(request.param, seed=11, wins_per_year=60)


def days_of(records: Records) -> list[Integers]:
    deals = records.deals
    return [records.entered, records.exited, deals.stage_entered, deals.amended]


def test_the_same_arguments_give_the_same_company_and_other_seeds_others() -> None:
    one, again, other = (company(Family.TREND, seed, wins_per_year=30) for seed in (3, 3, 4))
    assert same(one.records, again.records)
    assert len(one.records.account) != len(other.records.account)


def test_what_is_seen_is_in_the_truth_and_nothing_of_the_future(made: Company) -> None:
    for day in DAYS:
        seen = made.seen_on(day)
        leads = len(seen.records.account)
        kept = seen.records.deals.lead
        of_deal = np.isin(made.records.deals.lead, kept)
        truth = [
            made.records.entered[:leads],
            made.records.exited[:leads],
            made.records.deals.stage_entered[of_deal],
            made.records.deals.amended[of_deal],
        ]
        for told, true in zip(days_of(seen.records), truth, strict=True):
            assert (told[told < NEVER] <= seen.day).all()
            assert (np.where(true <= seen.day, true, NEVER) == told).all()
        assert (made.records.entered[leads:, Stage.LEAD] > seen.day).all()
        assert (seen.opened <= seen.day).all()
        deals = seen.records.deals
        not_yet = deals.amended == NEVER
        assert (deals.later_amount == deals.first_amount)[not_yet].all(), "no amount to come"


def test_a_later_snapshot_tells_of_an_earlier_day_what_was_told_then(made: Company) -> None:
    later = made.seen_on(LAST)
    for day in DAYS:
        assert same(later.earlier(day).records, made.seen_on(day).records)


def test_a_snapshot_knows_nothing_of_a_later_day(made: Company) -> None:
    with pytest.raises(ValueError, match="2024-07-01 is after 2024-06-30"):
        made.seen_on(date(2024, 6, 30)).earlier(date(2024, 7, 1))


def test_every_life_goes_in_order(made: Company) -> None:
    records = made.records
    entered, won = records.entered, records.entered[:, Stage.WON] < NEVER
    assert (np.diff(entered, axis=1) >= 0).all(), "no stage is skipped or entered too early"
    assert (np.diff(entered[:, Stage.LEAD]) >= 0).all()
    left = records.exited < NEVER
    assert ((records.exit != Exit.NONE) == left).all()
    assert not (won & left).any()
    last = np.where(entered < NEVER, entered, -1).max(axis=1)
    assert (records.exited[left] >= last[left]).all()
    has_deal = entered[:, Stage.OPPORTUNITY] < NEVER
    assert (np.flatnonzero(has_deal) == records.deals.lead).all()
    assert ((records.exit == Exit.LOST) <= has_deal).all()
    seen = made.seen_on(date(2060, 1, 1))
    deals = records.deals
    assert (np.diff(deals.stage_entered, axis=1) >= 0).all()
    assert (deals.stage_entered[:, 0] == seen.opened).all()
    reached = np.where(deals.stage_entered < NEVER, deals.stage_entered, -1).max(axis=1)
    assert (reached <= seen.closed).all()
    amended = deals.amended < NEVER
    assert ((deals.amended >= seen.opened) & (deals.amended <= seen.closed))[amended].all()
    assert (deals.first_amount > 0).all()
    assert (deals.later_amount > 0).all()


def test_months_of_the_truth_are_those_of_the_last_snapshot(made: Company) -> None:
    seen = made.seen_on(LAST)
    assert made.truth.won_by_month.sum() == seen.is_won.sum()
    assert made.truth.revenue_by_month.sum() == seen.amount[seen.is_won].sum()
    assert made.truth.revenue_by_quarter.sum() == made.truth.revenue_by_month.sum()


ONE_DEAL = Deals(
    lead=np.array([1]),
    stage_entered=np.array([[20, 30, NEVER, NEVER]]),
    first_amount=np.array([900]),
    later_amount=np.array([700]),
    amended=np.array([40]),
    first_close=np.array([50]),
    push_days=np.array([30]),
    optimism=np.array([0.05]),
)

TWO_LEADS = Records(
    channel=np.array([0, 1]),
    account=np.array([0, 1]),
    entered=np.array([[0, 3, NEVER, NEVER, NEVER], [5, 6, 9, 20, 100]]),
    exit=np.array([Exit.RECYCLED, Exit.NONE]),
    exited=np.array([33, NEVER]),
    deals=ONE_DEAL,
)

LIFE = Life(date(2022, 1, 1), months=6)


def seen_after(days: int) -> Snapshot:
    day = LIFE.start + timedelta(days=days)
    return Snapshot(LIFE, 999, TWO_LEADS).earlier(day)


def test_a_deal_as_its_seller_tells_it_day_by_day() -> None:
    def told(day: int) -> tuple[float, ...]:
        seen = seen_after(day)
        assert seen.is_open.all()
        deal = (seen.amount, seen.deal_stage, seen.probability, seen.expected_close)
        return tuple(each.item() for each in deal)

    assert len(seen_after(19).opened) == 0
    assert told(20) == (900, 0, 0.25, 50)
    assert told(30) == (900, 1, 0.45, 50)
    assert told(40) == (700, 1, 0.45, 50)
    assert told(50) == (700, 1, 0.45, 50), "the expected day is not over yet"
    assert told(51) == (700, 1, 0.45, 80)
    assert told(81) == (700, 1, 0.45, 110)


def test_the_last_activity_of_a_deal_is_the_last_change_on_record() -> None:
    """Stages on days 20 and 30, the amount on 40, the expected close on 51 and 81, won on 100."""
    expected = {20: 20, 29: 20, 30: 30, 39: 30, 40: 40, 50: 40, 51: 51, 80: 51, 81: 81, 100: 100}
    found = {day: seen_after(day).last_activity.item() for day in expected}
    assert found == expected


def test_a_won_deal_as_its_seller_tells_it() -> None:
    seen = seen_after(100)
    assert (seen.is_open.item(), seen.is_won.item(), seen.closed.item()) == (False, True, 100)
    assert (seen.probability.item(), seen.expected_close.item()) == (1.0, 100)
    assert seen.pushes.item() == 2


def test_an_expected_close_is_pushed_five_times_and_then_stays_in_the_past() -> None:
    never_won = Records(
        TWO_LEADS.channel,
        TWO_LEADS.account,
        np.where(TWO_LEADS.entered == 100, NEVER, TWO_LEADS.entered),
        TWO_LEADS.exit,
        TWO_LEADS.exited,
        ONE_DEAL,
    )
    assert Snapshot(LIFE, 900, never_won).expected_close.item() == 50 + 5 * 30


def test_the_truth_of_two_leads() -> None:
    truth = Truth(LIFE, TWO_LEADS)
    assert truth.won_by_month.tolist() == [0, 0, 0, 1, 0, 0]
    assert truth.revenue_by_month.tolist() == [0, 0, 0, 700, 0, 0]
    assert truth.revenue_by_quarter.tolist() == [0, 700]
    entered, converted = truth.cohorts(Stage.LEAD)
    assert (entered[0].tolist(), converted[0].tolist()) == ([1, 1, 0, 0], [0, 1, 0, 0])
    assert entered[1:].sum() == 0
    assert truth.incidence(Stage.LEAD, Stage.MQL, 4).tolist() == [0, 0.5, 0.5, 1, 1]
    assert truth.incidence(Stage.MQL, Stage.WON, 93).tolist() == [0] * 94
    assert truth.incidence(Stage.MQL, Stage.WON, 94)[-1] == 0.5


def test_nobody_entered_is_no_incidence() -> None:
    with pytest.raises(ValueError, match="nobody ever entered won"):
        Truth(LIFE, seen_after(50).records).incidence(Stage.WON, Stage.WON, 10)
