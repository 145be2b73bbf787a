"""Rates of sellers by segment, as a table whose shade follows the rate."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import polars as pl

from metrics.wording import formats
from pages.charts.layout import Cell, shaded_table
from pages.display.text import escape_html

MOST_SEGMENTS, MOST_SELLERS = 15, 10


def seller_heat(rates: pl.DataFrame) -> go.Figure:
    """Rows are segments, columns sellers, the largest first; each cell says its rate and leads.

    `rates` is the result of `seller_segments`.
    """
    segments = _largest(rates, "segment")[:MOST_SEGMENTS]
    sellers = _largest(rates, "seller")[:MOST_SELLERS]
    cells = {(row["segment"], row["seller"]): row for row in rates.iter_rows(named=True)}
    found = [
        [_cell(segment, seller, cells.get((segment, seller))) for seller in sellers]
        for segment in segments
    ]
    return shaded_table(found, segments, sellers)


def _cell(segment: str, seller: str, row: dict[str, Any] | None) -> Cell:
    if row is None:
        return Cell(
            0.0, formats.NOTHING, f"{escape_html(seller)} had none of {escape_html(segment)}"
        )
    said = f"{formats.share(row['rate'])}<br>n {formats.count(row['leads'])}"
    return Cell(
        row["rate"], said, f"<b>{escape_html(seller)}</b>, {escape_html(segment)}<br>{said}"
    )


def _largest(rates: pl.DataFrame, name: str) -> list[str]:
    sizes = rates.group_by(name).agg(pl.col("leads").sum()).sort(-pl.col("leads"), name)
    found: list[str] = sizes[name].to_list()
    return found
