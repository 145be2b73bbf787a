"""Ages: how long after one stage a lead reaches a later one, leaves, or was last seen open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import combinations, pairwise
from typing import ClassVar

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.health.source_window import source_window, told_from
from metrics.scope import Dimension, Scope, Stage, Unit
from metrics.subjects import is_undated, subject_steps

ALWAYS = date(1900, 1, 1)
"""Before anything was told."""

Way = tuple[Stage, Stage]
"""From a stage to a later one."""


def ways(unit: Unit) -> tuple[Way, ...]:
    """Every pair of a stage of the unit and a later one, in funnel order.

    >>> [f"{start} to {end}" for start, end in ways(Unit.DEAL)]
    ['opportunity to won']
    """
    return tuple(combinations(unit.stages, 2))


def steps(unit: Unit) -> tuple[Way, ...]:
    """From each stage of the unit to the next, and last its whole way, where that is another.

    >>> [f"{start} to {end}" for start, end in steps(Unit.LEAD)][-2:]
    ['opportunity to won', 'lead to won']
    """
    stages = unit.stages
    return tuple(dict.fromkeys([*pairwise(stages), (stages[0], stages[-1])]))


def way_in(scope: Scope, way: Way | None) -> Way:
    """The way asked for, by default the whole way of the scope's unit.

    Raises ValueError when the unit has no such way, or the second stage comes first.
    """
    if way is None:
        return scope.unit.stages[0], scope.unit.stages[-1]
    if way not in ways(scope.unit):
        start, end = way
        raise ValueError(f"a {scope.unit} does not go from {start} to {end}")
    return way


class StageAges(pa.DataFrameModel):
    """One row per way from a stage to a later one and age in whole days.

    `records` counts those that came under observation at that age, `converted` those that reached
    the later stage, `exited` those that were disqualified or lost before it, `open` those that had
    done neither when the data ends. `undated` are in none of these: they are known to have reached
    the later stage, and nobody recorded on which day.
    """

    from_stage: str = pa.Field(isin=[stage.value for stage in Stage])
    to_stage: str = pa.Field(isin=[stage.value for stage in Stage])
    age_days: int = pa.Field(ge=0)
    records: int = pa.Field(ge=0)
    converted: int = pa.Field(ge=0)
    exited: int = pa.Field(ge=0)
    open: int = pa.Field(ge=0)
    undated: int = pa.Field(ge=0)

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


class StageAgesBy(StageAges):
    """The dimension's column, then those of StageAges."""

    class Config(StageAges.Config):
        """The column of the dimension is added, and is called like it."""

        strict: ClassVar[bool] = False


def stage_ages(warehouse: Warehouse, scope: Scope) -> DataFrame[StageAges]:
    """At which age do leads reach each later stage, leave, or are they still open?

    One row per way and age, for those that reached the earlier stage in the period. They are the
    counts that every incidence is estimated from, so that no record leaves the engine. A later
    stage that was reached first counts at age 0. What was reached counts, whether or not the lead
    had left before. Basis and window of the scope do not matter: everyone is followed until
    `observed_until`.
    """
    return StageAges.validate(warehouse.query(ages_query(scope, None, ways(scope.unit))), lazy=True)


def stage_ages_by(warehouse: Warehouse, scope: Scope, by: Dimension) -> DataFrame[StageAgesBy]:
    """How do the ages differ between segments?

    The dimension's column, then those of `stage_ages`. Leads of all segments add up to the whole.
    """
    return StageAgesBy.validate(warehouse.query(ages_query(scope, by, ways(scope.unit))), lazy=True)


def told_days(warehouse: Warehouse) -> dict[Stage, date]:
    """From which day on it is told that a stage was reached, where that begins late.

    Incidence needs it: whoever is older was not followed before (`source_window`).
    """
    windows = source_window(warehouse, Definitions.load())
    return {Stage(stage): since for stage, since in told_from(windows).items()}


def ages_query(
    scope: Scope,
    by: Dimension | None,
    asked: Sequence[Way],
    told: Mapping[Stage, date] | None = None,
) -> Query:
    """The query of `stage_ages` for some ways, of records followed from when they are `told`."""
    segment = (by.value,) if by else ()
    return Query(*subject_steps(scope, by), *age_steps(asked, "subjects", segment, told))


def age_steps(
    asked: Sequence[Way],
    subjects: str,
    carried: Sequence[str],
    told: Mapping[Stage, date] | None = None,
) -> tuple[Step, Step]:
    """Steps `leaving`, one row per subject and way, and `ages`, one row per way and age.

    `subjects` is a step with `lead_on` … `won_on`, `lead_by_on` … `won_by_on`, `exit_on` and the
    scope's bounds; the columns `carried` of it group the ages. Who is known to have reached the
    later stage on an unknown day has no age: it is neither open nor converted, and is counted as
    `undated` at the age at which it came under observation. `told` has the day from which on a
    stage and the exits are told, where that begins late: a subject comes under observation at the
    age it had on that day, and one that had reached the stage or left before is not there.
    """
    columns = "".join(f"{name}, " for name in carried)
    since = told or {}
    leaving = "\nUNION ALL\n".join(
        _leaving(start, end, subjects, columns, since.get(end)) for start, end in asked
    )
    gone = "coalesce(reached_on, left_on, observed_until)"
    age = f"greatest(0, date_diff('day', start_on, {gone}))"
    came = "greatest(0, date_diff('day', start_on, told_on))"
    return (
        Step("leaving", leaving),
        Step(
            "ages",
            f"""
            SELECT {columns}from_stage, to_stage, age_days,
                CAST(sum(came) AS BIGINT) AS records,
                CAST(sum(converted) AS BIGINT) AS converted,
                CAST(sum(exited) AS BIGINT) AS exited,
                CAST(sum(still_open) AS BIGINT) AS open,
                CAST(sum(undated) AS BIGINT) AS undated
            FROM (
                SELECT {columns}from_stage, to_stage, {came} AS age_days,
                    count(CASE WHEN NOT is_undated THEN 1 END) AS came,
                    0 AS converted, 0 AS exited, 0 AS still_open,
                    count(CASE WHEN is_undated THEN 1 END) AS undated
                FROM leaving
                WHERE {gone} >= told_on
                GROUP BY {columns}from_stage, to_stage, {came}
                UNION ALL
                SELECT {columns}from_stage, to_stage, {age} AS age_days, 0 AS came,
                    count(reached_on) AS converted,
                    count(CASE WHEN reached_on IS NULL THEN left_on END) AS exited,
                    count(CASE WHEN reached_on IS NULL AND left_on IS NULL THEN 1 END)
                        AS still_open,
                    0 AS undated
                FROM leaving
                WHERE {gone} >= told_on AND NOT is_undated
                GROUP BY {columns}from_stage, to_stage, {age}
            ) AS counted
            GROUP BY {columns}from_stage, to_stage, age_days
            ORDER BY {columns}from_stage, to_stage, age_days
            """,
        ),
    )


def _leaving(start: Stage, end: Stage, subjects: str, columns: str, since: date | None) -> str:
    """SQL: the subjects that reached the earlier stage in the period, and how they left it."""
    told = f"CAST('{since or ALWAYS}' AS DATE)"
    return f"""SELECT {columns}'{start.value}' AS from_stage, '{end.value}' AS to_stage,
    {start.value}_on AS start_on, observed_until, {told} AS told_on,
    CASE WHEN {end.value}_on <= observed_until THEN {end.value}_on END AS reached_on,
    CASE WHEN exit_on <= observed_until THEN exit_on END AS left_on,
    {is_undated(end)} AS is_undated
FROM {subjects}
WHERE {start.value}_on BETWEEN period_start AND period_end
    AND {start.value}_on <= observed_until"""
