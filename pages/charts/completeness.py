"""How full each column is, month by month, as a table in which the gaps are shaded."""

from __future__ import annotations

from datetime import date

import plotly.graph_objects as go
import polars as pl

from metrics.wording import formats
from pages.charts.layout import TEXT, drawn
from pages.display.text import escape_html

UNDATED = "no date"
_FULL = "●"
_ROW_HEIGHT = 26


def completeness_heat(filled: pl.DataFrame, rows_are: str) -> go.Figure:
    """Rows are columns of a table, the emptiest on top; columns are months, the oldest first.

    `filled` is a result of `completeness`. Each cell says the share of the month's rows that have
    the column filled, in whole percent, or a dot where all have; the shade is what is missing. The
    hover has the two numbers. `rows_are` names what a row of the table is.
    """
    cells = {(row["column"], row["month_on"]): row for row in filled.iter_rows(named=True)}
    names = in_order(filled)
    months = sorted({month for _, month in cells if month}) + [None] * any(
        month is None for _, month in cells
    )
    table = [[cells.get((name, month)) for month in months] for name in names]
    return drawn(
        [
            {
                "type": "heatmap",
                "z": [[1 - cell["share"] if cell else None for cell in row] for row in table],
                "x": list(range(len(months))),
                "y": list(range(len(names))),
                "text": [[_text(cell["share"]) if cell else "" for cell in row] for row in table],
                "texttemplate": "%{text}",
                "textfont": {"color": TEXT, "size": 11},
                "hovertext": [[_hover(cell, rows_are) for cell in row] for row in table],
                "hovertemplate": "%{hovertext}<extra></extra>",
                "xgap": 2,
                "ygap": 2,
                "zmin": 0,
                "zmax": 1,
                "showscale": False,
            }
        ],
        height=70 + _ROW_HEIGHT * len(names),
        xaxis={
            "side": "top",
            "showgrid": False,
            "zeroline": False,
            "tickangle": 0,
            "tickvals": list(range(len(months))),
            "ticktext": _titles(months),
        },
        yaxis={
            "autorange": "reversed",
            "showgrid": False,
            "zeroline": False,
            "tickvals": list(range(len(names))),
            "ticktext": [escape_html(name) for name in names],
        },
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
    )


def in_order(filled: pl.DataFrame) -> list[str]:
    """The columns, those that lack most first; of equals in their own order."""
    lacking = filled.group_by("column", maintain_order=True).agg(
        lacks=1 - pl.col("filled").sum() / pl.col("row_count").sum()
    )
    return lacking.sort("lacks", descending=True, maintain_order=True)["column"].to_list()


def _text(share: float) -> str:
    """Whole percent, rounded so that only nothing is 0 and only everything is full."""
    if share == 1:
        return _FULL
    return str(min(max(round(100 * share), 1), 99)) if share else "0"


def _titles(months: list[date | None]) -> list[str]:
    """Months by their first letter, so that twelve fit a narrow window; years where they begin."""
    titles = []
    year = None
    for month in months:
        if month is None:
            titles.append("no<br>date")
        else:
            titles.append(f"{month:%b}"[0] + ("" if month.year == year else f"<br>’{month:%y}"))
            year = month.year
    return titles


def _hover(cell: dict[str, object] | None, rows_are: str) -> str:
    if cell is None:
        return ""
    month = cell["month_on"]
    when = f"{month:%B %Y}" if isinstance(month, date) else UNDATED
    name = escape_html(cell["column"])
    filled, rows, share = (float(str(cell[each])) for each in ("filled", "row_count", "share"))
    return (
        f"<b>{name}</b>, {when}<br>{formats.share(share)} filled: "
        f"{formats.count(filled)} of {formats.count(rows)} {escape_html(rows_are)}"
    )
