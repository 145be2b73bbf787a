"""Chains: how journeys go from touch to touch, to a conversion or to nothing, in counts."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.engine.warehouse import Warehouse
from data.errors import MetricError
from data.sql import Query, Step
from metrics.attribution.paths import event_steps, path_order, who_of_touches
from metrics.attribution.question import Question
from metrics.attribution.rules import segment_step
from metrics.estimators.age_counts import AgeCounts
from metrics.estimators.credit.longer_memory import Steps
from metrics.estimators.incidence import Incidence, incidence
from metrics.scope import Stage

Floats = NDArray[np.float64]

GROUPS = 256
"""Accounts are put into so many groups by the first two digits of a hash, equal on every engine."""

FEWEST_CONVERSIONS = 30
"""Journeys that begin with a channel have a curve of their own from so many conversions on."""


@dataclass(frozen=True, slots=True, eq=False)
class ChainCounts:
    """Counted steps of the journeys that began in time, by group of accounts.

    `segments` are those of any touch, in the order of `segment_step`. `moves` counts steps to a
    touch: the last touches (`before_1` is the newest, null for none) and the touch that followed.
    `ends` counts last touches, with the first touch of the journey (`entry`), whether it converted,
    and its age on the day it did or was last seen.
    """

    segments: tuple[str, ...]
    moves: pl.DataFrame
    ends: pl.DataFrame

    @property
    def journeys(self) -> int:
        """How many journeys began."""
        return int(self.ends["journeys"].sum())

    @property
    def conversions(self) -> int:
        """How many of them converted."""
        return int(self.ends.filter("converted")["journeys"].sum())


def chain_counts(warehouse: Warehouse, question: Question, lookback_days: int) -> ChainCounts:
    """How do journeys go from touch to touch, and how do they end?

    Of the journeys of accounts, or persons, that began in the question's period or up to
    `lookback_days` before it, seen until its last day: one ends with each conversion, and the next
    touch begins another. Touches of the same person, segment and day, and which of a path count,
    are as for the rules.

    Raises MetricError for filters, which nobody who has not converted is known to pass, and for a
    period of which no day is seen.
    """
    if question.scope.filters:
        raise MetricError(
            "a chain needs journeys that did not convert as well, and nobody knows which of them"
            f" are of {question.scope.filters[0].describe()}: remove the filter, or use a rule"
        )
    seen = question.scope.seen
    if seen is None:
        raise MetricError("the period has not begun in the data: no journey is seen in it")
    asked = replace(question, scope=replace(question.scope, observed_until=seen.end))
    steps = (*event_steps(asked), *_journeys(asked, lookback_days), *_sequence(asked))
    moves = warehouse.query(Query(*steps, _MOVES))
    ends = warehouse.query(Query(*steps, _ENDS))
    names = warehouse.query(Query(segment_step(asked), _IN_ORDER))["segment"]
    return ChainCounts(tuple(names), moves, ends)


_IN_ORDER = Step("in_order", "SELECT segment FROM codes ORDER BY code")


def _journeys(question: Question, lookback_days: int) -> tuple[Step, ...]:
    """Steps to `assigned`: each touch with its journey, which a conversion ends or nothing yet."""
    won = question.event is Stage.WON
    at = "touched.occurred_on" if won else "touched.occurred_at"
    until = "intervals.converted_on" if won else "intervals.moment"
    after = "CAST({} AS DATE)" if won else "{}"
    who = who_of_touches(question)
    return (
        Step(
            "bounds",
            "SELECT max(observed_until) AS last_on, min(period_start) AS first_on FROM scoped",
        ),
        Step(
            "intervals",
            """
            SELECT who, moment, min(converted_on) AS converted_on,
                lag(moment) OVER (PARTITION BY who ORDER BY moment) AS after
            FROM events
            WHERE who IS NOT NULL
            GROUP BY who, moment
            """,
        ),
        Step("latest", "SELECT who, max(moment) AS after FROM intervals GROUP BY who"),
        Step(
            "touched",
            f"""
            SELECT {who} AS who, person_id, interaction_id, occurred_at, occurred_on,
                {question.by.value} AS segment
            FROM touch
            CROSS JOIN bounds
            WHERE person_id IS NOT NULL AND {who} IS NOT NULL AND occurred_on <= last_on
            """,
        ),
        Step(
            "in_journeys",
            f"""
            SELECT touched.*, intervals.moment, intervals.converted_on
            FROM touched
            JOIN intervals ON intervals.who = touched.who
            WHERE {at} <= {until}
                AND (intervals.after IS NULL OR {at} > {after.format("intervals.after")})
            UNION ALL
            SELECT touched.*, CAST(NULL AS TIMESTAMP), CAST(NULL AS DATE)
            FROM touched
            LEFT JOIN latest ON latest.who = touched.who
            WHERE latest.who IS NULL OR {at} > {after.format("latest.after")}
            """,
        ),
        Step(
            "begun",
            f"""
            SELECT who, moment, min(occurred_on) AS begun_on
            FROM in_journeys
            CROSS JOIN bounds
            GROUP BY who, moment, bounds.first_on
            HAVING date_diff('day', min(occurred_on), bounds.first_on) <= {lookback_days}
            """,
        ),
        Step(
            "assigned",
            """
            SELECT in_journeys.*, begun.begun_on
            FROM in_journeys
            JOIN begun ON begun.who = in_journeys.who
                AND begun.moment IS NOT DISTINCT FROM in_journeys.moment
            """,
        ),
    )


def _sequence(question: Question) -> tuple[Step, ...]:
    """Steps to `sequence`: the touches that count, with the touches before each."""
    journey = "who, moment"
    by_day = f"""
        SELECT assigned.*,
            row_number() OVER (
                PARTITION BY {journey}, person_id, segment, occurred_on
                ORDER BY occurred_at, interaction_id
            ) AS place_in_day
        FROM assigned
    """
    in_order = f"PARTITION BY {journey} ORDER BY occurred_at, interaction_id"
    before = ", ".join(
        f"lag(segment, {place}) OVER ({in_order}) AS before_{place}" for place in (1, 2, 3)
    )
    return (
        Step("ranked_in_day", by_day),
        Step("by_day", "SELECT * FROM ranked_in_day WHERE place_in_day = 1"),
        Step(
            "marked",
            f"SELECT by_day.*, {path_order(question.path, journey)} AS is_kept FROM by_day",
        ),
        Step(
            "sequence",
            f"""
            SELECT who, substr(md5(who), 1, 2) AS grouped, converted_on, begun_on, segment,
                {before},
                first_value(segment) OVER ({in_order}) AS entry,
                lead(segment) OVER ({in_order}) IS NULL AS is_last
            FROM marked
            WHERE is_kept
            """,
        ),
    )


_MOVES = Step(
    "moves",
    """
    SELECT grouped, before_1, before_2, before_3, segment, count(*) AS journeys
    FROM sequence
    GROUP BY grouped, before_1, before_2, before_3, segment
    """,
)

_ENDS = Step(
    "ends",
    """
    SELECT grouped, segment AS before_1, before_1 AS before_2, before_2 AS before_3, entry,
        converted_on IS NOT NULL AS converted,
        date_diff('day', begun_on, coalesce(converted_on, last_on)) AS age_days,
        count(*) AS journeys
    FROM sequence
    CROSS JOIN bounds
    WHERE is_last
    GROUP BY grouped, segment, before_1, before_2, entry, converted_on IS NOT NULL,
        date_diff('day', begun_on, coalesce(converted_on, last_on))
    """,
)


def chances_to_come(counts: ChainCounts) -> pl.Series:
    """With what probability does each row of `ends` convert in the end? 1 where it has.

    For a journey of age a that is still open: (F(∞) − F(a)) ÷ (1 − F(a)), F being the share of
    journeys converted by each age, of those that began with the same channel where it has
    `FEWEST_CONVERSIONS`, else of all. To count an open journey as lost would take credit from
    channels whose journeys are long.
    """
    ends = counts.ends
    if ends.is_empty():
        return pl.Series("chance", [], pl.Float64)
    overall = _curve(ends)
    chances = np.ones(len(ends))
    for entry in ends["entry"].unique().to_list():
        rows = (ends["entry"] == entry).to_numpy()
        own = ends.filter(pl.col("entry") == entry)
        enough = own.filter("converted")["journeys"].sum() >= FEWEST_CONVERSIONS
        curve = _curve(own) if enough else overall
        is_open = rows & ~ends["converted"].to_numpy()
        by_now = curve.at(ends["age_days"].to_numpy()[is_open])
        to_come = np.maximum(curve.final - by_now, 0)
        chances[is_open] = np.divide(
            to_come, 1 - by_now, out=np.zeros_like(to_come), where=by_now < 1
        )
    return pl.Series("chance", chances)


def _curve(ends: pl.DataFrame) -> Incidence:
    converted = pl.when("converted").then("journeys").otherwise(0)
    by_age = ends.group_by("age_days").agg(pl.col("journeys").sum(), converted=converted.sum())
    ages = by_age["age_days"].to_numpy()
    counted, came = by_age["journeys"].to_numpy(), by_age["converted"].to_numpy()
    zeros = np.zeros_like(counted)
    # All enter at age 0: so many rows of age 0 without an event.
    return incidence(
        AgeCounts.of(
            np.concatenate(([0], ages)),
            entered=np.concatenate(([counted.sum()], zeros)),
            converted=np.concatenate(([0], came)),
            exited=np.concatenate(([0], zeros)),
            censored=np.concatenate(([0], counted - came)),
            horizon=int(ages.max()),
        )
    )


def first_order_steps(counts: ChainCounts) -> Floats:
    """[groups, segments + 1, segments + 2]: the steps of each group of accounts, of order 1.

    The first row is the start; the last two columns are conversions and ends without one, in which
    open journeys count in part.
    """
    size = len(counts.segments)
    steps = np.zeros((GROUPS, size + 1, size + 2))
    moves, ends = counts.moves, counts.ends
    source = _codes(counts, moves["before_1"]) + 1
    index = (_group(moves), source, _codes(counts, moves["segment"]))
    np.add.at(steps, index, moves["journeys"].to_numpy())
    last = (_group(ends), _codes(counts, ends["before_1"]) + 1)
    converted = (chances_to_come(counts) * ends["journeys"]).to_numpy()
    np.add.at(steps[..., size], last, converted)
    np.add.at(steps[..., size + 1], last, ends["journeys"].to_numpy() - converted)
    return steps


def _codes(counts: ChainCounts, names: pl.Series) -> NDArray[np.int64]:
    """The places of segments in their order; -1 of none."""
    places = names.cast(pl.Enum(counts.segments)).to_physical().cast(pl.Int64)
    return places.fill_null(-1).to_numpy()


def longer_steps(counts: ChainCounts, order: int) -> Steps:
    """The steps of all accounts by up to three of the last touches."""
    size = len(counts.segments)
    before = [f"before_{place}" for place in range(order, 0, -1)]
    moves, ends = counts.moves, counts.ends
    came = (chances_to_come(counts) * ends["journeys"]).to_numpy()
    last = [
        np.column_stack([_codes(counts, rows[name]) for name in before])
        for rows in (moves, ends, ends)
    ]
    following = [
        _codes(counts, moves["segment"]),
        np.full(len(ends), size),
        np.full(len(ends), size + 1),
    ]
    weight = [moves["journeys"].to_numpy(), came, ends["journeys"].to_numpy() - came]
    return Steps(
        np.concatenate(last), np.concatenate(following), np.concatenate(weight).astype(float), size
    )


def _group(rows: pl.DataFrame) -> NDArray[np.int64]:
    return rows["grouped"].str.to_integer(base=16).to_numpy()
