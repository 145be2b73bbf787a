"""The entries into a stage that newer files took back, beside those that are counted in it."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.schema.contract import EXITS, STAGES, columns
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.scope import Basis, Scope, Stage, Unit


class TakenBackEntry(pa.DataFrameModel):
    """One row per entry into a stage that newer files took back, the latest first.

    `entered_on` and `until_on` are days in the reporting time zone; `until_on` is that until which
    files told it, null where that is not known. `because` it is `withdrawn`, `corrected` to another
    day, or `undone` by what the deal is now.
    """

    kind: str = pa.Field(isin=("lead", "deal"))
    id: str
    stage: str = pa.Field(isin=STAGES + EXITS)
    entered_on: pl.Date
    until_on: pl.Date = pa.Field(nullable=True)
    because: str = pa.Field(isin=("withdrawn", "corrected", "undone"))

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def taken_back_entries(
    warehouse: Warehouse, scope: Scope, stage: Stage, definitions: Definitions
) -> DataFrame[TakenBackEntry]:
    """Which entries into a stage were taken back, and count no more?

    Of the leads in the scope's segments and their deals, for the unit deal of the deals: of a
    cohort those that came in in the period, of events those that had that day in it. The record
    itself may be in the stage all the same, by another entry. Window and counting do not matter.
    """
    query = Query(*_steps(scope), Step("entries", f"SELECT * FROM past WHERE stage = '{stage}'"))

    def day(moment: str) -> pl.Expr:
        there = pl.col(moment).dt.replace_time_zone("UTC")
        return there.dt.convert_time_zone(definitions.time_zone).dt.date()

    found = warehouse.query(query).with_columns(
        entered_on=day("entered_at"), until_on=day("until_at")
    )
    if scope.basis is Basis.FLOW:
        last = min(scope.period.end, scope.observed_until)
        found = found.filter(pl.col("entered_on").is_between(scope.period.start, last))
    types = columns(TakenBackEntry)
    ordered = found.sort(["entered_on", "kind", "id"], descending=[True, False, False])
    return TakenBackEntry.validate(ordered.select(list(types)).cast(pl.Schema(types)), lazy=True)


def _steps(scope: Scope) -> tuple[Step, ...]:
    """Steps to `past`: what was taken back of the scope's records."""
    is_deals = scope.unit is Unit.DEAL
    came = "opened_on" if is_deals else "lead_on"
    cohort = f" WHERE {came} BETWEEN period_start AND period_end" * (scope.basis is Basis.COHORT)
    members: tuple[Step, ...]
    if is_deals:
        members = (Step("deals", f"SELECT DISTINCT opportunity_id FROM scoped{cohort}"),)
    else:
        members = (
            Step("leads", f"SELECT DISTINCT lead_id FROM scoped{cohort}"),
            Step(
                "deals",
                """
                SELECT DISTINCT link.opportunity_id
                FROM leads
                JOIN deal_lead AS link ON link.lead_id = leads.lead_id
                WHERE NOT link.came_late
                """,
            ),
        )
    parts = [_of("opportunity", "deal", "deals", "opportunity_id")]
    if not is_deals:
        parts.append(_of("lead", "lead", "leads", "lead_id"))
    return (
        scope.step("deal" if is_deals else "journey"),
        *members,
        Step("past", "\nUNION ALL\n".join(parts)),
    )


def _of(record: str, called: str, members: str, key: str) -> str:
    """A SELECT of what was taken back of some records."""
    return f"""
        SELECT '{called}' AS kind, taken_back.subject_id AS id, taken_back.stage,
            taken_back.entered_at, taken_back.until_at, taken_back.because
        FROM taken_back
        JOIN {members} ON {members}.{key} = taken_back.subject_id
        WHERE taken_back.subject_kind = '{record}'
    """
