"""How a team without a model says what a quarter wins: from the deals that are due in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.engine.warehouse import Warehouse
from metrics.forecast.baselines import TooEarlyError
from metrics.forecast.past_pipeline import PipelineTold, past_pipeline, pipeline_told
from metrics.period import in_words
from metrics.rates import MOST_UNKNOWN
from metrics.scope import Scope

Floats = NDArray[np.float64]


class ByPipeline(Enum):
    """The baselines that look at open deals expected to close in the quarter."""

    CRM_PROBABILITY = "CRM probability"
    """Amounts times what sellers say of winning."""
    STAGE_WEIGHTED = "stage-weighted pipeline"
    """Amounts times the share of closed deals won that had come to the deal's stage."""


def stage_win_rates(won: NDArray[np.int64], closed: NDArray[np.int64]) -> Floats:
    """Share of the closed deals that came to each stage which was won.

    One win and one loss are added to each, so that a stage in which nothing has closed has a rate.

    >>> stage_win_rates(np.array([5, 0]), np.array([10, 0])).tolist()
    [0.5, 0.5]
    """
    rates: Floats = (won + 1) / (closed + 2)
    return rates


@dataclass(frozen=True, slots=True, eq=False)
class Pipelines:
    """The pipeline as it was known on the day before each past quarter.

    `quarters` has the rows of `past_pipeline` by the quarter's first day, and `told` since when the
    history tells what of deals.
    """

    told: PipelineTold
    quarters: Mapping[date, pl.DataFrame]

    @classmethod
    def of(cls, told: PipelineTold, rows: pl.DataFrame) -> Pipelines:
        """The pipelines of rows of `past_pipeline`."""
        return cls(told, {part["quarter_on"][0]: part for part in rows.partition_by("quarter_on")})

    def point(self, baseline: ByPipeline, quarter_on: date) -> float:
        """How much did a baseline say that the quarter from this day on wins?

        In the base currency; 0 where no open deal was due in it. Raises TooEarlyError with the
        reason where the history does not tell it of that day.
        """
        reads_stage = baseline is ByPipeline.STAGE_WEIGHTED
        self._require_history(reads_stage, quarter_on)
        rows = self.quarters.get(quarter_on)
        if rows is None:
            return 0.0
        open_deals, untold, due = (int(rows[each].sum()) for each in _COUNTS)
        if untold > MOST_UNKNOWN * open_deals:
            raise TooEarlyError(
                f"the expected close that {untold} of {open_deals} open deals had then is not told"
            )
        unstaged = rows.filter(pl.col("stage").is_null())["due_deals"]
        unread = int((unstaged if reads_stage else rows["unrated_deals"]).sum())
        if unread > MOST_UNKNOWN * due:
            what = "stage" if reads_stage else "probability"
            raise TooEarlyError(f"{unread} of {due} deals due then have no {what} of that day")
        if due and rows["amount"].count() == 0:
            raise TooEarlyError("no deal due then has an amount")
        if not reads_stage:
            return float(rows["weighted_amount"].sum())
        staged = rows.drop_nulls(["stage", "amount"])
        rates = stage_win_rates(staged["won_deals"].to_numpy(), staged["closed_deals"].to_numpy())
        return float(staged["amount"].to_numpy() @ rates)

    def _require_history(self, reads_stage: bool, quarter_on: date) -> None:
        """Raise TooEarlyError unless the day before the quarter is told."""
        read = ("stage", self.told.stage) if reads_stage else ("probability", self.told.probability)
        days = dict([read, ("expected close", self.told.expected_close)])
        if missing := [name for name, day in days.items() if day is None]:
            raise TooEarlyError(
                "needs the history of the pipeline: load dated changes of"
                f" {' and '.join(missing)} of deals"
            )
        begins = max(day for day in days.values() if day)
        if begins >= quarter_on:
            raise TooEarlyError(f"the history of the pipeline begins on {in_words(begins)}")


_COUNTS = ("deals", "untold_deals", "due_deals")


def pipelines(warehouse: Warehouse, scope: Scope) -> Pipelines:
    """The pipeline before each past quarter of a scope, with what is told of it."""
    told = pipeline_told(warehouse)
    return Pipelines.of(told, past_pipeline(warehouse, scope, told))
