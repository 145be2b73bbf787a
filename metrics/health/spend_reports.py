"""Ad reports that newer ones have taken the place of, and what both tell of the same days."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.contract import Money
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step


class ReplacedReport(pa.DataFrameModel):
    """One row per two ad reports of an account, of which the newer counts, the most money first."""

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True

    counts: str
    does_not: str
    source_system: str
    ad_account: str
    first_on: pl.Date
    last_on: pl.Date
    newer_cost_amount: Money
    newer_currency: str
    older_cost_amount: Money
    older_currency: str


def replaced_reports(warehouse: Warehouse) -> DataFrame[ReplacedReport]:
    """Which ad reports tell days that a newer report of the account tells too?

    What `does_not` count told of the days from `first_on` to `last_on` is `older_cost_amount`; the
    newer report, `counts`, tells `newer_cost_amount` of them. Both are in the currency of the
    report. Much less than before may be a report of some campaigns alone.
    """
    found = warehouse.query(
        Query(
            Step(
                "replaced",
                """
                SELECT newer.file_name AS counts, older.file_name AS does_not,
                    superseded_spend.source_system, superseded_spend.ad_account,
                    superseded_spend.first_on, superseded_spend.last_on,
                    superseded_spend.newer_cost_amount, superseded_spend.newer_currency,
                    superseded_spend.older_cost_amount, superseded_spend.older_currency
                FROM superseded_spend
                JOIN load AS newer ON newer.load_id = superseded_spend.newer_load_id
                JOIN load AS older ON older.load_id = superseded_spend.older_load_id
                """,
            )
        )
    )
    order = ("older_cost_amount", "counts", "does_not", "first_on", "ad_account")
    return ReplacedReport.validate(found.sort(*order, descending=[True] + 4 * [False]), lazy=True)
