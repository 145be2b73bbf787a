"""Putting a load's rows into one canonical table, whatever came before.

What several loads report of a key is kept as `loaders.writing.versions` says, so that the order in
which files arrive cannot be seen.
"""

from __future__ import annotations

from data.engine.draft import Draft
from data.schema.bookkeeping import LOADS_IN_ORDER
from data.schema.fields import fields
from data.sql import identifier, literal
from loaders.writing.versions import KeyedTable, expand, replace, settle


def merge_into(draft: Draft, table: str, rows: str, load_id: str) -> int:
    """Put rows into a canonical table. `rows` is a SELECT of them, one per key.

    The load must be in `load` already. Returns in how many known rows a value changed.
    """
    names = ", ".join(map(identifier, fields(table)))
    if not holds_any(draft, table):
        draft.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM ({rows}) AS incoming")
        return 0
    compare(draft, table, rows, load_id)
    return take_in(draft, table, load_id)


def compare(draft: Draft, table: str, rows: str, load_id: str) -> None:
    """Make `incoming`: the rows beside what is known of their keys, for `take_in`.

    `kept_row` is the known row, `kept_load` its load. Of a row that `says_same` as all the earlier
    ones only its load is to be noted, so that its contents are left out. Contents are compared
    by numbers made of them, so that only those, and not all that is known, must fit in memory.
    """
    shape = KeyedTable(table)
    keys = shape.keys
    has_versions, versions = "false", ""
    if holds_any(draft, f"{table}_version"):
        has_versions = "versions.known IS NOT NULL"
        versions = (
            f"LEFT JOIN (SELECT DISTINCT {keys}, true AS known FROM {table}_version) "
            f"AS versions USING ({keys})"
        )
    contents = (f"CASE WHEN NOT says_same THEN {name} END AS {name}" for name in shape.contents)
    draft.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE incoming AS
        SELECT {", ".join((*shape.key, *contents))}, load_id, kept_row, kept_load, has_versions,
            says_same
        FROM (
            SELECT reported.*, known.kept_row, known.kept_load, {has_versions} AS has_versions,
                earlier.load_id IS NOT NULL AND NOT {has_versions}
                    AND {shape.number("reported")} = known.number AS says_same
            FROM ({rows}) AS reported
            LEFT JOIN (
                SELECT {keys}, rowid AS kept_row, load_id AS kept_load,
                    {shape.number(table)} AS number
                FROM {table}
            ) AS known USING ({keys})
            LEFT JOIN ({_earlier(load_id)}) AS earlier ON earlier.load_id = known.kept_load
            {versions}
        ) AS compared
        """
    )


def take_in(draft: Draft, table: str, load_id: str) -> int:
    """Put the rows of `incoming` into a canonical table, and drop it.

    Returns in how many known rows a value changed.
    """
    shape = KeyedTable(table)
    draft.execute(
        f"INSERT INTO {table}_reported_by ({shape.keys}, load_id, same_as) "
        f"SELECT {shape.keys}, load_id, kept_load FROM incoming WHERE says_same"
    )
    changed = 0
    if holds_any(draft, "incoming", "kept_row IS NOT NULL AND NOT says_same"):
        way = _merge_newest if _is_newest(draft, table, load_id) else _merge_between
        changed = way(draft, shape)
    draft.execute(
        f"INSERT INTO {table} ({shape.columns}, load_id) "
        f"SELECT {shape.columns}, load_id FROM incoming WHERE kept_row IS NULL"
    )
    draft.execute("DROP TABLE incoming")
    return changed


def has_key_twice(draft: Draft, table: str, keys: str) -> bool:
    """Whether a key is in the table twice. Numbers made of the keys are compared first."""
    twice = "GROUP BY ALL HAVING count(*) > 1"
    alike = f"SELECT hash({keys}) AS number FROM {table} {twice} LIMIT 1"
    if draft.query(alike).is_empty():
        return False
    return not draft.query(f"SELECT {keys} FROM {table} {twice} LIMIT 1").is_empty()


def holds_any(draft: Draft, table: str, condition: str = "true") -> bool:
    """Whether the table has a row for which the condition is true."""
    return bool(draft.one(f"SELECT EXISTS (SELECT 1 FROM {table} WHERE {condition})")[0])


def count(draft: Draft, table: str) -> int:
    """How many rows the table has."""
    return int(draft.one(f"SELECT count(*) FROM {table}")[0])


def _earlier(load_id: str) -> str:
    """SELECT of the loads that are earlier than one."""
    return (
        f"SELECT ranked.load_id FROM ({LOADS_IN_ORDER}) AS ranked "
        f"JOIN ({LOADS_IN_ORDER}) AS own "
        f"ON own.load_id = {literal(load_id)} AND ranked.place < own.place"
    )


def _is_newest(draft: Draft, table: str, load_id: str) -> bool:
    """Whether a load is later than every other that reports anything of the table."""
    own, latest = draft.one(
        f"""
        SELECT max(place) FILTER (WHERE load_id = ?), max(place) FILTER (WHERE load_id <> ?)
        FROM ({LOADS_IN_ORDER}) AS ranked
        WHERE load_id = ? OR load_id IN (
            SELECT load_id FROM {table} UNION SELECT load_id FROM {table}_version
            UNION SELECT load_id FROM {table}_reported_by
        )
        """,
        (load_id, load_id, load_id),
    )
    return bool(latest is None or own > latest)


def _merge_newest(draft: Draft, shape: KeyedTable) -> int:
    """Merge the rows of a load that is later than all: what it says stands, whatever else was.

    Returns in how many rows a value changed.
    """
    table, keys = shape.table, shape.keys
    again = "SELECT * FROM incoming WHERE has_versions"
    as_before = (
        f"version ON {_same_key(shape, 'version')} AND NOT {shape.differs('again', 'version')}"
    )
    draft.execute(
        f"INSERT INTO {table}_reported_by ({keys}, load_id, same_as) "
        f"SELECT {_of(shape, 'again')}, again.load_id, version.load_id "
        f"FROM ({again}) AS again JOIN {table}_version AS {as_before}"
    )
    draft.execute(
        f"INSERT INTO {table}_version ({shape.columns}, load_id) SELECT {shape.columns}, load_id "
        f"FROM ({again}) AS again ANTI JOIN {table}_version AS {as_before}"
    )
    other = "kept_row IS NOT NULL AND NOT says_same AND NOT has_versions"
    draft.execute(
        f"INSERT INTO {table}_version ({shape.columns}, load_id) "
        f"SELECT {shape.columns}, load_id FROM {table} "
        f"WHERE rowid IN (SELECT kept_row FROM incoming WHERE {other}) "
        f"UNION ALL SELECT {shape.columns}, load_id FROM incoming WHERE {other}"
    )
    values = "".join(
        f", coalesce(newest.{name}, known.{name}) AS {name}" for name in shape.contents
    )
    known = ", ".join(f"known.{name}" for name in (*shape.key, "load_id"))
    return replace(
        draft,
        shape,
        f"SELECT newest.kept_row, {known}{values} FROM incoming AS newest "
        f"JOIN {table} AS known ON known.rowid = newest.kept_row WHERE NOT newest.says_same",
    )


def _merge_between(draft: Draft, shape: KeyedTable) -> int:
    """Merge the rows of any load; returns in how many rows a value changed."""
    expand(draft, shape, "(SELECT * FROM incoming WHERE kept_row IS NOT NULL AND NOT says_same)")
    draft.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE matched AS
        SELECT {_of(shape, "again")}, again.load_id,
            version.content_of, again.rowid AS incoming_row
        FROM incoming AS again
        LEFT JOIN key_versions AS version
            ON {_same_key(shape, "version")} AND NOT {shape.differs("again", "version")}
        WHERE again.kept_row IS NOT NULL AND NOT again.says_same
        """
    )
    draft.execute(
        f"INSERT INTO key_reports SELECT {shape.keys}, load_id, coalesce(content_of, load_id) "
        "FROM matched"
    )
    draft.execute(
        f"INSERT INTO key_versions SELECT {shape.columns}, load_id FROM incoming "
        "WHERE rowid IN (SELECT incoming_row FROM matched WHERE content_of IS NULL)"
    )
    draft.execute("DROP TABLE matched")
    return settle(draft, shape)


def _of(shape: KeyedTable, relation: str) -> str:
    return ", ".join(f"{relation}.{name}" for name in shape.key)


def _same_key(shape: KeyedTable, other: str) -> str:
    return " AND ".join(f"again.{name} = {other}.{name}" for name in shape.key)
