"""One pass over a frame that says whether it keeps its contract; pandera says what is wrong.

Pandera asks each check of each column by itself, which for the small frames that pages show takes
longer than to compute them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from pandera.polars import Check, Column, DataFrameSchema

_CHECKS: Mapping[str, Callable[[pl.Expr, Mapping[str, Any]], pl.Expr]] = {
    "greater_than": lambda column, given: column > given["min_value"],
    "greater_than_or_equal_to": lambda column, given: column >= given["min_value"],
    "less_than": lambda column, given: column < given["max_value"],
    "less_than_or_equal_to": lambda column, given: column <= given["max_value"],
    "isin": lambda column, given: column.is_in(list(given["allowed_values"])),
}
"""What pandera asks of a column; a null fails none of it."""


def keeps(frame: pl.DataFrame, schema: DataFrameSchema) -> bool:
    """Whether the frame has the columns, types and values that the contract asks for.

    False also where the contract asks for something that is not known here: pandera then decides.
    """
    names = [name for name in frame.columns if name in schema.columns]
    if names != list(schema.columns) or (schema.strict and len(names) < frame.width):
        return False
    if schema.checks or schema.coerce or schema.dtype is not None:
        return False
    asked = [~pl.struct(schema.unique).is_duplicated().any()] if schema.unique else []
    for name, column in schema.columns.items():
        found = _asked(name, column, frame.schema[name])
        if found is None:
            return False
        asked += found
    return not asked or all(frame.select(*_numbered(asked)).row(0))


def _asked(name: str, column: Column, dtype: pl.DataType) -> list[pl.Expr] | None:
    """What must be true of a column; None where it is of another type, or more is asked."""
    more = column.coerce or column.regex or column.parsers or column.default is not None
    if more or column.drop_invalid_rows or column.dtype is None or dtype != column.dtype.type:
        return None
    values = pl.col(name)
    found = []
    if not column.nullable:
        found.append(values.is_not_null().all())
        if dtype.is_float():
            found.append(values.is_not_nan().all())
    if column.unique:
        found.append(~values.is_duplicated().any())
    for check in column.checks:
        if (passes := _passes(values, check)) is None:
            return None
        found.append(passes.all())
    return found


def _passes(values: pl.Expr, check: Check) -> pl.Expr | None:
    written = _CHECKS.get(check.name or "")
    plain = check.ignore_na and check.groupby is None and not check.raise_warning
    return written(values, check.statistics or {}) if written and plain else None


def _numbered(asked: list[pl.Expr]) -> list[pl.Expr]:
    """Each under a name of its own."""
    return [each.alias(str(number)) for number, each in enumerate(asked)]
