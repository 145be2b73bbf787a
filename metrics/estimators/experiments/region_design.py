"""Design of a test by regions: which regions, how many weeks, and how often it finds an effect."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy.stats import nct
from scipy.stats import t as student

from metrics.estimators.experiments.control_regions import (
    FEWEST_WEEKS,
    PretestFit,
    pretest_fit,
    pretest_problems,
)
from metrics.estimators.experiments.person_design import POWER

Floats = NDArray[np.float64]

FEWEST_REGIONS = 4
WEEKS = (4, 6, 8, 10, 12, 16, 20, 26)
"""How long a test may be."""
_SPLITS = 20


class NoTest(StrEnum):
    """Why regions cannot decide."""

    FEW_REGIONS = "there are fewer than four regions"
    FEW_WEEKS = "there are fewer than twelve weeks before the test"
    UNRELATED = "no choice of test regions moves with the others"


@dataclass(frozen=True)
class RegionTest:
    """A test by regions to make: where, how long, what it costs, how often it finds the effect."""

    regions: tuple[int, ...]
    """Positions of the test regions; the others are the control."""
    weeks: int
    pretest_weeks: int
    lift: float
    """Conjectured share by which the channel raises the outcome of a region."""
    spend: float
    power: float

    @property
    def enough(self) -> bool:
        """Whether the test would find the effect often enough to be worth making."""
        return self.power >= POWER


def region_test(
    outcome: Floats, spend: Floats, lift: float, generator: np.random.Generator
) -> RegionTest | NoTest:
    """In which regions, and for how many weeks, must a channel be tested to find such a lift?

    `outcome` is one row per region and one column per week before the test, `spend` what the test
    changes in each region per week: what is spent more, or what is saved where the channel is
    switched off. Of a quarter, a third and half of the regions, for 4 to 26 weeks but no longer
    than the pretest, the cheapest test with a power of 80% is taken; where none has it, the one
    with the largest. Test regions are drawn at random, one of each few of like size. Choices whose
    pretest has a problem are drawn anew. The power rests on the residuals of twenty such choices
    together, so that no lucky one promises too much. Equal generators give equal tests.

    Raises ValueError for a lift that is not above 0, and for shapes that do not fit.

    >>> market = 1 + 0.2 * np.random.default_rng(1).standard_normal(52)
    >>> outcome = np.random.default_rng(2).poisson(30 * market, (12, 52)).astype(float)
    >>> found = region_test(outcome, np.full(12, 500.0), 0.15, np.random.default_rng(3))
    >>> len(found.regions), found.weeks, found.spend, found.enough
    (4, 6, 12000.0, True)
    """
    if lift <= 0:
        raise ValueError(f"a lift is above 0, not {lift}")
    if outcome.ndim != 2 or spend.shape != outcome.shape[:1]:
        raise ValueError("one row of weeks and one spend per region")
    regions, before = outcome.shape
    if regions < FEWEST_REGIONS:
        return NoTest.FEW_REGIONS
    if before < FEWEST_WEEKS:
        return NoTest.FEW_WEEKS
    found = [
        _longer(outcome, spend, lift, number, generator)
        for number in sorted({max(1, regions // part) for part in (4, 3, 2)})
    ]
    tests = [each for some in found for each in some]
    if not tests:
        return NoTest.UNRELATED
    enough = [each for each in tests if each.enough]
    if enough:
        return min(enough, key=lambda each: (each.spend, each.weeks))
    return max(tests, key=lambda each: each.power)


def region_power(effect: float, residual_sd: float, pretest_weeks: int, weeks: int) -> float:
    """How often does a test by regions find an effect of so much per week?

    How often the 95% interval of `control_regions.read_regions` lies above 0: noncentral t with
    n - 2 degrees of freedom. The sum of T weeks has the variance
    s² · (T + T²/n) · (1 + 1/(n - 3)), the last factor for the control regions, which move in the
    test as they did before.

    >>> round(region_power(effect=4.0, residual_sd=6.0, pretest_weeks=26, weeks=8), 3)
    0.341
    """
    deviation = residual_sd * np.sqrt(
        (weeks + weeks**2 / pretest_weeks) * (1 + 1 / (pretest_weeks - 3))
    )
    freedom = pretest_weeks - 2
    if deviation == 0:
        return 1.0
    found = nct.sf(student.ppf(0.975, freedom), freedom, weeks * effect / deviation)
    return float(found) if np.isfinite(found) else 1.0


def _longer(
    outcome: Floats, spend: Floats, lift: float, number: int, generator: np.random.Generator
) -> list[RegionTest]:
    """Tests of so many regions, each length once; none where no choice of regions is sound."""
    before = outcome.shape[1]
    sound: list[tuple[NDArray[np.int64], PretestFit]] = []
    for _ in range(_SPLITS):
        chosen = _choice(outcome.mean(axis=1), number, generator)
        tested = outcome[chosen].sum(axis=0)
        control = outcome.sum(axis=0) - tested
        fit = pretest_fit(tested, control)
        if not pretest_problems(tested, control, fit):
            sound.append((chosen, fit))
    if not sound:
        return []
    chosen = sound[0][0]
    residual_sd = float(np.sqrt(np.mean([fit.residual_sd**2 for _, fit in sound])))
    effect = lift * float(np.mean([outcome[each].sum() for each, _ in sound])) / before
    return [
        RegionTest(
            regions=tuple(sorted(chosen.tolist())),
            weeks=weeks,
            pretest_weeks=before,
            lift=lift,
            spend=weeks * float(spend[chosen].sum()),
            power=region_power(effect, residual_sd, before, weeks),
        )
        for weeks in WEEKS
        if weeks <= before
    ]


def _choice(sizes: Floats, number: int, generator: np.random.Generator) -> NDArray[np.int64]:
    """So many regions, one at random of each group of neighbours in size."""
    groups = np.array_split(np.argsort(-sizes, kind="stable"), number)
    return np.array([generator.choice(group) for group in groups])
