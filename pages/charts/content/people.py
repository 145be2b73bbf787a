"""People by two things at once: a cell each, for a narrow window as well."""

from __future__ import annotations

from collections.abc import Mapping

import plotly.graph_objects as go
import polars as pl

from metrics.wording import formats
from pages.charts.layout import TEXT, drawn
from pages.display.text import escape_html

MOST_ROWS, MOST_COLUMNS = 10, 6

_ROW = 42
_LONGEST_LINE = 16


def people_heat(
    pairs: pl.DataFrame, row: str, column: str, named: Mapping[str, str] | None = None
) -> go.Figure:
    """A cell per pair with its number of people; the stronger its shade, the larger its share.

    `pairs` has the columns `row` and `column`, people, and share, of the people of the row. The
    first MOST_ROWS rows and MOST_COLUMNS columns are drawn, in their order; `named` names the rows
    where their values do not.
    """
    rows = pairs[row].unique(maintain_order=True).to_list()[:MOST_ROWS]
    columns = pairs[column].unique(maintain_order=True).to_list()[:MOST_COLUMNS]
    found = {(one[row], one[column]): one for one in pairs.iter_rows(named=True)}
    cells = [[found.get((start, end)) for end in columns] for start in rows]
    names = [(named or {}).get(each, each) for each in rows]
    heat = {
        "type": "heatmap",
        "z": [[one["share"] if one else 0 for one in line] for line in cells],
        "x": list(range(len(columns))),
        "y": list(range(len(rows))),
        "text": [[formats.count(one["people"]) if one else "" for one in line] for line in cells],
        "texttemplate": "%{text}",
        "textfont": {"color": TEXT, "size": 12},
        "hovertext": [
            [
                f"<b>{escape_html(name)}</b>, {escape_html(end)}<br>"
                + (f"{formats.count(one['people'])}, {formats.share(one['share'])}" if one else "0")
                for one, end in zip(line, columns, strict=True)
            ]
            for name, line in zip(names, cells, strict=True)
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "xgap": 3,
        "ygap": 3,
        "zmin": 0,
        "zmax": 1,
        "showscale": False,
    }
    return drawn(
        [heat],
        height=100 + _ROW * len(rows),
        xaxis={
            "side": "top",
            "showgrid": False,
            "tickangle": -45,
            "tickvals": list(range(len(columns))),
            "ticktext": [escape_html(_cut(each, _LONGEST_LINE)) for each in columns],
        },
        yaxis={
            "autorange": "reversed",
            "showgrid": False,
            "tickvals": list(range(len(rows))),
            "ticktext": [_in_two_lines(each) for each in names],
        },
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
    )


def _in_two_lines(name: str) -> str:
    """A long name in two lines, at the blank nearest to its middle."""
    cut = _cut(name, 2 * _LONGEST_LINE)
    blanks = [place for place, letter in enumerate(cut) if letter == " "]
    if len(cut) <= _LONGEST_LINE or not blanks:
        return escape_html(_cut(cut, _LONGEST_LINE + 4))
    middle = min(blanks, key=lambda place: abs(place - len(cut) / 2))
    return f"{escape_html(cut[:middle])}<br>{escape_html(cut[middle + 1 :])}"


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
