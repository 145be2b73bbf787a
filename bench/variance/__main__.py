"""How often a company in which nothing changed is told a cause: `python -m bench.variance`."""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np

from bench.variance.company import told
from bench.variance.life import Nature
from metrics.plan.variance.chance import chance_of, parts_by_chance
from metrics.plan.variance.gap import CURRENCY, FALSE_ALARMS, RESTATEMENT, part_names
from metrics.plan.variance.split import gap_parts
from metrics.scope import Stage

NAMES = part_names((Stage.MQL, Stage.SQL, Stage.OPPORTUNITY, Stage.WON))
TESTED = np.array([name not in (CURRENCY, RESTATEMENT) for name in NAMES])
USUAL = Nature()
CHANGES = {
    "nothing": USUAL,
    "volume × 0.7": replace(USUAL, entries=140.0),
    "mix 20:30:50": replace(USUAL, mix=(0.2, 0.3, 0.5)),
    "rate_sql × 0.7": replace(USUAL, rates=tuple((a, b * 0.7, c, d) for a, b, c, d in USUAL.rates)),
    "rate_won × 0.6": replace(USUAL, rates=tuple((a, b, c, d * 0.6) for a, b, c, d in USUAL.rates)),
    "days × 1.6": replace(USUAL, days=tuple(1.6 * each for each in USUAL.days)),
    "size × 0.6": replace(USUAL, amount=24_000.0),
}


def main() -> None:
    """Print, for each planted change, how often each part is more than chance, and first."""
    parser = argparse.ArgumentParser(prog="python -m bench.variance", description=__doc__)
    parser.add_argument("--companies", type=int, default=1000)
    parser.add_argument("--changes", nargs="+", choices=list(CHANGES), default=list(CHANGES))
    parser.add_argument("--months", type=int, default=6)
    parser.add_argument("--entries", type=float, default=USUAL.entries)
    options = parser.parse_args()
    for change in options.changes:
        usual = replace(USUAL, entries=options.entries)
        came = CHANGES[change]
        came = replace(came, entries=came.entries * options.entries / USUAL.entries)
        _report(change, usual, came, options.companies, options.months)


def _report(change: str, usual: Nature, came: Nature, companies: int, months: int) -> None:
    named, first, strongest = (np.zeros(len(NAMES)) for _ in range(3))
    quiet, sums, low = 0, np.zeros(len(NAMES)), np.zeros(len(NAMES))
    for seed in range(companies):
        found = told(usual, came, months, seed)
        parts = gap_parts(found.planned, found.actual)
        chance = chance_of(parts, parts_by_chance(found), TESTED)
        alarms = chance.adjusted <= FALSE_ALARMS
        quiet += not alarms.any()
        named += alarms
        low += chance.p_value < FALSE_ALARMS
        strength = np.nan_to_num(chance.strength)
        strongest[strength.argmax()] += 1
        if alarms.any():
            first[np.where(alarms, strength, -1).argmax()] += 1
        sums += parts
    print(f"\n{change}: nothing more than chance in {quiet / companies:.1%} of {companies}")
    causes_told = max(companies - quiet, 1)
    for place, name in enumerate(NAMES):
        print(
            f"  {name:18} mean {sums[place] / companies:12,.0f}  more than chance"
            f" {named[place] / companies:6.1%}  p < 5% {low[place] / companies:6.1%}"
            f"  strongest {strongest[place] / companies:6.1%}"
            f"  first of the causes told {first[place] / causes_told:6.1%}"
        )


if __name__ == "__main__":
    main()
