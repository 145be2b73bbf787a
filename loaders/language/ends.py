"""What [[ended]] means: rows that say a record is gone, and nothing else about it."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from data.schema.contract import RECORDS, key
from data.schema.tables import CANONICAL
from loaders.language.column import Condition
from loaders.language.model import Ended, Mapping, TableRows
from loaders.language.template import Assigned, Reference, Template

ENDED = "row_ended"
"""Name of the value that says which [[ended]] holds for a row, counted from 1; 0 where none."""

_TABLE = "record_end"


def with_ends(mapping: Mapping) -> Mapping:
    """The mapping with the rows of `record_end` that its [[ended]] sections make.

    A row that is ended ends each record that it is: that of the main table, and those of other
    tables that have the same columns in their key.
    """
    if not mapping.ended:
        return mapping
    records = list(dict.fromkeys(_records(mapping)))
    ends = [
        rows
        for number, ended in enumerate(mapping.ended, start=1)
        for kind, subject in records
        for rows in _rows(mapping, ended, number, kind, subject)
    ]
    return mapping.model_copy(update={"tables": (*mapping.tables, *ends)})


def is_record(mapping: Mapping) -> bool:
    """Whether a row of the file is a record that can end."""
    return next(_records(mapping), None) is not None


def ends_any(mapping: Mapping) -> bool:
    """Whether a row of the file may end a record."""
    return any(rows.ends for rows in mapping.tables)


def of_ends(mapping: Mapping) -> set[str]:
    """Names whose values the ends of records are made of; every name where no row ends any."""
    ends = [rows for rows in mapping.tables if rows.ends]
    if not ends:
        return set(mapping.columns)
    assigned = (each for rows in ends for each in rows.columns.values())
    return {
        name
        for each in assigned
        if isinstance(each, Template)
        for reference in each.references
        for name in reference.names
    }


def told_ends(mapping: Mapping, found: Collection[str]) -> Mapping:
    """The mapping without ends that a file with these columns cannot tell."""
    tables = tuple(
        rows
        for rows in mapping.tables
        if not rows.ends or _needed(mapping.ended[rows.ends - 1], rows) <= set(found)
    )
    return mapping.model_copy(update={"tables": tables})


def _needed(ended: Ended, rows: TableRows) -> set[str]:
    of_rows = {condition.column for condition in rows.when if condition.present}
    return {ended.column} | of_rows


def _records(mapping: Mapping) -> Iterator[tuple[str, Template]]:
    """Kind and id of each record that a row of the file is."""
    own = key_columns(mapping.main)
    for rows in mapping.tables:
        if rows.listed or rows.ends or not own or key_columns(rows) != own:
            continue
        if rows.into == "person_alias":
            record = rows.columns["source_record_id"]
            if isinstance(record, Template):
                system = f"{mapping.source_system}:"
                yield "person", Template(parts=(system, *record.parts))
        elif rows.into in RECORDS and rows.into != "person":
            (name,) = key(CANONICAL[rows.into])
            subject = rows.columns[name]
            if isinstance(subject, Template):
                yield rows.into, subject


def key_columns(rows: TableRows) -> set[str]:
    """The columns in the key of a [[table]]: two with the same are about one record."""
    if rows.into not in CANONICAL:
        return set()
    assigned = (rows.columns.get(name) for name in key(CANONICAL[rows.into]))
    return {
        name
        for each in assigned
        if isinstance(each, Template)
        for reference in each.references
        for name in reference.names
    }


def _rows(
    mapping: Mapping, ended: Ended, number: int, kind: str, subject: Template
) -> Iterator[TableRows]:
    columns: dict[str, Assigned] = {
        "subject_kind": Template(parts=(kind,)),
        "subject_id": subject,
    }
    if ended.at is not None:
        columns["ended_at"] = Template(parts=(ended.at,))
    deleted = columns | {"how": Template(parts=("deleted",))}
    rows = TableRows(into=_TABLE, columns=deleted, written=mapping.main.written, ends=number)
    if ended.merged_into is None:
        yield rows
        return
    into = Reference(names=(ended.merged_into,))
    survivor = Template(
        parts=tuple(into if isinstance(part, Reference) else part for part in subject.parts)
    )
    merged = columns | {"how": Template(parts=("merged",)), "into_id": survivor}
    gone, kept = (
        (Condition.model_validate({"column": ended.merged_into, "present": present}),)
        for present in (True, False)
    )
    yield rows.model_copy(update={"when": kept})
    yield rows.model_copy(update={"when": gone, "columns": merged})
