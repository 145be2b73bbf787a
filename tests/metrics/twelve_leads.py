"""Twelve leads, few enough to count by hand; the cohort is January 2026, seen on 31 March.

When each lead reached each stage (entered it or a later one), by day of 2026; in brackets what it
reached without entering it. Strict entries differ where a bracket or a note says so.

| lead | lead   | mql    | sql    | opportunity | won    | what it is here for                   |
|------|--------|--------|--------|-------------|--------|---------------------------------------|
| L01  | 5 Jan  | 10 Jan | 20 Jan | 1 Feb       | 1 Mar  | the whole way; primary lead of O1     |
| L02  | 8 Jan  | 15 Jan | (1 Feb)| 1 Feb       | 1 Mar  | shares O1: the money counts once      |
| L03  | 3 Jan  |(12 Jan)| 12 Jan |             |        | skips MQL                             |
| L04  | 6 Jan  | 9 Jan  | 16 Jan |             |        | falls back to MQL on 25 Jan           |
| L05  | 4 Jan  | 11 Jan | 10 Mar |             |        | recycled 30 Jan, MQL again 2 Mar      |
| L06  | 7 Jan  | 14 Jan | 14 Jan |             |        | MQL and SQL at the same moment        |
| L07  | 31 Jan |        |        |             |        | 59 days old: immature by one day      |
| L08  | 12 Jan |        |        |             |        | disqualified; no account              |
| L09  | 10 Jan | 12 Jan | 20 Jan | 28 Jan      |        | lost on 20 Mar                        |
| L10  | 20 Dec | 5 Jan  | 18 Jan |             |        | came in before the period; 展会       |
| L11  | 10 Jan |(10 Jan)|(10 Jan)| 10 Jan      | 15 Jan | in the CRM since 20 Jan only          |
| L12  | 15 Jan | 30 Mar |        |             |        | slow; SQL on 5 Apr is not yet seen    |

Accounts: A1 = L01, L02; A2 = L03; A3 = L04; A4 = L05, L06; A5 = L07; A6 = L09; A7 = L10; A8 = L11.
Channels: Webinar = L01, L03, L05, L07, L09; Email = L02, L04, L06, L08, L11; 展会 = L10; L12 none.
Deals: O1 won 1 Mar, 10,000 USD; O2 lost; O3 won 15 Jan, 700 EUR at 1.1; O4 won 10 Feb, no lead and
no amount; O5 open.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from metrics.period import Period
from tests.metrics.facts import (
    Facts,
    account,
    change,
    consent,
    deal_change,
    given,
    lead,
    next_action,
    opportunity,
    order,
    path,
    path_touches,
    rate,
    spend,
    tagged,
    takes_part,
    target,
    touch,
)

JANUARY = Period(date(2026, 1, 1), date(2026, 1, 31))
QUARTER = Period(date(2026, 1, 1), date(2026, 3, 31))
WINTER = Period(date(2025, 12, 1), date(2026, 3, 31))
SEEN = date(2026, 3, 31)


def at(month: int, day: int, hour: int = 9) -> datetime:
    return datetime(2026, month, day, hour)


def entered(lead_id: str, stage: str, month: int, day: int, **more: object) -> dict[str, object]:
    return change("lead", lead_id, stage, at(month, day), **more)


TWELVE = Facts(
    account=(
        account("A1", "蓝天科技", region="华东", country="CN", industry="制造"),
        account("A2", "Birch Ltd", region="EMEA", country="DE"),
        account("A3", "Cedar Ltd", region="EMEA", country="DE", parent_id="A2"),
        account("A4", "Dogwood Ltd", region="EMEA", country="FR"),
        account("A5", "Elm Ltd", parent_id="A6"),
        account("A6", "Fir Ltd", parent_id="A5"),
        account("A7", "长江机械", region="华中", country="CN"),
        account("A8", "Hazel Ltd"),
        account("A9", "Ivy Ltd", region="EMEA", parent_id="name:birch ltd"),
    ),
    person=(
        {"person_id": "p1", "account_id": "A1", "persona": "采购"},
        {"person_id": "p11", "account_id": "A8"},
    ),
    person_alias=(
        {
            "source_system": "crm",
            "source_record_id": "1",
            "person_id": "p1",
            "matched_by": "email",
            "confidence": 1.0,
        },
        {
            "source_system": "web",
            "source_record_id": "77",
            "person_id": "p1",
            "matched_by": "email",
            "confidence": 1.0,
        },
    ),
    campaign=(
        {"campaign_id": "C1", "name": "春季网络研讨会", "channel": "Webinar"},
        {
            "campaign_id": "C2",
            "name": "Newsletter",
            "channel": "Email",
            "region": "EMEA",
            "tool": "Mailer",
        },
    ),
    campaign_spend=(
        spend("C1", date(2026, 1, 10), "1000"),
        spend("C2", date(2026, 2, 5), "200", "EUR"),
        spend("C1", date(2026, 4, 2), "9999"),  # after the day the numbers are seen on
    ),
    interaction=(
        touch(
            "I1",
            at(1, 4),
            "web:77",
            action="webinar_attend",
            utm_term="chain hoist",
            engaged_seconds=1800.0,
        ),
        touch("I2", at(1, 2), "p11", channel="Outbound Sales"),  # the work of sales
        touch("I3", at(1, 12), "p11", channel="Email"),  # after O3 was opened
        touch("I4", at(1, 1), "p11", action="email_sent"),  # done to the person, not by it
    ),
    lead=(
        lead("L01", at(1, 5), account_id="A1", channel="Webinar", person_id="crm:1", owner="王芳"),
        lead("L02", at(1, 8), account_id="A1", channel="Email", owner="王芳"),
        lead("L03", at(1, 3), account_id="A2", channel="Webinar", owner="Ana"),
        lead("L04", at(1, 6), account_id="A3", channel="Email", owner="Ana"),
        lead("L05", at(1, 4), account_id="A4", channel="Webinar", owner="Ana"),
        lead("L06", at(1, 7), account_id="A4", channel="Email", owner="Ana"),
        lead("L07", at(1, 31), account_id="A5", channel="Webinar", owner="Ana"),
        lead("L08", at(1, 12), channel="Email", owner="Ana"),
        lead("L09", at(1, 10), account_id="A6", channel="Webinar", owner="Ana"),
        lead("L10", datetime(2025, 12, 20, 9), account_id="A7", channel="展会", owner="王芳"),
        lead("L11", at(1, 20), account_id="A8", channel="Email", person_id="p11", owner="Ana"),
        lead("L12", at(1, 15), owner="Ana"),
    ),
    stage_change=(
        entered("L01", "mql", 1, 10),
        entered("L01", "sql", 1, 20),
        entered("L02", "mql", 1, 15),
        entered("L03", "sql", 1, 12),
        entered("L04", "mql", 1, 9),
        entered("L04", "sql", 1, 16),
        entered("L04", "mql", 1, 25),
        entered("L05", "mql", 1, 11),
        entered("L05", "recycled", 1, 30, reason="no budget"),
        entered("L05", "mql", 3, 2),
        entered("L05", "sql", 3, 10),
        entered("L06", "mql", 1, 14),
        entered("L06", "sql", 1, 14),
        entered("L08", "disqualified", 1, 13, reason="学生"),
        entered("L09", "mql", 1, 12),
        entered("L09", "sql", 1, 20),
        entered("L10", "mql", 1, 5),
        entered("L10", "sql", 1, 18),
        entered("L11", "lead", 1, 10),
        entered("L12", "mql", 3, 30),
        entered("L12", "sql", 4, 5),
    ),
    opportunity=(
        opportunity(
            "O1",
            at(2, 1),
            account_id="A1",
            primary_lead_id="L01",
            original_amount=Decimal("10000"),
            currency="USD",
            outcome="won",
            closed_at=at(3, 1),
        ),
        opportunity(
            "O2",
            at(1, 28),
            account_id="A6",
            primary_lead_id="L09",
            original_amount=Decimal("5000"),
            currency="USD",
            outcome="lost",
            closed_at=at(3, 20),
            lost_reason="price",
        ),
        opportunity(
            "O3",
            at(1, 10),
            account_id="A8",
            primary_lead_id="L11",
            original_amount=Decimal("700"),
            currency="EUR",
            outcome="won",
            closed_at=at(1, 15),
        ),
        opportunity("O4", at(1, 25), account_id="A9", outcome="won", closed_at=at(2, 10)),
        opportunity(
            "O5",
            at(3, 5),
            account_id="A9",
            original_amount=Decimal("400"),
            currency="USD",
            outcome="open",
        ),
    ),
    opportunity_lead=(takes_part("O1", "L01"), takes_part("O1", "L02")),
    assignment=(
        given("L01", at(1, 5, 10), "Inside sales", accepted_at=at(1, 5, 12)),
        given("L02", at(1, 8, 10), "Partner", rejected_at=at(1, 10, 10), reason="too small"),
        given("L02", at(1, 11, 10), "Inside sales", accepted_at=at(1, 11, 16)),
        given("L03", at(1, 3, 10), "Partner"),
        given("L11", at(1, 20, 10), "Inside sales", accepted_at=at(4, 5)),  # after they are seen
    ),
    action=(
        next_action("T1", "L02", "Call again", date(2026, 2, 2), owner="Ana", reason="no budget"),
        next_action("T2", "L05", "Call again", date(2026, 2, 20), done_at=at(3, 2), result="ok"),
        next_action("T3", "A1", "Visit", None, subject_kind="account"),
    ),
    exchange_rate=(rate("EUR", date(2026, 1, 5), "1.1"), rate("EUR", date(2026, 2, 1), "1.2")),
    as_of=datetime(2026, 4, 10, 6),
    path=(
        path("W1", "3", "1250.123456", nulls="12.5"),
        path("W2", "0.333333", nulls="4"),
        path("W3", "0", nulls="7"),
    ),
    path_touch=(
        *path_touches("W1", "Webinar", "Email", "Webinar"),
        *path_touches("W2", "Email", "Direct"),
        *path_touches("W3", "展会"),
    ),
    consent_event=(
        consent("crm:1", at(1, 2), "granted", "Email", "events"),
        consent("web:77", at(2, 10), "withdrawn"),
        consent("p11", at(1, 3), "withdrawn", "Email"),
        consent("p11", at(4, 5), "granted", "Email"),  # after they are seen
    ),
    tag=(
        tagged("account", "A1", "Key account", starts_on=date(2026, 1, 1)),
        tagged("account", "name:birch ltd", "Key account"),
        tagged("lead", "L01", "Spring", starts_on=date(2026, 1, 5), ends_on=date(2026, 1, 31)),
        tagged("person", "crm:1", "Speaker"),
    ),
    target_account=(
        target("Pumps", "A1", "1"),
        target("Pumps", "name:birch ltd", "2"),
        target("Pumps", "A8"),
        target("华东", "A1"),
    ),
    account_order=(
        order(
            "B1",
            "A1",
            date(2025, 3, 3),
            product="Pumps",
            original_amount=Decimal("900"),
            currency="USD",
            quantity=3.0,
            maintained_until=date(2026, 3, 2),
        ),
        order(
            "B2",
            "A8",
            date(2026, 2, 5),
            product="Seals",
            original_amount=Decimal("50"),
            currency="EUR",
            quantity=2.5,
        ),
        order(
            "B3", "name:birch ltd", date(2026, 1, 2), original_amount=Decimal("70"), currency="EUR"
        ),  # before the first rate
        order("B4", "A1", date(2026, 4, 3), product="Pumps"),  # after they are seen
    ),
)


def _changes(name: str, field: str, *steps: tuple[datetime, str]) -> tuple[dict[str, object], ...]:
    """Each value of a deal's field from a moment on, the first from nothing."""
    before = (None, *(value for _, value in steps))
    return tuple(
        deal_change(name, moment, field, old=old, new=new)
        for old, (moment, new) in zip(before, steps, strict=False)
    )


def _late(day: int, month: int = 11) -> datetime:
    return datetime(2025, month, day, 9)


HISTORY = Facts(
    opportunity=(
        opportunity("P1", _late(10), original_amount=Decimal("500"), currency="USD",
                    stage="Offer", probability=0.6, expected_close_on=date(2026, 4, 30)),
        opportunity("P2", _late(20), original_amount=Decimal("200"), currency="EUR", stage="Won",
                    probability=1.0, expected_close_on=date(2026, 3, 2), outcome="won",
                    closed_at=at(3, 2)),
        opportunity("P3", _late(3, 12), original_amount=Decimal("90"), currency="USD",
                    outcome="lost", stage="Lost", closed_at=_late(20, 12)),
    ),
    opportunity_change=(
        *_changes("P1", "stage", (_late(10), "Demo"), (_late(2, 12), "Offer")),
        *_changes("P1", "expected_close_on", (_late(10), "2026-02-28"), (at(2, 27), "2026-04-30")),
        *_changes("P1", "probability", (_late(10), "0.2"), (_late(2, 12), "0.6")),
        *_changes("P2", "amount", (_late(20), "250"), (at(2, 27), "200")),
        *_changes("P2", "stage", (_late(20), "报价"), (at(3, 2), "Won")),
        *_changes("P2", "probability", (_late(20), "0.4"), (at(3, 2), "1.0")),
        *_changes("P2", "expected_close_on", (_late(20), "2026-01-31"), (at(3, 2), "2026-03-02")),
        *_changes("P3", "stage", (_late(3, 12), "Offer"), (_late(20, 12), "Lost")),
    ),
)  # fmt: skip
"""Three deals of the winter with their changes, for what asks how the pipeline stood."""
