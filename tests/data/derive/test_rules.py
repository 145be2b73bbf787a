"""Personas, segments and tags by rule, and tags by hand: who has them, on which day."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from data.definitions import Definitions
from metrics.horizon import dimension_values
from metrics.scope import Dimension, Viewer
from tests.metrics import facts
from tests.metrics.facts import TERMS, DraftWarehouse, Facts, Row

NEWEST = datetime(2026, 3, 31, 12)
HERE = datetime(2026, 1, 5)


def defined(**rules: list[dict[str, Any]]) -> Definitions:
    """The terms of tests with these rules, and no others of their kind."""
    plain: dict[str, Any] = {"persona": [], "segment": [], "tag": []}
    return Definitions.model_validate(TERMS.model_dump() | plain | rules)


def leads(draft: DraftWarehouse, definitions: Definitions, *rows: Row, **more: Any) -> list[Row]:
    draft.hold(Facts(lead=rows, as_of=NEWEST, **more), definitions)
    return sorted(draft.table("journey"), key=lambda row: str(row["lead_id"]))


def test_the_first_segment_that_fits_wins_whatever_the_case(draft: DraftWarehouse) -> None:
    rules = defined(
        segment=[
            {"name": "Big in Asia", "region": ["asia"], "grade": ["a"]},
            {"name": "Asia", "region": ["ASIA"]},
        ]
    )
    found = leads(
        draft,
        rules,
        facts.lead("L1", HERE, region="Asia", grade="A"),
        facts.lead("L2", HERE, region="Asia", grade="B"),
        facts.lead("L3", HERE, region="EMEA", grade="A"),
        facts.lead("L4", HERE, grade="A"),
    )
    assert [row["own_segment"] for row in found] == [
        "Big in Asia",
        "Asia",
        "Unassigned",
        "Unassigned",
    ]


def test_a_persona_by_rule_stands_before_the_record_and_the_title(draft: DraftWarehouse) -> None:
    rules = defined(persona=[{"name": "Chooser", "title": ["Einkauf", "采购"]}])
    people = (
        {"person_id": "p1", "job_title": "Leiter EINKAUF", "persona": "Buyer"},
        {"person_id": "p2", "job_title": "采购经理"},
        {"person_id": "p3", "job_title": "Engineer", "persona": "Expert"},
        {"person_id": "p4", "job_title": None},
    )
    rows = [facts.lead(f"L{each}", HERE, person_id=f"p{each}") for each in (1, 2, 3, 4)]
    found = leads(draft, rules, *rows, person=people)
    assert [row["persona"] for row in found] == ["Chooser", "Chooser", "Expert", "Unassigned"]


def test_tags_of_lead_person_and_company_stand_once_in_order(draft: DraftWarehouse) -> None:
    rules = defined(tag=[{"name": "VIP", "grade": ["A"]}, {"name": "Asia", "region": ["Asia"]}])
    found = leads(
        draft,
        rules,
        facts.lead("L1", HERE, person_id="p1", account_id="A1", grade="A", region="Asia"),
        facts.lead("L2", HERE, grade="B"),
        person=({"person_id": "p1"},),
        account=(facts.account("A1"),),
        tag=(
            facts.tagged("lead", "L1", "VIP"),
            facts.tagged("person", "p1", "Speaker"),
            facts.tagged("account", "A1", "Reference"),
        ),
    )
    assert [row["tags"] for row in found] == ["Asia · Reference · Speaker · VIP", "Unassigned"]
    viewer = Viewer()
    assert set(dimension_values(draft, Dimension.TAGS, viewer)) == {
        "Asia", "Reference", "Speaker", "VIP", "Unassigned",
    }  # fmt: skip


def test_a_tag_holds_from_its_first_to_its_last_day(draft: DraftWarehouse) -> None:
    newest = NEWEST.date()
    ends = {
        "open": (None, None),
        "ends today": (None, newest),
        "begins today": (newest, None),
        "over": (None, date(2026, 3, 30)),
        "to come": (date(2026, 4, 1), None),
    }
    given = tuple(
        facts.tagged("lead", "L1", name, starts_on=since, ends_on=until)
        for name, (since, until) in ends.items()
    )
    [row] = leads(draft, defined(), facts.lead("L1", HERE), tag=given)
    assert row["tags"] == "begins today · ends today · open"


def test_a_deal_has_those_of_its_lead_else_of_itself_and_its_company(draft: DraftWarehouse) -> None:
    rules = defined(
        segment=[{"name": "Pumps", "product": ["Pump"]}], tag=[{"name": "New", "grade": ["A"]}]
    )
    company = (facts.account("A1"),)
    given = (facts.tagged("account", "A1", "Reference"),)
    deals = (
        facts.opportunity("O1", HERE, primary_lead_id="L1", product="Pump"),
        facts.opportunity("O2", HERE, account_id="A1", product="Pump"),
        facts.opportunity("O3", HERE),
    )
    lead = facts.lead("L1", HERE, grade="A")
    leads(draft, rules, lead, opportunity=deals, account=company, tag=given)
    found = {row["opportunity_id"]: row for row in draft.table("deal")}
    assert {each: (row["own_segment"], row["tags"]) for each, row in found.items()} == {
        "O1": ("Unassigned", "New"),
        "O2": ("Pumps", "Reference"),
        "O3": ("Unassigned", "Unassigned"),
    }


@pytest.mark.parametrize(
    ("kind", "rule", "message"),
    [
        ("tag", {"name": "All"}, "asks for nothing and would fit everybody"),
        ("tag", {"name": "a · b", "grade": ["A"]}, "stands between two tags"),
        ("segment", {"name": "", "grade": ["A"]}, "at least 1 character"),
        ("persona", {"name": "Buyer", "grade": ["A"]}, "Extra inputs"),
    ],
)
def test_a_rule_that_says_nothing_is_refused(kind: str, rule: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        defined(**{kind: [rule]})
