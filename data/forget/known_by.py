"""Finds every key and every reference that identifies a person in a store."""

from __future__ import annotations

from collections.abc import Sequence

from data.engine.warehouse import Warehouse
from data.forget.keyed_rows import IS_WANTED, columns_by_table, keyed_steps, wanted
from data.forget.marks import Marks
from data.forget.shared_contacts import (
    OF_FUNCTION,
    refuse_shared_phone,
    shared_mailboxes,
    shared_phones,
)
from data.references import person_of_contact, person_of_record_sql
from data.sql import Query, Step


def follow(marks: Marks, warehouses: Sequence[Warehouse]) -> bool:
    """Add everything by which these generations know the person; returns whether they do.

    The rows of one person share a key or a record: whoever has the e-mail, the records that are
    aliases of them, the other e-mail that such a record had in an earlier load, and whoever was
    found to be the same person (`person_identity`). A phone that people of other e-mails or other
    names have too stays out, because it is theirs as well. So does the mailbox of a function, such
    as sales@, that people of other names have too, unless `marks` begins with it.

    Raises SharedPhoneError when all that is known is a phone of several people, and EngineError
    with the failing step.
    """
    tables = [columns_by_table(warehouse) for warehouse in warehouses]
    asked = frozenset(marks.email_keys)
    refuse_shared_phone(marks, warehouses, tables)
    before = -1
    while before != (before := marks.count()):
        marks.references |= set(map(person_of_contact, marks.email_keys | marks.phone_keys))
        for warehouse, columns in zip(warehouses, tables, strict=True):
            _follow_keys(marks, warehouse, columns, asked)
            _follow_aliases(marks, warehouse, columns)
        marks.phone_keys -= shared_phones(marks, warehouses, tables)
        marks.email_keys -= shared_mailboxes(marks, warehouses, tables, asked)
    return any(
        _mentions(marks, warehouse, columns)
        for warehouse, columns in zip(warehouses, tables, strict=True)
    )


def _follow_keys(
    marks: Marks, warehouse: Warehouse, columns: dict[str, set[str]], asked: frozenset[str]
) -> None:
    found = warehouse.query(
        Query(
            wanted(marks.references | marks.email_keys | marks.phone_keys),
            *keyed_steps(columns),
            Step(
                "found",
                "SELECT DISTINCT person_id, email_key, phone_key, name_key, email_state "
                f"FROM keyed_rows WHERE person_id {IS_WANTED} OR email_key {IS_WANTED} "
                f"OR phone_key {IS_WANTED}",
            ),
        )
    )
    by_phone = []
    for *row, email_state in found.iter_rows():
        person_id, email_key, _, name_key = row
        own = email_state != OF_FUNCTION or email_key in asked or name_key in marks.name_keys
        if person_id in marks.references or (email_key in marks.email_keys and own):
            marks.add(*row)
        elif email_key not in marks.email_keys:
            by_phone.append(row)
    for person_id, email_key, phone_key, name_key in by_phone:
        if not marks.is_other(email_key, name_key):
            marks.add(person_id, email_key, phone_key, name_key)


def _follow_aliases(marks: Marks, warehouse: Warehouse, columns: dict[str, set[str]]) -> None:
    record = person_of_record_sql("source_system", "source_record_id")
    needed = {"source_system", "source_record_id", "person_id"}
    selects = [
        f'SELECT {record} AS reference, person_id FROM "{table}"'
        for table, names in columns.items()
        if needed <= names
    ] + [
        f'SELECT reference, person_id FROM "{table}"'
        for table, names in columns.items()
        if {"reference", "person_id"} <= names
    ]
    if not selects:
        return
    found = warehouse.query(
        Query(
            wanted(marks.references),
            Step("aliases", " UNION ALL ".join(selects)),
            Step(
                "found",
                "SELECT DISTINCT reference, person_id FROM aliases "
                f"WHERE person_id {IS_WANTED} OR reference {IS_WANTED}",
            ),
        )
    )
    for row in found.iter_rows():
        marks.references.update(row)


def _mentions(marks: Marks, warehouse: Warehouse, columns: dict[str, set[str]]) -> bool:
    """Whether any row is about the person, or has their contact for its id."""
    selects = [
        f'SELECT "{name}" AS person_id FROM "{table}"'
        for table, names in columns.items()
        for name in sorted(names)
        if name.endswith("_id") and name != "load_id"
    ]
    if not selects:
        return False
    found = warehouse.query(
        Query(
            wanted(marks.references),
            Step("people", " UNION ALL ".join(selects)),
            Step("found", f"SELECT 1 AS one FROM people WHERE person_id {IS_WANTED} LIMIT 1"),
        )
    )
    return not found.is_empty()
