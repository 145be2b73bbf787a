"""Calibration: plans and forecasts of many made-up companies, kept as rows and reported.

`python -m bench calibration` tries companies, in parts where asked and going on where it stopped;
`python -m bench calibration --report` writes what all rows say into `bench/CALIBRATION.md`.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

from bench.calibration.reporting import write_report
from bench.calibration.rows import keep, tried_before
from bench.calibration.trial import tried
from bench.report import WORK
from data.sample_company.families.nature import Family

COMPANIES = 125
"""Companies of each family: a thousand in all, no two of one seed, which would share their luck."""


def main(arguments: Sequence[str]) -> None:
    """Try the asked companies that were not tried yet, or report."""
    parser = argparse.ArgumentParser(prog="python -m bench calibration", description=__doc__)
    names = [family.value for family in Family]
    parser.add_argument("--families", nargs="+", choices=names, default=names)
    parser.add_argument("--companies", type=int, default=COMPANIES, help="of each family")
    parser.add_argument("--first", type=int, default=1, help="number of the first company")
    parser.add_argument("--part", default="1/1", help="K/OF: every OF-th company from the K-th on")
    parser.add_argument("--into", type=Path, default=WORK / "calibration", help="folder of rows")
    parser.add_argument("--report", action="store_true")
    options = parser.parse_args(arguments)
    if options.report:
        write_report(options.into)
        return
    part, parts = (int(number) for number in options.part.split("/"))
    numbers = range(options.first, options.first + options.companies)
    cases = [
        (family, number * len(Family) + place)
        for number in numbers
        for place, family in enumerate(Family)
        if family.value in options.families
    ]
    try_all(cases[part - 1 :: parts], options.into)


def try_all(cases: Sequence[tuple[Family, int]], folder: Path) -> None:
    """Try companies and keep their rows; those whose rows are there are left out."""
    folder.mkdir(parents=True, exist_ok=True)
    before = tried_before(folder)
    for family, seed in cases:
        if (family.value, seed) not in before:
            start = perf_counter()
            plans, forecasts = tried(family, seed)
            keep(folder, family, seed, plans, forecasts, perf_counter() - start)
