"""SQL as text: quoted names and values, and named steps joined into one WITH.

Steps keep to a subset of DuckDB's dialect that other engines understand alike.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias


def identifier(name: str) -> str:
    """A name in double quotes.

    >>> print(identifier("Lead ID"))
    "Lead ID"
    """
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text in single quotes.

    >>> print(literal("Demo'd"))
    'Demo''d'
    """
    return "'" + text.replace("'", "''") + "'"


Value: TypeAlias = str | int | float | bool | date | datetime | Decimal | None


_NAME = re.compile(r"[a-z][a-z0-9_]*")

_SOURCE = r'"?([a-z_]+)"?(?:\s+AS\s+[a-z_]+)?'

_SOURCES = re.compile(
    rf"(?<!DISTINCT )(?<!DISTINCT\n)\b(?:FROM|JOIN)\s+{_SOURCE}((?:\s*,\s*{_SOURCE})*)"
)

_QUOTED_LINE = re.compile(r"^LINE (\d+): (.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Step:
    """One named SELECT of a query, with the values bound to its `?` placeholders.

    A later step reads an earlier one by its name. Only the first step of a query may carry
    values, and the kept ones before it: then the order in which values are bound is plain on every
    engine. A kept step is a `query` of its own (`kept_step`).

    >>> Step("scoped", "SELECT * FROM journey WHERE channel = ?", ("Webinar",)).name
    'scoped'
    """

    name: str
    sql: str
    values: tuple[Value, ...] = ()
    query: Query | None = None

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"step name {self.name!r} must be lower_snake_case")


def kept_step(name: str, query: Query) -> Step:
    """A step whose rows an engine may keep for later queries of the same data.

    For what takes long and does not depend on the filters of a question: the steps that follow
    narrow it. It binds its own values, reads no other step, and stands before those of the query,
    of which the first does not read it.

    >>> people = Query(Step("told", "SELECT person_id FROM touch WHERE action = ?", ("reply",)))
    >>> kept_step("people", people).values
    ('reply',)
    """
    return Step(name, query.render(), query.values, query)


class Query:
    """Steps in order; the last one is the result.

    >>> query = Query(
    ...     Step("scoped", "SELECT stage FROM entries WHERE channel = ?", ("Webinar",)),
    ...     Step("counted", "SELECT stage, count(*) AS leads FROM scoped GROUP BY stage"),
    ... )
    >>> print(query.render(upto="scoped"))
    WITH
    scoped AS (
    SELECT stage FROM entries WHERE channel = ?
    )
    SELECT * FROM scoped
    >>> query.values
    ('Webinar',)
    """

    def __init__(self, *steps: Step) -> None:
        if not steps:
            raise ValueError("a query needs at least one step")
        names = [step.name for step in steps]
        if len(set(names)) < len(names):
            raise ValueError(f"step names repeat: {names}")
        kept = next((place for place, step in enumerate(steps) if not step.query), len(steps))
        if late := [step.name for step in steps[kept + 1 :] if step.values or step.query]:
            raise ValueError(f"only the first step may bind values, but {late} do")
        self.steps = steps

    @property
    def values(self) -> tuple[Value, ...]:
        """The values to bind, in the order of their placeholders."""
        return tuple(value for step in self.steps for value in step.values)

    @property
    def kept(self) -> dict[str, Query]:
        """The queries of the kept steps, by their names."""
        return {step.name: step.query for step in self.steps if step.query}

    @property
    def tables(self) -> frozenset[str]:
        """The tables that its result is made of: what steps read that lead to the last one.

        >>> made = Step("made", "SELECT * FROM lead AS one, touch WHERE a IS DISTINCT FROM b")
        >>> aside = Step("aside", "SELECT * FROM spend")
        >>> last = Step("joined", "SELECT * FROM made JOIN deal USING (id)")
        >>> sorted(Query(made, aside, last).tables)
        ['deal', 'lead', 'touch']
        """
        read: set[str] = set()
        needed = {self.steps[-1].name}
        for step in reversed(self.steps):
            if step.name in needed:
                sources = step.query.tables if step.query else _sources(step.sql)
                needed.remove(step.name)
                (read if step.query else needed).update(sources)
        return frozenset(read | needed)

    def reading(self, held: Mapping[str, str]) -> Query:
        """The same query; each of these steps is read from the table that holds its rows.

        Kept ones then stand after the step that binds values.

        >>> one = kept_step("one", Query(Step("given", "SELECT ? AS number", (1,))))
        >>> two = Step("two", "SELECT ? AS more", (2,))
        >>> query = Query(one, two, Step("three", "SELECT number + more FROM one, two"))
        >>> [step.sql for step in query.reading({"one": "held_one"}).steps]
        ['SELECT ? AS more', 'SELECT * FROM held_one', 'SELECT number + more FROM one, two']
        """
        kept = [step for step in self.steps if step.query and step.name in held]
        own = [step for step in self.steps if step not in kept]
        ordered = [*own[:1], *kept, *own[1:]]
        return Query(
            *(
                Step(step.name, f"SELECT * FROM {held[step.name]}") if step.name in held else step
                for step in ordered
            )
        )

    def render(self, upto: str | None = None) -> str:
        """The SQL text: all steps, or those up to the named one, whose rows are the result.

        Raises ValueError when no step has that name.
        """
        steps = list(self.steps)
        if upto is not None:
            names = [step.name for step in steps]
            if upto not in names:
                raise ValueError(f"no step {upto!r}; there are {names}")
            steps = steps[: names.index(upto) + 1]
        body = ",\n".join(f"{step.name} AS (\n{step.sql.strip()}\n)" for step in steps)
        return f"WITH\n{body}\nSELECT * FROM {steps[-1].name}"

    def upto(self, name: str) -> Query:
        """The same query cut after the named step, to look at an intermediate result."""
        names = [step.name for step in self.steps]
        return Query(*self.steps[: names.index(name) + 1])

    def failing_step(self, message: str) -> str | None:
        """The step that holds the line which the engine's message quotes, if it quotes one.

        >>> query = Query(Step("scoped", "SELECT 1 AS leads"), Step("counted", "SELECT lead"))
        >>> query.failing_step("Binder Error: no column lead\\n\\nLINE 6: SELECT lead")
        'counted'
        """
        quoted = _QUOTED_LINE.findall(message)
        if not quoted:
            return None
        number, text = quoted[-1]
        last = 1
        for step in self.steps:
            first, last = last + 1, last + 3 + step.sql.strip().count("\n")
            if first <= int(number) <= last:
                return step.name if text.strip(". ") in step.sql else None
        return None


def _sources(sql: str) -> set[str]:
    """The names that a SELECT reads: steps and tables."""
    found = set()
    for first, more, _ in _SOURCES.findall(sql):
        found |= {first, *re.findall(rf",\s*{_SOURCE}", more)}
    return found


def reporting_day(column: str) -> str:
    """SQL for the day of a UTC timestamp in the reporting time zone.

    >>> reporting_day("closed_at")
    "CAST(timezone(settings.time_zone, timezone('UTC', closed_at)) AS DATE)"
    """
    return f"CAST(timezone(settings.time_zone, timezone('UTC', {column})) AS DATE)"
