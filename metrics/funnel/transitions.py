"""Transitions: from which stage to which, as recorded, with what was skipped and who went back."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.errors import MetricError
from data.schema.contract import EXITS, STAGES, columns
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.rates import ratio, wilson
from metrics.scope import Counting, Scope, Unit
from metrics.subjects import subject_steps

STATES = (*STAGES, *EXITS)
"""Where a record can be: the stages in funnel order, then the ways out."""


class Move(StrEnum):
    """What a transition is."""

    START = "start"
    """The first entry of a record: it came from nowhere."""
    FORWARD = "forward"
    """To the next stage."""
    SKIP = "skip"
    """To a later stage, past those between."""
    LATE_ENTRY = "late entry"
    """To an earlier stage that it had not been in: told after a later one, as of a lead that joins
    a deal before it qualifies itself."""
    REGRESSION = "regression"
    """Back to an earlier stage that it had been in."""
    EXIT = "exit"
    """Out of the funnel: disqualified or lost."""
    RECYCLE = "recycle"
    """Out of the funnel for the time being."""
    RE_ENTRY = "re-entry"
    """From a way out, or from won, into a stage: it came back, or another deal of it did."""
    STILL_THERE = "still there"
    """No transition: the last that was seen of it."""


DETOURS = (Move.SKIP, Move.LATE_ENTRY, Move.REGRESSION, Move.RE_ENTRY)
"""Transitions that leave the straight way without leaving the funnel."""


class StageTransition(pa.DataFrameModel):
    """One row per stage left, stage entered and kind of move, in funnel order.

    A record's entries into the stage it is in already are no transitions. `from_stage` is null of
    a start, `to_stage` of those still there. `transitions` counts moves of leads, `subjects` the
    leads or accounts that made one, `returns` the transitions into a stage that the lead had been
    in before. `passed_over` names the stages that a skip left out, else it is empty. `share` is
    `transitions` ÷ `left`, all transitions out of `from_stage`, with its 95% interval; null of
    starts and of those still there. Of each stage, the transitions into it are those out of it and
    those still there.
    """

    from_stage: str = pa.Field(nullable=True, isin=STATES)
    to_stage: str = pa.Field(nullable=True, isin=STATES)
    move: str = pa.Field(isin=[each.value for each in Move])
    passed_over: str
    transitions: int = pa.Field(ge=1)
    subjects: int = pa.Field(ge=1)
    returns: int = pa.Field(ge=0)
    left: int = pa.Field(ge=1, nullable=True)
    share: float = pa.Field(ge=0, le=1, nullable=True)
    share_low: float = pa.Field(ge=0, le=1, nullable=True)
    share_high: float = pa.Field(ge=0, le=1, nullable=True)

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


class StageDetour(pa.DataFrameModel):
    """One row per kind of detour and stage; first, without a stage, the kind as a whole.

    The stage is the one that a skip passed over, or that the others went to. `subjects` are the
    leads or accounts that did so at least once, `whole` all that are counted, `share` the one ÷ the
    other with its 95% interval. A subject may stand under several stages, and counts once in the
    whole of its kind. Every kind has its row without a stage, also at 0.
    """

    move: str = pa.Field(isin=[each.value for each in DETOURS])
    stage: str = pa.Field(nullable=True, isin=STAGES)
    transitions: int = pa.Field(ge=0)
    subjects: int = pa.Field(ge=0)
    whole: int = pa.Field(ge=0)
    share: float = pa.Field(ge=0, le=1, nullable=True)
    share_low: float = pa.Field(ge=0, le=1, nullable=True)
    share_high: float = pa.Field(ge=0, le=1, nullable=True)

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def stage_transitions(warehouse: Warehouse, scope: Scope) -> DataFrame[StageTransition]:
    """From which stage to which do leads go, and where do they skip, go back or come back?

    Counted are the leads that entered the funnel in the period and pass the filters, with all their
    entries until the last day observed, those of their deals included; by accounts, all leads of
    the accounts that entered in it. Basis and window of the scope do not matter; counted strictly,
    a lead entered on the day it was created. Order and days are those of `lead_stage_entry`. A
    lead's own stage and those of all its deals are one sequence, so that a second deal after a won
    one is a re-entry. Transitions count as independent in the intervals.

    Raises MetricError for deals: one is opened and closed, and has no stage to skip.
    Source: counts of a first-order Markov chain; the score interval of Wilson (1927).
    """
    found = warehouse.query(_counted(scope)).filter(part="transition")
    leaves = ~pl.col("move").is_in([Move.START.value, Move.STILL_THERE.value])
    left = pl.col("transitions").filter(leaves).sum().over("from_stage")
    rows = found.with_columns(passed_over=_passed_over(), left=pl.when(leaves).then(left))
    last = pl.col("to_stage").is_null()
    ordered = _with_share(rows, "transitions", "left").sort(
        _place("from_stage", STATES), last, _place("to_stage", STATES), _place("move", tuple(Move))
    )
    return StageTransition.validate(ordered.select(list(columns(StageTransition))), lazy=True)


def stage_detours(warehouse: Warehouse, scope: Scope) -> DataFrame[StageDetour]:
    """How many leads skip a stage, enter one late, go back or come back?

    One row per kind and stage. Who is counted, and which entries, as in `stage_transitions`.

    Raises MetricError for deals.
    """
    found = warehouse.query(_counted(scope))
    whole = found.filter(part="whole")["subjects"].item()
    counted = found.filter(part="detour").select(
        "move", "transitions", "subjects", stage=pl.col("to_stage")
    )
    kinds = pl.DataFrame({"move": list(DETOURS)}, schema={"move": pl.String})
    totals = kinds.join(counted.filter(pl.col("stage").is_null()), on="move", how="left")
    rows = pl.concat([totals, counted.drop_nulls("stage")], how="diagonal").with_columns(
        pl.col("transitions", "subjects").fill_null(0), whole=pl.lit(whole, pl.Int64)
    )
    ordered = _with_share(rows, "subjects", "whole").sort(
        _place("move", DETOURS), _place("stage", STAGES)
    )
    return StageDetour.validate(ordered.select(list(columns(StageDetour))), lazy=True)


def _with_share(rows: pl.DataFrame, part: str, whole: str) -> pl.DataFrame:
    low, high = wilson(pl.col(part), pl.col(whole))
    share = ratio(pl.col(part), pl.col(whole))
    return rows.with_columns(share=share, share_low=low, share_high=high)


def _place(column: str, order: Sequence[str]) -> pl.Expr:
    places = {str(name): place for place, name in enumerate(order)}
    return pl.col(column).replace_strict(places, return_dtype=pl.Int64)


def _passed_over() -> pl.Expr:
    """The stages between those of a skip, as a list in words; empty of other moves."""
    between = {
        f"{start} {end}": ", ".join(STAGES[place + 1 : STAGES.index(end)])
        for place, start in enumerate(STAGES)
        for end in STAGES
    }
    pair = pl.concat_str("from_stage", "to_stage", separator=" ")
    skipped = pair.replace_strict(between, default="", return_dtype=pl.String)
    return pl.when(move=Move.SKIP.value).then(skipped).otherwise(pl.lit(""))


def _counted(scope: Scope) -> Query:
    """The counts of both metrics, from `moves`: one row per transition, or lead still there."""
    if scope.unit is Unit.DEAL:
        raise MetricError("a deal has no stage to skip; count leads or accounts")
    return Query(
        *_member_steps(scope),
        Step(
            "entries",
            """
            SELECT members.subject_id, entry.stage_before, entry.stage, entry.is_return,
                entry.until_on IS NULL OR entry.until_on > members.observed_until AS is_last
            FROM members
            JOIN lead_stage_entry AS entry ON entry.lead_id = members.lead_id
            WHERE entry.since_on <= members.observed_until
            """,
        ),
        Step(
            "moves",
            f"""
            SELECT stage_before AS from_stage, stage AS to_stage, {_MOVE} AS move, is_return,
                subject_id
            FROM entries
            WHERE stage_before IS NULL OR stage_before <> stage
            UNION ALL
            SELECT stage, CAST(NULL AS VARCHAR), '{Move.STILL_THERE}', FALSE, subject_id
            FROM entries WHERE is_last
            """,
        ),
        *_COUNTS,
    )


def _member_steps(scope: Scope) -> tuple[Step, ...]:
    """Steps to `members`: one row per lead that is counted, with the lead or account it is of."""
    entered = "lead_on" if scope.counting is Counting.REACHED else "lead_entered_on"
    if scope.unit is Unit.LEAD:
        return (
            scope.step("journey"),
            Step(
                "members",
                f"""
                SELECT lead_id, lead_id AS subject_id, observed_until
                FROM scoped WHERE episode = 1
                    AND {entered} BETWEEN period_start AND period_end
                    AND {entered} <= observed_until
                """,
            ),
        )
    return (
        *subject_steps(scope),
        Step(
            "members",
            """
            SELECT scoped.lead_id, subjects.account_id AS subject_id, subjects.observed_until
            FROM subjects
            JOIN scoped ON scoped.account_id = subjects.account_id AND scoped.episode = 1
            WHERE subjects.lead_on BETWEEN subjects.period_start AND subjects.period_end
                AND subjects.lead_on <= subjects.observed_until
            """,
        ),
    )


def _listed(moves: Sequence[Move]) -> str:
    return ", ".join(f"'{each}'" for each in moves)


def _rank(column: str) -> str:
    places = " ".join(f"WHEN '{stage}' THEN {rank}" for rank, stage in enumerate(STAGES))
    return f"CASE {column} {places} END"


_MOVE = f"""CASE
    WHEN stage_before IS NULL THEN '{Move.START}'
    WHEN stage = 'recycled' THEN '{Move.RECYCLE}'
    WHEN stage IN ('disqualified', 'lost') THEN '{Move.EXIT}'
    WHEN stage_before IN ('won', 'disqualified', 'lost', 'recycled') THEN '{Move.RE_ENTRY}'
    WHEN {_rank("stage")} = {_rank("stage_before")} + 1 THEN '{Move.FORWARD}'
    WHEN {_rank("stage")} > {_rank("stage_before")} THEN '{Move.SKIP}'
    WHEN is_return THEN '{Move.REGRESSION}'
    ELSE '{Move.LATE_ENTRY}'
END"""

_PASSED_OVER = "\nUNION ALL\n".join(
    f"SELECT move, '{stage}', subject_id FROM moves WHERE move = '{Move.SKIP}'"
    f" AND {_rank('from_stage')} < {rank} AND {_rank('to_stage')} > {rank}"
    for rank, stage in enumerate(STAGES)
    if 0 < rank < len(STAGES) - 1
)

_COUNTS = (
    Step(
        "detours",
        f"""
        SELECT move, CAST(NULL AS VARCHAR) AS stage, subject_id
        FROM moves WHERE move IN ({_listed(DETOURS)})
        UNION ALL
        SELECT move, to_stage, subject_id
        FROM moves WHERE move IN ({_listed(DETOURS[1:])})
        UNION ALL
        {_PASSED_OVER}
        """,
    ),
    Step(
        "counts",
        """
        SELECT 'transition' AS part, from_stage, to_stage, move, count(*) AS transitions,
            count(DISTINCT subject_id) AS subjects,
            count(CASE WHEN is_return THEN 1 END) AS returns
        FROM moves
        GROUP BY from_stage, to_stage, move
        UNION ALL
        SELECT 'detour', CAST(NULL AS VARCHAR), stage, move, count(*), count(DISTINCT subject_id), 0
        FROM detours
        GROUP BY stage, move
        UNION ALL
        SELECT 'whole', CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR), '', count(*),
            count(DISTINCT subject_id), 0
        FROM members
        """,
    ),
)
"""Transitions, detours, and all that are counted: a page that shows both metrics asks once."""
