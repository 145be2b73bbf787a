"""References by name, for exports that name a campaign or an asset without its id.

Such a row refers to `name:` and the name in one spelling. What it means is looked up when tables
are derived, so that it does not matter which file arrives first.
"""

from __future__ import annotations

from dataclasses import dataclass

from data.sql import Query, Step

NAMED = "name:"
"""Begins a reference by name."""


PERSON = "person:"
"""Begins a reference to a lead by its person."""


@dataclass(frozen=True, slots=True)
class NamedTable:
    """A canonical table whose rows can be referred to by name: its key, its name, its facts."""

    table: str
    key: str
    name: str
    facts: tuple[str, ...]
    referred_in: tuple[str, ...]


CAMPAIGNS = NamedTable(
    table="campaign",
    key="campaign_id",
    name="name",
    facts=("name", "channel", "product"),
    referred_in=("campaign_spend", "interaction", "lead"),
)

CONTENTS = NamedTable(
    table="content",
    key="content_id",
    name="title",
    facts=("title",),
    referred_in=("interaction", "lead"),
)


def reference(name: str) -> str:
    """SQL of the reference by a name: without regard to case and to how it is spaced.

    >>> reference("title")
    "'name:' || lower(trim(regexp_replace(title, '[\\\\s\\\\p{Z}]+', ' ', 'g')))"
    """
    return f"'{NAMED}' || lower(trim(regexp_replace({name}, '[\\s\\p{{Z}}]+', ' ', 'g')))"


def named_steps(named: NamedTable) -> tuple[Step, ...]:
    """Steps that end in `campaigns` or `contents`: one row per reference, by id or by name.

    The id and the facts are those of the row that the reference means. A name that several rows
    have means none of them; it then stands for itself. A row whose own id is a name, as files
    without ids make them, gives its facts to the row of that name where that lacks them.
    """
    table, key = named.table, named.key
    facts = ", ".join(
        f"coalesce(max(CASE WHEN told.reference = told.{key} THEN {table}.{fact} END), "
        f"max({table}.{fact})) AS {fact}"
        for fact in named.facts
    )
    listed = ", ".join(f"facts.{fact}" for fact in named.facts)
    return (
        Step(
            f"{table}_names",
            f"""
            SELECT reference, min({key}) AS {key}
            FROM (
                SELECT {reference(named.name)} AS reference, {key} FROM {table}
                WHERE {named.name} IS NOT NULL AND {key} NOT LIKE '{NAMED}%'
            ) AS spelt
            GROUP BY reference
            HAVING count(*) = 1
            """,
        ),
        Step(
            f"{table}_references",
            f"""
            SELECT {table}.{key} AS reference,
                coalesce({table}_names.{key}, {table}.{key}) AS {key}
            FROM {table}
            LEFT JOIN {table}_names ON {table}_names.reference = {table}.{key}
            UNION ALL
            SELECT {table}_names.reference, {table}_names.{key}
            FROM {table}_names
            LEFT JOIN {table} ON {table}.{key} = {table}_names.reference
            WHERE {table}.{key} IS NULL
            """,
        ),
        Step(
            f"{table}s",
            f"""
            SELECT {table}_references.reference, facts.{key}, {listed}
            FROM {table}_references
            JOIN (
                SELECT told.{key}, {facts}
                FROM {table}
                JOIN {table}_references AS told ON told.reference = {table}.{key}
                GROUP BY told.{key}
            ) AS facts ON facts.{key} = {table}_references.{key}
            """,
        ),
    )


def unresolved_names() -> Query:
    """Which names do rows refer to that mean no single campaign or asset?

    One row per name: `refers_to` is the table, `reference` the name, `rows_referring` how many rows
    have it, `rows_named` how many campaigns or assets are called so: none, or too many.
    """
    selects = []
    for named in (CAMPAIGNS, CONTENTS):
        table, key = named.table, named.key
        referring = " UNION ALL ".join(
            f"SELECT {key} FROM {each} WHERE {key} LIKE '{NAMED}%'" for each in named.referred_in
        )
        selects.append(f"""
            SELECT '{table}' AS refers_to, told.{key} AS reference,
                told.rows_referring, coalesce(known.rows_named, 0) AS rows_named
            FROM (
                SELECT {key}, count(*) AS rows_referring FROM ({referring}) AS referring
                GROUP BY {key}
            ) AS told
            LEFT JOIN (
                SELECT reference, count(*) AS rows_named
                FROM (
                    SELECT {reference(named.name)} AS reference FROM {table}
                    WHERE {named.name} IS NOT NULL AND {key} NOT LIKE '{NAMED}%'
                ) AS spelt
                GROUP BY reference
            ) AS known ON known.reference = told.{key}
            WHERE coalesce(known.rows_named, 0) <> 1
        """)
    union = " UNION ALL ".join(selects)
    return Query(
        Step("unresolved", f"SELECT * FROM ({union}) AS names ORDER BY refers_to, reference")
    )
