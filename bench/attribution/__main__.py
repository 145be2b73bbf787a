"""Credit, verdicts and budgets against what was planted: `python -m bench.attribution WHAT`."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from bench.attribution.allocating import Past, months_let_through, spread
from bench.attribution.bands import Seen, report, try_all
from bench.attribution.exactness import farthest_off
from bench.attribution.harvester import Demand, told
from bench.attribution.lags import equal_lift
from bench.report import WORK


def main() -> None:
    """Run what is asked and print what was found."""
    parser = argparse.ArgumentParser(prog="python -m bench.attribution", description=__doc__)
    what = parser.add_subparsers(dest="what", required=True)
    exact = what.add_parser("exactness", help="effects of orders 1 to 3 and Shapley, brute force")
    exact.add_argument("--chains", type=int, default=10_000)
    bands = what.add_parser("bands", help="how often 90%% bands hold the planted credit")
    bands.add_argument("--seen", choices=[each.value for each in Seen])
    bands.add_argument("--companies", type=int, default=250)
    bands.add_argument("--into", type=Path, default=WORK / "bands", help="folder of rows")
    harvester = what.add_parser("harvester", help="what brand search without effect is told to be")
    harvester.add_argument("--companies", type=int, default=20, help="of each kind")
    lags = what.add_parser("lags", help="shares of a fast and a slow channel of equal effect")
    lags.add_argument("--journeys", type=int, default=60_000)
    budgets = what.add_parser("budgets", help="what budgets miss that learnt curves spread")
    budgets.add_argument("--pasts", type=int, default=40, help="of each kind")
    options = parser.parse_args()
    if options.what == "exactness":
        print(farthest_off(options.chains, np.random.default_rng(1)))
    elif options.what == "bands":
        for seen in [Seen(options.seen)] if options.seen else Seen:
            try_all(seen, options.companies, options.into)
        print(report(options.into))
    elif options.what == "harvester":
        for accounts in (40, 100, 300):
            for alone in (0.0, 0.1):
                demand = Demand(accounts, alone=alone)
                print(demand, told(demand, options.companies), flush=True)
    elif options.what == "lags":
        for fast, slow in ((5, 5), (5, 60), (10, 120)):
            for lookback in (None, 1460):
                print(fast, slow, equal_lift(fast, slow, options.journeys, 1, lookback), flush=True)
    else:
        print("months let through:", months_let_through(options.pasts * 5))
        for noise in (0.03, 0.1, 0.3):
            print(Past(noise=noise), spread(Past(noise=noise), options.pasts), flush=True)


if __name__ == "__main__":
    main()
