"""By what a person is known in the store: the keys, and every reference that means them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from data.errors import BackcastError
from data.names import PERSON
from data.query import Query, Step
from data.warehouse import Warehouse

_KEY_CHARACTERS = 20


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
    aliases of them, the other e-mail that such a record had in an earlier load. A phone that
    people of other e-mails have too stays out: it is theirs as well.

    Raises SharedPhoneError when all that is known is a phone of several people.
    """
    tables = [_columns(warehouse) for warehouse in warehouses]
    _refuse_shared(marks, warehouses, tables)
    before = -1
    while before != (before := _size(marks)):
        marks.references |= {
            f"p_{key[:_KEY_CHARACTERS]}" for key in marks.email_keys | marks.phone_keys
        }
        for warehouse, columns in zip(warehouses, tables, strict=True):
            _follow_keys(marks, warehouse, columns)
            _follow_aliases(marks, warehouse, columns)
        marks.phone_keys -= _shared(marks, warehouses, tables)
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


def _keyed(columns: dict[str, set[str]]) -> str:
    """SQL of every row that has a key of a person: person_id, email_key, phone_key."""
    selects = [
        f"SELECT person_id, {_or_null('email_key', names)}, {_or_null('phone_key', names)} "
        f'FROM "{table}"'
        for table, names in columns.items()
        if "person_id" in names and names & {"email_key", "phone_key"}
    ]
    return " UNION ALL ".join(selects)


def _or_null(name: str, names: set[str]) -> str:
    return name if name in names else f"CAST(NULL AS VARCHAR) AS {name}"


def _follow_keys(marks: Marks, warehouse: Warehouse, columns: dict[str, set[str]]) -> None:
    if not (keyed := _keyed(columns)):
        return
    found = warehouse.query(
        Query(
            _wanted(marks.references | marks.email_keys | marks.phone_keys),
            Step("keyed", keyed),
            Step(
                "found",
                "SELECT DISTINCT person_id, email_key, phone_key FROM keyed "
                f"WHERE person_id {_IS_WANTED} OR email_key {_IS_WANTED} "
                f"OR phone_key {_IS_WANTED}",
            ),
        )
    )
    for person_id, email_key, phone_key in found.iter_rows():
        if email_key is not None and email_key not in marks.email_keys:
            known = person_id in marks.references
            if not known and marks.email_keys:
                continue  # somebody else who only has the same phone
            marks.email_keys.add(email_key)
        marks.references.add(person_id)
        if phone_key is not None:
            marks.phone_keys.add(phone_key)


def _follow_aliases(marks: Marks, warehouse: Warehouse, columns: dict[str, set[str]]) -> None:
    needed = {"source_system", "source_record_id", "person_id"}
    selects = [
        f"SELECT source_system || ':' || source_record_id AS reference, person_id FROM \"{table}\""
        for table, names in columns.items()
        if needed <= names
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
    if not marks.email_keys:
        return set()
    others: set[str] = set()
    for phone_key, email_key in _owners(marks, warehouses, tables):
        if email_key not in marks.email_keys:
            others.add(phone_key)
    marks.references -= {f"p_{key[:_KEY_CHARACTERS]}" for key in others}
    return others


def _refuse_shared(
    marks: Marks, warehouses: Sequence[Warehouse], tables: Sequence[dict[str, set[str]]]
) -> None:
    if marks.email_keys:
        return
    owners = {email_key for _, email_key in _owners(marks, warehouses, tables)}
    if len(owners) > 1:
        raise SharedPhoneError(
            f"{len(owners)} people with different e-mail addresses have this phone number. "
            "Say by --email who is meant."
        )


def _owners(
    marks: Marks, warehouses: Sequence[Warehouse], tables: Sequence[dict[str, set[str]]]
) -> set[tuple[str, str]]:
    """Each phone of the person with each e-mail that stands beside it."""
    found: set[tuple[str, str]] = set()
    for warehouse, columns in zip(warehouses, tables, strict=True):
        if keyed := _keyed(columns):
            rows = warehouse.query(
                Query(
                    _wanted(marks.phone_keys),
                    Step("keyed", keyed),
                    Step(
                        "owners",
                        "SELECT DISTINCT phone_key, email_key FROM keyed "
                        f"WHERE phone_key {_IS_WANTED} AND email_key IS NOT NULL",
                    ),
                )
            )
            found.update(rows.iter_rows())
    return found


def _mentions(marks: Marks, warehouse: Warehouse, columns: dict[str, set[str]]) -> bool:
    """Whether any row is about the person."""
    selects = [
        f'SELECT person_id FROM "{table}"'
        for table, names in columns.items()
        if "person_id" in names
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
