"""Options of the command line that make a scope, and how their texts are read."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import date
from enum import StrEnum
from typing import TypeVar

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from metrics.horizon import filter_on, horizon
from metrics.period import Period
from metrics.scope import Dimension, Scope

Choice = TypeVar("Choice", bound=StrEnum)

SQL = "sql"
"""The layout of who wants what was asked instead of the answer."""


def add_where(parser: argparse.ArgumentParser) -> None:
    """Options that every question has: which segments to keep, and how to print."""
    parser.add_argument(
        "--where",
        type=condition,
        action="append",
        default=[],
        metavar="DIM=VALUE",
        help="keep rows of this segment; the same dimension again adds a value",
    )
    parser.add_argument("--format", choices=("table", "csv", "json"), default="table")
    parser.add_argument(
        "--sql",
        dest="format",
        action="store_const",
        const=SQL,
        help="print the SQL and its bound values instead of the rows; it is run as well, because "
        "a query may depend on the rows of the one before",
    )


def member(kind: type[Choice]) -> Callable[[str], Choice]:
    """How an option becomes a member of an enum; refuses other words and names those allowed."""

    def convert(text: str) -> Choice:
        try:
            return kind(text)
        except ValueError as failure:
            allowed = ", ".join(member.value for member in kind)
            raise argparse.ArgumentTypeError(f"{text!r} is not one of {allowed}") from failure

    return convert


def day(text: str) -> date:
    """An option as a date; refuses what is none."""
    try:
        return date.fromisoformat(text)
    except ValueError as failure:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date like 2026-03-31") from failure


def condition(text: str) -> tuple[Dimension, str]:
    """An option such as `channel=Email` as a dimension and its value."""
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form DIMENSION=VALUE")
    return member(Dimension)(name.strip()), value


def scope_of(warehouse: Warehouse, options: argparse.Namespace) -> Scope:
    """The scope that the options ask about, by default all that is loaded.

    Raises MetricError for a value of `--where` that is not in the data.
    """
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
        filters=tuple(filter_on(warehouse, each, texts) for each, texts in values.items()),
        windows=Definitions.load().windows,
    )
