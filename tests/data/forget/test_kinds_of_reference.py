"""A person is erased whatever kind of reference a row has to them, and nobody else is."""

from __future__ import annotations

import hashlib

from data import references
from data.engine.draft import Draft
from data.forget.forget import Contact, ContactKind, Outcome, forget
from data.privacy.keys import Keys
from data.references import (
    erased_lead,
    erased_visitor,
    lead_of_person,
    person_of_contact,
    reference,
)
from tests.data.forget.planted import ANN, ANN_PHONE, BOB, HASHER, SHARED_PHONE, Planted, cells

BY_EMAIL, BY_PHONE, BY_ID = (
    person_of_contact(HASHER.digest(ANN)),
    person_of_contact(HASHER.digest(ANN_PHONE)),
    "generic:crm000077",
)

NAMED_BESIDE_PHONE = f"{BY_PHONE}_01234567"
"""The reference to one of several people of a phone, of whom the name says which."""


def planted_interactions(draft: Draft, persons: dict[str, str], visitor: str) -> None:
    """One interaction for each person, and one by a visitor without a person."""
    for kind, person in persons.items():
        draft.execute(
            "INSERT INTO interaction BY NAME SELECT ? AS interaction_id, ? AS person_id, "
            "TIMESTAMP '2026-03-01' AS occurred_at, 'page_view' AS action, load_id "
            "FROM load LIMIT 1",
            (kind, person),
        )
    draft.execute(
        "INSERT INTO interaction BY NAME SELECT 'visitor' AS interaction_id, "
        "? AS visitor_id, TIMESTAMP '2026-03-01' AS occurred_at, 'page_view' AS action, load_id "
        "FROM load LIMIT 1",
        (visitor,),
    )


def test_each_kind_of_reference_is_erased(planted: Planted) -> None:
    persons = {"email": BY_EMAIL, "phone": BY_PHONE, "id": BY_ID, "named": NAMED_BESIDE_PHONE}
    others = {"bob": person_of_contact(HASHER.digest(BOB)), "bob's id": "generic:crm000078"}
    with planted.store.writing() as path, Draft.open(path) as draft:
        draft.execute(
            "INSERT INTO person BY NAME SELECT ? AS person_id, ? AS phone_key, load_id "
            "FROM load LIMIT 1",
            (NAMED_BESIDE_PHONE, HASHER.digest(ANN_PHONE)),
        )
        planted_interactions(draft, persons | others, "v0001")
        for kind, person in (persons | others).items():
            draft.execute(
                "INSERT INTO opportunity BY NAME SELECT ? AS opportunity_id, "
                "? AS primary_lead_id, load_id FROM load LIMIT 1",
                (kind, lead_of_person(person)),
            )
            draft.execute(
                "INSERT INTO experiment_arm BY NAME SELECT 'X-1' AS experiment_id, "
                "? AS member, 'test' AS role, load_id FROM load LIMIT 1",
                (person,),
            )

    assert forget(planted.store, Contact(ContactKind.EMAIL, ANN)).outcome is Outcome.ERASED

    current = planted.store.current().path
    left = {(table, column, value) for table, column, value in cells(current)}
    values = {value for _, _, value in left}
    for kind, person in persons.items():
        assert not [value for value in values if person in value], kind
        assert ("interaction", "interaction_id", kind) not in left
        assert ("opportunity", "opportunity_id", kind) in left, "the books stay"
    assert ("interaction", "interaction_id", "visitor") not in left
    for kind, person in others.items():
        assert ("interaction", "interaction_id", kind) in left
        assert ("experiment_arm", "member", person) in left
        assert lead_of_person(person) in values
    salt = Keys.of(planted.store.path).record_salt
    remembered = {value for table, _, value in left if table == "erased_record"}
    for each in (BY_ID, erased_lead("L1"), erased_lead("L4"), erased_visitor("v0001")):
        assert hashlib.sha256(f"{salt}{each}".encode()).hexdigest() in remembered
    for each in ("generic:crm000078", erased_lead("L2"), erased_visitor("v0002")):
        assert hashlib.sha256(f"{salt}{each}".encode()).hexdigest() not in remembered


def test_a_reference_is_spelled_alike_by_the_engine_and_in_python(planted: Planted) -> None:
    with planted.store.writing() as path, Draft.open(path) as draft:
        for value in (BY_EMAIL, HASHER.digest(SHARED_PHONE), "L1", "v'1"):
            for spelled, sql in (
                (references.person_of_contact, references.person_of_contact_sql),
                (references.lead_of_person, references.lead_of_person_sql),
                (references.erased_lead, references.erased_lead_sql),
                (references.erased_visitor, references.erased_visitor_sql),
            ):
                assert draft.one(f"SELECT {sql('?')}", (value,)) == (spelled(value),)
        (named,) = draft.one(
            f"SELECT {reference('written')} FROM (SELECT ' Spring  FAIR' AS written)"
        )
        assert named == "name:spring fair"
        lead = lead_of_person(BY_ID)
        back = references.person_of_lead_sql("lead_id")
        assert draft.one(f"SELECT {back} FROM (SELECT ? AS lead_id)", (lead,)) == (BY_ID,)
        assert draft.one(f"SELECT {back} FROM (SELECT 'L1' AS lead_id)") == (None,)
