"""Rows as a frame with the columns of its contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

import polars as pl

from data.schema.frames import DataFrame, pa

Contract = TypeVar("Contract", bound=pa.DataFrameModel)


def framed(contract: type[Contract], rows: Sequence[Mapping[str, object]]) -> DataFrame[Contract]:
    """The rows in their order, validated; a column that a row leaves out is null in it."""
    types = {name: column.dtype.type for name, column in contract.to_schema().columns.items()}
    filled = [{name: row.get(name) for name in types} for row in rows]
    return contract.validate(pl.DataFrame(filled, schema=types), lazy=True)
