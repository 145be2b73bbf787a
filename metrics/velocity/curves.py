"""The incidence of each step of a scope's unit, as every metric of velocity reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from data.engine.warehouse import Warehouse
from metrics.estimators.age_counts import AgeCounts
from metrics.estimators.age_reached import time_to_convert
from metrics.estimators.incidence import incidence
from metrics.funnel.ages import Way, ages_query, steps, told_days
from metrics.funnel.counts import age_counts, horizon_days, untold
from metrics.funnel.incidence import FEWEST_CONVERSIONS
from metrics.scope import Scope


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """What became of those that reached a stage, by age, up to the last age with enough at risk.

    Nothing where nobody did, or where over a tenth of those that went on did so on an unknown day.
    """

    way: Way
    counts: AgeCounts | None

    @property
    def has_enough(self) -> bool:
        """Whether so many converted that a time to convert is told."""
        return self.counts is not None and self.counts.converted.sum() >= FEWEST_CONVERSIONS

    def days(self, share: float) -> float | None:
        """The days within which this share of the eventual converters have converted."""
        if self.counts is None or not self.has_enough:
            return None
        return time_to_convert(incidence(self.counts), share)


def step_curves(warehouse: Warehouse, scope: Scope) -> list[Step]:
    """From each stage of the unit to the next, and last its whole way: `step_incidence`'s rows."""
    asked: Sequence[Way] = steps(scope.unit)
    ages = warehouse.query(ages_query(scope, None, asked, told_days(warehouse)))
    found = []
    for start, end in asked:
        rows = ages.filter(pl.col("from_stage") == start.value, pl.col("to_stage") == end.value)
        is_told = bool(rows["records"].sum()) and not untold(rows)
        counts = age_counts(rows, horizon_days(rows)) if is_told else None
        found.append(Step((start, end), counts))
    return found
