"""Groups of companies: a parent with all that belongs to it, and circles that have no parent."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.canonical_people import IS_PURCHASE
from data.schema.contract import Money, columns
from data.schema.frames import DataFrame, pa
from data.spelling import Spelt
from data.sql import Query, Step
from metrics.accounts.belongings import deal_counts
from metrics.accounts.members import account_steps, only_asked, shown
from metrics.accounts.parents import groups
from metrics.accounts.priced import refuse_unpriced
from metrics.scope import Scope


class AccountGroup(pa.DataFrameModel):
    """One row per group of companies, the largest open pipeline first.

    A group is a parent and all that belongs to it, over any number of steps; companies without
    parent or subsidiary are no group. `circle` names the companies that are each other's parents,
    null where all is well: each of them stands for itself, with the subsidiaries below it, until
    the records are corrected. `companies` counts those in scope. `leads` and `won_deals` are of the
    period, `open_deals` are open on its last day; amounts are in the base currency. `orders` and
    `products` are what the group has ordered by then.
    """

    account_id: str
    account: str
    circle: str = pa.Field(nullable=True)
    companies: int = pa.Field(ge=1)
    leads: int = pa.Field(ge=0)
    open_deals: int = pa.Field(ge=0)
    open_amount: Money
    won_deals: int = pa.Field(ge=0)
    won_amount: Money
    unpriced_deals: int = pa.Field(ge=0)
    orders: int = pa.Field(ge=0)
    products: int = pa.Field(ge=0)

    class Config:
        """Exactly these columns, one row per group."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["account_id"]


class GroupMember(pa.DataFrameModel):
    """One row per company of a group, the one at the top first, then by name.

    The columns of `AccountGroup` for the company alone; `top_id` and `top` are its group.
    """

    top_id: str
    top: str
    account_id: str
    account: str
    parent: str = pa.Field(nullable=True)
    circle: str = pa.Field(nullable=True)
    leads: int = pa.Field(ge=0)
    open_deals: int = pa.Field(ge=0)
    open_amount: Money
    won_deals: int = pa.Field(ge=0)
    won_amount: Money
    unpriced_deals: int = pa.Field(ge=0)
    orders: int = pa.Field(ge=0)
    products: int = pa.Field(ge=0)

    class Config:
        """Exactly these columns, one row per company."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["account_id"]


def account_roll_up(warehouse: Warehouse, scope: Scope) -> DataFrame[AccountGroup]:
    """What do groups of companies bring, parents and subsidiaries together?

    The sums of `account_group_members`, but `products`, which the group has once. Basis, unit,
    counting and window make no difference.

    Raises MissingRateError where an amount has no exchange rate.
    """
    members, products = _members(warehouse, scope)
    sums = ("leads", "open_deals", "open_amount", "won_deals", "won_amount", "unpriced_deals",
            "orders")  # fmt: skip
    of_group = (
        products.join(members.select("account_id", "top_id"), on="account_id")
        .group_by("top_id")
        .agg(products=pl.col("product").n_unique().cast(pl.Int64))
    )
    named = members.group_by("top_id").agg(
        pl.col("top").first().alias("account"),
        # A circle is told where it is the top; who is below it has done nothing wrong.
        pl.col("top_circle").first().alias("circle"),
        pl.len().cast(pl.Int64).alias("companies"),
        **{name: pl.col(name).sum() for name in sums},
    )
    types = columns(AccountGroup)
    found = (
        named.join(of_group, on="top_id", how="left")
        .with_columns(pl.col("products").fill_null(0))
        .rename({"top_id": "account_id"})
        .sort("open_amount", "won_amount", "companies", "account", "account_id",
              descending=[True, True, True, False, False])
        .select(list(types))
        .cast(pl.Schema(types))
    )  # fmt: skip
    return AccountGroup.validate(found, lazy=True)


def account_group_members(warehouse: Warehouse, scope: Scope) -> DataFrame[GroupMember]:
    """Which companies belong to each group, and what does each of them bring?

    All companies that have a parent, or are one. A parent that is known only by its name is a
    company too. A filter is about accounts, by the segment of their earliest lead, or deal: those
    that it leaves out are missing from their group, not from the way up to its top. A viewer of
    some rows sees no parent of which they may see none.

    Raises MissingRateError where an amount has no exchange rate.
    """
    members, products = _members(warehouse, scope)
    counts = products.group_by("account_id").agg(products=pl.len().cast(pl.Int64))
    types = columns(GroupMember)
    found = (
        members.join(counts, on="account_id", how="left")
        .with_columns(pl.col("products").fill_null(0))
        .sort("top", "top_id", pl.col("account_id") != pl.col("top_id"), "account", "account_id")
        .select(list(types))
        .cast(pl.Schema(types))
    )
    return GroupMember.validate(found, lazy=True)


def _members(warehouse: Warehouse, scope: Scope) -> tuple[pl.DataFrame, pl.DataFrame]:
    """One row per company of a group that is in scope, and one per product that one ordered."""
    steps = (*account_steps(scope), *_steps(scope))
    rows = _with_groups(warehouse.query(Query(*steps, _MEMBERS)))
    rows = rows.filter(pl.col("is_asked"))
    refuse_unpriced(rows)
    amounts = pl.col("open_amount", "won_amount").fill_null(0).cast(pl.Decimal(18, 2))
    return rows.with_columns(amounts), warehouse.query(Query(*steps, _PRODUCTS))


def _with_groups(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with the top of each company's group, and the names of the circle it is in."""
    placed = (
        rows.sort("account_id").with_row_index("place").with_columns(pl.col("place").cast(pl.Int64))
    )
    places = placed.select("place", parent_id="account_id", parent="account")
    placed = placed.join(places.rename({"place": "up"}), on="parent_id", how="left").sort("place")
    found = groups(placed["up"].fill_null(-1).to_numpy().astype(np.int64))
    placed = placed.with_columns(top_place=pl.Series(found.top), round=pl.Series(found.circle))
    circles = (
        placed.filter(pl.col("round") >= 0)
        .group_by("round")
        .agg(circle=pl.col("account").sort().str.join(", "))
    )
    named = placed.join(circles, on="round", how="left")
    tops = named.select(top_place="place", top_id="account_id", top="account", top_circle="circle")
    return named.join(tops, on="top_place", how="left")


def _steps(scope: Scope) -> tuple[Step, ...]:
    parent = "coalesce(identity.account_id, companies.parent_id)"
    kept = only_asked(scope, "family")
    is_asked = "asked_accounts.account_id IS NOT NULL" if kept else "TRUE"
    seen = ""
    if scope.viewer.restrictions:
        # Whoever sees some companies does not get to know the names of those above them.
        own = "(SELECT account_id FROM first_rows WHERE place = 1)"
        seen = f"AND companies.account_id IN {own} AND {parent} IN {own}"
    return (
        Step(
            "parents",
            f"""
            SELECT companies.account_id, {parent} AS parent_id
            FROM companies
            LEFT JOIN account_identity AS identity
                ON identity.reference = companies.parent_id AND identity.applied
            WHERE companies.parent_id IS NOT NULL {seen}
            """,
        ),
        Step(
            "family",
            "SELECT account_id FROM parents UNION SELECT parent_id FROM parents",
        ),
        Step(
            "wanted",
            f"""
            SELECT family.account_id, {is_asked} AS is_asked
            FROM family
            {"LEFT " + kept if kept else ""}
            """,
        ),
        Step(
            "lead_counts",
            """
            SELECT leads.account_id, count(*) AS leads
            FROM leads
            JOIN wanted ON wanted.account_id = leads.account_id
            CROSS JOIN bounds
            WHERE leads.since_on >= bounds.start_on
            GROUP BY leads.account_id
            """,
        ),
        deal_counts("deal_sums", "wanted"),
        Step(
            "ordered",
            f"""
            SELECT coalesce(identity.account_id, account_order.account_id) AS account_id,
                account_order.product
            FROM account_order
            CROSS JOIN bounds
            LEFT JOIN account_identity AS identity
                ON identity.reference = account_order.account_id AND identity.applied
            WHERE account_order.ordered_on <= bounds.until_on AND {IS_PURCHASE}
            """,
        ),
        Step(
            "order_counts",
            "SELECT account_id, count(*) AS orders FROM ordered GROUP BY account_id",
        ),
    )


_MEMBERS = Step(
    "members",
    f"""
    SELECT wanted.account_id, wanted.is_asked, parents.parent_id,
        {shown("companies.account", "wanted.account_id")} AS account,
        coalesce(lead_counts.leads, 0) AS leads,
        coalesce(deal_sums.open_deals, 0) AS open_deals,
        coalesce(deal_sums.won_deals, 0) AS won_deals,
        deal_sums.open_amount, deal_sums.won_amount,
        coalesce(deal_sums.unpriced_deals, 0) AS unpriced_deals,
        coalesce(order_counts.orders, 0) AS orders,
        coalesce(deal_sums.unconverted_rows, 0) AS unconverted_rows,
        deal_sums.unconverted_currency, deal_sums.unconverted_from, deal_sums.unconverted_to
    FROM wanted
    LEFT JOIN parents ON parents.account_id = wanted.account_id
    LEFT JOIN companies ON companies.account_id = wanted.account_id
    LEFT JOIN lead_counts ON lead_counts.account_id = wanted.account_id
    LEFT JOIN deal_sums ON deal_sums.account_id = wanted.account_id
    LEFT JOIN order_counts ON order_counts.account_id = wanted.account_id
    """,
)

_PRODUCT = Spelt("product", "ordered.product")

_PRODUCTS = Step(
    "products",
    f"""
    SELECT DISTINCT ordered.account_id, {_PRODUCT.shown} AS product
    FROM ordered
    JOIN wanted ON wanted.account_id = ordered.account_id AND wanted.is_asked
    {_PRODUCT.join}
    WHERE ordered.product IS NOT NULL
    """,
)
