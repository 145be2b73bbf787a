"""How often the gate lets curves of made-up companies pass: `python -m bench.calibration.response`.

Twelve regions of unlike size by 104 weeks, MQLs by Poisson around a season and a drift of each
region. Of four channels two bring something or not, one varies and never brings anything, and one
hardly varies.
"""

from __future__ import annotations

import argparse
from datetime import date
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from metrics.budget.curves import channel_curves
from metrics.budget.weeks import SpendWeeks, UnitKind

UNITS, WEEKS = 12, 104
EFFECTIVE = {"Search": (100.0, 20.0, 100.0), "Social": (60.0, 12.0, 70.0)}
"""Spend a week in a region of mean size, most MQLs a week, and the spend that brings half."""


class Truth(StrEnum):
    """What spend on the effective channels brings."""

    NOTHING = "nothing"
    LINE = "a straight line"
    CURVE = "a curve"


def company(truth: Truth, seed: int) -> SpendWeeks:
    """The weeks of one made-up company."""
    generator = np.random.default_rng(seed)
    shape = (UNITS, WEEKS)
    size = np.linspace(0.5, 1.5, UNITS)[:, None]
    rate = np.broadcast_to(15 * (1 + 0.2 * np.sin(2 * np.pi * np.arange(WEEKS) / 52)), shape)
    spend = {name: each[0] * generator.lognormal(0, 0.6, shape) for name, each in EFFECTIVE.items()}
    spend["Idle"] = 40 * generator.lognormal(0, 0.6, shape)
    spend["Flat"] = 50 * (1 + 0.05 * generator.standard_normal(shape))
    for name, (usual, most, half) in EFFECTIVE.items():
        if truth is Truth.LINE:
            rate = rate + most / 2 * spend[name] / usual
        elif truth is Truth.CURVE:
            rate = rate + most * spend[name] / (half + spend[name])
    drift = np.exp(0.015 * np.cumsum(generator.standard_normal(shape), axis=1))
    of_units = np.stack([size * each for each in spend.values()])
    return SpendWeeks(
        kind=UnitKind.REGION,
        units=tuple(f"R{number}" for number in range(UNITS)),
        channels=tuple(spend),
        first_on=date(2024, 1, 1),
        mqls=generator.poisson(size * rate * drift).astype(np.float64),
        spend=of_units,
        whole=of_units.sum(axis=1),
        known=(1.0,) * len(spend),
    )


def slopes(found: SpendWeeks) -> dict[str, NDArray[np.float64]]:
    """Draws of the slope at the usual spend, of each effective channel that passed."""
    curves = channel_curves(found)
    at = np.array([EFFECTIVE.get(each, (1.0,))[0] for each in curves.channels])
    drawn = curves.draws.marginal(at)
    return {each: drawn[:, place] for place, each in enumerate(curves.channels)}


def main() -> None:
    """Print, for each truth, how often each channel passed, and how often bounds held the slope."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--companies", type=int, default=40)
    count = parser.parse_args().companies
    for truth in Truth:
        passed = dict.fromkeys((*EFFECTIVE, "Idle", "Flat"), 0)
        held = 0
        for seed in range(count):
            for channel, drawn in slopes(company(truth, seed)).items():
                passed[channel] += 1
                usual, most, half = EFFECTIVE.get(channel, (1.0, 0.0, 1.0))
                low, high = np.quantile(drawn, (0.025, 0.975))
                held += bool(low <= most * half / (half + usual) ** 2 <= high)
        words = ", ".join(f"{name} {number}" for name, number in passed.items())
        coverage = f"; bounds held {held} of the slopes" if truth is Truth.CURVE else ""
        print(f"{truth}: of {count} passed {words}{coverage}")


if __name__ == "__main__":
    main()
