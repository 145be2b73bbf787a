"""Which loads report which version of a key: each version is kept once, however many repeat it.

A version of a key is what a load says of it: the columns beside the key, `load_id` and those that
are derived. Of a key of canonical table T

- T has the merge: per column the latest value that is not missing, a load being later by
  (as_of, sha256, load_id); its `load_id` is the earliest load that reports the key;
- `T_version` has every version, where there are several, under the earliest load that reports it;
- `T_reported_by` has each further load that reports the key, `same_as` naming the load under which
  its version is kept.

So where all loads say the same, the version stands in T alone. This follows from the set of loads
and never from the order in which they came.
"""

from __future__ import annotations

from dataclasses import dataclass

from data.engine.draft import Draft
from data.schema.bookkeeping import LOADS_IN_ORDER
from data.schema.contract import key
from data.schema.fields import fields
from data.schema.tables import CANONICAL
from data.sql import identifier

_FILLED_LATER = {("campaign_spend", "cost_amount"), ("opportunity", "amount")}
"""Columns that are derived from others after loading, so that no load reports them."""


@dataclass(frozen=True, slots=True)
class KeyedTable:
    """A canonical table whose rows are kept by key: the names of its columns, quoted for SQL."""

    table: str

    @property
    def key(self) -> tuple[str, ...]:
        """The columns of the key."""
        return tuple(map(identifier, key(CANONICAL[self.table])))

    @property
    def keys(self) -> str:
        """The columns of the key as a list."""
        return ", ".join(self.key)

    @property
    def contents(self) -> tuple[str, ...]:
        """The columns that loads report of a key."""
        return tuple(
            identifier(name)
            for name in fields(self.table)
            if name != "load_id"
            and identifier(name) not in self.key
            and (self.table, name) not in _FILLED_LATER
        )

    @property
    def columns(self) -> str:
        """The key and the contents as a list."""
        return ", ".join((*self.key, *self.contents))

    def number(self, relation: str) -> str:
        """SQL of a number made of a relation's contents: another one where they differ."""
        known = fields(self.table)
        stored = [
            f"CAST({relation}.{identifier(name)} AS {field.sql_type})"
            for name, field in known.items()
            if identifier(name) in self.contents
        ]
        return f"hash({', '.join(stored) or 'NULL'})"

    def differs(self, one: str, other: str) -> str:
        """SQL condition: two relations have other contents."""
        tests = [f"{one}.{name} IS DISTINCT FROM {other}.{name}" for name in self.contents]
        return f"({' OR '.join(tests) or 'false'})"


def expand(draft: Draft, shape: KeyedTable, touched: str) -> None:
    """Lay out all that is known of some keys in the temporary tables `touched_keys`, `key_versions`
    (one row per key and version) and `key_reports` (one row per key and load).

    `touched` is a relation of keys. `content_of` is the load that some contents are kept under.
    """
    table, keys = shape.table, shape.keys
    draft.execute(
        f"CREATE OR REPLACE TEMP TABLE touched_keys AS SELECT DISTINCT {keys} FROM {touched} AS named"
    )
    draft.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE key_versions AS
        SELECT {shape.columns}, load_id AS content_of FROM {table}
        SEMI JOIN touched_keys USING ({keys}) ANTI JOIN {table}_version USING ({keys})
        UNION ALL
        SELECT {shape.columns}, load_id FROM {table}_version SEMI JOIN touched_keys USING ({keys})
        """
    )
    draft.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE key_reports AS
        SELECT {keys}, content_of AS load_id, content_of FROM key_versions
        UNION ALL
        SELECT {keys}, load_id, same_as FROM {table}_reported_by SEMI JOIN touched_keys USING ({keys})
        """
    )


def settle(draft: Draft, shape: KeyedTable) -> int:
    """Write back what `expand` laid out, as it has become since; every key has a report left.

    Returns in how many rows of the canonical table a value changed.
    """
    table, keys = shape.table, shape.keys
    draft.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE kept_under AS
        SELECT {keys}, content_of, arg_min(load_id, place) AS first_load,
            min(place) AS first_place, max(place) AS last_place
        FROM key_reports JOIN ({LOADS_IN_ORDER}) AS ranked USING (load_id)
        GROUP BY {keys}, content_of
        """
    )
    for each in (f"{table}_version", f"{table}_reported_by"):
        draft.execute(
            f"DELETE FROM {each} WHERE rowid IN "
            f"(SELECT kept.rowid FROM {each} AS kept SEMI JOIN touched_keys USING ({keys}))"
        )
    draft.execute(
        f"""
        INSERT INTO {table}_version ({shape.columns}, load_id)
        SELECT {shape.columns}, first_load
        FROM key_versions JOIN kept_under USING ({keys}, content_of)
        QUALIFY count(*) OVER (PARTITION BY {keys}) > 1
        """
    )
    draft.execute(
        f"""
        INSERT INTO {table}_reported_by ({keys}, load_id, same_as)
        SELECT {keys}, load_id, first_load FROM key_reports JOIN kept_under USING ({keys}, content_of)
        WHERE load_id <> first_load
        """
    )
    values = "".join(f", arg_max({name}, last_place) AS {name}" for name in shape.contents)
    changed = replace(
        draft,
        shape,
        f"""
        SELECT known.rowid AS kept_row, merged.* FROM (
            SELECT {keys}, arg_min(first_load, first_place) AS load_id{values}
            FROM key_versions JOIN kept_under USING ({keys}, content_of) GROUP BY {keys}
        ) AS merged
        JOIN {table} AS known USING ({keys})
        """,
    )
    for temporary in ("kept_under", "key_reports", "key_versions", "touched_keys"):
        draft.execute(f"DROP TABLE {temporary}")
    return changed


def replace(draft: Draft, shape: KeyedTable, merged: str) -> int:
    """Put merged rows in place of the known ones (`kept_row`) from which they differ.

    Returns in how many of them a value changed.
    """
    table = shape.table
    changes = shape.differs("merged", "known")
    draft.execute(
        "CREATE OR REPLACE TEMP TABLE replaced AS "
        f"SELECT merged.*, {changes} AS changed FROM ({merged}) AS merged "
        f"JOIN {table} AS known ON known.rowid = merged.kept_row "
        f"WHERE {changes} OR merged.load_id <> known.load_id"
    )
    (changed,) = draft.one("SELECT count(*) FILTER (WHERE changed) FROM replaced")
    draft.execute(f"DELETE FROM {table} WHERE rowid IN (SELECT kept_row FROM replaced)")
    draft.execute(
        f"INSERT INTO {table} ({shape.columns}, load_id) SELECT {shape.columns}, load_id FROM replaced"
    )
    draft.execute("DROP TABLE replaced")
    return int(changed)
