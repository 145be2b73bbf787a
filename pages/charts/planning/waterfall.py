"""A waterfall: from what was planned, part by part, to what came."""

from __future__ import annotations

from collections.abc import Collection

import plotly.graph_objects as go
import polars as pl

from metrics.wording import formats
from pages.charts.layout import BACKGROUND, COMPARED, TEXT, drawn, series_colour
from pages.display.text import escape_html

_ROW = 34

_MINUS = "\u2212"

TOTALS = ("planned", "actual")
"""Bars that begin at zero."""


def waterfall(
    gap: pl.DataFrame, currency: str | None, totals: Collection[str] = TOTALS
) -> go.Figure:
    """One bar per part, between the bars of `totals`, such as the plan and what came.

    `gap` has the columns part, label, amount and is_more_than_chance, in their order; without a
    currency amounts are numbers of things. `customdata` of a bar is its part. A part that is more
    than chance has a dot after its amount.
    """
    rows = gap.rows(named=True)
    bar = {
        "type": "waterfall",
        "orientation": "h",
        "y": list(range(len(rows))),
        "x": [float(row["amount"]) for row in rows],
        "measure": ["absolute" if row["part"] in totals else "relative" for row in rows],
        "customdata": [row["part"] for row in rows],
        "text": [_amount(float(row["amount"]), currency, row["part"] in totals) for row in rows],
        "textposition": "none",
        "hovertext": [
            f"{escape_html(row['label'])}: {_in_full(row['amount'], currency)}" for row in rows
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "width": 0.42,
        "connector": {"line": {"color": COMPARED, "width": 1}},
        "totals": {"marker": {"color": series_colour(0)}},
        "increasing": {"marker": {"color": series_colour(2)}},
        "decreasing": {"marker": {"color": series_colour(1)}},
    }
    return drawn(
        [bar],
        height=(_ROW + 14) * len(rows) + 30,
        xaxis={"visible": False},
        yaxis={"visible": False, "range": [len(rows) - 0.5, -0.7]},
        annotations=[_words(place, row, currency, totals) for place, row in enumerate(rows)],
        showlegend=False,
        hovermode="closest",
    )


def _words(
    place: int, row: dict[str, object], currency: str | None, totals: Collection[str]
) -> dict[str, object]:
    """The name of a bar and its amount, above it on the left."""
    amount = _amount(float(str(row["amount"])), currency, row["part"] in totals)
    mark = " · <b>more than chance</b>" if row["is_more_than_chance"] else ""
    return {
        "xref": "paper",
        "x": 0,
        "y": place - 0.24,
        "xanchor": "left",
        "yanchor": "bottom",
        "showarrow": False,
        "align": "left",
        "font": {"color": TEXT, "size": 12},
        "bgcolor": BACKGROUND,
        "text": f"{escape_html(row['label'])}  <b>{amount}</b>{mark}",
    }


def _amount(amount: float, currency: str | None, is_total: bool) -> str:
    size = abs(amount)
    written = formats.count(round(size)) if currency is None else formats.money(size, currency)
    if is_total or round(amount) == 0:
        return written
    return ("+" if amount > 0 else _MINUS) + written


def _in_full(amount: float, currency: str | None) -> str:
    if currency is None:
        return formats.count(round(amount))
    return formats.money_in_full(amount, currency)
