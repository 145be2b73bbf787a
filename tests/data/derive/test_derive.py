"""The derived tables: by the oracle on hundreds of leads, and the traps one by one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from data.schema.tables import DERIVED
from tests.metrics.facts import (
    DraftWarehouse,
    Facts,
    Row,
    account,
    change,
    lead,
    opportunity,
    rate,
    spend,
    takes_part,
    terms,
    touch,
)
from tests.metrics.observing import Observed
from tests.metrics.oracle.stages import EXITS, STAGES, Episode
from tests.metrics.oracle.world import Lead, World
from tests.metrics.twelve_leads import TWELVE


def at(day: int, hour: int = 9) -> datetime:
    return datetime(2026, 1, day, hour)


def moves(lead_id: str, *path: tuple[str, int]) -> tuple[Row, ...]:
    """A lead's entries into stages, by day of January 2026."""
    return tuple(change("lead", lead_id, stage, at(day)) for stage, day in path)


def derived(draft: DraftWarehouse, table: str, facts: Facts, time_zone: str = "UTC") -> list[Row]:
    """A derived table's rows in the order of its key."""
    rows = draft.hold(facts, terms(time_zone)).table(table)
    keys = DERIVED[table].to_schema().unique or []
    return sorted(rows, key=lambda row: [row[key] for key in keys])


@pytest.mark.parametrize("table", DERIVED)
def test_every_derived_table_keeps_its_contract(observed: Observed, table: str) -> None:
    DERIVED[table].validate(observed.warehouse.frame(table), lazy=True)


def test_journeys_are_the_oracles(observed: Observed) -> None:
    world = observed.world
    found = {(row["lead_id"], row["episode"]): row for row in observed.warehouse.table("journey")}
    expected: dict[tuple[str, int], dict[str, Any]] = {}
    for each in world.leads.values():
        for episode in each.episodes:
            row = {
                "episodes": len(each.episodes),
                "person_id": each.person_id,
                "account_id": each.account_id,
                "exit_stage": episode.exit.stage if episode.exit else _left_now(world, each),
                "undated_stage": each.undated,
                "known_on": world.known_on() if each.undated else None,
                "exit_at": episode.exit.at if episode.exit else None,
                "exit_on": world.day(episode.exit.at) if episode.exit else None,
                "exit_reason": episode.exit.reason if episode.exit else None,
            }
            expected[each.lead_id, episode.number] = (
                row | each.segments | _moments(episode, world.day)
            )
    assert found.keys() == expected.keys()
    for key, row in expected.items():
        assert {name: found[key][name] for name in row} == row, key


def _left_now(world: World, each: Lead) -> str | None:
    """Whether the record stands as left, on a day that nobody recorded."""
    stage = world.lead_rows[each.lead_id].get("stage")
    return stage if stage in EXITS and len(each.episodes) == 1 else None


def _moments(
    episode: Episode, day: Callable[[datetime | None], date | None]
) -> dict[str, datetime | date | None]:
    moments: dict[str, datetime | date | None] = {}
    for stage, reached, entered in zip(STAGES, episode.reached, episode.strict, strict=True):
        moments |= {f"{stage}_at": reached, f"{stage}_on": day(reached)}
        moments |= {f"{stage}_entered_at": entered, f"{stage}_entered_on": day(entered)}
    return moments


def test_deals_are_the_oracles(observed: Observed) -> None:
    found = {row["opportunity_id"]: row for row in observed.warehouse.table("deal")}
    assert len(found) == len(observed.world.deals)
    for deal in observed.world.deals:
        expected = deal.segments | {
            "lead_id": deal.lead_id,
            "came_late": deal.came_late if deal.lead_id else None,
            "account_id": deal.account_id,
            "opened_at": deal.opened_at,
            "opened_on": observed.world.day(deal.opened_at),
            "closed_on": deal.closed_on,
            "outcome": deal.outcome,
            "amount": deal.amount,
            "original_amount": deal.original_amount,
            "currency": deal.currency,
            "first_touch_at": deal.first_touch_at,
        }
        row = found[deal.opportunity_id]
        assert {name: row[name] for name in expected} == expected


def test_touches_are_the_oracles(observed: Observed) -> None:
    world = observed.world
    found = {row["interaction_id"]: row for row in observed.warehouse.table("touch")}
    assert found.keys() == {row["interaction_id"] for row in world.touches}
    for row in world.touches:
        person = world.person(row.get("person_id"))
        expected = {
            "person_id": person,
            "account_id": world.company_of_person(person),
            "occurred_at": row["occurred_at"],
            "occurred_on": world.day(row["occurred_at"]),
            "channel": world.touch_channel(row),
            "value_tier": "high" if row["action"] == "form_submit" else "low",
        }
        touched = found[row["interaction_id"]]
        assert {name: touched[name] for name in expected} == expected


def test_spend_is_the_oracles(observed: Observed) -> None:
    names = ("channel", "campaign", "product")
    found = [
        (str(row["spend_on"]), *(row[name] for name in names), str(row["cost_amount"]))
        for row in observed.warehouse.table("spend")
    ]
    expected = [
        (
            str(each.spend_on),
            *(each.segments[name] for name in names),
            str(each.amount and each.amount.quantize(Decimal("0.01"))),
        )
        for each in observed.world.spends
    ]
    assert sorted(found) == sorted(expected)


def test_money_stands_once_per_deal(observed: Observed) -> None:
    journeys = observed.warehouse.table("journey")
    deals = observed.warehouse.table("deal")
    # A won deal without a day of closing has no journey entry to stand on, nor a month to be in,
    # and one of which all leads came late is no lead's.
    primary = {
        row["opportunity_id"]: row["came_late"]
        for row in observed.warehouse.table("deal_lead")
        if row["place"] == 1
    }
    on_leads = [
        row["amount"] or 0
        for row in deals
        if row["outcome"] == "won"
        and primary.get(row["opportunity_id"]) is False
        and row["closed_on"] is not None
    ]
    assert sum(on_leads) > 0
    assert sum(row["won_amount"] or 0 for row in journeys) == sum(on_leads)
    assert all(row["is_primary"] for row in journeys if row["won_amount"] is not None)


def test_the_twelve_leads_have_one_row_each_but_the_recycled_one(draft: DraftWarehouse) -> None:
    rows = derived(draft, "journey", TWELVE)
    assert [row["lead_id"] for row in rows].count("L05") == 2
    assert len(rows) == 13
    first, second = [row for row in rows if row["lead_id"] == "L05"]
    assert (first["exit_stage"], first["exit_reason"]) == ("recycled", "no budget")
    assert (second["mql_on"], second["exit_stage"]) == (date(2026, 3, 2), None)
    money = {row["lead_id"]: row["won_amount"] for row in rows if row["won_amount"] is not None}
    assert money == {"L01": Decimal("10000.00"), "L11": Decimal("770.00")}
    lost = next(row for row in rows if row["lead_id"] == "L09")
    assert (lost["exit_stage"], lost["exit_reason"]) == ("lost", "price")


def test_deriving_again_changes_nothing(draft: DraftWarehouse) -> None:
    before = {table: derived(draft, table, TWELVE) for table in DERIVED}
    draft.derive()
    draft.derive()
    for table, rows in before.items():
        keys = DERIVED[table].to_schema().unique or []
        again = sorted(draft.table(table), key=lambda row: [row[key] for key in keys])
        assert again == rows


def test_a_recycling_that_nothing_follows_opens_no_episode(draft: DraftWarehouse) -> None:
    facts = Facts(
        lead=(lead("L1", at(1)),),
        stage_change=moves("L1", ("mql", 2), ("recycled", 3), ("lead", 4), ("disqualified", 5)),
    )
    (row,) = derived(draft, "journey", facts)
    assert (row["exit_stage"], row["exit_at"]) == ("disqualified", at(5))


def test_what_does_not_qualify_stays_with_the_episode_it_ends(draft: DraftWarehouse) -> None:
    path = [("mql", 2), ("recycled", 3), ("disqualified", 4), ("mql", 6), ("sql", 7)]
    facts = Facts(lead=(lead("L1", at(1)),), stage_change=moves("L1", *path))
    first, second = derived(draft, "journey", facts)
    assert (first["exit_stage"], first["exit_at"]) == ("disqualified", at(4))
    assert (second["lead_at"], second["mql_at"], second["sql_at"]) == (at(6), at(6), at(7))
    # Created once: the strict path of the second episode goes on from the first entry.
    assert (second["lead_entered_at"], second["mql_entered_at"]) == (at(1), at(6))


def test_recycled_at_the_moment_it_qualified_ends_that_episode(draft: DraftWarehouse) -> None:
    path = [("recycled", 3), ("mql", 3), ("mql", 5)]
    facts = Facts(lead=(lead("L1", at(1)),), stage_change=moves("L1", *path))
    first, second = derived(draft, "journey", facts)
    assert (first["mql_at"], first["exit_stage"]) == (at(3), "recycled")
    assert second["mql_at"] == at(5)


def test_one_entry_told_twice_is_one_episode(draft: DraftWarehouse) -> None:
    entered = moves("L1", ("mql", 2), ("recycled", 3), ("mql", 5))
    again = tuple({**row, "inferred_from": "status_diff"} for row in entered)
    rows = derived(draft, "journey", Facts(lead=(lead("L1", at(1)),), stage_change=entered + again))
    assert [(row["episode"], row["mql_at"]) for row in rows] == [(1, at(2)), (2, at(5))]


def test_a_strict_stage_is_entered_in_order_within_one_episode(draft: DraftWarehouse) -> None:
    def strict(*path: tuple[str, int]) -> list[list[str]]:
        """Per episode, the stages that were entered strictly."""
        facts = Facts(lead=(lead("L1", at(1)),), stage_change=moves("L1", *path))
        rows = derived(draft, "journey", facts)
        return [[stage for stage in STAGES if row[f"{stage}_entered_on"]] for row in rows]

    # The MQL of the first episode does not stand in for the one the second skipped.
    assert strict(("mql", 2), ("recycled", 3), ("sql", 4)) == [["lead", "mql"], ["lead"]]
    # The second episode has it all, the first skipped MQL.
    assert strict(("sql", 2), ("recycled", 3), ("mql", 4), ("sql", 5)) == [
        ["lead"],
        ["lead", "mql", "sql"],
    ]
    # Out of order within one episode.
    assert strict(("sql", 2), ("mql", 3)) == [["lead", "mql"]]


def test_the_last_exit_comes_with_its_own_reason(draft: DraftWarehouse) -> None:
    changes = (
        change("lead", "L1", "lost", at(3), reason="price"),
        change("lead", "L1", "disqualified", at(4)),
    )
    facts = Facts(lead=(lead("L1", at(1)),), stage_change=changes)
    for order in (changes, changes[::-1]):
        (row,) = derived(draft, "journey", Facts(lead=facts.lead, stage_change=order))
        assert (row["exit_stage"], row["exit_reason"]) == ("disqualified", None)
    same = (
        change("lead", "L1", "lost", at(4), reason="price"),
        change("lead", "L1", "disqualified", at(4), reason="student"),
    )
    for order in (same, same[::-1]):
        (row,) = derived(draft, "journey", Facts(lead=facts.lead, stage_change=order))
        assert (row["exit_stage"], row["exit_reason"]) == ("lost", "price")


def test_a_lead_that_went_on_has_not_left(draft: DraftWarehouse) -> None:
    path = [("lost", 3), ("mql", 4)]
    facts = Facts(lead=(lead("L1", at(1)),), stage_change=moves("L1", *path))
    (row,) = derived(draft, "journey", facts)
    assert row["exit_stage"] is row["exit_at"] is row["exit_reason"] is None


def test_a_lead_in_several_deals_carries_the_money_of_each(draft: DraftWarehouse) -> None:
    known: Row = {"primary_lead_id": "L1", "currency": "USD", "outcome": "won"}
    deals = (
        opportunity("O1", at(3), original_amount=Decimal(10), closed_at=at(9), **known),
        opportunity("O2", at(4), original_amount=Decimal(5), closed_at=at(8), **known),
        opportunity("O3", at(2), original_amount=Decimal(99), **known | {"outcome": "open"}),
    )
    facts = Facts(
        lead=(lead("L1", at(1)), lead("L2", at(1))),
        opportunity=deals,
        opportunity_lead=(takes_part("O1", "L1"), takes_part("O1", "L2"), takes_part("O2", "L2")),
    )
    for each in (facts, facts.shuffled(1), facts.shuffled(2)):
        first, second = derived(draft, "journey", each)
        assert (first["opportunity_at"], first["won_at"]) == (at(2), at(8))
        assert (first["won_amount"], first["opportunity_id"]) == (Decimal(15), "O1")
        assert (second["won_at"], second["won_amount"], second["is_primary"]) == (
            at(8),
            None,
            False,
        )


def test_of_several_open_deals_the_first_by_name_stands_in_the_journey(
    draft: DraftWarehouse,
) -> None:
    deals = [opportunity(name, at(3), primary_lead_id="L1") for name in ("O3", "O1", "O2")]
    for order in (deals, deals[::-1], deals[1:] + deals[:1]):
        facts = Facts(lead=(lead("L1", at(1)),), opportunity=tuple(order))
        (row,) = derived(draft, "journey", facts)
        assert row["opportunity_id"] == "O1"


def test_the_primary_lead_is_named_or_has_the_role_or_came_first(draft: DraftWarehouse) -> None:
    leads = (lead("L1", at(3)), lead("L2", at(2)), lead("L3", at(1)))
    cases: tuple[tuple[Row, tuple[str | None, ...], str], ...] = (
        ({"primary_lead_id": "L1"}, (None, "Primary", None), "L1"),
        ({"primary_lead_id": "gone"}, (None, "Primary", None), "L2"),
        ({}, (None, None, None), "L3"),
    )
    for named, roles, expected in cases:
        parts = tuple(
            takes_part("O1", row["lead_id"], role) for row, role in zip(leads, roles, strict=True)
        )
        facts = Facts(
            lead=leads, opportunity=(opportunity("O1", at(5), **named),), opportunity_lead=parts
        )
        (deal,) = derived(draft, "deal", facts)
        assert deal["lead_id"] == expected


def test_several_aliases_and_campaigns_do_not_multiply_rows(draft: DraftWarehouse) -> None:
    aliases = tuple(
        {
            "source_system": system,
            "source_record_id": record,
            "person_id": "p1",
            "matched_by": "email",
            "confidence": 1.0,
        }
        for system, record in (("crm", "1"), ("crm", "2"), ("web", "1"))
    )
    facts = Facts(
        account=(account("A1", "Acme"), account("A2", "ACME"), account("name:acme", "acme")),
        person=({"person_id": "p1", "account_id": "A2"},),
        person_alias=aliases,
        campaign=tuple({"campaign_id": f"C{n}", "name": "Spring"} for n in range(3)),
        lead=tuple(
            lead(f"L{n}", at(n), person_id=person, campaign_id=f"C{n - 1}")
            for n, person in enumerate(("crm:1", "crm:2", "p1"), start=1)
        ),
        interaction=tuple(
            touch(f"I{n}", at(n), person, campaign_id="C0")
            for n, person in enumerate(("crm:1", "crm:2", "web:1", "p1"), start=1)
        ),
        opportunity=(opportunity("O1", at(9), account_id="name:acme"),),
        opportunity_lead=tuple(takes_part("O1", f"L{n}") for n in (1, 2, 3)),
        campaign_spend=(spend("C0", date(2026, 1, 5), "5"), spend("C1", date(2026, 1, 5), "5")),
    )
    journeys = derived(draft, "journey", facts)
    assert [row["lead_id"] for row in journeys] == ["L1", "L2", "L3"]
    assert {(row["person_id"], row["account_id"]) for row in journeys} == {("p1", "A1")}
    assert {row["campaign"] for row in journeys} == {"Spring"}
    touches = draft.table("touch")
    assert len(touches) == 4
    assert {(row["person_id"], row["account_id"]) for row in touches} == {("p1", "A1")}
    assert len(draft.table("spend")) == 2
    (deal,) = draft.table("deal")
    assert (deal["account_id"], deal["first_touch_at"]) == ("A1", at(1))


def test_the_fullest_record_of_a_company_is_believed(draft: DraftWarehouse) -> None:
    def company(*records: Row) -> dict[str, str]:
        facts = Facts(account=records, lead=(lead("L1", at(1), account_id="A1"),))
        (row,) = derived(draft, "journey", facts)
        (other,) = derived(draft, "journey", facts.shuffled(1))
        assert row == other
        return {name: row[name] for name in ("region", "industry", "city", "country")}

    thin = account("A1", "Acme", region="West", city="Zürich")
    full = account("A2", "ACME", region="East", industry="Retail", country="DE")
    # East is not last by spelling, nor first by id; the city is known from the thin record only.
    expected = {"region": "East", "industry": "Retail", "city": "Zürich", "country": "DE"}
    assert company(thin, full) == company(full, thin) == expected
    # As much is said by both: the first id.
    equal = account("A2", "ACME", region="East", city="Aarau")
    assert company(thin, equal) == company(equal, thin)
    assert company(equal, thin)["region"] == "West"
    assert company(thin, account("name:acme", "acme", region="X", city="Y"))["region"] == "West"
    # A third record makes no difference to what the fullest says.
    assert company(thin, account("A3", "Acme", region="Zone"), full)["region"] == "East"


def test_all_null_columns_are_unassigned_not_lost(draft: DraftWarehouse) -> None:
    facts = Facts(
        lead=(lead("L1", None),),
        stage_change=moves("L1", ("mql", 2)),
        opportunity=(opportunity("O1", None),),
        interaction=({**touch("I1", at(1), "p1"), "person_id": None, "channel": None},),
    )
    (row,) = derived(draft, "journey", facts)
    assert (row["lead_at"], row["mql_at"], row["lead_entered_at"]) == (at(2), at(2), None)
    (deal,) = draft.table("deal")
    assert (deal["outcome"], deal["opened_on"], deal["amount"]) == ("open", None, None)
    (touched,) = draft.table("touch")
    assert (touched["channel"], touched["person_id"]) == ("Unassigned", None)
    for each in (row, deal):
        assert each["channel"] == each["owner"] == each["country"] == "Unassigned"


def test_stage_changes_of_leads_that_are_not_loaded_make_no_lead(draft: DraftWarehouse) -> None:
    facts = Facts(lead=(lead("L1", at(1)),), stage_change=moves("L2", ("mql", 2)))
    assert [row["lead_id"] for row in derived(draft, "journey", facts)] == ["L1"]


def test_a_visit_gets_the_channel_of_the_first_rule_that_fits(draft: DraftWarehouse) -> None:
    cases = (
        ("Google", "CPC", "Paid Search"),  # whatever the case, here and in the rule
        ("BAIDU", "cpc", "Paid Search"),
        ("google", "organic", "Unassigned"),
        ("google", None, "Unassigned"),
        (None, "E-mail", "Unassigned"),
        (None, "Email", "Email"),
        (None, None, "Unassigned"),
    )
    visits = tuple(
        {**touch(f"I{n}", at(1), "p1"), "channel": None, "utm_source": source, "utm_medium": medium}
        for n, (source, medium, _) in enumerate(cases)
    )
    known = ({**visits[0], "interaction_id": "I9", "channel": "展会"},)
    found = derived(draft, "touch", Facts(interaction=visits + known))
    assert [row["channel"] for row in found] == [*(channel for _, _, channel in cases), "展会"]


def test_the_newest_rate_that_still_holds_converts(draft: DraftWarehouse) -> None:
    facts = Facts(
        campaign_spend=tuple(
            spend("C1", date(2026, month, 15), "100.10", "EUR") for month in (1, 2, 3, 4)
        ),
        exchange_rate=(
            rate("EUR", date(2026, 1, 15), "1.25"),
            rate("EUR", date(2026, 2, 1), "1.5"),
            rate("EUR", date(2026, 2, 16), "9"),
            rate("USD", date(2026, 1, 1), "7"),  # nobody's rate: the base is the base
        ),
    )
    found = [row["cost_amount"] for row in derived(draft, "spend", facts)]
    # 100.10 × 1.25 = 125.125, half a cent up; 1.5 of 1 February; 9, then 27 days old; April none.
    assert found == [Decimal("125.13"), Decimal("150.15"), Decimal("900.90"), None]


def test_a_base_amount_is_itself(draft: DraftWarehouse) -> None:
    facts = Facts(
        campaign_spend=(spend("C1", date(2026, 1, 1), "12.34"),),
        exchange_rate=(rate("USD", date(2026, 1, 1), "7"),),
    )
    (row,) = derived(draft, "spend", facts)
    assert row["cost_amount"] == Decimal("12.34")


def test_days_of_every_table_are_of_the_reporting_zone(draft: DraftWarehouse) -> None:
    late = datetime(2026, 3, 31, 23, 30)
    facts = Facts(
        lead=(lead("L1", late),),
        opportunity=(opportunity("O1", late, outcome="won", closed_at=late),),
        interaction=(touch("I1", late, "p1"),),
    )
    for zone, day in (
        ("UTC", date(2026, 3, 31)),
        ("Europe/Berlin", date(2026, 4, 1)),
        ("Asia/Shanghai", date(2026, 4, 1)),
        ("America/New_York", date(2026, 3, 31)),
    ):
        (journey,) = derived(draft, "journey", facts, zone)
        (deal,) = draft.table("deal")
        (touched,) = draft.table("touch")
        assert journey["lead_on"] == journey["lead_entered_on"] == day
        assert deal["opened_on"] == deal["closed_on"] == day
        assert touched["occurred_on"] == day
        assert journey["lead_at"] == late


def test_the_hour_that_comes_twice_and_the_one_that_never_comes(draft: DraftWarehouse) -> None:
    # Berlin's clock runs 2:00 to 2:59 twice on 25 October 2026 and skips it on 29 March.
    for moment, day in (
        (datetime(2026, 10, 25, 0, 30), date(2026, 10, 25)),
        (datetime(2026, 10, 25, 1, 30), date(2026, 10, 25)),
        (datetime(2026, 10, 24, 22, 0), date(2026, 10, 25)),
        (datetime(2026, 10, 25, 22, 30), date(2026, 10, 25)),
        (datetime(2026, 10, 25, 23, 0), date(2026, 10, 26)),
        (datetime(2026, 3, 29, 1, 0), date(2026, 3, 29)),
        (datetime(2026, 3, 29, 21, 59), date(2026, 3, 29)),
        (datetime(2026, 3, 29, 22, 0), date(2026, 3, 30)),
    ):
        (row,) = derived(draft, "journey", Facts(lead=(lead("L1", moment),)), "Europe/Berlin")
        assert row["lead_on"] == day, moment
