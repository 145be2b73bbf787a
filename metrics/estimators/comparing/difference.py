"""Difference of two proportions: how large it is, and whether it is more than chance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import erfc, ndtr

from metrics.estimators.comparing.proportions import wilson

Floats = NDArray[np.float64]


def newcombe(
    successes: Floats, trials: Floats, others: Floats, other_trials: Floats, level: float = 0.95
) -> tuple[Floats, Floats]:
    """Between which bounds does the first proportion minus the second lie?

    The two bounds, elementwise, within -1 and 1; NaN where either has no trials. Counts may be
    effective ones: each divided by its design effect (`clustering`).

    Source: Newcombe (1998), method 10, the hybrid of two Wilson intervals.

    >>> low, high = newcombe(np.array([56.0]), np.array([70.0]), np.array([48.0]), np.array([80.0]))
    >>> low.round(4).tolist(), high.round(4).tolist()
    ([0.0524], [0.3339])
    """
    low, high = wilson(successes, trials, level)
    other_low, other_high = wilson(others, other_trials, level)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = successes / trials
        other = others / other_trials
    difference = share - other
    below = np.hypot(share - low, other_high - other)
    above = np.hypot(high - share, other - other_low)
    return difference - below, difference + above


def p_value(successes: Floats, trials: Floats, others: Floats, other_trials: Floats) -> Floats:
    """How often would two equal proportions differ by at least as much?

    Two-sided, elementwise; 1 where all or none of both succeeded, NaN where either has no trials or
    both together no more than one. Counts may be effective ones, for which Fisher's exact test does
    not exist. Where `expected_events` is less than 5 the reader is told nothing.

    Source: the score test with the factor (N - 1) ÷ N, E. Pearson (1947) and Campbell (2007), which
    keeps its level from one expected event on.

    >>> p_value(np.array([56.0]), np.array([70.0]), np.array([48.0]), np.array([80.0])).round(4)
    array([0.0083])
    """
    score, known = _score(successes, trials, others, other_trials)
    return np.where(known, erfc(abs(score) / np.sqrt(2)), np.nan)


def p_below(successes: Floats, trials: Floats, others: Floats, other_trials: Floats) -> Floats:
    """How often would a proportion that is no smaller fall short of the other by at least as much?

    One-sided, elementwise, 1 where both are equal; else as `p_value`. It is the one to ask where
    only one direction is a claim: the other one, however sure, then makes no claim beside it
    easier.

    >>> p_below(np.array([48.0]), np.array([80.0]), np.array([56.0]), np.array([70.0])).round(4)
    array([0.0041])
    """
    score, known = _score(successes, trials, others, other_trials)
    return np.where(known, np.where(score == 0, 1.0, ndtr(score)), np.nan)


def _score(
    successes: Floats, trials: Floats, others: Floats, other_trials: Floats
) -> tuple[Floats, NDArray[np.bool_]]:
    """The difference in standard errors, 0 where all or none of both succeeded; and where known."""
    together = np.asarray(trials + other_trials, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        difference = successes / trials - others / other_trials
        share = (successes + others) / together
        variance = share * (1 - share) * (1 / trials + 1 / other_trials) * together
        score = difference / np.sqrt(variance / (together - 1))
    known = (trials > 0) & (other_trials > 0) & (together > 1)
    return np.where((share == 0) | (share == 1), 0.0, score), known


def expected_events(
    successes: Floats, trials: Floats, others: Floats, other_trials: Floats
) -> Floats:
    """How many events does the thinnest cell have, if both proportions are equal?

    The smallest expected count of successes and of failures in either group, elementwise. Below 5
    a difference is not reported: what is seen is too little to say anything.
    Source: Cochran (1954).

    >>> expected_events(np.array([2.0]), np.array([20.0]), np.array([10.0]), np.array([100.0]))
    array([2.])
    """
    together = trials + other_trials
    rarer = np.minimum(successes + others, together - successes - others)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(rarer * (np.minimum(trials, other_trials) / together))
