"""What chance alone makes of each part, where everything goes as the plan has it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metrics.estimators.deal_sizes import DealSizes, draw_totals
from metrics.estimators.multiplicity import benjamini_hochberg
from metrics.plan.target import Assumptions
from metrics.plan.versus_actual.factors import Cohorts, expected_rates, quotient
from metrics.plan.versus_actual.landing import dispersion
from metrics.plan.versus_actual.learned import Learned
from metrics.plan.versus_actual.split import MIX, VOLUME, Revenue, gap_parts

Floats = NDArray[np.float64]

DRAWS = 1_000

LEVEL = 0.95


@dataclass(frozen=True, slots=True, eq=False)
class Chance:
    """[parts]: the bounds of each part less what chance may have made of it, and its p-value.

    `adjusted` is corrected for the number of parts that are tested. Currency and restatement are
    facts; NaN says that they are not tested.
    """

    low: Floats
    high: Floats
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
        p_value,
        benjamini_hochberg(p_value),
    )


def parts_by_chance(
    planned: Revenue,
    actual: Revenue,
    cohorts: Cohorts,
    known: Learned,
    assumed: Assumptions,
    openings: Floats,
    seed: int = 1,
) -> Floats:
    """[draws, parts]: the parts of companies in which everything goes as the plan has it.

    Drawn are what the plan could not be sure of (rates, amounts) and what chance adds: the entries
    of a month vary around the plan as past months did, records convert or not, deals have one
    amount or another. The rates, the timing and the size are drawn for the entries that came, the
    volume and the mix around those planned. `openings` are draws of what was in flight.
    """
    rng = np.random.default_rng((seed, 9))
    wanted = planned.leaves[..., VOLUME] * np.nan_to_num(planned.leaves[..., MIX])
    drawn = _entries(wanted, known.monthly, rng)
    opening = np.stack((rng.choice(openings, DRAWS), np.ones(DRAWS)), axis=-1)
    nothing = np.zeros(DRAWS)
    of_plan = _leaves(drawn, planned, cohorts, known, assumed, rng)
    came = np.broadcast_to(cohorts.entered, (DRAWS, *cohorts.entered.shape))
    of_entries = _leaves(came, planned, cohorts, known, assumed, rng)
    # The volume and mix that came are no chance here; the split weighs the other parts by them.
    of_entries[..., [VOLUME, MIX]] = actual.leaves[..., [VOLUME, MIX]]
    parts = gap_parts(planned, Revenue(of_entries, opening, nothing))
    volume_and_mix = gap_parts(planned, Revenue(of_plan, opening, nothing))
    parts[:, 1:3] = volume_and_mix[:, 1:3]
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


def _leaves(
    entered: Floats,
    planned: Revenue,
    cohorts: Cohorts,
    known: Learned,
    assumed: Assumptions,
    rng: np.random.Generator,
) -> Floats:
    """[draws, months, segments, factors]: what such entries would show, if all went as planned.

    Of each step as many have come to maturity as of the entries that came; those convert or not, of
    the others the plan's rate is expected, as in the estimate.
    """
    expected = expected_rates(known, assumed)
    drawn = np.stack([step.drawn[:DRAWS] for step in known.steps], axis=-1)
    drawn[..., -1] = np.minimum(drawn[..., -1] * assumed.win_rate, 1)
    matured = _matured(cohorts, expected)
    leaves = np.empty((*entered.shape, drawn.shape[-1] + 5))
    volume = entered.sum(axis=-1)
    leaves[..., VOLUME] = volume[..., None]
    leaves[..., MIX] = quotient(entered, volume[..., None])
    reached, eventual = entered, entered
    months = known.draws.months[:DRAWS, : entered.shape[1], None]
    for step in range(drawn.shape[-1]):
        rate = drawn[:, None, :, step]
        if step == drawn.shape[-1] - 1:
            rate = rate * months
        trials = np.rint(reached * matured[..., step])
        converted = rng.binomial(
            trials.astype(np.int64), np.clip(np.broadcast_to(rate, trials.shape), 0, 1)
        )
        in_the_end = converted + (reached - trials) * expected[:, step]
        found = quotient(in_the_end, reached)
        leaves[..., 2 + step] = found
        eventual = eventual * np.where(np.isnan(found), expected[:, step], found)
        reached = converted.astype(np.float64)
    ripe = matured.prod(axis=-1)
    timing = planned.leaves[..., -3]
    share = np.divide(timing, ripe, out=np.ones_like(ripe), where=ripe > 0).clip(0, 1)
    won = rng.binomial(reached.astype(np.int64), np.broadcast_to(share, reached.shape))
    leaves[..., -3] = quotient(won.astype(np.float64), eventual)
    sizes = known.draws.sizes or DealSizes.of([0.0])
    scaled = DealSizes(sizes.amounts * assumed.deal_size, sizes.bandwidth)
    flat = won.reshape(DRAWS, -1)
    amounts = draw_totals(scaled, flat, rng).reshape(won.shape)
    leaves[..., -2] = quotient(amounts, won.astype(np.float64))
    leaves[..., -1] = 1.0
    return leaves


def _matured(cohorts: Cohorts, expected: Floats) -> Floats:
    """[months, segments, steps]: the share of a step's eventual conversions that is due by now.

    Where nobody has come to a stage, that of the month, and else none.
    """
    eventual = cohorts.reached * expected
    due = np.minimum(cohorts.due, eventual)
    of_month = quotient(due.sum(axis=1), eventual.sum(axis=1))[:, None, :]
    share = quotient(due, eventual)
    filled = np.where(np.isnan(share), of_month, share)
    return np.asarray(np.nan_to_num(filled, nan=0.0))
