"""Everything uncertain about the future, drawn once: rates, lags, months, shares of amounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from data.errors import MetricError
from metrics.estimators.age_counts import AgeCounts
from metrics.estimators.deal_sizes import DealSizes
from metrics.estimators.deal_sums import DealSums
from metrics.estimators.incidence import (
    Incidence,
    IncidenceDraws,
    chained,
    draw_incidence,
    incidence,
)
from metrics.estimators.months import draw_month_rates, overdispersion
from metrics.estimators.shrinkage import draw_rates
from metrics.plan.drift import drift
from metrics.plan.past.deals import AtClose, Deals
from metrics.plan.past.history import History
from metrics.plan.prices import price_ahead
from metrics.scope import Stage

DRAWS = 10_000
RATE_DRAWS = 1_000
"""Curves of what is in flight and of the stages before a win are drawn so often, and reused."""

MONTHS = 60
"""So many months ahead have a rate of their own."""

DIRECT_WINS = 30
"""The curve from entry to a win is read directly where it has so many wins; chained below."""


UNKNOWN_AMOUNT = 0
"""The band of deals without an amount."""


@dataclass(frozen=True, slots=True, eq=False)
class Draws:
    """The draws that plans, landings and scenarios share, so that they can be compared.

    `entry` is the curve from entry to a win over all segments, `rates` [draws, segments] the
    eventual share won by segment; a segment's curve is that share times the pooled speed. `months`
    [draws, months] multiplies the rate of each month to come. `chain_ratio` is the share won by the
    chain of steps ÷ the direct one, None where there is no chain. `deals` is the curve from opening
    to a win of all deals and `by_band` those by amount band; `deal_drift` [rate draws] are the odds
    of deals now ÷ those of the past, `deal_noise` [rate draws] the squared coefficient of variation
    of a quarter's odds beyond chance. `deal_odds` [rate draws, bands]
    are the odds of an amount band to win now ÷ those of all deals over the past, `lead_odds` [rate
    draws] those of the open leads of a stage; `at_close` [rate draws] is what is left of a first
    amount at close. What has drifted (`drift`) is in both, and in `rates`.
    """

    seed: int
    entry: IncidenceDraws
    rates: NDArray[np.float64]
    rho: float
    months: NDArray[np.float64]
    sizes: DealSizes | None
    sums: DealSums
    reached: dict[Stage, IncidenceDraws]
    next_step: dict[Stage, IncidenceDraws]
    won_from: dict[Stage, IncidenceDraws]
    deals: IncidenceDraws
    by_band: tuple[IncidenceDraws, ...]
    deal_drift: NDArray[np.float64]
    deal_noise: NDArray[np.float64]
    deal_odds: NDArray[np.float64]
    lead_odds: dict[Stage, NDArray[np.float64]]
    at_close: NDArray[np.float64]
    chain_ratio: float | None
    is_chained: bool

    @property
    def size(self) -> int:
        """How many draws there are."""
        return len(self.rates)

    def speed(self, ages: NDArray[np.int64]) -> NDArray[np.float32]:
        """[draws, ages]: the share of the eventual wins that has come by each age."""
        final = self.entry.final[:, None]
        by_age = self.entry.at(ages)
        return np.divide(by_age, final, out=np.zeros_like(by_age), where=final > 0)


def draw(history: History, draws: int = DRAWS, seed: int = 1) -> Draws:
    """What may the rates, lags and amounts be, given this history?

    The same history and seed give the same draws. Segments lend each other strength by integrated
    shrinkage; a record that is still open counts as a trial as far as the pooled curve has come by
    its age. Months vary around the rate as much as past months did beyond chance.
    """
    rng = np.random.default_rng(seed)
    pooled = history.pooled
    direct = draw_incidence(pooled, draws, rng)
    chain_ratio, is_chained, entry = None, False, direct
    if steps := _chain(history):
        to_deal, from_deal = (draw_incidence(each, draws, rng) for each in steps)
        entry = chained(to_deal, from_deal)
        is_chained = True
        if direct.estimate.final > 0:
            chain_ratio = entry.estimate.final / direct.estimate.final
    curve = entry.estimate
    if len(history.to_won) == 1:
        rates = entry.final[:, None].astype(np.float64)
    else:
        won = [float(counts.converted.sum()) for counts in history.to_won]
        rates = draw_rates(won, [exposure(each, curve) for each in history.to_won], draws, rng)
    rho, alike = _months_apart(history, curve)
    rates = _as_unsure(rates, alike)
    parts = history.to_deal, history.deals.cohorts
    drifted = drift(parts, history.observed_until, RATE_DRAWS, rng)
    until_deal, of_deals = drifted.levels
    of_entries = until_deal * of_deals
    rates = with_odds(rates, np.resize(of_entries, draws)[:, None])
    sizes = sizes_to_come(history.deals, history.observed_until)
    ones = np.full((draws, MONTHS), min(max(curve.final, 1e-9), 1.0))
    months = draw_month_rates(ones, rho, rng) / ones
    every_deal = draw_incidence(history.deals.ages, RATE_DRAWS, rng)
    by_band, deal_odds = _by_band(history.deals, every_deal, rng)
    return Draws(
        seed=seed,
        entry=entry,
        rates=rates,
        rho=rho,
        months=months,
        sizes=sizes,
        sums=DealSums.of(sizes or DealSizes.of([0.0]), draws, np.random.default_rng((seed, 10))),
        reached={
            stage: draw_incidence(counts, RATE_DRAWS, rng)
            for stage, counts in history.reached.items()
        },
        next_step={
            stage: draw_incidence(counts, RATE_DRAWS, rng)
            for stage, counts in history.next_step.items()
        },
        won_from={
            stage: draw_incidence(counts, RATE_DRAWS, rng)
            for stage, counts in history.won_from.items()
        },
        deals=every_deal,
        by_band=by_band,
        deal_drift=of_deals,
        deal_noise=drifted.noise[1],
        deal_odds=deal_odds * of_deals[:, None],
        lead_odds={
            stage: of_entries if stage is history.entry else of_deals for stage in list(Stage)[:-1]
        },
        at_close=_at_close(history.deals.at_close, rng),
        chain_ratio=chain_ratio,
        is_chained=is_chained,
    )


def entry_curve(history: History) -> Incidence:
    """The curve from entry to a win that `draw` draws around: direct, or chained of few wins."""
    if steps := _chain(history):
        to_deal, from_deal = (incidence(each) for each in steps)
        return chained(to_deal, from_deal)
    return incidence(history.pooled)


def _chain(history: History) -> tuple[AgeCounts, AgeCounts] | None:
    """From entry to a deal, and from there to a win, where these tell more than few wins do."""
    if history.entry not in (Stage.LEAD, Stage.MQL, Stage.SQL) or history.wins >= DIRECT_WINS:
        return None
    last = history.won_from.get(Stage.OPPORTUNITY)
    first = history.reached.get(Stage.OPPORTUNITY)
    if first is None or last is None or not last.converted.sum():
        return None
    return first, last


def with_odds(chances: NDArray[np.float64], odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Chances whose odds are multiplied.

    >>> with_odds(np.array([0.0, 0.2, 0.5, 1.0]), np.array(2.0)).round(3).tolist()
    [0.0, 0.333, 0.667, 1.0]
    """
    scaled: NDArray[np.float64] = chances * odds / (1 - chances + chances * odds)
    return scaled


def exposure(counts: AgeCounts, curve: Incidence) -> float:
    """How many trials are these records worth, as far as they have matured?

    The wins that the curve's chances at each age would bring the records open then, divided by the
    share that would be won in the end of records that leave as these do. Records followed to the
    end are a trial each, whenever they left; what came in late or is still open counts for the ages
    at which it was watched. At least as many as converted.
    """
    won = float(counts.converted.sum())
    if curve.final <= 0:
        return float(counts.entered.sum())
    ages = np.arange(counts.horizon + 1)
    open_before = np.concatenate(([1.0], curve.open_at(ages)[:-1]))
    steps = np.diff(curve.at(ages), prepend=0.0)
    chance = np.divide(steps, open_before, out=np.zeros(len(ages)), where=open_before > 1e-9)
    own = np.concatenate(([1.0], incidence(counts).open[:-1]))
    in_the_end = float(own @ chance)
    if in_the_end <= 0:
        return max(float(counts.entered.sum()), won)
    return max(float(counts.at_risk @ chance) / in_the_end, won)


def _as_unsure(rates: NDArray[np.float64], alike: float) -> NDArray[np.float64]:
    """Rates as unsure as records are that vary together by month: so many count as one."""
    inside = np.clip(rates, 1e-9, 1 - 1e-9)
    odds = np.log(inside / (1 - inside))
    middle = np.median(odds, axis=0)
    stretched: NDArray[np.float64] = 1 / (1 + np.exp(-middle - np.sqrt(alike) * (odds - middle)))
    return stretched


def _months_apart(history: History, curve: Incidence) -> tuple[float, float]:
    """ρ between the cohorts of past months, by how far each has matured, and how many records
    count as one because of it; 0 and 1 where it is unknown.

    Months whose outcomes are not told do not tell ρ: those from before anything was told, of which
    only what was still open then is known, and those so young that all they can tell of is won.
    """
    months = history.cohorts.ages
    trials = np.array([exposure(each, curve) for each in months])
    won = np.array([float(each.converted.sum()) for each in months])
    from_the_start = np.array([not each.entered[1:].any() for each in months], dtype=bool)
    told = from_the_start & (trials > won)
    if (trials[told] > 1).sum() < 2:
        return 0.0, 1.0
    rho = overdispersion(won[told], trials[told])
    return rho, 1 + max((trials**2).sum() / trials.sum() - 1, 0.0) * rho


def _by_band(
    deals: Deals, every: IncidenceDraws, rng: np.random.Generator
) -> tuple[tuple[IncidenceDraws, ...], NDArray[np.float64]]:
    """By amount band the curve from opening to a win, and the odds of the band beside that curve.

    Larger deals take longer. A band with enough wins has a curve of its own, the others have that
    of all deals. So do deals without an amount: many get one only at close, so that hardly any is
    among the won, and that says nothing of those still open.
    """
    odds = odds_beside(deals.bands, every.estimate, rng)
    curves = []
    odds[:, UNKNOWN_AMOUNT] = 1.0
    for place, counts in enumerate(deals.bands):
        if place != UNKNOWN_AMOUNT and counts.converted.sum() >= DIRECT_WINS:
            curves.append(draw_incidence(counts, RATE_DRAWS, rng))
            odds[:, place] = 1.0
        else:
            curves.append(every)
    return tuple(curves), odds


def odds_beside(
    bands: Sequence[AgeCounts], curve: Incidence, rng: np.random.Generator
) -> NDArray[np.float64]:
    """[rate draws, bands]: the odds to convert of each band ÷ those of all bands together."""
    won = np.array([float(each.converted.sum()) for each in bands])
    trials = np.array([exposure(each, curve) for each in bands])
    whole = won.sum() / max(trials.sum(), 1e-9)
    if not 0 < whole < 1:
        return np.ones((RATE_DRAWS, len(bands)))
    rates = np.clip(draw_rates(won, trials, RATE_DRAWS, rng), 1e-6, 1 - 1e-6)
    odds: NDArray[np.float64] = rates / (1 - rates) * (1 - whole) / whole
    return odds


def _at_close(moved: AtClose, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draws of the mean amount at close ÷ the first amount (Bayesian bootstrap); 1 without wins."""
    if not moved.deals.sum():
        return np.ones(RATE_DRAWS)
    weights = rng.standard_gamma(moved.deals, (RATE_DRAWS, len(moved.deals)))
    mean: NDArray[np.float64] = weights @ moved.ratios / weights.sum(axis=1)
    return mean


def sizes_to_come(deals: Deals, observed_until: date) -> DealSizes | None:
    """The sizes of won deals at the prices to come; None where no won deal has an amount."""
    amounts = np.repeat(deals.won_amounts, deals.won_deals)
    dearer = price_ahead(deals, observed_until)
    return DealSizes.of(amounts * dearer) if amounts.size else None


def sums_for_revenue(draws: Draws) -> DealSums:
    """The deals to come; MetricError where no won deal has an amount."""
    if draws.sizes is None:
        raise MetricError(
            "no won deal has an amount, so a target in revenue cannot be planned: set the target in"
            " deals, or load amounts"
        )
    return draws.sums
