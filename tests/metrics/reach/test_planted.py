"""What is planted is found: a breach of consent, collisions, a bad contact; and audiences."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import polars as pl
import pytest

from data.errors import MetricError
from metrics.health.consent import contacts_after_withdrawal
from metrics.period import Period
from metrics.reach.audience import audience_filters
from metrics.reach.bad_contacts import bad_contacts
from metrics.reach.collisions import collision_records, collisions
from metrics.reach.contactable import contactable
from metrics.reach.keyed import keyed_references
from metrics.reach.mail_funnel import mail_funnel
from metrics.reach.opted_out import opt_out_breaches, suppressed
from metrics.scope import Dimension, Filter
from tests.metrics.facts import (
    DraftWarehouse,
    Facts,
    account,
    consent,
    lead,
    opportunity,
    spend,
    touch,
)
from tests.metrics.reach.reach_facts import REACH
from tests.metrics.scopes import asked

SEEN = date(2025, 6, 30)

PLANTED = Facts(
    account=(account("A1", "Pump Works"),),
    person=(
        {"person_id": "p1", "account_id": "A1", "email_state": "valid", "consent": "granted"},
        {"person_id": "p2", "email_state": "bounced"},
    ),
    person_alias=(
        {
            "source_system": "crm",
            "source_record_id": "0:1",
            "person_id": "p1",
            "matched_by": "email",
            "confidence": 1.0,
        },
    ),
    campaign=(
        {"campaign_id": "C1", "name": "Spring", "channel": "Email"},
        {"campaign_id": "C2", "name": "Fair", "channel": "Email"},
    ),
    campaign_spend=(spend("C1", date(2025, 3, 1), "90"),),
    consent_event=(consent("crm:0:1", datetime(2025, 3, 10), "withdrawn", "email"),),
    interaction=(
        touch("M1", datetime(2025, 3, 3), "crm:0:1", action="email_sent", campaign_id="C1"),
        touch("M2", datetime(2025, 3, 9), "p1", action="email_sent", campaign_id="C2"),
        touch("M3", datetime(2025, 3, 20), "p1", action="email_sent", campaign_id="C2"),
        touch("P1", datetime(2025, 3, 21), "p1", action="call_no_answer", channel="Outbound Sales"),
    ),
    lead=(
        lead("L1", datetime(2025, 3, 1), person_id="p1", account_id="A1", owner="Ana"),
        lead("L2", datetime(2025, 3, 2), person_id="p2", channel="Email", owner="李雷"),
    ),
    opportunity=(
        opportunity("O1", datetime(2025, 3, 15), account_id="A1", outcome="open", owner="Ana"),
    ),
)
"""One person whose two campaigns collide, who opts out, and gets a mail while a deal is open."""

SPRING = asked(Period(date(2025, 3, 1), date(2025, 3, 31)), SEEN)


@pytest.fixture(scope="module")
def planted() -> DraftWarehouse:
    return DraftWarehouse().hold(PLANTED, REACH)


def test_a_planted_breach_is_found_and_keyed(planted: DraftWarehouse) -> None:
    (row,) = opt_out_breaches(planted, SPRING, REACH).to_dicts()
    assert (row["contact_id"], row["opted_out_at"]) == ("M3", datetime(2025, 3, 10))
    assert row["records"] == "crm:0:1"
    keyed = keyed_references(opt_out_breaches(planted, SPRING, REACH), ["way"])
    assert keyed.rows() == [("crm", "0:1", "Email")]
    phone = suppressed(planted, SPRING, REACH).filter(pl.col("way") == "Phone")
    assert phone.select("contacts", "contacts_after", "opted_out").row(0) == (1, 0, 0)


def test_breaches_by_purpose_are_found() -> None:
    """Of promotions alone a withdrawal from marketing counts, until the person agrees again."""
    mail = {"action": "email_sent", "channel": "Email"}
    said = {"news": "p1", "marketing": "p2", "Marketing": "p3"}
    facts = Facts(
        consent_event=(
            *(consent(who, datetime(2025, 3, 10), "withdrawn", purpose=purpose)
              for purpose, who in said.items()),
            consent("p3", datetime(2025, 3, 15), "granted", "email"),
        ),
        interaction=(
            *(touch(f"{who} {campaign} {day}", datetime(2025, 3, day), who,
                    campaign_id=campaign, **mail)
              for who in said.values() for campaign in ("C1", None) for day in (5, 12, 20)),
            touch("sales", datetime(2025, 3, 12), "p2", campaign_id="C1",
                  action="call_no_answer", channel="Outbound Sales"),
        ),
    )  # fmt: skip
    warehouse = DraftWarehouse().hold(facts, REACH)
    found = opt_out_breaches(warehouse, SPRING, REACH)
    assert sorted(found.select("contact_id", "purpose").rows()) == [
        ("p2 C1 12", "marketing"), ("p2 C1 20", "marketing"), ("p3 C1 12", "marketing"),
    ]  # fmt: skip
    health = contacts_after_withdrawal(warehouse, REACH)
    assert sorted(health["interaction_id"]) == sorted(found["contact_id"]), "one rule on both"
    assert suppressed(warehouse, SPRING, REACH)["contacts_after"].sum() == 3


def test_planted_collisions_are_found(planted: DraftWarehouse) -> None:
    rows = collisions(planted, SPRING, REACH).rows(named=True)
    assert [(row["kind"], row["campaign"], row["contacts"]) for row in rows] == [
        ("two campaigns", "Fair", 1),
        ("open deal", "Fair", 1),
    ]
    found = {row["kind"]: row for row in collision_records(planted, SPRING, REACH).to_dicts()}
    assert found["two campaigns"]["days"] == 6
    assert found["open deal"]["collides_with"] == "O1"
    assert found["open deal"]["contact_at"] == datetime(2025, 3, 20), "the call is of sales"


def test_a_bounced_mailbox_is_no_contact_and_costs_its_part(planted: DraftWarehouse) -> None:
    rows = bad_contacts(planted, SPRING, REACH)
    mine = rows.filter(pl.col("brought_by") == "source", pl.col("value") == "Email").to_dicts()[0]
    assert (mine["judged"], mine["bad"], mine["cost"]) == (1, 1, 90)
    owners = rows.filter(pl.col("brought_by") == "owner")
    assert owners.filter(pl.col("bad") > 0)["value"].to_list() == ["李雷"]


def test_of_nobody_nothing_is_said(planted: DraftWarehouse) -> None:
    nobody = replace(SPRING, filters=(Filter(Dimension.OWNER, ("Nobody",)),))
    assert contactable(planted, nobody, REACH).is_empty()
    assert bad_contacts(planted, nobody, REACH).is_empty()
    assert suppressed(planted, nobody, REACH)["people"].to_list() == [0, 0, 0]
    assert mail_funnel(planted, nobody, REACH)["mails"].to_list()[:2] == [0, 0]


def test_what_is_not_logged_is_not_none(planted: DraftWarehouse) -> None:
    assert mail_funnel(planted, SPRING, REACH)["mails"].to_list() == [2, 2, None, None, None, None]


LOADED = {Dimension.TOOL: ["Unassigned"], Dimension.REGION: ["EMEA", "华东"]}


def test_an_audience_is_its_filters() -> None:
    assert audience_filters("East", [("region", ("华东",))], LOADED) == (
        Filter(Dimension.REGION, ("华东",)),
    )


@pytest.mark.parametrize(
    ("dimension", "value", "said"),
    [
        ("tool", "Mailer", 'audience "East" asks for tool Mailer, and no tool is loaded any more'),
        ("persona", "Buyer", "no persona is loaded any more"),
        ("region", "Mars", "asks for region Mars, which is not in the data any more"),
        ("regoin", "EMEA", 'nothing that people are told apart by. Did you mean "region"?'),
    ],
)
def test_an_audience_of_what_is_gone_is_refused(dimension: str, value: str, said: str) -> None:
    with pytest.raises(MetricError, match=said.replace("?", r"\?")):
        audience_filters("East", [(dimension, (value,))], LOADED)
