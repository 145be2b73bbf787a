"""Installed base: what accounts have bought, how old it is, and what is due for replacement."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.canonical_people import IS_PURCHASE
from data.schema.contract import UNASSIGNED, Money, columns
from data.schema.frames import DataFrame, pa
from data.spelling import Spelt
from data.sql import Query, Step
from metrics.accounts.members import account_steps, only_asked, shown
from metrics.scope import Scope

REPLACEMENT_YEARS = 5
"""After so many years without an order what was bought is due for replacement."""

AHEAD_DAYS = 183
"""Maintenance that ends within so many days is due."""

DAYS_OF_A_YEAR = 365.25


class Due(StrEnum):
    """Why somebody should talk to the account about what it has."""

    OVER = "maintenance is over"
    ENDS = "maintenance ends within half a year"
    OLD = "old enough to replace"
    NO = "not due"


class InstalledProduct(pa.DataFrameModel):
    """One row per account and product, those that are due first, the oldest of them first.

    What was ordered until the last day observed. `quantity` is null where no order says it;
    `amount`, in the base currency, is that of orders that have one, `unpriced_orders` have none or
    no exchange rate. Both are net of returns and credit notes, which are no orders: they are in no
    other column, and what was returned whole is not installed. `age_years` is the time since the
    last order. `maintained_until` is the latest end of maintenance. `owner` is the account's.
    """

    account_id: str
    account: str
    owner: str = pa.Field(nullable=True)
    product: str
    orders: int = pa.Field(ge=1)
    quantity: float = pa.Field(nullable=True)
    amount: Money = pa.Field(nullable=True)
    unpriced_orders: int = pa.Field(ge=0)
    first_ordered_on: pl.Date
    last_ordered_on: pl.Date
    age_years: float = pa.Field(ge=0)
    maintained_until: pl.Date = pa.Field(nullable=True)
    due: str = pa.Field(isin=[each.value for each in Due])

    class Config:
        """Exactly these columns, one row per account and product."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["account_id", "product"]


def installed_base(
    warehouse: Warehouse, scope: Scope, replacement_years: float = REPLACEMENT_YEARS
) -> DataFrame[InstalledProduct]:
    """What does each account have of us, how old is it, and what is due for replacement?

    Until the end of the period, as far as it is observed. Due is what is no longer maintained on
    that day, then what will not be within half a year, then what nothing says is maintained and was
    last ordered `replacement_years` or more ago. A filter is about accounts, by the segment of
    their earliest lead, or deal; the period's start, basis, unit and counting make no difference.
    """
    until = min(scope.period.end, scope.observed_until)
    rows = warehouse.query(Query(*account_steps(scope), *_steps(scope)))
    maintained = pl.col("maintained_until")
    soon = until + timedelta(days=AHEAD_DAYS)
    age = (pl.lit(until) - pl.col("last_ordered_on")).dt.total_days() / DAYS_OF_A_YEAR
    due = (
        pl.when(maintained < until).then(pl.lit(Due.OVER.value))
        .when(maintained <= soon).then(pl.lit(Due.ENDS.value))
        .when(maintained.is_null() & (age >= replacement_years)).then(pl.lit(Due.OLD.value))
        .otherwise(pl.lit(Due.NO.value))
    )  # fmt: skip
    order = {each.value: place for place, each in enumerate(Due)}
    types = columns(InstalledProduct)
    found = (
        rows.with_columns(age_years=age, due=due)
        .sort(
            pl.col("due").replace_strict(order, return_dtype=pl.Int64),
            "last_ordered_on", "account", "account_id", "product",
        )
        .select(list(types))
        .cast(pl.Schema(types))
    )  # fmt: skip
    return InstalledProduct.validate(found, lazy=True)


def _steps(scope: Scope) -> tuple[Step, ...]:
    account = "coalesce(identity.account_id, account_order.account_id)"
    product = Spelt("product", f"coalesce(account_order.product, '{UNASSIGNED}')")

    def of_purchases(what: str, value: str) -> str:
        return f"{what}(CASE WHEN {IS_PURCHASE} THEN {value} END)"

    return (
        Step(
            "installed",
            f"""
            SELECT {account} AS account_id, {product.shown} AS product,
                {of_purchases("count", "1")} AS orders,
                sum(account_order.quantity) AS quantity,
                CAST(sum(account_order.amount) AS DECIMAL(18, 2)) AS amount,
                count(CASE WHEN account_order.amount IS NULL THEN 1 END) AS unpriced_orders,
                {of_purchases("min", "account_order.ordered_on")} AS first_ordered_on,
                {of_purchases("max", "account_order.ordered_on")} AS last_ordered_on,
                {of_purchases("max", "account_order.maintained_until")} AS maintained_until,
                count(*) AS told,
                CASE WHEN count(account_order.quantity) = count(*) THEN sum(account_order.quantity)
                    WHEN count(account_order.amount) = count(*) THEN sum(account_order.amount)
                END AS kept
            FROM account_order
            CROSS JOIN bounds
            LEFT JOIN account_identity AS identity
                ON identity.reference = account_order.account_id AND identity.applied
            {product.join}
            WHERE account_order.ordered_on <= bounds.until_on
            GROUP BY {account}, {product.shown}
            """,
        ),
        Step(
            "installed_products",
            f"""
            SELECT installed.*, companies.owner,
                {shown("companies.account", "installed.account_id")} AS account
            FROM installed
            {only_asked(scope, "installed")}
            LEFT JOIN companies ON companies.account_id = installed.account_id
            WHERE installed.orders > 0 AND (installed.orders = installed.told
                OR coalesce(installed.kept, 1) > 0)
            """,
        ),
    )
