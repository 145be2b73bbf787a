"""Drift: how the odds of each part of the way now compare with those of the whole past."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, logsumexp

from metrics.funnel.counts import Cohorts

QUARTER_DAYS = 91.3125

FEWEST_QUARTERS, FEWEST_EXPECTED = 4, 3.0
"""Less of a past shows no drift: so many quarters, after those of the first few conversions."""

NOISE = {0.0: 0.4, 0.003: 0.2, 0.01: 0.2, 0.03: 0.2}
"""How much quarters may vary beyond chance (squared coefficient of variation), and how likely."""

STEADY, CHANGED = 0.4, 0.4
"""How likely nothing drifts, and there was one break. What is left goes to gradual drift."""

TAKES_PART = 0.85
"""How likely a part of the way has a share in what happened to the whole."""

HALF_LIVES = (8.0, 4.0, 2.0, 1.0)
"""Quarters after which the past counts half where the level drifts."""

STRENGTH = 4.0
"""Expected conversions that the guess of a level as always is worth, at first and after a break."""

AHEAD = 2.0
"""A level that drifts goes on drifting for so many quarters, to the middle of a year's plan."""


def quarters_back(
    cohorts: Cohorts, observed_until: date
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Conversions, and expected ones, of each quarter of a year counted back from the last day.

    The oldest first. Expected are the records open at each age times the pooled chance to convert
    at that age: what the same records would have done had the calendar made no difference. Both
    have the same sum. Entries of a month are taken to come in at its middle.
    """
    if not cohorts.ages:
        return np.zeros(0), np.zeros(0)
    converted = np.stack([each.converted for each in cohorts.ages])
    at_risk = np.stack([each.at_risk for each in cohorts.ages])
    open_records = at_risk.sum(axis=0)
    chance = converted.sum(axis=0) / np.maximum(open_records, 1)
    since = np.array([(observed_until - month).days - 15 for month in cohorts.months])
    back = (since[:, None] - np.arange(converted.shape[1])) / QUARTER_DAYS
    place = np.maximum(back, 0).astype(np.int64).ravel()
    came = np.bincount(place, weights=converted.ravel()).astype(np.float64)
    expected = np.bincount(place, weights=(at_risk * chance).ravel()).astype(np.float64)
    return came[::-1], expected[::-1]


@dataclass(frozen=True, slots=True, eq=False)
class Drift:
    """Draws, [parts, draws]: the odds now ÷ those of the pooled past, and the noise of quarters.

    The noise is the squared coefficient of variation of a quarter beyond chance.
    """

    levels: NDArray[np.float64]
    noise: NDArray[np.float64]


def drift(
    parts: Sequence[Cohorts], observed_until: date, draws: int, rng: np.random.Generator
) -> Drift:
    """How do the odds now compare with those of the pooled past, and how much do quarters vary?

    The parts are stretches of one way, as from a lead to a deal and from a deal to a win.
    Conversions of a quarter are Poisson around expected ones times a level, with noise between
    quarters. Nothing ever changed (all levels are 1 exactly), something changed once at the end of
    one quarter, or it drifts, so that the past loses weight by a half-life; in what happened each
    part takes part or not. Each of these weighs as much as it foretold of each quarter from those
    before it. So the many conversions early on the way tell when something changed, and the few
    wins by how much. A part of less than four quarters stays at 1.

    Source: the power steady model, Smith (1979), and model averaging by prequential likelihood,
    Dawid (1984).
    """
    known = [_told(*quarters_back(each, observed_until)) for each in parts]
    quarters = max((len(came) for came, _ in known), default=0)
    levels, noise = np.ones((len(parts), draws)), np.zeros((len(parts), draws))
    if quarters < FEWEST_QUARTERS:
        return Drift(levels, noise)
    courses = _courses(quarters)
    found = [_levels(came, expected, courses) for came, expected in known]
    weight = np.log(courses.likely) + sum(each.log_weight for each in found)
    picked = rng.choice(len(weight), size=draws, p=np.exp(weight - logsumexp(weight)))
    for place, each in enumerate(found):
        levels[place], noise[place] = each.draw(picked, rng)
    return Drift(levels, noise)


def _told(
    came: NDArray[np.float64], expected: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    told = expected.cumsum() > FEWEST_EXPECTED
    if told.sum() < FEWEST_QUARTERS:
        return np.zeros(0), np.zeros(0)
    return came[told], expected[told]


@dataclass(frozen=True, slots=True, eq=False)
class _Courses:
    """What may have happened: how likely it is, how much of the past still counts in each quarter,
    [courses, quarters], and in what is ahead. The first is that nothing did."""

    likely: NDArray[np.float64]
    kept: NDArray[np.float64]
    later: NDArray[np.float64]


def _courses(quarters: int) -> _Courses:
    breaks = quarters - 1
    likely = [STEADY]
    likely += [CHANGED / breaks] * breaks
    likely += [(1 - STEADY - CHANGED) / len(HALF_LIVES)] * len(HALF_LIVES)
    kept = np.ones((len(likely), quarters))
    kept[np.arange(1, quarters), np.arange(1, quarters)] = 0.0
    half_lives = np.array(HALF_LIVES)
    kept[quarters:] = 0.5 ** (1 / half_lives)[:, None]
    later = np.concatenate([np.ones(quarters), 0.5 ** (AHEAD / half_lives)])
    return _Courses(np.array(likely), kept, later)


@dataclass(frozen=True, slots=True, eq=False)
class _Levels:
    """By course how well it foretold a part; and by course and kind the chance and the gamma.

    Kinds are the noises, first with a share in what happened, then without.
    """

    log_weight: NDArray[np.float64]
    chance: NDArray[np.float64]
    shape: NDArray[np.float64]
    rate: NDArray[np.float64]

    def draw(
        self, courses: NDArray[np.int64], rng: np.random.Generator
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The level at the end and the noise, by draws of the course."""
        edges = self.chance.cumsum(axis=1)[courses]
        kind = (rng.random(len(courses))[:, None] > edges[:, :-1]).sum(axis=1)
        levels = rng.gamma(self.shape[courses, kind]) / self.rate[courses, kind]
        is_steady = kind >= len(NOISE)
        return np.where(is_steady, 1.0, levels), np.tile(list(NOISE), 2)[kind]


def _levels(came: NDArray[np.float64], expected: NDArray[np.float64], courses: _Courses) -> _Levels:
    """The level from quarter to quarter, of which `kept` is how much of the past still counts."""
    noise = np.array(list(NOISE))[None, :]
    shape = np.full((len(courses.likely), len(NOISE)), STRENGTH)
    rate = shape.copy()
    foretold = np.zeros(shape.shape)
    kept = courses.kept[:, courses.kept.shape[1] - len(came) :, None]
    for place, (won, usual) in enumerate(zip(came.tolist(), expected.tolist(), strict=True)):
        keep = kept[:, place]
        shape, rate = (keep * each + (1 - keep) * STRENGTH for each in (shape, rate))
        if usual <= 0:
            continue
        mean = usual * shape / rate
        size = 1 / (1 / shape + noise * (1 + 1 / shape))
        foretold += (
            gammaln(size + won)
            - gammaln(size)
            - gammaln(won + 1)
            + size * np.log(size / (size + mean))
            + won * np.log(mean / (size + mean))
        )
        # A quarter says less of the level when it varies by itself.
        says = 1 / (1 + noise * usual)
        shape, rate = shape + says * won, rate + says * usual
    later = courses.later[:, None]
    shape, rate = (later * each + (1 - later) * STRENGTH for each in (shape, rate))
    foretold = foretold + np.log(list(NOISE.values()))
    moves = np.any(kept < 1, axis=1)
    with_it = np.where(moves, np.log(TAKES_PART) + foretold, -np.inf)
    without = np.where(moves, np.log(1 - TAKES_PART), 0.0) + foretold[0]
    kinds = np.concatenate([with_it, without], axis=1)
    log_weight = logsumexp(kinds, axis=1)
    return _Levels(
        log_weight,
        np.exp(kinds - log_weight[:, None]),
        np.tile(shape, 2),
        np.tile(rate, 2),
    )
