"""An event's funnel with its losses, its rates against like ones, and registrations before it."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import polars as pl

from metrics.wording import formats
from pages.charts.layout import COMPARED, SMALL_TEXT, TEXT, drawn, series_colour
from pages.display.text import escape_html

_ROW = 86
_LONGEST = 46
"""So many letters of a reason stand beside its number in a narrow window."""


def event_funnel_bars(steps: pl.DataFrame) -> go.Figure:
    """One bar per step with its count and rate above it, and who was lost before it below.

    `steps` has the columns label, people, previous, previous_label, lost, open, joined, rate,
    reason and reason_people; only steps that are known. The pale end of a bar is who was lost, a
    hatched one who may still come.
    """
    rows = steps.rows(named=True)
    places = list(range(len(rows)))
    bars = [
        _bars("Went on", [row["people"] for row in rows], places, {"color": series_colour(0)}),
        _bars("Lost", [row["lost"] for row in rows], places, {"color": COMPARED, "opacity": 0.45}),
        _bars(
            "May still go on",
            [row["open"] for row in rows],
            places,
            {
                "color": "rgba(0,0,0,0)",
                "line": {"color": COMPARED, "width": 1},
                "pattern": {"shape": "/", "fgcolor": COMPARED},
            },
        ),
    ]
    hover = ["<br>".join([_counted(row), *_lost(row), *_joined(row)]) for row in rows]
    for bar in bars:
        bar["hovertext"] = hover
    words = [(place - 0.24, "bottom", TEXT, 13, _counted(row)) for place, row in enumerate(rows)]
    below = [
        (place + 0.2, "top", SMALL_TEXT, 12, " · ".join([*_lost(row), *_joined(row)]))
        for place, row in enumerate(rows)
    ]
    return drawn(
        [bar for bar in bars if any(bar["x"])],
        height=_ROW * len(rows) + 60,
        xaxis={"visible": False, "rangemode": "tozero"},
        yaxis={"visible": False, "range": [len(rows) - 0.4, -0.65]},
        annotations=[
            {
                "x": 0,
                "y": y,
                "xanchor": "left",
                "yanchor": anchor,
                "showarrow": False,
                "align": "left",
                "font": {"color": colour, "size": size},
                "text": text,
            }
            for y, anchor, colour, size, text in (*words, *below)
            if text
        ],
        barmode="stack",
        hovermode="closest",
        showlegend=True,
        legend={
            "orientation": "h",
            "yanchor": "bottom",
            "y": 1.0,
            "x": 0,
            "traceorder": "normal",
        },
    )


def _bars(
    name: str, counts: list[int | None], places: list[int], marker: dict[str, Any]
) -> dict[str, Any]:
    return {
        "type": "bar",
        "orientation": "h",
        "name": name,
        "x": [each or 0 for each in counts],
        "y": places,
        "width": 0.34,
        "marker": marker,
        "hovertemplate": "%{hovertext}<extra></extra>",
    }


def _counted(row: dict[str, Any]) -> str:
    text = f"<b>{row['label']}</b>  {formats.count(row['people'])}"
    if row["rate"] is not None:
        text += f" · {formats.share(row['rate'])} of {row['previous_label'].lower()}"
    return text


def _lost(row: dict[str, Any]) -> list[str]:
    found = []
    if row["lost"]:
        reason = str(row["reason"])
        cut = reason if len(reason) <= _LONGEST else f"{reason[: _LONGEST - 1]}…"
        of = (
            "" if row["reason_people"] == row["lost"] else f"{formats.count(row['reason_people'])} "
        )
        found.append(f"{formats.count(row['lost'])} lost: {of}{escape_html(cut)}")
    if row["open"]:
        found.append(f"{formats.count(row['open'])} may still go on")
    return found


def _joined(row: dict[str, Any]) -> list[str]:
    return [f"{formats.count(row['joined'])} came without the step before"] if row["joined"] else []


def rates_against_like(rows: pl.DataFrame) -> go.Figure:
    """A dot with its interval per step of an event, and a hollow mark for like events together.

    `rows` has the columns label, shrunk, shrunk_low, shrunk_high and like_rate.
    """
    labels = rows["label"].to_list()
    shrunk = rows["shrunk"].to_list()
    return drawn(
        [
            {
                "type": "scatter",
                "mode": "markers",
                "name": "This event",
                "x": shrunk,
                "y": labels,
                "marker": {"size": 10, "color": series_colour(0)},
                "error_x": {
                    "type": "data",
                    "array": (rows["shrunk_high"] - rows["shrunk"]).to_list(),
                    "arrayminus": (rows["shrunk"] - rows["shrunk_low"]).to_list(),
                    "thickness": 1.5,
                    "width": 4,
                    "color": series_colour(0),
                },
                "hovertemplate": "%{y}: %{x:.1%}<extra>This event</extra>",
            },
            {
                "type": "scatter",
                "mode": "markers",
                "name": "Similar events together",
                "x": rows["like_rate"].to_list(),
                "y": labels,
                "marker": {"size": 12, "symbol": "diamond-open", "color": COMPARED},
                "hovertemplate": "%{y}: %{x:.1%}<extra>Similar events</extra>",
            },
        ],
        height=48 * len(labels) + 90,
        xaxis={"tickformat": ".0%", "range": [-0.02, 1.02]},
        yaxis={"autorange": "reversed", "type": "category"},
        hovermode="closest",
        showlegend=True,
    )


def registrations_before(curves: pl.DataFrame, event: str) -> go.Figure:
    """How many had registered so many days before each event: one in colour, like ones in grey.

    `curves` has rows of `registration_curve`, `event` is the id of the one that is drawn on top.
    """
    lines = []
    for (name,), rows in curves.group_by("campaign_id", maintain_order=True):
        own = name == event
        lines.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": escape_html(rows["campaign"][0]) if own else "Similar events",
                "legendgroup": "own" if own else "like",
                "showlegend": False,
                "x": rows["days_before"].to_list(),
                "y": rows["registered"].to_list(),
                "line": {
                    "shape": "hv",
                    "width": 3 if own else 1,
                    "color": series_colour(0) if own else COMPARED,
                },
                "hovertemplate": f"<b>{escape_html(rows['campaign'][0])}</b><br>%{{y:,}} registered"
                " %{x} days before<extra></extra>",
            }
        )
    lines.sort(key=lambda line: line["legendgroup"] == "own")
    for group in ("own", "like"):
        of_group = [line for line in lines if line["legendgroup"] == group]
        if of_group:
            of_group[0]["showlegend"] = True
    return drawn(
        lines,
        height=360,
        xaxis={"title": {"text": "Days before the event"}, "autorange": "reversed", "nticks": 8},
        yaxis={"rangemode": "tozero", "nticks": 6, "tickformat": ",d"},
        hovermode="closest",
    )
