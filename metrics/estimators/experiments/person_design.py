"""Design of a person hold-out: how many people it takes to find an effect of a given size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from metrics.estimators.comparing.difference import newcombe
from metrics.estimators.experiments.person_holdout import FEWEST_EVENTS

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

POWER = 0.8
"""How often a test should find the effect that it was made for."""
_NEGLIGIBLE = 1e-9


@dataclass(frozen=True)
class PersonTest:
    """A hold-out to make: people per arm, what it costs, and how often it finds the effect."""

    test: int
    control: int
    rate_without: float
    """Conjectured share that converts without the channel, and with it."""
    rate_with: float
    spend: float
    power: float

    @property
    def enough(self) -> bool:
        """Whether the test would find the effect often enough to be worth making."""
        return self.power >= POWER


def person_test(
    rate_without: float,
    rate_with: float,
    available: int,
    spend_per_person: float,
    control_share: float = 0.5,
) -> PersonTest:
    """How many people does it take to find an effect of this size, and what does it cost?

    The fewest people of both arms together whose hold-out finds the effect with a power of 80%:
    the 95% interval of `person_holdout.incremental_conversions` lies above 0, with five expected
    events. `available` people is the most there are; where they do not do, all are taken and the
    power says how little that is. Only people of the test arm cost `spend_per_person`.

    Raises ValueError unless 0 < rate_without < rate_with < 1, for a share of the control arm
    outside 0 to 1, and where not even one person of each arm is available.

    >>> found = person_test(0.04, 0.06, available=20_000, spend_per_person=2.5)
    >>> found.test + found.control, round(found.power, 2), found.spend
    (3708, 0.8, 4635.0)
    """
    if not 0 < rate_without < rate_with < 1:
        raise ValueError("the channel needs to raise a rate between 0 and 1")
    if not 0 < control_share < 1:
        raise ValueError(f"the control arm is a share of the people, not {control_share}")

    def of(people: int) -> PersonTest:
        control = min(max(1, round(people * control_share)), people - 1)
        test = people - control
        power = holdout_power(test, control, rate_without, rate_with)
        spend = test * spend_per_person
        return PersonTest(test, control, rate_without, rate_with, spend, power)

    if available < 2:
        raise ValueError(f"{available} people cannot be two arms")
    few, enough = 1, available
    found = of(available)
    while found.enough and enough - few > 1:
        middle = (few + enough) // 2
        tried = of(middle)
        few, enough, found = (few, middle, tried) if tried.enough else (middle, enough, found)
    return found


def holdout_power(test: int, control: int, rate_without: float, rate_with: float) -> float:
    """How often does a hold-out of so many people find that the channel adds something?

    Exact: the chance of all counts of the two arms for which Newcombe's 95% interval lies above 0
    and the thinner arm has five expected events.

    >>> round(holdout_power(2000, 2000, 0.04, 0.06), 3)
    0.828
    """
    converted = _likely(control, rate_without)
    least = _least_found(test, control, converted)
    thinner = min(test, control) / (test + control)
    events = int(np.ceil(FEWEST_EVENTS / thinner - _NEGLIGIBLE))
    least = np.maximum(least, events - converted)
    most = test + control - events - converted
    found = binom.cdf(most, test, rate_with) - binom.cdf(least - 1, test, rate_with)
    return float(binom.pmf(converted, control, rate_without) @ np.maximum(found, 0))


def _likely(people: int, rate: float) -> Integers:
    """The counts that are not negligibly rare."""
    low, high = binom.ppf([_NEGLIGIBLE, 1 - _NEGLIGIBLE], people, rate)
    return np.arange(int(low), int(high) + 1)


def _least_found(test: int, control: int, converted: Integers) -> Integers:
    """The fewest conversions of the test arm that are surely more than those of the control arm.

    By halving, for all counts of the control arm at once; one more than `test` where none is.
    """
    too_few, enough = np.full(len(converted), -1), np.full(len(converted), test + 1)
    others, trials = converted.astype(np.float64), np.full(len(converted), float(test))
    while (enough - too_few > 1).any():
        middle = (too_few + enough) // 2
        low, _ = newcombe(middle.astype(np.float64), trials, others, np.full_like(others, control))
        enough, too_few = np.where(low > 0, middle, enough), np.where(low > 0, too_few, middle)
    return enough
