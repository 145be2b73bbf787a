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
from metrics.estimators.comparing.clustering import AccountSums, design_effect
from metrics.experiments.outcomes import (
    ARM_AMOUNTS,
    ARM_SUMS,
    EXPERIMENTS,
    MEMBER_OUTCOMES,
    REGION_ENTRIES,
    SHARED_MEMBERS,
    Outcome,
)

_PRETEST_WEEKS = 52


@dataclass(frozen=True)
class ArmOf:
    """One arm: its members and what came of them, in the outcome of the experiment."""

    members: int
    outcome: float
    """People of whom it came, or how much of it came in the regions."""
    amounts: tuple[float, ...] = ()
    """Of people with revenue: what each account of them brought."""
    design_effect: float = 1.0
    """Above 1 where people of one account convert together."""
    weeks: tuple[float, ...] = ()
    """What came in the regions by week, before the experiment and during it; empty of people."""
    unpriced: int = 0
    """Won deals without an amount in the base currency, where revenue is counted."""


@dataclass(frozen=True)
class ArmsOf:
    """One experiment with what came in its arms."""

    experiment_id: str
    name: str
    channel: str
    kind: str
    outcome: Outcome
    starts_on: date
    ends_on: date
    counted_until: date
    spend_amount: float | None
    test: ArmOf
    control: ArmOf
    in_both_arms: int
    reached_controls: int
    """People of the control arm with a touch of the channel during the experiment."""
    runs_on: bool
    overlapping: tuple[str, ...]
    """Names of other experiments at the same time, with its channel or some of its members."""
    weeks_of_test: int = 0


def arms_of_experiments(warehouse: Warehouse) -> list[ArmsOf]:
    """What came in the arms of each experiment, in the order of their ids?"""
    experiments = warehouse.query(Query(EXPERIMENTS))
    of_members = (ARM_SUMS, ARM_AMOUNTS, SHARED_MEMBERS)
    sums, amounts, shared = warehouse.query_each(MEMBER_OUTCOMES, of_members)
    by_region = (experiments["kind"] == "regions").any()
    entries = warehouse.query(Query(*REGION_ENTRIES)) if by_region else pl.DataFrame()
    days = warehouse.query(Query(_LOADED_DAYS)).row(0, named=True)
    at_once = _overlaps(experiments, set(shared.iter_rows()))
    return [
        _arms(each, sums, amounts, entries, days, at_once.get(each["experiment_id"], ()))
        for each in experiments.sort("experiment_id").iter_rows(named=True)
    ]


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
    sums: pl.DataFrame,
    amounts: pl.DataFrame,
    entries: pl.DataFrame,
    days: dict[str, Any],
    overlapping: tuple[str, ...],
) -> ArmsOf:
    identity = experiment["experiment_id"]
    known = {each["role"]: each for each in sums.filter(experiment_id=identity).to_dicts()}
    of_arm = {role: known.get(role, _NOBODY) for role in ("test", "control", "both")}
    outcome, weeks_of_test = Outcome(experiment["outcome"]), 0
    if experiment["kind"] == "regions":
        came = entries.filter(pl.col("experiment_id") == identity)
        weeks_of_test = _weeks_of_test(experiment, days)
        arms = {
            role: _regions(
                experiment, of_arm[role]["members"], came.filter(pl.col("role") == role), days
            )
            for role in ("test", "control")
        }
    else:
        worth = amounts.filter(experiment_id=identity)
        arms = {
            role: _people(of_arm[role], worth.filter(role=role)["amount"], outcome)
            for role in ("test", "control")
        }
    spend, until = experiment["spend_amount"], experiment["counted_until"]
    return ArmsOf(
        experiment_id=identity,
        name=experiment["name"] or identity,
        channel=experiment["channel"],
        kind=experiment["kind"],
        outcome=outcome,
        starts_on=experiment["starts_on"],
        ends_on=experiment["ends_on"],
        counted_until=until,
        spend_amount=None if spend is None else float(spend),
        test=arms["test"],
        control=arms["control"],
        in_both_arms=of_arm["both"]["members"],
        reached_controls=of_arm["control"]["was_reached"],
        runs_on=days["last_on"] is None or max(until, experiment["ends_on"]) > days["last_on"],
        overlapping=overlapping,
        weeks_of_test=weeks_of_test,
    )


_NOBODY = {"accounts": 0, "members": 0, "came": 0, "unpriced": 0, "was_reached": 0}


def _people(sums: dict[str, Any], amounts: pl.Series, outcome: Outcome) -> ArmOf:
    members = sums["members"]
    if outcome is Outcome.REVENUE:
        worth = tuple(amounts.sort().to_list())
        return ArmOf(members, float(sum(worth)), worth, unpriced=sums["unpriced"])
    effect = 1.0
    if 1 < sums["accounts"] < members:
        of_accounts = AccountSums(
            accounts=sums["accounts"],
            reached=members,
            converted=sums["came"],
            reached_squared=sums["reached_squared"],
            converted_squared=sums["came_squared"],
            converted_by_reached=sums["came_by_reached"],
        )
        effect = design_effect(of_accounts)
    return ArmOf(members, float(sums["came"]), design_effect=effect)


def _weeks_of_test(experiment: dict[str, Any], days: dict[str, Any]) -> int:
    """Whole weeks from the first day to the last that is counted and loaded."""
    starts_on = experiment["starts_on"]
    last_on = min(experiment["counted_until"], days["last_on"] or starts_on - timedelta(1))
    return int(max(0, ((last_on - starts_on).days + 1) // 7))


def _regions(
    experiment: dict[str, Any], members: int, entries: pl.DataFrame, days: dict[str, Any]
) -> ArmOf:
    """An arm of regions: what came by whole week, and in all while it counts."""
    starts_on, until = experiment["starts_on"], experiment["counted_until"]
    first_on = days["first_on"] or starts_on
    before = min(_PRETEST_WEEKS, max(0, (starts_on - first_on).days // 7))
    weeks = range(-before, _weeks_of_test(experiment, days))
    by_week: Counter[int] = Counter()
    whole, unpriced = 0.0, 0
    for row in entries.iter_rows(named=True):
        week = (row["entered_on"] - starts_on).days // 7
        by_week[week] += row["came"]
        unpriced += row["unpriced"] if week in weeks else 0
        whole += row["came"] if starts_on <= row["entered_on"] <= until else 0
    told = tuple(float(by_week[week]) for week in weeks)
    return ArmOf(members, whole, weeks=told, unpriced=unpriced)


def _overlaps(
    experiments: pl.DataFrame, with_members: set[tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    """By experiment: the names of others at the same time, with its channel or its members.

    `with_members` are the pairs of experiments that have members in common.
    """
    found: dict[str, list[str]] = {}
    for one, other in combinations(experiments.sort("experiment_id").iter_rows(named=True), 2):
        first, second = one["experiment_id"], other["experiment_id"]
        at_once = one["starts_on"] <= other["ends_on"] and other["starts_on"] <= one["ends_on"]
        if at_once and (one["channel"] == other["channel"] or (first, second) in with_members):
            found.setdefault(first, []).append(other["name"] or second)
            found.setdefault(second, []).append(one["name"] or first)
    return {name: tuple(others) for name, others in found.items()}
