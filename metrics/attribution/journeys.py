"""Journeys: how they go from touch to touch, to a conversion or to nothing, in counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import polars as pl

from data.engine.warehouse import Warehouse
from data.errors import MetricError
from data.sql import Query, Step
from metrics.attribution.paths import event_steps, kept_of, who_of_touches
from metrics.attribution.question import Question, Touched
from metrics.attribution.rules import segment_step
from metrics.scope import Stage

TOUCHES_AT_ONCE = 10_000_000
"""Of more touches the journeys are counted in parts, so that memory does not grow with the data."""

GROUPS = 256
"""Accounts are put into so many groups by the first two digits of a hash, equal on every engine."""


@dataclass(frozen=True, slots=True, eq=False)
class ChainCounts:
    """Counted steps of the journeys that began in time, by group of accounts.

    `segments` are those of any touch, in the order of `segment_step`; a touch is a code, which
    counts them from 1 on. `moves` counts steps to a touch: the last touches (`before_1` is the
    newest, null for none) and the touch that followed, `code`. `ends` counts last touches, with the
    first touch of the journey (`entry`), whether it converted, and its age on the day it did or was
    last seen.
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
    counted = pl.concat(_counted_in_parts(warehouse, asked, lookback_days))
    names = warehouse.query(Query(segment_step(asked), _IN_ORDER))["segment"]
    state = ("grouped", "before_1", "before_2", "before_3")
    moves = counted.filter(pl.col("code").is_not_null()).select(*state, "code", "journeys")
    ends = counted.filter(pl.col("code").is_null()).drop("code")
    return ChainCounts(tuple(names), moves, ends)


def _counted_in_parts(
    warehouse: Warehouse, question: Question, lookback_days: int
) -> Iterator[pl.DataFrame]:
    touches = int(warehouse.query(Query(_HOW_MANY)).item())
    parts = min(-(-touches // TOUCHES_AT_ONCE), GROUPS) or 1
    for part in range(parts):
        steps = journey_steps(question, lookback_days, part, parts)
        yield warehouse.query(Query(*steps, _COUNTED))


def journey_steps(
    question: Question, lookback_days: int, part: int = 0, parts: int = 1
) -> tuple[Step, ...]:
    """Steps from `scoped` to `sequence`: every touch of a journey that counts.

    `code` is its segment's number in `codes`, `before_1` to `before_3` those of the touches before
    it, the newest first. Step `by_day` has one row per journey, person, segment and day. Of
    `parts`, each has the journeys of other accounts: `part` says which, from 0 on.
    """
    return (
        *event_steps(question),
        segment_step(question),
        *_journeys(question, f"abs({_who_key(question)}) % {GROUPS} % {parts} = {part}"),
        *_sequence(question, lookback_days),
    )


_HOW_MANY = Step("how_many", "SELECT count(*) AS touches FROM touch")


_IN_ORDER = Step("in_order", "SELECT segment FROM codes ORDER BY code")


def _journeys(question: Question, whose: str) -> tuple[Step, ...]:
    """Steps to `by_day`: the touches of each journey, which a conversion ends or nothing yet.

    Of the touches that are of accounts as `whose` says.
    """
    won = question.event is Stage.WON
    at = "touched.occurred_on" if won else "touched.occurred_at"
    until = "intervals.converted_on" if won else "intervals.moment"
    after = "CAST({} AS DATE)" if won else "{}"
    columns = (
        "touched.who_key, touched.person_key, touched.place, touched.occurred_on, touched.code"
    )
    return (
        Step(
            "bounds",
            "SELECT max(observed_until) AS last_on, min(period_start) AS first_on FROM scoped",
        ),
        _owners(question, whose),
        Step(
            "intervals",
            """
            SELECT owners.who_key, events.moment, min(events.converted_on) AS converted_on,
                lag(events.moment) OVER (PARTITION BY owners.who_key ORDER BY events.moment)
                    AS after
            FROM events
            JOIN owners ON owners.who = events.who
            GROUP BY owners.who_key, events.moment
            """,
        ),
        Step("latest", "SELECT who_key, max(moment) AS after FROM intervals GROUP BY who_key"),
        Step(
            "touched",
            f"""
            SELECT {_who_key(question)} AS who_key, person_key, place, occurred_at, occurred_on,
                codes.code
            FROM touch
            JOIN codes ON codes.segment = touch.{question.by.value}
            CROSS JOIN bounds
            WHERE person_key IS NOT NULL AND occurred_on <= last_on AND {whose}
            """,
        ),
        Step(
            "in_journeys",
            f"""
            SELECT {columns}, intervals.moment, intervals.converted_on
            FROM touched
            JOIN intervals ON intervals.who_key = touched.who_key
            WHERE {at} <= {until}
                AND (intervals.after IS NULL OR {at} > {after.format("intervals.after")})
            UNION ALL
            SELECT {columns}, CAST(NULL AS TIMESTAMP), CAST(NULL AS DATE)
            FROM touched
            LEFT JOIN latest ON latest.who_key = touched.who_key
            WHERE latest.who_key IS NULL OR {at} > {after.format("latest.after")}
            """,
        ),
        Step(
            "by_day",
            """
            SELECT who_key, moment, converted_on, person_key, code, occurred_on,
                min(place) AS place
            FROM in_journeys
            GROUP BY who_key, moment, converted_on, person_key, code, occurred_on
            """,
        ),
    )


def _who_key(question: Question) -> str:
    """SQL: whose journey a touch belongs to, as a number; people without a company below 0."""
    if question.touched is Touched.PERSON:
        return "person_key"
    return "coalesce(account_key, -person_key)"


def _owners(question: Question, whose: str) -> Step:
    """Step `owners`: the number of everyone who converted and has a touch as `whose` says."""
    return Step(
        "owners",
        f"""
        SELECT named.who, min(named.who_key) AS who_key
        FROM (
            SELECT {who_of_touches(question)} AS who, {_who_key(question)} AS who_key
            FROM touch
            WHERE person_key IS NOT NULL AND {whose}
                AND (account_id IN (SELECT account_id FROM events WHERE account_id IS NOT NULL)
                    OR person_id IN (SELECT person_id FROM events WHERE person_id IS NOT NULL))
        ) AS named
        GROUP BY named.who
        """,
    )


def _sequence(question: Question, lookback_days: int) -> tuple[Step, ...]:
    """Steps to `sequence`: the touches that count, with the touches before each."""
    journey = "who_key, moment"
    in_order = f"PARTITION BY {journey} ORDER BY place"
    before = ", ".join(
        f"lag(code, {place}) OVER ({in_order}) AS before_{place}" for place in (1, 2, 3)
    )
    return (
        Step(
            "marked",
            f"""
            SELECT by_day.*, {kept_of(question.path, journey, "code", "place")} AS is_kept,
                first_value(occurred_on) OVER ({in_order}) AS begun_on
            FROM by_day
            """,
        ),
        Step(
            "sequence",
            f"""
            SELECT abs(who_key) % {GROUPS} AS grouped, converted_on, begun_on, code, {before},
                first_value(code) OVER ({in_order}) AS entry,
                lead(code) OVER ({in_order}) IS NULL AS is_last
            FROM marked
            CROSS JOIN bounds
            WHERE is_kept AND date_diff('day', begun_on, first_on) <= {lookback_days}
            """,
        ),
    )


_COUNTED = Step(
    "counted",
    """
    SELECT grouped, before_1, before_2, before_3, code, CAST(NULL AS BIGINT) AS entry,
        CAST(NULL AS BOOLEAN) AS converted, CAST(NULL AS BIGINT) AS age_days,
        count(*) AS journeys
    FROM sequence
    GROUP BY grouped, before_1, before_2, before_3, code
    UNION ALL
    SELECT grouped, code, before_1, before_2, CAST(NULL AS BIGINT), entry,
        converted_on IS NOT NULL,
        date_diff('day', begun_on, coalesce(converted_on, last_on)), count(*)
    FROM sequence
    CROSS JOIN bounds
    WHERE is_last
    GROUP BY grouped, code, before_1, before_2, entry, converted_on IS NOT NULL,
        date_diff('day', begun_on, coalesce(converted_on, last_on))
    """,
)
