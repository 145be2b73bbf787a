"""Pipeline created: the deals that were opened in a period, and what they are worth."""

from __future__ import annotations

from typing import ClassVar

from data.engine.warehouse import Warehouse
from data.schema.contract import Money
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.scope import Scope
from metrics.subjects import OPENED_BY


class PipelineCreated(pa.DataFrameModel):
    """One row: the deals opened in the period, whatever became of them since.

    `opened_amount` is what they are worth now, in the base currency: null where no deal is loaded,
    and where none of those opened has an amount. It leaves out `unpriced_deals`, which have no
    recorded amount, and `unconverted_deals`, whose currency has no rate on their day.
    """

    opened_deals: int = pa.Field(ge=0)
    unpriced_deals: int = pa.Field(ge=0)
    unconverted_deals: int = pa.Field(ge=0)
    opened_amount: Money = pa.Field(nullable=True)

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def pipeline_created(warehouse: Warehouse, scope: Scope) -> DataFrame[PipelineCreated]:
    """How much pipeline did the period create?

    One row: deals by their day of opening, with filters by their own segment. Unit and basis of the
    scope make no difference. A deal without a day of opening was opened by the one it was closed;
    a deal with neither is in no period.
    """
    found = warehouse.query(Query(scope.step("deal"), _CREATED))
    return PipelineCreated.validate(found, lazy=True)


_OPENED = f"{OPENED_BY} BETWEEN period_start AND least(period_end, observed_until)"

_CREATED = Step(
    "created",
    f"""
    SELECT count(CASE WHEN {_OPENED} THEN 1 END) AS opened_deals,
        count(CASE WHEN {_OPENED} AND original_amount IS NULL THEN 1 END) AS unpriced_deals,
        count(CASE WHEN {_OPENED} AND original_amount IS NOT NULL AND amount IS NULL THEN 1 END)
            AS unconverted_deals,
        CAST(CASE WHEN count(CASE WHEN {_OPENED} THEN 1 END) = 0
            AND (SELECT count(*) FROM deal) > 0 THEN 0
            ELSE sum(CASE WHEN {_OPENED} THEN amount END) END AS DECIMAL(18, 2)) AS opened_amount
    FROM scoped
    """,
)
