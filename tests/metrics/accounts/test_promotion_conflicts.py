"""Promotions at accounts with an open deal: deal by deal what collisions count, in plain Python."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest

from metrics.accounts.promotion_conflicts import promotion_conflicts
from metrics.reach.collisions import collision_records, collisions
from metrics.scope import Dimension, Filter, Scope
from tests.metrics.accounts.conftest import PLAIN, SCOPES, Company
from tests.metrics.facts import TERMS, DraftWarehouse
from tests.metrics.scopes import asked
from tests.metrics.twelve_leads import SEEN, WINTER


@pytest.mark.parametrize("scope", SCOPES)
def test_each_conflict_is_what_collisions_count_at_its_deal(company: Company, scope: Scope) -> None:
    oracle = company.oracle(scope)
    met: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in collision_records(company.warehouse, scope, TERMS).rows(named=True):
        if row["kind"] == "open deal":
            met[row["campaign"], row["collides_with"]].append(row)
    found = promotion_conflicts(company.warehouse, scope, TERMS).rows(named=True)
    assert {(row["campaign"], row["opportunity_id"]) for row in found} == set(met)
    deals = {each.opportunity_id: each for each in oracle.world.deals}
    for each in found:
        contacts = met[each["campaign"], each["opportunity_id"]]
        deal = deals[each["opportunity_id"]]
        days = [row["contact_at"].date() for row in contacts]
        assert each["contacts"] == len(contacts)
        assert each["people"] == len({row["person_id"] for row in contacts})
        assert (each["first_on"], each["last_on"]) == (min(days), max(days))
        assert (each["amount"], each["account_id"]) == (deal.amount, deal.account_id)
        assert each["is_open"] is oracle.is_open(deal)
        owner = deal.segments["owner"]
        named = owner if owner != "Unassigned" else oracle.said_of(str(deal.account_id), "owner")
        assert each["owner"] == named
    summed = collisions(company.warehouse, scope, TERMS).filter(kind="open deal")
    assert {row["campaign"] for row in found} == set(summed["campaign"])
    assert found or scope is not PLAIN


def test_a_deal_is_open_from_the_day_after_its_opening_to_the_day_before_its_closing(
    by_hand: DraftWarehouse,
) -> None:
    found = promotion_conflicts(by_hand, asked(WINTER, SEEN), TERMS)
    columns = ("campaign", "account", "owner", "contacts", "is_open")
    # What names no campaign, what people did and what sales sent is no promotion.
    assert sorted(found.select(columns).rows()) == [
        ("Spring", "Lost", "Li", 1, False),
        ("early", "Lost", "Li", 1, False),
        ("late", "Lost", "Li", 1, False),
    ]


def test_nothing_is_loaded(nothing: DraftWarehouse) -> None:
    assert promotion_conflicts(nothing, asked(WINTER, SEEN), TERMS).is_empty()


def test_a_filter_never_adds_a_conflict(company: Company) -> None:
    def keys(*filters: Filter) -> set[tuple[str, str]]:
        scope = asked(PLAIN.period, PLAIN.observed_until, filters=filters)
        found = promotion_conflicts(company.warehouse, scope, TERMS)
        return set(found.select("campaign", "opportunity_id").iter_rows())

    regions = ("华东", "EMEA", "North America", "Unassigned")
    parts = [keys(Filter(Dimension.REGION, (each,))) for each in regions]
    assert set().union(*parts) <= keys()
    assert any(parts)
