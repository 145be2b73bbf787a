"""What can be wrong with a row's values: each fault's kind, its condition in SQL, its reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from data.privacy.contacts import MASK
from data.schema.bookkeeping import RejectionKind
from data.schema.canonical_people import PEOPLE
from data.schema.contract import key
from data.schema.fields import Check, Field, fields
from data.schema.row_rules import RULES
from data.schema.tables import CANONICAL
from data.sql import literal
from loaders.language.column import PERSONAL_KINDS, Column
from loaders.language.ends import ENDED, ends_any, of_ends
from loaders.language.model import Mapping, Otherwise, TableRows
from loaders.language.recognise import Headers
from loaders.language.template import Template
from loaders.language.values import list_in, understood
from loaders.transform.cells import any_value, first_that, first_value, is_placeholder
from loaders.transform.clearing import id_columns
from loaders.transform.erased import ERASED
from loaders.transform.expressions import (
    assigned_sql,
    cell_sql,
    translated_sql,
    value_type,
    when_sql,
)
from loaders.transform.fault import Fault
from loaders.transform.ordered_lists import order_faults, ordered_lists
from loaders.transform.parsing import expected, parsed

_UNMAPPED = "is not mapped."
"""Prefix of the reason when the mapping has no translation for a value."""


_SHORTENED = (
    "is an id that a spreadsheet shortened, so that its last digits are lost: export it again and "
    "load it without opening it in a spreadsheet, or set the column to text before opening it"
)

_SCIENTIFIC = "[0-9]([.,][0-9]+)?[eE][+][0-9]{2}"
"""A long number as spreadsheets show it, such as 1.20211E+17."""


def faults(
    mapping: Mapping, headers: dict[str, str], written: Headers | None = None
) -> tuple[Fault, ...]:
    """What can be wrong with a row of a file whose columns have these headers.

    `headers` gives the header as written of each of the mapping's columns that the file has,
    `written` all headers of those that it has several of.
    """
    found: list[Fault] = []
    told = of_ends(mapping)
    for name in headers:
        of_cell = _cell_faults(mapping, headers, name)
        found += of_cell if name in told else map(_of_living, of_cell)
    for name in ordered_lists(mapping):
        if name in headers:
            found += order_faults(mapping, headers, name, (written or {}).get(name, ()))
    for rows in mapping.tables:
        found += _row_faults(mapping, headers, rows)
        for field in fields(rows.into).values():
            if field.name != "load_id":
                found += _column_faults(mapping, headers, rows, field)
    return tuple(dict.fromkeys(found))


def _of_living(fault: Fault) -> Fault:
    """The fault, where the row does not end its record: else only what it needs must be right."""
    return replace(fault, condition=f"v_{ENDED} = 0 AND {fault.condition}")


def _cell_faults(mapping: Mapping, headers: dict[str, str], name: str) -> Iterator[Fault]:
    column = mapping.columns[name]
    how = understood(mapping, name)
    text = cell_sql(mapping, name)
    translation = mapping.values.get(name)
    if column.is_list:
        yield from _listed_faults(mapping, headers[name], name)
        return
    if name in id_columns(mapping) and not _has_name_beside(mapping, headers, name):
        yield Fault(
            kind=RejectionKind.MALFORMED,
            column=headers[name],
            value=_shown(mapping, name),
            reason=_SHORTENED,
            condition=f"contains({text}, '+') AND regexp_full_match({text}, '{_SCIENTIFIC}')",
        )
    if translation and translation.otherwise is Otherwise.REJECT:
        yield Fault(
            kind=RejectionKind.UNMAPPED,
            column=headers[name],
            value=_shown(mapping, name),
            reason=_UNMAPPED,
            condition=_unmapped(mapping, name),
            untranslated=name,
            word=f"c_{name}",
        )
    if how.sql_type != "VARCHAR":
        readable = f"{translated_sql(mapping, name, text)} IS NOT NULL"
        yield Fault(
            kind=RejectionKind.UNREADABLE,
            column=headers[name],
            value=_shown(mapping, name),
            reason=expected(how, column, mapping.read),
            condition=f"{readable} AND v_{name} IS NULL AND NOT {is_placeholder(text)}",
        )


def _has_name_beside(mapping: Mapping, headers: dict[str, str], name: str) -> bool:
    """Whether a name says which campaign or asset is meant where its id is of no use."""
    return any(
        each is not None and each.record == name and each.name in headers
        for each in (mapping.campaign, mapping.content)
    )


def _listed_faults(mapping: Mapping, header: str, name: str) -> Iterator[Fault]:
    """What can be wrong with one of the values that a cell lists."""
    column = mapping.columns[name]
    how = understood(mapping, name)
    text = cell_sql(mapping, name)
    translation = mapping.values.get(name)
    if translation and translation.otherwise is Otherwise.REJECT:
        word = first_that(
            column, text, lambda piece: f"{translated_sql(mapping, name, piece)} IS NULL"
        )
        yield Fault(
            kind=RejectionKind.UNMAPPED,
            column=header,
            value=_masked(column, word),
            reason=_UNMAPPED,
            condition=f"{word} IS NOT NULL",
            untranslated=name,
            word=word,
        )
    if how.sql_type != "VARCHAR":

        def unreadable(piece: str) -> str:
            translated = translated_sql(mapping, name, piece)
            value = parsed(how, column, mapping.read, translated)
            return f"{translated} IS NOT NULL AND {value} IS NULL"

        word = first_that(column, text, unreadable)
        yield Fault(
            kind=RejectionKind.UNREADABLE,
            column=header,
            value=_masked(column, word),
            reason=expected(how, column, mapping.read),
            condition=f"{word} IS NOT NULL",
        )


def _unmapped(mapping: Mapping, name: str) -> str:
    text = cell_sql(mapping, name)
    return f"{text} IS NOT NULL AND {translated_sql(mapping, name, text)} IS NULL"


def _shown(mapping: Mapping, name: str) -> str:
    return _masked(mapping.columns[name], f"c_{name}")


def _masked(column: Column, text: str) -> str:
    return literal(MASK) if column.personal or column.kind in PERSONAL_KINDS else text


def _column_faults(
    mapping: Mapping, headers: dict[str, str], rows: TableRows, field: Field
) -> Iterator[Fault]:
    assigned = rows.columns.get(field.name)
    if not isinstance(assigned, Template) or not assigned.references:
        return  # a constant was checked with the mapping
    value = assigned_sql(mapping, field, assigned)
    names = [name for reference in assigned.references for name in reference.names]
    written = [name for name in names if name in headers]
    column = headers[written[0]] if len(written) == 1 and assigned.alone else field.name
    listed = rows.list_column
    whole = len(written) == 1 and written[0] != listed
    shown = _shown(mapping, written[0]) if whole else f"CAST({value} AS VARCHAR)"
    when = _applies(mapping, rows, field)

    def broken(kind: RejectionKind, condition: str, shown: str, reason: str) -> Fault:
        if listed is None:
            return Fault(kind, column, shown, reason, condition)
        personal = mapping.columns[listed].personal
        value = literal(MASK) if personal else first_value(listed, condition, shown)
        return Fault(kind, column, value, reason, any_value(listed, condition))

    told = any(list_in(mapping, name) in ordered_lists(mapping) for name in names)
    if not field.nullable and not told and _must_be_present(mapping, rows, field):
        misread = " OR ".join(_misread(mapping, name) for name in written) or "false"
        condition = f"{when}{value} IS NULL AND NOT ({misread})"
        if whole and _counts_as_missing(mapping, written[0]):
            name, unread = written[0], f"{cell_sql(mapping, written[0])} IS NOT NULL"
            yield Fault(
                RejectionKind.UNMAPPED, column, shown, _UNMAPPED, f"{condition} AND {unread}",
                untranslated=name, word=f"c_{name}",
            )  # fmt: skip
            condition += f" AND NOT {unread}"
        reason = _MISSING.get(field.name, "is missing")
        yield broken(RejectionKind.MISSING, condition, "CAST(NULL AS VARCHAR)", reason)
    for check in field.checks:
        if not _always_holds(mapping, field, assigned, check):
            yield broken(check.kind, f"{when}{check.broken(value)}", shown, check.words)


def _row_faults(mapping: Mapping, headers: dict[str, str], rows: TableRows) -> Iterator[Fault]:
    """What can be wrong with several columns of a row together."""
    known = fields(rows.into)
    values = {
        name: assigned_sql(mapping, field, rows.columns.get(name)) for name, field in known.items()
    }
    for rule in RULES.get(rows.into, ()):
        assigned = rows.columns.get(rule.column)
        if not isinstance(assigned, Template):
            continue
        names = [name for each in assigned.references for name in each.names if name in headers]
        yield Fault(
            kind=rule.kind,
            column=headers[names[0]] if names else rule.column,
            value=_shown(mapping, names[0]) if names else f"CAST({values[rule.column]} AS VARCHAR)",
            reason=rule.words,
            condition=f"{_applies(mapping, rows, known[rule.column])}{rule.broken(values)}",
        )


_MISSING = {"person_id": "is missing: no e-mail, phone or record id says who the person is"}


def _applies(mapping: Mapping, rows: TableRows, field: Field) -> str:
    """SQL prefix: only where the row becomes one of this table."""
    conditions = [f"v_{ENDED} = {rows.ends}"] if ends_any(mapping) else []
    conditions += [when_sql(mapping, rows.when)] if rows.when else []
    if rows is not mapping.main and rows.into in PEOPLE and mapping.person:
        conditions.append(f"NOT v_{ERASED}")
    if rows is not mapping.main and field.name not in key(CANONICAL[rows.into]):
        known = fields(rows.into)
        conditions += [
            f"{assigned_sql(mapping, known[name], rows.columns.get(name))} IS NOT NULL"
            for name in key(CANONICAL[rows.into])
        ]
    return "".join(f"{condition} AND " for condition in conditions)


def _must_be_present(mapping: Mapping, rows: TableRows, field: Field) -> bool:
    """A row without the key of another table than its own just says nothing about that table."""
    return rows is mapping.main or rows.ends > 0 or field.name not in key(CANONICAL[rows.into])


def _counts_as_missing(mapping: Mapping, name: str) -> bool:
    """Whether a word without a translation is taken for an empty cell."""
    translation = mapping.values.get(name)
    return translation is not None and translation.otherwise is Otherwise.MISSING


def _misread(mapping: Mapping, name: str) -> str:
    """SQL: the value is missing only because its text was refused for another reason."""
    if _counts_as_missing(mapping, name):
        return "false"
    text = cell_sql(mapping, name)
    refused = f"{text} IS NOT NULL AND v_{name} IS NULL"
    if understood(mapping, name).sql_type == "VARCHAR":
        return f"({refused})"
    return f"({refused} AND NOT {is_placeholder(text)})"


def _always_holds(mapping: Mapping, field: Field, assigned: Template, check: Check) -> bool:
    """Whether translation alone makes the check hold, so that it need not be run."""
    if not field.allowed or assigned.alone is None:
        return False
    return all(
        name in mapping.values
        and mapping.values[name].otherwise is not Otherwise.KEEP
        and value_type(mapping, name) == "VARCHAR"
        for name in assigned.alone.names
    )
