"""Benchmark 3: each metric, cold, against the shortest query with the same numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from bench.report import Line, in_turn
from bench.stores import Size, loaded_store
from data.engine.warehouse import DuckDBWarehouse, Warehouse
from data.storage.store import Store
from metrics.funnel.conversion import stage_conversion, stage_conversion_by
from metrics.funnel.trend import stage_trend
from metrics.headline import headline
from metrics.horizon import horizon
from metrics.scope import Basis, Dimension, Scope, Stage, Unit

BUDGET = 1.3

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Case:
    """A metric and a query that gives the same numbers; `numbers` picks them from its rows."""

    name: str
    ours: Callable[[Warehouse], list[Any]]
    written: str
    numbers: Callable[[Rows], list[Any]]


def measure_metrics(size: Size) -> list[Line]:
    """One line per metric. Raises SystemExit when a hand-written query gives other numbers."""
    path = Store(loaded_store(size)).current().path
    with DuckDBWarehouse.open(path) as warehouse:
        found = horizon(warehouse)
    scope = Scope(period=found.default_period, observed_until=found.last)
    lines = []
    for case in _cases(scope):
        mine, theirs = _measured(path, case), case.numbers(_by_hand(path, case))
        if mine != theirs:
            raise SystemExit(f"{case.name}: ours {mine} is not the hand-written {theirs}")
        ours, other = in_turn(partial(_measured, path, case), partial(_by_hand, path, case))
        lines.append(
            Line.within(BUDGET, f"3 · {case.name}", size.label, ours, "hand-written SQL", other)
        )
    return lines


def _measured(path: Path, case: Case) -> list[Any]:
    """Cold: a new connection each time."""
    with DuckDBWarehouse.open(path) as warehouse:
        return case.ours(warehouse)


def _by_hand(path: Path, case: Case) -> Rows:
    with duckdb.connect(str(path), read_only=True) as connection:
        rows: Rows = connection.execute(case.written).fetchall()
    return rows


def _reached(name: str, scope: Scope, written: str) -> Case:
    """How many reached each of the five stages."""
    return Case(
        f"stage_conversion, {name}",
        lambda warehouse: stage_conversion(warehouse, scope)["reached"].to_list(),
        written,
        lambda rows: list(rows[0][:5]),
    )


def _cases(scope: Scope) -> list[Case]:
    bounds = {
        "first": f"DATE '{scope.period.start}'",
        "last": f"DATE '{scope.period.end}'",
        "seen": f"DATE '{scope.observed_until}'",
    }
    flow = replace(scope, basis=Basis.FLOW)
    accounts = replace(scope, unit=Unit.ACCOUNT)
    whole = {"segment": "", "group": "", **bounds}
    return [
        _reached("cohort", scope, _COHORT.format(subjects=_LEADS, **whole)),
        _reached("flow", flow, _FLOW.format(subjects=_LEADS, **bounds)),
        _reached("accounts", accounts, _COHORT.format(subjects=_ACCOUNTS, **whole)),
        Case(
            "stage_conversion_by channel",
            lambda warehouse: sorted(
                stage_conversion_by(warehouse, scope, Dimension.CHANNEL)
                .pivot("stage", index="channel", values="reached")
                .rows()
            ),
            _COHORT.format(
                subjects=_LEADS_BY_CHANNEL, segment="channel,", group="GROUP BY channel", **bounds
            ),
            lambda rows: sorted(row[:6] for row in rows),
        ),
        Case(
            "stage_trend",
            lambda warehouse: stage_trend(warehouse, scope)["reached"].to_list(),
            _TREND.format(subjects=_LEADS, **bounds),
            lambda rows: [count for row in rows for count in row[1:6]],
        ),
        Case(
            "headline",
            lambda warehouse: list(
                headline(warehouse, scope)
                .select(*(stage.value for stage in Stage), "won_deals", "won_amount")
                .row(0)
            ),
            _HEADLINE.format(subjects=_LEADS, **bounds),
            lambda rows: list(rows[0][:7]),
        ),
    ]


_DAYS = ("min(lead_on) AS lead_on, min(mql_on) AS mql_on, min(sql_on) AS sql_on,"
         " min(opportunity_on) AS opportunity_on, min(won_on) AS won_on")  # fmt: skip
_LEADS = f"(SELECT {_DAYS} FROM journey GROUP BY lead_id)"
_LEADS_BY_CHANNEL = f"(SELECT channel, {_DAYS} FROM journey GROUP BY lead_id, channel)"
_ACCOUNTS = f"(SELECT {_DAYS} FROM journey WHERE account_id IS NOT NULL GROUP BY account_id)"

_COHORT = """
SELECT {segment}
    count(*) FILTER (lead_on BETWEEN {first} AND {last} AND lead_on <= {seen}),
    count(*) FILTER (lead_on BETWEEN {first} AND {last} AND mql_on <= {seen}),
    count(*) FILTER (lead_on BETWEEN {first} AND {last} AND sql_on <= {seen}),
    count(*) FILTER (lead_on BETWEEN {first} AND {last} AND opportunity_on <= {seen}),
    count(*) FILTER (lead_on BETWEEN {first} AND {last} AND won_on <= {seen}),
    count(*) FILTER (mql_on BETWEEN {first} AND {last} AND mql_on <= {seen}),
    count(*) FILTER (mql_on BETWEEN {first} AND {last} AND sql_on <= {seen}),
    count(*) FILTER (sql_on BETWEEN {first} AND {last} AND sql_on <= {seen}),
    count(*) FILTER (sql_on BETWEEN {first} AND {last} AND opportunity_on <= {seen}),
    count(*) FILTER (opportunity_on BETWEEN {first} AND {last} AND opportunity_on <= {seen}),
    count(*) FILTER (opportunity_on BETWEEN {first} AND {last} AND won_on <= {seen}),
    count(*) FILTER (lead_on BETWEEN {first} AND {last} AND lead_on + 60 <= {seen}),
    count(*) FILTER (lead_on BETWEEN {first} AND {last} AND lead_on + 120 <= {seen}),
    count(*) FILTER (lead_on BETWEEN {first} AND {last} AND lead_on + 210 <= {seen}),
    count(*) FILTER (lead_on BETWEEN {first} AND {last} AND lead_on + 390 <= {seen}),
    count(*) FILTER (mql_on BETWEEN {first} AND {last} AND mql_on + 60 <= {seen}),
    count(*) FILTER (sql_on BETWEEN {first} AND {last} AND sql_on + 90 <= {seen}),
    count(*) FILTER (opportunity_on BETWEEN {first} AND {last} AND opportunity_on + 180 <= {seen})
FROM {subjects} {group}
"""

_FLOW = """
SELECT
    count(*) FILTER (lead_on BETWEEN {first} AND {last} AND lead_on <= {seen}),
    count(*) FILTER (mql_on BETWEEN {first} AND {last} AND mql_on <= {seen}),
    count(*) FILTER (sql_on BETWEEN {first} AND {last} AND sql_on <= {seen}),
    count(*) FILTER (opportunity_on BETWEEN {first} AND {last} AND opportunity_on <= {seen}),
    count(*) FILTER (won_on BETWEEN {first} AND {last} AND won_on <= {seen})
FROM {subjects}
"""

_TREND = """
SELECT date_trunc('month', lead_on) AS month_on, count(*),
    count(*) FILTER (mql_on <= {seen}), count(*) FILTER (sql_on <= {seen}),
    count(*) FILTER (opportunity_on <= {seen}), count(*) FILTER (won_on <= {seen}),
    count(*) FILTER (lead_on + 60 <= {seen}), count(*) FILTER (lead_on + 120 <= {seen}),
    count(*) FILTER (lead_on + 210 <= {seen}), count(*) FILTER (lead_on + 390 <= {seen})
FROM {subjects}
WHERE lead_on BETWEEN {first} AND {last} AND lead_on <= {seen}
GROUP BY 1 ORDER BY 1
"""

_HEADLINE = (
    "SELECT * FROM ("
    + _FLOW
    + """) CROSS JOIN (
    SELECT count(*) FILTER (won), sum(amount) FILTER (won),
        count(*) FILTER (won AND original_amount IS NULL),
        sum(amount) FILTER (won AND first_touch_at < opened_at)
    FROM (SELECT *, outcome = 'won' AND closed_on BETWEEN {first} AND {last}
        AND closed_on <= {seen} AS won FROM deal)
) CROSS JOIN (
    SELECT sum(cost_amount) FROM spend
    WHERE spend_on BETWEEN {first} AND {last} AND spend_on <= {seen}
)
"""
)
