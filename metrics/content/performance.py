"""Performance of content: who met each asset, who took it along, and who of them is effective."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from data.sql import Query
from metrics.content.asset_counts import COUNTED
from metrics.content.uses import people_steps
from metrics.estimators.comparing.clustering import AccountSums, design_effect
from metrics.estimators.comparing.proportions import chance_below
from metrics.rates import ratio, wilson
from metrics.scope import Scope

_OF_A_MINUTE = 60_000
"""Milliseconds."""


class ContentPerformance(pa.DataFrameModel):
    """One row per asset: bands of exposure from the widest on, within one by rank.

    `exposed` people are all of whom anything with the asset is on record, `readers` and `downloads`
    (people) those of them who looked at it and who took it along; `visitors` and
    `visitor_downloads` are of anonymous visitors, in addition. `download_rate` is downloads ÷
    exposed, with bounds of 95% in which the people of one account count as what they say together;
    `chance_good` is the probability that it is above the definitions' mark. `rank_in_band` orders
    the assets of one `exposure_band` by that probability, not by the rate.

    `effective` people of the downloads are so by the rule of the day, `effective_now` by the newest
    one; of `effective_unknown` it cannot be told by the rule of the day. `new_effective` did their
    first action ever on the day of the download, `reactivated_effective` had been dormant. Each
    `_rate` of these is ÷ downloads. What is not known is null, and `unknown_because` says why.

    `engaged_minutes` is how long the exposed people were at it together, `engaged_minutes_median`
    how long half of the `engaged_readers` at most were, who are readers of whom a time is on
    record; visitors are apart again. Null where no time is, and `engaged_unknown_because` says why.
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
    engaged_minutes: float = pa.Field(ge=0, nullable=True)
    engaged_readers: int = pa.Field(ge=0, nullable=True)
    engaged_minutes_median: float = pa.Field(ge=0, nullable=True)
    visitor_engaged_minutes: float = pa.Field(ge=0, nullable=True)
    engaged_unknown_because: str = pa.Field(nullable=True)

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
    found = warehouse.query(Query(*people_steps(scope), *COUNTED))
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
        **_engaged(),
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


def _engaged() -> dict[str, pl.Expr]:
    """Minutes that people and visitors were at it, and why there are none."""
    is_logged = pl.col("engaged_logged") == 1
    not_loaded = (
        "no time that anybody spent with an asset is on record: load web, video or attendance"
        " exports with how long it took"
    )
    return {
        "engaged_minutes": pl.col("engaged_milliseconds") / _OF_A_MINUTE,
        "engaged_minutes_median": pl.col("engaged_milliseconds_median") / _OF_A_MINUTE,
        "visitor_engaged_minutes": pl.col("visitor_engaged_milliseconds") / _OF_A_MINUTE,
        "engaged_readers": pl.when(pl.col("engaged_milliseconds").is_not_null()).then(
            "engaged_readers"
        ),
        "engaged_unknown_because": pl.when(~is_logged)
        .then(pl.lit(not_loaded))
        .when(pl.col("engaged_milliseconds").is_null())
        .then(pl.lit("nobody who met it in the period has a time on record")),
    }


def _unknown_because(*, has_rules: bool) -> pl.Expr:
    no_downloads = "no download of any asset is on record: load a file that tells of them"
    no_rules = "the definitions have no rule of who is effective: add [[effective]]"
    no_values = (
        "nobody who downloaded it has a known value that the rule of who is effective asks for"
    )
    return (
        pl.when(pl.col("downloads_logged") == 0)
        .then(pl.lit(no_downloads))
        .when(pl.lit(not has_rules))
        .then(pl.lit(no_rules))
        .when((pl.col("downloads") > 0) & (pl.col("effective_unknown") == pl.col("downloads")))
        .then(pl.lit(no_values))
    )
