"""Person hold-out: what a channel adds, from people it was kept away from at random."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from metrics.estimators.comparing.difference import expected_events, newcombe, p_value
from metrics.estimators.comparing.estimate import Estimate

Floats = NDArray[np.float64]

FEWEST_EVENTS = 5
"""Where fewer events are to be expected of the thinner arm, nothing is claimed."""
DRAWS = 5000


@dataclass(frozen=True)
class Arm:
    """One arm of a hold-out: its people, and those of them who converted.

    `design_effect` is above 1 where whole accounts were put into an arm (`clustering`). Raises
    ValueError unless 0 ≤ converted ≤ persons, with a person at least, and for one below 1.
    """

    persons: int
    converted: int
    design_effect: float = 1.0

    def __post_init__(self) -> None:
        if not (0 <= self.converted <= self.persons and self.persons > 0):
            raise ValueError(f"{self.converted} of {self.persons} people cannot have converted")
        if self.design_effect < 1:
            raise ValueError(f"a design effect is at least 1, not {self.design_effect}")


@dataclass(frozen=True)
class HeldOut:
    """What the channel added to the people of the test arm."""

    difference: Estimate
    """Share that converted in the test arm, less that in the control arm."""
    conversions: Estimate
    """Conversions that would not be there without the channel."""
    per_spend: Estimate
    """The same per unit of spend; NaN without spend."""
    p_value: float
    expected_events: float
    """Of the thinner arm, if the channel added nothing (`difference.expected_events`)."""

    @property
    def more_than_chance(self) -> bool:
        """Whether the interval excludes 0, with enough events to say so."""
        sure = self.difference.above_zero or self.difference.below_zero
        return sure and self.expected_events >= FEWEST_EVENTS


def incremental_conversions(test: Arm, control: Arm, spend: float, level: float = 0.95) -> HeldOut:
    """How many conversions did a channel add to the people it was shown to?

    People were put at random into an arm that the channel reaches and one that it is kept from.
    The difference of the two shares has the interval of Newcombe, on effective people; it is times
    the people of the test arm in conversions, and that ÷ `spend` on them per unit of spend.

    Source: intention to treat, everyone counts in the arm they were put into; Newcombe (1998).

    >>> found = incremental_conversions(Arm(2000, 120), Arm(2000, 80), spend=10_000.0)
    >>> round(found.conversions.value), round(found.conversions.low), round(found.conversions.high)
    (40, 13, 67)
    >>> round(found.per_spend.value, 4), found.more_than_chance
    (0.004, True)
    """
    counts = (*_effective(test), *_effective(control))
    low, high = newcombe(*counts, level=level)
    share = test.converted / test.persons - control.converted / control.persons
    difference = Estimate(share, float(low[0]), float(high[0]))
    conversions = difference.times(test.persons)
    return HeldOut(
        difference,
        conversions,
        per_unit(conversions, spend),
        float(p_value(*counts)[0]),
        float(expected_events(*counts)[0]),
    )


@dataclass(frozen=True)
class Amounts:
    """What the people of an arm were worth: amounts of those worth something, and all people.

    Raises ValueError for an amount not above 0, and for fewer people than amounts.
    """

    persons: int
    amounts: Floats

    def __post_init__(self) -> None:
        if (self.amounts <= 0).any():
            raise ValueError("give only the amounts above 0: the others are counted in `persons`")
        if len(self.amounts) > self.persons:
            raise ValueError(f"{len(self.amounts)} amounts of {self.persons} people")


def incremental_money(
    test: Amounts,
    control: Amounts,
    spend: float,
    generator: np.random.Generator,
    level: float = 0.95,
) -> tuple[Estimate, Estimate]:
    """How much money did a channel add, and how much per unit of spend?

    The difference of the two means per person times the people of the test arm, and that ÷ `spend`
    (NaN without spend). People are weighted anew for each draw, so that a few large deals make the
    interval as wide as they should. The bounds are NaN where either arm has fewer than five
    amounts: of so few nobody knows how they vary. Equal generators give equal bounds.

    Few amounts of very unequal size make the interval too narrow: of log-normal ones (σ = 1), a
    nominal 95% covers 90% with 15 in the control arm and 93% with 60.

    Source: Rubin (1981), the Bayesian bootstrap.

    >>> test = Amounts(1000, np.full(50, 200.0))
    >>> control = Amounts(1000, np.full(20, 200.0))
    >>> money, per_spend = incremental_money(test, control, 2000.0, np.random.default_rng(1))
    >>> round(money.value), round(per_spend.value, 2), money.above_zero
    (6000, 3.0, True)
    """
    value = test.persons * (_mean(test) - _mean(control))
    drawn = test.persons * (_mean_draws(test, generator) - _mean_draws(control, generator))
    if min(len(test.amounts), len(control.amounts)) < FEWEST_EVENTS:
        drawn = np.full_like(drawn, np.nan)
    money = Estimate.of(value, drawn, level)
    return money, per_unit(money, spend)


def per_unit(effect: Estimate, spend: float) -> Estimate:
    """An effect per unit of spend; NaN without spend. Raises ValueError for a negative one.

    >>> per_unit(Estimate(40.0, 10.0, 70.0), 10.0)
    Estimate(value=4.0, low=1.0, high=7.0)
    """
    if spend < 0:
        raise ValueError(f"spend is not negative: {spend}")
    return effect.times(1 / spend if spend else float("nan"))


def detectable(found: Estimate, level: float = 0.95, power: float = 0.8) -> float:
    """Which effect would a test as sharp as this one find so often as `power` says?

    Its interval of `level` lies above 0 in so many cases where the effect is
    (z_(1+level)/2 + z_power) standard errors, of which the interval has z_(1+level)/2 on a side.

    >>> round(detectable(Estimate(5.0, -15.0, 25.0)), 1)
    28.6
    """
    sides = ndtri((1 + level) / 2)
    return float((found.high - found.low) / 2 * (sides + ndtri(power)) / sides)


def _effective(arm: Arm) -> tuple[Floats, Floats]:
    """How many converted of how many, as if each person had been assigned alone."""
    deff = arm.design_effect
    return np.array([arm.converted / deff]), np.array([arm.persons / deff])


def _mean(arm: Amounts) -> float:
    return float(arm.amounts.sum()) / arm.persons


def _mean_draws(arm: Amounts, generator: np.random.Generator) -> Floats:
    """The mean per person under Dirichlet weights; those worth nothing share one gamma weight."""
    weights = generator.standard_exponential((DRAWS, len(arm.amounts)))
    others = generator.standard_gamma(arm.persons - len(arm.amounts), DRAWS)
    return np.asarray(weights @ arm.amounts / (weights.sum(axis=1) + others))
