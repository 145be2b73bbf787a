"""Measure the product: `python -m bench [--size small] [--rows 1 2 3 identity]` prints a table.

`python -m bench calibration` holds plans and forecasts against made-up companies instead.
"""

from __future__ import annotations

import argparse
import sys

from bench.calibration import run as calibration
from bench.identity import measure_identity
from bench.report import WORK, machine, markdown
from bench.speed.crediting import measure_crediting
from bench.speed.following import measure_following
from bench.speed.loading import measure_loading
from bench.speed.measuring import measure_metrics
from bench.speed.paging import measure_pages
from bench.speed.planning import measure_planning
from bench.speed.reloading import measure_reloading
from bench.speed.starting import measure_start
from bench.stores import Size

ROWS = {
    "1": measure_loading,
    "2": measure_reloading,
    "3": measure_metrics,
    "4": measure_pages,
    "6": measure_crediting,
    "7": measure_planning,
    "9": measure_start,
    "12": measure_following,
    "identity": measure_identity,
}


def main() -> None:
    """Run the asked rows one after the other and print their lines."""
    if sys.argv[1:2] == ["calibration"]:
        calibration.main(sys.argv[2:])
        return
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--size", choices=[size.name.lower() for size in Size], default="small")
    parser.add_argument("--rows", nargs="+", choices=list(ROWS), default=list(ROWS))
    options = parser.parse_args()
    WORK.mkdir(exist_ok=True)
    size = Size[options.size.upper()]
    lines = [line for row in options.rows for line in ROWS[row](size)]
    print(f"{machine()}\n\n{markdown(lines)}")


if __name__ == "__main__":
    main()
