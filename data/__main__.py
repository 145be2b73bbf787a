"""Command line of the data layer: `python -m data sample …` and `python -m data derive`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from data.definitions import Definitions
from data.derive import derive
from data.draft import Draft
from data.errors import BackcastError
from data.generations import Store
from data.sample import SampleSize, write_interactions, write_sample


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command named by the arguments."""
    parser = argparse.ArgumentParser(prog="python -m data", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_sample(commands)
    _add_derive(commands)
    options = parser.parse_args(arguments)
    try:
        status: int = options.run(options)
    except BackcastError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    return status


def _add_sample(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = commands.add_parser("sample", help="write the exports of a made-up company")
    command.add_argument("--leads", type=_positive, default=5_000, help="lead records (5000)")
    command.add_argument("--out", type=Path, required=True, help="directory to write into")
    command.add_argument("--seed", type=int, default=7, help="another seed, another company (7)")
    command.add_argument(
        "--until", type=date.fromisoformat, default=date.today(), help="last day (today)"
    )
    command.add_argument("--months", type=_positive, default=30, help="months of history (30)")
    command.add_argument(
        "--only", choices=["interactions"], help="write only interactions.csv, for benchmarks"
    )
    command.set_defaults(run=_sample)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is less than 1")
    return number


def _sample(options: argparse.Namespace) -> int:
    size = SampleSize(options.leads, options.until, options.seed, options.months)
    if options.only:
        rows = write_interactions(options.out, size)
        print(f"{options.out / 'interactions.csv'}: {rows:,} rows")
    else:
        write_sample(options.out, size)
        for path in sorted(options.out.iterdir()):
            print(path)
    return 0


def _add_derive(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = commands.add_parser(
        "derive", help="rebuild the derived tables, after the definitions changed"
    )
    command.set_defaults(run=_derive)


def _derive(options: argparse.Namespace) -> int:
    definitions = Definitions.load()
    store = Store.from_environment()
    store.current()
    with store.writing(on_wait=print) as path, Draft.open(path) as draft:
        derive(draft, definitions)
    print(f"{store.path}: the derived tables follow the definitions in force now")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
