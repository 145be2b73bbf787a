"""The pipeline as it stood: what was open before each past quarter, as it was known then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from typing import ClassVar

import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.forecast.pipeline_steps import pipeline_steps
from metrics.forecast.quarters import quarters_over
from metrics.forecast.rows import framed
from metrics.period import Period
from metrics.scope import Scope


class PastPipeline(pa.DataFrameModel):
    """One row per past quarter and stage of the sellers: deals open on the day before the quarter.

    All is as it was known on that day. `stage` is null where it is not told. Of `untold_deals` the
    expected close is not told. `due_deals` were expected to close in the quarter; `amount` is
    theirs in the base currency, `weighted_amount` the amounts times the probability that the CRM
    gave each. The last two leave out `unpriced_deals` without an amount, `weighted_amount` also
    those of `unrated_deals` without a probability. Null where no such deal has one. `closed_deals`
    had come to the stage and were closed by that day, `won_deals` of them were won.
    """

    quarter_on: pl.Date
    quarter_end_on: pl.Date
    stage: str = pa.Field(nullable=True)
    deals: int = pa.Field(ge=0)
    untold_deals: int = pa.Field(ge=0)
    due_deals: int = pa.Field(ge=0)
    unpriced_deals: int = pa.Field(ge=0)
    unrated_deals: int = pa.Field(ge=0)
    amount: float = pa.Field(nullable=True)
    weighted_amount: float = pa.Field(nullable=True)
    closed_deals: int = pa.Field(ge=0)
    won_deals: int = pa.Field(ge=0)

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class PipelineTold:
    """From which day on the history of deals tells what each was; None where it never does."""

    stage: date | None
    probability: date | None
    expected_close: date | None


def past_pipeline(
    warehouse: Warehouse, scope: Scope, told: PipelineTold | None = None
) -> DataFrame[PastPipeline]:
    """What was in the pipeline before each past quarter, and what of it was due in the quarter?

    The quarters that are over, from the first on before which the history tells expected closes,
    and stages or probabilities (`told`, by default what `pipeline_told` says). A value of a deal is
    the one of the last change dated until the day before the quarter, else the one that the first
    later change replaces, if a snapshot had shown it by then. Without any change it is the one that
    stands today: of a deal that was closed since then only the amount is, and the expected close
    unless it is the day of closing. Amounts have the exchange rate of the deal. The period makes no
    difference.
    """
    told = told or pipeline_told(warehouse)
    quarters = _quarters(told, scope.observed_until)
    if not quarters:
        return framed(PastPipeline, [])
    found = warehouse.query(
        Query(scope.step("deal"), *pipeline_steps(quarters, Definitions.load().zone))
    )
    ordered = found.sort("quarter_on", "stage", nulls_last=True)
    return PastPipeline.validate(ordered, lazy=True)


def pipeline_told(warehouse: Warehouse) -> PipelineTold:
    """Since when does the history tell stages, probabilities and expected closes of deals?

    From the day of the first change that a file dates or two snapshots show; of the latter, from
    the first of the two. All deals are asked, whatever the scope.
    """
    zone = Definitions.load().zone
    rows = warehouse.query(Query(_TOLD)).iter_rows()
    days: Mapping[str, date] = {
        field: told_at.replace(tzinfo=UTC).astimezone(zone).date() for field, told_at in rows
    }
    return PipelineTold(days.get("stage"), days.get("probability"), days.get("expected_close_on"))


def _quarters(told: PipelineTold, observed_until: date) -> tuple[Period, ...]:
    """The quarters that are over before which something of the pipeline is told."""
    what = [each for each in (told.stage, told.probability) if each]
    if told.expected_close is None or not what:
        return ()
    return quarters_over(max(told.expected_close, min(what)) + timedelta(days=1), observed_until)


_TOLD = Step(
    "told",
    """
    SELECT field, min(told_at) AS told_at
    FROM (
        SELECT field, changed_at AS told_at FROM opportunity_change
        UNION ALL
        SELECT field, seen_before_at FROM opportunity_difference
    ) AS changes
    GROUP BY field
    """,
)
