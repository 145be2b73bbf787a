"""Amounts: whole units of credit as conversions or as money."""

from __future__ import annotations

import polars as pl

from metrics.attribution.paths import UNITS_OF_A_CONVERSION
from metrics.attribution.question import Worth


def units_of_one(worth: Worth) -> int:
    """How many whole units are one conversion, or one of the base currency?

    >>> units_of_one(Worth.AMOUNT)
    100
    """
    return UNITS_OF_A_CONVERSION if worth is Worth.COUNT else 100


def amount(units: pl.Expr, worth: Worth) -> pl.Expr:
    """Whole units as a decimal number of conversions, or of the base currency; exact.

    >>> pl.select(amount(pl.lit(1050), Worth.AMOUNT)).item()
    Decimal('10.500000')
    """
    return (units.cast(pl.Decimal(18, 6)) / units_of_one(worth)).cast(pl.Decimal(18, 6))
