"""How often tests find the effects they were designed for: `python -m bench.experiments`."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metrics.estimators.experiments.control_regions import read_regions
from metrics.estimators.experiments.person_design import PersonTest, person_test
from metrics.estimators.experiments.person_holdout import Arm, incremental_conversions
from metrics.estimators.experiments.region_design import NoTest, region_test

Floats = NDArray[np.float64]

HOLD_OUTS = (
    (0.04, 0.06, 20_000, 0.5),
    (0.01, 0.013, 200_000, 0.5),
    (0.04, 0.06, 20_000, 0.1),
    (0.30, 0.36, 3_000, 0.5),
    (0.02, 0.03, 2_000, 0.5),
)
"""Rates without and with the channel, people there are, and the share of the control arm."""


@dataclass(frozen=True)
class Market:
    """Regions that share what happens to the market from week to week."""

    regions: int = 12
    weekly: float = 30.0
    swing: float = 0.2
    lift: float = 0.15

    def outcome(self, weeks: int, generator: np.random.Generator) -> Floats:
        """Conversions per region and week; half of the regions are half as large."""
        sizes = np.where(np.arange(self.regions) % 2, 0.5, 1.0) * self.weekly
        market = np.maximum(0.1, 1 + self.swing * generator.standard_normal(weeks))
        return generator.poisson(sizes[:, None] * market).astype(np.float64)


MARKETS = (
    Market(),
    Market(regions=6, weekly=60.0, lift=0.1),
    Market(regions=20, weekly=10.0, swing=0.3),
    Market(lift=0.06),
)


@dataclass(frozen=True)
class Found:
    """Of so many tests, which share found the effect, and which was said to."""

    tests: int
    stated: float
    found: float


def hold_outs_found(design: PersonTest, tests: int, generator: np.random.Generator) -> Found:
    """Hold-outs of one design, read one by one."""
    with_it = generator.binomial(design.test, design.rate_with, tests)
    without = generator.binomial(design.control, design.rate_without, tests)
    readings = [
        incremental_conversions(Arm(design.test, int(a)), Arm(design.control, int(b)), 1.0)
        for a, b in zip(with_it, without, strict=True)
    ]
    found = [each.more_than_chance and each.difference.above_zero for each in readings]
    return Found(tests, design.power, float(np.mean(found)))


def region_tests_found(market: Market, tests: int, generator: np.random.Generator) -> Found:
    """Tests by regions, each with a past of its own, designed from that past and then read."""
    stated, found = [], []
    for _ in range(tests):
        before = market.outcome(52, generator)
        design = region_test(before, np.full(market.regions, 1.0), market.lift, generator)
        if isinstance(design, NoTest):
            continue
        during = market.outcome(design.weeks, generator)
        regions = list(design.regions)
        during[regions] += generator.poisson(
            market.lift * np.repeat(before[regions].mean(axis=1)[:, None], design.weeks, axis=1)
        )
        weeks = np.concatenate((before, during), axis=1)
        tested = weeks[regions].sum(axis=0)
        reading = read_regions(tested, weeks.sum(axis=0) - tested, 52, spend=1.0)
        stated.append(design.power)
        found.append(reading.effect is not None and reading.effect.total.above_zero)
    return Found(len(found), float(np.mean(stated)), float(np.mean(found)))


def main() -> None:
    """Print, for each design, the power that was stated and how often the effect was found."""
    parser = argparse.ArgumentParser(prog="python -m bench.experiments", description=__doc__)
    parser.add_argument("--tests", type=int, default=1000)
    tests = parser.parse_args().tests
    generator = np.random.default_rng(1)
    for without, with_it, available, control_share in HOLD_OUTS:
        design = person_test(without, with_it, available, 1.0, control_share)
        _say(f"{design.test} + {design.control} people", hold_outs_found(design, tests, generator))
    for market in MARKETS:
        _say(str(market), region_tests_found(market, tests, generator))


def _say(what: str, found: Found) -> None:
    print(f"{what}: stated {found.stated:.3f}, found {found.found:.3f} of {found.tests}")


if __name__ == "__main__":
    main()
