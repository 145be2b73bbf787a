"""By what a person is known in the store: the keys, and every reference that means them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from data.engine.warehouse import Warehouse
from data.errors import BackcastError
from data.references import PERSON
from data.sql import Query, Step

_KEY_CHARACTERS = 20

_SHARED = "role"
"""The state of an e-mail that is a function's: several people may read it."""


class SharedPhoneError(BackcastError):
    """Several people have the phone number, so that it does not say who is meant."""


@dataclass(slots=True)
class Marks:
    """What tells a person: keyed hashes, ids of records in their systems, and the text given.

    `references` are values of `person_id`: `p_` and the beginning of a key, or `system:record`.
    `texts` are the address or the number as typed and in its one spelling, in small letters.
    """

    email_keys: set[str] = field(default_factory=set)
    phone_keys: set[str] = field(default_factory=set)
    references: set[str] = field(default_factory=set)
    name_keys: set[str] = field(default_factory=set)
    """Keys of the person's names. Others have them too: they tell apart who shares a phone."""
    texts: frozenset[str] = frozenset()

    def values(self) -> set[str]:
        """Every text that means the person where a column holds it as a whole."""
        people = {f"{PERSON}{reference}" for reference in self.references}
        return self.email_keys | self.phone_keys | self.references | people

    def records(self) -> set[str]:
        """References to records of source systems, `system:record`."""
        return {reference for reference in self.references if ":" in reference}


def follow(marks: Marks, warehouses: Sequence[Warehouse]) -> bool:
    """Add everything by which these generations know the person; returns whether they do.

    The rows of one person share a key or a record: whoever has the e-mail, the records that are
    aliases of them, the other e-mail that such a record had in an earlier load, and whoever was
    found to be the same person (`person_identity`). A phone that
    people of other e-mails or other names have too stays out: it is theirs as well. So does the
    mailbox of a function, such as sales@, that people of other names have too, unless it is what
    was asked for.

    Raises SharedPhoneError when all that is known is a phone of several people.
    """
    tables = [_columns(warehouse) for warehouse in warehouses]
    asked = frozenset(marks.email_keys)
    _refuse_shared(marks, warehouses, tables)
    before = -1
    while before != (before := _size(marks)):
        marks.references |= {
            f"p_{key[:_KEY_CHARACTERS]}" for key in marks.email_keys | marks.phone_keys
        }
        for warehouse, columns in zip(warehouses, tables, strict=True):
            _follow_keys(marks, warehouse, columns, asked)
            _follow_aliases(marks, warehouse, columns)
        marks.phone_keys -= _shared(marks, warehouses, tables)
        marks.email_keys -= _shared_mailboxes(marks, warehouses, tables, asked)
    return any(
        _mentions(marks, warehouse, columns)
        for warehouse, columns in zip(warehouses, tables, strict=True)
    )


def _size(marks: Marks) -> int:
    return len(marks.email_keys) + len(marks.phone_keys) + len(marks.references)


def _columns(warehouse: Warehouse) -> dict[str, set[str]]:
    """The columns of each table of a generation."""
    found: dict[str, set[str]] = {}
    listed = warehouse.query(
        Query(Step("listed", "SELECT table_name, column_name FROM information_schema.columns"))
    )
    for table, column in listed.iter_rows():
        found.setdefault(table, set()).add(column)
    return found


def _wanted(marks: set[str]) -> Step:
    rows = " UNION ALL ".join("SELECT CAST(? AS VARCHAR) AS mark" for _ in marks)
    sql = rows or "SELECT CAST(NULL AS VARCHAR) AS mark WHERE false"
    return Step("wanted", sql, tuple(sorted(marks)))


_IS_WANTED = "IN (SELECT mark FROM wanted)"


def _keyed(columns: dict[str, set[str]]) -> tuple[Step, ...]:
    """Steps to `keyed`: person_id, the three keys and email_state of every row with a key.

    A row without an e-mail, such as an alias, has that of another row with its person_id.
    """
    keys = ("email_key", "phone_key", "name_key", "email_state")
    selects = [
        f'SELECT person_id, {", ".join(_or_null(key, names) for key in keys)} FROM "{table}"'
        for table, names in columns.items()
        if "person_id" in names and names & {"email_key", "phone_key"}
    ]
    nobody = (
        "SELECT '' AS person_id, '' AS email_key, '' AS phone_key, '' AS name_key, "
        "'' AS email_state WHERE false"
    )
    return (
        Step("rows_with_keys", " UNION ALL ".join(selects) or nobody),
        Step(
            "keyed",
            "SELECT told.person_id, coalesce(told.email_key, mails.email_key) AS email_key, "
            "told.phone_key, told.name_key, coalesce(told.email_state, mails.email_state) "
            "AS email_state FROM rows_with_keys AS told LEFT JOIN ("
            "SELECT DISTINCT person_id, email_key, email_state FROM rows_with_keys "
            "WHERE email_key IS NOT NULL"
            ") AS mails ON mails.person_id = told.person_id",
        ),
    )


def _or_null(name: str, names: set[str]) -> str:
    return name if name in names else f"CAST(NULL AS VARCHAR) AS {name}"


def _follow_keys(
    marks: Marks, warehouse: Warehouse, columns: dict[str, set[str]], asked: frozenset[str]
) -> None:
    found = warehouse.query(
        Query(
            _wanted(marks.references | marks.email_keys | marks.phone_keys),
            *_keyed(columns),
            Step(
                "found",
                "SELECT DISTINCT person_id, email_key, phone_key, name_key, email_state FROM keyed "
                f"WHERE person_id {_IS_WANTED} OR email_key {_IS_WANTED} "
                f"OR phone_key {_IS_WANTED}",
            ),
        )
    )
    by_phone = []
    for *row, email_state in found.iter_rows():
        person_id, email_key, _, name_key = row
        own = email_state != _SHARED or email_key in asked or name_key in marks.name_keys
        if person_id in marks.references or (email_key in marks.email_keys and own):
            _add(marks, *row)
        elif email_key not in marks.email_keys:
            by_phone.append(row)
    for person_id, email_key, phone_key, name_key in by_phone:
        if not _is_other(marks, email_key, name_key):
            _add(marks, person_id, email_key, phone_key, name_key)


def _add(
    marks: Marks,
    person_id: str,
    email_key: str | None,
    phone_key: str | None,
    name_key: str | None,
) -> None:
    marks.references.add(person_id)
    for keys, key in (
        (marks.email_keys, email_key),
        (marks.phone_keys, phone_key),
        (marks.name_keys, name_key),
    ):
        if key is not None:
            keys.add(key)


def _is_other(marks: Marks, email_key: str | None, name_key: str | None) -> bool:
    """Whether who has the person's phone is somebody else: by the e-mail, else by the name."""
    if email_key is not None:
        return bool(marks.email_keys) and email_key not in marks.email_keys
    return name_key is not None and bool(marks.name_keys) and name_key not in marks.name_keys


def _follow_aliases(marks: Marks, warehouse: Warehouse, columns: dict[str, set[str]]) -> None:
    needed = {"source_system", "source_record_id", "person_id"}
    selects = [
        f"SELECT source_system || ':' || source_record_id AS reference, person_id FROM \"{table}\""
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
            _wanted(marks.references),
            Step("aliases", " UNION ALL ".join(selects)),
            Step(
                "found",
                "SELECT DISTINCT reference, person_id FROM aliases "
                f"WHERE person_id {_IS_WANTED} OR reference {_IS_WANTED}",
            ),
        )
    )
    for row in found.iter_rows():
        marks.references.update(row)


def _shared(
    marks: Marks, warehouses: Sequence[Warehouse], tables: Sequence[dict[str, set[str]]]
) -> set[str]:
    """Phones of the person that somebody of another e-mail has too."""
    others = {
        phone_key
        for phone_key, email_key, name_key in _owners(marks, warehouses, tables)
        if _is_other(marks, email_key, name_key)
    }
    marks.references -= {f"p_{key[:_KEY_CHARACTERS]}" for key in others}
    return others


def _shared_mailboxes(
    marks: Marks,
    warehouses: Sequence[Warehouse],
    tables: Sequence[dict[str, set[str]]],
    asked: frozenset[str],
) -> set[str]:
    """Mailboxes of a function that somebody of another name has too; not those asked for."""
    others: set[str] = set()
    for warehouse, columns in zip(warehouses, tables, strict=True):
        rows = warehouse.query(
            Query(
                _wanted(marks.email_keys - asked),
                *_keyed(columns),
                Step(
                    "readers",
                    "SELECT DISTINCT email_key, name_key FROM keyed "
                    f"WHERE email_key {_IS_WANTED} AND email_state = '{_SHARED}' "
                    "AND name_key IS NOT NULL",
                ),
            )
        )
        others |= {key for key, name_key in rows.iter_rows() if name_key not in marks.name_keys}
    marks.references -= {f"p_{key[:_KEY_CHARACTERS]}" for key in others}
    return others


def _refuse_shared(
    marks: Marks, warehouses: Sequence[Warehouse], tables: Sequence[dict[str, set[str]]]
) -> None:
    if marks.email_keys:
        return
    owners = _owners(marks, warehouses, tables)
    emails = {email_key for _, email_key, _ in owners} - {None}
    people = emails or {name_key for _, _, name_key in owners} - {None}
    if len(people) > 1:
        told = "e-mail addresses" if emails else "names"
        raise SharedPhoneError(
            f"{len(people)} people with different {told} have this phone number. "
            "Say by --email who is meant."
        )


def _owners(
    marks: Marks, warehouses: Sequence[Warehouse], tables: Sequence[dict[str, set[str]]]
) -> set[tuple[str, str | None, str | None]]:
    """Each phone of the person with each e-mail and name that stands beside it."""
    found: set[tuple[str, str | None, str | None]] = set()
    for warehouse, columns in zip(warehouses, tables, strict=True):
        rows = warehouse.query(
            Query(
                _wanted(marks.phone_keys),
                *_keyed(columns),
                Step(
                    "owners",
                    "SELECT DISTINCT phone_key, email_key, name_key FROM keyed "
                    f"WHERE phone_key {_IS_WANTED}",
                ),
            )
        )
        found.update(rows.iter_rows())
    return found


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
            _wanted(marks.references),
            Step("people", " UNION ALL ".join(selects)),
            Step("found", f"SELECT 1 AS one FROM people WHERE person_id {_IS_WANTED} LIMIT 1"),
        )
    )
    return not found.is_empty()
