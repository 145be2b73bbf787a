"""Phones and mailboxes that several people have: they do not say who is meant."""

from __future__ import annotations

from collections.abc import Sequence

from data.engine.warehouse import Warehouse
from data.errors import BackcastError
from data.forget.keyed_rows import IS_WANTED, keyed_steps, wanted
from data.forget.marks import Marks
from data.references import person_of_contact
from data.sql import Query, Step

OF_FUNCTION = "role"
"""State of an e-mail that is a function's: several people may read it."""


class SharedPhoneError(BackcastError):
    """Several people have the phone number, so that it does not say who is meant."""


def refuse_shared_phone(
    marks: Marks, warehouses: Sequence[Warehouse], tables: Sequence[dict[str, set[str]]]
) -> None:
    """Raise SharedPhoneError when nothing but a phone of several people is known."""
    if marks.email_keys:
        return
    owners = _owners(marks, warehouses, tables)
    emails = {email_key for _, email_key, _ in owners} - {None}
    people = emails or {name_key for _, _, name_key in owners} - {None}
    if len(people) > 1:
        differing = "e-mail addresses" if emails else "names"
        raise SharedPhoneError(
            f"{len(people)} people with different {differing} have this phone number. "
            "Say by --email who is meant."
        )


def shared_phones(
    marks: Marks, warehouses: Sequence[Warehouse], tables: Sequence[dict[str, set[str]]]
) -> set[str]:
    """Phones of the person that somebody of another e-mail or name has too.

    Their references leave the marks.
    """
    others = {
        phone_key
        for phone_key, email_key, name_key in _owners(marks, warehouses, tables)
        if marks.is_other(email_key, name_key)
    }
    marks.references -= set(map(person_of_contact, others))
    return others


def shared_mailboxes(
    marks: Marks,
    warehouses: Sequence[Warehouse],
    tables: Sequence[dict[str, set[str]]],
    asked: frozenset[str],
) -> set[str]:
    """Mailboxes of a function that somebody of another name has too; not those `asked` for.

    Their references leave the marks.
    """
    others: set[str] = set()
    for warehouse, columns in zip(warehouses, tables, strict=True):
        rows = warehouse.query(
            Query(
                wanted(marks.email_keys - asked),
                *keyed_steps(columns),
                Step(
                    "readers",
                    "SELECT DISTINCT email_key, name_key FROM keyed_rows "
                    f"WHERE email_key {IS_WANTED} AND email_state = '{OF_FUNCTION}' "
                    "AND name_key IS NOT NULL",
                ),
            )
        )
        others |= {key for key, name_key in rows.iter_rows() if name_key not in marks.name_keys}
    marks.references -= set(map(person_of_contact, others))
    return others


def _owners(
    marks: Marks, warehouses: Sequence[Warehouse], tables: Sequence[dict[str, set[str]]]
) -> set[tuple[str, str | None, str | None]]:
    """Each phone of the person with each e-mail and name that stands beside it."""
    found: set[tuple[str, str | None, str | None]] = set()
    for warehouse, columns in zip(warehouses, tables, strict=True):
        rows = warehouse.query(
            Query(
                wanted(marks.phone_keys),
                *keyed_steps(columns),
                Step(
                    "owners",
                    "SELECT DISTINCT phone_key, email_key, name_key FROM keyed_rows "
                    f"WHERE phone_key {IS_WANTED}",
                ),
            )
        )
        found.update(rows.iter_rows())
    return found
