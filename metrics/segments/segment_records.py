"""The records behind one cell of a table of segments, page by page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import polars as pl

from data.engine.warehouse import DuckDBWarehouse, Warehouse
from data.sql import Query, Step
from metrics.deal_records import deal_records, deal_records_query
from metrics.period import Period
from metrics.records import stage_records, stage_records_query
from metrics.scope import Basis, Counting, Dimension, Filter, Scope, Stage, Unit
from metrics.segments.measures import Kind, Measure

PAGE = 200
"""So many records of a cell are shown at once."""


@dataclass(frozen=True, slots=True)
class _Exactly(Filter):
    """Rows whose value is this one as a whole: of tags the same combination of them."""

    @property
    def sql(self) -> str:
        return f"{self.dimension.value} IN ({', '.join('?' for _ in self.values)})"

    @property
    def bound(self) -> tuple[str, ...]:
        return self.values

    def holds(self, column: pl.Expr) -> pl.Expr:
        return column.is_in(self.values)


@dataclass(frozen=True, slots=True)
class Behind:
    """Which records make the number of a cell: those that reached the stage in the scope."""

    scope: Scope
    stage: Stage

    @property
    def are_deals(self) -> bool:
        """Whether they are deals; else they are leads."""
        return self.scope.unit is Unit.DEAL

    @property
    def in_use(self) -> tuple[Dimension, ...]:
        """The dimensions that the records were chosen by: what is told of them first."""
        return tuple(dict.fromkeys(each.dimension for each in self.scope.filters))


def behind(scope: Scope, cell: Mapping[Dimension, str], measure: Measure) -> Behind | None:
    """Whose records a cell's number is made of; None for spend, which is of days, not of records.

    Of a count or cost those who reached the stage, of a rate all that it divides by, whose days say
    who went on; of money the deals that were opened or won in the period.

    >>> from datetime import date
    >>> from metrics.period import Period
    >>> year = Scope(Period(date(2026, 1, 1), date(2026, 12, 31)), date(2026, 12, 31))
    >>> found = behind(year, {Dimension.CHANNEL: "Webinar"}, Measure.MQL_TO_SQL)
    >>> found.stage, found.scope.filters[0].describe()
    (<Stage.MQL: 'mql'>, 'channel Webinar')
    """
    if measure.kind is Kind.SPEND:
        return None
    inside = within(scope, cell)
    if measure.kind not in (Kind.DEALS, Kind.RETURN):
        return Behind(inside, measure.stages[0])
    of_deals = replace(
        inside,
        unit=Unit.DEAL,
        basis=Basis.FLOW,
        counting=Counting.REACHED,
        window_days=None,
    )
    opened = measure is Measure.PIPELINE_AMOUNT
    return Behind(of_deals, Stage.OPPORTUNITY if opened else Stage.WON)


def within(scope: Scope, cell: Mapping[Dimension, str]) -> Scope:
    """The scope of one segment of it, which names a value of each dimension of a table."""
    filters = tuple(_Exactly(dimension, (value,)) for dimension, value in cell.items())
    return replace(scope, filters=(*scope.filters, *filters))


def entered(scope: Scope, stage: Stage, period: Period | None = None) -> Behind:
    """Whoever reached the stage in the period, whenever they came in: a step's own cohort."""
    own = replace(scope, basis=Basis.FLOW, window_days=None, period=period or scope.period)
    return Behind(own, stage)


def segment_records(
    warehouse: Warehouse,
    scope: Scope,
    cell: Mapping[Dimension, str],
    measure: Measure,
    *,
    limit: int = PAGE,
    offset: int = 0,
) -> pl.DataFrame:
    """Which leads or deals are behind one cell? `limit` of them after the first `offset`.

    The rows of `stage_records` or `deal_records`, the latest first; the engine sorts and cuts, so
    that never more than a page is held. For the unit account they are all leads of the accounts
    that are counted. Spend has no records: its frame is empty. The cell names a value for each
    dimension of the table; the records of all cells together are those of the scope.
    """
    asked = behind(scope, cell, measure)
    if asked is None:
        return pl.DataFrame()
    return records_behind(warehouse, asked, limit=limit, offset=offset)


def records_behind(
    warehouse: Warehouse, asked: Behind, *, limit: int = PAGE, offset: int = 0
) -> pl.DataFrame:
    """`limit` of the records after the first `offset`, the latest first.

    Beside the columns of `stage_records` or `deal_records` stand the dimensions `in_use`.
    """
    records = deal_records if asked.are_deals else stage_records
    return records(warehouse, asked.scope, asked.stage, limit, offset, asked.in_use)


def segment_records_query(asked: Behind) -> Query:
    """The query of all records, for who streams them from the engine."""
    if asked.are_deals:
        return deal_records_query(asked.scope, asked.stage, also=asked.in_use)
    return stage_records_query(asked.scope, asked.stage, also=asked.in_use)


def record_batches(warehouse: DuckDBWarehouse, asked: Behind) -> Iterator[pl.DataFrame]:
    """All records in order, as the engine hands them over: never all at once.

    The first part is empty, so that the columns are known also when there are no rows.
    """
    for batch in warehouse.batches(segment_records_query(asked)):
        part = pl.DataFrame(batch)
        # The day by which deals are in order stands last, beside the columns of the contract.
        yield part.drop(f"{asked.stage.value}_on") if asked.are_deals else part


def number_behind(warehouse: Warehouse, asked: Behind) -> int:
    """How many records there are."""
    *steps, _ = segment_records_query(asked).steps
    number = Step("number", f"SELECT count(*) AS records FROM {_COUNTED[asked.are_deals]}")
    found: int = warehouse.query(Query(*steps, number)).item()
    return found


_COUNTED = {True: "counted", False: "shown"}
"""The step whose rows are the records."""
