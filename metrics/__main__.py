"""Any metric as a table, CSV or JSON: `python -m metrics [NAME] …`; without a name, the list."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import date
from enum import StrEnum
from itertools import groupby
from typing import TypeVar

import polars as pl
from rich.console import Console
from rich.table import Table
from rich.text import Text

from data.definitions import Definitions
from data.engine.warehouse import Warehouse, open_current
from data.errors import BackcastError, MetricError
from data.formulas import inert
from data.storage.fallback import warn_of_fallback
from data.storage.store import Store
from data.storage.work_folders import sweep
from metrics.catalogue import Metric, catalogue, find_metric
from metrics.horizon import horizon
from metrics.period import Period
from metrics.plan.events import command as events
from metrics.scope import Basis, Counting, Dimension, Filter, Scope, Unit

Choice = TypeVar("Choice", bound=StrEnum)

WIDEST = 10_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a metric or the list of them. 0 when it could be answered, 1 if not, 2 on misuse."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given and given[0] == EVENTS:
        return _event_plan(given)
    options = _parser().parse_args(given)
    console = Console(stderr=True)
    sweep(Store.from_environment().path)
    warn_of_fallback(Store.from_environment())
    try:
        if options.name is None:
            _print_catalogue()
            return 0
        metric = find_metric(options.name)
        _refuse_scope(metric, options)
        warehouse = open_current(Store.from_environment())
        scope = _scope(warehouse, options) if metric.is_scoped else None
        frame = metric.measure(warehouse, scope, options.by, Definitions.load())
        _print(frame, options.format)
    except BackcastError as error:
        console.print(Text.assemble(("Error:", "bold red"), f" {error}"), soft_wrap=True)
        return 1
    return 0


EVENTS = "event_plan"


def _event_plan(arguments: Sequence[str]) -> int:
    """Print an event plan: its sentences on stderr, its table on stdout."""
    parser = argparse.ArgumentParser(prog=f"python -m metrics {EVENTS}", description=events.__doc__)
    parser.add_argument("name", choices=[EVENTS], help=argparse.SUPPRESS)
    events.add_arguments(parser)
    parser.add_argument("--from", dest="start", type=_day, help="first day of the events used")
    parser.add_argument("--to", dest="end", type=_day, help="last day of the events used")
    parser.add_argument(
        "--where", type=_condition, action="append", default=[], metavar="DIM=VALUE"
    )
    parser.add_argument("--format", choices=("table", "csv", "json"), default="table")
    options = parser.parse_args(arguments)
    console = Console(stderr=True)
    sweep(Store.from_environment().path)
    warn_of_fallback(Store.from_environment())
    try:
        warehouse = open_current(Store.from_environment())
        usual = _parser().parse_args([EVENTS])
        asked = argparse.Namespace(**(vars(usual) | vars(options)))
        found = events.answer(warehouse, _scope(warehouse, asked), options)
        for sentence in found.sentences:
            console.print(Text(sentence), soft_wrap=True)
        _print(found.table, options.format)
    except BackcastError as error:
        console.print(Text.assemble(("Error:", "bold red"), f" {error}"), soft_wrap=True)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m metrics", description=__doc__)
    parser.add_argument("name", nargs="?", help="the metric; leave out to list them")
    parser.add_argument("--by", type=_member(Dimension), help="slice by this dimension")
    parser.add_argument("--from", dest="start", type=_day, help="first day, YYYY-MM-DD")
    parser.add_argument("--to", dest="end", type=_day, help="last day, YYYY-MM-DD")
    parser.add_argument("--basis", type=_member(Basis), default=Basis.COHORT)
    parser.add_argument("--unit", type=_member(Unit), default=Unit.LEAD)
    parser.add_argument("--counting", type=_member(Counting), default=Counting.REACHED)
    parser.add_argument(
        "--window", type=int, metavar="DAYS", help="count conversions within so many days only"
    )
    parser.add_argument(
        "--where",
        type=_condition,
        action="append",
        default=[],
        metavar="DIM=VALUE",
        help="keep rows of this segment; the same dimension again adds a value",
    )
    parser.add_argument("--format", choices=("table", "csv", "json"), default="table")
    return parser


def _member(kind: type[Choice]) -> Callable[[str], Choice]:
    def convert(text: str) -> Choice:
        try:
            return kind(text)
        except ValueError as failure:
            allowed = ", ".join(member.value for member in kind)
            raise argparse.ArgumentTypeError(f"{text!r} is not one of {allowed}") from failure

    return convert


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as failure:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date like 2026-03-31") from failure


def _condition(text: str) -> tuple[Dimension, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form DIMENSION=VALUE")
    return _member(Dimension)(name.strip()), value


def _scope(warehouse: Warehouse, options: argparse.Namespace) -> Scope:
    found = horizon(warehouse)
    values: dict[Dimension, list[str]] = {}
    for dimension, value in options.where:
        values.setdefault(dimension, []).append(value)
    start = options.start or min(found.first, options.end or found.first)
    end = options.end or max(found.last, start)
    return Scope(
        period=Period(start, end),
        observed_until=found.last,
        basis=options.basis,
        unit=options.unit,
        counting=options.counting,
        window_days=options.window,
        filters=tuple(Filter(dimension, tuple(each)) for dimension, each in values.items()),
        windows=Definitions.load().windows,
    )


def _refuse_scope(metric: Metric, options: argparse.Namespace) -> None:
    """Refuse options of a scope for a metric that has none: they would change nothing."""
    if metric.is_scoped:
        return
    usual = _parser().parse_args([metric.name])
    asked = [name for name in _SCOPE if getattr(options, name) != getattr(usual, name)]
    if asked:
        named = ", ".join(f"--{_SCOPE[name]}" for name in asked)
        raise MetricError(f"{metric.name} is about all that is loaded: leave out {named}")


_SCOPE = {
    "by": "by", "start": "from", "end": "to", "basis": "basis", "unit": "unit",
    "counting": "counting", "window": "window", "where": "where",
}  # fmt: skip
"""The options that make the scope: where they are kept, and what they are called."""


def _print_catalogue() -> None:
    scope = ", ".join(f"--{name}" for name in _SCOPE.values() if name != "by")
    table = Table("metric", "question", "options", caption=f"scope: {scope}")
    for _, family in groupby(catalogue().values(), key=lambda metric: metric.family):
        for metric in family:
            table.add_row(metric.name, metric.question, metric.options)
        table.add_section()
    Console().print(table)


def _print(frame: pl.DataFrame, layout: str) -> None:
    if layout == "csv":
        sys.stdout.write(inert(frame).write_csv())
    elif layout == "json":
        decimals = [name for name, dtype in frame.schema.items() if isinstance(dtype, pl.Decimal)]
        sys.stdout.write(frame.with_columns(pl.col(decimals).cast(pl.Float64)).write_json() + "\n")
    else:
        table = Table(*(name.replace("_", "\n") for name in frame.columns))
        for row in frame.iter_rows():
            table.add_row(*(Text(_cell(value)) for value in row))
        # A number cut off to fit the terminal would be another number.
        wide = Console(width=WIDEST)
        wide.print(table, soft_wrap=True)


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.4f}"
    return str(value)


if __name__ == "__main__":
    sys.exit(main())
