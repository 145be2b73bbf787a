"""The people of one chunk of the sample, and the company's own, with names that do not repeat.

Names, domains and phone numbers are written from an entity's number, not drawn, so that two
accounts or two people never share one by accident, in any chunk: what the sample plants as a
duplicate is the only duplicate there is.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from data.sample_company.world.planted import NEVER, SHARES, VENDOR, Calendar, Integers
from data.sample_company.world.text import choose, pick
from data.sample_company.world.words import (
    CHINA_REGION,
    CHINESE_FIRST_NAMES,
    CHINESE_LAST_NAMES,
    CITIES,
    COUNTRIES,
    FIRST_NAMES,
    LAST_NAMES,
    REGION_OF_COUNTRY,
    TITLES,
    mailbox,
)

DOMAIN = "aldera-systems.com"

_PER_LEAD = 0.003

_OWN_ACCOUNT = 10**9

_FIRST_STAFF = 2 * 10**9


def draw_people(
    random: np.random.Generator, accounts: pl.DataFrame, first_number: int, count: int
) -> pl.DataFrame:
    """Draw people, several per account for the larger accounts.

    One row per person: `person_number`, `account` (row of the account in the chunk), `region`,
    `first_name`, `last_name` (Chinese people in characters or in pinyin), `email`, `phone`,
    `title`, `department`, `persona` (number, -1 for none), `visitor` (number), `do_not_call`,
    `withdraws` (will withdraw consent).
    """
    numbers = first_number + np.arange(count, dtype=np.int64)
    account = np.sort((accounts.height * random.random(count) ** 1.5).astype(np.int64))
    rank = np.arange(count) - np.searchsorted(account, account)
    region = accounts["region"].to_numpy()[account]
    last_draw, first_draw = random.integers(0, 10_000, (2, accounts.height))
    last, first = last_draw[account] + rank, first_draw[account] + rank * 7 + rank // 50
    chinese, in_characters = region == CHINA_REGION, random.random(count) < 0.6
    names = {}
    for column, western, eastern, number in (
        ("first_name", FIRST_NAMES, CHINESE_FIRST_NAMES, first),
        ("last_name", LAST_NAMES, CHINESE_LAST_NAMES, last),
    ):
        here, there = number % len(western), number % len(eastern)
        characters, pinyin = zip(*eastern, strict=True)
        native = choose(in_characters, pick(characters, there), pick(pinyin, there))
        names[column] = choose(chinese, native, pick(western, here))
        names[f"{column}_box"] = choose(
            chinese,
            pick([mailbox(name) for name in pinyin], there),
            pick([mailbox(name) for name in western], here),
        )
    title = (random.random(count) ** 1.3 * len(TITLES)).astype(np.int64)
    chinese_title = chinese & (random.random(count) < 0.35)
    country = accounts["country"].to_numpy()[account]
    city = accounts["city"].to_numpy()[account]
    return (
        pl.DataFrame(
            {
                "person_number": numbers,
                "account": account,
                "region": region,
                **names,
                "domain": accounts["domain"].gather(account),
                "style": random.integers(0, 3, accounts.height)[account],
                "private": random.random(count) < 0.07,
                "phone": _phones(numbers, country, city),
                "title": choose(
                    chinese_title,
                    pick([each[2] for each in TITLES], title),
                    pick([each[0] for each in TITLES], title),
                ),
                "department": pick([each[1] for each in TITLES], title),
                "persona": np.where(
                    chinese_title,
                    np.array([each[4] for each in TITLES])[title],
                    np.array([each[3] for each in TITLES])[title],
                ),
                "visitor": random.integers(10**8, 10**9, count),
                "do_not_call": random.random(count) < SHARES["do_not_call"],
                "withdraws": random.random(count) < SHARES["consent_withdrawn"],
            }
        )
        .with_columns(mailbox=_mailboxes())
        .with_columns(email=_emails())
        .drop("first_name_box", "last_name_box", "mailbox", "domain", "style", "private")
    )


def _mailboxes() -> pl.Expr:
    first, last = pl.col("first_name_box"), pl.col("last_name_box")
    return (
        pl.when(pl.col("style") == 0)
        .then(pl.concat_str(first, pl.lit("."), last))
        .when(pl.col("style") == 1)
        .then(pl.concat_str(first.str.slice(0, 1), pl.lit("."), last))
        .otherwise(pl.concat_str(last, pl.lit("."), first))
    )


def _emails() -> pl.Expr:
    namesake = pl.col("mailbox").cum_count().over("account", "mailbox") - 1
    suffix = pl.when(namesake > 0).then(namesake.cast(pl.String)).otherwise(pl.lit(""))
    company = pl.concat_str(pl.col("mailbox"), suffix, pl.lit("@"), pl.col("domain"))
    host = pl.when(pl.col("region") == CHINA_REGION)
    private = pl.concat_str(
        pl.col("mailbox"),
        pl.col("person_number").cast(pl.String),
        host.then(pl.lit("@163.com")).otherwise(pl.lit("@gmail.com")),
    )
    return pl.when(pl.col("private")).then(private).otherwise(company)


def _phones(numbers: Integers, country: Integers, city: Integers) -> pl.Series:
    european = numbers * 7_368_787 % 10_000_000
    american = 2_000_000 + numbers * 7_368_787 % 8_000_000
    is_american = np.array(REGION_OF_COUNTRY)[country] == 1
    digits = pl.DataFrame({"digits": np.where(is_american, american, european)})
    text = digits.select(pl.col("digits").cast(pl.String).str.zfill(7)).to_series()
    prefix = pick([each.phone for each in COUNTRIES], country)
    area = pick([f" {each.area_code} " for each in CITIES], city)
    grouped = text.str.slice(0, 3) + " " + text.str.slice(3)
    return choose(is_american, prefix + area + grouped, prefix + text)


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
            "persona": np.full(count, -1),
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
