"""Holding a metric's frame against expected rows."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import polars as pl
import pytest

from tests.metrics.facts import Row


def assert_rows(found: pl.DataFrame, expected: Sequence[Row], asking: object = "") -> None:
    """The same columns and rows in the same order; numbers equal but for rounding."""
    rows = found.rows(named=True)
    assert len(rows) == len(expected), asking
    for number, (row, wanted) in enumerate(zip(rows, expected, strict=True)):
        assert list(row) == list(wanted), asking
        for name, value in wanted.items():
            assert _same(row[name], value), (
                f"row {number}, {name}: found {row[name]}, expected {value}\n{asking}\n{row}"
            )


def _same(found: object, expected: object) -> bool:
    if isinstance(expected, float) and isinstance(found, float):
        return found == pytest.approx(expected, rel=1e-9, abs=1e-9)
    if isinstance(expected, Decimal):
        return isinstance(found, Decimal) and found == expected
    return type(found) is type(expected) and found == expected
