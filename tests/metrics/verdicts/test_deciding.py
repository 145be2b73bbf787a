"""The test that would decide: by people or by regions, the cheaper one that finds the effect."""

from __future__ import annotations

import numpy as np
import pytest

from bench.experiments import Market
from metrics.estimators.experiments.person_design import PersonTest, person_test
from metrics.estimators.experiments.region_design import RegionTest, region_test
from metrics.verdicts.deciding import DecidingTest, People, Regions, deciding_test

NAMES = tuple(f"Region {each}" for each in range(12))


def random() -> np.random.Generator:
    return np.random.default_rng(51)


def regions(cost: float) -> Regions:
    return Regions(NAMES, Market().outcome(52, random()), np.full(12, cost))


def decided(people: People | None, where: Regions | None, credited: float = 0.2) -> DecidingTest:
    found = deciding_test(credited, people, where, random())
    assert found is not None
    return found


def test_the_effect_that_is_looked_for_is_the_credit() -> None:
    found = decided(People(50_000, 0.05, 2.0), None)
    assert found.test == person_test(0.05 * (1 - 0.2), 0.05, 50_000, 2.0)
    by_region = decided(None, regions(100.0))
    where = regions(100.0)
    assert by_region.test == region_test(where.outcome, where.spend, 0.25, random())


def test_the_cheaper_of_two_tests_that_would_decide_is_taken() -> None:
    people = People(50_000, 0.05, 2.0)
    cheap, dear = decided(people, regions(10.0)), decided(people, regions(1e5))
    assert isinstance(cheap.test, RegionTest)
    assert isinstance(dear.test, PersonTest)
    assert cheap.regions == tuple(NAMES[each] for each in cheap.test.regions)
    assert cheap.control_regions == 12 - len(cheap.regions)


def test_a_dear_test_that_decides_goes_before_a_cheap_one_that_does_not() -> None:
    found = decided(People(400, 0.05, 0.01), regions(1e5))
    assert isinstance(found.test, RegionTest)
    assert found.test.enough


def test_where_none_would_decide_the_strongest_is_named() -> None:
    found = decided(People(900, 0.05, 2.0), None)
    assert isinstance(found.test, PersonTest)
    assert not found.test.enough


def test_where_nothing_can_be_tested_there_is_no_test() -> None:
    assert deciding_test(0.2, None, None, random()) is None
    assert deciding_test(0.2, People(1, 0.05, 1.0), None, random()) is None
    few = regions(1.0)
    few = Regions(NAMES[:2], few.outcome[:2], few.spend[:2])
    assert deciding_test(0.2, None, few, random()) is None
    with pytest.raises(ValueError, match="credited share"):
        deciding_test(1.0, None, None, random())
