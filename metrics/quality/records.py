"""The leads behind a number of lead quality, page by page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

import polars as pl

from data.engine.warehouse import DuckDBWarehouse, Warehouse
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step, literal
from metrics.quality.fakes import ENTERED_BY
from metrics.quality.moves import AT_END, AT_START, ENDS
from metrics.scope import Dimension, Filter, Scope, Stage

PAGE = 50
"""So many records are shown at once."""

GROUPED_BY = ("level", "graded", "need_layer", "related_as", "score_tenth", "filled_fields")
"""What is known of a lead that numbers of lead quality are told by."""


class QualityRecord(pa.DataFrameModel):
    """One row per lead, the latest first. Days are those of `lead_quality`."""

    lead_id: str
    account: str = pa.Field(nullable=True)
    level: str
    graded: str
    score: float = pa.Field(nullable=True)
    channel: str
    campaign: str
    owner: str
    entered_file: str
    fake_by: str = pa.Field(nullable=True)
    lead_on: pl.Date = pa.Field(nullable=True)
    mql_on: pl.Date = pa.Field(nullable=True)
    sql_on: pl.Date = pa.Field(nullable=True)
    opportunity_on: pl.Date = pa.Field(nullable=True)
    won_on: pl.Date = pa.Field(nullable=True)
    exit_on: pl.Date = pa.Field(nullable=True)
    exit_reason: str = pa.Field(nullable=True)

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Behind:
    """Which leads make a number: those that have a value, of all or of fakes alone.

    `column` is one of GROUPED_BY or of who entered a lead; without one it is all leads. `reached`
    leaves those that have reached the stage by `observed_until`. `moved` leaves those that were of
    the first level at the start of the period and are of the second at its end, whenever they came
    in.
    """

    column: str | None = None
    value: str = ""
    reached: Stage | None = None
    fakes: bool = False
    moved: tuple[str, str] | None = None

    def __post_init__(self) -> None:
        if self.column not in (None, *GROUPED_BY, *ENTERED_BY.values()):
            raise ValueError(f"leads are not told by {self.column}")


@dataclass(frozen=True, slots=True)
class _Of(Filter):
    """Rows whose column, which need be no dimension, has this value as a whole."""

    column: str = ""

    @property
    def sql(self) -> str:
        return f"CAST({self.column} AS VARCHAR) = ?"

    @property
    def bound(self) -> tuple[str, ...]:
        return self.values


def quality_records(
    warehouse: Warehouse, scope: Scope, behind: Behind, *, limit: int = PAGE, offset: int = 0
) -> DataFrame[QualityRecord]:
    """Which leads are behind a number of lead quality?

    At most `limit` after the first `offset`, the latest first; the engine sorts and cuts. They are
    the leads that `lead_levels`, `grades`, `need_layers`, `relationships`, `score_calibration`,
    `completeness_outcome`, `level_moves` and `fake_leads` count.
    """
    found = warehouse.query(quality_records_query(scope, behind, limit, offset))
    ordered = found.sort("lead_on", "lead_id", descending=[True, False], nulls_last=True)
    return QualityRecord.validate(ordered, lazy=True)


def quality_records_query(
    scope: Scope, behind: Behind, limit: int | None = None, offset: int = 0
) -> Query:
    """The query of `quality_records`, of all rows without a limit, for who streams them."""
    last = f"LIMIT {int(limit)} OFFSET {int(offset)}" if limit is not None else ""
    known = ", ".join(
        f"chosen.{name}" for name in QualityRecord.to_schema().columns if name != "account"
    )
    return Query(
        *_chosen_steps(scope, behind),
        Step(
            "records",
            f"""
            SELECT {known.replace("chosen.lead_id,", f"chosen.lead_id, {_ACCOUNT} AS account,", 1)}
            FROM chosen
            LEFT JOIN account ON account.account_id = chosen.account_id
            ORDER BY chosen.lead_on DESC NULLS LAST, chosen.lead_id
            {last}
            """,
        ),
    )


def number_behind(warehouse: Warehouse, scope: Scope, behind: Behind) -> int:
    """How many leads there are."""
    number = Step("number", "SELECT count(*) AS leads FROM chosen")
    found: int = warehouse.query(Query(*_chosen_steps(scope, behind), number)).item()
    return found


def record_batches(
    warehouse: DuckDBWarehouse, scope: Scope, behind: Behind
) -> Iterator[pl.DataFrame]:
    """All records in order, as the engine hands them over; the first part is empty."""
    for batch in warehouse.batches(quality_records_query(scope, behind)):
        yield pl.DataFrame(batch)


_ACCOUNT = "coalesce(account.name, chosen.account_id)"


def _chosen_steps(scope: Scope, behind: Behind) -> tuple[Step, ...]:
    """Steps to `chosen`: the leads of the number, with all columns of `lead_quality`."""
    if behind.moved is not None:
        start, end = map(literal, behind.moved)
        chosen = (
            "SELECT scoped.* FROM scoped"
            " JOIN levels_at_ends ON levels_at_ends.lead_id = scoped.lead_id"
            f" WHERE {AT_START} = {start} AND {AT_END} = {end}"
        )
        return (scope.step("lead_quality"), *ENDS, Step("chosen", chosen))
    if behind.column is not None:
        only = _Of(Dimension.CHANNEL, (behind.value,), behind.column)
        scope = replace(scope, filters=(*scope.filters, only))
    conditions = ["lead_on BETWEEN period_start AND period_end", "lead_on <= observed_until"]
    if behind.reached is not None:
        conditions.append(f"{behind.reached.value}_on <= observed_until")
    if behind.fakes:
        conditions.append("fake_by IS NOT NULL")
    chosen = f"SELECT scoped.* FROM scoped WHERE {' AND '.join(conditions)}"
    return (scope.step("lead_quality"), Step("chosen", chosen))
