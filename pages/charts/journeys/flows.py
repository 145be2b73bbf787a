"""The few flows with which the journeys of a group begin."""

from __future__ import annotations

import plotly.graph_objects as go
import polars as pl

from metrics.wording import formats
from pages.charts.layout import TEXT, drawn, series_colour
from pages.display.text import escape_html

_LINK = "rgba(128, 128, 128, 0.35)"
"""Grey that names can be read on, on a light and on a dark background."""


def main_flows(flows: pl.DataFrame) -> go.Figure:
    """`flows` is the result of `main_flows`: first events to the left, what follows to the right.

    The name of a node says how many leads it has.
    """
    starts = flows["first_event"].unique(maintain_order=True).to_list()
    ends = flows["then"].unique(maintain_order=True).to_list()
    sums = {
        (column, name): flows.filter(pl.col(column) == name)["leads"].sum()
        for column, names in (("first_event", starts), ("then", ends))
        for name in names
    }
    labels = [f"{escape_html(name)}: {formats.count(leads)}" for (_, name), leads in sums.items()]
    links = flows.iter_rows(named=True)
    joined = [
        (starts.index(row["first_event"]), len(starts) + ends.index(row["then"]), row)
        for row in links
    ]
    sankey = {
        "type": "sankey",
        "arrangement": "snap",
        "textfont": {"color": TEXT, "size": 13},
        "node": {
            "label": labels,
            "color": [series_colour(0)] * len(starts) + [series_colour(1)] * len(ends),
            "pad": 24, "thickness": 14, "hoverinfo": "none",
        },
        "link": {
            "source": [source for source, _, _ in joined],
            "target": [target for _, target, _ in joined],
            "value": [row["leads"] for _, _, row in joined],
            "color": _LINK,
            "customdata": [_hover(row["first_event"], row["then"], row) for *_, row in joined],
            "hovertemplate": "%{customdata}<extra></extra>",
        },
    }  # fmt: skip
    return drawn([sankey], height=300, xaxis={}, yaxis={})


def _hover(start: str, end: str, row: dict[str, int]) -> str:
    leads = formats.counted(row["leads"], "lead")
    return f"<b>{escape_html(start)}, then {escape_html(end)}</b><br>{leads}, {row['won']} won"
