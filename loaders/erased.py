"""Who was erased on request: no file brings them back, whatever it knows them by."""

from __future__ import annotations

from pathlib import Path

from data.draft import Draft
from data.erasing import FREE_TEXT, LEAD, PEOPLE
from data.hashing_key import record_salt
from loaders.mapping import Mapping

ERASED = "person_erased"
"""The name of the value that says whether a row is about an erased person."""

_VARIABLE = "erased_record_salt"


def recall(draft: Draft, store: Path) -> None:
    """Make the keys of erased records known to the SQL of `is_erased_record`.

    Until then, and while no record was erased, that SQL is false at no cost.
    """
    draft.execute(f"RESET VARIABLE {_VARIABLE}")
    if not draft.query("SELECT 1 FROM erased_record LIMIT 1").is_empty():
        draft.execute(f"SET VARIABLE {_VARIABLE} = '{record_salt(store)}'")


def anyone(draft: Draft, tables: tuple[str, ...]) -> bool:
    """Whether a row of the file may be an erased person's; `tables` are its lookups of contacts."""
    if draft.one(f"SELECT getvariable('{_VARIABLE}') IS NOT NULL")[0]:
        return True
    return any(
        not draft.query(f"SELECT 1 FROM {table} WHERE erased LIMIT 1").is_empty()
        for table in tables
    )


def is_erased_record(reference: str) -> str:
    """SQL: the record that a reference means was an erased person's; never missing."""
    return (
        f"coalesce(sha256(getvariable('{_VARIABLE}') || {reference}) "
        "IN (SELECT record_key FROM erased_record), false)"
    )


def is_erased_person(person_id: str) -> str:
    """SQL: a value of `person_id` means an erased person; never missing."""
    keys = " UNION ALL ".join(
        f"SELECT 'p_' || left({name}, 20) FROM erased_person WHERE {name} IS NOT NULL"
        for name in ("email_key", "phone_key")
    )
    return f"(coalesce({person_id} IN ({keys}), false) OR {is_erased_record(person_id)})"


def left_out(mapping: Mapping) -> bool:
    """Whether rows about an erased person are left out of the file, and not only of a table."""
    return mapping.main.into in PEOPLE


def without_text(table: str, column: str, value: str, values: dict[str, str], told: bool) -> str:
    """SQL of a column's value; what somebody wrote about an erased person is missing.

    `values` are those of the row, `told` says whether the row knows whether its person is erased.
    """
    if table == "lead" and column in FREE_TEXT:
        erased = is_erased_record(f"'{LEAD}' || {values['lead_id']}")
        if told:
            erased += f" OR v_{ERASED}"
        return f"CASE WHEN NOT ({erased}) THEN {value} END"
    if table == "stage_change" and column == "reason":
        lead = f"'{LEAD}' || {values['subject_id']}"
        return f"CASE WHEN NOT {is_erased_record(lead)} THEN {value} END"
    if table == "stage_change" and column == "actor":
        record = f"{values['source_system']} || ':' || {value}"
        return f"CASE WHEN NOT {is_erased_record(record)} THEN {value} END"
    return value
