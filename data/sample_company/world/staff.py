"""The company's own people, who use its website and content as everybody does."""

from __future__ import annotations

import numpy as np
import polars as pl

from data.sample_company.world.planted import NEVER, VENDOR, Calendar
from data.sample_company.world.text import pick
from data.sample_company.world.words import FIRST_NAMES, LAST_NAMES, mailbox

DOMAIN = "aldera-systems.com"

_PER_LEAD = 0.003

_OWN_ACCOUNT = 10**9

_FIRST_STAFF = 2 * 10**9


def own_account(accounts: pl.DataFrame, calendar: Calendar) -> pl.DataFrame:
    """The company itself, as it stands in its CRM: one row of the columns of `accounts`."""
    return accounts.head(1).with_columns(
        account_number=pl.lit(_OWN_ACCOUNT, dtype=pl.Int64),
        region=pl.lit(0, dtype=pl.Int64),
        country=pl.lit(0, dtype=pl.Int64),
        city=pl.lit(0, dtype=pl.Int64),
        name=pl.lit(f"{VENDOR} GmbH"),
        short_name=pl.lit(VENDOR),
        domain=pl.lit(DOMAIN),
        industry=pl.lit("Software"),
        employees=pl.lit(450, dtype=pl.Int64),
        relationship=pl.lit("Own Company"),
        listed=pl.lit(True),
        listed_at=pl.lit(calendar.start_at, dtype=pl.Int64),
        territory=pl.lit(0, dtype=pl.Int64),
        known=pl.lit(True),
    ).select(accounts.columns)  # fmt: skip


def with_staff(people: pl.DataFrame, account: int, first_number: int, leads: int) -> pl.DataFrame:
    """The people and, below them, the staff whom a chunk of so many leads has: column `staff`.

    `account` is the row of the company itself.
    """
    count = max(2, round(leads * _PER_LEAD))
    numbers = first_number + np.arange(count)
    first, last = numbers * 7 % len(FIRST_NAMES), numbers * 11 % len(LAST_NAMES)
    boxes = [mailbox(name) for name in FIRST_NAMES], [mailbox(name) for name in LAST_NAMES]
    text = pl.Series(numbers).cast(pl.String)
    staff = pl.DataFrame(
        {
            "person_number": _FIRST_STAFF + numbers,
            "account": np.full(count, account),
            "region": np.zeros(count, dtype=np.int64),
            "first_name": pick(FIRST_NAMES, first),
            "last_name": pick(LAST_NAMES, last),
            "email": pick(boxes[0], first) + "." + pick(boxes[1], last) + text + f"@{DOMAIN}",
            "phone": pl.Series([None] * count, dtype=pl.String),
            "title": ["Account Executive"] * count,
            "department": ["Sales"] * count,
            "visitor": 3 * 10**9 + numbers,
            "do_not_call": np.zeros(count, dtype=bool),
            "withdraws": np.zeros(count, dtype=bool),
            "buyer": np.zeros(count, dtype=bool),
            "first_created_at": np.full(count, NEVER),
            "withdrawn_at": np.full(count, NEVER),
        }
    )
    return pl.concat(
        [people.with_columns(staff=False), staff.select(people.columns).with_columns(staff=True)]
    )
