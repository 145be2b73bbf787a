"""Cuts a mapping down to the columns a file has, or names the required column it lacks."""

from __future__ import annotations

from dataclasses import replace

from data.engine.patterns import first_match
from data.errors import SourceError
from data.schema.contract import key
from data.schema.tables import CANONICAL
from loaders.dating.days import days_in
from loaders.language.column import Column, Condition, Kind
from loaders.language.ends import key_columns, told_ends
from loaders.language.model import Mapping, Otherwise, TableRows
from loaders.language.needs import having_values, key_lacking, lacking, with_entries_of
from loaders.language.opening import Opened
from loaders.language.spellings import NUMBER, number_in
from loaders.language.template import Assigned, Template
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
    having = having_values(mapping, found)
    mapping = with_entries_of(mapping, having)
    if missing := lacking(mapping, found):
        wanted = "; ".join(_spelt(mapping, name) for name in missing)
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
        if rows is mapping.main or not key_lacking(mapping, rows, having)
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
    found = None
    if column.above is not None:
        found = first_match(column.above, source.above)
    elif column.file_name is not None:
        found = first_match(column.file_name, source.path.name)
    return _plain_day(found) if found and column.kind is Kind.DATE else found


def _plain_day(text: str) -> str:
    """The day that a text is in the usual form, whatever the language of its month.

    A text with two readings, or in which no day is seen, stays as it is.
    """
    days = days_in(text)
    return days[0].day.isoformat() if len(days) == 1 and days[0].day else text


_ENTRY = "stage_change"

_DATED = Template(parts=("date_column",))


def told_of_records(opened: Opened) -> frozenset[tuple[str, str]]:
    """The columns that a file tells of the record that each of its rows is, as table and column.

    Of `stage_change` these are stages: those for which the file has a column with the date. A row
    that has no value there says that there is none. Nothing is said so of the records that a row
    only names: the person of a lead may have a phone that this export lacks. Nor by a word that the
    mapping does not know and passes over.
    """
    mapping = opened.mapping
    found = {name for name, column in mapping.columns.items() if column.default is not None}
    having = having_values(mapping, found | set(opened.headers))
    own = key_columns(mapping.main)
    told: set[tuple[str, str]] = set()
    for rows in mapping.tables:
        if rows.ends or rows.listed or not own or not _may_apply(rows, having):
            continue
        if rows.into == _ENTRY and mapping.main.into != _ENTRY:
            if _references(rows.columns["subject_id"]) == own and (stage := _stage(rows, having)):
                told.add((_ENTRY, stage))
        elif key_columns(rows) == own:
            keys = key(CANONICAL[rows.into])
            told |= {
                (rows.into, name)
                for name, assigned in rows.columns.items()
                if name not in keys
                and _has_value(assigned, having)
                and not _may_pass_over(mapping, assigned)
            }
    return frozenset(told)


def _stage(rows: TableRows, having: set[str]) -> str | None:
    """The one stage whose date these rows give, from a column that the file has."""
    stage = rows.columns["stage"]
    if not isinstance(stage, Template) or stage.references:
        return None
    is_dated = rows.columns["inferred_from"] == _DATED
    has_date = _has_value(rows.columns["entered_at"], having)
    return str(stage.parts[0]) if is_dated and has_date else None


def _has_value(assigned: Assigned, having: set[str]) -> bool:
    if not isinstance(assigned, Template):
        return True
    return all(having.intersection(reference.names) for reference in assigned.references)


def _may_pass_over(mapping: Mapping, assigned: Assigned) -> bool:
    """Whether a value that is there may be read as none, because its word is not translated."""
    return isinstance(assigned, Template) and any(
        name in mapping.values and mapping.values[name].otherwise is Otherwise.MISSING
        for reference in assigned.references
        for name in reference.names
    )


def _references(assigned: Assigned) -> set[str]:
    if not isinstance(assigned, Template):
        return set()
    return {name for reference in assigned.references for name in reference.names}


def _may_apply(rows: TableRows, having: set[str]) -> bool:
    return all(condition.column in having or _holds_empty(condition) for condition in rows.when)


def _holds_empty(condition: Condition) -> bool:
    """Whether a condition holds where the column is empty."""
    wants_value = condition.one_of or condition.starts_with or condition.present
    return not wants_value
