"""What is learned of leads, from the budget to the competitor, and who fills it."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.contract import columns
from data.schema.derived_quality import BANT_C
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.quality.outcomes import STAGES, outcomes
from metrics.rates import ratio, wilson
from metrics.scope import Scope

EVERYBODY = "all"

ANY_FIELD = "all five"
"""All fields of a lead are filled."""


class FieldFilled(pa.DataFrameModel):
    """One row per group of leads and field: all leads, each owner, each source (channel).

    Within each the largest group first. `filled` leads have the field, `share` is filled ÷ leads,
    with 95% bounds. The field `all five` is filled where every one is.
    """

    by: str = pa.Field(isin=(EVERYBODY, "owner", "source"))
    value: str
    field: str = pa.Field(isin=(*BANT_C, ANY_FIELD))
    leads: int = pa.Field(ge=1)
    filled: int = pa.Field(ge=0)
    share: float = pa.Field(ge=0, le=1)
    share_low: float = pa.Field(ge=0, le=1)
    share_high: float = pa.Field(ge=0, le=1)

    class Config:
        """Exactly these columns, one row per group and field."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["by", "value", "field"]


class FilledOutcome(pa.DataFrameModel):
    """One row per number of fields that are filled, 0 to 5, and stage.

    `rate` is the share that reaches the stage within `days`, with 95% bounds, null under twenty
    leads.
    """

    filled: int = pa.Field(ge=0, le=len(BANT_C))
    leads: int = pa.Field(ge=0)
    stage: str = pa.Field(isin=[stage.value for stage in STAGES])
    days: int = pa.Field(ge=1, nullable=True)
    converted: int = pa.Field(ge=0)
    rate: float = pa.Field(ge=0, le=1, nullable=True)
    rate_low: float = pa.Field(ge=0, le=1, nullable=True)
    rate_high: float = pa.Field(ge=0, le=1, nullable=True)
    lift: float = pa.Field(ge=0, nullable=True)

    class Config:
        """Exactly these columns, one row per number of fields and stage."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["filled", "stage"]


def qualification_completeness(warehouse: Warehouse, scope: Scope) -> DataFrame[FieldFilled]:
    """Of how many leads are budget, authority, need, timeline and competitor known, and by whom?

    Of leads that came in within the period, of each owner and each source. A field is filled where
    anything stands in it, an answer such as "none" too.

    Source: Wilson (1927) for the bounds.
    """
    found = warehouse.query(Query(scope.step("lead_quality"), _CELLS))
    groups = {
        EVERYBODY: found.with_columns(value=pl.lit(EVERYBODY)),
        "owner": found.with_columns(value=pl.col("owner")),
        "source": found.with_columns(value=pl.col("channel")),
    }
    fields = [*BANT_C, ANY_FIELD]
    counted = pl.concat(
        [
            cells.group_by("value").agg(pl.col("leads", *fields).sum()).with_columns(by=pl.lit(by))
            for by, cells in groups.items()
        ]
    )
    low, high = wilson(pl.col("filled"), pl.col("leads"))
    rows = (
        counted.unpivot(
            fields, index=["by", "value", "leads"], variable_name="field", value_name="filled"
        )
        .with_columns(
            share=ratio(pl.col("filled"), pl.col("leads")), share_low=low, share_high=high
        )
        .sort(
            pl.col("by").cast(pl.Enum([*groups])),
            -pl.col("leads"),
            "value",
            pl.col("field").cast(pl.Enum(fields)),
        )
    )
    return FieldFilled.validate(rows.select(list(FieldFilled.to_schema().columns)), lazy=True)


def completeness_outcome(warehouse: Warehouse, scope: Scope) -> DataFrame[FilledOutcome]:
    """Do leads of whom more is known convert better?

    By how many of budget, authority, need, timeline and competitor are filled now. It goes with
    converting and need not be the cause: whoever gets further is asked more.

    Source: `outcomes` for rates.
    """
    found = outcomes(warehouse, scope, "filled_fields")
    rows = [
        {
            "filled": int(name),
            "leads": outcome.leads,
            "stage": stage.value,
            "days": outcome.days,
            "converted": outcome.converted,
            "rate": outcome.rate,
            "rate_low": outcome.low,
            "rate_high": outcome.high,
            "lift": found.lift(name, stage),
        }
        for name in sorted(found.groups)
        for stage, outcome in found.groups[name].items()
    ]
    return FilledOutcome.validate(pl.DataFrame(rows, schema=columns(FilledOutcome)), lazy=True)


_SUMS = ", ".join(f"CAST(sum(has_{name}) AS BIGINT) AS {name}" for name in BANT_C)

_CELLS = Step(
    "cells",
    f"""
    SELECT owner, channel, count(*) AS leads, {_SUMS},
        count(CASE WHEN filled_fields = {len(BANT_C)} THEN 1 END) AS "{ANY_FIELD}"
    FROM scoped
    WHERE lead_on BETWEEN period_start AND period_end AND lead_on <= observed_until
    GROUP BY owner, channel
    ORDER BY owner, channel
    """,
)
