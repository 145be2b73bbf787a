"""Gate: whether the past varied enough, and apart enough, to show a response curve at all."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, logit

from metrics.estimators.response.curve import SLOPE_SD, CurveFit, expected, fit_curves
from metrics.estimators.response.panel import Floats, Panel, adstock

_TRAINED = 0.75
"""Share of the periods that the curve learns from before it says the others."""


class Condition(StrEnum):
    """What must hold before a response curve is shown."""

    OBSERVATIONS = "observations per parameter"
    RANGE = "largest spend ÷ smallest"
    VARIATION = "coefficient of variation of the spend"
    APART = "variance inflation by the other channels"
    LEARNT = "posterior sd of the slope ÷ its prior's"
    GAIN = "gain over a straight line, in standard errors"


LIMITS = {
    Condition.OBSERVATIONS: 12.0,
    Condition.RANGE: 3.0,
    Condition.VARIATION: 0.3,
    Condition.APART: 5.0,
    Condition.LEARNT: 0.5,
    Condition.GAIN: 1.0,
}
_WORDS = {
    Condition.OBSERVATIONS: "There are {value:.1f} observations per parameter; it takes 12.",
    Condition.RANGE: (
        "The largest spend on {channel} is {value:.1f} times the smallest; it takes 3."
    ),
    Condition.VARIATION: (
        "Spend on {channel} varies by {value:.0%} of its mean within a unit; it takes 30%."
    ),
    Condition.APART: (
        "Spend on {channel} goes with that on other channels (variance inflation {value:.1f});"
        " it must be under 5."
    ),
    Condition.LEARNT: (
        "The past leaves {value:.0%} of what was unknown about the slope of {channel};"
        " it must be at most 50%."
    ),
    Condition.GAIN: (
        "In the periods held back, curves err less than straight lines by {value:.1f} standard"
        " errors; it takes 1."
    ),
}


@dataclass(frozen=True)
class Failure:
    """One condition that does not hold."""

    condition: Condition
    channel: str | None
    """None where it is about all channels together."""
    value: float

    @property
    def sentence(self) -> str:
        """The failure in words, with its value and what it takes."""
        return _WORDS[self.condition].format(value=self.value, channel=self.channel)


@dataclass(frozen=True, eq=False)
class Gate:
    """Which conditions fail, and the curves where none does."""

    failures: tuple[Failure, ...]
    curves: CurveFit | None

    @property
    def open(self) -> bool:
        """Whether the curves may be shown."""
        return not self.failures


def gate(panel: Panel, generator: np.random.Generator) -> Gate:
    """Can the past tell a response curve of each channel, and if not, why?

    Six conditions: 12 observations per parameter; spend that within a unit varies threefold (the
    median unit; largest ÷ smallest) and by 30% of its mean; a variance inflation under 5 within
    units and beside the controls; a posterior sd of log slope at most half its prior's; and in the
    last quarter of the periods, which the fit did not see, squared errors below those of straight
    lines on adstock by more than one standard error over periods.

    Where one of the first four fails, nothing is fitted. Three years of months and one channel are
    6 observations per parameter: months alone hardly ever pass, regions by weeks can. Of simulated
    panels of 12 regions by 104 weeks none of 80 without any effect passed, 5 of 80 with a straight
    line, 73 of 80 with a curve.

    >>> generator = np.random.default_rng(1)
    >>> spend = generator.uniform(80, 120, (1, 1, 36))
    >>> found = gate(Panel(("Fairs",), 0.1 * spend[0], spend, np.empty((0, 1, 36))), generator)
    >>> [each.sentence for each in found.failures][1]
    'The largest spend on Fairs is 1.5 times the smallest; it takes 3.'
    """
    before = _before_fitting(panel)
    if before:
        return Gate(before, None)
    curves = fit_curves(panel, generator)
    ratios = curves.slope_sd / SLOPE_SD
    after = [
        Failure(Condition.LEARNT, channel, float(ratio))
        for channel, ratio in zip(panel.channels, ratios, strict=True)
        if not ratio <= LIMITS[Condition.LEARNT]
    ]
    gain = _gain(panel, generator)
    if not gain > LIMITS[Condition.GAIN]:
        after.append(Failure(Condition.GAIN, None, gain))
    return Gate(tuple(after), None if after else curves)


def _before_fitting(panel: Panel) -> tuple[Failure, ...]:
    """The conditions that need no curve."""
    found = []
    per_parameter = panel.observations / panel.parameters
    if per_parameter < LIMITS[Condition.OBSERVATIONS]:
        found.append(Failure(Condition.OBSERVATIONS, None, per_parameter))
    inflation = variance_inflation(panel)
    for channel, spend in enumerate(panel.spend):
        name = panel.channels[channel]
        smallest, mean = spend.min(axis=1), float(spend.mean())
        with np.errstate(divide="ignore", invalid="ignore"):
            ratios = spend.max(axis=1) / smallest
        spread = float(np.median(np.where(np.isnan(ratios), 1.0, ratios)))
        within = float((spend - spend.mean(axis=1, keepdims=True)).std())
        variation = within / mean if mean else 0.0
        if spread < LIMITS[Condition.RANGE]:
            found.append(Failure(Condition.RANGE, name, spread))
        if variation < LIMITS[Condition.VARIATION]:
            found.append(Failure(Condition.VARIATION, name, variation))
        if not inflation[channel] < LIMITS[Condition.APART]:
            found.append(Failure(Condition.APART, name, float(inflation[channel])))
    return tuple(found)


def variance_inflation(panel: Panel) -> Floats:
    """How much less is known of each channel because its spend goes with that on others?

    One element per channel: 1 ÷ (1 - R²) of its spend on that of the others, all of them within
    units and beside the controls. Infinite where nothing of it is its own.

    Source: Marquardt (1970).

    >>> spend = np.array([[[1.0, 2, 3, 4]], [[1.0, 2, 3, 5]]])
    >>> variance_inflation(Panel(("a", "b"), spend[0], spend, np.empty((0, 1, 4)))).round(1)
    array([29.2, 29.2])
    """
    spend = panel.within(panel.spend).T
    smallest = 1e-12 * (panel.spend**2).sum(axis=(1, 2))
    found = np.empty(len(panel.channels))
    for channel in range(len(found)):
        own, others = spend[:, channel], np.delete(spend, channel, axis=1)
        left = own - others @ np.linalg.lstsq(others, own, rcond=None)[0]
        alone = float(left @ left)
        found[channel] = float(own @ own) / alone if alone > smallest[channel] else np.inf
    return found


def _gain(panel: Panel, generator: np.random.Generator) -> float:
    """By how many standard errors curves say the last periods better than straight lines."""
    trained = round(panel.outcome.shape[1] * _TRAINED)
    past = panel.until(trained)
    curves = expected(panel, fit_curves(past, generator, draws=1).mode)
    errors = _unseen(panel, trained, curves[None], coefficients=np.ones(1))
    working = _straight(past)
    lines = np.stack(
        [adstock(spend, share) for spend, share in zip(panel.spend, working, strict=True)]
    )
    line_errors = _unseen(panel, trained, lines)
    gains = (line_errors**2 - errors**2).mean(axis=0)
    spread = gains.std(ddof=1) / np.sqrt(len(gains)) if len(gains) > 1 else 0.0
    return float(gains.mean() / spread) if spread else 0.0


def _straight(past: Panel) -> Floats:
    """The carryover of each channel with which straight lines fit best, under the curves' prior."""
    outcome = past.within(past.outcome)

    def loss(free: Floats) -> float:
        working = np.stack(
            [adstock(each, float(expit(x))) for each, x in zip(past.spend, free, strict=True)]
        )
        lines = past.within(working)
        # A pseudo-inverse, because two channels may be one on the way.
        coefficients = np.linalg.pinv(lines @ lines.T) @ (lines @ outcome)
        left = outcome - coefficients @ lines
        noise = max(float(left @ left), np.finfo(np.float64).tiny)
        return float(len(outcome) * np.log(noise) + ((free - logit(0.3)) ** 2).sum())

    start = np.full(len(past.channels), logit(0.3))
    return np.asarray(expit(minimize(loss, start, method="L-BFGS-B").x))


def _unseen(
    panel: Panel, trained: int, columns: Floats, coefficients: Floats | None = None
) -> Floats:
    """Errors in the periods after the trained ones, [units, periods].

    Levels, controls and, unless they are given, the coefficients of the columns are learnt from the
    trained periods.
    """
    seen = np.zeros(panel.outcome.shape, np.bool_)
    seen[:, :trained] = True
    flat, late = columns.reshape(len(columns), -1).T, ~seen.ravel()
    outcome, design = panel.outcome.ravel(), panel.nuisance
    if coefficients is None:
        design = np.column_stack((design, flat))
    else:
        outcome = outcome - flat @ coefficients
    found = np.linalg.lstsq(design[~late], outcome[~late], rcond=None)[0]
    return np.asarray((outcome - design @ found)[late].reshape(len(panel.outcome), -1))
