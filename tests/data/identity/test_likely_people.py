"""Persons that may be one are proposed, with a confidence, and never merged by a name."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tests.data.identity.resolving import person
from tests.metrics.facts import DraftWarehouse, Facts, Row, account, lead

ACCOUNTS = (account("A", "Acme", domain="acme.com"), account("B", "Beta", domain="beta.com"))

WORK = {"email_key": "e1", "email_domain": "acme.com"}

WORK_TOO = {"email_key": "e2", "email_domain": "acme.com"}

PRIVATE = {"email_key": "e3", "email_domain": "qq.com"}

PRIVATE_TOO = {"email_key": "e4", "email_domain": "gmail.com"}


def ann(person_id: str, account_id: str = "A", **more: object) -> Row:
    return person(person_id, name_key="ann", account_id=account_id, **more)


def proposals(draft: DraftWarehouse, *persons: Row, **more: Any) -> list[Row]:
    draft.hold(Facts(account=ACCOUNTS, person=persons, **more))
    found = draft.table("person_proposal")
    merged = {
        row["person_id"] for row in draft.table("person_identity") if "p_" in row["reference"]
    }
    assert len(merged) == len(persons), "nobody is merged by a name"
    return found


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ({}, {}, True),
        (WORK, {"phone_key": "f1"}, True),
        (WORK, {}, True),
        (WORK, PRIVATE, True),
        (WORK, WORK_TOO, False),
        (PRIVATE, PRIVATE_TOO, False),
        ({"phone_key": "f1"}, {"phone_key": "f2"}, False),
        ({**WORK, "phone_key": "f1"}, {"phone_key": "f2"}, False),
        ({}, {"account_id": "B"}, False),
        ({}, {"name_key": "bob"}, False),
        ({}, {"name_key": None}, False),
        ({"account_id": None}, {"account_id": None}, False),
    ],
)
def test_one_name_at_one_company_is_proposed_unless_contacts_contradict(
    draft: DraftWarehouse, one: dict[str, Any], other: dict[str, Any], found: bool
) -> None:
    rows = proposals(draft, ann("p_1") | one, ann("p_2") | other)
    assert [(row["person_id"], row["reference"], row["matched_by"]) for row in rows] == (
        [("p_1", "p_2", "name_company")] if found else []
    )
    assert all(0.3 <= row["confidence"] <= 0.85 for row in rows)


def test_the_company_may_be_that_of_a_lead_or_of_the_mailbox(draft: DraftWarehouse) -> None:
    by_lead = ann("p_1") | {"account_id": None}
    by_mail = ann("p_2", **WORK) | {"account_id": None}
    leads = (lead("L", datetime(2026, 1, 1), person_id="p_1", account_id="A"),)
    (row,) = proposals(draft, by_lead, by_mail, lead=leads)
    assert row["account_id"] == "A"


def confidence(draft: DraftWarehouse, one: Row, other: Row, *rest: Row) -> float:
    (row,) = [row for row in proposals(draft, one, other, *rest)
              if {row["person_id"], row["reference"]} == {"p_1", "p_2"}]  # fmt: skip
    return float(row["confidence"])


def namesakes(count: int) -> list[Row]:
    return [ann(f"p_b{place}", "B", phone_key=f"f{place}") for place in range(count)]


def colleagues(count: int) -> list[Row]:
    return [person(f"p_c{place}", name_key=f"n{place}", account_id="A") for place in range(count)]


def test_more_evidence_is_surer_and_more_chance_is_less(draft: DraftWarehouse) -> None:
    crowd = [*namesakes(4), *colleagues(150)]
    plain = confidence(draft, ann("p_1"), ann("p_2"), *crowd)
    titled = ann("p_1", job_title="Buyer"), ann("p_2", job_title="buyer")
    assert confidence(draft, *titled, *crowd) > plain
    assert confidence(draft, titled[0], ann("p_2", job_title="CEO"), *crowd) < plain
    assert confidence(draft, ann("p_1", **WORK), ann("p_2", **PRIVATE), *crowd) < plain
    assert confidence(draft, ann("p_1"), ann("p_2"), *crowd, *namesakes(9)[4:]) < plain
    assert confidence(draft, ann("p_1"), ann("p_2"), *crowd[:4], *colleagues(20)) > plain


def test_a_third_of_the_name_makes_each_pair_less_sure(draft: DraftWarehouse) -> None:
    rows = proposals(draft, ann("p_1"), ann("p_2"), ann("p_3"))
    assert [row["confidence"] for row in rows] == [pytest.approx(0.425)] * 3
    assert proposals(draft, *(ann(f"p_{place}") for place in range(6))) == []
