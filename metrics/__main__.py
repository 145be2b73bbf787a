"""Any metric as a table, CSV or JSON: `python -m metrics [NAME] …`; without a name, the list."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from enum import StrEnum
from itertools import groupby
from typing import TypeVar

import polars as pl
from rich.console import Console
from rich.table import Table
from rich.text import Text

from data.definitions import Definitions
from data.engine.warehouse import DuckDBWarehouse, Warehouse, open_current
from data.errors import BackcastError, MetricError
from data.formulas import inert
from data.notebook.notebook import Notebook
from data.storage.fallback import warn_of_fallback
from data.storage.store import Store
from data.storage.work_folders import sweep
from metrics.catalogue import Metric, catalogue, find_metric
from metrics.forecast.forecast import forecast
from metrics.forecast.landing import landing
from metrics.forecast.ledger import record_forecast
from metrics.horizon import horizon
from metrics.period import Period
from metrics.plan.backward import command
from metrics.plan.draws import draw
from metrics.plan.history import history
from metrics.scope import Basis, Counting, Dimension, Filter, Scope, Unit

Choice = TypeVar("Choice", bound=StrEnum)

WIDEST = 10_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a metric or the list of them. 0 when it could be answered, 1 if not, 2 on misuse."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given and given[0] == PLAN:
        return _plan(given)
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
        if options.record and metric.name != forecast.__name__:
            raise MetricError(f"{metric.name} is not recorded: leave out --record")
        warehouse = open_current(Store.from_environment())
        scope = _scope(warehouse, options) if metric.is_scoped else None
        frame = metric.measure(warehouse, scope, options.by, Definitions.load())
        _print(frame, options.format)
        if options.record:
            console.print(_recorded(warehouse, _scope(warehouse, options)))
    except BackcastError as error:
        console.print(Text.assemble(("Error:", "bold red"), f" {error}"), soft_wrap=True)
        return 1
    return 0


PLAN = "backward_plan"


def _plan(arguments: Sequence[str]) -> int:
    """Print a backward plan: its sentence on stderr, the required funnel on stdout."""
    parser = argparse.ArgumentParser(prog=f"python -m metrics {PLAN}", description=command.__doc__)
    parser.add_argument("name", choices=[PLAN], help=argparse.SUPPRESS)
    command.add_arguments(parser)
    parser.add_argument("--segments", type=_member(Dimension), help="tell these segments apart")
    parser.add_argument("--from", dest="start", type=_day, help="first day of the history used")
    parser.add_argument("--to", dest="end", type=_day, help="last day of the history used")
    _add_where(parser)
    options = parser.parse_args(arguments)
    console = Console(stderr=True)
    sweep(Store.from_environment().path)
    warn_of_fallback(Store.from_environment())
    try:
        warehouse = open_current(Store.from_environment())
        usual = _parser().parse_args([PLAN])
        asked = argparse.Namespace(**(vars(usual) | vars(options)))
        scope = _scope(warehouse, asked)
        sentence, frame = command.answer(warehouse, scope, options.segments, options)
        console.print(Text(sentence), soft_wrap=True)
        _print(frame, options.format)
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
        "--record",
        action="store_true",
        help="with forecast: write what is said of each quarter into the notebook's ledger",
    )
    _add_where(parser)
    return parser


def _add_where(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--where",
        type=_condition,
        action="append",
        default=[],
        metavar="DIM=VALUE",
        help="keep rows of this segment; the same dimension again adds a value",
    )
    parser.add_argument("--format", choices=("table", "csv", "json"), default="table")


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


def _recorded(warehouse: DuckDBWarehouse, scope: Scope) -> str:
    """What was written into the ledger, in words. Raises MetricError where nothing can be said."""
    past = history(warehouse, scope)
    quarters = record_forecast(
        Notebook(Store.from_environment().path),
        landing(past, draw(past)),
        scope,
        definitions=Definitions.load(),
        generation=warehouse.generation,
        said_at=datetime.now(UTC),
    )
    return f"Recorded for {quarters} quarters. Nothing that was recorded before is changed."


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
