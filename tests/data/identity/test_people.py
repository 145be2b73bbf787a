"""Which references are one person, and which are not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.data.identity.resolving import alias, identity, people, person
from tests.metrics.facts import DraftWarehouse, Facts, account, lead, touch

PHONE = "f" * 64


def pair(*references: str) -> set[frozenset[str]]:
    return {frozenset(references)}


def test_one_e_mail_is_one_person(draft: DraftWarehouse) -> None:
    found = people(draft, person("a", email_key="e1"), person("b", email_key="e1"),
                   person("c", email_key="e2"))  # fmt: skip
    assert found == pair("a", "b")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"name_key": "ann"}, {"name_key": "ann"}, True),
        ({"name_key": "ann"}, {"name_key": "bob"}, False),
        ({"name_key": "ann", "account_id": "A"}, {"name_key": "ann", "account_id": "B"}, True),
        ({"name_key": "ann"}, {}, True),
        ({}, {}, True),
        ({"account_id": "A"}, {"account_id": "B"}, False),
        ({"account_id": "A"}, {"account_id": "A"}, True),
        ({"email_key": "e1"}, {"email_key": "e2"}, False),
        ({"email_key": "e1"}, {}, True),
        ({"email_key": "e1", "name_key": "ann"}, {"email_key": "e2", "name_key": "ann"}, True),
    ],
)
def test_a_shared_phone_is_one_person_unless_something_speaks_against_it(
    draft: DraftWarehouse, one: dict[str, str], other: dict[str, str], same: bool
) -> None:
    x, y = person("x", phone_key=PHONE, **one), person("y", phone_key=PHONE, **other)
    found = people(draft, x, y, account=(account("A"), account("B")))
    assert found == (pair("x", "y") if same else set())


def test_whoever_has_no_name_does_not_make_two_names_one(draft: DraftWarehouse) -> None:
    found = people(
        draft,
        person("ann", phone_key=PHONE, name_key="ann", account_id="A"),
        person("bob", phone_key=PHONE, name_key="bob", account_id="B"),
        person("nobody", phone_key=PHONE),
        person("at_b", phone_key=PHONE, account_id="B"),
        account=(account("A"), account("B")),
    )
    assert found == pair("bob", "at_b")


def test_a_record_told_by_two_references_is_one_person(draft: DraftWarehouse) -> None:
    """As when a lead had only a phone first and got an e-mail later."""
    found = people(
        draft,
        person("p_mail", email_key="e1"),
        person("crm:1"),
        person_alias=(alias("crm:1", "p_mail"), alias("web:7", "p_mail")),
    )
    assert found == pair("p_mail", "crm:1", "web:7")
    assert {row["person_id"] for row in draft.table("person_identity")} == {"p_mail"}


def test_a_record_keeps_the_phone_that_its_person_has_replaced(draft: DraftWarehouse) -> None:
    found = people(
        draft,
        person("p_mail", email_key="e1", phone_key="new", name_key="ann"),
        person("p_phone", phone_key=PHONE, name_key="ann"),
        person_alias=(alias("crm:1", "p_mail", phone_key=PHONE, name_key="ann"),),
    )
    assert found == pair("p_mail", "p_phone", "crm:1")


def test_a_phone_alone_refers_to_the_one_who_has_it(draft: DraftWarehouse) -> None:
    reference = f"p_{PHONE[:20]}"
    draft.hold(
        Facts(
            person=(person("p_mail", email_key="e1", phone_key=PHONE, name_key="ann"),),
            lead=(lead("L1", datetime(2026, 1, 1), person_id="p_mail"),),
            interaction=(touch("I1", datetime(2026, 1, 2), reference),),
        )
    )
    assert [row["person_id"] for row in draft.table("touch")] == ["p_mail"]


def test_of_several_records_of_a_person_the_most_complete_is_shown(draft: DraftWarehouse) -> None:
    draft.hold(
        Facts(
            person=(
                person("p_a", email_key="e1", job_title="CEO"),
                person("p_b", email_key="e1", city="Berlin"),
            ),
            lead=(lead("L1", datetime(2026, 1, 1), person_id="p_b"),),
        )
    )
    (row,) = draft.table("journey")
    assert (row["person_id"], row["city"]) == ("p_a", "Berlin")
    assert (row["seniority"], row["persona"]) == ("C-Level", "Economic Buyer")


KEYS = st.sampled_from((None, "k1", "k2", "k3"))

PERSONS = st.lists(
    st.tuples(KEYS, KEYS, KEYS, st.sampled_from((None, "A", "B", "name:a"))),
    min_size=1,
    max_size=8,
)  # fmt: skip

ACCOUNTS = (
    account("A", "A Company", domain="a.test"),
    account("B", "B Company"),
    account("name:a", "a company"),
)


def world(contacts: Sequence[tuple[str | None, ...]]) -> Facts:
    persons = tuple(
        person(f"p_{number}", email_key=mail, phone_key=phone, name_key=name, account_id=company)
        for number, (mail, phone, name, company) in enumerate(contacts)
    )
    leads = tuple(
        lead(f"L{number}", datetime(2026, 1, 1), person_id=f"p_{number}")
        for number in range(len(contacts))
    )
    aliases = tuple(alias(f"crm:{number}", f"p_{number}") for number in range(0, len(contacts), 2))
    return Facts(person=persons, lead=leads, person_alias=aliases, account=ACCOUNTS)


@settings(max_examples=25, deadline=None)
@given(PERSONS, st.integers(0, 9))
def test_the_order_of_rows_can_not_be_seen(
    draft: DraftWarehouse, contacts: list[tuple[str | None, ...]], seed: int
) -> None:
    first = identity(draft.hold(world(contacts)))
    assert identity(draft.hold(world(contacts).shuffled(seed))) == first
    draft.derive()
    assert identity(draft) == first
    references = [row[0] for row in first["person_identity"]]
    assert len(references) == len(set(references))
    known = {row[0]: row[1] for row in first["person_identity"]}
    assert all(known[person_id] == person_id for person_id in known.values())


@settings(max_examples=25, deadline=None)
@given(PERSONS)
def test_different_names_with_different_mailboxes_are_never_one(
    draft: DraftWarehouse, contacts: list[tuple[str | None, ...]]
) -> None:
    apart = [(f"e{place}", phone, f"n{place}", company)
             for place, (_, phone, _, company) in enumerate(contacts)]  # fmt: skip
    draft.hold(world(apart))
    people_found = {row["person_id"] for row in draft.table("person_identity")}
    assert len(people_found) == len(contacts)
