"""Performance of content: who met each asset, who took it along, and who of them is effective."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.content.uses import people_steps
from metrics.estimators.comparing.clustering import AccountSums, design_effect
from metrics.estimators.comparing.proportions import chance_below
from metrics.rates import ratio, wilson
from metrics.scope import Scope


class ContentPerformance(pa.DataFrameModel):
    """One row per asset: bands of exposure from the widest on, within one by rank.

    `exposed` people are all of whom anything with the asset is on record, `readers` and `downloads`
    (people) those of them who looked at it and who took it along; `visitors` and
    `visitor_downloads` are of anonymous visitors, in addition. `download_rate` is downloads ÷
    exposed, with bounds of 95 % in which the people of one account count as what they say together;
    `chance_good` is the probability that it is above the definitions' mark. `rank_in_band` orders
    the assets of one `exposure_band` by that probability, not by the rate.

    `effective` people of the downloads are so by the rule of the day, `effective_now` by the newest
    one; of `effective_unknown` it cannot be told by the rule of the day. `new_effective` did their
    first action ever on the day of the download, `reactivated_effective` had been dormant. Each
    `_rate` of these is ÷ downloads. What is not known is null, and `unknown_because` says why.
    """

    content_id: str
    content: str
    kind: str = pa.Field(nullable=True)
    topic: str = pa.Field(nullable=True)
    intended_persona: str = pa.Field(nullable=True)
    published_on: pl.Date = pa.Field(nullable=True)
    exposed: int = pa.Field(ge=0)
    visitors: int = pa.Field(ge=0)
    readers: int = pa.Field(ge=0, nullable=True)
    downloads: int = pa.Field(ge=0, nullable=True)
    visitor_downloads: int = pa.Field(ge=0, nullable=True)
    download_rate: float = pa.Field(ge=0, le=1, nullable=True)
    download_rate_low: float = pa.Field(ge=0, le=1, nullable=True)
    download_rate_high: float = pa.Field(ge=0, le=1, nullable=True)
    chance_good: float = pa.Field(ge=0, le=1, nullable=True)
    exposure_band: str = pa.Field(nullable=True)
    rank_in_band: int = pa.Field(ge=1, nullable=True)
    effective: int = pa.Field(ge=0, nullable=True)
    effective_rate: float = pa.Field(ge=0, le=1, nullable=True)
    effective_rate_low: float = pa.Field(ge=0, le=1, nullable=True)
    effective_rate_high: float = pa.Field(ge=0, le=1, nullable=True)
    effective_unknown: int = pa.Field(ge=0, nullable=True)
    effective_now: int = pa.Field(ge=0, nullable=True)
    effective_now_rate: float = pa.Field(ge=0, le=1, nullable=True)
    new_effective: int = pa.Field(ge=0, nullable=True)
    new_effective_rate: float = pa.Field(ge=0, le=1, nullable=True)
    reactivated_effective: int = pa.Field(ge=0, nullable=True)
    reactivated_effective_rate: float = pa.Field(ge=0, le=1, nullable=True)
    unknown_because: str = pa.Field(nullable=True)

    class Config:
        """Exactly these columns, one row per asset."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["content_id"]


def content_performance(
    warehouse: Warehouse, scope: Scope, definitions: Definitions
) -> DataFrame[ContentPerformance]:
    """Which assets are taken along by those who meet them, and by the right people?

    Of the uses in the period, every asset that is loaded or named, also one that nobody met. People
    count once per asset. The scope's basis, unit and window make no difference; with a filter the
    people are those with a lead that passes it, and visitors are not counted.

    The probability is that of a Beta posterior under Jeffreys' prior, Beta(½ + x, ½ + n − x), with
    x of n divided by the design effect of accounts. It is null where all are of one account.
    Readers and downloads are null where no use at all is of that kind: then such actions are not
    loaded, and not known to be none.

    Source: Jeffreys (1946); Wilson (1927) for the bounds; Rao and Scott (1992) for accounts.
    """
    found = warehouse.query(Query(*people_steps(scope), *_COUNTED))
    because = _unknown_because(has_rules=bool(definitions.effective))
    counts = ("effective", "effective_now", "new_effective", "reactivated_effective")
    logged = pl.col("downloads_logged") == 1
    rows = found.with_columns(because.alias("unknown_because")).with_columns(
        readers=pl.when(pl.col("reads_logged") == 1).then("readers"),
        downloads=pl.when(logged).then("downloads"),
        visitor_downloads=pl.when(logged).then("visitor_downloads"),
        effective_unknown=pl.when(logged).then("effective_unknown"),
        **{
            name: pl.when(logged & pl.lit(bool(definitions.effective)) & _told(name)).then(name)
            for name in counts
        },
    )
    low, high = wilson(pl.col("effective"), pl.col("downloads"))
    rows = rows.with_columns(
        *(ratio(pl.col(name), pl.col("downloads")).alias(f"{name}_rate") for name in counts),
        download_rate=ratio(pl.col("downloads"), pl.col("exposed")),
        effective_rate_low=low,
        effective_rate_high=high,
        exposure_band=_band(definitions.content.exposure_bands),
        band=_band_number(definitions.content.exposure_bands),
    )
    rows = _judged(rows, definitions.content.good_from).with_columns(
        # Where nearly all are good, only the chance of the opposite tells them apart.
        rank_in_band=pl.col("chance_bad").rank("min").over("band").cast(pl.Int64)
    )
    ordered = rows.sort(
        pl.col("band").fill_null(-1),
        pl.col("rank_in_band").fill_null(len(rows) + 1),
        pl.col("exposed"),
        "content",
        "content_id",
        descending=[True, False, True, False, False],
    )
    names = list(ContentPerformance.to_schema().columns)
    return ContentPerformance.validate(ordered.select(names), lazy=True)


def _told(name: str) -> pl.Expr:
    """Whether of anybody who downloaded the asset it is known if they are effective."""
    unknown = pl.col("now_unknown" if name == "effective_now" else "effective_unknown")
    return (pl.col("downloads") == 0) | (unknown < pl.col("downloads"))


def band_words(ends: tuple[int, ...]) -> tuple[str, ...]:
    """The bands of exposure in words, from the narrowest on.

    >>> band_words((100, 1000))
    ('1 to 100', '101 to 1,000', 'over 1,000')
    """
    starts = (1, *(end + 1 for end in ends))
    closed = tuple(f"{start:,} to {end:,}" for start, end in zip(starts, ends, strict=False))
    return (*closed, f"over {ends[-1]:,}") if ends else ("any",)


def _band_number(ends: tuple[int, ...]) -> pl.Expr:
    """Which band an asset is in; null where nobody met it."""
    passed = pl.sum_horizontal(*((pl.col("exposed") > end).cast(pl.Int64) for end in ends))
    return pl.when(pl.col("exposed") > 0).then(passed if ends else pl.lit(0))


def _band(ends: tuple[int, ...]) -> pl.Expr:
    named = dict(enumerate(band_words(ends)))
    return _band_number(ends).replace_strict(named, return_dtype=pl.String)


def _judged(rows: pl.DataFrame, mark: float) -> pl.DataFrame:
    """The bounds of the download rate, and the probability that it is above the mark."""
    names = (
        "accounts", "reached", "converted", "reached_squared", "converted_squared",
        "converted_by_reached",
    )  # fmt: skip
    effects = np.array(
        [design_effect(AccountSums(*values)) for values in rows.select(names).iter_rows()],
        np.float64,
    )
    logged = rows["downloads_logged"].to_numpy() == 1
    trials = np.where(logged, rows["exposed"].to_numpy() / effects, np.nan)
    successes = rows["converted"].to_numpy() / effects
    known = rows.with_columns(
        pl.Series("effective_exposed", trials, strict=False).fill_nan(None),
        pl.Series("effective_downloads", successes, strict=False).fill_nan(None),
        pl.Series("chance_bad", chance_below(successes, trials, mark)).fill_nan(None),
    ).with_columns(chance_good=1 - pl.col("chance_bad"))
    low, high = wilson(pl.col("effective_downloads"), pl.col("effective_exposed"))
    return known.with_columns(download_rate_low=low, download_rate_high=high)


def _unknown_because(*, has_rules: bool) -> pl.Expr:
    no_downloads = "no download of any asset is on record: load a file that tells of them"
    no_rules = "the definitions have no rule of who is effective: add [[effective]]"
    no_values = (
        "of nobody who downloaded it is a value known that the rule of who is effective asks for"
    )
    return (
        pl.when(pl.col("downloads_logged") == 0)
        .then(pl.lit(no_downloads))
        .when(pl.lit(not has_rules))
        .then(pl.lit(no_rules))
        .when((pl.col("downloads") > 0) & (pl.col("effective_unknown") == pl.col("downloads")))
        .then(pl.lit(no_values))
    )


_COUNTED = (
    Step(
        "asset_counts",
        """
        SELECT content_id,
            count(person_key) AS exposed,
            count(visitor_key) AS visitors,
            CAST(sum(CASE WHEN person_key IS NOT NULL THEN reads ELSE 0 END) AS BIGINT) AS readers,
            CAST(sum(CASE WHEN person_key IS NOT NULL THEN downloads ELSE 0 END) AS BIGINT)
                AS downloads,
            CAST(sum(CASE WHEN visitor_key IS NOT NULL THEN downloads ELSE 0 END) AS BIGINT)
                AS visitor_downloads,
            CAST(coalesce(sum(effective), 0) AS BIGINT) AS effective,
            CAST(coalesce(sum(effective_now), 0) AS BIGINT) AS effective_now,
            CAST(sum(CASE WHEN person_key IS NOT NULL AND downloads = 1 AND effective IS NULL
                THEN 1 ELSE 0 END) AS BIGINT) AS effective_unknown,
            CAST(sum(CASE WHEN person_key IS NOT NULL AND downloads = 1 AND effective_now IS NULL
                THEN 1 ELSE 0 END) AS BIGINT) AS now_unknown,
            CAST(sum(new_effective) AS BIGINT) AS new_effective,
            CAST(sum(reactivated_effective) AS BIGINT) AS reactivated_effective
        FROM asset_people
        GROUP BY content_id
        """,
    ),
    Step(
        "account_counts",
        """
        SELECT content_id, coalesce(account_key, -person_key) AS account,
            CAST(count(*) AS DOUBLE) AS reached, CAST(sum(downloads) AS DOUBLE) AS converted
        FROM asset_people
        WHERE person_key IS NOT NULL
        GROUP BY content_id, coalesce(account_key, -person_key)
        """,
    ),
    Step(
        "account_sums",
        """
        SELECT content_id, count(*) AS accounts, sum(reached) AS reached,
            sum(converted) AS converted, sum(reached * reached) AS reached_squared,
            sum(converted * converted) AS converted_squared,
            sum(converted * reached) AS converted_by_reached
        FROM account_counts
        GROUP BY content_id
        """,
    ),
    Step(
        "logged",
        """
        SELECT coalesce(max(CASE WHEN is_read THEN 1 ELSE 0 END), 0) AS reads_logged,
            coalesce(max(CASE WHEN is_downloaded THEN 1 ELSE 0 END), 0) AS downloads_logged
        FROM content_use
        """,
    ),
    Step(
        "asset_rows",
        """
        SELECT content_asset.content_id, content_asset.content, content_asset.kind,
            content_asset.topic, content_asset.intended_persona, content_asset.published_on,
            coalesce(asset_counts.exposed, 0) AS exposed,
            coalesce(asset_counts.visitors, 0) AS visitors,
            coalesce(asset_counts.readers, 0) AS readers,
            coalesce(asset_counts.downloads, 0) AS downloads,
            coalesce(asset_counts.visitor_downloads, 0) AS visitor_downloads,
            coalesce(asset_counts.effective, 0) AS effective,
            coalesce(asset_counts.effective_now, 0) AS effective_now,
            coalesce(asset_counts.effective_unknown, 0) AS effective_unknown,
            coalesce(asset_counts.now_unknown, 0) AS now_unknown,
            coalesce(asset_counts.new_effective, 0) AS new_effective,
            coalesce(asset_counts.reactivated_effective, 0) AS reactivated_effective,
            coalesce(account_sums.accounts, 0) AS accounts,
            coalesce(account_sums.reached, 0e0) AS reached,
            coalesce(account_sums.converted, 0e0) AS converted,
            coalesce(account_sums.reached_squared, 0e0) AS reached_squared,
            coalesce(account_sums.converted_squared, 0e0) AS converted_squared,
            coalesce(account_sums.converted_by_reached, 0e0) AS converted_by_reached,
            logged.reads_logged, logged.downloads_logged
        FROM content_asset
        LEFT JOIN asset_counts ON asset_counts.content_id = content_asset.content_id
        LEFT JOIN account_sums ON account_sums.content_id = content_asset.content_id
        CROSS JOIN logged
        """,
    ),
)
