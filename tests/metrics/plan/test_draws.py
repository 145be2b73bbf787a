"""What the draws rest on: how far records have matured, and how large deals differ from small."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from metrics.estimators.age_counts import AgeCounts
from metrics.estimators.incidence import incidence
from metrics.funnel.counts import Cohorts
from metrics.period import Period
from metrics.plan.draws import DIRECT_WINS, draw, entry_curve, exposure
from metrics.plan.in_flight import OPEN_DEALS, in_flight
from metrics.plan.past.deals import AtClose, OpenDeals
from metrics.plan.past.history import OpenLeads
from metrics.plan.volumes import year_growth
from metrics.scope import Stage
from tests.metrics.plan.histories import counts, some_deals, some_history

SOON = Period(date(2027, 1, 1), date(2027, 1, 31))
LATER = Period(date(2027, 2, 1), date(2027, 12, 31))


def followed(days: int) -> AgeCounts:
    """A hundred of whom half leave after ten days and a fifth of the rest win after sixty."""
    won = 10 if days >= 60 else 0
    return AgeCounts.of(
        [0, 10, 60, days],
        entered=[100, 0, 0, 0],
        converted=[0, 0, won, 0],
        exited=[0, 50, 0, 0],
        censored=[0, 0, 0, 50 - won],
        horizon=200,
    )


def test_those_who_left_before_any_could_win_are_no_trials() -> None:
    curve = incidence(followed(200))
    assert exposure(followed(200), curve) == pytest.approx(100)
    assert exposure(followed(100), curve) == pytest.approx(100)
    assert exposure(followed(30), curve) == 0
    assert exposure(followed(200) + followed(30), curve) == pytest.approx(100)


@pytest.mark.parametrize("wins", [DIRECT_WINS - 1, DIRECT_WINS])
def test_the_curve_of_entries_is_the_one_that_is_drawn_around(wins: int) -> None:
    past = some_history(
        counts(1000, {90: wins}), won_from={Stage.OPPORTUNITY: counts(90, {60: 20})}
    )
    past = replace(past, reached=past.reached | {Stage.OPPORTUNITY: counts(1000, {30: 90})})
    drawn, curve = draw(past, 50), entry_curve(past)
    assert drawn.is_chained == (wins < DIRECT_WINS)
    assert curve.final == pytest.approx(0.02 if drawn.is_chained else wins / 1000)
    np.testing.assert_array_equal(curve.converted, drawn.entry.estimate.converted)


def open_deals(ages: list[int], bands: list[int], amounts: list[float], first: bool) -> OpenDeals:
    return OpenDeals(
        np.array(bands),
        np.array(ages),
        np.full(len(ages), 40),
        np.array(amounts),
        np.full(len(ages), first),
    )


def test_large_deals_are_won_as_late_as_large_deals_were() -> None:
    small, large = counts(100, {20: 50}), counts(100, {200: 50})
    known = some_deals(
        ages=small + large, open_deals=open_deals([5, 5], [1, 3], [1.0, 1000.0], False)
    )
    known = replace(known, bands=(counts(0, {}), small, counts(0, {}), large))
    history = some_history(counts(100, {60: 50}), deals=known)
    brought = in_flight(history, draw(history, 1_000), [SOON, LATER]).revenue[OPEN_DEALS]
    assert brought[0].mean() == pytest.approx(40 * 0.5, rel=0.1)
    assert brought[1].mean() == pytest.approx(40 * 0.5 * 1000, rel=0.1)


@pytest.mark.parametrize(("first", "left"), [(True, 0.8), (False, 1.0)])
def test_first_amounts_shrink_as_they_did_and_later_ones_stay(first: bool, left: float) -> None:
    ages = counts(200, {20: 100})
    known = some_deals(ages=ages, open_deals=open_deals([5], [2], [100.0], first))
    known = replace(known, at_close=AtClose(np.array([0.6, 1.0]), np.array([50, 50])))
    history = some_history(counts(100, {60: 50}), deals=known)
    brought = in_flight(history, draw(history, 1_000), [SOON])
    price = brought.revenue[OPEN_DEALS].sum() / brought.deals[OPEN_DEALS].sum()
    assert price == pytest.approx(100 * left, rel=0.03)


def test_the_young_are_judged_by_the_day_however_many_are_old() -> None:
    """Who is to go on does so within two days; of the open nearly all are past that."""
    first_days, old = 2, 400
    leads = OpenLeads(
        np.zeros(old, dtype=np.int64),
        np.full(old, "lead"),
        np.arange(old),
        np.full(old, 50),
    )
    history = some_history(
        counts(100, {60: 50}),
        open_leads=leads,
        next_step={Stage.LEAD: counts(1_000, {first_days: 300})},
        won_from={Stage.MQL: counts(1_000, {1: 1_000})},
    )
    brought = in_flight(history, draw(history, 1_000), [SOON])
    assert brought.deals["open leads"].mean() == pytest.approx(first_days * 50 * 0.3, rel=0.1)


def test_growth_of_a_year_is_believed_as_far_as_its_months_agree() -> None:
    history = some_history(counts(100, {60: 50}))
    assert (year_growth(history, 10, np.random.default_rng(1)) == 1).all()

    def grown(*factors: float) -> np.ndarray:
        months = tuple(date(2024 + number // 12, number % 12 + 1, 1) for number in range(36))
        came = np.array([100] * 24 + [round(100 * factor) for factor in factors])[:, None]
        entries = replace(history.entries, months=months, counts={history.entry: came})
        return year_growth(replace(history, entries=entries), 4_000, np.random.default_rng(1))

    assert grown(*[1.3] * 12).mean() == pytest.approx(1.3, rel=0.02)
    unsure = grown(*[0.5, 3.4] * 6)
    assert 1.0 < np.median(unsure) < 1.3
    assert unsure.std() > 0.1


def test_where_months_differ_the_share_won_is_as_unsure_as_that_leaves_it() -> None:
    """Of a hundred leads a month a tenth is won: in each month, or by twos and eighteens."""
    months = tuple(date(2024 + number // 12, 1 + number % 12, 1) for number in range(24))

    def odds(shares: list[int]) -> np.ndarray:
        of_month = tuple(counts(100, {30: share}) for share in shares)
        known = replace(
            some_history(sum(of_month[1:], of_month[0])), cohorts=Cohorts(months, of_month)
        )
        rates = draw(known, 4_000).rates[:, 0]
        return np.asarray(np.log(rates / (1 - rates)))

    alike, apart = odds([10] * 24), odds([2, 18] * 12)
    assert np.median(apart) == pytest.approx(np.median(alike), abs=0.03)

    # A month lies 8 points off, where chance leaves 3: the mean of 24 is as much less sure.
    assert apart.std() / alike.std() == pytest.approx(8 / 3, rel=0.1)


def test_months_whose_outcomes_are_not_told_do_not_tell_how_months_differ() -> None:
    """Before the first told day only who was still open is known; the last month is a week old."""
    told = [counts(100, {30: share}) for share in [40, 48, 32, 45, 35] * 4]
    late = AgeCounts.of([80, 100], [30, 0], [0, 30], [0, 0], [0, 0], horizon=720)
    young = AgeCounts.of([0, 7], [100, 0], [0, 30], [0, 0], [0, 70], horizon=720)

    def rho(months: list[AgeCounts]) -> float:
        first = [date(2024 + number // 12, 1 + number % 12, 1) for number in range(len(months))]
        known = some_history(sum(months[1:], months[0]))
        return draw(replace(known, cohorts=Cohorts(tuple(first), tuple(months))), 100).rho

    assert rho([late, *told]) == pytest.approx(rho(told), abs=0.002)
    assert rho([*told, young]) == pytest.approx(rho(told), abs=0.002)
    assert rho([late, young]) == 0


def test_what_is_in_flight_varies_together_as_much_as_quarters_did() -> None:
    deals = some_deals(
        ages=counts(1_000, {30: 400, 50: 200}),
        open_deals=open_deals([1] * 600, [2] * 600, [1.0] * 600, True),
    )
    history = some_history(counts(900, {60: 20}), deals=deals)
    calm = replace(draw(history, 4_000), deal_noise=np.zeros(1_000))
    quarter = [Period(date(2027, 1, 1), date(2027, 3, 31))]
    still, uneven = (
        in_flight(history, each, quarter).deals[OPEN_DEALS][0]
        for each in (calm, replace(calm, deal_noise=np.full(1_000, 0.04)))
    )
    # Odds with a coefficient of variation of a fifth, at a chance of six tenths.
    assert uneven.mean() == pytest.approx(still.mean(), rel=0.02)
    added = np.sqrt(uneven.var() - still.var()) / still.mean()
    assert added == pytest.approx(0.2 * (1 - 0.6), rel=0.15)
