"""Putting a load's rows into the canonical tables, whatever came before, and taking them out.

The rows of a key that several loads touched are all kept in `T_version`; the row in T is their
merge: in each column the latest value that is not missing, the latest load being the one with the
greatest (as_of, sha256). So the order in which files arrive can not be seen, and a load can be
taken out as if it had never been. `load_id` of a merged row is the load that told of it first.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

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


class _Age(Enum):
    """Where a load stands among all loads, by (as_of, sha256)."""

    NEWEST = "newest"
    OLDEST = "oldest"
    BETWEEN = "between"


def merge(draft: Draft, table: str, rows: str, load_id: str) -> Merged:
    """Put rows into a canonical table. `rows` is a SELECT of them, one per key.

    The load must be in `load` already.
    """
    names = _names(table)
    if _count(draft, table) == 0:
        draft.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM ({rows}) AS told")
        return Merged(new=_count(draft, table), changed=0)
    draft.execute(f"CREATE OR REPLACE TEMP TABLE incoming AS {rows}")
    keys = _keys(table)
    draft.execute(
        "CREATE OR REPLACE TEMP TABLE pairs AS SELECT incoming.rowid AS told, known.rowid AS kept "
        f"FROM incoming JOIN {table} AS known USING ({keys})"
    )
    changed = _merge_pairs(draft, table, load_id) if _count(draft, "pairs") else 0
    before = _count(draft, table)
    draft.execute(
        f"INSERT INTO {table} ({names}) SELECT {names} FROM incoming "
        "ANTI JOIN pairs ON pairs.told = incoming.rowid"
    )
    new = _count(draft, table) - before
    draft.execute("DROP TABLE pairs")
    draft.execute("DROP TABLE incoming")
    return Merged(new=new, changed=changed)


def take_out(draft: Draft, load_id: str) -> None:
    """Remove everything a load brought, as if its file had never been loaded."""
    for table in CANONICAL:
        keys = _keys(table)
        draft.execute(
            "CREATE OR REPLACE TEMP TABLE shared AS "
            f"SELECT DISTINCT {keys} FROM {table}_version WHERE load_id = ?",
            (load_id,),
        )
        if _count(draft, "shared"):
            draft.execute(f"DELETE FROM {table}_version WHERE load_id = ?", (load_id,))
            _merge_versions(draft, table, "shared")
            draft.execute(
                f"DELETE FROM {table}_version WHERE ({keys}) IN ("
                f"SELECT ({keys}) FROM {table}_version SEMI JOIN shared USING ({keys}) "
                f"GROUP BY {keys} HAVING count(*) = 1)"
            )
        draft.execute(f"DELETE FROM {table} WHERE load_id = ?", (load_id,))
        draft.execute("DROP TABLE shared")
    for table in ("rejected_row", "restatement", "sample_load", "load"):
        draft.execute(f"DELETE FROM {table} WHERE load_id = ?", (load_id,))


def _merge_pairs(draft: Draft, table: str, load_id: str) -> int:
    """Keep both versions of each pair and merge them; returns in how many rows a value changed."""
    names, keys = _names(table), _keys(table)
    told = ", ".join(
        f"CAST(NULL AS {field.sql_type}) AS {identifier(name)}"
        if (table, name) in _FILLED_LATER
        else identifier(name)
        for name, field in fields(table).items()
    )
    versions = (
        f"ANTI JOIN {table}_version USING ({keys})" if _count(draft, f"{table}_version") else ""
    )
    draft.execute(
        f"INSERT INTO {table}_version ({names}) SELECT {told} FROM {table} AS known "
        f"SEMI JOIN pairs ON pairs.kept = known.rowid {versions}"
    )
    draft.execute(
        f"INSERT INTO {table}_version ({names}) SELECT {names} FROM incoming "
        "SEMI JOIN pairs ON pairs.told = incoming.rowid"
    )
    age = _age(draft, load_id)
    if age is _Age.BETWEEN:
        return _merge_versions(draft, table, "incoming")
    merged = ", ".join(_of_two(table, name, age) for name in fields(table))
    return _replace(
        draft,
        table,
        f"SELECT pairs.kept AS kept_row, {merged} "
        "FROM pairs JOIN incoming ON incoming.rowid = pairs.told "
        f"JOIN {table} AS known ON known.rowid = pairs.kept",
    )


def _of_two(table: str, name: str, age: _Age) -> str:
    """SQL of a merged column, of the known row and of a load older or newer than all in it."""
    column = identifier(name)
    if name in key(CANONICAL[table]) or (table, name) in _FILLED_LATER:
        return f"known.{column} AS {column}"
    first = ("incoming", "known") if age is _Age.NEWEST else ("known", "incoming")
    if name == "load_id":
        return f"{first[1]}.{column} AS {column}"
    return f"coalesce({first[0]}.{column}, {first[1]}.{column}) AS {column}"


def _age(draft: Draft, load_id: str) -> _Age:
    newer, older = draft.query(
        "SELECT count(*) FILTER (WHERE (other.as_of, other.sha256) > (own.as_of, own.sha256)), "
        "count(*) FILTER (WHERE (other.as_of, other.sha256) < (own.as_of, own.sha256)) "
        "FROM load AS other, load AS own WHERE own.load_id = ?",
        (load_id,),
    ).row(0)
    if not newer:
        return _Age.NEWEST
    return _Age.BETWEEN if older else _Age.OLDEST


def _merge_versions(draft: Draft, table: str, touched: str) -> int:
    """Merge all versions of the keys in `touched`; returns in how many rows a value changed."""
    keys = _keys(table)
    names = [name for name in fields(table) if name not in key(CANONICAL[table])]
    values = ", ".join(
        f"arg_min({identifier(name)}, load_rank) AS {identifier(name)}"
        if name == "load_id"
        else f"arg_max({identifier(name)}, load_rank) AS {identifier(name)}"
        for name in names
    )
    return _replace(
        draft,
        table,
        f"""
        SELECT known.rowid AS kept_row, latest.* FROM (
            SELECT {keys}, {values}
            FROM (SELECT * FROM {table}_version SEMI JOIN {touched} USING ({keys})) AS versions
            JOIN (
                SELECT load_id AS ranked_id, row_number() OVER (ORDER BY as_of, sha256) AS load_rank
                FROM load
            ) AS ranked ON ranked.ranked_id = versions.load_id
            GROUP BY {keys}
        ) AS latest
        JOIN {table} AS known USING ({keys})
        """,
    )


def _replace(draft: Draft, table: str, merged: str) -> int:
    """Put merged rows in place of the known ones (`kept_row`) from which they differ.

    Returns in how many of them a value changed.
    """
    names = _names(table)
    told = [
        name
        for name in fields(table)
        if name not in key(CANONICAL[table]) and (table, name) not in _FILLED_LATER
    ]
    values = [name for name in told if name != "load_id"]
    draft.execute(
        "CREATE OR REPLACE TEMP TABLE replaced AS "
        f"SELECT merged.*, {_differs(values)} AS changed FROM ({merged}) AS merged "
        f"JOIN {table} AS known ON known.rowid = merged.kept_row WHERE {_differs(told)}"
    )
    (changed,) = draft.query("SELECT count(*) FILTER (WHERE changed) FROM replaced").row(0)
    draft.execute(f"DELETE FROM {table} WHERE rowid IN (SELECT kept_row FROM replaced)")
    draft.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM replaced")
    draft.execute("DROP TABLE replaced")
    return int(changed)


def _differs(names: list[str]) -> str:
    tests = (f"merged.{name} IS DISTINCT FROM known.{name}" for name in map(identifier, names))
    return f"({' OR '.join(tests) or 'false'})"


def _names(table: str) -> str:
    return ", ".join(identifier(name) for name in fields(table))


def _keys(table: str) -> str:
    return ", ".join(identifier(name) for name in key(CANONICAL[table]))


def _count(draft: Draft, table: str) -> int:
    return int(draft.query(f"SELECT count(*) FROM {table}").row(0)[0])
