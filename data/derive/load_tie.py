"""SQL steps that build `load_tie`: loads of which nothing tells which one is newer."""

from __future__ import annotations

from data.schema.bookkeeping import LOADS_IN_ORDER
from data.schema.contract import columns, key
from data.schema.tables import CANONICAL
from data.sql import Step, identifier

_AT_ONE_TIME = """{other}.mapping = load.mapping AND {other}.load_id <> load.load_id
    AND abs(date_diff('second', {other}.as_of, load.as_of)) <= 60"""
"""Of one kind and true within a minute, because files are copied as quickly."""

TIED_LOADS = f"""load WHERE EXISTS (
    SELECT 1 FROM load AS other WHERE {_AT_ONE_TIME.format(other="other")}
)"""
"""Loads beside which there is another one of the same kind and time."""


def load_tie_steps() -> tuple[Step, ...]:
    """Steps that end in `load_tie`: one row per pair of loads and table that they contradict in.

    Two loads contradict each other where both say something of a column of a record and not the
    same, and no load says anything of the record that is newer than both.
    """
    ties = tuple(_tied_records(table) for table in CANONICAL if _contents(table))
    found = " UNION ALL ".join(f"SELECT * FROM {step.name}" for step in ties)
    return (
        Step("ranked_loads", LOADS_IN_ORDER),
        Step(
            "tied_loads",
            f"""
            SELECT older.load_id AS older_load_id, load.load_id AS newer_load_id,
                newer_rank.place AS newer_place
            FROM load
            JOIN load AS older ON {_AT_ONE_TIME.format(other="older")}
            JOIN ranked_loads AS older_rank ON older_rank.load_id = older.load_id
            JOIN ranked_loads AS newer_rank ON newer_rank.load_id = load.load_id
            WHERE older_rank.place < newer_rank.place
            """,
        ),
        *ties,
        Step(
            "load_tie",
            f"SELECT newer_load_id, older_load_id, table_name, records FROM ({found}) AS found",
        ),
    )


def _contents(table: str) -> tuple[str, ...]:
    """Columns in which loads can say different things of one record."""
    contract = CANONICAL[table]
    others = ("load_id", *key(contract))
    return tuple(identifier(name) for name in columns(contract) if name not in others)


def _tied_records(table: str) -> Step:
    keys = tuple(identifier(name) for name in key(CANONICAL[table]))
    listed = ", ".join(keys)
    of_reported = ", ".join(f"reported.{name}" for name in keys)
    same = " AND ".join(f"{{0}}.{name} = {{1}}.{name}" for name in keys)
    reports = (
        f"SELECT {listed}, load_id, load_id AS same_as FROM {table}_version UNION ALL "
        f"SELECT {listed}, load_id, same_as FROM {table}_reported_by"
    )
    differs = " OR ".join(f"coalesce(one.{name} <> two.{name}, false)" for name in _contents(table))
    return Step(
        f"tied_{table}",
        f"""
        SELECT tied_loads.newer_load_id, tied_loads.older_load_id, '{table}' AS table_name,
            count(*) AS records
        FROM tied_loads
        JOIN ({reports}) AS newer ON newer.load_id = tied_loads.newer_load_id
        JOIN ({reports}) AS older ON older.load_id = tied_loads.older_load_id
            AND {same.format("older", "newer")}
        JOIN {table}_version AS one ON one.load_id = newer.same_as
            AND {same.format("one", "newer")}
        JOIN {table}_version AS two ON two.load_id = older.same_as
            AND {same.format("two", "older")}
        LEFT JOIN (
            SELECT {of_reported}, max(ranked_loads.place) AS place
            FROM ({reports}) AS reported
            JOIN ranked_loads ON ranked_loads.load_id = reported.load_id
            GROUP BY {of_reported}
        ) AS last ON {same.format("last", "newer")}
        WHERE ({differs}) AND last.place = tied_loads.newer_place
        GROUP BY tied_loads.newer_load_id, tied_loads.older_load_id
        """,
    )
