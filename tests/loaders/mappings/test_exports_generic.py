"""A file in the warehouse's own column names, for each canonical table."""

from __future__ import annotations

import csv
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from data.schema.contract import columns
from data.schema.tables import CANONICAL
from loaders.language.library import read_mappings
from loaders.language.opening import NoMappingFitsError
from loaders.language.recognise import headers
from tests.loaders.loading import loading_in
from tests.loaders.mappings.export_files import EXPORTS, Row, loaded, person_of, stored

ANNA = person_of(email="anna.brandt@norda-chemie.de")

MARCO = person_of(email="marco.rossi@acquafredda.it")

WEI = person_of(phone="+86 138 1234 5678")


MADE = {
    "load_id", "name_key", "email_domain", "email_key", "phone_key", "email_state", "phone_state",
    "cost_amount", "amount",
}  # fmt: skip
"""Columns that the loaders or the rates make, so that no file has them."""


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


# Without the keys of addresses, which have to be there and are nobody's to know.
EXPECTED: dict[str, dict[str, list[Row]]] = {
    "account": {
        "account": [
            {
                "account_id": "A-1",
                "name": "Norda Chemie GmbH",
                "name_key": "norda chemie",
                "domain": "norda-chemie.de",
                "industry": "Chemicals",
                "size_band": "201-500",
                "country": "Germany",
                "region": "Hamburg",
                "city": "Hamburg",
                "relationship": "customer",
                "owner": "Julia Brandt",
                "parent_id": "name:norda holding",
            },
            {
                "account_id": "A-2",
                "name": "华润水务有限公司",
                "name_key": "华润水务",
                "domain": "huarun-water.cn",
                "industry": "Water",
                "country": "China",
                "region": "Guangdong",
                "city": "Guangzhou",
                "relationship": "prospect",
            },
            {
                "account_id": "A-3",
                "name": "Acquafredda S.p.A.",
                "name_key": "acquafredda",
                "country": "Italy",
                "region": "Lombardia",
                "parent_id": "A-1",
            },
        ],
    },
    "campaign": {
        "campaign": [
            {
                "campaign_id": "C-1",
                "name": "Search | Pumps",
                "channel": "Paid Search",
                "kind": "Advertisement",
                "product": "Pumps",
                "region": "Hamburg",
                "tool": "Google Ads",
                "owner": "Julia Brandt",
                "starts_on": date(2026, 1, 15),
                "ends_on": date(2026, 6, 30),
                "budget_amount": Decimal("12000.50"),
                "planned_reach": 40000,
                "target_segment": "Maintenance",
            },
            {
                "campaign_id": "C-2",
                "name": "ACHEMA 2026",
                "channel": "Event",
                "kind": "Trade show",
                "starts_on": date(2026, 6, 15),
            },
        ],
    },
    "campaign_spend": {
        "campaign_spend": [
            {
                "campaign_id": "C-1",
                "spend_on": date(2026, 3, 1),
                "original_cost_amount": Decimal("42.20"),
                "currency": "EUR",
                "impressions": 1500,
                "clicks": 40,
                "source_system": "generic",
            },
            {
                "campaign_id": "C-1",
                "spend_on": date(2026, 3, 2),
                "original_cost_amount": Decimal("1175.20"),
                "currency": "EUR",
                "impressions": 1150,
                "clicks": 28,
                "source_system": "generic",
            },
            {
                "campaign_id": "C-2",
                "spend_on": date(2026, 6, 15),
                "spend_until": date(2026, 6, 17),
                "ad_account": "Fairs",
                "covers_from": date(2026, 6, 1),
                "covers_to": date(2026, 6, 30),
                "original_cost_amount": Decimal("18000.00"),
                "currency": "EUR",
                "source_system": "erp",
            },
            {
                "campaign_id": "C-3",
                "spend_on": date(2026, 6, 16),
                "ad_account": "Fairs",
                "original_cost_amount": Decimal("-120.50"),
                "currency": "EUR",
                "source_system": "erp",
            },
        ],
    },
    "content": {
        "content": [
            {
                "content_id": "CT-7",
                "title": "Leak-free plants: a guide",
                "kind": "Whitepaper",
                "topic": "Sealing",
                "persona": "Maintenance",
                "published_on": date(2026, 1, 15),
            },
            {"content_id": "CT-8", "title": 'Case: "no leaks"', "kind": "Case Study"},
        ],
    },
    "exchange_rate": {
        "exchange_rate": [
            {"currency": "CNY", "rate_on": date(2026, 3, 1), "rate": Decimal("0.13912345")},
            {"currency": "EUR", "rate_on": date(2026, 3, 1), "rate": Decimal("1.08350000")},
        ],
    },
    "experiment": {
        "experiment": [
            {
                "experiment_id": "X-1",
                "name": "Mails in spring",
                "channel": "Email",
                "kind": "persons",
                "starts_on": date(2026, 3, 2),
                "ends_on": date(2026, 4, 26),
                "outcome": "won",
                "counts_until": date(2026, 7, 31),
                "spend_amount": Decimal("1200.50"),
            },
            {
                "experiment_id": "X-2",
                "channel": "Paid Search",
                "kind": "regions",
                "starts_on": date(2026, 5, 4),
                "ends_on": date(2026, 6, 28),
            },
        ],
    },
    "experiment_arm": {
        "experiment_arm": [
            {"experiment_id": "X-1", "member": "generic:P-1", "role": "control"},
            {"experiment_id": "X-1", "member": ANNA, "role": "test"},
            {"experiment_id": "X-1", "member": WEI, "role": "control"},
            {"experiment_id": "X-2", "member": "Bavaria", "role": "control"},
            {"experiment_id": "X-2", "member": "Hamburg", "role": "test"},
        ],
    },
    "interaction": {
        "interaction": [
            {
                "interaction_id": "I-1",
                "person_id": ANNA,
                "visitor_id": "551.771",
                "session_id": "551.771:1",
                "occurred_at": at("2026-03-04 06:30:00"),
                "action": "page_view",
                "value_tier": "low",
                "channel": "Paid Search",
                "campaign_id": "C-1",
                "content_id": "CT-7",
                "utm_source": "google",
                "utm_medium": "cpc",
                "utm_campaign": "Search | Pumps",
                "utm_term": "leak free",
                "utm_content": "text-1",
                "engaged_seconds": 12.5,
                "source_system": "web",
            },
            {
                "interaction_id": "I-2",
                "person_id": "generic:P-1",
                "occurred_at": at("2026-03-05 10:00:00"),
                "action": "webinar_attended",
                "value_tier": "high",
                "channel": "Webinar",
                "engaged_seconds": 0.0,
                "source_system": "generic",
            },
            {
                "interaction_id": "I-3",
                "visitor_id": "902.100",
                "session_id": "902.100:7",
                "occurred_at": at("2026-03-06 00:00:01.500000"),
                "action": "our_own_action",
                "source_system": "generic",
            },
        ],
    },
    "lead": {
        "account": [
            {
                "account_id": "name:acquafredda",
                "name": "Acquafredda S.p.A.",
                "name_key": "acquafredda",
            },
        ],
        "person": [
            {"person_id": "generic:P-1", "account_id": "A-1", "email_state": "none"},
            {"person_id": MARCO, "account_id": "name:acquafredda", "email_state": "valid"},
        ],
        "person_alias": [
            {
                "source_system": "generic",
                "source_record_id": "P-1",
                "person_id": "generic:P-1",
                "matched_by": "id",
                "confidence": 1.0,
            },
        ],
        "lead": [
            {
                "lead_id": "L-1",
                "person_id": "generic:P-1",
                "account_id": "A-1",
                "created_at": at("2026-03-05 09:12:00"),
                "channel": "Paid Search",
                "campaign_id": "C-1",
                "content_id": "CT-7",
                "owner": "Julia Brandt",
                "region": "Hamburg",
                "product": "Pumps",
                "score": 71.5,
                "tier": "1",
                "grade": "A",
                "budget": "50-100k",
                "authority": "Yes",
                "need": "Concrete project",
                "timeline": "0-3 months",
                "competitor": "none",
                "self_reported_source": "A colleague",
                "status": "mql",
                "stage": "mql",
            },
            {
                "lead_id": "L-2",
                "person_id": MARCO,
                "account_id": "name:acquafredda",
                "created_at": at("2026-03-06 00:00:00"),
                "channel": "Event",
                "status": "new",
            },
        ],
    },
    "opportunity": {
        "opportunity": [
            {
                "opportunity_id": "O-1",
                "account_id": "A-1",
                "primary_lead_id": "L-1",
                "created_at": at("2026-03-20 08:00:00"),
                "original_amount": Decimal("25000.50"),
                "currency": "EUR",
                "stage": "Negotiation",
                "probability": 0.6,
                "expected_close_on": date(2026, 7, 31),
                "outcome": "open",
                "owner": "Elena Costa",
                "product": "Pumps",
            },
            {
                "opportunity_id": "O-2",
                "account_id": "A-3",
                "primary_lead_id": "L-2",
                "created_at": at("2026-03-25 00:00:00"),
                "original_amount": Decimal("8000.00"),
                "currency": "EUR",
                "stage": "Closed Lost",
                "probability": 0.0,
                "expected_close_on": date(2026, 4, 30),
                "closed_at": at("2026-04-28 16:00:00"),
                "outcome": "lost",
                "lost_reason": "Price",
                "lost_to": "Siemens",
            },
        ],
    },
    "opportunity_change": {
        "opportunity_change": [
            {
                "opportunity_id": "O-1",
                "changed_at": at("2026-04-01 10:00:00"),
                "field": "amount",
                "old": "20000",
                "new": "25000.50",
            },
            {
                "opportunity_id": "O-1",
                "changed_at": at("2026-04-01 10:00:00"),
                "field": "stage",
                "old": "Prospecting",
                "new": "Negotiation",
            },
        ],
    },
    "assignment": {
        "assignment": [
            {
                "lead_id": "L-1",
                "assigned_at": at("2026-03-02 09:00:00"),
                "route": "Inside sales",
                "owner": "Julia Brandt",
                "accepted_at": at("2026-03-02 11:30:00"),
            },
            {
                "lead_id": "L-2",
                "assigned_at": at("2026-03-03 09:00:00"),
                "route": "Partner",
                "rejected_at": at("2026-03-05 10:00:00"),
                "reason": "outside our region",
            },
        ],
    },
    "action": {
        "action": [
            {
                "action_id": "T-1",
                "subject_kind": "lead",
                "subject_id": "L-1",
                "kind": "Call again",
                "due_on": date(2026, 4, 1),
                "done_at": at("2026-03-31 15:20:00"),
                "result": "Meeting agreed",
                "owner": "Julia Brandt",
                "reason": "buys in a year",
            },
            {
                "action_id": "T-2",
                "subject_kind": "lead",
                "subject_id": "L-2",
                "kind": "Find the right contact",
                "due_on": date(2026, 4, 2),
            },
            {
                "action_id": "T-3",
                "subject_kind": "account",
                "subject_id": "name:acquafredda",
                "kind": "Visit",
                "owner": "Elena Costa",
            },
            {
                "action_id": "T-4",
                "subject_kind": "account",
                "subject_id": "A-1",
                "kind": "Send offer",
                "due_on": date(2026, 5, 4),
                "done_at": at("2026-05-06 08:00:00"),
            },
        ],
    },
    "consent_event": {
        "consent_event": [
            {
                "person_id": person,
                "channel": channel,
                "purpose": purpose,
                "changed_at": at(when),
                "state": state,
            }
            for person, channel, purpose, when, state in sorted(
                (
                    ("generic:P-1", "all", "events", "2026-02-01", "granted"),
                    (ANNA, "Email", "Product news", "2026-01-05 09:00", "granted"),
                    (ANNA, "all", "all", "2026-03-20 08:00", "withdrawn"),
                    (WEI, "WeChat", "all", "2026-02-02", "granted"),
                )
            )
        ],
    },
    "tag": {
        "tag": [
            {
                "subject_kind": "account",
                "subject_id": "A-1",
                "tag": "Key account",
                "starts_on": date(2026, 1, 1),
            },
            {
                "subject_kind": "account",
                "subject_id": "name:acquafredda",
                "tag": "Key account",
            },
            {
                "subject_kind": "lead",
                "subject_id": "L-1",
                "tag": "Spring fair",
                "starts_on": date(2026, 3, 5),
            },
            {"subject_kind": "person", "subject_id": "generic:P-1", "tag": "Speaker"},
            {
                "subject_kind": "person",
                "subject_id": ANNA,
                "tag": "Speaker",
                "starts_on": date(2026, 3, 1),
                "ends_on": date(2026, 6, 30),
            },
        ],
    },
    "target_account": {
        "account": [
            {"account_id": "A-2", "name": "华润水务有限公司", "name_key": "华润水务"},
            {
                "account_id": "name:acquafredda",
                "name": "Acquafredda S.p.A.",
                "name_key": "acquafredda",
            },
        ],
        "target_account": [
            {"list_name": "Pumps 2026", "account_id": "A-1", "tier": "1"},
            {"list_name": "Pumps 2026", "account_id": "name:acquafredda", "tier": "2"},
            {"list_name": "华东重点", "account_id": "A-2"},
        ],
    },
    "account_order": {
        "account": [
            {
                "account_id": "name:acquafredda",
                "name": "Acquafredda S.p.A.",
                "name_key": "acquafredda",
            },
        ],
        "account_order": [
            {
                "order_id": "B-1",
                "account_id": "A-1",
                "product": "Pumps",
                "ordered_on": date(2025, 6, 2),
                "original_amount": Decimal("12500.50"),
                "currency": "EUR",
                "quantity": 4.0,
                "maintained_until": date(2026, 6, 1),
            },
            {
                "order_id": "B-2",
                "account_id": "A-1",
                "product": "Seals",
                "ordered_on": date(2026, 2, 10),
                "quantity": 2.5,
            },
            {
                "order_id": "B-3",
                "account_id": "name:acquafredda",
                "product": "Pumps",
                "ordered_on": date(2026, 3, 11),
                "original_amount": Decimal("8000.00"),
                "currency": "CHF",
                "maintained_until": date(2027, 3, 10),
            },
        ],
    },
    "opportunity_lead": {
        "opportunity_lead": [
            {"opportunity_id": "O-1", "lead_id": "L-1", "role": "Decision Maker"},
            {"opportunity_id": "O-1", "lead_id": "L-2"},
        ],
    },
    "path": {
        "path": [
            {
                "source_system": "generic",
                "path_id": "J-3",
                "conversions": Decimal("0.000000"),
                "value_amount": Decimal("0.000000"),
                "nulls": Decimal("7.000000"),
            },
            {
                "source_system": "web",
                "path_id": "J-1",
                "conversions": Decimal("3.000000"),
                "value_amount": Decimal("1250.123456"),
                "currency": "EUR",
                "nulls": Decimal("12.000000"),
            },
            {
                "source_system": "web",
                "path_id": "J-2",
                "conversions": Decimal("0.333333"),
                "nulls": Decimal("1.500000"),
            },
        ],
        "path_touch": [
            {"source_system": system, "path_id": path, "position": place, "channel": channel}
            for system, path, place, channel in (
                ("generic", "J-3", 1, "unknown"),
                ("web", "J-1", 1, "Paid Search"),
                ("web", "J-1", 2, "Email"),
                ("web", "J-1", 3, "Webinar"),
                ("web", "J-2", 1, "Email"),
                ("web", "J-2", 2, "Direct"),
            )
        ],
    },
    "path_touch": {
        "path_touch": [
            {
                "source_system": "generic",
                "path_id": "J-2",
                "position": 0,
                "channel": "Direct",
            },
            {
                "source_system": "generic",
                "path_id": "J-2",
                "position": 10,
                "channel": "Webinar",
            },
            {
                "source_system": "web",
                "path_id": "J-1",
                "position": 1,
                "channel": "Paid Search",
                "campaign": "Search | Pumps",
            },
            {
                "source_system": "web",
                "path_id": "J-1",
                "position": 2,
                "channel": "Email",
                "content": "Leak-free plants",
            },
        ],
    },
    "person": {
        "person": [
            {
                "person_id": "generic:P-3",
                "email_state": "none",
                "phone_state": "none",
                "job_title": "Buyer",
            },
            {
                "person_id": ANNA,
                "account_id": "A-1",
                "email_state": "valid",
                "phone_state": "valid",
                "job_title": "Head of Maintenance",
                "seniority": "head",
                "department": "Maintenance",
                "persona": "Maintenance",
                "city": "Hamburg",
                "region": "Hamburg",
                "consent": "granted",
                "consent_at": at("2026-01-05 10:00:00"),
                "do_not_contact": False,
                "reachable_by_email": True,
                "reachable_by_phone": True,
                "reachable_by_wechat": False,
                "created_at": at("2025-11-30 08:00:00"),
            },
            {
                "person_id": WEI,
                "account_id": "A-2",
                "email_state": "none",
                "phone_state": "valid",
                "job_title": "设备经理",
                "city": "Guangzhou",
                "region": "Guangdong",
                "do_not_contact": False,
                "reachable_by_phone": True,
                "reachable_by_wechat": True,
                "created_at": at("2026-02-01 00:00:00"),
            },
        ],
        "person_alias": [
            {
                "source_system": "generic",
                "source_record_id": "P-1",
                "person_id": ANNA,
                "matched_by": "email",
                "confidence": 1.0,
            },
            {
                "source_system": "generic",
                "source_record_id": "P-2",
                "person_id": WEI,
                "matched_by": "phone",
                "confidence": 1.0,
            },
            {
                "source_system": "generic",
                "source_record_id": "P-3",
                "person_id": "generic:P-3",
                "matched_by": "id",
                "confidence": 1.0,
            },
        ],
    },
    "person_alias": {
        "person_alias": [
            {
                "source_system": "hubspot",
                "source_record_id": "551",
                "person_id": "p_1",
                "matched_by": "email",
                "confidence": 0.95,
            },
            {
                "source_system": "marketo",
                "source_record_id": "77",
                "person_id": "p_1",
                "matched_by": "id",
                "confidence": 1.0,
            },
        ],
    },
    "plan": {
        "plan": [
            {
                "plan_id": "FY2026",
                "month_on": date(2026, 1, 1),
                "dimension": "",
                "segment": "",
                "metric": "leads",
                "target": Decimal("1200.00"),
            },
            {
                "plan_id": "FY2026",
                "month_on": date(2026, 1, 1),
                "dimension": "channel",
                "segment": "Paid Search",
                "metric": "leads",
                "target": Decimal("400.00"),
            },
            {
                "plan_id": "FY2026",
                "month_on": date(2026, 2, 1),
                "dimension": "",
                "segment": "",
                "metric": "revenue",
                "target": Decimal("250000.50"),
            },
        ],
    },
    "stage_change": {
        "stage_change": [
            {
                "subject_kind": "lead",
                "subject_id": "L-1",
                "stage": "mql",
                "entered_at": at("2026-03-10 12:00:00"),
                "reason": "Score reached",
                "actor": "System",
                "source_system": "marketo",
                "inferred_from": "status_diff",
            },
            {
                "subject_kind": "lead",
                "subject_id": "L-2",
                "stage": "disqualified",
                "entered_at": at("2026-03-11 00:00:00"),
                "reason": "No budget",
                "source_system": "generic",
                "inferred_from": "history",
            },
            {
                "subject_kind": "opportunity",
                "subject_id": "O-2",
                "stage": "lost",
                "entered_at": at("2026-04-28 16:00:00"),
                "reason": "Price",
                "actor": "Elena Costa",
                "source_system": "generic",
                "inferred_from": "history",
            },
        ],
    },
    "record_end": {
        "record_end": [
            {
                "subject_kind": "lead",
                "subject_id": "L-8",
                "how": "merged",
                "ended_at": at("2026-02-02 10:00"),
                "into_id": "L-1",
            },
            {
                "subject_kind": "lead",
                "subject_id": "L-9",
                "how": "deleted",
                "ended_at": at("2026-02-01 10:00"),
            },
            {
                "subject_kind": "person",
                "subject_id": "salesforce:0035g00000C0009AAB",
                "how": "merged",
                "into_id": "salesforce:0035g00000C0001AAB",
            },
        ],
    },
}


def test_there_is_a_template_for_each_canonical_table() -> None:
    assert {f"generic_{table}" for table in CANONICAL} == {
        name for name in read_mappings() if name.startswith("generic_")
    }
    assert set(EXPECTED) == set(CANONICAL)


@pytest.mark.parametrize("table", EXPECTED)
def test_a_template_knows_every_column_of_its_table(table: str) -> None:
    mapping = read_mappings()[f"generic_{table}"]
    assert mapping.main.into == table
    with (EXPORTS / f"generic/{table}.csv").open(encoding="utf-8", newline="") as file:
        written = next(csv.reader(file))
    assert set(columns(CANONICAL[table])) - MADE <= set(written)
    known = {header for found in headers(mapping, written).values() for header in found}
    assert known == set(written)


@pytest.mark.parametrize("table", EXPECTED)
def test_a_file_becomes_the_rows_that_it_holds(tmp_path: Path, table: str) -> None:
    with loaded(tmp_path, f"generic/{table}.csv", mapping=f"generic_{table}") as loading:
        found = stored(loading)
        for person in found.get("person", []):
            person.pop("email_domain", None)
            keys = {person.pop(name, None) for name in ("email_key", "phone_key")} - {None}
            assert keys or str(person["person_id"]).startswith("generic:")
        if table == "person":
            evidence = [alias.pop("phone_key", None) for alias in found["person_alias"]]
            assert [key is not None for key in evidence] == [True, True, False][: len(evidence)]
        assert found == EXPECTED[table]


@pytest.mark.parametrize(
    "text",
    [
        "Email,State,Changed At\nann@acme.com,California,2026-01-05\n",
        "List Name,Email\nNewsletter,ann@acme.com\n",
        "Order ID,Order Date,Customer\n7,2026-01-05,Ann\n",
        "Tag,Color\nVIP,red\n",
    ],
)
def test_a_file_with_a_word_in_common_is_of_no_table(tmp_path: Path, text: str) -> None:
    with loading_in(tmp_path) as loading, pytest.raises(NoMappingFitsError):
        loading.load("some.csv", text)
