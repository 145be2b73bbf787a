"""Rows of a generation that hold a key of a person, whatever tables the generation has."""

from __future__ import annotations

from data.engine.warehouse import Warehouse
from data.sql import Query, Step


def columns_by_table(warehouse: Warehouse) -> dict[str, set[str]]:
    """The columns of each table of a generation."""
    found: dict[str, set[str]] = {}
    listed = warehouse.query(
        Query(Step("listed", "SELECT table_name, column_name FROM information_schema.columns"))
    )
    for table, column in listed.iter_rows():
        found.setdefault(table, set()).add(column)
    return found


def wanted(marks: set[str]) -> Step:
    """Step `wanted`: one row per mark."""
    rows = " UNION ALL ".join("SELECT CAST(? AS VARCHAR) AS mark" for _ in marks)
    sql = rows or "SELECT CAST(NULL AS VARCHAR) AS mark WHERE false"
    return Step("wanted", sql, tuple(sorted(marks)))


IS_WANTED = "IN (SELECT mark FROM wanted)"
"""SQL after a column: it holds one of the marks of the step `wanted`."""


def keyed_steps(columns: dict[str, set[str]]) -> tuple[Step, ...]:
    """Steps to `keyed_rows`: person_id, the three keys and email_state of every row with a key.

    A row without an e-mail, such as an alias, takes that of another row with its person_id.
    """
    keys = ("email_key", "phone_key", "name_key", "email_state")
    selects = [
        f'SELECT person_id, {", ".join(_or_null(key, names) for key in keys)} FROM "{table}"'
        for table, names in columns.items()
        if "person_id" in names and names & {"email_key", "phone_key"}
    ]
    nobody = (
        "SELECT '' AS person_id, '' AS email_key, '' AS phone_key, '' AS name_key, "
        "'' AS email_state WHERE false"
    )
    return (
        Step("rows_with_keys", " UNION ALL ".join(selects) or nobody),
        Step(
            "keyed_rows",
            """
            SELECT own.person_id, coalesce(own.email_key, mails.email_key) AS email_key,
                own.phone_key, own.name_key,
                coalesce(own.email_state, mails.email_state) AS email_state
            FROM rows_with_keys AS own
            LEFT JOIN (
                SELECT DISTINCT person_id, email_key, email_state FROM rows_with_keys
                WHERE email_key IS NOT NULL
            ) AS mails ON mails.person_id = own.person_id
            """,
        ),
    )


def _or_null(name: str, names: set[str]) -> str:
    return name if name in names else f"CAST(NULL AS VARCHAR) AS {name}"
