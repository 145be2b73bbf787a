"""Groups of companies against plain Python, and by hand over the twelve leads."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import polars as pl
import pytest

from data.engine.warehouse import DuckDBWarehouse
from data.errors import MissingRateError
from metrics.accounts.account_roll_up import account_group_members, account_roll_up
from metrics.scope import Dimension, Filter, Scope
from tests.metrics.accounts.account_oracle import Accounts
from tests.metrics.accounts.conftest import PLAIN, RESTRICTED, SCOPES, Company
from tests.metrics.facts import DraftWarehouse
from tests.metrics.scopes import asked
from tests.metrics.twelve_leads import SEEN, WINTER

SUMS = ("leads", "open_deals", "open_amount", "won_deals", "won_amount", "unpriced_deals", "orders")


def parents_of(oracle: Accounts) -> dict[str, str]:
    """The parent of each company that has one, which may be itself."""
    found = {}
    for key in oracle.world.accounts:
        child = str(oracle.world.company(key))
        parent = oracle.said_of(child, "parent_id")
        if parent is not None:
            found[child] = str(oracle.world.company(parent))
    if oracle.scope.viewer.restrictions:
        found = {child: up for child, up in found.items() if {child, up} <= oracle.seen}
    return found


def circle_of(account_id: str, parents: dict[str, str]) -> set[str]:
    """The companies that are met on the way up back to it; none where it does not lead back."""
    met, here = {account_id}, parents.get(account_id)
    while here is not None and here not in met:
        met.add(here)
        here = parents.get(here)
    return met if here == account_id else set()


def top_of(account_id: str, parents: dict[str, str]) -> str:
    while account_id in parents and not circle_of(account_id, parents):
        account_id = parents[account_id]
    return account_id


@pytest.mark.parametrize("scope", SCOPES)
def test_each_member_is_as_the_oracle_says(company: Company, scope: Scope) -> None:
    oracle = company.oracle(scope)
    parents = parents_of(oracle)
    family = {each for each in {*parents, *parents.values()} if oracle.is_asked(each)}
    rows = account_group_members(company.warehouse, scope).rows(named=True)
    assert {row["account_id"]: row["top_id"] for row in rows} == {
        each: top_of(each, parents) for each in family
    }
    assert rows
    for row in rows:
        leads, deals = oracle.leads_of(row["account_id"]), oracle.deals_of(row["account_id"])
        is_open = [each for each in deals if oracle.is_open(each)]
        won = [each for each in deals if oracle.is_won(each)]
        came = [oracle.lead_on(each) for each in leads]
        orders = [
            each for each in company.facts.account_order
            if oracle.world.company(each["account_id"]) == row["account_id"]
            and each["ordered_on"] <= oracle.until
        ]  # fmt: skip
        assert row["leads"] == sum(day is not None and day >= oracle.start for day in came)
        assert (row["open_deals"], row["won_deals"]) == (len(is_open), len(won))
        assert row["open_amount"] == sum(each.amount or 0 for each in is_open)
        assert row["won_amount"] == sum(each.amount or 0 for each in won)
        assert row["unpriced_deals"] == sum(each.amount is None for each in (*is_open, *won))
        assert row["orders"] == len(orders)
        assert row["products"] == len({each["product"] for each in orders} - {None})
        names = {oracle.called(each) for each in circle_of(row["account_id"], parents)}
        assert set((row["circle"] or "").split(", ")) - {""} == names
        parent = parents.get(row["account_id"])
        assert row["parent"] == (None if parent is None else oracle.called(parent))


@pytest.mark.parametrize("scope", SCOPES)
def test_groups_add_up_their_members(company: Company, scope: Scope) -> None:
    members = account_group_members(company.warehouse, scope)
    groups = account_roll_up(company.warehouse, scope)
    assert set(groups["account_id"]) == set(members["top_id"])
    assert groups.select(SUMS).sum().equals(members.select(SUMS).sum())
    for row in groups.rows(named=True):
        own = members.filter(top_id=row["account_id"])
        assert row["companies"] == len(own)
        assert tuple(row[each] for each in SUMS) == own.select(pl.col(SUMS).sum()).row(0)
        assert own["products"].max() <= row["products"] <= own["products"].sum()


def test_a_group_has_a_product_once(company: Company) -> None:
    oracle, members = company.oracle(PLAIN), account_group_members(company.warehouse, PLAIN)
    products: dict[str, set[str]] = {}
    tops = dict(members.select("account_id", "top_id").iter_rows())
    for row in company.facts.account_order:
        top = tops.get(str(oracle.world.company(row["account_id"])))
        if top is not None and row["product"] and row["ordered_on"] <= oracle.until:
            products.setdefault(top, set()).add(row["product"])
    groups = account_roll_up(company.warehouse, PLAIN)
    found = dict(groups.select("account_id", "products").iter_rows())
    assert {top: count for top, count in found.items() if count} == {
        top: len(each) for top, each in products.items()
    }
    assert sum(found.values()) < members["products"].sum()


def test_segments_add_up(company: Company) -> None:
    def leads(*regions: str) -> int:
        scope = replace(PLAIN, filters=(Filter(Dimension.REGION, regions),))
        return int(account_roll_up(company.warehouse, scope)["leads"].sum())

    regions = ("华东", "EMEA", "North America", "Unassigned")
    assert sum(leads(each) for each in regions) == leads(*regions)
    assert leads(*regions) == account_roll_up(company.warehouse, PLAIN)["leads"].sum() > 0


def test_a_viewer_of_some_rows_is_not_told_a_parent_of_others(company: Company) -> None:
    seen = company.oracle(RESTRICTED).seen
    members = account_group_members(company.warehouse, RESTRICTED)
    assert set(members["top_id"]) <= seen
    assert not set(account_group_members(company.warehouse, PLAIN)["top_id"]) <= seen


def test_groups_of_the_twelve_by_hand(twelve: DuckDBWarehouse) -> None:
    rows = account_roll_up(twelve, asked(WINTER, SEEN))
    columns = ("account", "circle", "companies", "leads", "open_amount", "won_deals", "orders")
    assert rows.select(columns).rows() == [
        ("Birch Ltd", None, 3, 2, Decimal("400.00"), 1, 1),
        ("Elm Ltd", "Elm Ltd, Fir Ltd", 1, 1, Decimal("0.00"), 0, 0),
        ("Fir Ltd", "Elm Ltd, Fir Ltd", 1, 1, Decimal("0.00"), 0, 0),
    ]


def test_merged_with_its_parent_it_is_its_own(by_hand: DraftWarehouse) -> None:
    rows = account_group_members(by_hand, asked(WINTER, SEEN))
    assert rows.select("top", "account", "parent", "circle", "open_deals").rows() == [
        ("Acme", "Acme", "Acme", "Acme", 0),
        ("Acme", "Below", "Acme", None, 1),
        ("nobody", "nobody", None, None, 0),
        ("nobody", "Lost", "nobody", None, 0),
    ]
    top = account_roll_up(by_hand, asked(WINTER, SEEN))
    assert top.select("account", "circle", "companies").rows() == [
        ("Acme", "Acme", 2), ("nobody", None, 2),
    ]  # fmt: skip


def test_no_parents_and_no_rates(nothing: DraftWarehouse, without_rate: DraftWarehouse) -> None:
    scope = asked(WINTER, SEEN)
    assert account_roll_up(nothing, scope).is_empty()
    assert account_group_members(nothing, scope).is_empty()
    with pytest.raises(MissingRateError, match="EUR between 1 Feb 2026"):
        account_roll_up(without_rate, scope)
