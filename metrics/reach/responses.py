"""Responses: by which way to contact people next, and on which weekday at which hour."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.chance import FEWEST
from metrics.estimators.shrinkage import draw_rates
from metrics.rates import ratio, wilson
from metrics.reach.contacts import answered_steps
from metrics.scope import Scope

Floats = NDArray[np.float64]

NO_CONTACT = "none"
"""The last way of people who had not been contacted before."""

DRAWS = 4000
SEED = 20_261

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class NextChannel(pa.DataFrameModel):
    """One row per way of the contact before and way of contact, the best of each first.

    `last_way` is that of the person's contact before, `none` of the first one. `expected_rate` is
    the rate shrunk towards those of the other rows, with bounds of 95%; `chance_best` the
    probability that no other way has a higher one after the same last way. `is_best` marks the
    highest expected rate of a last way where two ways can be compared and this one is of enough
    contacts; `is_too_few`: of fewer than 20.
    """

    last_way: str
    way: str
    contacts: int = pa.Field(ge=1)
    answered: int = pa.Field(ge=0)
    response_rate: float = pa.Field(ge=0, le=1)
    expected_rate: float = pa.Field(ge=0, le=1)
    expected_low: float = pa.Field(ge=0, le=1)
    expected_high: float = pa.Field(ge=0, le=1)
    chance_best: float = pa.Field(ge=0, le=1)
    is_best: bool
    is_too_few: bool

    class Config:
        """Exactly these columns, one row per two ways."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["last_way", "way"]


class BestTime(pa.DataFrameModel):
    """One row per way, weekday and hour of the reporting time zone in which there were contacts.

    Weekdays from Monday on. `response_rate` is answered ÷ contacts, with bounds of 95%;
    `expected_rate` is shrunk towards those of the way's other hours. `is_too_few`: of fewer than 20
    contacts; such an hour is never `is_best`, which marks the highest expected rate of a way.
    """

    way: str
    weekday: str = pa.Field(isin=WEEKDAYS)
    hour: int = pa.Field(ge=0, le=23)
    contacts: int = pa.Field(ge=1)
    answered: int = pa.Field(ge=0)
    response_rate: float = pa.Field(ge=0, le=1)
    response_rate_low: float = pa.Field(ge=0, le=1)
    response_rate_high: float = pa.Field(ge=0, le=1)
    expected_rate: float = pa.Field(ge=0, le=1)
    is_best: bool
    is_too_few: bool

    class Config:
        """Exactly these columns, one row per way, weekday and hour."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["way", "weekday", "hour"]


def next_channel(
    warehouse: Warehouse, scope: Scope, definitions: Definitions
) -> DataFrame[NextChannel]:
    """By which way should somebody be contacted next, given by which one they were last?

    Of contacts of the period whose days for an answer are all observed. Rates of few contacts are
    drawn towards the others: all rows are taken to come from one population of rates. Who is
    called rather than written to is chosen by somebody: the answer says what went well, not what a
    change would do.

    Source: Gelman et al., Bayesian Data Analysis (2013), section 5.3.
    """
    found = warehouse.query(
        Query(
            *answered_steps(scope, definitions),
            Step(
                "in_order",
                f"""
                SELECT contacts.contact_id,
                    coalesce(lag(way) OVER (PARTITION BY person_id ORDER BY place), '{NO_CONTACT}')
                    AS last_way
                FROM contacts
                """,
            ),
            Step(
                "two_ways",
                """
                SELECT in_order.last_way, answered_contacts.way, count(*) AS contacts,
                    CAST(sum(answered_contacts.is_answered) AS BIGINT) AS answered
                FROM answered_contacts
                JOIN in_order ON in_order.contact_id = answered_contacts.contact_id
                WHERE answered_contacts.is_ripe = 1
                GROUP BY in_order.last_way, answered_contacts.way
                """,
            ),
        )
    ).sort("last_way", "way")
    draws = _draws(found)
    best = np.zeros(len(found))
    last = found["last_way"].to_numpy()
    for each in np.unique(last):
        of_last = np.flatnonzero(last == each)
        winners = of_last[draws[:, of_last].argmax(axis=1)]
        best += np.bincount(winners, minlength=len(found)) / len(draws)
    is_enough = pl.col("contacts") >= FEWEST
    rows = found.with_columns(
        response_rate=ratio(pl.col("answered"), pl.col("contacts")),
        expected_rate=pl.Series(draws.mean(axis=0), dtype=pl.Float64),
        expected_low=pl.Series(_quantile(draws, 0.025), dtype=pl.Float64),
        expected_high=pl.Series(_quantile(draws, 0.975), dtype=pl.Float64),
        chance_best=pl.Series(best, dtype=pl.Float64),
        is_too_few=~is_enough,
    ).sort("last_way", "expected_rate", "way", descending=[False, True, False])
    is_first = pl.col("expected_rate").rank("ordinal", descending=True).over("last_way") == 1
    comparable = is_enough.sum().over("last_way") > 1
    rows = rows.with_columns(is_best=is_enough & is_first & comparable)
    return NextChannel.validate(rows.select(list(NextChannel.to_schema().columns)), lazy=True)


def best_times(warehouse: Warehouse, scope: Scope, definitions: Definitions) -> DataFrame[BestTime]:
    """On which weekday, at which hour, are contacts by each way answered most?

    Of contacts of the period whose days for an answer are all observed, at the moment of the
    contact. Sales and marketing choose when they contact whom: the answer says what went well.

    Source: Wilson (1927) for the bounds; Gelman et al. (2013), section 5.3, for expected rates.
    """
    found = warehouse.query(
        Query(
            *answered_steps(scope, definitions),
            Step(
                "quarters",
                """
                SELECT way, contact_on, CAST(extract(hour FROM contact_at) AS BIGINT) AS utc_hour,
                    CAST(floor(extract(minute FROM contact_at) / 15e0) AS BIGINT) AS quarter,
                    is_answered
                FROM answered_contacts
                WHERE is_ripe = 1
                """,
            ),
            Step(
                "moments_of_contact",
                """
                SELECT way, contact_on, utc_hour, quarter, count(*) AS contacts,
                    CAST(sum(is_answered) AS BIGINT) AS answered
                FROM quarters
                GROUP BY way, contact_on, utc_hour, quarter
                """,
            ),
        )
    )
    minutes = pl.duration(minutes=pl.col("utc_hour") * 60 + pl.col("quarter") * 15)
    moment = pl.col("contact_on").cast(pl.Datetime("us")) + minutes
    local = moment.dt.replace_time_zone("UTC").dt.convert_time_zone(definitions.time_zone)
    cells = (
        found.with_columns(day=local.dt.weekday().cast(pl.Int64), hour=local.dt.hour())
        .group_by("way", "day", pl.col("hour").cast(pl.Int64))
        .agg(pl.col("contacts").sum(), pl.col("answered").sum())
        .sort("way", "day", "hour")
    )
    low, high = wilson(pl.col("answered"), pl.col("contacts"))
    enough = pl.col("contacts") >= FEWEST
    expected = [each for _, of_way in _by_way(cells) for each in _draws(of_way).mean(axis=0)]
    rows = cells.with_columns(
        weekday=(pl.col("day") - 1).replace_strict(
            dict(enumerate(WEEKDAYS)), return_dtype=pl.String
        ),
        response_rate=ratio(pl.col("answered"), pl.col("contacts")),
        response_rate_low=low,
        response_rate_high=high,
        expected_rate=pl.Series(expected, dtype=pl.Float64),
        is_too_few=~enough,
    ).with_columns(judged=pl.when(enough).then("expected_rate"))
    rows = rows.with_columns(
        is_best=(pl.col("judged").rank("ordinal", descending=True).over("way") == 1).fill_null(
            value=False
        )
    )
    return BestTime.validate(rows.select(list(BestTime.to_schema().columns)), lazy=True)


def _by_way(cells: pl.DataFrame) -> Iterator[tuple[object, pl.DataFrame]]:
    yield from cells.group_by("way", maintain_order=True)


def _draws(cells: pl.DataFrame) -> Floats:
    """Draws of each row's true rate; none of no rows."""
    if cells.is_empty():
        return np.zeros((1, 0))
    rng = np.random.default_rng(SEED)
    return draw_rates(cells["answered"].to_numpy(), cells["contacts"].to_numpy(), DRAWS, rng)


def _quantile(draws: Floats, level: float) -> Floats:
    return np.quantile(draws, level, axis=0) if draws.size else np.zeros(0)
