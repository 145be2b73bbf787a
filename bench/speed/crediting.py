"""Row 6: credit by every model from touches, against ChannelAttribution on paths built for it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import polars as pl

from bench.report import Line, in_turn
from bench.stores import Size, loaded_store
from data.definitions import Definitions
from data.engine.warehouse import DuckDBWarehouse
from data.sql import Query, Step
from data.storage.store import Store
from metrics.attribution.chains import chances_to_come, first_order_steps
from metrics.attribution.credit import channel_credit, credit_of
from metrics.attribution.journeys import chain_counts, journey_steps
from metrics.attribution.paths import path_steps
from metrics.attribution.question import PathKind, Question, Worth
from metrics.estimators.credit.chain import removal_effects
from metrics.horizon import horizon
from metrics.period import Period
from metrics.scope import Scope

BUDGET = 0.1
"""Ten times as fast."""

PEER = "ChannelAttribution"
LOOKBACK_DAYS = 10_000
"""All touches count, as they do for the peer."""

_PATHS = Step(
    "written",
    """
    SELECT path, count(CASE WHEN converted THEN 1 END) AS conversions,
        count(CASE WHEN NOT converted THEN 1 END) AS nulls
    FROM (
        SELECT string_agg(codes.segment, ' > ' ORDER BY by_day.place) AS path,
            by_day.converted_on IS NOT NULL AS converted
        FROM by_day
        JOIN codes ON codes.code = by_day.code
        GROUP BY by_day.who_key, by_day.moment, by_day.converted_on
    ) AS journeys
    GROUP BY path
    """,
)


_TOGETHER = Step(
    "together",
    """
    SELECT coalesce(sum(conversions - 1), 0) AS conversions
    FROM (
        SELECT owners.who_key, events.converted_on, count(*) AS conversions
        FROM events
        JOIN owners ON owners.who = events.who
        GROUP BY owners.who_key, events.converted_on
    ) AS days
    """,
)
"""Conversions for a rule that share a day with another of their company: one path for the peer."""

_ELSEWHERE = Step(
    "elsewhere",
    """
    SELECT count(DISTINCT conversions.subject_id) AS conversions
    FROM conversions
    JOIN touch AS touches ON touches.person_id = conversions.person_id
    WHERE touches.occurred_on <= conversions.converted_on
        AND (touches.account_id IS NULL OR conversions.account_id IS NULL
            OR touches.account_id <> conversions.account_id)
    """,
)
"""Conversions whose person also acted for another company: a path of that company for the peer."""


def measure_crediting(size: Size) -> list[Line]:
    """One line for all models with their bounds, and one against the peer where it is installed.

    Raises SystemExit where first, last or linear credit differs from the peer's, by more than the
    conversions that are another path for it, or its simulated removal effects from the exact ones
    by more than two points of a share.
    """
    path = Store(loaded_store(size)).current().path
    with DuckDBWarehouse.open(path) as warehouse:
        found = horizon(warehouse)
    scope = Scope(period=Period(found.first, found.last), observed_until=found.last)
    (ours,) = in_turn(partial(_ours, path, scope), rounds=3)
    against = f"{PEER}, not installed"
    if not find_spec(PEER):
        return [Line(_WHAT, size.label, ours, against, None, f"≤ {BUDGET} ×", met=False)]
    with DuckDBWarehouse.open(path) as warehouse:
        _hold_against_the_peer(warehouse, scope)
    theirs = min(_theirs(path, scope) for _ in range(3))
    return [Line.within(BUDGET, _WHAT, size.label, ours, f"{PEER}, 3 rules and Markov", theirs)]


_WHAT = "6 · 12 rules, Markov 1 to 3, Shapley, bounds"


def _ours(path: Path, scope: Scope) -> None:
    with DuckDBWarehouse.open(path) as warehouse:
        channel_credit(warehouse, scope, Definitions.load())


def _theirs(path: Path, scope: Scope) -> float:
    begun = perf_counter()
    with DuckDBWarehouse.open(path, memory_limit="4GB") as warehouse:
        written = _paths(warehouse, _question(scope))
    peer = import_module(PEER)
    frame = written.to_pandas()
    peer.heuristic_models(frame, "path", "conversions")
    peer.markov_model(frame, "path", "conversions", var_null="nulls", verbose=False)
    return perf_counter() - begun


def _question(scope: Scope) -> Question:
    return Question(scope, worth=Worth.COUNT, path=PathKind.EVERY, lookback_days=LOOKBACK_DAYS)


def _paths(warehouse: DuckDBWarehouse, question: Question) -> pl.DataFrame:
    return warehouse.query(Query(*journey_steps(question, LOOKBACK_DAYS), _PATHS))


def _hold_against_the_peer(warehouse: DuckDBWarehouse, scope: Scope) -> None:
    question = _question(scope)
    peer: Any = import_module(PEER)
    frame = _paths(warehouse, question).to_pandas()
    rules = peer.heuristic_models(frame, "path", "conversions").set_index("channel_name")
    every_touch = replace(question, lookback_days=None)
    apart = sum(
        int(warehouse.query(Query(*steps)).item())
        for steps in (
            (*journey_steps(question, LOOKBACK_DAYS), _TOGETHER),
            (*path_steps(every_touch), _ELSEWHERE),
        )
    )
    mine = credit_of(warehouse, every_touch, 1)
    for model, column in (
        ("first", "first_touch"),
        ("last", "last_touch"),
        ("linear", "linear_touch"),
    ):
        for row in mine.filter(model=model).iter_rows(named=True):
            if row["segment"] in rules.index:
                theirs = float(rules.loc[row["segment"], column])
                if abs(theirs - float(row["credit"])) > apart + 1e-5 * max(theirs, 1):
                    raise SystemExit(f"{model} of {row['segment']}: {row['credit']}, peer {theirs}")
    counts = chain_counts(warehouse, question, LOOKBACK_DAYS)
    steps = first_order_steps(counts, chances_to_come(counts)).sum(axis=0)
    converted = np.zeros(len(counts.segments))
    lost = np.zeros(len(counts.segments))
    for row in counts.ends.iter_rows(named=True):
        (converted if row["converted"] else lost)[row["before_1"] - 1] += row["journeys"]
    # The peer takes open journeys for lost ones.
    steps[1:, -2], steps[1:, -1] = converted, lost
    effects = removal_effects(steps)
    shares = dict(zip(counts.segments, effects / effects.sum(), strict=True))
    simulated = peer.markov_model(frame, "path", "conversions", var_null="nulls", verbose=False)
    total = float(simulated["total_conversions"].sum())
    for name, credit in simulated[["channel_name", "total_conversions"]].itertuples(index=False):
        if abs(credit / total - shares[name]) > 0.02:
            raise SystemExit(f"Markov of {name}: {shares[name]:.4f}, peer {credit / total:.4f}")
