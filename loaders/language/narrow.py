"""A mapping reduced to what a file can tell, or the column it lacks for that."""

from __future__ import annotations

from data.engine.patterns import first_match
from data.errors import SourceError
from data.schema.contract import key
from data.schema.fields import fields
from data.schema.tables import CANONICAL
from loaders.language.column import Column
from loaders.language.model import Mapping, TableRows
from loaders.language.recognise import headers
from loaders.language.template import Reference, Template
from loaders.language.values import (
    ACCOUNT_NAMES,
    CAMPAIGN_NAME,
    CONTENT_NAME,
    PERSON_NAMES,
    PREVIOUS,
    ROW_KEY,
    names_made_by,
)
from loaders.reading.source import Source


def narrowed(mapping: Mapping, source: Source) -> Mapping:
    """The mapping without the rows of other tables that this file's columns can not make.

    Raises SourceError when a column is missing without which no row could be kept, naming it and
    the spellings that were looked for.
    """
    mapping = with_told_once(mapping, source)
    found = set(headers(mapping, source.columns))
    found |= {name for name, column in mapping.columns.items() if column.default is not None}
    required = {name for name, column in mapping.columns.items() if column.required}
    missing = [name for name in mapping.columns if name in required - found]
    missing += [name for name in mapping.recognise.columns if name not in found]
    told = _told(mapping, found)
    mapping = _with_entries_of(mapping, told)
    for name, field in fields(mapping.main.into).items():
        if not field.nullable and name != "load_id":
            missing += _lacking(mapping, mapping.main, name, told)
    if missing:
        wanted = "; ".join(_spelt(mapping, name) for name in dict.fromkeys(missing))
        raise SourceError(
            f"{source.path.name}: a column is missing that {mapping.title} needs: {wanted}. "
            f"The file has: {', '.join(source.columns)}."
        )
    return mapping.model_copy(
        update={
            "tables": tuple(
                rows
                if rows.newest is None or found.intersection(rows.newest.names)
                else rows.model_copy(update={"newest": None})
                for rows in mapping.tables
                if rows is mapping.main or not _key_lacking(mapping, rows, told)
            )
        }
    )


def _with_entries_of(mapping: Mapping, told: set[str]) -> Mapping:
    """Where a [[table]] has one row for each of several columns: only for those of the file.

    One of the main table stays in any case, so that its lack is told.
    """
    tables = [rows for rows in mapping.tables if rows.each is None or rows.each in told]
    if not any(rows.written == mapping.main.written for rows in tables):
        tables.insert(0, mapping.main)
    return mapping.model_copy(update={"tables": tuple(tables)})


def _told(mapping: Mapping, found: set[str]) -> set[str]:
    """Names with a value, of columns and of what the mapping makes from them."""
    told = {ROW_KEY, *found}
    person, account = mapping.person, mapping.account
    if person:
        if any(name in found for name in (person.email, person.phone, person.record)):
            told |= {"person_id", "matched_by", "lead_of_person"}
        for role, name in (("email", person.email), ("phone", person.phone)):
            if name in found:
                told |= {made for made in PERSON_NAMES if made.startswith(f"{role}_")}
        if found.intersection(person.names):
            told.add("name_key")
    if account:
        if account.record in found:
            told.add("account_id")
        if account.name in found:
            told |= set(ACCOUNT_NAMES)
    for made, named in ((CAMPAIGN_NAME, mapping.campaign), (CONTENT_NAME, mapping.content)):
        if named and (named.record in found or named.name in found):
            told.add(made)
    for name in found:
        told |= set(names_made_by(mapping, name))
        if mapping.previous:
            told.add(f"{PREVIOUS}{name}")
    return told


def _key_lacking(mapping: Mapping, rows: TableRows, told: set[str]) -> bool:
    return any(_lacking(mapping, rows, name, told) for name in key(CANONICAL[rows.into]))


def _lacking(mapping: Mapping, rows: TableRows, column: str, told: set[str]) -> list[str]:
    """Columns of the file, any of which is wanted for a canonical column that has none."""
    assigned = rows.columns.get(column)
    if not isinstance(assigned, Template):
        return []
    return [
        name
        for reference in assigned.references
        if not told.intersection(reference.names)
        for name in _columns(mapping, reference)
    ]


def _columns(mapping: Mapping, reference: Reference) -> list[str]:
    names: list[str] = []
    for name in reference.names:
        if name in mapping.columns:
            names.append(name)
        elif name in PERSON_NAMES and mapping.person:
            person = mapping.person
            names += [each for each in (person.email, person.phone, person.record) if each]
        elif name in ACCOUNT_NAMES and mapping.account:
            names += [each for each in (mapping.account.record, mapping.account.name) if each]
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


def with_told_once(mapping: Mapping, source: Source) -> Mapping:
    """The mapping in which such columns have what this file tells as their default.

    A column keeps its own default where the file tells nothing.
    """
    told = {
        name: column.model_copy(update={"default": value})
        for name, column in mapping.columns.items()
        if (value := _value(column, source)) is not None
    }
    return mapping.model_copy(update={"columns": mapping.columns | told}) if told else mapping


def places(mapping: Mapping) -> dict[str, str]:
    """Where each of these columns that has a value has it from, in words."""
    return {
        name: place_of(column)
        for name, column in mapping.columns.items()
        if not column.source and column.default is not None
    }


def place_of(column: Column) -> str:
    """Where such a column has its value from, in words."""
    return "lines above the header" if column.above is not None else "file name"


def _value(column: Column, source: Source) -> str | None:
    if column.above is not None:
        return first_match(column.above, source.above)
    if column.file_name is not None:
        return first_match(column.file_name, source.path.name)
    return None
