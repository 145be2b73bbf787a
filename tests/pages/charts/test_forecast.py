"""Charts of a forecast: what they draw is what the frame says."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import plotly.graph_objects as go
import polars as pl

from pages.charts.planning.forecast import contributions, drift, fan

COURSE = pl.DataFrame(
    {
        "quarter": ["Q3 2026", "Q4 2026", "Q1 2027", "Q2 2027"],
        "won": [300.0, 280.0, None, None],
        "won_so_far": [None, None, 90.0, None],
        **{
            name: [None, None, value, value + 50]
            for name, value in (("p10", 200.0), ("p25", 250.0), ("p50", 300.0), ("p75", 350.0),
                                ("p90", 420.0))
        },
        "plan": [None, None, 500.0, None],
    }
)  # fmt: skip


def named(figure: go.Figure) -> dict[str, Any]:
    return {trace.name: trace for trace in figure.data if trace.name}


def test_the_fan_opens_from_the_last_quarter_that_is_over() -> None:
    traces = named(fan(COURSE))
    assert list(traces["Won"].y) == [300, 280]
    outer, inner = traces["Outer: 80% of cases"], traces["Inner: 50% of cases"]
    assert list(outer.x) == ["Q4 2026", "Q1 2027", "Q2 2027"]
    assert list(outer.y) == [280, 420, 470]
    assert list(inner.y) == [280, 350, 400]
    lower = [trace for trace in fan(COURSE).data if trace.name is None]
    assert [list(trace.y) for trace in lower] == [[280, 200, 250], [280, 250, 300]]
    assert outer.fill == inner.fill == "tonexty"
    assert list(traces["Forecast, median"].y) == [280, 300, 350]
    assert traces["Forecast, median"].line.dash == "dash"


def test_what_is_won_so_far_and_planned_stands_at_its_quarter() -> None:
    traces = named(fan(COURSE))
    assert (traces["Won so far"].x, traces["Won so far"].y) == (("Q1 2027",), (90,))
    assert (traces["Locked plan"].x, traces["Locked plan"].y) == (("Q1 2027",), (500,))
    assert traces["Locked plan"].marker.symbol == "diamond-open"
    assert "Locked plan" not in named(fan(COURSE.with_columns(plan=pl.lit(None, pl.Float64))))


def test_a_forecast_without_a_past_quarter_begins_with_itself() -> None:
    traces = named(fan(COURSE.filter(pl.col("won").is_null())))
    assert list(traces["Outer: 80% of cases"].x) == ["Q1 2027", "Q2 2027"]


def test_the_year_stands_where_it_begins() -> None:
    assert fan(COURSE).layout.xaxis.ticktext == ("Q3<br>2026", "Q4", "Q1<br>2027", "Q2")
    names = ["Q4 2025", "Q1 2026", "Q2 2026", "Q3 2026", "Q4 2026", "Q1 2027", "Q2 2027"]
    bars = pl.DataFrame({"quarter": names, "source": "open deals", "mean": 1.0})
    assert contributions(bars).layout.xaxis.ticktext[:2] == ("Q4", "Q1<br>2026")
    assert contributions(bars[:4]).layout.xaxis.ticktext[0] == "Q4<br>2025"


def test_sources_are_stacked_and_told_apart_by_more_than_colour() -> None:
    rows = pl.DataFrame(
        {
            "quarter": ["Q4 2026"] * 4,
            "source": ["won so far", "open <deals>", "deals without a lead", "leads to come"],
            "mean": [90.0, 100.0, 10.0, 30.0],
        }
    )
    figure = contributions(rows)
    assert figure.layout.barmode == "stack"
    bars = list(figure.data)
    assert [bar.y[0] for bar in bars] == [90, 100, 10, 30]
    assert bars[1].name == "Open &lt;deals&gt;"
    assert [bar.marker.pattern.shape for bar in bars] == ["", "/", ".", "/"]


def test_a_drift_has_every_time_and_what_came() -> None:
    said = pl.DataFrame(
        {
            "said_at": [datetime(2026, 10, day, hour) for day, hour in ((1, 8), (8, 8), (8, 9))],
            "p10": [80.0, 90, 95],
            "p50": [100.0, 110, 105],
            "p90": [150.0, 140, 120],
            "won": [104.0] * 3,
        }
    )
    traces = named(drift(said))
    spoken = traces["Said: median and 80% range"]
    assert list(spoken.y) == [100, 110, 105]
    assert list(spoken.error_y.array) == [50, 30, 15]
    assert list(spoken.error_y.arrayminus) == [20, 20, 10]
    assert list(traces["Won"].y) == [104] * 3
    assert len(drift(said).layout.xaxis.tickvals) == 2
    assert "Won" not in named(drift(said.with_columns(won=pl.lit(None, pl.Float64))))
