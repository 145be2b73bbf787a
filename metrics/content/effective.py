"""Effective people of content under two definitions: the one of the time, and the newest."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.errors import MetricError
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.content.uses import people_steps
from metrics.scope import Scope

DROPPED_OUT = "dropped out"
CAME_IN = "came in"


class EffectiveChange(pa.DataFrameModel):
    """One row per asset that somebody downloaded, the most changes first.

    Of its `downloads` (people), `effective` were so by the rule of the day and `effective_now` are
    by the newest one. `dropped_out` were and are no longer, `came_in` were not and are now; of
    `unknown` it cannot be told under one of the two rules, so they are in neither.
    """

    content_id: str
    content: str
    downloads: int = pa.Field(ge=1)
    effective: int = pa.Field(ge=0)
    effective_now: int = pa.Field(ge=0)
    dropped_out: int = pa.Field(ge=0)
    came_in: int = pa.Field(ge=0)
    unknown: int = pa.Field(ge=0)

    class Config:
        """Exactly these columns, one row per asset."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["content_id"]


class EffectiveChangedPerson(pa.DataFrameModel):
    """One row per asset and person whom the change of the rule makes effective, or no longer.

    `person_id` is the keyed reference; `downloaded_on` the last day in the period.
    """

    content_id: str
    content: str
    person_id: str
    change: str = pa.Field(isin=(DROPPED_OUT, CAME_IN))
    downloaded_on: pl.Date

    class Config:
        """Exactly these columns, one row per asset and person."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["content_id", "person_id"]


def effective_changes(
    warehouse: Warehouse, scope: Scope, definitions: Definitions
) -> DataFrame[EffectiveChange]:
    """How many effective people did each asset lose or win by a change of the definition?

    Of those who downloaded it in the period. Who downloaded it under several rules was effective if
    one of them made them so. The values are those that leads and people have now: a person whose
    grade has changed is judged by the new one under both rules.

    Raises MetricError where the definitions have no rule of who is effective.
    """
    _refuse_without_rules(definitions)
    rows = warehouse.query(Query(*people_steps(scope), _BOTH, _CHANGES))
    ordered = rows.sort(
        pl.col("dropped_out") + pl.col("came_in"), "downloads", "content", "content_id",
        descending=[True, True, False, False],
    )  # fmt: skip
    return EffectiveChange.validate(ordered, lazy=True)


def effective_changed_people(
    warehouse: Warehouse, scope: Scope, definitions: Definitions
) -> DataFrame[EffectiveChangedPerson]:
    """Who is effective no longer, or is now, by a change of the definition?

    The people behind `effective_changes`. Raises what it does.
    """
    _refuse_without_rules(definitions)
    rows = warehouse.query(Query(*people_steps(scope), _BOTH, _CHANGED))
    ordered = rows.sort("content", "content_id", "change", "person_id")
    return EffectiveChangedPerson.validate(ordered, lazy=True)


def _refuse_without_rules(definitions: Definitions) -> None:
    if not definitions.effective:
        raise MetricError(
            "the definitions have no rule of who is effective: add [[effective]] with a list of"
            " tier, grade or persona, then run python -m data derive"
        )


_BOTH = Step(
    "judged",
    """
    SELECT asset_people.*, content_asset.content
    FROM asset_people
    JOIN content_asset ON content_asset.content_id = asset_people.content_id
    WHERE asset_people.person_key IS NOT NULL AND asset_people.downloads = 1
    """,
)

_CHANGES = Step(
    "changes",
    """
    SELECT content_id, content, count(*) AS downloads,
        count(CASE WHEN effective = 1 THEN 1 END) AS effective,
        count(CASE WHEN effective_now = 1 THEN 1 END) AS effective_now,
        count(CASE WHEN effective = 1 AND effective_now = 0 THEN 1 END) AS dropped_out,
        count(CASE WHEN effective = 0 AND effective_now = 1 THEN 1 END) AS came_in,
        count(CASE WHEN effective IS NULL OR effective_now IS NULL THEN 1 END) AS unknown
    FROM judged
    GROUP BY content_id, content
    """,
)

_CHANGED = Step(
    "changed",
    f"""
    SELECT content_id, content, person_id,
        CASE WHEN effective = 1 THEN '{DROPPED_OUT}' ELSE '{CAME_IN}' END AS change,
        downloaded_on
    FROM judged
    WHERE effective <> effective_now
    """,
)
