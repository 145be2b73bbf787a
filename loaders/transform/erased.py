"""Recognises rows about people who were erased on request, so that no file brings them back."""

from __future__ import annotations

from data.engine.draft import Draft
from data.privacy.keys import Keys
from data.references import erased_lead_sql, person_of_contact_sql, person_of_record_sql
from data.schema.canonical_people import FREE_TEXT, PEOPLE
from loaders.language.model import Mapping

ERASED = "person_erased"
"""The name of the value that says whether a row is about an erased person."""


_VARIABLE = "erased_record_salt"

_PEOPLE = "erased_people"


def recall(draft: Draft, keys: Keys) -> bool:
    """Make the keys of erased people and records known to the SQL that asks for them.

    Until then, and while nobody was erased, that SQL is false at no cost. Returns whether anybody
    was.
    """
    draft.execute(f"RESET VARIABLE {_VARIABLE}")
    contacts = " UNION ALL ".join(
        f"SELECT {person_of_contact_sql(name)} AS person FROM erased_person "
        f"WHERE {name} IS NOT NULL"
        for name in ("email_key", "phone_key")
    )
    draft.execute(f"SET VARIABLE {_PEOPLE} = (SELECT list(person) FROM ({contacts}) AS people)")
    erased = draft.one(
        "SELECT EXISTS (SELECT 1 FROM erased_record) OR EXISTS (SELECT 1 FROM erased_person)"
    )
    if erased[0]:
        draft.execute(f"SET VARIABLE {_VARIABLE} = '{keys.record_salt}'")
    return bool(erased[0])


def is_erased_record(reference: str) -> str:
    """SQL: the record that a reference means was an erased person's; never missing."""
    return (
        f"coalesce(sha256(getvariable('{_VARIABLE}') || {reference}) "
        "IN (SELECT record_key FROM erased_record), false)"
    )


def is_erased_person(person_id: str) -> str:
    """SQL: a value of `person_id` means an erased person; never missing."""
    return f"({is_erased_contact(person_id)} OR {is_erased_record(person_id)})"


def is_erased_contact(reference: str) -> str:
    """SQL: a reference made of an address or a number is an erased person's; never missing."""
    return f"coalesce(list_contains(getvariable('{_PEOPLE}'), {reference}), false)"


def is_about_erased(table: str, values: dict[str, str]) -> str | None:
    """SQL: a row is about an erased person or a lead of theirs, by the SQL of its own values.

    None for a table of which only the person that the file's row names says so.
    """
    if table == "consent_event":
        return is_erased_person(values["person_id"])
    if table in ("tag", "record_end"):
        kind, subject = values["subject_kind"], values["subject_id"]
        of_lead = is_erased_record(erased_lead_sql(subject))
        return (
            f"(coalesce({kind} = 'lead', false) AND {of_lead} "
            f"OR coalesce({kind} = 'person', false) AND {is_erased_person(subject)})"
        )
    return None


def left_out(mapping: Mapping) -> bool:
    """Whether rows about an erased person are left out of the file, and not only of a table."""
    return mapping.main.into in PEOPLE


def without_text(
    table: str, column: str, value: str, values: dict[str, str], knows_erased: bool
) -> str:
    """SQL of a column's value; what somebody wrote about an erased person is missing.

    `values` are those of the row, `knows_erased` says whether the row knows if its
    person is erased.
    """
    if table == "lead" and column in FREE_TEXT:
        erased = is_erased_record(erased_lead_sql(values["lead_id"]))
        if knows_erased:
            erased += f" OR v_{ERASED}"
        return f"CASE WHEN NOT ({erased}) THEN {value} END"
    if table == "stage_change" and column == "reason":
        lead = erased_lead_sql(values["subject_id"])
        return f"CASE WHEN NOT {is_erased_record(lead)} THEN {value} END"
    if table == "stage_change" and column == "actor":
        record = person_of_record_sql(values["source_system"], value)
        return f"CASE WHEN NOT {is_erased_record(record)} THEN {value} END"
    return value
