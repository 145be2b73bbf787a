"""What customers ordered, by the ERP, and until when it is maintained: the installed base."""

from __future__ import annotations

from collections import Counter

import numpy as np
import polars as pl

from data.sample_company.world.amounts import CURRENCIES
from data.sample_company.world.chunk import Chunk
from data.sample_company.world.customers.groups import listed_accounts
from data.sample_company.world.planted import (
    NEVER,
    PRODUCT_SHARES,
    PRODUCTS,
    SECONDS_PER_DAY,
    Calendar,
)

DUE_WITHIN_DAYS = 180
"""What is maintained for so many days more at most is due for replacement."""

_YEARS_MAINTAINED = (1, 2, 3)

_PRICE = np.array([1_000, 900, 7_000])
"""About what one of a product costs in each currency."""

_OLDEST_DAYS = 2_000


def draw_orders(chunk: Chunk) -> pl.DataFrame:
    """One row per order: of each won deal on the day it was closed, and older ones of customers.

    `account` (row), `product` and `currency` (numbers), `ordered_at` and `maintained_until` in
    seconds, `amount` in whole units of the currency and `quantity`. Older orders, of before the
    calendar, are in USD; some of what they bought is maintained still.
    """
    random, calendar = chunk.random(42), chunk.programme.calendar
    deals = chunk.existing_deals.filter(pl.col("won") & (pl.col("closed_at") < int(NEVER)))
    is_customer = (chunk.accounts["relationship"] == "Customer - Direct").to_numpy()
    listed = listed_accounts(chunk)
    customers = np.repeat(listed[is_customer[listed]], 2)
    customers = customers[random.random(len(customers)) < 0.75]
    count = len(customers)
    ago = random.integers(1, _OLDEST_DAYS, count) * SECONDS_PER_DAY
    older = pl.DataFrame(
        {
            "account": customers,
            "product": random.choice(len(PRODUCTS), count, p=PRODUCT_SHARES),
            "currency": np.zeros(count, dtype=np.int64),
            "ordered_at": calendar.start_at - ago,
            "amount": (random.lognormal(10.2, 0.7, count) / 100).astype(np.int64) * 100 + 500,
        }
    )
    won = deals.select(
        pl.col("account", "product", "currency").cast(pl.Int64),
        ordered_at=pl.col("closed_at").cast(pl.Int64),
        amount=pl.col("sold_amount").cast(pl.Int64),
    )
    orders = pl.concat([won, older])
    years = random.choice(_YEARS_MAINTAINED, orders.height)
    renewed = np.where(
        np.arange(orders.height) < won.height, 0, random.integers(0, 5, orders.height)
    )
    price, ordered = _PRICE[orders["currency"].to_numpy()], orders["ordered_at"].to_numpy()
    return orders.with_columns(
        maintained_until=ordered + (years + renewed) * 365 * SECONDS_PER_DAY,
        quantity=np.maximum(orders["amount"].to_numpy() // price, 1),
    ).sort("ordered_at", "account", maintain_order=True)  # fmt: skip


def count_orders(calendar: Calendar, orders: pl.DataFrame) -> Counter[str]:
    """Orders, the accounts that gave them, and what is not maintained any more, or soon will not.

    Days of the end count as maintained, as `until` counts as covered.
    """
    left = orders["maintained_until"].to_numpy() // SECONDS_PER_DAY * SECONDS_PER_DAY
    last_day = calendar.cutoff_at - SECONDS_PER_DAY
    soon = last_day + DUE_WITHIN_DAYS * SECONDS_PER_DAY
    counts = Counter(
        orders=orders.height,
        accounts=orders["account"].n_unique(),
        lapsed=int((left < last_day).sum()),
        due=int(((left >= last_day) & (left <= soon)).sum()),
        quantity=int(orders["quantity"].sum()),
    )
    for number, currency in enumerate(CURRENCIES):
        counts[currency] = int(orders.filter(currency=number)["amount"].sum())
    return counts
