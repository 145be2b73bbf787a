"""Rows of ended records leave their tables, and come back before anything is loaded or undone.

A canonical table T then holds what stands now, so that whatever reads it counts nothing else. The
rows that left are in `T_aside`, with `because`: how their record ended (`deleted`, `merged`,
`vanished`), or that other rows stand in for them (`replaced`), as where a stage was entered by a
lead that became another. Those are there too, as `stand_in`, to be taken out again.
"""

from __future__ import annotations

from collections.abc import Iterator

from data.engine.draft import Draft
from data.schema.contract import columns, key
from data.schema.tables import CANONICAL, SET_ASIDE
from data.sql import Query, Step, identifier
from data.standing.mentions import CREATED, MENTIONS, TABLE_OF, Fate, Mention

REPLACED, STAND_IN = "replaced", "stand_in"


def bring_back(draft: Draft) -> None:
    """Put all rows back where they were loaded. Costs nothing where none was set aside."""
    for table in _holding(draft, (f"{each}_aside" for each in SET_ASIDE)):
        own = table.removesuffix("_aside")
        keys, names = _keys(own), _names(own)
        stand_ins = f"SELECT {keys} FROM {table} WHERE because = '{STAND_IN}'"
        draft.execute(f"DELETE FROM {own} WHERE ({keys}) IN ({stand_ins})")
        rows = f"SELECT {names} FROM {table} WHERE because <> '{STAND_IN}'"
        draft.execute(f"INSERT INTO {own} ({names}) {rows}")
        draft.execute(f"DELETE FROM {table}")


def set_aside_retired(draft: Draft) -> None:
    """Take out the rows of `retired_record`, and give what merged records had to the survivors.

    All rows must be where they were loaded. What a deleted record owned goes with it; where it was
    merged these rows name the survivor, unless that has the same already. A lead or deal that
    others were merged into is as old as the oldest of them. Raises EngineError.
    """
    kinds = draft.query("SELECT DISTINCT subject_kind FROM retired_record WHERE problem IS NULL")
    if kinds.is_empty():
        return
    present = frozenset(kinds["subject_kind"])
    for kind in CREATED:
        if kind in present:
            draft.build(f"earliest_{kind}", _earliest(kind))
    for table, mentions in MENTIONS.items():
        told = [mention for mention in mentions if mention.kind in present]
        if told:
            _set_aside(draft, table, told)
        if table == "lead" and "person" in present:
            set_aside(draft, "person", Query(*_people_of_retired()))
    for kind in CREATED:
        draft.execute(f"DROP TABLE IF EXISTS temp.earliest_{kind}")


def set_aside(draft: Draft, table: str, leaving: Query) -> None:
    """Move rows of a table aside: `leaving` has their `kept_row`, the rowid, and `because`.

    Of one that stands in for another that other is aside already, and it just leaves.
    """
    draft.build("leaving_row", leaving)
    names, keys = _names(table), _keys(table)
    loaded_rows = (
        f"SELECT {names}, leaving_row.because FROM {table} "
        f"JOIN leaving_row ON leaving_row.kept_row = {table}.rowid "
        f"WHERE ({keys}) NOT IN (SELECT ({keys}) FROM {table}_aside WHERE because = '{STAND_IN}')"
    )
    draft.execute(f"INSERT INTO {table}_aside ({names}, because) {loaded_rows}")
    draft.delete(table, Query(Step("leaving_rows", "SELECT kept_row FROM leaving_row")))
    draft.execute("DROP TABLE leaving_row")


def _set_aside(draft: Draft, table: str, mentions: list[Mention]) -> None:
    draft.build("touched_row", _touched(table, mentions))
    if draft.has_any("touched_row"):
        names, keys = _names(table), _keys(table)
        set_aside(
            draft,
            table,
            Query(
                Step(
                    "leaving_rows",
                    "SELECT kept_row, "
                    f"CASE WHEN gone IS NULL THEN '{REPLACED}' ELSE gone END AS because "
                    "FROM touched_row",
                )
            ),
        )
        stand_ins = Query(
            Step(
                "stand_ins",
                f"""
                SELECT {names}, '{STAND_IN}' AS because
                FROM touched_row
                ANTI JOIN {table} USING ({keys})
                WHERE gone IS NULL
                QUALIFY row_number() OVER (PARTITION BY {keys} ORDER BY {names}) = 1
                """,
            )
        )
        draft.build("stand_in", stand_ins)
        draft.insert(table, Query(Step("standing_in", "SELECT * FROM stand_in")))
        draft.execute(
            f"INSERT INTO {table}_aside ({names}, because) SELECT {names}, because FROM stand_in"
        )
        draft.execute("DROP TABLE stand_in")
    draft.execute("DROP TABLE touched_row")


def _touched(table: str, mentions: list[Mention]) -> Query:
    """The rows that name a retired record: as they stand from now on, or how they are `gone`."""
    joins, tests, gone = [], [], []
    replaced: dict[str, str] = {}
    for number, mention in enumerate(mentions):
        of, by = f"retired_{number}", mention.by
        if mention.fate in (Fate.PASSES, Fate.STAYS):
            replaced[by] = f"coalesce({of}.survivor_id, {replaced.get(by, f'own.{by}')})"
            by = f"own.{by}"
        kind = f" AND own.{mention.if_kind} = '{mention.kind}'" if mention.if_kind else ""
        joins.append(
            f"LEFT JOIN retired AS {of} ON {of}.subject_kind = '{mention.kind}' "
            f"AND {of}.subject_id = {by}{kind}"
        )
        if mention.fate in (Fate.OWN, Fate.GOES):
            gone.append(f"{of}.how")
        elif mention.fate is Fate.PASSES:
            gone.append(f"CASE WHEN {of}.survivor_id IS NULL THEN {of}.how END")
        is_touched = "survivor_id" if mention.fate is Fate.STAYS else "subject_id"
        tests.append(f"{of}.{is_touched} IS NOT NULL")
    if table in CREATED and any(mention.fate is Fate.OWN for mention in mentions):
        joins.append(f"LEFT JOIN earliest_{table} AS earliest ON survivor = {table}_id")
        tests.append("earliest_at < coalesce(own.created_at, TIMESTAMP 'infinity')")
        replaced["created_at"] = "least(own.created_at, earliest_at)"
    values = ", ".join(
        f"{replaced.get(name, f'own.{name}')} AS {identifier(name)}"
        for name in columns(CANONICAL[table])
    )
    return Query(
        Step("retired", "SELECT * FROM retired_record WHERE problem IS NULL"),
        Step(
            "touched_rows",
            f"""
            SELECT own.rowid AS kept_row, coalesce({", ".join([*gone, "NULL"])}) AS gone, {values}
            FROM {table} AS own
            {" ".join(joins)}
            WHERE {" OR ".join(tests)}
            """,
        ),
    )


def _earliest(kind: str) -> Query:
    """When the oldest of the records was created that were merged into each survivor."""
    table, by = TABLE_OF[kind]
    return Query(
        Step(
            "earliest",
            f"""
            SELECT survivor_id AS survivor, min({table}.created_at) AS earliest_at
            FROM retired_record
            JOIN {table} ON {by} = subject_id
            WHERE subject_kind = '{kind}' AND survivor_id IS NOT NULL AND problem IS NULL
            GROUP BY survivor_id
            HAVING min({table}.created_at) IS NOT NULL
            """,
        )
    )


def _people_of_retired() -> tuple[Step, ...]:
    """Steps to the persons of whom only ended records tell.

    A person stays whom a record that lives names, or a lead, and whom a load reports that does not
    report an ended record of them.
    """
    reports = " UNION ".join(
        f"SELECT person_id, load_id FROM person{each}" for each in ("", "_version", "_reported_by")
    )
    aliases = " UNION ".join(
        f"SELECT source_system, source_record_id, load_id FROM person_alias{each}"
        for each in ("_aside", "_version", "_reported_by")
    )
    return (
        Step(
            "retired_aliases",
            """
            SELECT source_system, source_record_id, person_id, because FROM person_alias_aside
            UNION
            SELECT version.source_system, version.source_record_id, version.person_id, because
            FROM person_alias_version AS version
            JOIN person_alias_aside USING (source_system, source_record_id)
            """,
        ),
        Step("alias_reports", aliases),
        Step(
            "told_by_ended",
            """
            SELECT DISTINCT retired_aliases.person_id, alias_reports.load_id
            FROM retired_aliases
            JOIN alias_reports USING (source_system, source_record_id)
            """,
        ),
        Step(
            "told_by_others",
            f"""
            SELECT reports.person_id
            FROM ({reports}) AS reports
            ANTI JOIN told_by_ended USING (person_id, load_id)
            UNION
            SELECT person_id FROM person_alias
            UNION
            SELECT person_id FROM lead WHERE person_id IS NOT NULL
            """,
        ),
        Step(
            "leaving_people",
            """
            SELECT person.rowid AS kept_row, min(because) AS because
            FROM person
            JOIN retired_aliases USING (person_id)
            ANTI JOIN told_by_others ON told_by_others.person_id = person.person_id
            GROUP BY person.rowid
            """,
        ),
    )


def _holding(draft: Draft, tables: Iterator[str]) -> list[str]:
    """Those of the tables that have rows; asked all at once."""
    named = " UNION ALL ".join(
        f"SELECT '{table}' AS name WHERE EXISTS (SELECT 1 FROM {table})" for table in tables
    )
    return list(draft.query(named)["name"])


def _keys(table: str) -> str:
    return ", ".join(map(identifier, key(CANONICAL[table])))


def _names(table: str) -> str:
    return ", ".join(map(identifier, columns(CANONICAL[table])))
