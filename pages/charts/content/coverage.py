"""Coverage: which persona meets content at which stage."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import polars as pl

from metrics.scope import Stage
from metrics.wording import formats
from pages.charts.layout import TEXT, drawn
from pages.display.text import escape_html

MOST_PERSONAS = 12

_ROW = 58
_LONGEST_NAME = 24
_LONGEST_TITLE = 48


def coverage_heat(cells: pl.DataFrame) -> go.Figure:
    """Rows are personas, columns stages: how many were there, and how many of them met content.

    `cells` is the result of `content_coverage`; the first MOST_PERSONAS personas are drawn, in
    their order. The shade is the share of people who met any content; a gap says so in words.
    """
    personas = cells["persona"].unique(maintain_order=True).to_list()[:MOST_PERSONAS]
    stages = cells["stage"].unique(maintain_order=True).to_list()
    found = {(row["persona"], row["stage"]): row for row in cells.iter_rows(named=True)}
    rows = [[found[persona, stage] for stage in stages] for persona in personas]
    heat = {
        "type": "heatmap",
        "z": [[_reached(row) for row in line] for line in rows],
        "x": list(range(len(stages))),
        "y": list(range(len(personas))),
        "text": [[_cell(row) for row in line] for line in rows],
        "texttemplate": "%{text}",
        "textfont": {"color": TEXT, "size": 11},
        "hovertext": [[_cell_in_full(row) for row in line] for line in rows],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "xgap": 3,
        "ygap": 3,
        "zmin": 0,
        "zmax": 1,
        "showscale": False,
    }
    return drawn(
        [heat],
        height=60 + _ROW * len(personas),
        xaxis={
            "side": "top",
            "showgrid": False,
            "tickangle": 0,
            "tickvals": list(range(len(stages))),
            "ticktext": [stage_in_two_lines(each) for each in stages],
        },
        yaxis={
            "autorange": "reversed",
            "showgrid": False,
            "tickvals": list(range(len(personas))),
            "ticktext": [_name(each) for each in personas],
        },
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
    )


def stage_in_two_lines(stage: str) -> str:
    """A stage as the head of a narrow column.

    >>> stage_in_two_lines("no lead"), stage_in_two_lines("mql")
    ('No<br>lead', 'MQL')
    """
    if stage == Stage.OPPORTUNITY:
        return "Oppor-<br>tunity"
    if stage in list(Stage):
        return Stage(stage).label
    return stage.capitalize().replace(" ", "<br>")


def _reached(row: dict[str, Any]) -> float:
    return row["exposed"] / row["present"] if row["present"] else 0.0


def _cell(row: dict[str, Any]) -> str:
    lines = [formats.count(row["exposed"])]
    if row["present"] is not None:
        lines.append(f"of {formats.count(row['present'])}")
    return "<br>".join([*lines, *["<b>gap</b>"] * bool(row["is_gap"])])


def _cell_in_full(row: dict[str, Any]) -> str:
    lines = [
        f"<b>{escape_html(row['persona'])}</b>, {row['stage']}",
        f"{formats.count(row['exposed'])} met any of {formats.counted(row['assets'], 'asset')}",
    ]
    if row["present"] is not None:
        lines.append(f"{formats.counted(row['present'], 'person was', 'people were')} there")
    if row["largest_asset"] is not None:
        title = escape_html(_cut(row["largest_asset"], _LONGEST_TITLE))
        lines.append(f"Most met: {title}, {formats.count(row['largest_exposed'])}")
    return "<br>".join(lines)


def _name(text: str) -> str:
    """A name beside its row: cut where it is long, in two lines where it has two words."""
    cut = _cut(text, _LONGEST_NAME)
    before, space, after = cut.partition(" ")
    return f"{escape_html(before)}<br>{escape_html(after)}" if space else escape_html(cut)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
