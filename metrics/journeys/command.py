"""`python -m metrics timeline --lead ID` and `found_subjects --text TEXT`, from a shell."""

from __future__ import annotations

import argparse

import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.errors import MetricError
from metrics.answered import Answered
from metrics.journeys.finding import folded, found_subjects
from metrics.journeys.known import gone_records
from metrics.journeys.subject import Subject, SubjectKind
from metrics.journeys.timeline import Order, timeline
from metrics.scope import Scope

TIMELINE, FIND = "timeline", "found_subjects"
NAMES = (TIMELINE, FIND)
"""What can be asked about single subjects."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options beside those of a scope."""
    for kind in SubjectKind:
        parser.add_argument(f"--{kind}", metavar="ID", help=f"timeline: of the {kind} of this id")
    parser.add_argument(
        "--order", choices=[each.value for each in Order], default=Order.NEWEST.value
    )
    parser.add_argument("--text", help="found_subjects: an id, a company or a campaign")
    parser.add_argument("--limit", type=int, default=100, help="list so many rows; default 100")
    parser.add_argument("--offset", type=int, default=0, help="timeline: after so many events")


def answer(warehouse: Warehouse, scope: Scope, options: argparse.Namespace) -> Answered:
    """The timeline of a subject, or the subjects that a text names. Raises what these raise."""
    if options.where:
        raise MetricError(f"{options.name} is about single subjects: leave out --where")
    if options.name == FIND:
        if options.text is None:
            raise MetricError("what is looked for? Name it with --text")
        found = found_subjects(warehouse, scope, options.text, options.limit)
        zone = Definitions.load().time_zone
        gone = gone_records(warehouse, scope, folded(options.text), zone)
        said = (f"{_counted(found, 'found')} found.", *(f"{each}." for each in gone["sentence"]))
        return Answered(said, found)
    order = Order(options.order)
    events = timeline(
        warehouse, scope, Definitions.load(), _subject(options), order, options.limit,
        options.offset,
    )  # fmt: skip
    listed = f"{_counted(events, 'events')} that happened {scope.period.describe()}, {order} first."
    return Answered((listed,), events)


def _subject(options: argparse.Namespace) -> Subject:
    """The one subject that is named. Raises MetricError for none and for several."""
    named = [(kind, getattr(options, kind)) for kind in SubjectKind]
    given = [Subject(kind, text) for kind, text in named if text is not None]
    if len(given) != 1:
        names = ", ".join(f"--{kind}" for kind in SubjectKind)
        raise MetricError(f"whose timeline? Name one subject with one of {names}")
    return given[0]


def _counted(rows: pl.DataFrame, column: str) -> str:
    """How many rows are listed, of how many."""
    return "Nothing" if rows.is_empty() else f"{len(rows):,} of {rows.item(0, column):,}"
