"""The three scans of a table of segments beside each other: one row per segment."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from data.engine.warehouse import Warehouse
from data.sql import Query, Step
from metrics.scope import Basis, Dimension, Scope
from metrics.segments.counted import counted
from metrics.segments.measures import Kind, Measure
from metrics.segments.money import deals_of, spend_of, why_no_spend

_OF_DEALS = {Kind.DEALS, Kind.RETURN}
_OF_SPEND = {Kind.SPEND, Kind.COST, Kind.RETURN}


def wide(
    warehouse: Warehouse, scope: Scope, by: Sequence[Dimension], measures: Sequence[Measure]
) -> pl.DataFrame:
    """What the measures need, of every segment that any of it was found of.

    A column for each count and amount; `no_deals` and `no_spend` say why an amount is missing.
    """
    stages = dict.fromkeys(stage for each in measures for stage in each.stages)
    kinds = {each.kind for each in measures}
    rates = [each for each in measures if each.kind is Kind.RATE]
    names = [each.value for each in by]
    tested = rates if scope.basis is Basis.COHORT else []
    scans = [counted(warehouse, scope, by, tuple(stages), tested)] if stages else []
    no_deals = no_spend = None
    if kinds & _OF_DEALS:
        scans.append(deals_of(warehouse, scope, by))
        if scans[-1].is_empty() and not _is_loaded(warehouse, "deal"):
            no_deals = "no deal is loaded"
    if kinds & _OF_SPEND:
        no_spend = why_no_spend(scope, by)
        if no_spend is None:
            scans.append(spend_of(warehouse, scope, by))
            if scans[-1].is_empty() and not _is_loaded(warehouse, "spend"):
                no_spend = "no spend is loaded"
    frame = _joined(scans, names)
    known = set(frame.columns)
    missing = {name: kind for name, kind in _COLUMNS.items() if name not in known}
    frame = frame.with_columns(pl.lit(None, kind).alias(name) for name, kind in missing.items())
    none_spent = pl.when(pl.col("spend_amount").is_null()).then(pl.lit("no spend of it is loaded"))
    return frame.with_columns(
        pl.lit(no_deals, pl.String).alias("no_deals"),
        (none_spent if no_spend is None else pl.lit(no_spend)).alias("no_spend"),
    )


_COLUMNS: dict[str, type[pl.DataType] | pl.DataType] = {
    "opened_deals": pl.Int64,
    "priced_opened": pl.Int64,
    "pipeline_amount": pl.Decimal(18, 2),
    "won_deals": pl.Int64,
    "priced_won": pl.Int64,
    "won_amount": pl.Decimal(18, 2),
    "spend_amount": pl.Decimal(18, 2),
}


def _joined(scans: Sequence[pl.DataFrame], names: Sequence[str]) -> pl.DataFrame:
    """All segments of any scan; counts that a scan does not have of one are 0, its spend is null.

    Segments of which every number is 0 or unknown are left out: nothing of them is in the scope.
    """
    if not scans:
        return pl.DataFrame(schema=dict.fromkeys(names, pl.String))
    first, *others = scans
    for each in others:
        first = first.join(each, on=list(names), how="full", coalesce=True)
    numbers = [name for name in first.columns if name not in names]
    filled = first.with_columns(
        pl.col(name).fill_null(0) for name in numbers if name != "spend_amount"
    )
    return filled.filter(pl.any_horizontal(pl.col(name).fill_null(0) != 0 for name in numbers))


def _is_loaded(warehouse: Warehouse, table: str) -> bool:
    loaded = Query(Step("loaded", f"SELECT count(*) AS loaded_rows FROM {table}"))
    return bool(warehouse.query(loaded).item())
