"""SQL as people read and copy it: named steps, bound values beside them, nobody's contact."""

from __future__ import annotations

import re
from collections.abc import Iterable

from data.privacy.contacts import without_contacts
from data.sql import Query, Value, literal
from metrics.provenance.asked import Asked, each_once

_TEXT = re.compile(r"'(?:[^']|'')*'")


def written_sql(query: Query) -> str:
    """The query as it is run: every step in full, with a `?` for each bound value.

    E-mail addresses and phone numbers in its texts are masked.

    >>> from data.sql import Step
    >>> print(written_sql(Query(Step("typed", "SELECT 'ann@acme.com' AS text"))))
    WITH
    typed AS (
    SELECT '‹e-mail›' AS text
    )
    SELECT * FROM typed
    """
    return _TEXT.sub(lambda found: without_contacts(found[0]), query.render())


def written_values(query: Query) -> list[str]:
    """The bound values in the order of their `?`, as SQL writes them, without contacts.

    >>> from data.sql import Step
    >>> written_values(Query(Step("one", "SELECT ?, ?, ?", ("Webinar", 30, None))))
    ["'Webinar'", '30', 'NULL']
    """
    return [_written(each) for each in query.values]


def _written(value: Value) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return str(value)
    return literal(without_contacts(str(value)))


def sql_file(asked: Iterable[Asked]) -> str:
    """All that was asked as one text: each metric with its question, its queries, their values.

    Values stand in comments, one a line, with the number of their `?`.
    """
    parts = []
    for metric, queries in each_once(asked).items():
        parts.append(f"-- {metric}: {queries[0].question}".rstrip(": "))
        for place, each in enumerate(queries, start=1):
            if len(queries) > 1:
                parts.append(f"-- query {place} of {len(queries)}")
            values = enumerate(written_values(each.query), start=1)
            parts += [f"-- ?{number} = {_on_one_line(value)}" for number, value in values]
            parts.append(f"{written_sql(each.query)};\n")
    return "\n".join(parts)


def _on_one_line(text: str) -> str:
    """A value that cannot end the comment that it stands in."""
    return " ".join(text.splitlines())
