"""Which step of a query failed, and what the engine says of it."""

from __future__ import annotations

import re

import duckdb

from data.sql import Query

FAILURES = (duckdb.Error, OSError)
"""What a failing query raises: a result that is read in batches reports errors as OSError."""


def first_paragraph(message: str) -> str:
    """What the engine says is wrong, without the excerpt of the SQL and lists of functions.

    >>> first_paragraph("Binder Error: no column lead\\n\\nLINE 6: SELECT lead")
    'Binder Error: no column lead'
    """
    return message.partition("\n\n")[0].partition("\n\tCandidate functions")[0]


_NAMES_IT = re.compile(
    r"(?:CREATE|DROP|ALTER) (?:OR REPLACE )?(?:TEMP )?(?:TABLE|VIEW) (?:IF (?:NOT )?EXISTS )?\S+"
    r"|INSERT INTO \S+|UPDATE \S+|DELETE FROM \S+|(?:RE)?SET (?:VARIABLE )?\w+"
    r"|(?:un)?register \S+|\w+"
)


def statement_name(sql: str) -> str:
    """What a statement without named steps is called when it fails: its verb and its object.

    >>> statement_name("DROP TABLE IF EXISTS temp.doomed")
    'DROP TABLE IF EXISTS temp.doomed'
    >>> statement_name(" UPDATE staged_rows SET ok = false")
    'UPDATE staged_rows'
    >>> statement_name("CHECKPOINT")
    'CHECKPOINT'
    """
    text = " ".join(sql.split())
    if text.startswith("SELECT"):
        _, found, source = text.rpartition(" FROM ")
        return f"SELECT FROM {source.split()[0].strip('()')}" if found else "SELECT"
    named = _NAMES_IT.match(text)
    return named.group() if named else text


def failing_step(connection: duckdb.DuckDBPyConnection, query: Query, message: str) -> str | None:
    """The step that failed: the one the message quotes, else the first that fails by itself.

    None when no step fails by itself, or when the connection runs nothing any more because its
    transaction has failed.
    """
    quoted = query.failing_step(message)
    if quoted is not None:
        return quoted
    try:
        connection.execute("SELECT 1").fetchall()
    except FAILURES:
        return None
    for step in query.steps:
        try:
            part = query.upto(step.name)
            relation = connection.sql(part.render(), params=list(part.values))
            for _ in relation.to_arrow_reader():
                pass
        except FAILURES:
            return step.name
    return None
