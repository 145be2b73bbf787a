"""How many of each segment reached each stage, with the sums over accounts that rates need."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from data.engine.warehouse import Warehouse
from data.sql import Query, Step
from metrics.scope import Basis, Dimension, Scope, Stage
from metrics.segments.measures import Measure
from metrics.subjects import subject_steps

SUMS = (
    "whole_accounts",
    "accounts",
    "accounts_of_its_own",
    "reached_squared",
    "converted_squared",
    "converted_by_reached",
    "reached_by_all",
    "converted_by_all",
    "converted_by_all_reached",
    "reached_by_all_converted",
)
"""Of a rate, what is summed over accounts: of the segment's records, and across with all."""


def counted(
    warehouse: Warehouse,
    scope: Scope,
    by: Sequence[Dimension],
    stages: Sequence[Stage],
    rates: Sequence[Measure],
) -> pl.DataFrame:
    """How many of each segment reached each of the stages? One row per segment, one scan.

    `reached_…` are the counts of `stage_conversion` on the scope's basis. For each rate there are
    the sums named in `SUMS`, each followed by the rate's name: a record without an account is an
    account of its own. `whole_accounts` adds up over segments to the accounts of everyone.
    """
    listed = ", ".join(each.value for each in by)
    flags = ", ".join(
        f"CASE WHEN {reached(scope, stage)} THEN 1e0 ELSE 0e0 END AS reached_{stage.value}"
        for stage in stages
    )
    inside = " OR ".join(reached(scope, stage) for stage in _widest(scope, stages))
    members = Step("members", f"SELECT {listed}, account_id, {flags} FROM subjects WHERE {inside}")
    counts = ", ".join(f"sum(reached_{each.value}) AS reached_{each.value}" for each in stages)
    if not rates:
        last = [Step("counted", f"SELECT {listed}, {counts} FROM members GROUP BY {listed}")]
    else:
        last = _over_accounts(listed, counts, stages, rates)
    found = warehouse.query(Query(*subject_steps(scope, by), members, *last))
    return found.with_columns(pl.col("^reached_[a-z]+$").cast(pl.Int64))


def _over_accounts(
    listed: str, counts: str, stages: Sequence[Stage], rates: Sequence[Measure]
) -> list[Step]:
    """First one row per segment and account, beside it all of that account, then the sums."""
    whole = dict.fromkeys(stage for each in rates for stage in each.way)
    alls = ", ".join(f"sum(reached_{each.value}) AS all_{each.value}" for each in whole)
    beside = ", ".join(f"all_{each.value}" for each in whole)
    sums = ", ".join(part for each in rates for part in _sums(each))
    grouped = f"SELECT {listed}, account_id, {counts} FROM members GROUP BY {listed}, account_id"
    return [
        Step("accounts", grouped),
        # A window over the accounts would do the same in twice the time.
        Step("whole_accounts", f"SELECT account_id, {alls} FROM accounts GROUP BY account_id"),
        Step(
            "beside_all",
            f"""
            SELECT accounts.*, {beside}
            FROM accounts
            LEFT JOIN whole_accounts ON whole_accounts.account_id = accounts.account_id
            """,
        ),
        Step("counted", f"SELECT {listed}, {counts}, {sums} FROM beside_all GROUP BY {listed}"),
    ]


def _sums(rate: Measure) -> list[str]:
    start, end = rate.way
    n, c = f"reached_{start.value}", f"reached_{end.value}"
    every_n, every_c = f"all_{start.value}", f"all_{end.value}"
    # Of an account that has none of them in any segment, nothing is divided.
    part = f"CASE WHEN {every_n} > 0 THEN {n} / {every_n} ELSE 0e0 END"
    products = (
        (part, n),
        (f"CASE WHEN {n} > 0 THEN 1e0 ELSE 0e0 END", n),
        (f"CASE WHEN {n} > 0 AND {n} = {every_n} THEN 1e0 ELSE 0e0 END", n),
        (f"{n} * {n}", n),
        (f"{c} * {c}", c),
        (f"{c} * {n}", c),
        (f"{n} * {every_n}", n),
        (f"{c} * {every_c}", c),
        (f"{c} * {every_n}", c),
        (f"{n} * {every_c}", c),
    )
    return [
        f"sum(CASE WHEN account_id IS NULL THEN {alone} ELSE {product} END) AS {name}_{rate.value}"
        for name, (product, alone) in zip(SUMS, products, strict=True)
    ]


def _widest(scope: Scope, stages: Sequence[Stage]) -> Sequence[Stage]:
    """The stages that whoever is counted has reached one of: of a cohort the first."""
    return scope.unit.stages[:1] if scope.basis is Basis.COHORT else stages


def reached(scope: Scope, stage: Stage) -> str:
    """SQL: the subject is counted in the stage, as `stage_conversion` counts it."""
    here, first = f"{stage.value}_on", f"{scope.unit.stages[0].value}_on"
    day = here if scope.basis is Basis.FLOW else first
    entered = f"({day} BETWEEN period_start AND period_end AND {day} <= observed_until"
    if day == here:
        return f"{entered})"
    by = f"{stage.value}_by_on"
    return (
        f"{entered} AND {by} <= observed_until"
        f" AND (window_days IS NULL OR date_diff('day', {first}, {by}) <= window_days))"
    )
