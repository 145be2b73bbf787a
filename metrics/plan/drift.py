"""Drift: how the odds of winning now compare with those of the whole past."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from metrics.funnel.counts import Cohorts

QUARTER_DAYS = 91.3125

FEWEST_QUARTERS, FEWEST_EXPECTED = 4, 3.0
"""Less of a past shows no drift: so many quarters, after those of the first few wins."""

NOISE = {0.0: 0.4, 0.01: 0.3, 0.03: 0.2, 0.1: 0.1}
"""How much quarters may vary beyond chance (squared coefficient of variation), and how likely."""

STEADY, CHANGED = 0.5, 0.25
"""How likely nothing drifts, and there was one break. What is left goes to gradual drift."""

HALF_LIVES = (8.0, 4.0, 2.0, 1.0)
"""Quarters after which the past counts half where the level drifts."""

STRENGTH = 4.0
"""Expected wins that the guess of a level as always is worth, at first and after a break."""

AHEAD = 2.0
"""A level that drifts goes on drifting for so many quarters, to the middle of a year's plan."""


def quarters_back(
    cohorts: Cohorts, observed_until: date
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Wins, and expected wins, of each quarter of a year counted back from the last day observed.

    The oldest first. Expected are the records open at each age times the pooled chance of a win at
    that age: what the same records would have won had the calendar made no difference. Both have
    the same sum. Entries of a month are taken to come in at its middle.
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
    wins = np.bincount(place, weights=converted.ravel())
    expected = np.bincount(place, weights=(at_risk * chance).ravel())
    return wins[::-1].astype(np.float64), expected[::-1].astype(np.float64)


def drift(
    cohorts: Cohorts, observed_until: date, draws: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """How do the odds of winning now compare with those of the pooled past? Draws, sorted.

    Wins of a quarter are Poisson around expected wins times a level, with noise between quarters.
    The level never changed (1 exactly), changed once at the end of one quarter, or drifts, so that
    the past loses weight by a half-life; each of these weighs as much as it foretold of each
    quarter from those before it. Without four quarters to tell from, 1.

    Source: the power steady model, Smith (1979), and model averaging by prequential likelihood,
    Dawid (1984).
    """
    wins, expected = quarters_back(cohorts, observed_until)
    told = expected.cumsum() > FEWEST_EXPECTED
    wins, expected = wins[told], expected[told]
    if len(wins) < FEWEST_QUARTERS:
        return np.ones(draws)
    levels = _levels(wins, expected)
    weight = np.exp([each.log_weight - max(one.log_weight for one in levels) for each in levels])
    picked = rng.choice(len(levels), size=draws, p=weight / weight.sum())
    shape = np.array([each.shape for each in levels])[picked]
    rate = np.array([each.rate for each in levels])[picked]
    is_steady = np.array([each.is_steady for each in levels])[picked]
    return np.sort(np.where(is_steady, 1.0, rng.gamma(shape) / rate))


@dataclass(frozen=True, slots=True)
class _Level:
    """One course the level may have taken: how likely it is, and the level's gamma at its end."""

    log_weight: float
    shape: float
    rate: float
    is_steady: bool = False


def _levels(wins: NDArray[np.float64], expected: NDArray[np.float64]) -> list[_Level]:
    quarters = len(wins)
    found = []
    for noise, likely in NOISE.items():
        always = np.ones(quarters)
        found.append(_followed(wins, expected, always, noise, likely * STEADY, is_steady=True))
        for change in range(1, quarters):
            kept = always.copy()
            kept[change] = 0.0
            part = likely * CHANGED / (quarters - 1)
            found.append(_followed(wins, expected, kept, noise, part))
        for half_life in HALF_LIVES:
            kept = np.full(quarters, 0.5 ** (1 / half_life))
            part = likely * (1 - STEADY - CHANGED) / len(HALF_LIVES)
            found.append(
                _followed(wins, expected, kept, noise, part, later=0.5 ** (AHEAD / half_life))
            )
    return found


def _followed(
    wins: NDArray[np.float64],
    expected: NDArray[np.float64],
    kept: NDArray[np.float64],
    noise: float,
    prior: float,
    later: float = 1.0,
    *,
    is_steady: bool = False,
) -> _Level:
    """The level from quarter to quarter, of which `kept` is how much of the past still counts."""
    shape = rate = STRENGTH
    log_weight = float(np.log(prior))
    for won, usual, keep in zip(wins.tolist(), expected.tolist(), kept.tolist(), strict=True):
        shape, rate = (keep * each + (1 - keep) * STRENGTH for each in (shape, rate))
        if usual <= 0:
            continue
        mean = usual * shape / rate
        size = 1 / (1 / shape + noise * (1 + 1 / shape))
        log_weight += float(
            gammaln(size + won)
            - gammaln(size)
            - gammaln(won + 1)
            + size * np.log(size / (size + mean))
            + won * np.log(mean / (size + mean))
        )
        # A quarter says less of the level when it varies by itself.
        says = 1 / (1 + noise * usual)
        shape, rate = shape + says * won, rate + says * usual
    shape, rate = (later * each + (1 - later) * STRENGTH for each in (shape, rate))
    return _Level(log_weight, shape, rate, is_steady)
