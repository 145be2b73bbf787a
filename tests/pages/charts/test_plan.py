"""Charts of a plan: months as months, what is too late hatched."""

from __future__ import annotations

from datetime import date

import polars as pl

from metrics.scope import Stage
from pages.charts.planning.plan import needed_by_month, past_values, stage_by_month

REQUIRED = pl.DataFrame(
    {
        "month_on": [date(2027, 1, 15), date(2027, 2, 1)] * 2,
        "stage": ["lead", "lead", "mql", "mql"],
        "low": [10.0, 20.0, 1.0, 2.0],
        "middle": [10.0, 20.0, 3.0, 4.0],
        "high": [10.0, 20.0, 6.0, 8.0],
        "in_time": [0.9, 0.05, None, None],
        "is_too_late": [False, True, None, None],
    }
)


def test_months_that_are_too_late_are_hatched_and_named() -> None:
    figure = needed_by_month(REQUIRED, Stage.LEAD, 12.0)
    create, late, usual = figure.data
    assert (create.name, create.y, create.marker.pattern.shape) == ("To create", (10.0,), "")
    assert (late.name, late.y, late.marker.pattern.shape) == (
        "Too late for the target",
        (20.0,),
        "/",
    )
    assert usual.y == (12.0, 12.0)
    assert create.x[0] == date(2027, 1, 1)
    assert figure.layout.xaxis.ticktext == ("Jan<br>2027", "Feb")


def test_ranges_stand_around_the_middle() -> None:
    (bar,) = stage_by_month(REQUIRED, Stage.MQL).data
    assert bar.y == (3.0, 4.0)
    assert (bar.error_y.array, bar.error_y.arrayminus) == ((3.0, 4.0), (2.0, 2.0))


def test_a_share_is_written_in_per_cent() -> None:
    rows = pl.DataFrame({"period_on": [date(2027, 1, 1)], "value": [0.2]})
    assert past_values(rows, "Share won", "%").layout.yaxis.tickformat == ".1%"
