"""Which loads report which version of a key: each version is kept once, however many repeat it.

A version of a key is what a load says of it: the columns beside the key, `load_id` and those that
are derived. Of a key of canonical table T

- T has the merge: per column the latest value that is not missing, a load being later by
  (as_of, sha256, load_id); its `load_id` is the earliest load that reports the key. Of one kind of
  export (mapping) the latest load that tells a column (`load_column`) speaks for all before it;
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
from data.sql import Query, Step, identifier, literal
from loaders.writing.telling import told_columns

_FILLED_LATER = {
    ("campaign_spend", "cost_amount"),
    ("opportunity", "amount"),
    ("account_order", "amount"),
}
"""Columns that are derived from others after loading, so that no load reports them."""


@dataclass(frozen=True, slots=True)
class KeyedTable:
    """A canonical table whose rows are kept by key: the names of its columns, quoted for SQL."""

    table: str

    @property
    def versions(self) -> str:
        """The table of the versions that differ."""
        return f"{self.table}_version"

    @property
    def reports(self) -> str:
        """The table of the further loads that report a version."""
        return f"{self.table}_reported_by"

    @property
    def key_names(self) -> tuple[str, ...]:
        """The columns of the key, unquoted."""
        return key(CANONICAL[self.table])

    @property
    def content_names(self) -> tuple[str, ...]:
        """The columns that loads report of a key, unquoted."""
        others = ("load_id", *self.key_names)
        return tuple(
            name
            for name in fields(self.table)
            if name not in others and (self.table, name) not in _FILLED_LATER
        )

    @property
    def version_columns(self) -> tuple[str, ...]:
        """The columns that a load fills of a row or a version, unquoted."""
        return (*self.key_names, *self.content_names, "load_id")

    @property
    def report_columns(self) -> tuple[str, ...]:
        """The columns of a report, unquoted."""
        return (*self.key_names, "load_id", "same_as")

    @property
    def key(self) -> tuple[str, ...]:
        """The columns of the key."""
        return tuple(map(identifier, self.key_names))

    @property
    def keys(self) -> str:
        """The columns of the key as a list."""
        return ", ".join(self.key)

    @property
    def contents(self) -> tuple[str, ...]:
        """The columns that loads report of a key."""
        return tuple(map(identifier, self.content_names))

    @property
    def columns(self) -> str:
        """The key and the contents as a list."""
        return ", ".join((*self.key, *self.contents))

    def number(self, relation: str) -> str:
        """SQL of a number made of a relation's contents: another one where they differ."""
        known = fields(self.table)
        stored = [
            f"CAST({relation}.{identifier(name)} AS {known[name].sql_type})"
            for name in self.content_names
        ]
        return f"hash({', '.join(stored) or 'NULL'})"

    def differs(self, one: str, other: str) -> str:
        """SQL condition: two relations have other contents."""
        tests = [f"{one}.{name} IS DISTINCT FROM {other}.{name}" for name in self.contents]
        return f"({' OR '.join(tests) or 'false'})"


def expand(draft: Draft, shape: KeyedTable, touched: Query) -> None:
    """Lay out all that is known of some keys in the temporary tables `touched_keys`, `key_versions`
    (one row per key and version) and `key_reports` (one row per key and load).

    `touched` is a query of keys. `content_of` is the load that a version is kept under.
    """
    table, keys = shape.table, shape.keys
    distinct_keys = f"SELECT DISTINCT {keys} FROM {touched.steps[-1].name}"
    draft.build("touched_keys", Query(*touched.steps, Step("touched_keys", distinct_keys)))
    draft.build(
        "key_versions",
        Query(
            Step(
                "single_versions",
                f"""
                SELECT {shape.columns}, load_id AS content_of
                FROM {table}
                SEMI JOIN touched_keys USING ({keys})
                ANTI JOIN {shape.versions} USING ({keys})
                """,
            ),
            Step(
                "differing_versions",
                f"""
                SELECT {shape.columns}, load_id AS content_of
                FROM {shape.versions}
                SEMI JOIN touched_keys USING ({keys})
                """,
            ),
            Step(
                "key_versions",
                "SELECT * FROM single_versions UNION ALL SELECT * FROM differing_versions",
            ),
        ),
    )
    draft.build(
        "key_reports",
        Query(
            Step(
                "key_reports",
                f"""
                SELECT {keys}, content_of AS load_id, content_of
                FROM key_versions
                UNION ALL
                SELECT {keys}, load_id, same_as
                FROM {shape.reports}
                SEMI JOIN touched_keys USING ({keys})
                """,
            )
        ),
    )


def settle(draft: Draft, shape: KeyedTable) -> int:
    """Write back what `expand` laid out, as it has become since; every key has a report left.

    Returns in how many rows of the canonical table a value changed.
    """
    keys = shape.keys
    draft.build(
        "version_loads",
        Query(
            Step("ranked_loads", LOADS_IN_ORDER),
            Step(
                "version_loads",
                f"""
                SELECT {keys}, content_of, arg_min(load_id, place) AS first_load,
                    min(place) AS first_place, max(place) AS last_place
                FROM key_reports
                JOIN ranked_loads USING (load_id)
                GROUP BY {keys}, content_of
                """,
            ),
        ),
    )
    for each in (shape.versions, shape.reports):
        kept = f"SELECT kept.rowid FROM {each} AS kept SEMI JOIN touched_keys USING ({keys})"
        draft.delete(each, Query(Step("touched_rows", kept)))
    differing_versions = Step(
        "differing_versions",
        f"""
        SELECT {shape.columns}, first_load AS load_id
        FROM key_versions
        JOIN version_loads USING ({keys}, content_of)
        QUALIFY count(*) OVER (PARTITION BY {keys}) > 1
        """,
    )
    draft.insert(shape.versions, Query(differing_versions), shape.version_columns)
    further_reports = Step(
        "further_reports",
        f"""
        SELECT {keys}, load_id, first_load AS same_as
        FROM key_reports
        JOIN version_loads USING ({keys}, content_of)
        WHERE load_id <> first_load
        """,
    )
    draft.insert(shape.reports, Query(further_reports), shape.report_columns)
    changed = replace(draft, shape, _merged_versions(shape, told_columns(draft, shape.table)))
    for temporary in ("version_loads", "key_reports", "key_versions", "touched_keys"):
        draft.execute(f"DROP TABLE {temporary}")
    return changed


def _merged_versions(shape: KeyedTable, telling: frozenset[str]) -> Query:
    """The touched rows as their versions merge: per column the latest value that stands."""
    told = [name for name in shape.content_names if name in telling]
    tells = "".join(
        f", bool_or(column_name = {literal(each)}) AS {identifier(f'tells_{each}')}"
        for each in told
    )
    floors = "".join(
        f", max(CASE WHEN {identifier(f'tells_{name}')} THEN place END) "
        f"OVER of_mapping AS {identifier(f'from_{name}')}"
        for name in told
    )
    values = "".join(
        f", arg_max({identifier(name)}, place)"
        + (f" FILTER (place >= coalesce({identifier(f'from_{name}')}, 0))" * (name in told))
        + f" AS {identifier(name)}"
        for name in shape.content_names
    )
    return Query(
        Step("ranked_loads", LOADS_IN_ORDER),
        Step(
            "telling_loads",
            f"""
            SELECT load_id{tells} FROM load_column
            WHERE table_name = {literal(shape.table)} GROUP BY load_id
            """,
        ),
        Step(
            "placed_reports",
            f"""
            SELECT {shape.keys}, key_reports.content_of, key_reports.load_id, place{floors}
            FROM key_reports
            JOIN ranked_loads ON ranked_loads.load_id = key_reports.load_id
            JOIN load ON load.load_id = key_reports.load_id
            LEFT JOIN telling_loads ON telling_loads.load_id = key_reports.load_id
            WINDOW of_mapping AS (PARTITION BY {shape.keys}, load.mapping)
            """,
        ),
        Step(
            "merged_keys",
            f"""
            SELECT {shape.keys}, arg_min(load_id, place) AS load_id{values}
            FROM placed_reports
            JOIN key_versions USING ({shape.keys}, content_of)
            GROUP BY {shape.keys}
            """,
        ),
        Step(
            "merged_rows",
            f"""
            SELECT known.rowid AS kept_row, merged_keys.*
            FROM merged_keys
            JOIN {shape.table} AS known USING ({shape.keys})
            """,
        ),
    )


def replace(draft: Draft, shape: KeyedTable, merged: Query) -> int:
    """Put merged rows in place of the known ones (`kept_row`) from which they differ.

    Returns in how many of them a value changed.
    """
    table = shape.table
    changes = shape.differs("merged", "known")
    replaced_rows = Step(
        "replaced_rows",
        f"""
        SELECT merged.*, {changes} AS changed
        FROM {merged.steps[-1].name} AS merged
        JOIN {table} AS known ON known.rowid = merged.kept_row
        WHERE {changes} OR merged.load_id <> known.load_id
        """,
    )
    draft.build("replaced_rows", Query(*merged.steps, replaced_rows))
    (changed,) = draft.one("SELECT count(*) FILTER (WHERE changed) FROM replaced_rows")
    draft.delete(table, Query(Step("former_rows", "SELECT kept_row FROM replaced_rows")))
    current_rows = Step("current_rows", f"SELECT {shape.columns}, load_id FROM replaced_rows")
    draft.insert(table, Query(current_rows), shape.version_columns)
    draft.execute("DROP TABLE replaced_rows")
    return int(changed)
