"""What must hold inside a mapping: names that exist, columns that fit, words that are allowed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

import polars as pl

from data.tables import CANONICAL
from loaders.addresses import PARTS
from loaders.checks import Field, fields
from loaders.column_rules import column_problems
from loaders.mapping import Mapping, TableRows
from loaders.mapping_column import PERSONAL_KINDS, Kind
from loaders.templates import Assigned, Template

PERSON_NAMES = (
    "person_id",
    "email_key",
    "phone_key",
    "name_key",
    "email_state",
    "phone_state",
    "email_domain",
    "matched_by",
    "lead_of_person",
)
"""What a [person] section makes of its columns."""

ACCOUNT_NAMES = ("account_id", "account_name", "account_name_key")
"""What an [account] section makes of its columns."""

CAMPAIGN_NAME = "campaign_id"
"""What a [campaign] section makes of its columns."""

CONTENT_NAME = "content_id"
"""What a [content] section makes of its columns."""

PREVIOUS = "previous_"
"""Begins the name of a column's value in the record's row before, where there is [previous]."""

ROW_KEY = "row_key"
"""A digest of the row's mapped values, for records that the source gives no id."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a mapping, and the place of the key to change."""

    place: tuple[str | int, ...]
    text: str


def problems(mapping: Mapping) -> list[Problem]:
    """Everything that is wrong with a mapping whose shape is right."""
    found = [
        *_names(mapping),
        *(
            Problem(("columns", name, key), text)
            for name, column in mapping.columns.items()
            for key, text in column_problems(name, column)
        ),
        *_sections(mapping),
        *(problem for rows in mapping.tables for problem in _table(mapping, rows)),
    ]
    return list(dict.fromkeys(found))


def computed_names(mapping: Mapping) -> dict[str, Kind]:
    """The names that templates may use beside the columns, with what they hold."""
    names = {ROW_KEY: Kind.TEXT}
    if mapping.person:
        names |= dict.fromkeys(PERSON_NAMES, Kind.TEXT)
    if mapping.account:
        names |= dict.fromkeys(ACCOUNT_NAMES, Kind.TEXT)
    if mapping.campaign:
        names[CAMPAIGN_NAME] = Kind.TEXT
    if mapping.content:
        names[CONTENT_NAME] = Kind.TEXT
    for name in mapping.columns:
        names |= dict.fromkeys(names_made_by(mapping, name), Kind.TEXT)
        if mapping.previous:
            names[f"{PREVIOUS}{name}"] = Kind.TEXT
    return names


def names_made_by(mapping: Mapping, name: str) -> tuple[str, ...]:
    """The names that a column makes beside its own.

    An amount makes none where the mapping has a column of the same name for its currency.
    """
    made: tuple[str, ...] = ()
    match mapping.columns[name].kind:
        case Kind.CITY:
            made = ("region", "country")
        case Kind.URL:
            made = PARTS
        case Kind.MONEY if f"{name}_currency" not in mapping.columns:
            made = ("currency",)
    return tuple(f"{name}_{part}" for part in made)


def _names(mapping: Mapping) -> Iterator[Problem]:
    computed = computed_names(mapping)
    for name in mapping.columns:
        if name in computed:
            yield Problem(("columns", name), f"{name} is made by the mapping itself: rename it")
    for name in mapping.recognise.columns:
        if name not in mapping.columns:
            yield Problem(
                ("recognise", "columns"), _unknown(name, list(mapping.columns), "[columns]")
            )
    for index, condition in enumerate(mapping.skip):
        if condition.column not in mapping.columns:
            known = list(mapping.columns)
            yield Problem(("skip", index), _unknown(condition.column, known, "[columns]"))
    for name, column in mapping.columns.items():
        if column.when and column.when.column not in mapping.columns:
            known = list(mapping.columns)
            yield Problem(("columns", name), _unknown(column.when.column, known, "[columns]"))
    for name in mapping.values:
        if name not in mapping.columns:
            yield Problem(("values", name), _unknown(name, list(mapping.columns), "[columns]"))


def _sections(mapping: Mapping) -> Iterator[Problem]:
    used: list[tuple[str, str, str | None, Kind | None]] = []
    if person := mapping.person:
        used += [
            ("person", "email", person.email, Kind.EMAIL),
            ("person", "phone", person.phone, Kind.PHONE),
            ("person", "record", person.record, None),
            ("person", "name", person.name, None),
            ("person", "first_name", person.first_name, None),
            ("person", "last_name", person.last_name, None),
        ]
    if account := mapping.account:
        used += [
            ("account", "record", account.record, None),
            ("account", "name", account.name, Kind.COMPANY),
        ]
    for section, named in (("campaign", mapping.campaign), ("content", mapping.content)):
        if named:
            used += [
                (section, "record", named.record, None),
                (section, "name", named.name, None),
            ]
    if previous := mapping.previous:
        used += [("previous", "of", previous.of, None), ("previous", "by", previous.by, None)]
    for section, role, name, kind in used:
        if name is None:
            continue
        if name not in mapping.columns:
            yield Problem((section, role), _unknown(name, list(mapping.columns), "[columns]"))
        elif kind and mapping.columns[name].kind is not kind:
            yield Problem(("columns", name), f'{name} needs kind = "{kind}": [{section}] uses it')


def _table(mapping: Mapping, rows: TableRows) -> Iterator[Problem]:
    index = rows.written
    if rows.into not in CANONICAL:
        yield Problem(("table", index, "into"), _unknown(rows.into, list(CANONICAL), "the tables"))
        return
    known = fields(rows.into)
    names = [*mapping.columns, *computed_names(mapping)]
    if rows.each is not None and rows.each not in names:
        yield Problem(("table", index, "each"), _unknown(rows.each, names, "[columns]"))
        return
    for condition in rows.when:
        if condition.column not in names:
            yield Problem(("table", index, "when"), _unknown(condition.column, names, "[columns]"))
    for name in rows.add:
        if name not in rows.columns:
            yield Problem(("table", index, "add"), _unknown(name, list(rows.columns), "this table"))
    for name, assigned in rows.columns.items():
        place = ("table", index, name)
        if name not in known or name == "load_id":
            able = [column for column in known if column != "load_id"]
            yield Problem(place, _unknown(name, able, f"the columns of {rows.into}"))
        else:
            for text in _assignment(mapping, names, known[name], assigned):
                yield Problem(place, text)
            yield from _translations(mapping, known[name], assigned)
    needed = [name for name, field in known.items() if not field.nullable and name != "load_id"]
    if missing := [name for name in needed if name not in rows.columns]:
        yield Problem(("table", index), f"{rows.into} needs {', '.join(missing)}")


def _assignment(
    mapping: Mapping, names: list[str], field: Field, assigned: Assigned
) -> Iterator[str]:
    if not isinstance(assigned, Template):
        if not _fits(field, assigned):
            yield f"{field.name} = {assigned!r} does not fit a column of type {field.dtype}"
        return
    for name in (each for reference in assigned.references for each in reference.names):
        if name not in names:
            yield _unknown(name, names, "[columns]")
        elif (column := mapping.columns.get(name)) and column.kind in PERSONAL_KINDS:
            yield (
                f"{{{name}}} would store a person's {column.kind} in clear: "
                "use {person_id}, {email_key} or {phone_key}"
            )
    if not assigned.references:
        text = "".join(str(part) for part in assigned.parts)
        yield from _word(field, text, f"{field.name} = {text!r}")


def _translations(mapping: Mapping, field: Field, assigned: Assigned) -> Iterator[Problem]:
    """Words that a mapping translates into but the canonical column does not know."""
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
        near = get_close_matches(text, field.allowed, n=1)
        hint = f' Did you mean "{near[0]}"?' if near else ""
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


def _unknown(name: str, known: list[str], where: str) -> str:
    near = get_close_matches(name, known, n=1)
    hint = f' Did you mean "{near[0]}"?' if near else f" There are: {', '.join(known)}."
    return f'"{name}" is not in {where}.{hint}'
