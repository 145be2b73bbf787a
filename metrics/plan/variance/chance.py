"""What chance alone makes of each part, where everything goes as the plan has it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metrics.estimators.comparing.multiplicity import benjamini_hochberg
from metrics.estimators.deal_sizes import DealSizes, draw_totals
from metrics.period import Period
from metrics.plan.attainment.landing import dispersion
from metrics.plan.variance.factors import (
    Cohorts,
    drawn_timing,
    expected_rates,
    planned_timing,
    quotient,
    timing_of,
)
from metrics.plan.variance.maturity import eventual_conversions
from metrics.plan.variance.sides import Comparison
from metrics.plan.variance.split import MIX, SIZE, TIMING, VOLUME, Revenue, gap_parts

Floats = NDArray[np.float64]

DRAWS = 1_000

LEVEL = 0.95


@dataclass(frozen=True, slots=True, eq=False)
class Chance:
    """[parts]: the bounds of each part less what chance may have made of it, and its p-value.

    `strength` is how many times as far the part lies from the middle of what chance makes of it as
    the bounds of that do, so that parts of much and of little chance compare. `adjusted` is
    corrected for the number of parts that are tested. Currency and restatement are facts; NaN says
    that they are not tested.
    """

    low: Floats
    high: Floats
    strength: Floats
    p_value: Floats
    adjusted: Floats


def chance_of(parts: Floats, by_chance: Floats, is_tested: NDArray[np.bool_]) -> Chance:
    """How far is each part from what chance makes of it? `by_chance` is [draws, parts].

    Two-sided: p = 2 · min(P(chance ≤ part), P(chance ≥ part)), of the draws and the part itself.
    """
    draws = len(by_chance)
    below = ((by_chance <= parts).sum(axis=0) + 1) / (draws + 1)
    above = ((by_chance >= parts).sum(axis=0) + 1) / (draws + 1)
    p_value = np.where(is_tested, np.minimum(2 * np.minimum(below, above), 1), np.nan)
    low, high = np.quantile(by_chance, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return Chance(
        np.where(is_tested, parts - high, parts),
        np.where(is_tested, parts - low, parts),
        np.where(is_tested, quotient(np.abs(parts - (low + high) / 2), (high - low) / 2), np.nan),
        p_value,
        benjamini_hochberg(p_value),
    )


def parts_by_chance(found: Comparison, seed: int = 1) -> Floats:
    """[draws, parts]: the parts in companies where everything goes as the plan has it.

    Drawn are what the plan could not be sure of (rates, lags, amounts) and what chance adds: the
    entries of a month vary around the plan as past months did, records convert, leave or stay open,
    deals have one amount or another. What is late is told from what is lost as in the data. Each
    part is drawn with the others as they came, so that few wins do not hide that half the entries
    are missing: rates, timing and size for the entries that came, volume and mix with the rates,
    timing and size that came.
    """
    rng = np.random.default_rng((seed, 9))
    planned, actual = found.planned, found.actual
    wanted = planned.leaves[..., VOLUME] * np.nan_to_num(planned.leaves[..., MIX])
    varied = _entries(wanted, found.known.monthly, rng)
    came = np.broadcast_to(found.cohorts.entered, varied.shape)
    rest = rng.choice(found.openings, DRAWS), np.zeros(DRAWS), np.zeros(DRAWS)
    of_entries = Revenue(_leaves(came, found, rng), *rest)
    of_entries.leaves[..., [VOLUME, MIX]] = actual.leaves[..., [VOLUME, MIX]]
    of_plan = Revenue(np.broadcast_to(actual.leaves, of_entries.leaves.shape).copy(), *rest)
    volume = varied.sum(axis=-1)[..., None]
    of_plan.leaves[..., VOLUME] = volume
    of_plan.leaves[..., MIX] = quotient(varied, volume)
    parts = gap_parts(planned, of_entries)
    parts[:, 1:3] = gap_parts(planned, of_plan)[:, 1:3]
    return parts


def _entries(wanted: Floats, monthly: Floats, rng: np.random.Generator) -> Floats:
    """[draws, months, segments]: entries around those wanted, as past months varied."""
    together = dispersion(monthly.sum(axis=1))
    mean = np.broadcast_to(wanted, (DRAWS, *wanted.shape))
    if together > 0:
        mean = mean * rng.gamma(1 / together, together, (DRAWS, len(wanted), 1))
    for segment in range(wanted.shape[1]):
        apart = dispersion(monthly[:, segment]) - together
        if apart > 0:
            mean = mean.copy()
            mean[..., segment] *= rng.gamma(1 / apart, apart, (DRAWS, len(wanted)))
    return rng.poisson(mean).astype(np.float64)


def _leaves(entered: Floats, found: Comparison, rng: np.random.Generator) -> Floats:
    """[draws, months, segments, factors]: what such entries show when all goes as planned."""
    known, assumed, cohorts = found.known, found.assumed, found.cohorts
    expected = expected_rates(known, assumed)
    likely = _likely_rates(found)
    leaves = np.empty((*entered.shape, expected.shape[1] + 4))
    volume = entered.sum(axis=-1)
    leaves[..., VOLUME] = volume[..., None]
    leaves[..., MIX] = quotient(entered, volume[..., None])
    reached, eventual = entered, entered
    for step in range(expected.shape[1]):
        in_the_end, converted = _step(reached, likely[..., step], cohorts, expected, step, rng)
        rate = quotient(in_the_end, reached)
        leaves[..., 2 + step] = rate
        eventual = eventual * np.where(np.isnan(rate), expected[:, step], rate)
        reached = converted
    timing = found.planned.leaves[..., TIMING]
    won = rng.binomial(reached.astype(np.int64), _in_period(found)[:, None]).sum(axis=(-2, -1))
    leaves[..., TIMING] = timing_of(won.astype(np.float64), eventual, timing)
    sizes = known.draws.sizes or DealSizes.of([0.0])
    scaled = DealSizes(sizes.amounts * assumed.deal_size, sizes.bandwidth)
    amounts = draw_totals(scaled, won, rng)
    leaves[..., SIZE] = quotient(amounts, won.astype(np.float64))[:, None, None]
    return leaves


def _step(
    reached: Floats,
    likely: Floats,
    cohorts: Cohorts,
    expected: Floats,
    step: int,
    rng: np.random.Generator,
) -> tuple[Floats, Floats]:
    """How many of those who reached a step convert in the end, as it is estimated, and so far.

    They are followed as long as the entries that came. `likely` is the drawn eventual rate.
    """
    seen = cohorts.reached[..., step]
    due, gone, to_come = (
        _share(each[..., step], seen) for each in (cohorts.due, cohorts.gone, cohorts.to_come)
    )
    rate = expected[:, step]
    converting = np.clip(due * quotient(likely, rate), 0, 1)
    leaving = np.clip(gone * (1 - np.minimum(likely, 1)) / np.maximum(1 - rate, 1e-9), 0, 1)
    number = reached.astype(np.int64)
    converted = rng.binomial(number, np.nan_to_num(converting))
    still = np.divide(leaving, 1 - converting, out=np.zeros_like(leaving), where=converting < 1)
    left = rng.binomial(number - converted, np.clip(np.nan_to_num(still), 0, 1))
    planned_open = np.maximum(1 - due - gone, 0) * reached
    in_the_end = eventual_conversions(
        converted[..., None].astype(np.float64),
        (number - converted - left)[..., None].astype(np.float64),
        reached[..., None],
        (due * reached)[..., None],
        planned_open[..., None],
        np.minimum(to_come * reached, planned_open)[..., None],
    )[..., 0]
    return in_the_end, converted.astype(np.float64)


def _share(part: Floats, whole: Floats) -> Floats:
    """Of each leaf; where nobody has come, that of the month, and else none."""
    of_month = quotient(part.sum(axis=1), whole.sum(axis=1))[:, None]
    found = quotient(part, whole)
    return np.asarray(np.nan_to_num(np.where(np.isnan(found), of_month, found)))


def _likely_rates(found: Comparison) -> Floats:
    """[draws, months, segments, steps]: what the rates may be, of one plan and month by month.

    The last step carries how much months differ beyond chance, and how sure the lags are: with a
    slower curve fewer wins are due.
    """
    known = found.known
    months = len(found.cohorts.months)
    drawn = np.stack([step.drawn[:DRAWS] for step in known.steps], axis=-1)
    likely = np.repeat(drawn[:, None], months, axis=1)
    so_far = Period(found.cohorts.months[0].start, max(found.seen, found.period.end))
    asked = found.cohorts.months, so_far, known, found.assumed
    faster = quotient(drawn_timing(*asked)[:DRAWS], planned_timing(*asked))
    change = known.draws.months[:DRAWS, :months] * np.nan_to_num(faster, nan=1.0)
    likely[..., -1] *= change[..., None] * found.assumed.win_rate
    return np.asarray(np.minimum(likely, 1))


def _in_period(found: Comparison) -> Floats:
    """[months]: which share of a month's wins so far falls in the period, by the plan's curve."""
    so_far = Period(found.cohorts.months[0].start, max(found.seen, found.period.end))
    asked = found.cohorts.months, found.known, found.assumed
    inside = planned_timing(asked[0], found.period, *asked[1:])
    share = quotient(inside, planned_timing(asked[0], so_far, *asked[1:]))
    return np.asarray(np.clip(np.nan_to_num(share, nan=1.0), 0, 1))
