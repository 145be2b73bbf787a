"""Putting a load's rows into one canonical table, whatever came before.

What several loads report of a key is kept as `loaders.writing.versions` says, so that the order in
which files arrive cannot be seen.
"""

from __future__ import annotations

from data.engine.draft import Draft
from data.schema.bookkeeping import LOADS_IN_ORDER
from data.sql import Query, Step, identifier, literal
from loaders.writing.telling import others_report, told_by
from loaders.writing.versions import KeyedTable, expand, replace, settle

RANKED_LOADS = Step("ranked_loads", LOADS_IN_ORDER)


def merge_into(draft: Draft, table: str, rows: Query, load_id: str) -> int:
    """Put rows into a canonical table: those of the query's last step, one per key.

    The load must be in `load` already. Returns in how many known rows a value changed. Raises
    EngineError with the step that failed.
    """
    if not holds_any(draft, table):
        draft.insert(table, rows)
        return 0
    compare(draft, table, rows, load_id)
    return take_in(draft, table, load_id)


def compare(draft: Draft, table: str, rows: Query, load_id: str) -> None:
    """Make `incoming_rows`: the rows beside what is known of their keys, for `take_in`.

    `kept_row` is the known row, `kept_load` its load. Of a row that `says_same` as all the earlier
    ones only its load is to be noted, so that its contents are left out. Contents are compared
    by numbers made of them, so that only those, and not all that is known, must fit in memory.
    """
    shape = KeyedTable(table)
    keys = shape.keys
    known_rows = Step(
        "known_rows",
        f"""
        SELECT {keys}, rowid AS kept_row, load_id AS kept_load, {shape.number(table)} AS number
        FROM {table}
        """,
    )
    earlier_loads = Step(
        "earlier_loads",
        f"""
        SELECT ranked_loads.load_id
        FROM ranked_loads
        JOIN ranked_loads AS own
            ON own.load_id = {literal(load_id)} AND ranked_loads.place < own.place
        """,
    )
    has_versions, join_versions = "false", ""
    versions: tuple[Step, ...] = ()
    if holds_any(draft, f"{table}_version"):
        keyed = f"SELECT DISTINCT {keys}, true AS known FROM {table}_version"
        versions = (Step("versioned_keys", keyed),)
        has_versions = "versioned_keys.known IS NOT NULL"
        join_versions = f"LEFT JOIN versioned_keys USING ({keys})"
    compared_rows = Step(
        "compared_rows",
        f"""
        SELECT reported.*, known_rows.kept_row, known_rows.kept_load,
            {has_versions} AS has_versions,
            earlier_loads.load_id IS NOT NULL AND NOT {has_versions}
                AND {shape.number("reported")} = known_rows.number AS says_same
        FROM {rows.steps[-1].name} AS reported
        LEFT JOIN known_rows USING ({keys})
        LEFT JOIN earlier_loads ON earlier_loads.load_id = known_rows.kept_load
        {join_versions}
        """,
    )
    contents = (f"CASE WHEN NOT says_same THEN {name} END AS {name}" for name in shape.contents)
    incoming_rows = Step(
        "incoming_rows",
        f"""
        SELECT {", ".join((*shape.key, *contents))}, load_id, kept_row, kept_load, has_versions,
            says_same
        FROM compared_rows
        """,
    )
    draft.build(
        "incoming_rows",
        Query(
            *rows.steps,
            known_rows,
            RANKED_LOADS,
            earlier_loads,
            *versions,
            compared_rows,
            incoming_rows,
        ),
    )


def take_in(draft: Draft, table: str, load_id: str) -> int:
    """Put the rows of `incoming_rows` into a canonical table, and drop it.

    Returns in how many known rows a value changed.
    """
    shape = KeyedTable(table)
    draft.insert(
        shape.reports,
        Query(
            Step(
                "repeated_reports",
                f"SELECT {shape.keys}, load_id, kept_load AS same_as "
                "FROM incoming_rows WHERE says_same",
            )
        ),
        shape.report_columns,
    )
    changed = 0
    if holds_any(draft, "incoming_rows", "kept_row IS NOT NULL AND NOT says_same"):
        changed = _merge(draft, shape, load_id)
    new_rows = Step(
        "new_rows", f"SELECT {shape.columns}, load_id FROM incoming_rows WHERE kept_row IS NULL"
    )
    draft.insert(table, Query(new_rows), shape.version_columns)
    draft.execute("DROP TABLE incoming_rows")
    return changed


def has_key_twice(draft: Draft, table: str, keys: str) -> bool:
    """Whether a key is in the table twice. Numbers made of the keys are compared first."""
    twice = "GROUP BY ALL HAVING count(*) > 1 LIMIT 1"
    number_twice = Step("number_twice", f"SELECT hash({keys}) AS number FROM {table} {twice}")
    key_twice = Step("key_twice", f"SELECT {keys} FROM {table} {twice}")
    return not any(draft.query(Query(each)).is_empty() for each in (number_twice, key_twice))


def holds_any(draft: Draft, table: str, condition: str = "true") -> bool:
    """Whether the table has a row for which the condition is true."""
    return bool(draft.one(f"SELECT EXISTS (SELECT 1 FROM {table} WHERE {condition})")[0])


def count(draft: Draft, table: str) -> int:
    """How many rows the table has."""
    return int(draft.one(f"SELECT count(*) FROM {table}")[0])


def _merge(draft: Draft, shape: KeyedTable, load_id: str) -> int:
    """Merge the rows that say something new of known keys; returns in how many a value changed.

    What the latest load of all says stands. Where it takes a value back, another kind of export may
    have one: those keys are laid out like those of any other load.
    """
    if not _is_newest(draft, shape, load_id):
        return _merge_between(draft, shape)
    told = frozenset(map(identifier, told_by(draft, shape.table, load_id)))
    if not told or not others_report(draft, shape.table, load_id):
        return _merge_newest(draft, shape, told)
    back = " OR ".join(f"(again.{name} IS NULL AND known.{name} IS NOT NULL)" for name in told)
    taking_back = Step(
        "taking_back",
        "SELECT again.* FROM incoming_rows AS again "
        f"JOIN {shape.table} AS known ON known.rowid = again.kept_row "
        f"WHERE NOT again.says_same AND ({back})",
    )
    draft.build("taking_back", Query(taking_back))
    if not holds_any(draft, "taking_back"):
        return _merge_newest(draft, shape, told)
    draft.execute("ALTER TABLE incoming_rows RENAME TO all_incoming_rows")
    others = Step(
        "other_rows",
        "SELECT * FROM all_incoming_rows "
        "WHERE kept_row IS NULL OR kept_row NOT IN (SELECT kept_row FROM taking_back)",
    )
    draft.build("incoming_rows", Query(others))
    changed = _merge_newest(draft, shape, told)
    draft.build("incoming_rows", Query(Step("rows_taking_back", "SELECT * FROM taking_back")))
    changed += _merge_between(draft, shape)
    for temporary in ("incoming_rows", "taking_back"):
        draft.execute(f"DROP TABLE {temporary}")
    draft.execute("ALTER TABLE all_incoming_rows RENAME TO incoming_rows")
    return changed


def _is_newest(draft: Draft, shape: KeyedTable, load_id: str) -> bool:
    """Whether a load is later than every other that reports anything of the table."""
    own = f"load_id = {literal(load_id)}"
    own_place, latest = draft.query(
        Query(
            RANKED_LOADS,
            Step(
                "loads_of_table",
                f"""
                SELECT load_id FROM {shape.table}
                UNION SELECT load_id FROM {shape.versions}
                UNION SELECT load_id FROM {shape.reports}
                """,
            ),
            Step(
                "latest_places",
                f"""
                SELECT max(place) FILTER (WHERE {own}) AS own_place,
                    max(place) FILTER (WHERE NOT {own}) AS latest
                FROM ranked_loads
                WHERE {own} OR load_id IN (SELECT load_id FROM loads_of_table)
                """,
            ),
        )
    ).row(0)
    return bool(latest is None or own_place > latest)


def _merge_newest(draft: Draft, shape: KeyedTable, told: frozenset[str]) -> int:
    """Merge the rows of a load that is later than all: what it says stands, whatever else was.

    Of the columns in `told` a missing value stands too. Returns in how many rows a value changed.
    """
    table = shape.table
    disputed_rows = Step("disputed_rows", "SELECT * FROM incoming_rows WHERE has_versions")
    as_before = (
        f"{shape.versions} AS version ON {_same_key(shape, 'version')} "
        f"AND NOT {shape.differs('again', 'version')}"
    )
    repeated_versions = Step(
        "repeated_versions",
        f"SELECT {_of(shape, 'again')}, again.load_id, version.load_id AS same_as "
        f"FROM disputed_rows AS again JOIN {as_before}",
    )
    draft.insert(shape.reports, Query(disputed_rows, repeated_versions), shape.report_columns)
    further_versions = Step(
        "further_versions",
        f"SELECT {shape.columns}, load_id FROM disputed_rows AS again ANTI JOIN {as_before}",
    )
    draft.insert(shape.versions, Query(disputed_rows, further_versions), shape.version_columns)
    other = "kept_row IS NOT NULL AND NOT says_same AND NOT has_versions"
    first_versions = Step(
        "first_versions",
        f"SELECT {shape.columns}, load_id FROM {table} "
        f"WHERE rowid IN (SELECT kept_row FROM incoming_rows WHERE {other}) "
        f"UNION ALL SELECT {shape.columns}, load_id FROM incoming_rows WHERE {other}",
    )
    draft.insert(shape.versions, Query(first_versions), shape.version_columns)
    values = "".join(
        f", newest.{name}" if name in told else f", coalesce(newest.{name}, known.{name}) AS {name}"
        for name in shape.contents
    )
    known = ", ".join(f"known.{name}" for name in (*shape.key, "load_id"))
    merged_rows = Step(
        "merged_rows",
        f"SELECT newest.kept_row, {known}{values} FROM incoming_rows AS newest "
        f"JOIN {table} AS known ON known.rowid = newest.kept_row WHERE NOT newest.says_same",
    )
    return replace(draft, shape, Query(merged_rows))


def _merge_between(draft: Draft, shape: KeyedTable) -> int:
    """Merge the rows of any load; returns in how many rows a value changed."""
    changing = "kept_row IS NOT NULL AND NOT says_same"
    expand(
        draft,
        shape,
        Query(Step("changing_rows", f"SELECT {shape.keys} FROM incoming_rows WHERE {changing}")),
    )
    matched_rows = Step(
        "matched_rows",
        f"""
        SELECT {_of(shape, "again")}, again.load_id, version.content_of,
            again.rowid AS incoming_row
        FROM incoming_rows AS again
        LEFT JOIN key_versions AS version
            ON {_same_key(shape, "version")} AND NOT {shape.differs("again", "version")}
        WHERE again.kept_row IS NOT NULL AND NOT again.says_same
        """,
    )
    draft.build("matched_rows", Query(matched_rows))
    reports = Step(
        "incoming_reports",
        f"SELECT {shape.keys}, load_id, coalesce(content_of, load_id) AS content_of "
        "FROM matched_rows",
    )
    draft.insert("key_reports", Query(reports), (*shape.key_names, "load_id", "content_of"))
    versions = Step(
        "incoming_versions",
        f"SELECT {shape.columns}, load_id AS content_of FROM incoming_rows "
        "WHERE rowid IN (SELECT incoming_row FROM matched_rows WHERE content_of IS NULL)",
    )
    names = (*shape.key_names, *shape.content_names, "content_of")
    draft.insert("key_versions", Query(versions), names)
    draft.execute("DROP TABLE matched_rows")
    return settle(draft, shape)


def _of(shape: KeyedTable, relation: str) -> str:
    return ", ".join(f"{relation}.{name}" for name in shape.key)


def _same_key(shape: KeyedTable, other: str) -> str:
    return " AND ".join(f"again.{name} = {other}.{name}" for name in shape.key)
