"""Putting a load's rows into the canonical tables, whatever came before, and taking them out.

The rows of a key that several loads touched are all kept in `T_version`; the row in T is their
merge: in each column the latest value that is not missing, the latest load being the one with the
greatest (as_of, sha256). So the order in which files arrive can not be seen, and a load can be
taken out as if it had never been. `load_id` of a merged row is the load that told of it first.
"""

from __future__ import annotations

from dataclasses import dataclass

from data.draft import Draft
from data.tables import CANONICAL, key
from loaders.checks import fields
from loaders.quoting import identifier

_FILLED_LATER = {("campaign_spend", "cost_amount"), ("opportunity", "amount")}
"""Columns that are derived from others after loading, so that no load tells them."""


@dataclass(frozen=True, slots=True)
class Merged:
    """What a load's rows did to one table."""

    new: int
    changed: int


def merge(draft: Draft, table: str, incoming: str) -> Merged:
    """Put rows into a canonical table. `incoming` is a SELECT of them, one row per key.

    The row of their load must be in `load` already.
    """
    (existing,) = draft.query(f"SELECT EXISTS (SELECT 1 FROM {table})").row(0)
    if existing:
        draft.execute(f"CREATE OR REPLACE TEMP TABLE incoming AS {incoming}")
        incoming = "SELECT * FROM incoming"
        (touched,) = draft.query(
            f"SELECT count(*) FROM incoming SEMI JOIN {table} USING ({_keys(table)})"
        ).row(0)
        if touched:
            return _update(draft, table)
    (before,) = draft.query(f"SELECT count(*) FROM {table}").row(0)
    draft.execute(f"INSERT INTO {table} {incoming}")
    (after,) = draft.query(f"SELECT count(*) FROM {table}").row(0)
    return Merged(new=after - before, changed=0)


def _update(draft: Draft, table: str) -> Merged:
    keys = _keys(table)
    told = ", ".join(_told(table, name) for name in fields(table))
    draft.execute(
        f"INSERT INTO {table}_version SELECT {told} FROM {table} "
        f"SEMI JOIN incoming USING ({keys}) ANTI JOIN {table}_version USING ({keys})"
    )
    draft.execute(
        f"INSERT INTO {table}_version SELECT * FROM incoming SEMI JOIN {table} USING ({keys})"
    )
    (new,) = draft.query(f"SELECT count(*) FROM incoming ANTI JOIN {table} USING ({keys})").row(0)
    draft.execute(
        f"CREATE OR REPLACE TEMP TABLE fresh AS "
        f"SELECT * FROM incoming ANTI JOIN {table} USING ({keys})"
    )
    changed = _recompute(draft, table, f"SELECT {keys} FROM incoming")
    draft.execute(f"INSERT INTO {table} SELECT * FROM fresh")
    draft.execute("DROP TABLE fresh")
    draft.execute("DROP TABLE incoming")
    return Merged(new=new, changed=changed)


def _recompute(draft: Draft, table: str, keys_select: str) -> int:
    """Merge the versions of some keys again; returns in how many rows a value changed."""
    keys = _keys(table)
    names = [name for name in fields(table) if name not in key(CANONICAL[table])]
    values = ", ".join(
        f"arg_min({identifier(name)}, load_rank) AS {identifier(name)}"
        if name == "load_id"
        else f"arg_max({identifier(name)}, load_rank) AS {identifier(name)}"
        for name in names
    )
    order = ", ".join(identifier(name) for name in fields(table))
    draft.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE merged AS
        SELECT {order} FROM (
            SELECT {keys}, {values}
            FROM (SELECT * FROM {table}_version SEMI JOIN ({keys_select}) AS touched USING ({keys}))
                AS versions
            JOIN (
                SELECT load_id AS ranked_id, row_number() OVER (ORDER BY as_of, sha256) AS load_rank
                FROM load
            ) AS ranked ON ranked.ranked_id = versions.load_id
            GROUP BY {keys}
        ) AS latest
        """
    )
    compared = [name for name in names if (table, name) not in _FILLED_LATER]
    differs = " OR ".join(
        f"merged.{identifier(name)} IS DISTINCT FROM {table}.{identifier(name)}"
        for name in compared
    )
    told_otherwise = " OR ".join(
        f"merged.{identifier(name)} IS DISTINCT FROM {table}.{identifier(name)}"
        for name in compared
        if name != "load_id"
    )
    (changed,) = draft.query(
        f"SELECT count(*) FROM merged JOIN {table} USING ({keys}) WHERE {told_otherwise or 'false'}"
    ).row(0)
    draft.execute(
        f"CREATE OR REPLACE TEMP TABLE replaced AS "
        f"SELECT merged.* FROM merged JOIN {table} USING ({keys}) WHERE {differs}"
    )
    matches = " AND ".join(
        f"{table}.{identifier(name)} = replaced.{identifier(name)}"
        for name in key(CANONICAL[table])
    )
    draft.execute(f"DELETE FROM {table} USING replaced WHERE {matches}")
    draft.execute(f"INSERT INTO {table} SELECT * FROM replaced")
    draft.execute("DROP TABLE merged")
    draft.execute("DROP TABLE replaced")
    return int(changed)


def take_out(draft: Draft, load_id: str) -> None:
    """Remove everything a load brought, as if its file had never been loaded."""
    for table in CANONICAL:
        keys = _keys(table)
        draft.execute(
            f"CREATE OR REPLACE TEMP TABLE shared AS "
            f"SELECT DISTINCT {keys} FROM {table}_version WHERE load_id = ?",
            (load_id,),
        )
        draft.execute(f"DELETE FROM {table}_version WHERE load_id = ?", (load_id,))
        _recompute(draft, table, "SELECT * FROM shared")
        draft.execute(
            f"DELETE FROM {table}_version WHERE ({keys}) IN ("
            f"SELECT ({keys}) FROM {table}_version SEMI JOIN shared USING ({keys}) "
            f"GROUP BY {keys} HAVING count(*) = 1)"
        )
        draft.execute(f"DELETE FROM {table} WHERE load_id = ?", (load_id,))
        draft.execute("DROP TABLE shared")
    for table in ("rejected_row", "restatement", "load"):
        draft.execute(f"DELETE FROM {table} WHERE load_id = ?", (load_id,))


def _keys(table: str) -> str:
    return ", ".join(identifier(name) for name in key(CANONICAL[table]))


def _told(table: str, name: str) -> str:
    if (table, name) in _FILLED_LATER:
        return f"CAST(NULL AS {fields(table)[name].sql_type}) AS {identifier(name)}"
    return identifier(name)
