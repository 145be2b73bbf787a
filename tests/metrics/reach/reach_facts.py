"""A random company that contacts people often: mails with what came of them, calls, and answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from data.definitions import Definitions
from data.terms.reach import ContactWay, ReachTerms
from tests.metrics.facts import TERMS, Facts, Row, touch
from tests.metrics.random_facts import random_facts

REACH = Definitions.model_validate(
    TERMS.model_dump()
    | {
        "time_zone": "Asia/Shanghai",
        "touch": TERMS.touch.model_dump()
        | {
            "actions": ["form_submit", "email_open", "email_click", "ad_click", "call_connected"],
            "high_value": ["form_submit"],
            "outbound": [
                "email_sent", "email_delivered", "email_bounce", "call_connected", "call_no_answer",
                "fax",
            ],
        },
        "reach": ReachTerms(
            way=(
                ContactWay(
                    name="Email",
                    address="email",
                    actions=("email_sent", "email_delivered", "email_bounce"),
                ),
                ContactWay(
                    name="Phone", address="phone", actions=("call_connected", "call_no_answer")
                ),
                ContactWay(name="WeChat", address="wechat"),
            ),
            responses=("email_click", "form_submit", "call_connected"),
            response_days=7,
            contact_cap=3,
        ).model_dump(),
    }
)  # fmt: skip
"""The tests' terms, of a company in Shanghai that also sends faxes."""

BEGIN = datetime(2025, 1, 1)


def reach_facts(seed: int, people: int = 50) -> Facts:
    """Random facts, of which some people get many mails and calls within four months."""
    facts = random_facts(seed, leads=2 * people)
    random = Random(f"reach {seed}")
    persons = [_known(random, row) for row in facts.person]
    references = [row["person_id"] for row in persons]
    references += [
        f"{row['source_system']}:{row['source_record_id']}" for row in facts.person_alias
    ]
    rows: list[Row] = []
    for index in range(9 * people):
        who = random.choice(references)
        at = BEGIN + timedelta(
            days=random.randint(0, 130), minutes=random.choice((0, 1, 550, 1439))
        )
        campaign = random.choice(("C1", "C2", "C3", None))
        rows += _mailing(random, index, who, at, campaign)
        if random.random() < 0.5:
            rows.append(_call(random, index, who, at, campaign))
    said = tuple(
        row | {"purpose": "Marketing" if row["purpose"] == "events" else row["purpose"]}
        for row in facts.consent_event
    )
    return replace(
        facts, person=tuple(persons), interaction=(*facts.interaction, *rows), consent_event=said
    )


def _known(random: Random, person: Row) -> Row:
    return person | {
        "email_state": random.choice(("valid", "role", "invalid", "bounced", "none", None)),
        "phone_state": random.choice(("valid", "invalid", None)),
        "reachable_by_wechat": random.choice((True, False, None)),
    }


def _mailing(random: Random, index: int, who: str, at: datetime, campaign: str | None) -> list[Row]:
    """What happened to one mail; not all of it is told."""
    course = random.choice(
        (
            ("email_sent",),
            ("email_sent", "email_delivered", "email_open"),
            ("email_sent", "email_bounce"),
            ("email_delivered", "email_open", "email_click", "form_submit"),
            ("email_click",),
            ("fax",),
        )
    )
    rows = []
    for place, action in enumerate(course):
        rows.append(
            touch(
                f"M{index:04}-{place}",
                at + timedelta(minutes=place * random.choice((1, 1, 4000))),
                who,
                action=action,
                channel=random.choice(("Email", None, "Outbound Sales")),
                campaign_id=campaign,
                source_system=random.choice(("mailer", "web", None)),
                utm_source=random.choice(("news", None)),
                utm_medium=random.choice(("email", None)),
                utm_campaign=random.choice(("spring", None)),
            )
        )
    return rows


def _call(random: Random, index: int, who: str, at: datetime, campaign: str | None) -> Row:
    return touch(
        f"P{index:04}",
        at + timedelta(days=random.choice((0, 1, 3, 6, 9))),
        who,
        action=random.choice(("call_connected", "call_no_answer", "call_wrong_number")),
        channel=random.choice(("Outbound Sales", "Telemarketing")),
        campaign_id=campaign,
    )
