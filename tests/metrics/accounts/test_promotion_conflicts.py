"""Promotions at accounts with an open deal against plain Python."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from metrics.accounts.promotion_conflicts import promotion_conflicts
from metrics.scope import Dimension, Filter, Scope
from tests.metrics.accounts.account_oracle import Accounts
from tests.metrics.accounts.conftest import PLAIN, SCOPES, Company
from tests.metrics.facts import TERMS, DraftWarehouse, terms
from tests.metrics.scopes import asked
from tests.metrics.twelve_leads import SEEN, WINTER, at


def contacts_of(oracle: Accounts) -> list[tuple[str, datetime, str]]:
    """Person, moment and campaign of each contact that is no work of sales."""
    found = []
    for row in oracle.facts.interaction:
        campaign = oracle.world.campaigns.get(row.get("campaign_id") or "", {})
        channel = row.get("channel") or campaign.get("channel")
        day = oracle.world.day(row["occurred_at"])
        is_in = day is not None and oracle.start <= day <= oracle.until
        if row["action"] not in TERMS.touch.outbound or not row.get("campaign_id") or not is_in:
            continue
        if channel not in TERMS.touch.sales_channels:
            who = oracle.world.person(row["person_id"])
            name = campaign.get("name") or row["campaign_id"]
            found.append((str(who), row["occurred_at"], name))
    return found


@pytest.mark.parametrize("scope", SCOPES)
def test_each_conflict_is_as_the_oracle_says(company: Company, scope: Scope) -> None:
    oracle = company.oracle(scope)
    rows = {row["opportunity_id"]: row for row in company.facts.opportunity}
    met: dict[tuple[str, str], list[tuple[str, datetime]]] = {}
    for deal in oracle.deals:
        row = rows[deal.opportunity_id]
        closed = row["closed_at"] if row["outcome"] in ("won", "lost") else None
        if deal.opened_at is None or not oracle.is_asked(str(deal.account_id)):
            continue
        for who, moment, campaign in contacts_of(oracle):
            is_theirs = who in oracle.people_of(str(deal.account_id))
            if is_theirs and deal.opened_at <= moment < (closed or datetime.max):
                met.setdefault((campaign, deal.opportunity_id), []).append((who, moment))
    found: list[dict[str, Any]] = promotion_conflicts(company.warehouse, scope, TERMS).rows(
        named=True
    )
    assert {(row["campaign"], row["opportunity_id"]) for row in found} == set(met)
    deals = {each.opportunity_id: each for each in oracle.deals}
    for each in found:
        contacts = met[each["campaign"], each["opportunity_id"]]
        deal = deals[each["opportunity_id"]]
        days = [moment.date() for _, moment in contacts]
        assert each["contacts"] == len(contacts)
        assert each["people"] == len({who for who, _ in contacts})
        assert (each["first_on"], each["last_on"]) == (min(days), max(days))
        assert each["amount"] == deal.amount
        assert each["is_open"] is oracle.is_open(deal)
        owner = deal.segments["owner"]
        named = owner if owner != "Unassigned" else oracle.said_of(str(deal.account_id), "owner")
        assert each["owner"] == named
    assert found or scope is not PLAIN


def test_a_deal_is_open_from_its_opening_until_it_is_closed(by_hand: DraftWarehouse) -> None:
    found = promotion_conflicts(by_hand, asked(WINTER, SEEN), TERMS)
    columns = ("campaign", "account", "owner", "contacts", "is_open")
    assert sorted(found.select(columns).rows()) == [
        ("Spring", "Lost", "Li", 1, False),
        ("at the opening", "Lost", "Li", 1, False),
        ("late", "Lost", "Li", 1, False),
    ]


def test_days_are_of_the_reporting_time_zone(by_hand: DraftWarehouse) -> None:
    found = promotion_conflicts(by_hand, asked(WINTER, SEEN), terms("Asia/Tokyo"))
    late = found.filter(campaign="late")  # 8 o'clock in UTC
    assert late["first_on"].to_list() == [at(2, 2).date()]
    found = promotion_conflicts(by_hand, asked(WINTER, SEEN), terms("America/Los_Angeles"))
    early = found.filter(campaign="at the opening")  # 9 o'clock in UTC
    assert early["first_on"].to_list() == [at(2, 1).date()]
    assert found.filter(campaign="late")["first_on"].to_list() == [at(2, 2).date()]


def test_nothing_is_loaded(nothing: DraftWarehouse) -> None:
    assert promotion_conflicts(nothing, asked(WINTER, SEEN), TERMS).is_empty()


def test_a_filter_never_adds_a_conflict(company: Company) -> None:
    def keys(*filters: Filter) -> set[tuple[str, str]]:
        scope = asked(PLAIN.period, PLAIN.observed_until, filters=filters)
        found = promotion_conflicts(company.warehouse, scope, TERMS)
        return set(found.select("campaign", "opportunity_id").iter_rows())

    regions = ("华东", "EMEA", "North America", "Unassigned")
    parts = [keys(Filter(Dimension.REGION, (each,))) for each in regions]
    assert set().union(*parts) == keys()
    assert sum(map(len, parts)) == len(keys())
