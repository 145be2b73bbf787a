"""The accounts and people of one chunk of the sample, with names that do not repeat.

Names, domains and phone numbers are written from an entity's number, not drawn, so that two
accounts or two people never share one by accident, in any chunk: what the sample plants as a
duplicate is the only duplicate there is.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from data.sample_company.world.countries import (
    CHINA_REGION,
    CITIES,
    COUNTRIES,
    COUNTRY_REGIONS,
    FIRST_CITY,
    REGION_OF_COUNTRY,
)
from data.sample_company.world.planted import (
    REGION_SHARES,
    SECONDS_PER_DAY,
    SHARES,
    Calendar,
    Integers,
    draw_choices,
)
from data.sample_company.world.text import choose, pick
from data.sample_company.world.words import (
    CHINA_CITIES,
    CHINESE_BRAND,
    CHINESE_FIELDS,
    CHINESE_FIRST_NAMES,
    CHINESE_FORMS,
    CHINESE_LAST_NAMES,
    ENDINGS,
    FIRST_NAMES,
    INDUSTRIES,
    LAST_NAMES,
    MIDDLES,
    ONSETS,
    OWNERS,
    TITLES,
    TRADES,
    mailbox,
)

ACCOUNTS_PER_LEAD = 0.28


_SCATTER = 2_654_435_761
"""A prime: multiplying a number by it, modulo a size it does not divide, shuffles the numbers."""


_EMPLOYEES = (12, 45, 80, 180, 320, 650, 1400, 3200, 9000, 42000)


_RELATIONSHIPS = {
    "Customer - Direct": SHARES["existing_customer"],
    "Customer - Other Product": 0.04,
    "Competitor Customer": 0.06,
    "Prospect": 1.0,
}
"""Account Type before the first deal, and its share; the last takes the rest."""


def number_of_accounts(leads: int) -> int:
    """How many accounts a chunk of so many lead records belongs to."""
    return max(3, round(leads * ACCOUNTS_PER_LEAD))


def draw_accounts(
    random: np.random.Generator, calendar: Calendar, first_number: int, count: int
) -> pl.DataFrame:
    """Draw the companies that the leads of a chunk work for.

    One row per account: `account_number` (first_number and up), `region`, `country`, `city` and
    `owner` as positions in their lists, `name`, `domain`, `short_name` (no legal form, for Chinese
    companies the English name), `industry`, `employees`, `relationship` before the first deal,
    `listed` (in the CRM before any lead converts) and `listed_at` in seconds.
    """
    numbers = first_number + np.arange(count, dtype=np.int64)
    region = random.choice(3, count, p=REGION_SHARES).astype(np.int64)
    shares = np.array(
        [
            [country.share if at == number else 0.0 for country, at in COUNTRY_REGIONS]
            for number in range(len(REGION_SHARES))
        ]
    )
    country = draw_choices(random, shares[region])
    cities_of_country = np.array([len(each.cities) for each in COUNTRIES])
    names = _western_names(numbers, country).with_columns(
        city=pl.Series(FIRST_CITY[country])
        + pl.Series((random.random(count) ** 1.4 * cities_of_country[country]).astype(np.int64))
    )
    chinese = _chinese_names(numbers)
    relationship = np.searchsorted(np.cumsum(list(_RELATIONSHIPS.values())), random.random(count))
    listed = (relationship < 2) | (random.random(count) < 0.4)
    return pl.DataFrame(
        {
            "account_number": numbers,
            "region": region,
            "country": country,
            "owner": random.integers(0, 60, count),
            **{
                column: choose(region == CHINA_REGION, chinese[column], names[column])
                for column in ("name", "short_name", "domain", "city")
            },
            "industry": pick(INDUSTRIES, random.integers(0, len(INDUSTRIES), count)),
            "employees": np.array(_EMPLOYEES)[
                np.clip(random.normal(4.3, 2.1, count).astype(np.int64), 0, len(_EMPLOYEES) - 1)
            ]
            + random.integers(0, 9, count),
            "relationship": pick(list(_RELATIONSHIPS), relationship),
            "listed": listed,
            "listed_at": calendar.start_at
            - random.integers(1, 1500 * SECONDS_PER_DAY, count, dtype=np.int64),
        }
    )


def draw_people(
    random: np.random.Generator, accounts: pl.DataFrame, first_number: int, count: int
) -> pl.DataFrame:
    """Draw people, several per account for the larger accounts.

    One row per person: `person_number`, `account` (row of the account in the chunk), `region`,
    `first_name`, `last_name` (Chinese people in characters or in pinyin), `email`, `phone`,
    `title`, `department`, `visitor` (number), `do_not_call`, `withdraws` (will withdraw consent).
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
                "visitor": random.integers(10**8, 10**9, count),
                "do_not_call": random.random(count) < SHARES["do_not_call"],
                "withdraws": random.random(count) < SHARES["consent_withdrawn"],
            }
        )
        .with_columns(mailbox=_mailboxes())
        .with_columns(email=_emails())
        .drop("first_name_box", "last_name_box", "mailbox", "domain", "style", "private")
    )


def owner_names(accounts: pl.DataFrame) -> pl.Series:
    """The sales owner of each account, from the people who sell in its region."""
    number = accounts["owner"].to_numpy()
    region = accounts["region"].to_numpy()
    offsets = np.cumsum([0] + [len(owners) for owners in OWNERS])[:-1]
    sizes = np.array([len(owners) for owners in OWNERS])
    return pick([name for owners in OWNERS for name in owners],
                offsets[region] + number % sizes[region])  # fmt: skip


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


def _western_names(numbers: Integers, country: Integers) -> pl.DataFrame:
    size = len(ONSETS) * len(MIDDLES) * len(ENDINGS) * len(TRADES)
    stem_number, trade = np.divmod(numbers * _SCATTER % size, len(TRADES))
    trade = (trade + stem_number * 31) % len(TRADES)
    rest, ending = np.divmod(stem_number, len(ENDINGS))
    onset, middle = np.divmod(rest, len(MIDDLES))
    forms = np.array([len(each.forms) for each in COUNTRIES])
    first_form = np.cumsum([0, *forms])[:-1]
    words = pl.DataFrame(
        {
            "onset": pick(ONSETS, onset),
            "middle": pick(MIDDLES, middle),
            "ending": pick(ENDINGS, ending),
            "trade": pick(TRADES, trade),
            "form": pick([form for each in COUNTRIES for form in each.forms],
                         first_form[country] + numbers % forms[country]),
            "top": pick([each.domain for each in COUNTRIES], country),
        }
    )  # fmt: skip
    stem = pl.concat_str("onset", "middle", "ending")
    return words.select(
        short_name=pl.concat_str(stem, pl.lit(" "), pl.col("trade")),
        name=pl.concat_str(stem, pl.lit(" "), pl.col("trade"), pl.lit(" "), pl.col("form")),
        domain=pl.concat_str(stem, pl.lit("-"), pl.col("trade"), pl.lit("."), pl.col("top"))
        .str.to_lowercase(),
    )  # fmt: skip


def _chinese_names(numbers: Integers) -> pl.DataFrame:
    brands = len(CHINESE_BRAND)
    size = len(CHINA_CITIES) * brands * brands * len(CHINESE_FIELDS) * len(CHINESE_FORMS)
    rest, city = np.divmod(numbers * _SCATTER % size, len(CHINA_CITIES))
    city = (city + rest * 5) % len(CHINA_CITIES)
    rest, first = np.divmod(rest, brands)
    rest, second = np.divmod(rest, brands)
    form, field = np.divmod(rest, len(CHINESE_FIELDS))
    china = len(COUNTRIES) - 1
    words = pl.DataFrame(
        {
            "place": pick([each.name for each in CHINA_CITIES], city),
            "place_english": pick([each.variants[0] for each in CHINA_CITIES], city),
            "place_code": pick([each.area_code for each in CHINA_CITIES], city),
            "brand": pick([each[0] for each in CHINESE_BRAND], first)
            + pick([each[0] for each in CHINESE_BRAND], second),
            "pinyin": pick([each[1] for each in CHINESE_BRAND], first)
            + pick([each[1] for each in CHINESE_BRAND], second),
            "field": pick([each[0] for each in CHINESE_FIELDS], field),
            "field_english": pick([each[1] for each in CHINESE_FIELDS], field),
            "field_code": pick([each[2] for each in CHINESE_FIELDS], field),
            "form": pick([each[0] for each in CHINESE_FORMS], form),
            "form_english": pick([each[1] for each in CHINESE_FORMS], form),
            "form_code": pick([each[2] for each in CHINESE_FORMS], form),
            "city": pl.Series(FIRST_CITY[china] + city),
        }
    )
    return words.select(
        name=pl.concat_str("place", "brand", "field", "form", pl.lit("有限公司")),
        short_name=pl.concat_str(
            pl.col("place_english"), pl.lit(" "), pl.col("pinyin").str.to_titlecase(), pl.lit(" "),
            pl.col("field_english"), pl.lit(" "), pl.col("form_english"), pl.lit(" Co., Ltd."),
        ),
        domain=pl.concat_str(
            "place_code", "pinyin", pl.lit("-"), "field_code", "form_code", pl.lit(".com.cn")
        ),
        city="city",
    )  # fmt: skip


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
