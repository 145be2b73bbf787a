"""Campaigns and content, which files refer to by id or by name: what each reference means."""

from __future__ import annotations

from dataclasses import dataclass

from data.references import is_named_sql, reference
from data.spelling import Spelt
from data.sql import Query, Step


@dataclass(frozen=True, slots=True)
class NamedTable:
    """A canonical table whose rows are referred to by name: key, name, facts, some `spelt` anew."""

    table: str
    key: str
    name: str
    facts: tuple[str, ...]
    referred_in: tuple[str, ...]
    spelt: tuple[str, ...]


CAMPAIGNS = NamedTable(
    table="campaign",
    key="campaign_id",
    name="name",
    facts=("name", "channel", "product", "region", "tool"),
    referred_in=("campaign_spend", "interaction", "lead"),
    spelt=("name", "channel", "product", "region", "tool"),
)

CONTENTS = NamedTable(
    table="content",
    key="content_id",
    name="title",
    facts=("title", "kind", "topic", "persona", "published_on"),
    referred_in=("interaction", "lead"),
    spelt=("title", "persona"),
)


def named_steps(named: NamedTable) -> tuple[Step, ...]:
    """Steps that end in `campaigns` or `contents`: one row per reference, by id or by name.

    The id and the facts are those of the row that the reference means, in one spelling. A name that
    several rows have means none of them; it then stands for itself. A row whose own id is a name,
    as files without ids make them, gives its facts to the row of that name where that lacks them.
    """
    table, key = named.table, named.key
    facts = ", ".join(
        f"coalesce(max(CASE WHEN meant.reference = meant.{key} THEN {table}.{fact} END), "
        f"max({table}.{fact})) AS {fact}"
        for fact in named.facts
    )
    spelt = {fact: Spelt(table if fact == named.name else fact, f"facts.{fact}")
             for fact in named.spelt if fact in named.facts}  # fmt: skip
    read = (spelt[fact].shown if fact in spelt else f"facts.{fact}" for fact in named.facts)
    listed = ", ".join(f"{sql} AS {fact}" for fact, sql in zip(named.facts, read, strict=True))
    return (
        Step(
            f"{table}_names",
            f"""
            SELECT reference, min({key}) AS {key}
            FROM (
                SELECT {reference(named.name)} AS reference, {key} FROM {table}
                WHERE {named.name} IS NOT NULL AND NOT {is_named_sql(key)}
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
                SELECT meant.{key}, {facts}
                FROM {table}
                JOIN {table}_references AS meant ON meant.reference = {table}.{key}
                GROUP BY meant.{key}
            ) AS facts ON facts.{key} = {table}_references.{key}
            {" ".join(each.join for each in spelt.values())}
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
            f"SELECT {key} FROM {each} WHERE {is_named_sql(key)}" for each in named.referred_in
        )
        selects.append(f"""
            SELECT '{table}' AS refers_to, used.{key} AS reference,
                used.rows_referring, coalesce(known.rows_named, 0) AS rows_named
            FROM (
                SELECT {key}, count(*) AS rows_referring FROM ({referring}) AS referring
                GROUP BY {key}
            ) AS used
            LEFT JOIN (
                SELECT reference, count(*) AS rows_named
                FROM (
                    SELECT {reference(named.name)} AS reference FROM {table}
                    WHERE {named.name} IS NOT NULL AND NOT {is_named_sql(key)}
                ) AS spelt
                GROUP BY reference
            ) AS known ON known.reference = used.{key}
            WHERE coalesce(known.rows_named, 0) <> 1
        """)
    union = " UNION ALL ".join(selects)
    return Query(
        Step("unresolved", f"SELECT * FROM ({union}) AS names ORDER BY refers_to, reference")
    )
