"""Charts of cohorts and of incidence say what their frames hold, and what is young."""

from __future__ import annotations

from datetime import date

import polars as pl

from pages.charts.cohorts import cohort_triangle, projected_rates
from pages.charts.incidence import MOST_LINES, incidence_curves

JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)

CELLS = pl.DataFrame(
    [
        (JANUARY, 40, 1, 30, 4, 0.1, True),
        (JANUARY, 40, 2, 60, 8, 0.2, True),
        (JANUARY, 40, 4, 120, 8, 0.2, False),
        (FEBRUARY, 10, 1, 30, 5, 0.5, True),
        (FEBRUARY, 10, 2, 60, 5, 0.5, False),
    ],
    schema=["month_on", "entered", "months_since", "days", "converted", "rate", "is_mature"],
    orient="row",
)

COHORTS = pl.DataFrame(
    [
        (JANUARY, 40, 8, 0.2, 9, 0.2, 0.2, 0.2, 300),
        (FEBRUARY, 10, 1, 0.1, 5, 0.3, 0.2, 0.5, 300),
    ],
    schema=[
        "month_on",
        "entered",
        "converted",
        "rate",
        "open",
        "projected_rate",
        "projected_low",
        "projected_high",
        "horizon_days",
    ],
    orient="row",
)


def test_the_triangle_shades_only_what_is_mature_and_large_enough() -> None:
    (heat,) = cohort_triangle(CELLS).to_dict()["data"]
    assert list(heat["x"]) == ["1", "2"]  # the fourth month has no column
    assert [list(row) for row in heat["text"]] == [["10.0", "20.0"], ["50.0", "≥50.0"]]
    assert [list(row) for row in heat["z"]] == [[0.1, 0.2], [0.0, 0.0]]
    assert "not all have had so long" in heat["hovertext"][1][1]
    assert "8 of 40" in heat["hovertext"][0][1]


def test_a_projection_stands_beside_what_was_observed_and_only_where_it_may_rise() -> None:
    observed, projected = projected_rates(COHORTS).to_dict()["data"]
    assert list(observed["y"]) == [0.2, 0.1]
    assert list(observed["marker"]["symbol"]) == ["circle", "circle-open"]
    assert (list(projected["x"]), list(projected["y"])) == ([FEBRUARY], [0.3])
    assert projected["line"]["dash"] == "dash"
    assert round(projected["error_y"]["array"][0], 6) == 0.2
    assert round(projected["error_y"]["arrayminus"][0], 6) == 0.1


def test_without_a_projection_the_observed_stand_alone() -> None:
    nothing = COHORTS.with_columns(
        pl.lit(None, pl.Float64).alias(name)
        for name in ("projected_rate", "projected_low", "projected_high")
    )
    (observed,) = projected_rates(nothing).to_dict()["data"]
    assert list(observed["marker"]["symbol"]) == ["circle-open"] * 2


def test_curves_are_steps_of_the_largest_segments() -> None:
    rows = [(f"<b>{place}</b>", age, 10 - age, age / 10) for place in range(9) for age in (0, 3)]
    curves = pl.DataFrame(rows, schema=["channel", "age_days", "at_risk", "rate"], orient="row")
    lines = incidence_curves(curves, "channel").to_dict()["data"]
    assert len(lines) == MOST_LINES
    assert {line["line"]["shape"] for line in lines} == {"hv"}
    assert lines[0]["name"] == "&lt;b&gt;0&lt;/b&gt;"
    (one,) = incidence_curves(curves.drop("channel").head(2)).to_dict()["data"]
    assert (list(one["x"]), list(one["y"])) == ([0, 3], [0.0, 0.3])
