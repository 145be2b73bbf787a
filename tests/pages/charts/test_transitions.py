"""The matrices of transitions say counts and shares, and mark what is off the straight way."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import polars as pl

from pages.charts.transitions import into_stages, out_of_funnel

COLUMNS = ("from_stage", "to_stage", "move", "transitions", "left", "share")

ROWS: list[tuple[Any, ...]] = [
    (None, "lead", "start", 100, None, None),
    ("lead", "mql", "forward", 60, 80, 0.75),
    ("lead", "sql", "skip", 10, 80, 0.125),
    ("lead", "lost", "exit", 10, 80, 0.125),
    ("lead", None, "still there", 1020, None, None),
    ("sql", "mql", "regression", 3, 4, 0.75),
    ("sql", "mql", "late entry", 1, 4, 0.25),
    ("lost", "mql", "re-entry", 30, 30, 1.0),
]

TRANSITIONS = pl.DataFrame(ROWS, schema=COLUMNS, orient="row").with_columns(
    share_low=pl.col("share") / 2, share_high=pl.col("share")
)


def cells(figure: go.Figure, what: str = "text") -> dict[tuple[str, str], Any]:
    """What each cell holds, by the titles of its row and column."""
    heat = figure.data[0]
    rows, columns = figure.layout.yaxis.ticktext, figure.layout.xaxis.ticktext
    return {
        (row, column.replace("<br>", " ")): heat[what][down][across]
        for down, row in enumerate(rows)
        for across, column in enumerate(columns)
    }


def test_a_cell_has_its_count_its_share_and_a_sign_where_it_is_no_plain_step() -> None:
    shown = cells(into_stages(TRANSITIONS))
    assert shown == {
        ("Lead", "to MQL"): "60<br>75.0%",
        ("Lead", "to SQL"): "10 »<br>12.5%",
        ("SQL", "to MQL"): "4 ←«<br>100.0%",
        ("SQL", "to SQL"): "",
        ("Lost", "to MQL"): "30 ↻<br>100.0%",
        ("Lost", "to SQL"): "",
    }


def test_the_second_matrix_has_the_same_rows_the_ways_out_and_who_is_still_there() -> None:
    figure = out_of_funnel(TRANSITIONS)
    assert cells(figure) == {
        ("Lead", "to Lost"): "10<br>12.5%",
        ("Lead", "still there"): "1,020",
        ("SQL", "to Lost"): "",
        ("SQL", "still there"): "",
        ("Lost", "to Lost"): "",
        ("Lost", "still there"): "",
    }
    assert figure.layout.yaxis.ticktext == into_stages(TRANSITIONS).layout.yaxis.ticktext


def test_rows_of_few_transitions_have_no_shade_and_both_share_one_scale() -> None:
    shades = cells(into_stages(TRANSITIONS), "z")
    assert shades[("Lead", "to MQL")] == 0.75
    assert shades[("SQL", "to MQL")] == 0  # of four
    assert into_stages(TRANSITIONS).data[0].zmax == out_of_funnel(TRANSITIONS).data[0].zmax == 1.0


def test_who_points_at_a_cell_reads_every_move_in_it() -> None:
    hovers = cells(into_stages(TRANSITIONS), "hovertext")
    assert hovers[("SQL", "to MQL")] == (
        "<b>SQL to MQL</b><br>3 regression: 75.0% of 4"
        "<br>95% interval 37.5% to 75.0%<br>1 late entry: 25.0% of 4"
        "<br>95% interval 12.5% to 25.0%"
    )
    assert hovers[("SQL", "to SQL")].endswith("none")
    assert cells(out_of_funnel(TRANSITIONS), "hovertext")[("Lead", "still there")] == (
        "<b>Still Lead</b><br>1,020 still there"
    )
