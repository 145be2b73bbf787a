"""What the company keeps of its customers is loaded as it was planted."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from data.engine.warehouse import DuckDBWarehouse
from data.sql import Query, Step
from tests.data.sample_company.written import UNTIL, Sample

pytestmark = pytest.mark.xdist_group("loaded sample")


def rows(warehouse: DuckDBWarehouse, sql: str) -> list[tuple[Any, ...]]:
    return warehouse.query(Query(Step("asked", sql))).rows()


def test_groups_and_a_circle_are_those_of_the_truth(
    sample: Sample, loaded: DuckDBWarehouse
) -> None:
    pairs = rows(loaded, "SELECT account_id, parent_id FROM account")
    known = {account for account, _ in pairs}
    parents = {account: parent for account, parent in pairs if parent}
    assert set(parents.values()) <= known
    circle = {account for account, parent in parents.items() if parents.get(parent) == account}
    below = parents.keys() - circle
    assert sample.realised["groups"] == {
        "groups": len({parents[each] for each in below} - below),
        "subsidiaries": len(below),
        "in_circle": len(circle),
    }
    assert len(circle) == 2
    assert any(parents.get(parents[each]) for each in below), "a subsidiary has one of its own"


def test_target_lists_and_tiers_are_those_of_the_truth(
    sample: Sample, loaded: DuckDBWarehouse
) -> None:
    listed = rows(loaded, "SELECT list_name, tier, account_id FROM target_account")
    found = Counter(f"{name}: {tier or 'no tier'}" for name, tier, _ in listed)
    assert sample.realised["target_accounts"] == dict(found)
    assert {tier for name, tier, _ in listed if name == "Strategic accounts"} == set("ABC")
    known = {account for (account,) in rows(loaded, "SELECT account_id FROM account")}
    assert {account for *_, account in listed} <= known


def test_orders_and_what_is_due_for_replacement_are_those_of_the_truth(
    sample: Sample, loaded: DuckDBWarehouse
) -> None:
    orders = rows(
        loaded,
        "SELECT account_id, maintained_until, quantity, currency, original_amount, amount"
        " FROM account_order",
    )
    realised = sample.realised["orders"]
    assert (realised["orders"], realised["accounts"]) == (len(orders), len({o[0] for o in orders}))
    soon = UNTIL + timedelta(days=180)
    assert realised["lapsed"] == sum(order[1] < UNTIL for order in orders) > 0
    assert realised["due"] == sum(UNTIL <= order[1] <= soon for order in orders) > 0
    assert realised["quantity"] == sum(order[2] for order in orders)
    for currency in ("USD", "EUR", "CNY"):
        assert realised[currency] == sum(order[4] for order in orders if order[3] == currency)
    assert all(order[5] is not None for order in orders), "every order has its price"
    known = {account for (account,) in rows(loaded, "SELECT account_id FROM account")}
    assert {order[0] for order in orders} <= known
    won = rows(
        loaded,
        "SELECT account_id, CAST(closed_at AS DATE) FROM opportunity WHERE outcome = 'won'"
        " EXCEPT SELECT account_id, ordered_on FROM account_order",
    )
    assert won == [], "what was won was ordered on the day"


def test_tags_are_those_of_the_truth_and_hang_on_records(
    sample: Sample, loaded: DuckDBWarehouse
) -> None:
    tags = rows(loaded, "SELECT subject_kind, subject_id, tag, ends_on FROM tag")
    over = sum(ends is not None and ends < UNTIL for *_, ends in tags)
    found = Counter(tag for _, _, tag, _ in tags) + Counter(over=over)
    assert sample.realised["tags"] == dict(found)
    for kind, table in (("account", "account"), ("person", "person"), ("lead", "lead")):
        subjects = {subject for each, subject, *_ in tags if each == kind}
        known = {key for (key,) in rows(loaded, f"SELECT {kind}_id FROM {table}")}
        assert subjects, kind
        assert subjects <= known, kind
