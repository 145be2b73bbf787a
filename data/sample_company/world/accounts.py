"""The companies of one chunk of the sample, with names that do not repeat.

Names and domains are written from a company's number, not drawn, so that no two share one by
accident.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from data.sample_company.world.channels import territory_shares
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
    CHINA_REGION,
    CHINESE_BRAND,
    CHINESE_FIELDS,
    CHINESE_FORMS,
    COUNTRIES,
    COUNTRY_REGIONS,
    ENDINGS,
    FIRST_CITY,
    INDUSTRIES,
    MIDDLES,
    ONSETS,
    OWNERS,
    TRADES,
)

ACCOUNTS_PER_LEAD = 0.28

_WITHOUT_LEADS_PER_LEAD = 0.04


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


def number_without_leads(leads: int) -> int:
    """How many more accounts sales and partners have, of which nobody becomes a lead."""
    return max(3, round(leads * _WITHOUT_LEADS_PER_LEAD))


def draw_accounts(
    random: np.random.Generator,
    calendar: Calendar,
    first_number: int,
    with_leads: int,
    without_leads: int,
) -> pl.DataFrame:
    """Draw the companies that the leads of a chunk work for, then those without any lead.

    One row per account: `account_number` (first_number and up), `region`, `country`, `city` and
    `owner` as positions in their lists, `name`, `domain`, `short_name` (no legal form, for Chinese
    companies the English name), `industry`, `employees`, `relationship` before the first deal,
    `listed` (in the CRM before any lead converts) and `listed_at` in seconds, `territory` (0 where
    marketing brings the leads, 1 of sales, 2 of partners), `known` (marketing may touch it,
    whoever's it is).
    """
    count = with_leads + without_leads
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
    territory = np.searchsorted(np.cumsum(territory_shares()), random.random(count))
    others = np.arange(count) >= with_leads
    known = random.random(count) < SHARES["known_to_marketing"]
    territory = np.where(others, 1 + (np.arange(count) % 3 == 0), territory)
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
            "territory": territory.astype(np.int64),
            "known": (territory == 0) | (known & ~others),
        }
    )


def owner_names(accounts: pl.DataFrame) -> pl.Series:
    """The sales owner of each account, from the people who sell in its region."""
    return pick([name for owners in OWNERS for name in owners], owner_numbers(accounts))


def owner_numbers(accounts: pl.DataFrame) -> Integers:
    """Place of each account's sales owner among all owners, region by region."""
    offsets = np.cumsum([0] + [len(owners) for owners in OWNERS])[:-1]
    sizes = np.array([len(owners) for owners in OWNERS])
    number, region = accounts["owner"].to_numpy(), accounts["region"].to_numpy()
    found: Integers = offsets[region] + number % sizes[region]
    return found


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
