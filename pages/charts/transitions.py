"""Transitions as two matrices beside each other: into the stages, and out of the funnel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go
import polars as pl

from metrics.scope import Stage
from metrics.wording import formats
from pages.charts.layout import TEXT, drawn

Row = dict[str, Any]

SIGNS = {"skip": "»", "regression": "←", "late entry": "«", "re-entry": "↻"}
"""What marks a move off the straight way, so that no colour has to."""

MIN_LEFT = 20
"""Rows of fewer transitions have no shade: their shares are mostly chance."""

_WAYS_OUT = ("disqualified", "lost", "recycled")

NAMES = {each.value: each.label for each in Stage} | {each: each.capitalize() for each in _WAYS_OUT}
"""The stages and ways out as people write them, in the order of rows and columns."""


def into_stages(transitions: pl.DataFrame) -> go.Figure:
    """Rows are what was left, columns the stages entered; each cell has a count and its share.

    `transitions` is the result of `stage_transitions`. A share is of all transitions out of the
    row's stage, here or in `out_of_funnel`; the stronger the shade, the larger it is. SIGNS mark
    the cells that skip, go back, come late or come back.
    """
    entered = set(transitions.drop_nulls("from_stage")["to_stage"])
    return _matrix(transitions, [each.value for each in Stage if each.value in entered])


def out_of_funnel(transitions: pl.DataFrame) -> go.Figure:
    """The same rows; columns are the ways out, and last how many are still there."""
    entered = set(transitions["to_stage"])
    return _matrix(transitions, [*(each for each in _WAYS_OUT if each in entered), None])


def _matrix(transitions: pl.DataFrame, ends: Sequence[str | None]) -> go.Figure:
    cells: dict[tuple[str, str | None], list[Row]] = {}
    for row in transitions.drop_nulls("from_stage").iter_rows(named=True):
        cells.setdefault((row["from_stage"], row["to_stage"]), []).append(row)
    present = {start for start, _ in cells}
    starts = [each for each in NAMES if each in present]
    found = [[cells.get((start, end), []) for end in ends] for start in starts]
    largest = max((row["share"] or 0 for moves in cells.values() for row in moves), default=0)
    heat = {
        "type": "heatmap",
        "z": [[_shade(moves) for moves in row] for row in found],
        "x": list(range(len(ends))),
        "y": list(range(len(starts))),
        "text": [[_text(moves) for moves in row] for row in found],
        "texttemplate": "%{text}",
        "textfont": {"color": TEXT, "size": 12},
        "hovertext": [
            [_hover(start, end, moves) for end, moves in zip(ends, row, strict=True)]
            for start, row in zip(starts, found, strict=True)
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "xgap": 3,
        "ygap": 3,
        "zmin": 0,
        "zmax": largest or 1,
        "showscale": False,
    }
    titles = [_title(end) for end in ends]
    return drawn(
        [heat],
        height=50 + 42 * len(starts),
        xaxis={
            "side": "top",
            "showgrid": False,
            "tickangle": 0,
            "tickvals": list(range(len(ends))),
            "ticktext": titles,
        },
        yaxis={
            "autorange": "reversed",
            "showgrid": False,
            "tickvals": list(range(len(starts))),
            "ticktext": [NAMES[start] for start in starts],
        },
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
    )


def _title(end: str | None) -> str:
    return "still<br>there" if end is None else f"to<br>{NAMES[end]}"


def _shade(moves: Sequence[Row]) -> float:
    return sum(row["share"] or 0.0 for row in moves if (row["left"] or 0) >= MIN_LEFT)


def _text(moves: Sequence[Row]) -> str:
    if not moves:
        return ""
    signs = "".join(SIGNS.get(row["move"], "") for row in moves)
    count = f"{formats.count(sum(row['transitions'] for row in moves))} {signs}".strip()
    shares = [row["share"] for row in moves if row["share"] is not None]
    return f"{count}<br>{formats.share(sum(shares))}" if shares else count


def _hover(start: str, end: str | None, moves: Sequence[Row]) -> str:
    if end is None:
        lines = [f"<b>Still {NAMES[start]}</b>"]
    else:
        lines = [f"<b>{NAMES[start]} to {NAMES[end]}</b>"]
    for row in moves:
        line = f"{formats.count(row['transitions'])} {row['move']}"
        if row["share"] is not None:
            line += f": {formats.share(row['share'])} of {formats.count(row['left'])}"
            low, high = formats.share(row["share_low"]), formats.share(row["share_high"])
            line += f"<br>95% interval {low} to {high}"
        lines.append(line)
    return "<br>".join(lines if moves else [*lines, "none"])
