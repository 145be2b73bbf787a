"""How old what is still open is, in each stage, and which part of it hardly goes on any more."""

from __future__ import annotations

from itertools import pairwise
from typing import ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.contract import columns
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.scope import Scope, Stage
from metrics.velocity.curves import step_curves
from metrics.velocity.standing import standing_steps

BANDS = (0, 31, 61, 91, 181, 366)
"""The first day of each band of ages."""

LABELS = (*(f"{first} to {last - 1}" for first, last in pairwise(BANDS)), f"{BANDS[-1]} and more")


class OpenAges(pa.DataFrameModel):
    """One row per stage and band of ages, in order; stages in which nothing is open are left out.

    `records` of the stage's `of_stage` open ones have been in it for a number of days within
    `band`. `days_most` is the age by which 90% of those who went on from the stage had, null of
    fewer than five; `older` are open for longer than that, and `older_share` is their share.
    """

    stage: str = pa.Field(isin=[stage.value for stage in Stage])
    band: str = pa.Field(isin=LABELS)
    records: int = pa.Field(ge=0)
    of_stage: int = pa.Field(ge=1)
    days_most: float = pa.Field(ge=0, nullable=True)
    older: int = pa.Field(ge=0, nullable=True)
    older_share: float = pa.Field(ge=0, le=1, nullable=True)

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def open_ages(warehouse: Warehouse, scope: Scope) -> DataFrame[OpenAges]:
    """How long has what is open been in its stage, and how much of it hardly goes on any more?

    Everything open on the last day observed, whatever the period, in the latest stage it has
    reached. The age by which 90% of converters had converted is that of those that reached the
    stage in the period (`time_to_convert`). Basis and window do not matter.
    """
    by_age = warehouse.query(
        Query(
            *standing_steps(scope),
            Step(
                "by_age",
                "SELECT stage, age_days, count(*) AS records FROM standing"
                " GROUP BY stage, age_days ORDER BY stage, age_days",
            ),
        )
    )
    rows = []
    for step in step_curves(warehouse, scope)[: len(scope.unit.stages) - 1]:
        mine = by_age.filter(stage=step.way[0].value)
        total = int(mine["records"].sum())
        if not total:
            continue
        most = step.days(0.9)
        older = None
        if most is not None:
            older = int(mine.filter(pl.col("age_days") > most)["records"].sum())
        known = {"stage": step.way[0].value, "of_stage": total, "days_most": most, "older": older}
        known["older_share"] = None if older is None else older / total
        for label, (first, last) in zip(LABELS, pairwise((*BANDS, 10**6)), strict=True):
            within = mine.filter(pl.col("age_days").is_between(first, last - 1))
            rows.append(known | {"band": label, "records": int(within["records"].sum())})
    names = columns(OpenAges)
    found = pl.DataFrame([{name: row[name] for name in names} for row in rows], schema=names)
    return OpenAges.validate(found, lazy=True)
