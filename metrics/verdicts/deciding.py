"""The test that would decide: whether what a channel is credited with is its doing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metrics.estimators.experiments.person_design import PersonTest, person_test
from metrics.estimators.experiments.region_design import NoTest, RegionTest, region_test

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class People:
    """Whom a channel can be kept from one by one."""

    people: int
    """Those it will reach while the test runs."""
    rate: float
    """Share of them that converts, as long as the channel reaches them."""
    spend_per_person: float


@dataclass(frozen=True, eq=False)
class Regions:
    """Where a channel can be switched off or turned up, and what came there week by week."""

    names: tuple[str, ...]
    outcome: Floats
    """[regions, weeks]"""
    spend: Floats
    """What the test would change per region and week."""


@dataclass(frozen=True)
class DecidingTest:
    """A test to make, and the names of its test regions where it is by regions."""

    test: PersonTest | RegionTest
    regions: tuple[str, ...] = ()
    control_regions: int = 0


def deciding_test(
    credited: float,
    people: People | None,
    regions: Regions | None,
    generator: np.random.Generator,
) -> DecidingTest | None:
    """Which test would tell whether a channel brings what it is credited with?

    `credited` is the share of the conversions of the people or regions that the channel's credit
    is. If the credit is right, their rate without it is lower by this share; a test that finds such
    a difference is looked for. Of tests with a power of 80% the cheaper one, else the one with
    more power. None where neither people nor regions can be tested. Equal generators give equal
    tests.

    Raises ValueError for a share outside 0 to 1.

    >>> people = People(20_000, 0.06, spend_per_person=2.5)
    >>> found = deciding_test(1 / 3, people, None, np.random.default_rng(1))
    >>> found.test.test, round(found.test.rate_without, 2), found.test.spend
    (1854, 0.04, 4635.0)
    """
    if not 0 < credited < 1:
        raise ValueError(f"the credited share lies between 0 and 1, not at {credited}")
    found = []
    if people is not None and people.people > 1 and 0 < people.rate < 1:
        without = people.rate * (1 - credited)
        hold_out = person_test(without, people.rate, people.people, people.spend_per_person)
        found.append(DecidingTest(hold_out))
    if regions is not None:
        by_region = region_test(
            regions.outcome, regions.spend, credited / (1 - credited), generator
        )
        if not isinstance(by_region, NoTest):
            names = tuple(regions.names[each] for each in by_region.regions)
            found.append(DecidingTest(by_region, names, len(regions.names) - len(names)))
    enough = [each for each in found if each.test.enough]
    if enough:
        return min(enough, key=lambda each: each.test.spend)
    return max(found, key=lambda each: each.test.power, default=None)
