"""Paths as they were seen: one row per touch of each conversion, from one scan."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.sql import Query, Step
from metrics.attribution.amounts import amount
from metrics.attribution.credit import refuse_unconverted_worth
from metrics.attribution.paths import path_steps
from metrics.attribution.question import PathKind, Question
from metrics.attribution.usual import settled
from metrics.scope import Scope


@dataclass(frozen=True, eq=False)
class SeenPaths:
    """The conversions of a question and their touches, for whatever is asked about paths.

    `conversions` has `subject_id` and `worth`, in conversions or in the base currency, null for an
    amount that is not recorded. `touches` has `subject_id`, `place` from 1 on, `segment` and
    `days_before` the conversion: one per person, segment and day.
    """

    conversions: pl.DataFrame
    touches: pl.DataFrame

    @cached_property
    def steps(self) -> pl.DataFrame:
        """One row per touch that differs from the one before, `place` and `places` anew."""
        order = self.touches.sort("subject_id", "place")
        is_new = pl.col("segment").ne_missing(pl.col("segment").shift().over("subject_id"))
        return order.filter(is_new).with_columns(
            place=pl.int_range(1, pl.len() + 1).over("subject_id"),
            places=pl.len().over("subject_id").cast(pl.Int64),
        )

    @cached_property
    def members(self) -> pl.DataFrame:
        """One row per conversion and segment that touched it, with the conversion's worth."""
        once = self.touches.select("subject_id", "segment").unique()
        return once.join(self.conversions, on="subject_id")


def seen_paths(warehouse: Warehouse, question: Question) -> SeenPaths:
    """Which touches came before each of the question's conversions?

    Whatever kind of path the question asks for: its touches are all of those that may earn credit,
    and where segments in order are told, those that follow one another count as one.

    Raises MissingRateError where an amount has no exchange rate.
    """
    refuse_unconverted_worth(warehouse, question)
    steps = path_steps(replace(question, path=PathKind.EVERY))
    rows = warehouse.query(Query(*steps, _SEEN))
    worth = amount(pl.col("units"), question.worth)
    conversions = rows.filter(pl.col("place").is_null() | (pl.col("place") == 1))
    touches = rows.filter(pl.col("place").is_not_null())
    return SeenPaths(
        conversions.select("subject_id", worth=worth),
        touches.select("subject_id", "place", "segment", "days_before"),
    )


def usual_paths(warehouse: Warehouse, scope: Scope, definitions: Definitions) -> SeenPaths:
    """The paths of the deals won in the period, as far back as is usual in the data."""
    question, _ = settled(warehouse, Question(scope), definitions.attribution)
    return seen_paths(warehouse, question)


_SEEN = Step(
    "seen",
    """
    SELECT conversions.subject_id, CAST(conversions.units AS BIGINT) AS units,
        CAST(paths.place AS BIGINT) AS place, paths.segment,
        CAST(paths.days_before AS BIGINT) AS days_before
    FROM conversions
    LEFT JOIN paths ON paths.subject_id = conversions.subject_id
    """,
)
