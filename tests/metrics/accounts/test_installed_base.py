"""The installed base against plain Python, and by hand over the twelve leads."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from data.engine.warehouse import DuckDBWarehouse
from metrics.accounts.installed_base import Due, installed_base
from metrics.period import Period
from metrics.scope import Dimension, Filter, Scope
from tests.metrics.accounts.conftest import PLAIN, SCOPES, Company
from tests.metrics.facts import DraftWarehouse, Facts, Row, order
from tests.metrics.scopes import asked
from tests.metrics.twelve_leads import SEEN, WINTER


@pytest.mark.parametrize("scope", SCOPES)
def test_each_product_of_an_account_is_as_the_oracle_says(company: Company, scope: Scope) -> None:
    oracle = company.oracle(scope)
    orders: dict[tuple[str, str], list[dict[str, object]]] = {}
    for row in company.facts.account_order:
        bought = oracle.world.company(row["account_id"])
        if row["ordered_on"] <= oracle.until and bought and oracle.is_asked(bought):
            orders.setdefault((bought, row["product"] or "Unassigned"), []).append(row)
    rows = installed_base(company.warehouse, scope, replacement_years=1).rows(named=True)
    assert {(row["account_id"], row["product"]) for row in rows} == set(orders)
    assert rows
    for row in rows:
        own = orders[row["account_id"], row["product"]]
        days = [each["ordered_on"] for each in own]
        quantities = [each["quantity"] for each in own if each["quantity"] is not None]
        amounts = [
            oracle.world.amount(each["original_amount"], each["currency"], each["ordered_on"])  # type: ignore[arg-type]
            for each in own
        ]
        priced = [each for each in amounts if each is not None]
        ends = max(
            (each["maintained_until"] for each in own if each["maintained_until"]), default=None
        )  # type: ignore[type-var]
        assert row["orders"] == len(own)
        assert row["quantity"] == (sum(quantities) if quantities else None)  # type: ignore[arg-type]
        assert row["amount"] == (sum(priced) if priced else None)
        assert row["unpriced_orders"] == len(amounts) - len(priced)
        assert (row["first_ordered_on"], row["last_ordered_on"]) == (min(days), max(days))  # type: ignore[type-var]
        assert row["maintained_until"] == ends
        age = (oracle.until - max(days)).days / 365.25  # type: ignore[operator, type-var]
        assert row["age_years"] == pytest.approx(age)
        assert row["due"] == due(ends, age, oracle.until)  # type: ignore[arg-type]
    found = {row["due"] for row in rows}
    assert scope is not PLAIN or found == {each.value for each in Due}


def due(ends: date | None, age: float, today: date) -> str:
    if ends is None:
        return Due.OLD.value if age >= 1 else Due.NO.value
    if ends < today:
        return Due.OVER.value
    return Due.ENDS.value if ends <= today + timedelta(days=183) else Due.NO.value


def test_segments_add_up_and_an_earlier_day_never_counts_more(company: Company) -> None:
    def orders(scope: Scope) -> int:
        return int(installed_base(company.warehouse, scope)["orders"].sum())

    whole = orders(PLAIN)
    regions = ("华东", "EMEA", "North America", "Unassigned")
    parts = [replace(PLAIN, filters=(Filter(Dimension.REGION, (each,)),)) for each in regions]
    everyone = replace(PLAIN, filters=(Filter(Dimension.REGION, regions),))
    assert sum(map(orders, parts)) == orders(everyone) <= whole
    early = replace(PLAIN, period=Period(date(2024, 1, 1), date(2024, 3, 31)))
    assert 0 < orders(early) < whole


def test_orders_of_the_twelve_by_hand(twelve: DuckDBWarehouse) -> None:
    rows = installed_base(twelve, asked(WINTER, SEEN))
    assert rows.select(
        "account", "product", "orders", "quantity", "unpriced_orders", "due"
    ).rows() == [
        ("蓝天科技", "Pumps", 1, 3.0, 0, "maintenance is over"),
        ("Birch Ltd", "Unassigned", 1, None, 1, "not due"),
        ("Hazel Ltd", "Seals", 1, 2.5, 0, "not due"),
    ]


def test_what_is_maintained_on_its_last_day_is_not_over(
    by_hand: DraftWarehouse, nothing: DraftWarehouse
) -> None:
    found = installed_base(by_hand, asked(WINTER, SEEN))
    assert dict(found.select("product", "due").iter_rows()) == {
        "0": Due.ENDS, "1": Due.OVER, "2": Due.ENDS, "3": Due.NO, "4": Due.OLD,
    }  # fmt: skip
    assert installed_base(nothing, asked(WINTER, SEEN)).is_empty()


def test_returns_and_credit_notes_net_out_and_are_no_orders() -> None:
    def sold(name: str, product: str, day: date, amount: str | None, **more: object) -> Row:
        priced = {} if amount is None else {"original_amount": Decimal(amount), "currency": "USD"}
        return order(name, "A1", day, product=product, **priced, **more)

    bought, back = date(2024, 3, 1), date(2024, 6, 1)
    facts = Facts(
        account=({"account_id": "A1", "name": "Nord"},),
        account_order=(
            sold("B1", "Pumps", bought, "1000.00", quantity=4.0),
            sold("B2", "Pumps", back, "-250.00", quantity=-1.0),
            sold("B3", "Seals", bought, "80.00", quantity=2.0),
            sold("B4", "Seals", back, "-80.00", quantity=-2.0),
            sold("B5", "Valves", bought, "500.00"),
            sold("B6", "Valves", back, "-500.00", maintained_until=date(2030, 1, 1)),
            sold("B7", "Pipes", bought, None),
            sold("B8", "Pipes", back, "-20.00"),
            sold("B9", "Hoses", back, "-20.00"),
        ),
    )
    rows = installed_base(DraftWarehouse().hold(facts), asked(WINTER, SEEN))
    assert sorted(
        rows.select("product", "orders", "quantity", "amount", "last_ordered_on").rows()
    ) == [
        ("Pipes", 1, None, Decimal("-20.00"), bought),
        ("Pumps", 1, 3.0, Decimal("750.00"), bought),
    ]
