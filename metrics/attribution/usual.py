"""Usual days: how far back before a conversion its touches lie."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np
import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from data.terms.attribution import AttributionTerms
from metrics.attribution.models import own_rules
from metrics.attribution.paths import path_steps
from metrics.attribution.question import Question

LOOKBACK_SHARE = 0.9
"""Of conversions, the share whose first touch the usual lookback reaches."""


class UsualDays(pa.DataFrameModel):
    """One row: how long before a conversion its first touch was, in days; null without any.

    `lookback_days` reaches the first touch of nine conversions in ten, `half_life_days` is half of
    the median. `share_cut` of the touches were earlier than the lookback.
    """

    touched_conversions: int = pa.Field(ge=0)
    lookback_days: int = pa.Field(ge=1, nullable=True)
    half_life_days: float = pa.Field(gt=0, nullable=True)
    share_cut: float = pa.Field(ge=0, le=1, nullable=True)

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def usual_days(warehouse: Warehouse, question: Question) -> DataFrame[UsualDays]:
    """How long before a conversion does its first touch usually lie?

    Of the question's conversions that have a touch, whatever its lookback. Quantiles are values
    that occur: the smallest day that so many conversions do not exceed.
    """
    counted = warehouse.query(
        Query(
            *path_steps(replace(question, lookback_days=None)),
            Step(
                "days",
                """
                SELECT days_before, count(*) AS touches,
                    count(CASE WHEN place = 1 THEN 1 END) AS firsts
                FROM paths
                GROUP BY days_before
                ORDER BY days_before
                """,
            ),
        )
    )
    days, touches, firsts = (counted[name].to_numpy() for name in counted.columns)
    conversions = int(firsts.sum())
    row: dict[str, float | int | None] = {"touched_conversions": conversions}
    if conversions:
        reached = np.cumsum(firsts)
        lookback = max(int(days[np.searchsorted(reached, LOOKBACK_SHARE * conversions)]), 1)
        median = float(days[np.searchsorted(reached, conversions / 2)])
        cut = float(touches[days > lookback].sum() / touches.sum())
        row |= {
            "lookback_days": lookback,
            "half_life_days": max(median, 1) / 2,
            "share_cut": cut,
        }
    schema = {name: column.dtype.type for name, column in UsualDays.to_schema().columns.items()}
    return UsualDays.validate(pl.DataFrame([row], schema=schema), lazy=True)


def settled(
    warehouse: Warehouse, question: Question, terms: AttributionTerms
) -> tuple[Question, float]:
    """A question with the definitions' own models and its lookback, and the half-life in days.

    The days are those of the question, else those that the definitions fix, else what is usual in
    the data. Without a touch nothing is usual: the lookback stays open, and the half-life is a day.
    """
    lookback = question.lookback_days or terms.lookback_days
    half_life = terms.half_life_days
    if lookback is None or half_life is None:
        usual = usual_days(warehouse, question).row(0, named=True)
        lookback = lookback or usual["lookback_days"]
        half_life = half_life or usual["half_life_days"] or 1.0
    return replace(question, lookback_days=lookback, own_rules=own_rules(terms.model)), half_life
