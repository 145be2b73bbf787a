"""Stages that say nothing beside the one before: the same records, each on the same day."""

from __future__ import annotations

from itertools import pairwise
from typing import ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.scope import Scope, Stage
from metrics.subjects import subject_steps


class StageRepeat(pa.DataFrameModel):
    """One row per stage that the unit goes through, in funnel order.

    `records` reached the stage by the last day observed, whenever they came in. `differing` are
    those of them, and of the stage before, that reached only one of the two, or both on different
    days; null of the first stage. A stage `repeats` the one before when there are records and none
    differs.
    """

    stage: str = pa.Field(isin=[stage.value for stage in Stage])
    records: int = pa.Field(ge=0)
    differing: int = pa.Field(ge=0, nullable=True)
    repeats: bool

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def stage_repeats(warehouse: Warehouse, scope: Scope) -> DataFrame[StageRepeat]:
    """Which stages have the records of the stage before, each on the same day?

    One row per stage. The days are compared record by record, so that equal counts of different
    records are no repeat. Period, basis and window do not matter: a stage that repeats another one
    does so in every period, cohort and comparison, and takes nothing away when it is left out.
    Filters, unit and counting do. A stage that was reached on an unknown day is the same only as
    one that was reached on an unknown day as well.
    """
    stages = scope.unit.stages
    counts = [f"count({_day(each)}) AS records_{each.value}" for each in stages]
    counts += [
        f"count(CASE WHEN {_differs(before, here)} THEN 1 END) AS differing_{here.value}"
        for before, here in pairwise(stages)
    ]
    counted = Step("counted", f"SELECT {', '.join(counts)} FROM subjects")
    row = warehouse.query(Query(*subject_steps(scope), counted)).row(0, named=True)
    rows = [
        (
            each.value,
            row[f"records_{each.value}"],
            differing := row.get(f"differing_{each.value}"),
            differing == 0 and row[f"records_{each.value}"] > 0,
        )
        for each in stages
    ]
    schema = {
        "stage": pl.String,
        "records": pl.Int64,
        "differing": pl.Int64,
        "repeats": pl.Boolean,
    }
    return StageRepeat.validate(pl.DataFrame(rows, schema=schema, orient="row"), lazy=True)


def _day(stage: Stage) -> str:
    """SQL: the day by which the stage was reached for certain, where that was observed."""
    name = f"{stage.value}_by_on"
    return f"CASE WHEN {name} <= observed_until THEN {name} END"


def _differs(before: Stage, here: Stage) -> str:
    """SQL: only one of the two was reached, or on another day, or one on a day nobody recorded."""
    one, other = _day(before), _day(here)
    undated, other_undated = (f"{each.value}_on IS NULL" for each in (before, here))
    return (
        f"(({one}) IS NULL) <> (({other}) IS NULL)"
        f" OR ({one}) <> ({other})"
        f" OR (({one}) IS NOT NULL AND ({undated}) <> ({other_undated}))"
    )
