"""What `python -m metrics` prints: the list of metrics, and frames as a table, CSV or JSON."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from itertools import groupby

import polars as pl
from rich.console import Console
from rich.table import Table
from rich.text import Text

from data.formulas import inert
from metrics.catalogue import catalogue
from metrics.provenance.asked import Asked
from metrics.provenance.written import sql_file
from metrics.shell.options import SQL

WIDEST = 10_000

IN_ORDER = " > "
"""Between the parts of a list in one cell."""


def print_catalogue(options: Iterable[str], others: Iterable[str]) -> None:
    """Every metric with its question and what changes it; `options` are those of a scope.

    `others` are the commands that need more than a scope and have options of their own.
    """
    scope = ", ".join(f"--{name}" for name in options if name != "by")
    table = Table("metric", "question", "options", caption=f"scope: {scope}")
    own = ", ".join(others)
    for _, family in groupby(catalogue().values(), key=lambda metric: metric.family):
        for metric in family:
            table.add_row(metric.name, metric.question, metric.options)
        table.add_section()
    Console().print(table)
    Console().print(f"With options of their own (NAME --help): {own}")


def print_frame(frame: pl.DataFrame, layout: str) -> None:
    """A metric's rows as `table`, `csv` or `json`; lists are joined where a cell is a text.

    Nothing as `sql`: then `print_sql` says what was asked for them.
    """
    if layout == SQL:
        return
    lists = [name for name, dtype in frame.schema.items() if isinstance(dtype, pl.List)]
    if layout != "json":
        frame = frame.with_columns(pl.col(lists).list.join(IN_ORDER))
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


def print_sql(asked: Iterable[Asked]) -> None:
    """What metrics asked: each with its question, its SQL, and the bound values as comments."""
    sys.stdout.write(sql_file(asked))


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.4f}"
    return str(value)
