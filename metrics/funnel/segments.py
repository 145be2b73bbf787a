"""Segments of one step: how many of each converted, and how much alike those of an account are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from data.engine.warehouse import Warehouse
from data.sql import Query, Step
from metrics.estimators.comparing.clustering import AccountSums, design_effect
from metrics.funnel.ages import Way, way_in
from metrics.scope import Dimension, Scope
from metrics.subjects import subject_steps

WHOLE = "everyone"
"""The one segment, and the dimension of it, that everybody is in."""


@dataclass(frozen=True, slots=True)
class Group:
    """Records of a step: how many there are, how many converted, and as how many they count."""

    reached: float
    converted: float
    design_effect: float
    """So many records of it say as much as one; NaN where they are of one account."""

    @property
    def effective(self) -> tuple[float, float]:
        """Conversions and records, as many as independent ones would be."""
        return self.converted / self.design_effect, self.reached / self.design_effect


@dataclass(frozen=True, slots=True)
class Segment:
    """A value of a dimension, all others, and how unlike accounts are in having it."""

    dimension: Dimension
    value: str
    own: Group
    others: Group
    weight: Group
    """Of all that reached the step, `converted` counts those of the segment."""


@dataclass(frozen=True, slots=True)
class StepSegments:
    """Everyone that reached a step in a period, and every segment of some dimensions."""

    whole: Group
    segments: tuple[Segment, ...]


def step_segments(
    warehouse: Warehouse, scope: Scope, way: Way, dimensions: Sequence[Dimension]
) -> StepSegments:
    """How many of each segment reached the step's first stage, and how many of them the second?

    Those that reached the first stage in the period, and the second until `observed_until` within
    the scope's window. Segments of a dimension add up to the whole. Records without an account are
    accounts of their own. One query, whose rows are one per segment.
    """
    rows = warehouse.query(_query(scope, way, dimensions)).rows(named=True)
    whole = next((row for row in rows if row["dimension"] == WHOLE), None)
    if whole is None:
        return StepSegments(Group(0, 0, float("nan")), ())
    return StepSegments(
        _group(_own(whole)),
        tuple(
            Segment(
                Dimension(row["dimension"]),
                row["segment"],
                _group(_own(row)),
                _group(_others(row, whole)),
                _group(_weight(row, whole)),
            )
            for row in rows
            if row["dimension"] != WHOLE
        ),
    )


def member_steps(scope: Scope, way: Way, dimensions: Sequence[Dimension]) -> tuple[Step, ...]:
    """Steps to `members`: who reached the first stage in the period, and whether the second."""
    start, end = (f"{stage.value}_on" for stage in way_in(scope, way))
    columns = "".join(f"{each.value}, " for each in dimensions)
    return (
        *subject_steps(scope, dimensions),
        Step(
            "members",
            f"""
            SELECT account_id, {columns}{start} AS start_on,
                CASE WHEN {end} <= observed_until
                    AND (window_days IS NULL OR date_diff('day', {start}, {end}) <= window_days)
                    THEN 1 ELSE 0 END AS converted
            FROM subjects
            WHERE {start} BETWEEN period_start AND period_end AND {start} <= observed_until
            """,
        ),
    )


def _query(scope: Scope, way: Way, dimensions: Sequence[Dimension]) -> Query:
    """One row per segment, and one of everyone, with the sums over accounts of its counts.

    The many accounts of one record need no grouping: such a record says what one without an account
    does, and `shared_account_id` is null for both.
    """
    columns = "".join(f"members.{each.value}, " for each in dimensions)
    return Query(
        *member_steps(scope, way, dimensions),
        Step(
            "accounts",
            """
            SELECT account_id, CAST(count(*) AS DOUBLE) AS all_reached,
                CAST(sum(converted) AS DOUBLE) AS all_converted
            FROM members
            WHERE account_id IS NOT NULL
            GROUP BY account_id
            """,
        ),
        Step(
            "account_members",
            f"""
            SELECT {columns}members.converted, all_reached, all_converted,
                CASE WHEN all_reached > 1 THEN members.account_id END AS shared_account_id
            FROM members
            LEFT JOIN accounts ON accounts.account_id = members.account_id
            """,
        ),
        Step(
            "parts",
            "\nUNION ALL\n".join(
                [
                    _parts(f"'{WHOLE}'", "shared_account_id"),
                    *(
                        _parts(f"'{each.value}'", f"{each.value}, shared_account_id", each.value)
                        for each in dimensions
                    ),
                ]
            ),
        ),
        Step(
            "segment_sums",
            f"""
            SELECT dimension, segment,
                sum(reached) AS reached,
                sum(converted) AS converted,
                {_sum("1e0", "reached")} AS accounts,
                {_sum("CASE WHEN reached = all_reached THEN 1e0 ELSE 0e0 END", "reached")}
                    AS accounts_of_its_own,
                {_sum("reached * reached", "reached")} AS reached_squared,
                {_sum("converted * converted", "converted")} AS converted_squared,
                {_sum("converted * reached", "converted")} AS converted_by_reached,
                {_sum("reached * all_reached", "reached")} AS reached_by_all_reached,
                {_sum("converted * all_converted", "converted")} AS converted_by_all_converted,
                {_sum("converted * all_reached", "converted")} AS converted_by_all_reached,
                {_sum("reached * all_converted", "converted")} AS reached_by_all_converted
            FROM parts
            GROUP BY dimension, segment
            ORDER BY dimension, segment
            """,
        ),
    )


def _parts(dimension: str, group: str, segment: str | None = None) -> str:
    """SQL: one row per segment and account of several records, and one of all other records."""
    return f"""
        SELECT {dimension} AS dimension, {segment or dimension} AS segment, shared_account_id,
            min(all_reached) AS all_reached, min(all_converted) AS all_converted,
            CAST(count(*) AS DOUBLE) AS reached, CAST(sum(converted) AS DOUBLE) AS converted
        FROM account_members
        GROUP BY {group}
    """


def _sum(product: str, alone: str) -> str:
    """The sum over accounts; each record by itself adds what an account of that record would."""
    return f"sum(CASE WHEN shared_account_id IS NULL THEN {alone} ELSE {product} END)"


def _group(sums: AccountSums) -> Group:
    return Group(sums.reached, sums.converted, design_effect(sums))


def _own(row: dict[str, Any]) -> AccountSums:
    return AccountSums(
        accounts=int(row["accounts"]),
        reached=row["reached"],
        converted=row["converted"],
        reached_squared=row["reached_squared"],
        converted_squared=row["converted_squared"],
        converted_by_reached=row["converted_by_reached"],
    )


def _others(row: dict[str, Any], whole: dict[str, Any]) -> AccountSums:
    """An account's records in other segments are its records less those in this one."""
    return AccountSums(
        accounts=int(whole["accounts"] - row["accounts_of_its_own"]),
        reached=whole["reached"] - row["reached"],
        converted=whole["converted"] - row["converted"],
        reached_squared=whole["reached_squared"]
        - 2 * row["reached_by_all_reached"]
        + row["reached_squared"],
        converted_squared=whole["converted_squared"]
        - 2 * row["converted_by_all_converted"]
        + row["converted_squared"],
        converted_by_reached=whole["converted_by_reached"]
        - row["converted_by_all_reached"]
        - row["reached_by_all_converted"]
        + row["converted_by_reached"],
    )


def _weight(row: dict[str, Any], whole: dict[str, Any]) -> AccountSums:
    """Of an account's records, those in the segment."""
    return AccountSums(
        accounts=int(whole["accounts"]),
        reached=whole["reached"],
        converted=row["reached"],
        reached_squared=whole["reached_squared"],
        converted_squared=row["reached_squared"],
        converted_by_reached=row["reached_by_all_reached"],
    )
