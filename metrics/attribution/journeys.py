"""Journeys: how they go from touch to touch, to a conversion or to nothing, in counts."""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl

from data.engine.warehouse import Warehouse
from data.errors import MetricError
from data.sql import Query, Step
from metrics.attribution.paths import event_steps, path_order, who_of_touches
from metrics.attribution.question import Question
from metrics.attribution.rules import segment_step
from metrics.scope import Stage


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
