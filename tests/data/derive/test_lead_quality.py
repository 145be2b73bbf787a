"""Level, grade, need, relationship and score of each lead, and what changed, by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from data.definitions import Definitions
from data.terms.quality import (
    FakeTerms,
    GradeRule,
    QualityLevel,
    QualityTerms,
    ScoringModel,
    ScoringWeight,
)
from tests.metrics.facts import (
    TERMS,
    DraftWarehouse,
    Facts,
    account,
    change,
    lead,
    opportunity,
    order,
    takes_part,
    touch,
)

MODEL = ScoringModel(
    since=date(2026, 2, 1),
    base=1.0,
    weight=(
        ScoringWeight(kind="fit", feature="channel", values=("webinar",), points=20),
        ScoringWeight(kind="engagement", feature="touches_before", at_least=1, points=5),
        ScoringWeight(kind="engagement", feature="touches_before", at_least=2, points=7),
    ),
)
LEVELS = (
    QualityLevel(name="Best", treatment="Call", tier=("Hot", "高价值"), fit_from=20),
    QualityLevel(name="Rest", treatment="Wait", tier=("cold",), engagement_from=5),
)
QUALITY = QualityTerms(
    level=LEVELS,
    grade=(
        GradeRule(grade="A", need=("project",), budget_from=20_000),
        GradeRule(grade="B", timeline=("3 months",)),
    ),
    scoring=(MODEL,),
)
OWN = TERMS.model_copy(update={"quality": QUALITY})


def at(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 9)


FACTS = Facts(
    account=(account("A1", "Ants", relationship="Customer"), account("A2", "Bees"),
             account("A3", "Cats", relationship="Competitor customer"),
             account("A4", "Dogs", relationship="Prospect")),
    lead=(
        lead("L1", at(1, 5), tier=" HOT ", need="Concrete project", budget="20,000.00",
             score=40.0, account_id="A1", product="P"),
        lead("L2", at(1, 6), tier="lukewarm", timeline="0-3 months", grade="C", score=70.0,
             account_id="A2", product="P"),
        lead("L3", at(2, 6), channel="Webinar", person_id="p1", score=99.0, account_id="A3"),
        lead("L4", at(2, 7), person_id="p2", timeline="in 3 months", authority=" ",
             competitor="Acme", account_id="A1", product="Q"),
        lead("L5", at(2, 8), account_id="A4", person_id="p3"),
        lead("L6", at(1, 4), account_id="A1", product="P", score=40.0, person_id="p4",
             status="Lead on 虚假 list"),
    ),
    person=(
        {"person_id": "p1", "email_state": "disposable", "email_domain": "spam4.me"},
        {"person_id": "p2", "email_state": "disposable", "email_domain": "spam4.me"},
        {"person_id": "p2b", "email_state": "valid", "email_domain": "acme.com"},
        {"person_id": "p3", "email_state": "valid", "email_domain": "EXAMPLE.com"},
        {"person_id": "p4", "email_state": "bounced", "email_domain": "acme.com"},
    ),
    interaction=(
        touch("I1", at(2, 1), "p2", action="form_submit"),
        touch("I2", at(2, 6), "p2", action="ad_click"),
        touch("I3", at(2, 8), "p2", action="ad_click"),
        touch("I4", datetime(2025, 10, 1), "p2", action="ad_click"),
        touch("I5", at(1, 30), "p1", action="ad_click"),
    ),
    account_order=(
        order("OR1", "A1", date(2026, 1, 5), product="P"),
        # What was given back before makes nobody a customer.
        order("OR0", "A1", date(2025, 12, 1), product="P", original_amount=Decimal(-5),
              currency="USD"),
        order("OR2", "A4", date(2025, 12, 1), product="Q", quantity=-1.0),
    ),
    stage_change=(
        change("lead", "L1", "mql", at(1, 9)), change("lead", "L1", "disqualified", at(2, 1),
                                                      reason="fake"),
    ),
    opportunity=(opportunity("O1", at(3, 1), outcome="won", closed_at=at(4, 1),
                             original_amount=Decimal(500), currency="USD", product="Q"),),
    opportunity_lead=(takes_part("O1", "L4"),),
)  # fmt: skip


@pytest.fixture(scope="module")
def rows() -> dict[str, dict[str, Any]]:
    warehouse = DraftWarehouse().hold(FACTS, OWN)
    return {row["lead_id"]: row for row in warehouse.table("lead_quality")}


def test_a_tier_means_its_level_and_an_unknown_word_none(rows: dict[str, dict[str, Any]]) -> None:
    levels = {name: (row["level"], row["level_by"]) for name, row in rows.items()}
    assert levels == {
        "L1": ("Best", "tier"),
        "L2": ("Unassigned", None),
        "L3": ("Best", "points"),
        "L4": ("Rest", "points"),
        "L5": ("Unassigned", None),
        "L6": ("Unassigned", None),
    }


def test_the_score_in_force_when_the_lead_came_in_counts(rows: dict[str, dict[str, Any]]) -> None:
    scores = {name: (row["score"], row["score_by"]) for name, row in rows.items()}
    assert scores == {
        "L1": (40.0, "file"),
        "L2": (70.0, "file"),
        "L3": (26.0, "model"),
        "L4": (13.0, "model"),
        "L5": (1.0, "model"),
        "L6": (40.0, "file"),
    }
    tenths = {name: row["score_tenth"] for name, row in rows.items()}
    assert tenths == {"L5": 2, "L4": 4, "L3": 5, "L1": 9, "L6": 9, "L2": 10}


def test_what_was_done_before_the_lead_came_in_counts(rows: dict[str, dict[str, Any]]) -> None:
    assert (rows["L4"]["touches_before"], rows["L4"]["high_touches_before"]) == (2, 1)
    assert rows["L3"]["touches_before"] == 1
    assert rows["L1"]["touches_before"] == 0


def test_grades_needs_and_fields(rows: dict[str, dict[str, Any]]) -> None:
    assert {name: row["graded"] for name, row in rows.items()} == {
        "L1": "A", "L2": "C", "L3": "Unassigned", "L4": "B", "L5": "Unassigned",
        "L6": "Unassigned",
    }  # fmt: skip
    assert rows["L1"]["need_layer"] == "Which"
    assert [rows["L1"][f"has_{name}"] for name in ("budget", "authority", "need")] == [1, 0, 1]
    assert [rows["L4"][f"has_{name}"] for name in ("authority", "timeline", "competitor")] == [
        0, 1, 1,
    ]  # fmt: skip


def test_whose_customer_a_company_was_when_the_lead_came_in(
    rows: dict[str, dict[str, Any]],
) -> None:
    related = {name: row["related_as"] for name, row in rows.items()}
    assert related == {
        "L1": "New",  # it bought on the day the lead came in
        "L2": "Unassigned",
        "L3": "Competitor",
        "L4": "Other product",
        "L5": "New",
        "L6": "New",
    }


def test_days_exit_and_money_are_those_of_the_lead(rows: dict[str, dict[str, Any]]) -> None:
    assert (rows["L1"]["mql_on"], rows["L1"]["exit_on"]) == (date(2026, 1, 9), date(2026, 2, 1))
    assert rows["L1"]["exit_reason"] == "fake"
    assert (rows["L4"]["won_on"], rows["L4"]["won_amount"]) == (date(2026, 4, 1), Decimal(500))
    assert rows["L4"]["is_primary"]
    assert not rows["L1"]["is_primary"]


def test_fakes_are_told_by_word_mailbox_and_domain(rows: dict[str, dict[str, Any]]) -> None:
    assert {name: row["fake_by"] for name, row in rows.items()} == {
        "L1": "word",  # disqualified as fake
        "L2": None,
        "L3": "mailbox",
        "L4": "mailbox",
        "L5": "domain",
        "L6": "word",  # by its status, whatever its mailbox
    }
    assert {row["entered_file"] for row in rows.values()} == {"leads.csv"}


def test_a_good_mailbox_of_the_same_person_and_terms_without_rules_make_no_fake() -> None:
    one = tuple(
        row | {"email_key": "k2"} if row["person_id"] in ("p2", "p2b") else row
        for row in FACTS.person
    )
    rows = DraftWarehouse().hold(replace(FACTS, person=one), OWN).table("lead_quality")
    assert {row["lead_id"]: row["fake_by"] for row in rows}["L4"] is None
    quality = QUALITY.model_copy(
        update={"fake": FakeTerms(words=(), email_states=(), email_domains=())}
    )
    terms = OWN.model_copy(update={"quality": quality})
    rows = DraftWarehouse().hold(FACTS, terms).table("lead_quality")
    assert {row["fake_by"] for row in rows} == {None}


def test_terms_that_cannot_be_meant_are_refused() -> None:
    base = Definitions.load().model_dump()

    def with_terms(**more: object) -> None:
        Definitions.model_validate(base | {"quality": base["quality"] | more})

    level = {"name": "X", "treatment": "Call", "tier": ["hot"]}
    counted = {"kind": "fit", "feature": "touches_before", "values": ["x"], "points": 1}
    named = {"kind": "fit", "feature": "channel", "values": ["x"], "points": 1}
    with pytest.raises(ValueError, match="tier hot is named twice"):
        with_terms(level=[level, level | {"name": "Y", "tier": ["HOT "]}])
    with pytest.raises(ValueError, match="is a count: it takes at_least"):
        with_terms(scoring=[{"weight": [counted]}])
    with pytest.raises(ValueError, match="needs a day `since` later"):
        with_terms(scoring=[{"weight": [named]}, {"weight": [named]}])
    with pytest.raises(ValueError, match="asks for nothing"):
        with_terms(grade=[{"grade": "A"}])
