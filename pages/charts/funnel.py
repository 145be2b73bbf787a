"""The funnel: how many reach each stage, and the rates that its bars give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
import polars as pl

from metrics.scope import Basis, Stage
from metrics.wording import formats
from pages.charts.layout import COMPARED, TEXT, drawn

Row = dict[str, Any]

_ROW = 66
_FAINT = 0.35
_BAR = {
    "type": "bar",
    "orientation": "h",
    # What is chosen is drawn by the page, so the chart's own highlighting would be a second one.
    "selected": {"marker": {"opacity": 1}},
    "unselected": {"marker": {"opacity": 1}},
}


def funnel(
    conversion: pl.DataFrame,
    basis: Basis,
    compared: pl.DataFrame | None = None,
    chosen: Stage | None = None,
    names: tuple[str, str] = ("This period", "Compared period"),
    titles: Mapping[str, str] | None = None,
) -> go.Figure:
    """One bar per stage with its count and rates above it; a thin grey bar for what is compared.

    Both frames are results of `stage_conversion` on the basis. The rates are those of the bars: on
    the cohort basis shares, on the flow basis so many per 100. `customdata` of a bar is its stage;
    the bars beside the chosen one are faint. `names` says which days the two kinds of bars count,
    `titles` how stages are called.
    """
    titles = titles or {each.value: each.label for each in Stage}
    rows = conversion.rows(named=True)
    faint = [_FAINT if chosen and row["stage"] != chosen else 1 for row in rows]
    bars = [
        _BAR
        | {
            "x": [row["reached"] for row in rows],
            "y": list(range(len(rows))),
            "width": 0.42,
            "name": names[0],
            "marker": {"opacity": faint},
            "customdata": [row["stage"] for row in rows],
            "hovertext": [_hover(place, rows, basis, titles) for place in range(len(rows))],
            "hovertemplate": "%{hovertext}<extra></extra>",
        }
    ]
    if compared is not None:
        bars.append(
            _BAR
            | {
                "x": compared["reached"].to_list(),
                "y": [place + 0.29 for place in range(len(rows))],
                "width": 0.1,
                "name": names[1],
                "marker": {"color": COMPARED},
                "customdata": compared["stage"].to_list(),
                "hovertemplate": f"{names[1]}: %{{x:,}}<extra></extra>",
            }
        )
    return drawn(
        bars,
        height=_ROW * len(rows) + 60,
        xaxis={"visible": False, "rangemode": "tozero"},
        yaxis={"visible": False, "range": [len(rows) - 0.5, -0.65]},
        annotations=[_annotation(place, rows, basis, titles) for place in range(len(rows))],
        barmode="overlay",
        hovermode="closest",
        showlegend=compared is not None,
    )


def _annotation(
    place: int, rows: Sequence[Row], basis: Basis, titles: Mapping[str, str]
) -> dict[str, Any]:
    """The words above a bar."""
    return {
        "x": 0,
        "y": place - 0.22,
        "xanchor": "left",
        "yanchor": "bottom",
        "showarrow": False,
        "align": "left",
        "font": {"color": TEXT, "size": 13},
        "text": " · ".join([_counted(rows[place], titles), *_rates(place, rows, basis)]),
    }


def _counted(row: Row, titles: Mapping[str, str]) -> str:
    return f"<b>{titles[row['stage']]}</b>  {formats.count(row['reached'])}"


def _rates(place: int, rows: Sequence[Row], basis: Basis) -> list[str]:
    """What the bar is of the bar before and of the first, or why there is no such rate."""
    if not place:
        return []
    row = rows[place]
    before, first = Stage(rows[place - 1]["stage"]), Stage(rows[0]["stage"])
    of_before = row["rate_cohort" if basis is Basis.COHORT else "rate_previous"]
    if of_before is None:
        found = [f"{formats.NOTHING} nobody reached {before.word}"]
    elif basis is Basis.COHORT:
        found = [f"{formats.share(of_before)} of {before.plural}"]
    else:
        found = [f"{formats.per_hundred(of_before)} {before.plural}"]
    if place > 1 and row["rate_first"] is not None:
        found.append(
            f"{formats.share(row['rate_first'])} of {first.plural}"
            if basis is Basis.COHORT
            else f"{formats.per_hundred(row['rate_first'])} {first.plural}"
        )
    return found


def _hover(place: int, rows: Sequence[Row], basis: Basis, titles: Mapping[str, str]) -> str:
    row = rows[place]
    lines = [_counted(row, titles), *_rates(place, rows, basis)]
    name = "rate_cohort" if basis is Basis.COHORT else "rate_previous"
    if place and row[f"{name}_low"] is not None:
        written = formats.share if basis is Basis.COHORT else formats.per_hundred
        bounds = (written(row[f"{name}_{end}"]) for end in ("low", "high"))
        before = Stage(rows[place - 1]["stage"])
        lines.append(f"95% interval to {before.word}: {' to '.join(bounds)}")
    lines.append("Click to see the records")
    return "<br>".join(lines)
