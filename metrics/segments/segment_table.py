"""Segments side by side: any measure by up to three dimensions, and what is more than chance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.errors import MetricError
from data.schema.frames import DataFrame, pa
from metrics.chance import FEWEST, Verdict
from metrics.scope import Basis, Dimension, Scope, Unit
from metrics.segments.columns import amounts, counts, flow_rates
from metrics.segments.judging import judged_rates
from metrics.segments.measures import Kind, Measure, measures_of
from metrics.segments.wide import wide

MOST_DIMENSIONS = 3
"""By more, hardly a segment has enough records to say anything."""


class SegmentMeasure(pa.DataFrameModel):
    """One row per segment and measure, segments in order of the first measure, the largest first.

    Before these columns stand those of the dimensions, called like them. `value` is a count, a
    share of one, or an amount in the base currency; null with its `reason` where the data does not
    say. `records` is the n behind it: of a count the count, of a rate what is divided by, of an
    amount its deals, of a cost what the spend is divided by; null of spend. Low and high are 95%
    intervals of rates: Wilson's, of as many records as they are worth, for those of one account
    convert together; on the flow basis that of a ratio. `others` is the rate of everyone else.
    `p_value` is corrected for all segments of the measure, `chance` says what may be claimed of the
    difference, and `reason` why nothing may.
    """

    measure: str = pa.Field(isin=[each.value for each in Measure])
    value: float = pa.Field(nullable=True)
    records: int = pa.Field(ge=0, nullable=True)
    low: float = pa.Field(nullable=True)
    high: float = pa.Field(nullable=True)
    others: float = pa.Field(ge=0, nullable=True)
    others_records: int = pa.Field(ge=0, nullable=True)
    p_value: float = pa.Field(ge=0, le=1, nullable=True)
    chance: str = pa.Field(isin=[each.value for each in Verdict])
    reason: str = pa.Field(nullable=True)

    class Config:
        """The columns of the dimensions come before these."""

        strict: ClassVar[bool] = False


def segment_table(
    warehouse: Warehouse,
    scope: Scope,
    definitions: Definitions,
    by: Dimension | Sequence[Dimension] = Dimension.CHANNEL,
    measures: Sequence[Measure] | None = None,
) -> DataFrame[SegmentMeasure]:
    """How do segments compare by any measure, and which rate differs by more than chance?

    One row per segment and measure; by default all measures that the unit has. A segment is a
    value of each of the dimensions, one to three, that anything in the scope has. Leads, deals and
    spend are read once each, and only where a measure needs them. Counts are `reached` of
    `stage_conversion` on the scope's basis, and a rate divides two of these counts, so that it is
    the rate of what stands beside it. `won_amount` and `spend_amount` are those of `headline`: of
    deals closed, and days of spend, in the period. `pipeline_amount` is of deals opened in it, a
    deal's own segment counting; `average_deal_amount` divides the won amount by the won deals whose
    amount is known. Costs divide spend by the counts of the table. ROMI = won amount × gross margin
    ÷ spend - 1, of deals by their own segment, without any model of credit. Rows of the same
    dimensions add up to the whole of the scope. Segments come in the order of the first measure,
    the largest first; where it divides by fewer than twenty records, after all others.

    A rate is tested against all others on the cohort basis: as `rate_difference`, with records of
    an account counted for what they are worth, and corrected for all segments of the measure. Where
    fewer than five events would be expected of the thinnest group nothing is claimed. Spend is null
    by what it is not recorded by.

    Raises MetricError for no dimension, one twice or more than three, no measure, or one that the
    unit has not; MissingRateError when an amount that belongs to a sum has no exchange rate.
    Source: Wilson (1927) and Campbell (2007) with the design effect of
    `metrics.estimators.comparing.clustering`; Benjamini and Hochberg (1995).
    """
    chosen = (by,) if isinstance(by, Dimension) else tuple(by)
    asked = measures_of(scope.unit) if measures is None else tuple(dict.fromkeys(measures))
    _check(scope.unit, chosen, asked)
    rows = wide(warehouse, scope, chosen, asked)
    names = [each.value for each in chosen]
    parts = [_part(rows, scope, measure, names, definitions) for measure in asked]
    place = {each.value: number for number, each in enumerate(asked)}
    # Several measures of many segments: the order is found once, of the first.
    ranked = _ordered(parts[0], asked[0], names).select(names).with_row_index("rank")
    found = (
        pl.concat(parts)
        .join(ranked, on=names, nulls_equal=True)
        .sort("rank", pl.col("measure").replace_strict(place, return_dtype=pl.Int64))
    )
    shown = [*names, *SegmentMeasure.to_schema().columns]
    return SegmentMeasure.validate(found.select(shown), lazy=True)


def _ordered(rows: pl.DataFrame, measure: Measure, names: Sequence[str]) -> pl.DataFrame:
    """The largest value first; what divides by few records after it, where chance would lead."""
    divides = measure.kind in (Kind.RATE, Kind.COST, Kind.RETURN)
    is_thin = pl.lit(divides) & (pl.col("records").fill_null(0) < FEWEST)
    return rows.sort(pl.col("value").is_null(), is_thin, -pl.col("value"), *names)


def _check(unit: Unit, by: Sequence[Dimension], measures: Sequence[Measure]) -> None:
    if not by or len(by) > MOST_DIMENSIONS or len(set(by)) < len(by):
        named = ", ".join(each.label for each in by) or "none"
        raise MetricError(
            f"a table of segments is by one to {MOST_DIMENSIONS} different dimensions, not by"
            f" {named}"
        )
    if not measures:
        raise MetricError("a table of segments needs at least one measure")
    for each in measures:
        if not each.is_of(unit):
            known = ", ".join(other.value for other in measures_of(unit))
            raise MetricError(f"a {unit.value} has no {each.value}: it has {known}")


def _part(
    rows: pl.DataFrame,
    scope: Scope,
    measure: Measure,
    names: Sequence[str],
    definitions: Definitions,
) -> pl.DataFrame:
    """The rows of one measure, with every column of the contract."""
    if measure.kind is Kind.COUNT:
        found = counts(rows, measure)
    elif measure.kind is not Kind.RATE:
        found = amounts(rows, measure, definitions.gross_margin)
    elif scope.basis is Basis.FLOW:
        found = flow_rates(rows, measure)
    else:
        found = judged_rates(rows, measure)
    types = {name: column.dtype.type for name, column in SegmentMeasure.to_schema().columns.items()}
    usual = {"measure": measure.value, "chance": Verdict.UNTESTED.value}
    return found.select(
        *names,
        *(
            (pl.col(name) if name in found.columns else pl.lit(usual.get(name)))
            .cast(of)
            .alias(name)
            for name, of in types.items()
        ),
    )
