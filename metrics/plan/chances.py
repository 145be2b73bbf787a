"""Chances of what is in flight: of a deal or lead of an age to be won within so many days."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from metrics.estimators.incidence import IncidenceDraws
from metrics.period import Period
from metrics.plan.calendar import GRID_DAYS
from metrics.plan.draws import RATE_DRAWS, Draws
from metrics.plan.drift import QUARTER_DAYS
from metrics.scope import Stage


def between(curve: IncidenceDraws, age: float, start: int, end: int) -> NDArray[np.float64]:
    """Per rate draw, the chance that one open at this age converts after `start`, by `end` days."""
    at = curve.at([round(age), round(age) + start, round(age) + end]).astype(np.float64)
    still_open = curve.open_at([round(age)])[:, 0].astype(np.float64)
    rest = at[:, 2] - at[:, 1]
    found = np.divide(rest, still_open, out=np.zeros_like(rest), where=still_open > 1e-9)
    return found.clip(0, 1)


def chance_by(
    draws: Draws, stage: Stage, ages: NDArray[np.float64], days: int
) -> NDArray[np.float64]:
    """[rate draws, ages]: the chance that leads of a stage and age are won within so many days.

    By their next step and the way from there; where nobody tells when that step is made, directly.
    """
    whole = np.rint(ages).astype(np.int64)
    if days == 0:
        return np.zeros((RATE_DRAWS, len(ages)))
    if stage not in draws.next_step and stage not in draws.won_from:
        raise ValueError(f"no step leads from {stage.label}")
    following = list(Stage)[list(Stage).index(stage) + 1]
    if following is Stage.WON or stage not in draws.next_step:
        curve = draws.won_from[stage]
        return np.stack([between(curve, age, 0, days) for age in whole], axis=1)
    step, later = draws.next_step[stage], draws.won_from[following]
    edges = np.append(np.arange(0, days, GRID_DAYS), days)
    middle = (edges[:-1] + edges[1:]) / 2
    reached = step.at((whole[:, None] + edges).ravel()).reshape(RATE_DRAWS, len(whole), -1)
    still_open = step.open_at(whole)
    passing = np.diff(reached, axis=2)
    winning = later.at(np.rint(days - middle).astype(np.int64))
    won = np.einsum("dat,dt->da", passing, winning).astype(np.float64)
    chance: NDArray[np.float64] = np.zeros_like(won)
    np.divide(won, still_open, out=chance, where=still_open > 1e-9)
    return np.minimum(np.maximum(chance, 0), 1)


def quarters_luck(draws: Draws, windows: Sequence[Period]) -> list[NDArray[np.float64]]:
    """[rate draws] by window: how many times as good as usual it is for all that is in flight."""
    rng = np.random.default_rng((draws.seed, 11))
    found = []
    for window in windows:
        noise = np.maximum(draws.deal_noise * min(1.0, QUARTER_DAYS / window.days), 1e-9)
        found.append(rng.gamma(1 / noise) * noise)
    return found
