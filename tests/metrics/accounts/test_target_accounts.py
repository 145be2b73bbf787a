"""Target accounts against plain Python, and by hand over the twelve leads."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from data.engine.warehouse import DuckDBWarehouse
from data.errors import MissingRateError
from metrics.accounts.target_accounts import STATES, Missing, target_account_list, target_accounts
from metrics.period import Period
from metrics.scope import Dimension, Filter, Scope
from tests.metrics.accounts.conftest import PLAIN, SCOPES, Company
from tests.metrics.facts import DraftWarehouse
from tests.metrics.oracle.numbers import wilson
from tests.metrics.scopes import asked
from tests.metrics.twelve_leads import SEEN, WINTER


@pytest.mark.parametrize("scope", SCOPES)
def test_each_account_of_a_list_is_as_the_oracle_says(company: Company, scope: Scope) -> None:
    oracle = company.oracle(scope)
    rows = target_account_list(company.warehouse, scope).rows(named=True)
    targets = oracle.targets()
    assert {(row["list_name"], row["account_id"]): row["tier"] for row in rows} == targets
    assert rows
    for row in rows:
        people = oracle.people_of(row["account_id"])
        reached, engaged = oracle.reached(people), oracle.engaged(people)
        leads, deals = oracle.leads_of(row["account_id"]), oracle.deals_of(row["account_id"])
        is_open = [each for each in deals if oracle.is_open(each)]
        won = [each for each in deals if oracle.is_won(each)]
        days = [day for who in people for day in oracle.days_of.get(who, ())]
        assert row["people"] == len(people)
        assert row["people_reached"] == len(reached)
        assert row["people_engaged"] == len(engaged)
        assert row["last_touch_on"] == max(days, default=None)
        assert row["leads"] == len(leads)
        assert (row["open_deals"], row["won_deals"]) == (len(is_open), len(won))
        assert row["open_amount"] == sum(each.amount or 0 for each in is_open)
        assert row["won_amount"] == sum(each.amount or 0 for each in won)
        assert row["unpriced_deals"] == sum(each.amount is None for each in (*is_open, *won))
        assert row["account"] == oracle.called(row["account_id"])
        missing = (
            Missing.KNOWN if not people and not leads
            else Missing.REACHED if not reached
            else Missing.ENGAGED if not engaged
            else Missing.PIPELINE if not is_open and not won
            else Missing.NOTHING
        )  # fmt: skip
        assert row["missing"] == missing.value


@pytest.mark.parametrize("scope", SCOPES)
def test_lists_count_their_accounts(company: Company, scope: Scope) -> None:
    each = target_account_list(company.warehouse, scope)
    has = {
        "known": pl.col("people") + pl.col("leads") > 0,
        "reached": pl.col("people_reached") > 0,
        "engaged": pl.col("people_engaged") > 0,
        "in_pipeline": pl.col("open_deals") > 0,
        "won": pl.col("won_deals") > 0,
    }
    for row in target_accounts(company.warehouse, scope).rows(named=True):
        own = each.filter(list_name=row["list_name"], tier=row["tier"])
        assert row["accounts"] == len(own)
        for name in STATES:
            assert row[name] == len(own.filter(has[name]))
            assert row[f"{name}_rate"] == row[name] / len(own)
            low, high = row[f"{name}_rate_low"], row[f"{name}_rate_high"]
            assert (low, high) == pytest.approx(wilson(row[name], len(own)))
        assert row["open_amount"] == own["open_amount"].sum()


def test_segments_add_up_and_a_narrower_scope_never_counts_more(company: Company) -> None:
    counts = ("accounts", *STATES)

    def sums(scope: Scope) -> tuple[int, ...]:
        return target_accounts(company.warehouse, scope).select(pl.col(counts).sum()).row(0)

    whole = sums(PLAIN)
    parts = [
        sums(replace(PLAIN, filters=(Filter(Dimension.REGION, (region,)),)))
        for region in ("华东", "EMEA", "North America", "Unassigned")
    ]
    # Accounts without a lead or deal are in no segment.
    dealt_with = company.oracle(PLAIN).seen
    listed = target_account_list(company.warehouse, PLAIN)["account_id"]
    of_any = [each for each in listed if each in dealt_with]
    assert sum(part[0] for part in parts) == len(of_any) <= whole[0]
    assert sum(part[-1] for part in parts) == whole[-1] > 0
    early = replace(PLAIN, period=Period(date(2024, 3, 1), date(2024, 6, 30)))
    for known, reached, engaged, won in [sums(early)[1:4] + sums(early)[-1:]]:
        assert known <= whole[1]
        assert reached <= whole[2]
        assert engaged <= whole[3]
        assert won <= whole[5]


def test_lists_of_the_twelve_by_hand(twelve: DuckDBWarehouse) -> None:
    rows = target_account_list(twelve, asked(WINTER, SEEN))
    columns = ("list_name", "tier", "account", "owner", "missing", "people_reached", "won_deals")
    assert rows.select(columns).rows() == [
        ("Pumps", "1", "蓝天科技", "王芳", "nothing", 1, 1),
        ("Pumps", "2", "Birch Ltd", "Ana", "nobody reached", 0, 0),
        ("Pumps", "Unassigned", "Hazel Ltd", "Ana", "nothing", 1, 1),
        ("华东", "Unassigned", "蓝天科技", "王芳", "nothing", 1, 1),
    ]


def test_a_name_that_is_no_record_is_an_account_and_two_rows_of_one_company_are_one(
    by_hand: DraftWarehouse,
) -> None:
    rows = target_account_list(by_hand, asked(WINTER, SEEN))
    assert rows.select("tier", "account", "missing").rows() == [
        ("1", "Acme", "nobody known"),
        ("Unassigned", "nobody", "nobody known"),
    ]


def test_nobody_lists_anything(nothing: DraftWarehouse) -> None:
    assert target_accounts(nothing, asked(WINTER, SEEN)).is_empty()
    assert target_account_list(nothing, asked(WINTER, SEEN)).is_empty()


def test_an_amount_without_a_rate_is_refused(without_rate: DraftWarehouse) -> None:
    with pytest.raises(MissingRateError, match=r"2 deals cannot be converted.*EUR"):
        target_accounts(without_rate, asked(WINTER, SEEN))
