"""Row 12: incidence by segment, and projections, against hand-written scans of the same counts."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import duckdb
import polars as pl

from bench.report import Line, in_turn
from bench.stores import Size, loaded_store
from data.engine.warehouse import DuckDBWarehouse, Warehouse
from data.sql import Query
from data.storage.store import Store
from metrics.funnel.ages import ages_query, told_days, way_in
from metrics.funnel.cohorts import cohort_ages_query, cohort_projection, ever
from metrics.funnel.incidence import incidence_curve_by
from metrics.horizon import horizon
from metrics.scope import Dimension, Scope

BUDGET = 1.5

COLUMNS = ("records", "converted", "exited")


def measure_following(size: Size) -> list[Line]:
    """Two lines. Raises SystemExit when a hand-written scan counts otherwise.

    From when on outcomes are told is asked once per state of the data, and known here.
    """
    path = Store(loaded_store(size)).current().path
    with DuckDBWarehouse.open(path) as warehouse:
        found = horizon(warehouse)
        scope = Scope(period=found.default_period, observed_until=found.last)
        known = _Knowing(warehouse)
        told = told_days(known)
        way = way_in(scope, None)
        by_channel = _scan("channel", scope)
        for query, written in (
            (ages_query(scope, Dimension.CHANNEL, (way,), told), by_channel),
            (cohort_ages_query(scope, way), _scan("month_on", scope)),
            (ages_query(ever(scope), None, (way,), told), _scan("'all'", ever(scope))),
        ):
            _hold_against(warehouse.query(query), path, written)

    def ours_by_channel() -> None:
        with DuckDBWarehouse.open(path) as opened:
            incidence_curve_by(known.of(opened), scope, Dimension.CHANNEL)

    def ours_projected() -> None:
        with DuckDBWarehouse.open(path) as opened:
            cohort_projection(known.of(opened), scope)

    both = (_scan("month_on", scope), _scan("'all'", ever(scope)))
    lines = []
    for what, ours, scans in (
        ("incidence by channel", ours_by_channel, (by_channel,)),
        ("projection of each month's entries", ours_projected, both),
    ):
        mine, theirs = in_turn(ours, partial(_by_hand, path, *scans))
        against = "a hand-written scan" if len(scans) == 1 else "two hand-written scans"
        lines.append(Line.within(BUDGET, f"12 · {what}", size.label, mine, against, theirs))
    return lines


class _Knowing(Warehouse):
    """A warehouse that knows what it was asked before, as that of the pages does."""

    def __init__(self, inner: Warehouse, known: dict[str, pl.DataFrame] | None = None) -> None:
        self._inner = inner
        self._known = {} if known is None else known
        self._learns = known is None
        self.generation = inner.generation

    def of(self, opened: Warehouse) -> _Knowing:
        """The same knowledge over a connection that is new."""
        return _Knowing(opened, self._known)

    def query(self, query: Query) -> pl.DataFrame:
        """The rows."""
        asked = f"{query.values!r} {query.render()}"
        if (found := self._known.get(asked)) is not None:
            return found
        rows = self._inner.query(query)
        if self._learns:
            self._known[asked] = rows
        return rows


def _by_hand(path: Path, *written: str) -> list[pl.DataFrame]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return [connection.sql(each).pl() for each in written]


def _hold_against(ours: pl.DataFrame, path: Path, written: str) -> None:
    (theirs,) = _by_hand(path, written)
    for name in COLUMNS:
        if ours[name].sum() != theirs[name].sum():
            raise SystemExit(f"{name}: ours {ours[name].sum()}, by hand {theirs[name].sum()}")


def _scan(group: str, scope: Scope) -> str:
    """Leads to wins by age and a group, with who has left and who is open."""
    first, last, seen = (
        f"DATE '{day}'" for day in (scope.period.start, scope.period.end, scope.observed_until)
    )
    return f"""
SELECT {group} AS part, date_diff('day', lead_on, CASE WHEN won_on <= {seen} THEN won_on
        WHEN exit_on <= {seen} THEN exit_on ELSE {seen} END) AS age_days,
    count(*) AS records, count(*) FILTER (won_on <= {seen}) AS converted,
    count(*) FILTER (exit_on <= {seen} AND NOT coalesce(won_on <= {seen}, FALSE)) AS exited
FROM (
    SELECT channel, date_trunc('month', min(lead_on)) AS month_on, min(lead_on) AS lead_on,
        min(won_on) AS won_on, max(CASE WHEN episode = episodes
            AND exit_stage IN ('disqualified', 'lost') THEN exit_on END) AS exit_on
    FROM journey GROUP BY lead_id, channel
)
WHERE lead_on BETWEEN {first} AND {last} AND lead_on <= {seen}
GROUP BY ALL
"""
