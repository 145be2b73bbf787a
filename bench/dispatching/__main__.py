"""What is said of re-routing where its worth is known: `python -m bench.dispatching`."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np
from scipy.stats import spearmanr

from bench.dispatching.company import GROUPS, Company, World, company
from metrics.estimators.routing.rerouting import gain_draws, learned, rerouted

_WORLDS = {
    "sellers differ by segment": World(),
    "sellers do not differ": World(of_seller=0.0, by_segment=0.0),
}


@dataclass(frozen=True, slots=True)
class Said:
    """What was said of one company, and what is true."""

    gain: float
    true: float
    bounds: tuple[float, float, float, float]
    rank: float
    proposable: float


def main() -> None:
    """Make so many companies of each world, and print what is said of them."""
    parser = argparse.ArgumentParser(prog="python -m bench.dispatching", description=__doc__)
    parser.add_argument("--companies", type=int, default=200, help="of each world")
    options = parser.parse_args()
    for name, world in _WORLDS.items():
        found = [
            said(company(world, np.random.default_rng(s)), s) for s in range(options.companies)
        ]
        print(name, _told(found), flush=True)


def said(of: Company, seed: int) -> Said:
    """The policy, its worth with interval, and the share of cells of which one could propose."""
    policy, found = learned(of.history, of.sellers), rerouted(of.history, of.sellers, GROUPS)
    gain, given = found.gain.sum(axis=0), found.given.sum(axis=0)
    rng = np.random.default_rng(seed)
    low, low_80, high_80, high = np.quantile(
        gain_draws(gain, given, 2_000, rng), (0.025, 0.1, 0.9, 0.975)
    )
    beyond = policy.rates.beyond
    leads = of.history.counted[0].sum(axis=3, keepdims=True)
    true = (of.rates * leads).sum(axis=(1, 2)) / leads.sum(axis=(1, 2))
    ranks = spearmanr(beyond.expected.ravel(), (true.T - true.T.mean(axis=0)).ravel()).statistic
    drawn = beyond.draw(500, rng)
    sure = (drawn > drawn.mean(axis=1, keepdims=True)).mean(axis=0) >= 0.95
    bounds = (float(low), float(low_80), float(high_80), float(high))
    proposable = float(sure.mean()) if low > 0 else 0.0
    return Said(float(gain.sum() / given.sum()), of.gain(policy), bounds, float(ranks), proposable)


def _told(found: list[Said]) -> dict[str, str]:
    shares: dict[str, list[float]] = {
        "80% interval holds": [e.bounds[1] <= e.true <= e.bounds[2] for e in found],
        "95% interval holds": [e.bounds[0] <= e.true <= e.bounds[3] for e in found],
        "80% interval holds 0": [e.bounds[1] <= 0 <= e.bounds[2] for e in found],
        "gain claimed": [e.bounds[0] > 0 for e in found],
        "cells proposed": [e.proposable for e in found],
        "gain said": [e.gain for e in found],
        "true gain": [e.true for e in found],
        "width of 80%": [e.bounds[2] - e.bounds[1] for e in found],
    }
    ranks = np.array([each.rank for each in found])
    known = ranks[np.isfinite(ranks)]
    told = {name: f"{np.mean(each):.1%}" for name, each in shares.items()}
    if (
        len(known) and np.median(known) > 0.1
    ):  # where nobody differs, ranks of rounding tell nothing
        quartiles = np.quantile(known, (0.25, 0.5, 0.75))
        told["rank correlation, quartiles"] = " ".join(f"{each:.2f}" for each in quartiles)
    return told


if __name__ == "__main__":
    main()
