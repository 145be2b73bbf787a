"""Refusing amounts of deals that have no exchange rate, told per account."""

from __future__ import annotations

import polars as pl

from metrics.money import refuse_unconverted


def refuse_unpriced(rows: pl.DataFrame) -> None:
    """Raises MissingRateError when rows with the columns of `unconverted` have found any.

    Each account counts once, however many rows it has.
    """
    missing = rows.filter(pl.col("unconverted_rows") > 0)
    if missing.is_empty():
        return
    once = missing.unique("account_id")
    refuse_unconverted(
        "deals",
        {
            "unconverted_rows": once["unconverted_rows"].sum(),
            "unconverted_currency": once["unconverted_currency"].min(),
            "unconverted_from": once["unconverted_from"].min(),
            "unconverted_to": once["unconverted_to"].max(),
        },
    )
