"""Buying roles against plain Python."""

from __future__ import annotations

import polars as pl
import pytest

from data.errors import MetricError
from metrics.accounts.buying_roles import ROLES, account_roles, buying_roles
from metrics.scope import Dimension, Scope
from tests.metrics.accounts.account_oracle import Accounts
from tests.metrics.accounts.conftest import OF_REGION, PLAIN, SCOPES, Company
from tests.metrics.facts import DraftWarehouse
from tests.metrics.oracle.numbers import wilson
from tests.metrics.scopes import asked
from tests.metrics.twelve_leads import SEEN, WINTER


def role_of(oracle: Accounts, account_id: str, person_id: str, role: str) -> str:
    """That of their first lead at the account that names one, else of their record."""
    leads = [each for each in oracle.leads_of(account_id) if each.person_id == person_id]
    named = [each for each in leads if each.segments[role] != "Unassigned"]
    if named:
        days = [(oracle.lead_on(each) or oracle.until, each.lead_id, each) for each in named]
        return min(days, key=lambda each: each[:2])[2].segments[role]
    return oracle.world.people.get(person_id, {}).get(role) or "Unassigned"


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("by", ROLES)
def test_each_account_and_role_is_as_the_oracle_says(
    company: Company, scope: Scope, by: Dimension
) -> None:
    oracle = company.oracle(scope)
    in_play = {account for _, account in oracle.targets()}
    in_play |= {
        each.account_id for each in oracle.deals
        if each.account_id and oracle.is_open(each) and oracle.is_asked(each.account_id)
    }  # fmt: skip
    people = {
        (account, role_of(oracle, account, who, by.value), who)
        for account in in_play for who in oracle.people_of(account)
    }  # fmt: skip
    roles = {role for _, role, _ in people}
    rows = account_roles(company.warehouse, scope, by).rows(named=True)
    assert {(row["account_id"], row["role"]) for row in rows} == {
        (account, role) for account in in_play for role in roles
    }
    for row in rows:
        place = row["account_id"], row["role"]
        theirs = {who for account, role, who in people if (account, role) == place}
        assert row["people"] == len(theirs)
        assert row["reached"] == len(oracle.reached(theirs))
        assert row["engaged"] == len(oracle.engaged(theirs))
        deals = oracle.deals_of(row["account_id"])
        assert row["open_deals"] == sum(oracle.is_open(each) for each in deals)


@pytest.mark.parametrize("scope", SCOPES)
def test_roles_count_their_accounts(company: Company, scope: Scope) -> None:
    each = account_roles(company.warehouse, scope)
    rows = buying_roles(company.warehouse, scope)
    for row in rows.rows(named=True):
        own = each.filter(role=row["role"])
        assert row["accounts"] == len(own)
        assert row["known"] == len(own.filter(pl.col("people") > 0))
        assert row["reached"] == len(own.filter(pl.col("reached") > 0))
        assert row["engaged"] == len(own.filter(pl.col("engaged") > 0))
        assert row["gaps"] == len(own.filter((pl.col("reached") == 0) & (pl.col("open_deals") > 0)))
        assert row["people"] == own["people"].sum()
        low, high = row["reached_rate_low"], row["reached_rate_high"]
        assert (low, high) == pytest.approx(wilson(row["reached"], len(own)))
    assert rows["role"].to_list()[-1] == "Unassigned"
    assert rows["gaps"].sum() > 0


def test_a_narrower_scope_never_counts_more(company: Company) -> None:
    narrow, whole = (
        dict(buying_roles(company.warehouse, each).select("role", "reached").iter_rows())
        for each in (OF_REGION, PLAIN)
    )
    assert all(count <= whole[role] for role, count in narrow.items())
    assert sum(narrow.values()) < sum(whole.values())


def test_a_dimension_that_is_no_role_is_refused(company: Company) -> None:
    message = "channel is no buying role: use one of persona, seniority, department"
    with pytest.raises(MetricError, match=message):
        buying_roles(company.warehouse, PLAIN, Dimension.CHANNEL)


def test_nobody_is_in_play(nothing: DraftWarehouse) -> None:
    assert buying_roles(nothing, asked(WINTER, SEEN)).is_empty()
    assert account_roles(nothing, asked(WINTER, SEEN)).is_empty()
