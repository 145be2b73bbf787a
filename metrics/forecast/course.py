"""The course of quarters: what the last ones won, and where this one and the next may land."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import polars as pl

from data.schema.frames import DataFrame, pa
from metrics.forecast.forecast import LEVELS
from metrics.forecast.landing import Landing
from metrics.forecast.planned import PlannedQuarter
from metrics.forecast.quarters import quarter_name, quarter_of, quarters_over
from metrics.forecast.rows import framed
from metrics.plan.past.history import History

PAST_QUARTERS = 8
"""So many quarters that are over are shown before those to come."""


class Course(pa.DataFrameModel):
    """One row per quarter, in order of time: up to eight that are over, then this and three more.

    Revenue in the base currency, or deals where no won deal has an amount. `won` is what a quarter
    that is over won, `won_so_far` what this one has won already. Percentiles are those of the
    forecast; `plan` is what the locked plan wants, and `p_hit` the chance of reaching it.
    """

    quarter_on: pl.Date
    quarter_end_on: pl.Date
    quarter: str
    won: float = pa.Field(nullable=True)
    won_so_far: float = pa.Field(ge=0, nullable=True)
    p10: float = pa.Field(ge=0, nullable=True)
    p25: float = pa.Field(ge=0, nullable=True)
    p50: float = pa.Field(ge=0, nullable=True)
    p75: float = pa.Field(ge=0, nullable=True)
    p90: float = pa.Field(ge=0, nullable=True)
    plan: float = pa.Field(ge=0, nullable=True)
    p_hit: float = pa.Field(ge=0, le=1, nullable=True)

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def course(
    history: History, landed: Landing, planned: Sequence[PlannedQuarter | None], currency: str
) -> DataFrame[Course]:
    """What did the last quarters win, and where may this one and the next three land?

    `planned` has what a plan wants of each quarter of the landing. A plan in another unit than the
    forecast is left out.
    """
    unit = currency if landed.has_amounts else None
    rows: list[dict[str, object]] = []
    opened = history.deals.opened.days
    over = quarters_over(quarter_of(opened[0]).start, landed.as_of) if opened else ()
    for quarter in over[-PAST_QUARTERS:]:
        deals, amount = history.deals.won.within(quarter)
        rows.append(
            {
                "quarter_on": quarter.start,
                "quarter_end_on": quarter.end,
                "quarter": quarter_name(quarter),
                "won": amount if landed.has_amounts else float(deals),
            }
        )
    for place, (quarter, wanted) in enumerate(zip(landed.quarters, planned, strict=True)):
        drawn = landed.total[place]
        deals, amount = history.deals.won.within(quarter)
        known = dict(zip((f"p{level}" for level in LEVELS), np.percentile(drawn, LEVELS).tolist(),
                         strict=True))  # fmt: skip
        rows.append(
            {
                "quarter_on": quarter.start,
                "quarter_end_on": quarter.end,
                "quarter": quarter_name(quarter),
                **known,
            }
        )
        if place == 0:
            rows[-1]["won_so_far"] = amount if landed.has_amounts else float(deals)
        if wanted is not None and wanted.currency == unit:
            rows[-1] |= {
                "plan": wanted.amount,
                "p_hit": float((drawn >= wanted.amount).mean()),
            }
    return framed(Course, rows)
