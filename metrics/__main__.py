"""Any metric as a table, CSV or JSON: `python -m metrics [NAME] …`; without a name, the list."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Protocol

from rich.console import Console
from rich.text import Text

from data.definitions import Definitions
from data.engine.warehouse import DuckDBWarehouse, Warehouse, open_derived
from data.errors import BackcastError, MetricError
from data.notebook.notebook import Notebook
from data.storage.fallback import warn_of_fallback
from data.storage.store import Store
from data.storage.work_folders import sweep
from metrics.alerts import command as alerts
from metrics.answered import Answered
from metrics.attribution.comparing import command as comparing
from metrics.catalogue import find_metric
from metrics.forecast.back_test import back_test
from metrics.forecast.forecast import forecast
from metrics.forecast.landing import landing
from metrics.forecast.ledger import record_forecast
from metrics.forecast.widening import AS_DRAWN, widening_of
from metrics.health.counted_nowhere import counted_nowhere
from metrics.horizon import horizon
from metrics.journeys import command as journeys
from metrics.loaded.missing import NOTHING_ASKED_FOR, missing
from metrics.plan.backward import command
from metrics.plan.draws import draw
from metrics.plan.events import command as events
from metrics.plan.past.history import history
from metrics.plan.variance import command as versus_actual
from metrics.provenance.asked import Asked, collecting
from metrics.report import command as report
from metrics.scope import Dimension, Scope
from metrics.shell.asking import SCOPE, metric_parser, refuse_scope, sliced_by
from metrics.shell.options import SQL, add_where, day, member, scope_of
from metrics.shell.printing import print_catalogue, print_frame, print_sql
from metrics.wording.uncounted import uncounted_sentence


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a metric or the list of them. 0 when it could be answered, 1 if not, 2 on misuse."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given and given[0] == PLAN:
        return _plan(given)
    if given and given[0] in versus_actual.NAMES:
        return _versus_actual(given)
    if given and given[0] == EVENTS:
        return _in_words(given, events)
    if given and given[0] in comparing.NAMES:
        return _in_words(given, comparing)
    if given and given[0] in journeys.NAMES:
        return _in_words(given, journeys)
    if given and given[0] == report.NAME:
        return _report(given)
    if given and given[0] == alerts.NAME:
        return _alerts(given)
    options = metric_parser().parse_args(given)
    return _answered(lambda console: _metric(options, console), options.format)


def _answered(answer: Callable[[Console], None], layout: str = "") -> int:
    """Let an answer be printed; what is refused is said on stderr, with the status 1.

    With the layout of SQL, what was asked for the answer is printed instead of it.
    """
    console = Console(stderr=True)
    store = Store.from_environment()
    sweep(store.path)
    warn_of_fallback(store)
    try:
        with collecting() as asked:
            answer(console)
        if layout != SQL and (said := _left_out(store, asked)):
            console.print(Text(said), soft_wrap=True)
    except BackcastError as error:
        console.print(Text.assemble(("Error:", "bold red"), f" {error}"), soft_wrap=True)
        return 1
    if layout == SQL:
        print_sql(asked)
    return 0


def _left_out(store: Store, asked: Iterable[Asked]) -> str | None:
    """What answers about a period leave out, of all that is loaded."""
    if not any(each.metric == horizon.__name__ for each in asked):
        return None
    tables = {table for each in asked for table in each.query.tables}
    return uncounted_sentence(counted_nowhere(open_derived(store)), tables)


def _metric(options: argparse.Namespace, console: Console) -> None:
    if options.name is None:
        print_catalogue(SCOPE.values(), _OWN)
        return
    metric = find_metric(options.name)
    refuse_scope(metric, options)
    if options.record and metric.name != forecast.__name__:
        raise MetricError(f"{metric.name} is not recorded: leave out --record")
    if options.record and options.format == SQL:
        raise MetricError(
            "--sql prints what would be asked and records nothing: leave out --record"
        )
    warehouse = open_derived(Store.from_environment())
    scope = scope_of(warehouse, options) if metric.is_scoped else None
    by = sliced_by(metric, options.by) if options.by is not None else None
    if metric.name == forecast.__name__:
        _forecast(warehouse, scope_of(warehouse, options), options, console)
        return
    found = metric.measure(warehouse, scope, by, Definitions.load(), options.model)
    print_frame(found, options.format)
    if said := missing(warehouse, metric.name, metric.family):
        console.print(Text(said), soft_wrap=True)
    elif found.is_empty() and metric.is_scoped:
        console.print(Text(NOTHING_ASKED_FOR), soft_wrap=True)


def _forecast(
    warehouse: DuckDBWarehouse, scope: Scope, options: argparse.Namespace, console: Console
) -> None:
    """Print a forecast, its ranges as wide as past misses ask for, and record it where asked."""
    learnt = widening_of(back_test(warehouse, scope))
    print_frame(forecast(warehouse, scope, widening=learnt.factor), options.format)
    if learnt.quarters:
        console.print(learnt.reason)
    if options.record:
        console.print(_recorded(warehouse, scope, learnt.factor))


def _scope_of(warehouse: Warehouse, options: argparse.Namespace) -> Scope:
    """The scope that a command with options of its own asks about; the rest is as usual."""
    usual = metric_parser().parse_args([options.name])
    return scope_of(warehouse, argparse.Namespace(**(vars(usual) | vars(options))))


PLAN = "backward_plan"


def _plan(arguments: Sequence[str]) -> int:
    """Print a backward plan: its sentence on stderr, the required funnel on stdout."""
    parser = argparse.ArgumentParser(prog=f"python -m metrics {PLAN}", description=command.__doc__)
    parser.add_argument("name", choices=[PLAN], help=argparse.SUPPRESS)
    command.add_arguments(parser)
    parser.add_argument("--segments", type=member(Dimension), help="tell these segments apart")
    parser.add_argument("--from", dest="start", type=day, help="first day of the history used")
    parser.add_argument("--to", dest="end", type=day, help="last day of the history used")
    add_where(parser)
    options = parser.parse_args(arguments)

    def answer(console: Console) -> None:
        warehouse = open_derived(Store.from_environment())
        scope = _scope_of(warehouse, options)
        sentence, frame = command.answer(warehouse, scope, options.segments, options)
        console.print(Text(sentence), soft_wrap=True)
        print_frame(frame, options.format)

    return _answered(answer, options.format)


def _versus_actual(arguments: Sequence[str]) -> int:
    """Print a kept plan against what came."""
    parser = argparse.ArgumentParser(
        prog=f"python -m metrics {arguments[0]}", description=versus_actual.__doc__
    )
    parser.add_argument("name", choices=versus_actual.NAMES, help=argparse.SUPPRESS)
    versus_actual.add_arguments(parser)
    add_where(parser)
    options = parser.parse_args(arguments)

    def answer(console: Console) -> None:
        store = Store.from_environment()
        warehouse = open_derived(store)
        scope = _scope_of(warehouse, options)
        plan = versus_actual.plan_asked(warehouse, scope, Notebook(store.path), options)
        learnt = AS_DRAWN
        if options.name == versus_actual.LANDING and plan.months[-1].end > scope.observed_until:
            learnt = widening_of(back_test(warehouse, scope))
        frame = versus_actual.answer(warehouse, scope, plan, options, learnt.factor)
        print_frame(frame, options.format)
        if learnt.quarters:
            words = f"{learnt.reason[0].lower()}{learnt.reason[1:]}"
            console.print(f"Won deals and revenue: {words}")

    return _answered(answer, options.format)


EVENTS = "event_plan"

_OWN = (
    PLAN, *versus_actual.NAMES, EVENTS, *comparing.NAMES, *journeys.NAMES, report.NAME, alerts.NAME,
)  # fmt: skip
"""Commands with options of their own."""


class _Command(Protocol):
    def add_arguments(self, parser: argparse.ArgumentParser) -> None: ...
    def answer(
        self, warehouse: Warehouse, scope: Scope, options: argparse.Namespace
    ) -> Answered: ...


def _in_words(arguments: Sequence[str], asked: _Command) -> int:
    """Print what a command with sentences says: these on stderr, its table on stdout."""
    name = arguments[0]
    parser = argparse.ArgumentParser(prog=f"python -m metrics {name}", description=asked.__doc__)
    parser.add_argument("name", choices=[name], help=argparse.SUPPRESS)
    asked.add_arguments(parser)
    parser.add_argument("--from", dest="start", type=day, help="first day of the period")
    parser.add_argument("--to", dest="end", type=day, help="last day of the period")
    add_where(parser)
    options = parser.parse_args(arguments)

    def answer(console: Console) -> None:
        warehouse = open_derived(Store.from_environment())
        found = asked.answer(warehouse, _scope_of(warehouse, options), options)
        for sentence in found.sentences:
            console.print(Text(sentence), soft_wrap=True)
        print_frame(found.table, options.format)

    return _answered(answer, options.format)


def _report(arguments: Sequence[str]) -> int:
    """Write the report and send it; what was done is said on stderr."""
    options = report.parsed(arguments)

    def answer(console: Console) -> None:
        store = Store.from_environment()
        for sentence in report.answer(open_derived(store), Notebook(store.path), options):
            console.print(Text(sentence), soft_wrap=True)

    return _answered(answer)


def _alerts(arguments: Sequence[str]) -> int:
    """Check the alerts: the table on stdout, what is new and was sent on stderr."""
    options = alerts.parsed(arguments)
    all_well = True

    def answer(console: Console) -> None:
        nonlocal all_well
        store = Store.from_environment()
        found = alerts.answer(open_derived(store), Notebook(store.path), options)
        all_well = found.is_well
        for sentence in found.sentences:
            console.print(Text(sentence), soft_wrap=True)
        if found.table is not None:
            print_frame(found.table, options.format)

    return _answered(answer) or int(not all_well)


def _recorded(warehouse: DuckDBWarehouse, scope: Scope, widening: float) -> str:
    """What was written into the ledger, in words. Raises MetricError where nothing can be said."""
    past, own = history(warehouse, scope), Notebook(Store.from_environment().path)
    quarters = record_forecast(
        own,
        landing(past, draw(past)).widened(widening),
        scope,
        definitions=Definitions.load(),
        generation=warehouse.generation,
        said_at=datetime.now(UTC),
    )
    return f"Recorded for {quarters} quarters. Nothing that was recorded before is changed."


if __name__ == "__main__":
    sys.exit(main())
