"""Coverage: which persona meets content at which stage of the funnel, and where there is none."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.contract import STAGES, UNASSIGNED
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step, kept_step
from metrics.content.uses import use_steps
from metrics.scope import Scope

NO_LEAD = "no lead"
"""The stage of a person of whom there was no lead yet."""

FEWEST_REACHED = 20
"""An asset that reached fewer people of a persona at a stage leaves the gap open."""


class ContentCoverage(pa.DataFrameModel):
    """One row per persona and stage of the funnel, personas by name, stages in order.

    Of `present` people of the persona the stage was the furthest of any lead on a day of the
    period, null where there was no lead. `exposed` met any of `assets` assets while it was.
    `largest_asset` reached the most of them, `largest_exposed` people; null where nobody met
    any. `is_gap`: no asset reached as many as asked for; null where the persona is not known.
    """

    persona: str
    stage: str = pa.Field(isin=(NO_LEAD, *STAGES))
    present: int = pa.Field(ge=0, nullable=True)
    exposed: int = pa.Field(ge=0)
    assets: int = pa.Field(ge=0)
    largest_asset: str = pa.Field(nullable=True)
    largest_exposed: int = pa.Field(ge=0)
    is_gap: bool = pa.Field(nullable=True)

    class Config:
        """Exactly these columns, one row per persona and stage."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["persona", "stage"]


def content_coverage(
    warehouse: Warehouse, scope: Scope, fewest: int = FEWEST_REACHED
) -> DataFrame[ContentCoverage]:
    """For which persona, at which stage of the funnel, is there no content that reaches them?

    Of the people who met content in the period. The stage is the furthest that a lead of theirs had
    reached by the day of use. Personas are all that people who ever met content have, and all that
    an asset is made for, so that one which nobody of is reached has its gaps too. A lead that came
    to nothing stays at its stage.
    """
    found = warehouse.query(Query(_PERSONAS, *use_steps(scope), *_STEPS))
    cells = (
        found.sort("people", "content", "content_id", descending=[True, False, False])
        .group_by("persona", "stage", maintain_order=True)
        .agg(
            exposed=pl.col("stage_people").first(),
            assets=pl.col("content_id").drop_nulls().len().cast(pl.Int64),
            largest_asset=pl.col("content").first(),
            largest_exposed=pl.col("people").first(),
        )
    )
    order = {stage: place for place, stage in enumerate((NO_LEAD, *STAGES))}
    there = warehouse.query(Query(_USER_PERSONAS, scope.step("journey"), *_PRESENT))
    cells = cells.join(there, on=("persona", "stage"), how="left").with_columns(
        present=pl.when(pl.col("stage") != NO_LEAD).then(pl.col("present").fill_null(0))
    )
    rows = cells.with_columns(
        is_gap=pl.when(pl.col("persona") != UNASSIGNED).then(pl.col("largest_exposed") < fewest)
    ).sort("persona", pl.col("stage").replace_strict(order, return_dtype=pl.Int64))
    names = list(ContentCoverage.to_schema().columns)
    return ContentCoverage.validate(rows.select(names), lazy=True)


def _at(stage: str, later: tuple[str, ...]) -> str:
    """SQL: people of whom the stage was the furthest on a day of the period."""
    passed = "".join(
        f" AND coalesce({name}_on > {stage}_on AND {name}_on > period_start, TRUE)"
        for name in later
    )
    return f"""
        SELECT persona, '{stage}' AS stage, count(*) AS present
        FROM lead_people
        WHERE {stage}_on <= period_end AND {stage}_on <= observed_until{passed}
        GROUP BY persona
        """


_USER_PERSONAS = kept_step(
    "user_personas",
    Query(
        Step(
            "users",
            """
            SELECT person_id, min(persona) AS persona
            FROM content_use
            WHERE person_id IS NOT NULL
            GROUP BY person_id
            """,
        )
    ),
)

_PRESENT = (
    Step(
        "lead_days",
        f"""
        SELECT person_id, min(persona) AS persona, period_start, period_end, observed_until,
            {", ".join(f"min({each}_on) AS {each}_on" for each in STAGES)}
        FROM scoped
        WHERE person_id IS NOT NULL
        GROUP BY person_id, period_start, period_end, observed_until
        """,
    ),
    Step(
        "lead_people",
        f"""
        SELECT coalesce(user_personas.persona, lead_days.persona) AS persona,
            lead_days.period_start, lead_days.period_end, lead_days.observed_until,
            {", ".join(f"lead_days.{each}_on" for each in STAGES)}
        FROM lead_days
        LEFT JOIN user_personas ON user_personas.person_id = lead_days.person_id
        """,
    ),
    Step(
        "present",
        " UNION ALL ".join(_at(each, STAGES[place + 1 :]) for place, each in enumerate(STAGES)),
    ),
)


_PERSONAS = kept_step(
    "personas",
    Query(
        Step(
            "named",
            """
            SELECT persona FROM content_use WHERE persona IS NOT NULL
            UNION
            SELECT intended_persona FROM content_asset WHERE intended_persona IS NOT NULL
            """,
        )
    ),
)

_STAGE = f"coalesce(stage, '{NO_LEAD}')"

_STEPS = (
    Step(
        "stages",
        " UNION ALL ".join(f"SELECT '{stage}' AS stage" for stage in (NO_LEAD, *STAGES)),
    ),
    Step(
        "stage_counts",
        f"""
        SELECT persona, {_STAGE} AS stage, count(DISTINCT person_key) AS stage_people
        FROM uses
        WHERE person_key IS NOT NULL
        GROUP BY persona, {_STAGE}
        """,
    ),
    Step(
        "asset_counts",
        f"""
        SELECT persona, {_STAGE} AS stage, content_id, count(DISTINCT person_key) AS people
        FROM uses
        WHERE person_key IS NOT NULL
        GROUP BY persona, {_STAGE}, content_id
        """,
    ),
    Step(
        "cells",
        """
        SELECT personas.persona, stages.stage, asset_counts.content_id, content_asset.content,
            coalesce(asset_counts.people, 0) AS people,
            coalesce(stage_counts.stage_people, 0) AS stage_people
        FROM personas
        CROSS JOIN stages
        LEFT JOIN stage_counts ON stage_counts.persona = personas.persona
            AND stage_counts.stage = stages.stage
        LEFT JOIN asset_counts ON asset_counts.persona = personas.persona
            AND asset_counts.stage = stages.stage
        LEFT JOIN content_asset ON content_asset.content_id = asset_counts.content_id
        """,
    ),
)
