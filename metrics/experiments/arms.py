"""The arms of registered experiments: who was in them, and what came of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations
from typing import Any

import polars as pl

from data.engine.warehouse import Warehouse
from data.sql import Query, Step

_PRETEST_WEEKS = 52


@dataclass(frozen=True)
class ArmsOf:
    """One experiment with what came in its arms."""

    experiment_id: str
    name: str
    channel: str
    kind: str
    starts_on: date
    ends_on: date
    spend_amount: float | None
    test_members: int
    control_members: int
    test_mqls: int
    control_mqls: int
    in_both_arms: int
    reached_controls: int
    """People of the control arm with a touch of the channel during the experiment."""
    runs_on: bool
    overlapping: tuple[str, ...]
    """Names of other experiments at the same time, with its channel or some of its members."""
    test_weeks: tuple[int, ...] = ()
    """MQLs of the test regions by week, before the experiment and during it; empty of people."""
    control_weeks: tuple[int, ...] = ()
    weeks_of_test: int = 0


_MEMBERS = (
    Step(
        "registered_members",
        """
        SELECT experiment.experiment_id, experiment.kind, experiment.channel,
            experiment.starts_on, experiment.ends_on, experiment_arm.role,
            CASE WHEN experiment.kind = 'persons'
                THEN coalesce(person_identity.person_id, experiment_arm.member)
                ELSE experiment_arm.member END AS member
        FROM experiment
        JOIN experiment_arm ON experiment_arm.experiment_id = experiment.experiment_id
        LEFT JOIN person_identity ON person_identity.reference = experiment_arm.member
        """,
    ),
    Step(
        "experiment_members",
        """
        SELECT experiment_id, kind, channel, starts_on, ends_on, member,
            CASE WHEN min(role) = max(role) THEN min(role) ELSE 'both' END AS role
        FROM registered_members
        GROUP BY experiment_id, kind, channel, starts_on, ends_on, member
        """,
    ),
)
"""Steps to one row per experiment and member, people as they were resolved."""


def arms_of_experiments(warehouse: Warehouse) -> list[ArmsOf]:
    """What came in the arms of each experiment, in the order of their ids?"""
    experiments = warehouse.query(Query(Step("experiments", "SELECT * FROM experiment")))
    members = warehouse.query(Query(*_MEMBERS, _MEMBER_OUTCOMES))
    entries = warehouse.query(Query(*_MEMBERS, _REGION_ENTRIES))
    days = warehouse.query(Query(_LOADED_DAYS)).row(0, named=True)
    at_once = _overlaps(experiments, members)
    return [
        _arms(each, members, entries, days, at_once.get(each["experiment_id"], ()))
        for each in experiments.sort("experiment_id").iter_rows(named=True)
    ]


_MEMBER_OUTCOMES = Step(
    "member_outcomes",
    """
    SELECT experiment_members.experiment_id, experiment_members.member, experiment_members.role,
        max(CASE WHEN experiment_members.kind = 'persons' AND journey.mql_on
            BETWEEN experiment_members.starts_on AND experiment_members.ends_on
            THEN 1 ELSE 0 END) AS became_mql,
        max(CASE WHEN touch.interaction_id IS NULL THEN 0 ELSE 1 END) AS was_reached
    FROM experiment_members
    LEFT JOIN journey ON journey.person_id = experiment_members.member
    LEFT JOIN touch ON touch.person_id = experiment_members.member
        AND touch.channel = experiment_members.channel
        AND touch.occurred_on BETWEEN experiment_members.starts_on AND experiment_members.ends_on
        AND experiment_members.kind = 'persons'
    GROUP BY experiment_members.experiment_id, experiment_members.member, experiment_members.role
    """,
)

_REGION_ENTRIES = Step(
    "region_entries",
    """
    SELECT experiment_members.experiment_id, experiment_members.role, journey.mql_on,
        count(*) AS mqls
    FROM experiment_members
    JOIN journey ON journey.region = experiment_members.member
        AND experiment_members.kind = 'regions' AND experiment_members.role <> 'both'
    WHERE journey.mql_on IS NOT NULL
    GROUP BY experiment_members.experiment_id, experiment_members.role, journey.mql_on
    """,
)

_LOADED_DAYS = Step(
    "loaded_days",
    """
    SELECT min(first_on) AS first_on, max(last_on) AS last_on FROM (
        SELECT min(lead_on) AS first_on, CAST(NULL AS DATE) AS last_on FROM journey
        UNION ALL
        SELECT CAST(NULL AS DATE), max(CAST(as_of AS DATE)) FROM load
    ) AS days
    """,
)


def _arms(
    experiment: dict[str, Any],
    members: pl.DataFrame,
    entries: pl.DataFrame,
    days: dict[str, Any],
    overlapping: tuple[str, ...],
) -> ArmsOf:
    identity = experiment["experiment_id"]
    mine = members.filter(pl.col("experiment_id") == identity)
    arms = {role: mine.filter(pl.col("role") == role) for role in ("test", "control", "both")}
    counts: dict[str, Any] = {
        "test_mqls": int(arms["test"]["became_mql"].sum()),
        "control_mqls": int(arms["control"]["became_mql"].sum()),
    }
    if experiment["kind"] == "regions":
        counts = _weekly(experiment, entries.filter(pl.col("experiment_id") == identity), days)
    spend = experiment["spend_amount"]
    return ArmsOf(
        experiment_id=identity,
        name=experiment["name"] or identity,
        channel=experiment["channel"],
        kind=experiment["kind"],
        starts_on=experiment["starts_on"],
        ends_on=experiment["ends_on"],
        spend_amount=None if spend is None else float(spend),
        test_members=len(arms["test"]),
        control_members=len(arms["control"]),
        in_both_arms=len(arms["both"]),
        reached_controls=int(arms["control"]["was_reached"].sum()),
        runs_on=days["last_on"] is None or experiment["ends_on"] > days["last_on"],
        overlapping=overlapping,
        **counts,
    )


def _weekly(
    experiment: dict[str, Any], entries: pl.DataFrame, days: dict[str, Any]
) -> dict[str, Any]:
    """MQLs by whole week and arm, and in all during the experiment."""
    starts_on, ends_on = experiment["starts_on"], experiment["ends_on"]
    last_on = min(ends_on, days["last_on"] or starts_on - timedelta(1))
    during = max(0, ((last_on - starts_on).days + 1) // 7)
    first_on = days["first_on"] or starts_on
    before = min(_PRETEST_WEEKS, max(0, (starts_on - first_on).days // 7))
    found: dict[str, Any] = {"weeks_of_test": during}
    for role in ("test", "control"):
        by_week: Counter[int] = Counter()
        whole = 0
        for row in entries.filter(pl.col("role") == role).iter_rows(named=True):
            by_week[(row["mql_on"] - starts_on).days // 7] += row["mqls"]
            whole += row["mqls"] if starts_on <= row["mql_on"] <= ends_on else 0
        found[f"{role}_weeks"] = tuple(by_week[week] for week in range(-before, during))
        found[f"{role}_mqls"] = whole
    return found


def _overlaps(experiments: pl.DataFrame, members: pl.DataFrame) -> dict[str, tuple[str, ...]]:
    """By experiment: the names of others at the same time, with its channel or its members."""
    who = {
        str(key[0]): set(rows["member"])
        for key, rows in members.group_by("experiment_id", maintain_order=True)
    }
    found: dict[str, list[str]] = {}
    for one, other in combinations(experiments.sort("experiment_id").iter_rows(named=True), 2):
        first, second = one["experiment_id"], other["experiment_id"]
        at_once = one["starts_on"] <= other["ends_on"] and other["starts_on"] <= one["ends_on"]
        shared = one["channel"] == other["channel"]
        shared = shared or bool(who.get(first, set()) & who.get(second, set()))
        if at_once and shared:
            found.setdefault(first, []).append(other["name"] or second)
            found.setdefault(second, []).append(one["name"] or first)
    return {name: tuple(others) for name, others in found.items()}
