"""Credit, verdicts and budgets against what was planted: `python -m bench.attribution WHAT`."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from bench.attribution.bands import Seen, report, try_all
from bench.attribution.exactness import farthest_off
from bench.report import WORK


def main() -> None:
    """Run what is asked and print what was found."""
    parser = argparse.ArgumentParser(prog="python -m bench.attribution", description=__doc__)
    what = parser.add_subparsers(dest="what", required=True)
    exact = what.add_parser("exactness", help="effects of orders 1 to 3 and Shapley, brute force")
    exact.add_argument("--chains", type=int, default=10_000)
    bands = what.add_parser("bands", help="how often 90 %% bands hold the planted credit")
    bands.add_argument("--seen", choices=[each.value for each in Seen])
    bands.add_argument("--companies", type=int, default=250)
    bands.add_argument("--into", type=Path, default=WORK / "bands", help="folder of rows")
    options = parser.parse_args()
    if options.what == "exactness":
        print(farthest_off(options.chains, np.random.default_rng(1)))
    elif options.what == "bands":
        for seen in [Seen(options.seen)] if options.seen else Seen:
            try_all(seen, options.companies, options.into)
        print(report(options.into))


if __name__ == "__main__":
    main()
