"""What a family plants is there, in what really came of its companies."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from data.sample_company.families.company import Company, company
from data.sample_company.families.entries import expected_leads
from data.sample_company.families.life import Life
from data.sample_company.families.nature import (
    BREAK_FACTORS,
    LOOSENED_ODDS,
    Family,
    draw_nature,
)
from data.sample_company.families.records import NEVER, PROBABILITY, Exit, Stage
from data.sample_company.world.planted import Integers, Numbers
from tests.data.sample_company.families.same import same

LAST = date(2100, 1, 1)
"""By then everything that ever happens has."""


def large(family: Family) -> Company:
    return company(family, seed=5, wins_per_year=1_000)


@pytest.fixture(scope="module")
def stable() -> Company:
    return large(Family.STABLE)


def by_month(made: Company, stage: Stage) -> Integers:
    """Entries of a stage by month of the life."""
    entries: Integers = made.truth.cohorts(stage)[0].sum(axis=1)
    return entries


def slope(values: Integers) -> float:
    """Factor from one month to the next, by regression of logarithms."""
    return float(np.exp(np.polyfit(np.arange(len(values)), np.log(values), 1)[0]))


def dispersion(made: Company, start: Stage, target: Stage) -> float:
    """ρ by moments: how much more the months' rates vary than binomially."""
    entered, converted = made.truth.cohorts(start, target)
    rate = converted.sum(axis=0) / entered.sum(axis=0)
    squares = (converted - entered * rate) ** 2 / (entered * rate * (1 - rate))
    return float((squares - 1).sum() / (entered - 1).sum())


def test_planted_rates_come_true_at_every_step_and_channel(stable: Company) -> None:
    for step in range(4):
        entered, converted = stable.truth.cohorts(Stage(step), Stage(step + 1))
        rate, n = stable.nature.rates[:, step], entered.sum(axis=0)
        off = (converted.sum(axis=0) / n - rate) / np.sqrt(rate * (1 - rate) / n)
        assert (np.abs(off) < 4).all()


def test_planted_lags_come_true(stable: Company) -> None:
    entered = stable.records.entered
    for step, planted in enumerate(stable.nature.lag_days[:3]):
        lag = (entered[:, step + 1] - entered[:, step])[entered[:, step + 1] < NEVER]
        assert np.median(lag) == pytest.approx(planted, abs=1.0), "days are whole, and weekdays"


def test_leads_bring_the_wins_that_were_asked_for() -> None:
    nature = draw_nature(Family.SEASON, np.random.default_rng(5), months=60)
    leads = expected_leads(nature, Life(date(2022, 1, 1), 60), wins_per_year=1_000)
    assert leads.sum() * nature.win_share == pytest.approx(5_000)
    made = large(Family.SEASON)
    assert (made.records.entered[:, Stage.WON] < NEVER).sum() == pytest.approx(5_000, rel=0.08)


def test_leads_of_one_account_convert_together(stable: Company) -> None:
    """In pairs of colleagues both become MQLs more often than two strangers would."""
    records = stable.records
    order = np.argsort(records.account, kind="stable")
    account, channel = records.account[order], records.channel[order]
    mql = (records.entered[:, Stage.MQL] < NEVER)[order]
    pairs = account[1:] == account[:-1]
    both = (mql[1:] & mql[:-1])[pairs].mean()
    strangers = (stable.nature.rates[channel[1:][pairs], Stage.LEAD] ** 2).mean()
    assert both > strangers + 0.01


def test_larger_deals_take_longer_and_are_won_less_often(stable: Company) -> None:
    seen = stable.seen_on(LAST)
    is_large = seen.amount > np.median(seen.amount)
    assert seen.is_won[is_large].mean() < 0.8 * seen.is_won[~is_large].mean()
    days = seen.closed - seen.opened
    slow, quick = (np.median(days[seen.is_won & size]) for size in (is_large, ~is_large))
    assert slow > 1.2 * quick


def test_sellers_say_too_much_and_too_early(stable: Company) -> None:
    seen = stable.seen_on(date(2025, 6, 30))
    later = stable.seen_on(LAST)
    still = seen.is_open
    came_true = later.is_won[np.isin(later.records.deals.lead, seen.records.deals.lead[still])]
    assert came_true.mean() < 0.7 * seen.probability[still].mean()
    assert (np.diff(PROBABILITY) > 0).all()
    closed = later.is_won
    assert (later.records.deals.first_close < later.closed)[closed].mean() > 0.6


def test_nothing_changes_in_a_stable_company(stable: Company) -> None:
    assert slope(by_month(stable, Stage.LEAD)) == pytest.approx(1, abs=0.002)
    assert abs(dispersion(stable, Stage.LEAD, Stage.MQL)) < 0.002


def test_a_trend_is_in_leads_win_odds_and_prices() -> None:
    made = large(Family.TREND)
    nature = made.nature
    leads = by_month(made, Stage.LEAD)
    assert slope(leads) == pytest.approx(nature.lead_growth, abs=0.002)
    assert nature.lead_growth >= 1.01
    entered, converted = made.truth.cohorts(Stage.OPPORTUNITY)
    halves = [slice(12, 30), slice(42, 60)]
    first, last = (converted[part].sum() / entered[part].sum() for part in halves)
    odds = last / (1 - last) / (first / (1 - first))
    assert odds == pytest.approx(nature.odds_growth**30, rel=0.12)
    seen = made.seen_on(LAST)
    month = made.life.month_of(seen.opened)
    early, late = (seen.amount[(month >= part.start) & (month < part.stop)] for part in halves)
    rise = np.exp(np.log(late).mean() - np.log(early).mean())
    assert rise == pytest.approx(nature.price_growth**30, rel=0.05)


def test_a_season_is_in_leads_and_quarter_ends_in_wins(stable: Company) -> None:
    made = large(Family.SEASON)
    _, first = np.unique(made.records.account, return_index=True)
    month = made.life.month_of(made.records.entered[first, Stage.LEAD])
    accounts = np.bincount(made.life.calendar_month(month))
    assert accounts / accounts.mean() == pytest.approx(made.nature.season, rel=0.12)
    leads = by_month(made, Stage.LEAD).reshape(5, 12).sum(axis=0)
    assert leads.max() > 2 * leads.min()

    def at_quarter_end(each: Company) -> float:
        won = each.records.entered[:, Stage.WON]
        won = won[won < NEVER]
        return float((each.life.quarter_end(won) - won < 12).mean())

    # 12 of about 91 days, of those that do not wait
    for each in (stable, made):
        share = each.nature.quarter_end_share
        assert at_quarter_end(each) == pytest.approx(share + (1 - share) * 12 / 91, abs=0.03)
    assert at_quarter_end(made) > 2 * at_quarter_end(stable) - 0.1


def test_before_a_break_a_company_is_the_stable_one_and_after_it_wins_less(
    stable: Company,
) -> None:
    made = large(Family.BREAK)
    assert made.nature.change_month is not None
    day = int(made.life.month_starts[made.nature.change_month])
    eve = made.life.date_of(day) - timedelta(days=1)
    assert same(made.seen_on(eve).records, stable.seen_on(eve).records)
    assert not same(made.records, stable.records)

    def after(each: Company, start: Stage, in_flight: bool) -> float:
        since, until = each.records.entered[:, start], each.records.entered[:, start + 1]
        began = (since < NEVER) & ((since < day) == in_flight)
        happened = (until >= day) & (until < NEVER) & began
        return float(happened.sum() / (1 if in_flight else began.sum()))

    for start in (Stage.MQL, Stage.OPPORTUNITY):
        left = BREAK_FACTORS[start]
        for in_flight in (True, False):
            ratio = after(made, start, in_flight) / after(stable, start, in_flight)
            assert ratio == pytest.approx(left, abs=0.1), (start, in_flight)


def test_overdispersed_months_vary_as_planted_in_rates_and_leads(stable: Company) -> None:
    made = large(Family.OVERDISPERSED)
    found = [dispersion(made, Stage(step), Stage(step + 1)) for step in (0, 1)]
    assert np.mean(found) == pytest.approx(made.nature.rate_dispersion, rel=0.35)
    leads = by_month(made, Stage.LEAD)
    assert (leads.std() / leads.mean()) ** 2 == pytest.approx(
        made.nature.volume_dispersion, rel=0.4
    )
    steady = by_month(stable, Stage.LEAD)
    assert (steady.std() / steady.mean()) ** 2 < 0.025


def test_a_good_month_is_good_in_all_channels() -> None:
    made = large(Family.OVERDISPERSED)
    entered, converted = made.truth.cohorts(Stage.LEAD, Stage.MQL)
    assert np.min(np.corrcoef((converted / entered).T)) > 0.5


def test_heavy_deals_have_the_planted_tail_and_others_have_none(stable: Company) -> None:
    made = large(Family.HEAVY_DEALS)
    assert made.nature.tail_index is not None

    def hill(each: Company, part: float) -> float:
        amount = np.sort(each.records.deals.later_amount)[::-1]
        top = int(part * len(amount))
        return float(1 / np.log(amount[:top] / amount[top]).mean())

    assert hill(made, 0.05) == pytest.approx(made.nature.tail_index, rel=0.15)
    assert made.nature.tail_index < 2
    assert hill(stable, 0.01) > 3


def test_as_many_deals_as_planted_are_never_closed(stable: Company) -> None:
    for made in (stable, large(Family.ZOMBIES)):
        seen = made.seen_on(LAST)
        share = seen.is_open.sum() / (~seen.is_won).sum()
        assert share == pytest.approx(made.nature.zombie_share, abs=0.015)
    assert made.nature.zombie_share == 0.5


def test_a_new_definition_makes_more_mqls_and_no_other_wins(stable: Company) -> None:
    made = large(Family.DEFINITION_CHANGE)
    assert made.nature.change_month is not None
    for stage in (Stage.SQL, Stage.OPPORTUNITY, Stage.WON):
        assert (made.records.entered[:, stage] == stable.records.entered[:, stage]).all()
    changed = made.nature.change_month
    day = int(made.life.month_starts[changed])
    eve = made.life.date_of(day) - timedelta(days=1)
    assert same(made.seen_on(eve).records, stable.seen_on(eve).records)

    def rates(start: Stage, target: Stage, months: slice) -> Numbers:
        entered, converted = made.truth.cohorts(start, target)
        found: Numbers = converted[months].sum(axis=0) / entered[months].sum(axis=0)
        return found

    planted = made.nature.rates[:, Stage.LEAD]
    odds = LOOSENED_ODDS * planted / (1 - planted)
    before, after = slice(0, changed - 3), slice(changed, None)
    assert rates(Stage.LEAD, Stage.MQL, before) == pytest.approx(planted, abs=0.02)
    assert rates(Stage.LEAD, Stage.MQL, after) == pytest.approx(odds / (1 + odds), abs=0.02)
    onward_before = rates(Stage.MQL, Stage.SQL, before)
    assert (rates(Stage.MQL, Stage.SQL, after) < 0.8 * onward_before).all()
    month = by_month(made, Stage.MQL)
    assert month[changed] > 1.2 * month[changed + 1 :].mean(), "those in flight are judged again"


def test_who_is_disqualified_recycled_or_lost_is_not_won(stable: Company) -> None:
    kinds = set(stable.records.exit.tolist())
    assert kinds == set(Exit)
