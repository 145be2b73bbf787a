"""What deals that are still to be won are worth beside those won so far: quick ones are smaller."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from metrics.estimators.log_slope import log_slope
from metrics.period import Period
from metrics.plan.calendar import GRID_DAYS, Grid, in_window, months_ahead
from metrics.plan.draws import Draws
from metrics.plan.past.history import History
from metrics.scope import Stage

USUAL_PACE = 0.3
"""How far the slope of amounts over the days to a win, both in logarithms, usually lies from 0."""

WEEKS = 520
"""The curves of several steps are joined over so many weeks."""


def worth_to_come(
    history: History,
    draws: Draws,
    stage: Stage,
    windows: Sequence[Period],
    time_to_win: float = 1.0,
) -> NDArray[np.float64]:
    """[windows]: mean amount of a window's wins ÷ that of all, of those that will enter a stage.

    They enter evenly from the day after the data ends to the end of the last window, so what is won
    in an early window was won soon. `time_to_win` is the factor that is assumed on all lags.
    """
    end = max(window.end for window in windows)
    months = months_ahead(history.observed_until, end)
    grid = Grid.of((end - history.observed_until).days)
    days = np.array([month.days for month in months], dtype=np.float64)
    weights = [in_window(grid, months, window) @ days for window in windows]
    return _ratio(history, draws, stage, grid.ages / time_to_win, weights)


def worth_in_flight(
    history: History, draws: Draws, stage: Stage, windows: Sequence[Period]
) -> NDArray[np.float64]:
    """[windows]: mean amount of a window's wins ÷ that of all, of those that are in a stage now.

    As if all had just come into it.
    """
    until = history.observed_until
    grid = Grid.of((max(window.end for window in windows) - until).days)
    weights = []
    for window in windows:
        ends = np.array([(window.start - until).days - 1, (window.end - until).days])
        before, by_end = grid.weights(np.maximum(ends, 0).astype(np.float64)).T
        weights.append(by_end - before)
    return _ratio(history, draws, stage, grid.ages, weights)


def _ratio(
    history: History,
    draws: Draws,
    stage: Stage,
    ages: NDArray[np.int64] | NDArray[np.float64],
    weights: Sequence[NDArray[np.float64]],
) -> NDArray[np.float64]:
    """What the curve of revenue brings by these weights of ages ÷ what that of wins does."""
    slope = log_slope(history.deals.paces, USUAL_PACE)
    weeks = np.arange(WEEKS) * GRID_DAYS
    won, brought = (
        np.interp(ages, weeks, each.cumsum()) for each in _shares(draws, stage, slope, weeks)
    )
    wins, revenue = np.array(weights) @ won, np.array(weights) @ brought
    ratio = np.ones(len(wins))
    np.divide(revenue, wins, out=ratio, where=wins > 1e-9)
    return ratio


def _shares(
    draws: Draws, stage: Stage, slope: float, weeks: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What comes in each week after a stage of all the wins, and of all that they bring.

    Amounts go with the days from the opening of a deal; the steps before it only take time.
    """
    won = np.diff(draws.deals.estimate.at(weeks), prepend=0.0)
    brought = won * np.exp(slope * np.log1p(np.maximum(weeks - GRID_DAYS / 2, 0.0)))
    brought *= won.sum() / max(brought.sum(), 1e-12)
    stages = list(Stage)
    for each in stages[stages.index(stage) : stages.index(Stage.OPPORTUNITY)]:
        if each in draws.next_step:
            step = np.diff(draws.next_step[each].estimate.at(weeks), prepend=0.0)
            won, brought = (np.convolve(part, step)[:WEEKS] for part in (won, brought))
    return won, brought
