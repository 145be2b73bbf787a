"""What must hold for a [[table]] of a mapping: columns that it has, values that fit them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

import polars as pl

from data.errors import did_you_mean
from data.schema.fields import Field, fields
from data.schema.tables import CANONICAL
from loaders.language.column import PERSONAL_KINDS, Condition, Kind
from loaders.language.model import Mapping, TableRows
from loaders.language.template import EACH_PLACE, Assigned, Template
from loaders.language.values import computed_names, priced_by, understood


def table_problems(mapping: Mapping, rows: TableRows) -> Iterator[Problem]:
    """Everything that is wrong with one [[table]]."""
    index = rows.written
    if rows.into not in CANONICAL:
        yield Problem(("table", index, "into"), unknown(rows.into, list(CANONICAL), "the tables"))
        return
    known = fields(rows.into)
    names = [*mapping.columns, *computed_names(mapping), *([EACH_PLACE] if rows.listed else [])]
    if rows.each is not None and rows.each not in names:
        yield Problem(("table", index, "each"), unknown(rows.each, names, "[columns]"))
        return
    if rows.list_column in mapping.columns and not mapping.columns[rows.list_column].is_list:
        yield Problem(
            ("table", index, "each"),
            f'{rows.each} is one value: split it, without a part, or write {{ name = "column" }}',
        )
    for condition in rows.when:
        if condition.column not in names:
            yield Problem(("table", index, "when"), unknown(condition.column, names, "[columns]"))
        elif _is_other_list(mapping, rows, condition.column):
            yield Problem(("table", index, "when"), _takes_no_list(condition.column))
        elif text := _comparison(mapping, condition):
            yield Problem(("table", index, "when"), text)
        elif condition.tests_nothing:
            yield Problem(("table", index, "when"), no_test(condition))
    for name in rows.add:
        if name not in rows.columns:
            yield Problem(("table", index, "add"), unknown(name, list(rows.columns), "this table"))
    yield from _newest(mapping, rows)
    for name, assigned in rows.columns.items():
        place = ("table", index, name)
        if name not in known or name == "load_id":
            able = [column for column in known if column != "load_id"]
            yield Problem(place, unknown(name, able, f"the columns of {rows.into}"))
        else:
            for text in _assignment(mapping, rows, names, known[name], assigned):
                yield Problem(place, text)
            yield from _translations(mapping, known[name], assigned)
    given = {"load_id"} | ({"currency"} if priced_by(rows.into) in rows.columns else set())
    needed = [name for name, field in known.items() if not field.nullable and name not in given]
    if missing := [name for name in needed if name not in rows.columns]:
        yield Problem(("table", index), f"{rows.into} needs {', '.join(missing)}")


def _comparison(mapping: Mapping, condition: Condition) -> str | None:
    """What is wrong with comparing a column with the record's row before."""
    name = condition.column
    if condition.changed is None:
        return None
    if mapping.previous is None:
        return "changed needs [previous], which says whose rows they are and in which order"
    if name not in mapping.columns or mapping.columns[name].is_list:
        return f"changed compares one value of a column of the file, and {name} is none"
    return None


def no_test(condition: Condition) -> str:
    """The sentence about a condition that tests nothing."""
    return (
        f"the condition on {condition.column} would hold in every row: "
        "add is, not, starts_with or present"
    )


def _newest(mapping: Mapping, rows: TableRows) -> Iterator[Problem]:
    """What is wrong with the column by which the newest of several rows is found."""
    place = ("table", rows.written, "newest")
    if any(other.newest != rows.newest for other in mapping.tables if other.into == rows.into):
        yield Problem(place[:2], f"every [[table]] of {rows.into} needs the same newest")
    if rows.newest is None:
        return
    if rows.add:
        yield Problem(place, "newest and add exclude each other: one row counts, or all do")
    for name in rows.newest.names:
        if name not in mapping.columns:
            yield Problem(place, unknown(name, mapping.columns, "[columns]"))
        elif (kind := understood(mapping, name).kind) not in _ORDERED:
            kinds = ", ".join(_ORDERED)
            yield Problem(("columns", name), f"newest needs a kind of {kinds}: this is {kind}")


_ORDERED = (Kind.TIMESTAMP, Kind.DATE, Kind.INTEGER, Kind.NUMBER)


def _is_other_list(mapping: Mapping, rows: TableRows, name: str) -> bool:
    listed = name in mapping.columns and mapping.columns[name].is_list
    return listed and name != rows.list_column


def _takes_no_list(name: str) -> str:
    return f'{name} is a list: a [[table]] with each = "{name}" takes its values one by one'


def _assignment(
    mapping: Mapping, rows: TableRows, names: list[str], field: Field, assigned: Assigned
) -> Iterator[str]:
    if not isinstance(assigned, Template):
        if not _fits(field, assigned):
            yield f"{field.name} = {assigned!r} does not fit a column of type {field.dtype}"
        return
    for name in (each for reference in assigned.references for each in reference.names):
        if name not in names:
            yield unknown(name, names, "[columns]")
        elif _is_other_list(mapping, rows, name):
            yield _takes_no_list(name)
        elif (column := mapping.columns.get(name)) and column.kind in PERSONAL_KINDS:
            yield (
                f"{{{name}}} would store a person's {column.kind} in clear: "
                "use {person_id}, {email_key} or {phone_key}"
            )
    if not assigned.references:
        text = "".join(str(part) for part in assigned.parts)
        yield from _word(field, text, f"{field.name} = {text!r}")


def _translations(mapping: Mapping, field: Field, assigned: Assigned) -> Iterator[Problem]:
    """What is wrong with translations: words that the canonical column does not allow."""
    alone = assigned.alone if isinstance(assigned, Template) else None
    for name in alone.names if alone else ():
        if translation := mapping.values.get(name):
            words = dict(translation.words)
            if translation.use is not None:
                words["otherwise"] = translation.use
            for word, value in words.items():
                for text in _word(field, value, f"{word!r} = {value!r}"):
                    yield Problem(("values", name, word), text)


def _word(field: Field, text: str, where: str) -> Iterator[str]:
    if field.allowed and text not in field.allowed:
        hint = did_you_mean(text, field.allowed)
        yield f"{where} must be one of {', '.join(field.allowed)}.{hint}"
    elif not _fits(field, text):
        yield f"{where} does not fit a column of type {field.dtype}"
    for check in field.checks:
        if check.pattern and not re.fullmatch(check.pattern, text):
            yield f"{where} {check.words}"


def _fits(field: Field, value: str | bool | int | float) -> bool:
    if isinstance(field.dtype, pl.Boolean):
        return isinstance(value, bool) or value in ("true", "false")
    if isinstance(field.dtype, pl.String):
        return isinstance(value, str)
    if isinstance(field.dtype, pl.Date | pl.Datetime):
        return isinstance(value, str) and _is_date(value)
    if isinstance(value, bool):
        return False
    try:
        float(value)
    except ValueError:
        return False
    return True


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a mapping, and the place of the key to change."""

    place: tuple[str | int, ...]
    text: str


def unknown(name: str, known: Iterable[str], where: str) -> str:
    """The sentence about a name that is not among the known ones."""
    known = list(known)
    hint = did_you_mean(name, known) or f" There are: {', '.join(known)}."
    return f'"{name}" is not in {where}.{hint}'
