"""Conversion by segment, as a table whose shade follows the rate: one cohort, or one flow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import plotly.graph_objects as go
import polars as pl

from metrics.scope import Basis, Stage
from metrics.wording import formats
from pages.charts.layout import TEXT, cut, drawn
from pages.display.text import escape_html

Row = dict[str, Any]

MAX_SEGMENTS = 15
MIN_COHORT = 20
_LONGEST_NAME = 26
_LONGEST_LINE = 12
"""Of the name of a segment: a narrow window has room for so many letters beside five columns."""

_BROKEN = {Stage.OPPORTUNITY: "Oppor-<br>tunity"}
"""Stages whose name is wider than a column of a narrow window."""


@dataclass(frozen=True, slots=True)
class _Rate:
    """What a cell shows: a rate with its two counts, and why there is none."""

    value: float | None
    part: int
    whole: int
    low: float | None
    high: float | None
    nobody: str
    basis: Basis

    @property
    def shade(self) -> float:
        return self.value if self.value is not None and self.whole >= MIN_COHORT else 0.0

    @property
    def text(self) -> str:
        if self.value is None:
            return formats.NOTHING
        if self.basis is Basis.COHORT:
            return f"{formats.share(self.value)}<br>of {formats.count(self.whole)}"
        return f"{formats.per_hundred(self.value)}<br>{self._counts}"

    def hover(self, segment: str, what: str) -> str:
        written = formats.share if self.basis is Basis.COHORT else formats.per_hundred
        lines = [f"<b>{escape_html(segment)}</b>, {what}"]
        if self.value is None:
            lines.append(self.nobody)
        else:
            lines.append(f"{written(self.value)}: {self._counts}")
        if self.low is not None:
            lines.append(f"95% interval {written(self.low)} to {written(self.high)}")
        return "<br>".join(lines)

    @property
    def _counts(self) -> str:
        between = "of" if self.basis is Basis.COHORT else "to"
        return f"{formats.count(self.part)} {between} {formats.count(self.whole)}"


def conversion_heat(
    by_segment: pl.DataFrame,
    dimension: str,
    basis: Basis,
    segments: Sequence[str] | None = None,
    titles: Mapping[str, str] | None = None,
) -> go.Figure:
    """Rows are segments, the largest on top; columns are steps, and last the whole way.

    `by_segment` is the result of `stage_conversion_by` on the basis; the `segments` are drawn in
    their order, by default the first MAX_SEGMENTS. Each cell says its rate and what it is of: a row
    is one cohort, so that its steps multiply to the whole way; on the flow basis it says so many
    per 100. Cells of under MIN_COHORT have no shade: their rates are mostly chance. The whole way
    is shaded on a scale of its own, for it is far below any step; where there is one step only it
    is left out. `titles` says how stages are called.
    """
    if segments is None:
        segments = by_segment[dimension].unique(maintain_order=True).to_list()[:MAX_SEGMENTS]
    cells = {(row[dimension], row["stage"]): row for row in by_segment.iter_rows(named=True)}
    first, *later = (Stage(each) for each in by_segment["stage"].unique(maintain_order=True))
    last = later[-1]
    steps = [
        [
            (_step(cells[segment, before], cells[segment, stage], basis), f"to {stage.label}")
            for before, stage in pairwise((first, *later))
        ]
        for segment in segments
    ]
    way = f"from {first.label} to {last.label}"
    whole_way = [
        [(_whole_way(cells[segment, first], cells[segment, last], basis), way)]
        for segment in segments
    ]
    has_whole_way = len(later) > 1
    heads = [f"to<br>{_title(stage, titles)}" for stage in later]
    heads += [f"{first.label}<br>to {last.label}"] * has_whole_way
    places = [str(place) for place in range(len(segments))]
    names = {
        "autorange": "reversed",
        "showgrid": False,
        "tickvals": places,
        "ticktext": [_name(segment) for segment in segments],
    }
    return drawn(
        [
            _columns(0, segments, steps),
            *[_columns(len(later), segments, whole_way)] * has_whole_way,
        ],
        height=70 + 44 * len(segments),
        xaxis={
            "side": "top",
            "showgrid": False,
            "tickangle": 0,
            "tickvals": list(range(len(heads))),
            "ticktext": heads,
        },
        yaxis=names,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
    )


def _title(stage: Stage, titles: Mapping[str, str] | None) -> str:
    """A stage above its column, a line for each of those that it stands for."""
    if titles is None or titles[stage] == stage.label:
        return _BROKEN.get(stage, stage.label)
    return titles[stage].replace(" = ", "<br>= ").replace("Opportunity", "Opp.")


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
        "textfont": {"color": TEXT, "size": 11},
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


def _name(segment: str) -> str:
    """The segment beside its row, cut where it is long, in two lines where it has two words."""
    name = cut(segment, _LONGEST_NAME)
    spaces = [place for place, letter in enumerate(name) if letter in " …"]
    if len(name) <= _LONGEST_LINE or not spaces:
        return escape_html(name)
    middle = min(spaces, key=lambda place: abs(place - len(name) / 2))
    first = name[: middle + 1].rstrip(" ")
    return f"{escape_html(first)}<br>{escape_html(name[middle + 1 :])}"


def _step(before: Row, reached: Row, basis: Basis) -> _Rate:
    name = "rate_cohort" if basis is Basis.COHORT else "rate_previous"
    return _Rate(
        reached[name],
        reached["reached"],
        before["reached"],
        reached[f"{name}_low"],
        reached[f"{name}_high"],
        f"Nobody reached {Stage(before['stage']).word}",
        basis,
    )


def _whole_way(entered: Row, won: Row, basis: Basis) -> _Rate:
    return _Rate(
        won["rate_first"],
        won["reached"],
        entered["reached"],
        won["rate_first_low"],
        won["rate_first_high"],
        f"Nobody reached {Stage(entered['stage']).word}",
        basis,
    )
