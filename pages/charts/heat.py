"""Conversion by segment, as a table whose shade follows the rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go
import polars as pl

from metrics.scope import Stage
from pages.charts.layout import TEXT, drawn
from pages.display import formats
from pages.display.text import escape_html

MAX_SEGMENTS = 15
MIN_COHORT = 20
_LONGEST_NAME = 22
_WHOLE_WAY = f"from {Stage.LEAD.label} to {Stage.WON.label}"


@dataclass(frozen=True, slots=True)
class _Rate:
    """What a cell shows: a share of a cohort, and who that cohort is when it is empty."""

    share: float | None
    part: int
    whole: int
    low: float | None
    high: float | None
    nobody: str

    @property
    def shade(self) -> float:
        return self.share if self.share is not None and self.whole >= MIN_COHORT else 0.0

    @property
    def text(self) -> str:
        if self.share is None:
            return formats.NOTHING
        return f"{formats.share(self.share)}<br>of {formats.count(self.whole)}"

    def hover(self, segment: str, what: str) -> str:
        lines = [f"<b>{escape_html(segment)}</b>, {what}"]
        if self.share is None:
            lines.append(self.nobody)
        else:
            found = f"{formats.count(self.part)} of {formats.count(self.whole)}"
            lines.append(f"{formats.share(self.share)}: {found}")
        if self.low is not None:
            interval = f"{formats.share(self.low)} to {formats.share(self.high)}"
            lines.append(f"95 % interval {interval}")
        return "<br>".join(lines)


def conversion_heat(by_segment: pl.DataFrame, dimension: str) -> go.Figure:
    """Rows are segments, the largest on top; columns are steps, and last the whole way.

    `by_segment` is the result of `stage_conversion_by`; the first MAX_SEGMENTS segments are drawn.
    Each cell says rate and cohort. Cells with a cohort under MIN_COHORT have no shade: their rates
    are mostly chance. The whole way is shaded on a scale of its own, for it is far below any step.
    """
    segments = by_segment[dimension].unique(maintain_order=True).to_list()[:MAX_SEGMENTS]
    cells = {(row[dimension], row["stage"]): row for row in by_segment.iter_rows(named=True)}
    first, *later = Stage
    last = later[-1]
    steps = [
        [(_step(cells[segment, stage.value]), f"to {stage.label}") for stage in later]
        for segment in segments
    ]
    whole_way = [
        [(_whole_way(cells[segment, first.value], cells[segment, last.value]), _WHOLE_WAY)]
        for segment in segments
    ]
    titles = [*(f"to<br>{stage.label}" for stage in later), f"{first.label}<br>to {last.label}"]
    places = [str(place) for place in range(len(segments))]
    names = {
        "autorange": "reversed",
        "showgrid": False,
        "tickvals": places,
        "ticktext": [escape_html(_short(segment)) for segment in segments],
    }
    return drawn(
        [
            _columns(0, segments, steps),
            _columns(len(later), segments, whole_way),
        ],
        height=70 + 44 * len(segments),
        xaxis={
            "side": "top",
            "showgrid": False,
            "tickangle": 0,
            "tickvals": list(range(len(titles))),
            "ticktext": titles,
        },
        yaxis=names,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
    )


def _columns(
    start: int, segments: Sequence[str], rows: Sequence[Sequence[tuple[_Rate, str]]]
) -> dict[str, Any]:
    """Neighbouring columns that share one scale of shades; `start` is the place of the first.

    Places are numbers, because the browser misplaces a second trace that names its columns.
    """
    shades = [[rate.shade for rate, _ in row] for row in rows]
    return {
        "type": "heatmap",
        "z": shades,
        "x": [start + offset for offset in range(len(rows[0]) if rows else 0)],
        "y": [str(place) for place in range(len(segments))],
        "text": [[rate.text for rate, _ in row] for row in rows],
        "texttemplate": "%{text}",
        "textfont": {"color": TEXT, "size": 12},
        "hovertext": [
            [rate.hover(segment, what) for rate, what in row]
            for segment, row in zip(segments, rows, strict=True)
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "xgap": 3,
        "ygap": 3,
        "zmin": 0,
        "zmax": max((shade for row in shades for shade in row), default=0) or 1,
        "showscale": False,
    }


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"


def _step(reached: dict[str, Any]) -> _Rate:
    return _Rate(
        reached["rate_previous"],
        reached["previous_converted"] or 0,
        reached["previous_reached"] or 0,
        reached["rate_previous_low"],
        reached["rate_previous_high"],
        "Nobody reached the stage before",
    )


def _whole_way(entered: dict[str, Any], won: dict[str, Any]) -> _Rate:
    return _Rate(
        won["rate_first"],
        won["reached"],
        entered["reached"],
        won["rate_first_low"],
        won["rate_first_high"],
        "Nobody entered the funnel",
    )
