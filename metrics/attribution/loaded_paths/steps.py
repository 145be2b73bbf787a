"""Loaded paths in steps: their touches with their worth, and the steps of a chain in counts."""

from __future__ import annotations

import polars as pl

from data.engine.warehouse import Warehouse
from data.sql import Query, Step
from metrics.attribution.journeys import ChainCounts
from metrics.attribution.loaded_paths.question import PathQuestion
from metrics.attribution.paths import DIRECT, UNITS_OF_A_CONVERSION, kept_of
from metrics.attribution.question import Worth


def touch_steps(question: PathQuestion) -> tuple[Step, ...]:
    """Steps to `paths` and `codes`, as `metrics.attribution.rules.shared_steps` reads them.

    `loaded` has one row per path of the system. `subject_id` numbers them in the order of their
    ids, which may be long texts; `units` is the worth in millionths, null where conversions have no
    recorded value. Paths that never converted are there as well, with a worth of 0.
    """
    worth = {
        Worth.COUNT: _millionths("conversions"),
        Worth.AMOUNT: f"CASE WHEN conversions = 0 THEN 0 ELSE {_millionths('value_amount')} END",
    }[question.worth]
    kept = kept_of(question.path, "subject_id", "segment", "in_path")
    in_order = "PARTITION BY subject_id ORDER BY in_path"
    return (
        Step(
            "loaded",
            f"""
            SELECT source_system, path_id, row_number() OVER (ORDER BY path_id) AS subject_id,
                conversions,
                coalesce(nulls, CAST(0 AS DECIMAL(18, 6))) AS nulls, {worth} AS units
            FROM path
            WHERE source_system = ?
            """,
            (question.source_system,),
        ),
        Step(
            "marked",
            f"""
            SELECT told.*, {kept} AS is_kept
            FROM (
                SELECT loaded.subject_id, loaded.units, path_step.place AS in_path,
                    path_step.{question.by.value} AS segment,
                    path_step.channel = '{DIRECT}' AS is_direct
                FROM loaded
                JOIN path_step ON path_step.source_system = loaded.source_system
                    AND path_step.path_id = loaded.path_id
            ) AS told
            """,
        ),
        Step(
            "paths",
            f"""
            SELECT subject_id, units, in_path AS interaction_id, segment, is_direct,
                row_number() OVER ({in_order}) AS place,
                count(*) OVER (PARTITION BY subject_id) AS places,
                CAST(NULL AS BIGINT) AS lead_place, CAST(NULL AS BIGINT) AS deal_place,
                0 AS days_before
            FROM marked
            WHERE is_kept
            """,
        ),
        Step(
            "codes",
            """
            SELECT segment, row_number() OVER (ORDER BY segment) AS code
            FROM (SELECT DISTINCT segment FROM paths) AS each_once
            """,
        ),
    )


def _millionths(amount: str) -> str:
    """SQL of a weight in whole millionths."""
    return f"CAST(CAST({amount} AS DECIMAL(30, 6)) * {UNITS_OF_A_CONVERSION} AS BIGINT)"


def chain_counts_of_paths(
    warehouse: Warehouse, question: PathQuestion
) -> tuple[ChainCounts, pl.Series]:
    """How do paths go from touch to touch, and how do they end? With each end's chance to convert.

    Steps are counted by weight: a path goes as often as it converts or not. No path is open: what
    is loaded as a null has not converted, and never will.
    """
    before = touch_steps(question)
    names = warehouse.query(Query(*before, _IN_ORDER))["segment"]
    counted = warehouse.query(Query(*before, *_COUNTED))
    state = ("grouped", "before_1", "before_2", "before_3")
    moves = counted.filter(pl.col("code").is_not_null()).select(*state, "code", "journeys")
    ends = counted.filter(pl.col("code").is_null()).drop("code")
    chances = ends["converted"].cast(pl.Float64)
    return ChainCounts(tuple(names), moves, ends), chances


_IN_ORDER = Step("in_order", "SELECT segment FROM codes ORDER BY code")

_BEFORE = ", ".join(
    f"lag(codes.code, {place}) OVER (PARTITION BY paths.subject_id ORDER BY paths.place)"
    f" AS before_{place}"
    for place in (1, 2, 3)
)

_COUNTED = (
    Step(
        "sequence",
        f"""
        SELECT codes.code, {_BEFORE}, paths.place = paths.places AS is_last,
            CAST(loaded.conversions AS DOUBLE) AS conversions,
            CAST(loaded.nulls AS DOUBLE) AS nulls
        FROM paths
        JOIN codes ON codes.segment = paths.segment
        JOIN loaded ON loaded.subject_id = paths.subject_id
        """,
    ),
    Step(
        "counted",
        """
        SELECT 0 AS grouped, before_1, before_2, before_3, code,
            CAST(NULL AS BOOLEAN) AS converted, sum(conversions + nulls) AS journeys
        FROM sequence
        GROUP BY before_1, before_2, before_3, code
        UNION ALL
        SELECT 0, code, before_1, before_2, CAST(NULL AS BIGINT), TRUE, sum(conversions)
        FROM sequence
        WHERE is_last
        GROUP BY code, before_1, before_2
        UNION ALL
        SELECT 0, code, before_1, before_2, CAST(NULL AS BIGINT), FALSE, sum(nulls)
        FROM sequence
        WHERE is_last
        GROUP BY code, before_1, before_2
        """,
    ),
)
