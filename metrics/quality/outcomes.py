"""What became of leads by one thing that is known of them, and whether an order of them holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import numpy as np
import polars as pl

from data.engine.warehouse import Warehouse
from data.sql import Query, Step
from metrics.chance import FEWEST, Verdict, judged
from metrics.estimators.comparing.clustering import AccountSums, design_effect
from metrics.estimators.comparing.difference import expected_events, p_below
from metrics.estimators.comparing.proportions import wilson
from metrics.estimators.effective_records import effective_records
from metrics.estimators.incidence import incidence
from metrics.funnel.ages import age_steps, told_days
from metrics.funnel.counts import age_counts, horizon_days, together, untold
from metrics.scope import Scope, Stage
from metrics.subjects import known_days_step

STAGES = (Stage.SQL, Stage.OPPORTUNITY, Stage.WON)
"""Where leads are followed to."""


_ERROR_OF = {Stage.SQL: 6.0, Stage.OPPORTUNITY: 3.0, Stage.WON: 1.0}
"""How much of the error the comparisons of a stage get. Of ten leads that get that far about six
are SQLs alone, three opportunities and one won, so that most can be told of SQLs."""


class Standing(StrEnum):
    """How a level stands to the next lower one."""

    IN_ORDER = "in order"
    MAY_BE_CHANCE = "may be chance"
    WORSE = "worse than the next"
    TOO_FEW = "too few to compare"
    LAST = "none below"


@dataclass(frozen=True, slots=True)
class Outcome:
    """Leads of a group, and the share of them that reaches a stage within so many days.

    `converted` are those seen to reach it by then. `effective` are conversions and records, as many
    as fully observed, independent ones would be; without a rate there are none.
    """

    leads: int
    days: int | None
    converted: int
    rate: float | None
    low: float | None
    high: float | None
    effective: tuple[float, float] = (np.nan, np.nan)


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The outcome of each group at each stage, and of all leads."""

    groups: dict[str, dict[Stage, Outcome]]
    every: dict[Stage, Outcome]

    def lift(self, group: str, stage: Stage) -> float | None:
        """The rate of a group ÷ that of all leads."""
        rate, whole = self.groups[group][stage].rate, self.every[stage].rate
        return rate / whole if rate is not None and whole else None

    def leads(self, group: str) -> int:
        """How many leads a group has."""
        return self.groups[group][STAGES[0]].leads if group in self.groups else 0


def outcomes(warehouse: Warehouse, scope: Scope, column: str) -> Outcomes:
    """What share of the leads of each value of a column of `lead_quality` gets how far?

    Of leads that came in within the period and have a value, followed until `observed_until`: the
    share that reaches a stage within the usual days up to it, or as long as ten can be followed.
    Those still open count by what others of their age did next. A group that is under FEWEST, or of
    which nobody can be followed for half of the days, has no rate, nor one of which over a tenth
    reached the stage on an unknown day; who did so is left out of the others.
    Source: Aalen and Johansen (1978); Wilson (1927) of effective records.
    """
    ways = [(Stage.LEAD, stage) for stage in STAGES]
    ages = warehouse.query(
        Query(
            scope.step("lead_quality"),
            known_days_step("scoped"),
            *age_steps(ways, "subjects", (column,), told_days(warehouse)),
        )
    )
    sums = warehouse.query(_sums(scope, column))
    usual = {stage: _usual_days(scope, stage) for stage in STAGES}
    return counted_outcomes(ages, sums, column, usual)


def counted_outcomes(
    ages: pl.DataFrame, sums: pl.DataFrame, column: str, usual: Mapping[Stage, int]
) -> Outcomes:
    """The outcomes of counts: `ages` of each group's ways from lead, and `sums` over its accounts.

    `usual` are the days in which leads usually reach a stage.
    """
    ages = ages.with_columns(pl.col(column).cast(pl.String)).filter(pl.col(column).is_not_null())
    sums = sums.with_columns(pl.col(column).cast(pl.String))
    effects = {
        row[column]: {stage: _effect(row, stage) for stage in STAGES}
        for row in sums.iter_rows(named=True)
    }
    groups: dict[str, dict[Stage, Outcome]] = {name: {} for name in effects}
    every = {}
    for stage in STAGES:
        of_stage = ages.filter(pl.col("to_stage") == stage.value)
        of_all = together(of_stage)
        days = min(usual[stage], horizon_days(of_all))
        every[stage] = _outcome(of_all, days, 1.0)
        parts = {
            name: rows for (name,), rows in of_stage.partition_by(column, as_dict=True).items()
        }
        for name, effect in effects.items():
            rows = parts.get(name, of_stage.clear())
            leads = effect[stage][0]
            groups[name][stage] = _outcome(rows, days, effect[stage][1], leads)
    return Outcomes(groups, every)


def standings(found: Outcomes, ordered: Sequence[str]) -> dict[tuple[str, Stage], Standing]:
    """Does each group convert at least as well as the next? For groups from the best to the worst.

    A group is held against the next one with a rate. Worse is what is more than chance among all
    comparisons: where no group is worse, one of them is called so in at most 5% of companies. Only
    that direction is tested, for a group that is surely better would make it easier to call another
    one worse. Earlier stages get most of the error (`_ERROR_OF`).
    Source: the one-sided score test of two shares (`difference`); `judged`.
    """
    known = [name for name in ordered if name in found.groups]
    pairs = []
    told: dict[tuple[str, Stage], Standing] = {}
    for stage in STAGES:
        rated = [name for name in known if found.groups[name][stage].rate is not None]
        told |= {(name, stage): Standing.TOO_FEW for name in known if name not in rated}
        told |= {(name, stage): Standing.LAST for name in rated[-1:]}
        pairs += [(name, other, stage) for name, other in pairwise(rated)]
    sides = [
        (found.groups[name][stage].effective, found.groups[other][stage].effective)
        for name, other, stage in pairs
    ]
    numbers = np.array([[*one, *other] for one, other in sides], np.float64).reshape(-1, 4).T
    weights = np.array([_ERROR_OF[stage] for _, _, stage in pairs])
    _, verdicts = judged(p_below(*numbers), expected_events(*numbers), weights)
    for (name, other, stage), verdict in zip(pairs, verdicts, strict=True):
        better = found.groups[name][stage].rate or 0.0
        worse = found.groups[other][stage].rate or 0.0
        told[name, stage] = _standing(verdict, better >= worse)
    return told


def _standing(verdict: Verdict, in_order: bool) -> Standing:
    if verdict in (Verdict.TOO_FEW, Verdict.UNTESTED):
        return Standing.TOO_FEW
    if in_order:
        return Standing.IN_ORDER
    return Standing.WORSE if verdict is Verdict.MORE_THAN_CHANCE else Standing.MAY_BE_CHANCE


def _usual_days(scope: Scope, stage: Stage) -> int:
    """The days in which leads usually reach a stage."""
    passed = list(Stage)[1 : list(Stage).index(stage) + 1]
    return sum(int(getattr(scope.windows, each.value)) for each in passed)


def _outcome(rows: pl.DataFrame, days: int, effect: float, leads: int | None = None) -> Outcome:
    """The outcome of rows of one way; `effect` is the design effect of accounts."""
    seen = int(rows["records"].sum())
    leads = seen if leads is None else leads
    converted = int(rows.filter(pl.col("age_days") <= days)["converted"].sum())
    if seen < FEWEST or untold(rows) or horizon_days(rows) * 2 < days:
        return Outcome(leads, days if seen else None, converted, None, None, None)
    counts = age_counts(rows, days)
    rate = incidence(counts).final
    if np.isnan(effect):
        return Outcome(leads, days, converted, rate, None, None)
    came, records = effective_records(counts, days)
    if not records:  # nothing came of any, and none is as old as that: as far as they are seen
        came, records = effective_records(counts, horizon_days(rows))
    came, records = came / effect, records / effect
    low, high = wilson(np.array([came]), np.array([records]))
    return Outcome(
        leads, days, converted, rate, min(float(low[0]), rate), max(float(high[0]), rate),
        (came, records),
    )  # fmt: skip


def _effect(row: dict[str, float], stage: Stage) -> tuple[int, float]:
    """How many leads a group has, and as how many of them one counts."""
    name = stage.value
    sums = AccountSums(
        accounts=int(row["accounts"]),
        reached=row["reached"],
        converted=row[f"converted_{name}"],
        reached_squared=row["reached_squared"],
        converted_squared=row[f"squared_{name}"],
        converted_by_reached=row[f"crossed_{name}"],
    )
    return int(row["reached"]), design_effect(sums)


def _sums(scope: Scope, column: str) -> Query:
    """Sums over the accounts of each group; a lead without one is an account of its own."""
    names = [stage.value for stage in STAGES]
    counts = ", ".join(
        f"CAST(count(CASE WHEN {name}_on <= observed_until THEN 1 END) AS DOUBLE)"
        f" AS converted_{name}"
        for name in names
    )
    shared = "account_id IS NOT NULL"
    sums = ", ".join(
        f"sum(converted_{name}) AS converted_{name},"
        f" sum(CASE WHEN {shared} THEN converted_{name} * converted_{name}"
        f" ELSE converted_{name} END) AS squared_{name},"
        f" sum(CASE WHEN {shared} THEN converted_{name} * reached"
        f" ELSE converted_{name} END) AS crossed_{name}"
        for name in names
    )
    return Query(
        scope.step("lead_quality"),
        Step(
            "accounts",
            f"""
            SELECT {column}, account_id, CAST(count(*) AS DOUBLE) AS reached, {counts}
            FROM scoped
            WHERE lead_on BETWEEN period_start AND period_end AND lead_on <= observed_until
                AND {column} IS NOT NULL
            GROUP BY {column}, account_id
            """,
        ),
        Step(
            "group_sums",
            f"""
            SELECT {column}, sum(reached) AS reached,
                sum(CASE WHEN {shared} THEN 1e0 ELSE reached END) AS accounts,
                sum(CASE WHEN {shared} THEN reached * reached ELSE reached END) AS reached_squared,
                {sums}
            FROM accounts
            GROUP BY {column}
            ORDER BY {column}
            """,
        ),
    )
