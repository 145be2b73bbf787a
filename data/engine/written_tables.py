"""Whether a store's tables are those that this version of Backcast reads and writes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import polars as pl

from data.errors import NotDerivedError, OtherVersionError
from data.schema.contract import (
    aside_columns,
    columns,
    create_aside,
    create_reported_by,
    create_table,
    reported_by_columns,
    sql_type,
)
from data.schema.tables import CANONICAL, DERIVED, SET_ASIDE, TABLES
from data.sql import Query, Step

WRITTEN_TABLES = Query(
    Step(
        "table_columns",
        """
        SELECT table_name,
            string_agg(column_name || ' ' || data_type, ', ' ORDER BY column_index) AS written
        FROM duckdb_columns()
        WHERE NOT internal
        GROUP BY table_name
        """,
    )
)
"""One row per table of a file: its name, and its columns with their types."""


@cache
def needed_tables() -> dict[str, tuple[str, str]]:
    """By the name of each table: its columns with their types, and the statement that makes it.

    For each canonical table T there are also `T_version` and `T_reported_by`, and `T_aside` for
    those of which rows may not stand now.
    """
    contracts = TABLES | {f"{name}_version": each for name, each in CANONICAL.items()}
    tables = {
        name: (_in_words(columns(contract)), create_table(name, contract))
        for name, contract in contracts.items()
    }
    reports = {
        f"{name}_reported_by": (
            _in_words(reported_by_columns(contract)),
            create_reported_by(f"{name}_reported_by", contract),
        )
        for name, contract in CANONICAL.items()
    }
    aside = {
        f"{name}_aside": (
            _in_words(aside_columns(CANONICAL[name])),
            create_aside(f"{name}_aside", CANONICAL[name]),
        )
        for name in SET_ASIDE
    }
    return tables | reports | aside


def _in_words(declared: Mapping[str, pl.DataType]) -> str:
    return ", ".join(
        f"{column} {sql_type(dtype).replace(' ', '')}" for column, dtype in declared.items()
    )


def refuse_other_version(folder: Path, written: Mapping[str, str]) -> None:
    """Raise OtherVersionError when the tables of the store in `folder` are of another version.

    `written` is what WRITTEN_TABLES finds. A table that is not there yet is no fault, nor are other
    columns of a derived table: both are made when something is loaded.
    """
    needed = needed_tables()
    for name, found in written.items():
        if name not in needed:
            fault = f"it has a table {name}, which this version does not know"
        elif found != needed[name][0] and name not in DERIVED:
            fault = (
                f"its table {name} has the columns {found}; this version needs {needed[name][0]}"
            )
        else:
            continue
        raise OtherVersionError(
            f"{folder} was filled by another version of Backcast: {fault}. "
            "Move the folder away and load your files again."
        )


def refuse_not_derived(folder: Path, written: Mapping[str, str]) -> None:
    """Raise NotDerivedError when a derived table is missing or has other columns.

    `written` is what WRITTEN_TABLES finds.
    """
    needed = needed_tables()
    other = [name for name in DERIVED if written.get(name) != needed[name][0]]
    if other:
        raise NotDerivedError(
            f"What stands in {folder} was derived by another version of Backcast: {other[0]} has "
            "other columns. Load a file, or run `python -m data derive`: then everything is known."
        )
