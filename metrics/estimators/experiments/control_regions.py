"""Control regions: what a channel adds, from regions that go on as they did before the test."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import t as student

from metrics.estimators.comparing.estimate import Estimate
from metrics.estimators.experiments.person_holdout import per_unit

Floats = NDArray[np.float64]

FEWEST_WEEKS = 12
"""Pretest weeks under which the relation of the regions is not known well enough."""
LEAST_EXPLAINED = 0.5
"""Share of the pretest's variance that the control regions must explain."""
_CALLED_OUT = 0.01
"""How often a sound pretest may fail each test of it."""


class Problem(StrEnum):
    """Why regions cannot be read."""

    FEW_WEEKS = "too few weeks before the test"
    UNRELATED = "the control regions do not move with the test regions"
    BROKEN = "the relation of the regions changed before the test began"
    PERSISTENT = "what one week leaves unexplained goes on in the next"
    OUTSIDE = "the control regions left the range they had before the test"


@dataclass(frozen=True)
class PretestFit:
    """How the test regions followed the control regions before the test; NaN where unknown."""

    weeks: int
    intercept: float
    slope: float
    explained: float
    """Share of the variance of the test regions that the control regions explain, r²."""
    residual_sd: float
    """Standard deviation of one week around the line."""


@dataclass(frozen=True, eq=False)
class RegionEffect:
    """What the test regions had more than expected, over the whole test and week by week."""

    total: Estimate
    per_spend: Estimate
    """Incremental outcome per unit of spend (iROAS where it is money); NaN without spend."""
    probability_above_zero: float
    expected: Floats
    """Expected outcome without the test, one element per week of it."""
    cumulative: Floats
    """Effect up to each week, and its bounds."""
    cumulative_low: Floats
    cumulative_high: Floats


@dataclass(frozen=True, eq=False)
class RegionReading:
    """A test by regions: the fit before it, its problems, and the effect where there are none."""

    fit: PretestFit
    problems: tuple[Problem, ...]
    effect: RegionEffect | None


def read_regions(
    outcome: Floats, control: Floats, pretest_weeks: int, spend: float, level: float = 0.95
) -> RegionReading:
    """What did a channel add in the test regions, given how the control regions went on?

    One element per week: the outcome of all test regions together and of all control regions, at
    first the weeks before the test. `spend` is what was spent more in the test regions (or less,
    where the channel was switched off there: then turn the sign of the effect). The pretest's
    regression of the test regions on the control regions gives what would have come without the
    test. The sum of what came beyond it has a t distribution with n - 2 degrees of freedom and the
    variance s² · (T + T²/n + (Σ (x_t - x̄))² / Σ_pretest (x - x̄)²) after T weeks.

    The effect is None where there is a problem: fewer than 12 pretest weeks, or fewer than the test
    has; r² under a half; a step between the halves of the pretest, or residuals that persist, each
    tested at 1%; control regions whose mean in the test lies outside of their pretest weeks.

    Raises ValueError unless there is a week of the test, for different lengths and for NaN.
    Source: Kerman, Wang and Vaver (2017), time-based regression; its noninformative prior.

    >>> control, noise = np.random.default_rng(1).normal([[100.0], [0]], [[10], [2]], (2, 34))
    >>> outcome = 2 * control + noise + np.where(np.arange(34) < 26, 0, 15)
    >>> reading = read_regions(outcome, control, pretest_weeks=26, spend=40.0)
    >>> reading.problems, round(reading.effect.total.value), round(reading.effect.per_spend.value)
    ((), 118, 3)
    """
    if outcome.shape != control.shape or outcome.ndim != 1:
        raise ValueError("one number of the test and of the control regions per week")
    if not 0 <= pretest_weeks < len(outcome):
        raise ValueError(f"{pretest_weeks} of {len(outcome)} weeks leave no test")
    if not (np.isfinite(outcome).all() and np.isfinite(control).all()):
        raise ValueError("a week without a number: give 0 where nothing came")
    fit = pretest_fit(outcome[:pretest_weeks], control[:pretest_weeks])
    problems = _problems(outcome, control, fit)
    effect = None if problems else _effect(outcome, control, fit, spend, level)
    return RegionReading(fit, problems, effect)


def pretest_fit(outcome: Floats, control: Floats) -> PretestFit:
    """How did the test regions follow the control regions, by least squares?

    NaN with fewer than three weeks, or where either never varies.

    >>> fit = pretest_fit(np.array([1.0, 3, 5, 7]), np.array([0.0, 1, 2, 3]))
    >>> fit.intercept, fit.slope, fit.explained
    (1.0, 2.0, 1.0)
    """
    unknown = PretestFit(len(outcome), *[float("nan")] * 4)
    if len(outcome) < 3 or np.ptp(outcome) == 0 or np.ptp(control) == 0:
        return unknown
    off, off_control = outcome - outcome.mean(), control - control.mean()
    slope = float(off @ off_control / (off_control @ off_control))
    unexplained = float(((off - slope * off_control) ** 2).sum())
    return PretestFit(
        weeks=len(outcome),
        intercept=float(outcome.mean() - slope * control.mean()),
        slope=slope,
        explained=1 - unexplained / float(off @ off),
        residual_sd=float(np.sqrt(unexplained / (len(outcome) - 2))),
    )


def _effect(
    outcome: Floats, control: Floats, fit: PretestFit, spend: float, level: float
) -> RegionEffect:
    before, during = control[: fit.weeks], control[fit.weeks :]
    expected = fit.intercept + fit.slope * during
    cumulative = np.cumsum(outcome[fit.weeks :] - expected)
    weeks = np.arange(1, len(during) + 1)
    off = np.cumsum(during - before.mean())
    variance = weeks + weeks**2 / fit.weeks + off**2 / ((before - before.mean()) ** 2).sum()
    scale = fit.residual_sd * np.sqrt(variance)
    half = student.ppf((1 + level) / 2, fit.weeks - 2) * scale
    total = Estimate(
        *(float(each[-1]) for each in (cumulative, cumulative - half, cumulative + half))
    )
    return RegionEffect(
        total=total,
        per_spend=per_unit(total, spend),
        probability_above_zero=float(student.cdf(cumulative[-1] / scale[-1], fit.weeks - 2)),
        expected=expected,
        cumulative=cumulative,
        cumulative_low=cumulative - half,
        cumulative_high=cumulative + half,
    )


def pretest_problems(outcome: Floats, control: Floats, fit: PretestFit) -> tuple[Problem, ...]:
    """Why can the weeks before a test not say what would come without it? Empty where they can.

    >>> flat = np.ones(20)
    >>> pretest_problems(flat, flat, pretest_fit(flat, flat))
    (<Problem.UNRELATED: 'the control regions do not move with the test regions'>,)
    """
    if fit.weeks < FEWEST_WEEKS:
        return (Problem.FEW_WEEKS,)
    if not (fit.explained >= LEAST_EXPLAINED and fit.slope > 0):
        return (Problem.UNRELATED,)
    residuals = outcome - fit.intercept - fit.slope * control
    found = []
    if _step_chance(outcome, control) < _CALLED_OUT:
        found.append(Problem.BROKEN)
    if _persistence(residuals) > ndtri(1 - _CALLED_OUT):
        found.append(Problem.PERSISTENT)
    return tuple(found)


def _problems(outcome: Floats, control: Floats, fit: PretestFit) -> tuple[Problem, ...]:
    before, during = control[: fit.weeks], control[fit.weeks :]
    if fit.weeks < len(during):
        return (Problem.FEW_WEEKS,)
    found = pretest_problems(outcome[: fit.weeks], before, fit)
    related = not {Problem.FEW_WEEKS, Problem.UNRELATED} & set(found)
    if related and not before.min() <= during.mean() <= before.max():
        return (*found, Problem.OUTSIDE)
    return found


def _step_chance(outcome: Floats, control: Floats) -> float:
    """The p-value of a step between the two halves of the pretest."""
    weeks = len(outcome)
    second = (np.arange(weeks) >= weeks // 2).astype(np.float64)
    design = np.column_stack((np.ones(weeks), control, second))
    inverse = np.linalg.pinv(design.T @ design)
    found = inverse @ design.T @ outcome
    variance = ((outcome - design @ found) ** 2).sum() / (weeks - 3)
    if variance <= 0:
        return 1.0
    return float(2 * student.sf(abs(found[2]) / np.sqrt(variance * inverse[2, 2]), weeks - 3))


def _persistence(residuals: Floats) -> float:
    """The autocorrelation from week to week, in standard errors of none."""
    whole = residuals @ residuals
    return float(residuals[1:] @ residuals[:-1] / whole * np.sqrt(len(residuals))) if whole else 0.0
