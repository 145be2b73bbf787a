"""What sellers say of open deals: when they are expected to close, and how likely."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.forecast.landing import QUARTERS
from metrics.forecast.quarters import quarters_ahead
from metrics.forecast.rows import framed
from metrics.scope import Scope


class DueDeals(pa.DataFrameModel):
    """One row per quarter: this one, and the three after it.

    `deals` are open and expected to close in the quarter, `amount` their amounts in the base
    currency, `weighted_amount` the amounts times the probability that the CRM gives each. The last
    two leave out `unpriced_deals` without an amount, `weighted_amount` also those of
    `unrated_deals` without a probability. Null where no such deal has one.
    """

    quarter_on: pl.Date
    quarter_end_on: pl.Date
    deals: int = pa.Field(ge=0)
    unpriced_deals: int = pa.Field(ge=0)
    unrated_deals: int = pa.Field(ge=0)
    amount: float = pa.Field(nullable=True)
    weighted_amount: float = pa.Field(nullable=True)

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def due_deals(warehouse: Warehouse, scope: Scope) -> DataFrame[DueDeals]:
    """Which open deals do sellers expect to close in this quarter and the next three?

    Deals that are open on the last day observed, by the quarter of their expected close; one whose
    expected close has passed within this quarter still counts in it. Expected close, probability
    and amount are as they stand now; what was expected on an earlier day `past_pipeline` tells. The
    period makes no difference.
    """
    found = warehouse.query(Query(scope.step("deal"), _DUE))
    rows = []
    for quarter in quarters_ahead(scope.observed_until, QUARTERS):
        due = found.filter(pl.col("expected_on").is_between(quarter.start, quarter.end))
        sums = {
            name: float(due[name].sum())
            for name in ("amount", "weighted_amount")
            if due[name].count()
        }
        counts = {name: int(due[name].sum()) for name in _COUNTS}
        rows.append({"quarter_on": quarter.start, "quarter_end_on": quarter.end} | counts | sums)
    return framed(DueDeals, rows)


_COUNTS = ("deals", "unpriced_deals", "unrated_deals")

_DUE = Step(
    "due_deals",
    """
    SELECT opportunity.expected_close_on AS expected_on,
        count(*) AS deals,
        count(*) - count(scoped.amount) AS unpriced_deals,
        count(*) - count(opportunity.probability) AS unrated_deals,
        sum(CAST(scoped.amount AS DOUBLE)) AS amount,
        sum(CAST(scoped.amount AS DOUBLE) * opportunity.probability) AS weighted_amount
    FROM scoped
    JOIN opportunity ON opportunity.opportunity_id = scoped.opportunity_id
    WHERE scoped.opened_on <= observed_until
        AND (scoped.outcome = 'open' OR scoped.closed_on > observed_until)
        AND opportunity.expected_close_on IS NOT NULL
    GROUP BY opportunity.expected_close_on
    ORDER BY opportunity.expected_close_on
    """,
)
