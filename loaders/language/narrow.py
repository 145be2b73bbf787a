"""Cuts a mapping down to the columns a file has, or names the required column it lacks."""

from __future__ import annotations

from dataclasses import replace

from data.engine.patterns import first_match
from data.errors import SourceError
from data.schema.contract import key
from data.schema.fields import fields
from data.schema.tables import CANONICAL
from loaders.language.column import Column
from loaders.language.ends import told_ends
from loaders.language.model import Mapping, TableRows
from loaders.language.opening import Opened
from loaders.language.spellings import NUMBER, number_in
from loaders.language.template import EACH_PLACE, Reference, Template
from loaders.language.values import (
    ACCOUNT_NAMES,
    CAMPAIGN_NAME,
    CONTENT_NAME,
    FILE,
    FILE_CURRENCY,
    LINE,
    PARENT_NAME,
    PERSON_NAMES,
    PREVIOUS,
    ROW_KEY,
    list_in,
    names_made_by,
)
from loaders.reading.source import Source


def narrowed(opened: Opened) -> Opened:
    """The file under its mapping, without rows of other tables that its columns cannot make.

    What stands once for all rows (above the header, in the file's name) is the default of its
    column. Raises SourceError when a column is missing without which no row could be kept, naming
    it and the spellings that were looked for.
    """
    source = opened.source
    mapping = _with_values_for_all_rows(opened.mapping, source)
    found = set(opened.headers)
    found |= {name for name, column in mapping.columns.items() if column.default is not None}
    _refuse_gaps(opened)
    required = {name for name, column in mapping.columns.items() if column.required}
    missing = [name for name in mapping.columns if name in required - found]
    missing += [name for name in mapping.recognise.columns if name not in found]
    having = having_values(mapping, found)
    mapping = _with_entries_of(mapping, having)
    for name, field in fields(mapping.main.into).items():
        if not field.nullable and name != "load_id":
            missing += _lacking(mapping, mapping.main, name, having)
    if missing:
        wanted = "; ".join(_spelt(mapping, name) for name in dict.fromkeys(missing))
        raise SourceError(
            f"{source.path.name}: a column is missing that {mapping.title} needs: {wanted}. "
            f"The file has: {', '.join(source.columns)}."
        )
    mapping = told_ends(mapping, found)
    tables = tuple(
        rows
        if rows.newest is None or found.intersection(rows.newest.names)
        else rows.model_copy(update={"newest": None})
        for rows in mapping.tables
        if rows is mapping.main or not _key_lacking(mapping, rows, having)
    )
    return replace(opened, mapping=mapping.model_copy(update={"tables": tables}))


def _refuse_gaps(opened: Opened) -> None:
    """Raises SourceError where the headers of a numbered column do not count on from 0 or 1."""
    for name, written in opened.headers.items():
        for spelling in opened.mapping.columns[name].source:
            if NUMBER not in spelling:
                continue
            numbers = [number_in(spelling, header) for header in written]
            if None in numbers:
                continue
            for header, number, expected in zip(
                written, numbers, range(0 if numbers[0] == 0 else 1, len(written) + 1), strict=False
            ):
                if number != expected:
                    wanted = spelling.replace(NUMBER, str(expected))
                    raise SourceError(
                        f"{opened.source.path.name}: {header} stands where {wanted} is expected: "
                        f"the columns {spelling.replace(NUMBER, '1')}, "
                        f"{spelling.replace(NUMBER, '2')} and so on count on without a gap, and "
                        "each number is there once. Rename the column, or add the one that is "
                        "missing."
                    )


def _with_entries_of(mapping: Mapping, having: set[str]) -> Mapping:
    """The mapping with rows of an `each` only for columns that the file has.

    One of the main table stays in any case, so that the column it lacks is named.
    """
    tables = [rows for rows in mapping.tables if rows.each is None or rows.each in having]
    if not any(rows.written == mapping.main.written for rows in tables):
        tables.insert(0, mapping.main)
    return mapping.model_copy(update={"tables": tuple(tables)})


def having_values(mapping: Mapping, found: set[str]) -> set[str]:
    """Names that have a value: columns, and what the mapping makes of them."""
    having = {ROW_KEY, FILE_CURRENCY, LINE, FILE, EACH_PLACE, *found}
    person, account = mapping.person, mapping.account
    if person:
        if any(name in found for name in (person.email, person.phone, person.record)):
            having |= {"person_id", "matched_by", "lead_of_person"}
        for role, name in (("email", person.email), ("phone", person.phone)):
            if name in found:
                having |= {made for made in PERSON_NAMES if made.startswith(f"{role}_")}
        if found.intersection(person.names):
            having |= {"name_key", "lead_of_person"}
    if account:
        if account.record in found:
            having.add("account_id")
        if account.name in found:
            having |= set(ACCOUNT_NAMES)
    for made, named in (
        (PARENT_NAME, mapping.parent_account),
        (CAMPAIGN_NAME, mapping.campaign),
        (CONTENT_NAME, mapping.content),
    ):
        if named and (named.record in found or named.name in found):
            having.add(made)
    for name in found:
        having |= set(names_made_by(mapping, name))
        if mapping.previous:
            having.add(f"{PREVIOUS}{name}")
    return having


def _key_lacking(mapping: Mapping, rows: TableRows, having: set[str]) -> bool:
    return any(_lacking(mapping, rows, name, having) for name in key(CANONICAL[rows.into]))


def _lacking(mapping: Mapping, rows: TableRows, column: str, having: set[str]) -> list[str]:
    """Columns of the mapping, any of which would do for a canonical column without a value."""
    assigned = rows.columns.get(column)
    if not isinstance(assigned, Template):
        return []
    return [
        name
        for reference in assigned.references
        if not having.intersection(reference.names)
        for name in _columns(mapping, reference)
    ]


def _columns(mapping: Mapping, reference: Reference) -> list[str]:
    names: list[str] = []
    for name in reference.names:
        if name in mapping.columns:
            names.append(name)
        elif listed := list_in(mapping, name):
            names.append(listed)
        elif name in PERSON_NAMES and mapping.person:
            person = mapping.person
            names += [each for each in (person.email, person.phone, person.record) if each]
        elif name in ACCOUNT_NAMES and mapping.account:
            names += [each for each in (mapping.account.record, mapping.account.name) if each]
        elif name == PARENT_NAME and mapping.parent_account:
            parent = mapping.parent_account
            names += [each for each in (parent.record, parent.name) if each]
        elif name == CAMPAIGN_NAME and mapping.campaign:
            names += [each for each in (mapping.campaign.record, mapping.campaign.name) if each]
        elif name == CONTENT_NAME and mapping.content:
            names += [each for each in (mapping.content.record, mapping.content.name) if each]
    return names


def _spelt(mapping: Mapping, name: str) -> str:
    column = mapping.columns[name]
    if column.source:
        return f"{name} ({' or '.join(column.source)})"
    return f"{name} ({column.above or column.file_name} in the {place_of(column)})"


def _with_values_for_all_rows(mapping: Mapping, source: Source) -> Mapping:
    """The mapping in which a value that stands once for all rows is its column's default.

    A column keeps its own default where the file has no such value.
    """
    found = {
        name: column.model_copy(update={"default": value})
        for name, column in mapping.columns.items()
        if (value := _value_for_all_rows(column, source)) is not None
    }
    return mapping.model_copy(update={"columns": mapping.columns | found}) if found else mapping


def places(mapping: Mapping) -> dict[str, str]:
    """Where a value stands, in words, for each column that has one without a header."""
    return {
        name: place_of(column)
        for name, column in mapping.columns.items()
        if not column.source and column.default is not None
    }


def place_of(column: Column) -> str:
    """Where the value of a column without a header stands, in words."""
    return "lines above the header" if column.above is not None else "file name"


def _value_for_all_rows(column: Column, source: Source) -> str | None:
    if column.above is not None:
        return first_match(column.above, source.above)
    if column.file_name is not None:
        return first_match(column.file_name, source.path.name)
    return None
