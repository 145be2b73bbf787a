"""Leads of deals: who was there when a deal was opened, and who joined it later."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from data.definitions import Definitions
from tests.data.derive.test_derive import at, derived
from tests.metrics.facts import TERMS, DraftWarehouse, Facts, Row, change, lead, opportunity
from tests.metrics.observing import Observed

OPENED = at(20)

DEAL: Row = {"account_id": "A1", "original_amount": Decimal(20000), "currency": "USD"}


def takes_part(deal: str, *leads: str) -> tuple[Row, ...]:
    return tuple({"opportunity_id": deal, "lead_id": each, "role": None} for each in leads)


def days(draft: DraftWarehouse, facts: Facts) -> dict[str, list[date | None]]:
    """When each lead came, was an opportunity and was won."""
    return {
        row["lead_id"]: [row["lead_on"], row["opportunity_on"], row["won_on"]]
        for row in derived(draft, "journey", facts)
    }


def late(draft: DraftWarehouse, facts: Facts) -> dict[str, bool]:
    rows = sorted(derived(draft, "deal_lead", facts), key=lambda row: row["place"])
    assert [row["place"] for row in rows] == list(range(1, len(rows) + 1))
    return {row["lead_id"]: row["came_late"] for row in rows}


def test_colleagues_who_are_added_to_a_deal_come_when_they_come(draft: DraftWarehouse) -> None:
    """A deal of January: its buyer, who came along, and colleagues made in March and later."""
    deal = opportunity("D1", at(20), closed_at=datetime(2026, 3, 25, 10), outcome="won", **DEAL)
    facts = Facts(
        lead=(
            lead("老王", at(10), account_id="A1", channel="Paid Search"),
            lead("Assistant", at(20, 9), account_id="A1", channel="Email"),
            lead("Colleague", datetime(2026, 3, 3), account_id="A1", channel="Offline"),
            lead("同事", datetime(2026, 3, 17), account_id="A1", channel="Offline"),
            lead("After it was won", datetime(2026, 4, 2), account_id="A1"),
            lead("Nobody knows when", None, account_id="A1"),
            lead("Without a deal", datetime(2026, 3, 5), account_id="A1"),
        ),
        stage_change=(
            change("lead", "Colleague", "mql", datetime(2026, 3, 9)),
            change("opportunity", "D1", "opportunity", at(22)),
        ),
        opportunity=(deal,),
        opportunity_lead=takes_part(
            "D1", "同事", "老王", "Colleague", "After it was won", "Assistant", "Nobody knows when"
        ),
    )
    opened, won = date(2026, 1, 20), date(2026, 3, 25)
    found = days(draft, facts)
    assert found == {
        "老王": [date(2026, 1, 10), opened, won],
        "Assistant": [opened, opened, won],
        "Nobody knows when": [None, opened, won],
        "Colleague": [date(2026, 3, 3), None, None],
        "同事": [date(2026, 3, 17), None, None],
        "After it was won": [date(2026, 4, 2), None, None],
        "Without a deal": [date(2026, 3, 5), None, None],
    }
    assert late(draft, facts) == {
        "老王": False, "Assistant": False, "Nobody knows when": False,
        "Colleague": True, "同事": True, "After it was won": True,
    }  # fmt: skip
    money = {row["lead_id"]: row["won_amount"] for row in derived(draft, "journey", facts)}
    assert {name: amount for name, amount in money.items() if amount} == {"老王": 20000}
    (row,) = derived(draft, "deal", facts)
    assert (row["lead_id"], row["channel"], row["amount"]) == ("老王", "Paid Search", 20000)
    own = [
        row for row in derived(draft, "lead_stage_entry", facts) if row["lead_id"] == "Colleague"
    ]
    assert [row["stage"] for row in own] == ["lead", "mql"]


@pytest.mark.parametrize(
    ("opened", "created", "expected"),
    [
        (at(20, 10), at(20, 10) + timedelta(seconds=4), False),
        (at(20, 23), at(21, 0), False),  # one form, stored over midnight
        (at(20, 0), at(20, 17), False),  # the deal says a day only
        (at(20, 0), at(20, 23), False),
        (at(20, 17), at(20, 0), False),  # the lead does
        (at(20, 16), at(21, 0), False),  # both, of a day in Shanghai and in UTC
        (at(20, 10), at(21, 10), True),
        (at(20, 10), at(28, 10), True),
    ],
)
def test_a_day_is_no_difference(
    draft: DraftWarehouse, opened: datetime, created: datetime, expected: bool
) -> None:
    facts = Facts(
        lead=(lead("L1", created),),
        opportunity=(opportunity("D1", opened, primary_lead_id="L1", **DEAL),),
    )
    assert late(draft, facts) == {"L1": expected}
    came, reached, _ = days(draft, facts)["L1"]
    assert came == created.date()
    # It never converts before it came.
    assert reached == (None if expected else max(opened, created).date())


def test_a_lead_moved_from_another_system_was_there_before(draft: DraftWarehouse) -> None:
    deal = opportunity("D1", at(12), primary_lead_id="L1", **DEAL)
    moved = lead("L1", datetime(2026, 6, 1))
    own = change("lead", "L1", "mql", at(8))
    assert late(draft, Facts(lead=(moved,), stage_change=(own,), opportunity=(deal,))) == {
        "L1": False
    }
    after = change("lead", "L1", "mql", at(20))
    facts = Facts(lead=(moved,), stage_change=(after,), opportunity=(deal,))
    assert late(draft, facts) == {"L1": True}
    assert days(draft, facts)["L1"] == [date(2026, 1, 20), None, None]


def test_a_deal_without_a_day_of_opening_was_open_when_something_tells_of_it(
    draft: DraftWarehouse,
) -> None:
    def came_late(facts_of_deal: Row, *changes: Row) -> bool:
        deal = opportunity("D1", None, primary_lead_id="L1", **DEAL, **facts_of_deal)
        facts = Facts(lead=(lead("L1", at(15)),), opportunity=(deal,), stage_change=changes)
        return late(draft, facts)["L1"]

    assert came_late({"outcome": "lost", "closed_at": at(10)})
    assert not came_late({"outcome": "won", "closed_at": at(20)})
    assert came_late(
        {"outcome": "won", "closed_at": at(20)}, change("opportunity", "D1", "opportunity", at(3))
    )
    # A day of closing of an open deal is only expected.
    assert not came_late({"outcome": "open", "closed_at": at(10)})
    assert not came_late({})


def test_who_came_in_time_is_the_primary_lead(draft: DraftWarehouse) -> None:
    """Also where the deal names somebody else first; where nobody did, it is as named."""
    deal = opportunity("D1", at(10), primary_lead_id="Late", **DEAL)
    leads = (lead("Late", at(20)), lead("Early", at(5)), lead("Later", at(25)))
    roles = takes_part("D1", "Early", "Later")
    both = Facts(lead=leads, opportunity=(deal,), opportunity_lead=roles)
    assert list(late(draft, both)) == ["Early", "Late", "Later"]
    nobody = Facts(
        lead=(leads[0], leads[2]), opportunity=(deal,), opportunity_lead=takes_part("D1", "Later")
    )
    assert list(late(draft, nobody)) == ["Late", "Later"]
    (row,) = derived(draft, "deal", nobody)
    assert row["lead_id"] == "Late"


def test_a_person_s_lead_of_the_same_form_is_meant(draft: DraftWarehouse) -> None:
    """A deal that names a person, made a moment before that person's newest lead."""
    leads = (
        lead("Old", datetime(2024, 5, 1), person_id="p_li"),
        lead("New", at(10, 9) + timedelta(seconds=2), person_id="p_li"),
        lead("Newest", at(30), person_id="p_li"),
    )
    deal = opportunity("D1", at(10, 9), primary_lead_id="person:p_li", **DEAL)
    assert late(draft, Facts(lead=leads, opportunity=(deal,))) == {"New": False}


def test_no_lead_reaches_a_stage_before_it_came(observed: Observed) -> None:
    stages = ("mql", "sql", "opportunity", "won")
    came: dict[str, date] = {
        row["lead_id"]: row["lead_on"]
        for row in observed.warehouse.table("journey")
        if row["episode"] == 1 and row["lead_on"] is not None
    }
    assert len(came) > 100
    for row in observed.warehouse.table("journey"):
        if first := came.get(row["lead_id"]):
            reached = [row[f"{stage}_on"] for stage in stages if row[f"{stage}_on"] is not None]
            assert all(day >= first for day in reached), row["lead_id"]


def test_leads_of_deals_are_the_oracles(observed: Observed) -> None:
    world = observed.world
    found: dict[str, list[str]] = {}
    came_late = set()
    for row in observed.warehouse.table("deal_lead"):
        found.setdefault(row["opportunity_id"], []).append(row["lead_id"])
        if row["came_late"]:
            came_late.add((row["opportunity_id"], row["lead_id"]))
    assert found == {deal: leads for deal, leads in world.deal_leads.items() if leads}
    assert came_late == world.came_late


def found_by(draft: DraftWarehouse, facts: Facts) -> dict[str, tuple[str, str]]:
    """The primary lead of each deal that has one, and how it was found."""
    return {
        row["opportunity_id"]: (row["lead_id"], row["linked_by"])
        for row in derived(draft, "deal_lead", facts)
        if row["place"] == 1
    }


def company(name: str, *also: str) -> tuple[Row, ...]:
    """A company as the files of leads and of deals spell it, without an id."""
    return tuple(
        {"account_id": f"name:{each}", "name": each, "name_key": name} for each in (name, *also)
    )


def test_a_deal_of_a_company_is_that_of_the_one_lead_that_could_have_led_to_it(
    draft: DraftWarehouse,
) -> None:
    def deal(name: str, account: str | None, opened: datetime | None = OPENED, **of: Any) -> Row:
        return opportunity(name, opened, account_id=account, **of)

    won: Row = {"outcome": "won", "closed_at": at(25), "original_amount": Decimal(100)}
    facts = Facts(
        account=(*company("上海恒通", "上海恒通 "), *company("aalto"), *company("okano")),
        lead=(
            lead("Only", at(5), account_id="name:上海恒通", channel="Webinar"),
            lead("One", at(5), account_id="name:aalto", person_id="p_one"),
            lead("Two", at(6), account_id="name:aalto", person_id="p_two"),
            lead("Same", at(5), account_id="name:okano", person_id="p_mori"),
            lead("Same again", at(8), account_id="name:okano", person_id="p_mori"),
            lead("Before", at(5), account_id="A5"),
            lead("After", at(23), account_id="A5"),
            lead("Late", at(23), account_id="A6"),
            lead("Good", at(5), account_id="A7"),
            lead("Left", at(5), account_id="A7", stage="disqualified"),
            lead("Left too", at(5), account_id="A7"),
            lead("Undated", None, account_id="A8"),
            lead("Elsewhere", at(5), account_id=None),
        ),
        stage_change=(change("lead", "Left too", "disqualified", at(15)),),
        opportunity=(
            deal("D1", "name:上海恒通 ", **won),
            deal("D2", "name:上海恒通"),
            deal("Of one or two", "name:aalto"),
            deal("D3", "name:okano"),
            deal("D4", "A5"),
            deal("Before anybody", "A6"),
            deal("D5", "A7", outcome="lost", closed_at=at(30)),
            deal("D6", "A8"),
            deal("Before or after", "A5", None, **won),
            deal("Of no company", None),
            deal("Of another lead", "A7", primary_lead_id="not loaded"),
            deal("D8", "A7", primary_lead_id="person:of nobody who is loaded"),
            deal("D9", "name:aalto", primary_lead_id="Two"),
        ),
    )
    assert found_by(draft, facts) == {
        "D1": ("Only", "account"),
        "D2": ("Only", "account"),
        "D3": ("Same again", "account"),
        "D4": ("Before", "account"),
        "D5": ("Good", "account"),
        "D6": ("Undated", "account"),
        "D8": ("Good", "account"),
        "D9": ("Two", "lead"),
    }
    rows = {row["opportunity_id"]: row for row in derived(draft, "deal", facts)}
    assert (rows["D1"]["channel"], rows["D1"]["linked_by"]) == ("Webinar", "account")
    assert (rows["Of one or two"]["lead_id"], rows["Of one or two"]["linked_by"]) == (None, None)


def named(system_id: str, name: str, account: str, **of: Any) -> Row:
    return {"person_id": system_id, "account_id": account, "name_key": name, **of}


def test_a_deal_that_names_a_person_by_name_is_theirs_if_the_company_has_the_name_once(
    draft: DraftWarehouse,
) -> None:
    facts = Facts(
        person=(
            named("crm:1", "hash of 王伟", "A1"),
            named("crm:2", "hash of 王伟", "A2"),
            named("crm:3", "hash of anna", "A1"),
            named("crm:4", "hash of anna", "A1"),  # a namesake who never was a lead
            named("crm:5", "hash of 田中", "A3"),
        ),
        lead=(
            lead("王伟", at(5), account_id="A1", person_id="crm:1"),
            lead("Another 王伟", at(5), account_id="A2", person_id="crm:2"),
            lead("Anna", at(5), account_id="A1", person_id="crm:3"),
            lead("田中 old", datetime(2024, 1, 1), account_id="A3", person_id="crm:5"),
            lead("田中", at(8), account_id="A3", person_id="crm:5"),
            lead("田中 late", at(28), account_id="A3", person_id="crm:5"),
        ),
        opportunity=tuple(
            opportunity(name, at(20), account_id=account, primary_lead_id=f"person called:{key}")
            for name, account, key in (
                ("D1", "A1", "hash of 王伟"),
                ("D2", "A2", "hash of 王伟"),
                ("Which Anna", "A1", "hash of anna"),
                ("D3", "A3", "hash of 田中"),
                ("Of no company", None, "hash of 田中"),
            )
        ),
    )
    assert found_by(draft, facts) == {
        "D1": ("王伟", "name"),
        "D2": ("Another 王伟", "name"),
        "D3": ("田中", "name"),
    }


def test_the_definitions_say_by_what_deals_find_leads(draft: DraftWarehouse) -> None:
    facts = Facts(
        person=(named("crm:1", "hash", "A1"),),
        lead=(lead("L1", at(5), account_id="A1", person_id="crm:1"), lead("L2", at(6))),
        opportunity=(
            opportunity("By name", at(20), account_id="A1", primary_lead_id="person called:hash"),
            opportunity("By company", at(20), account_id="A1"),
            opportunity("By lead", at(20), primary_lead_id="L2"),
        ),
    )

    def deals(*leads_by: str) -> dict[str, tuple[str, str]]:
        terms = Definitions.model_validate(TERMS.model_dump() | {"deals": {"leads_by": leads_by}})
        draft.hold(facts, terms)
        rows = draft.table("deal_lead")
        return {row["opportunity_id"]: (row["lead_id"], row["linked_by"]) for row in rows}

    by_lead = {"By lead": ("L2", "lead")}
    assert deals() == by_lead
    assert deals("name") == by_lead | {"By name": ("L1", "name")}
    # What a name does not find, the company does.
    by_account = {"By name": ("L1", "account"), "By company": ("L1", "account")}
    assert deals("account") == by_lead | by_account
