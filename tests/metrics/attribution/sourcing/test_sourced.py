"""What marketing sourced, against plain Python deal by deal, and by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import polars as pl
import pytest

from data.errors import MetricError, MissingRateError
from metrics.attribution.sourcing.deals import Definition, deals_of
from metrics.attribution.sourcing.sourced import Side, marketing_sourced, sourced_of
from metrics.headline import headline
from metrics.period import Period
from metrics.scope import Dimension, Filter, Scope
from tests.metrics.attribution import oracle
from tests.metrics.facts import TERMS, DraftWarehouse, Facts, account, lead, opportunity, touch
from tests.metrics.random_facts import random_facts
from tests.metrics.twelve_leads import QUARTER, SEEN, TWELVE, at

SCOPE = Scope(Period(date(2024, 2, 1), date(2025, 9, 30)), date(2025, 10, 31))
SALES = TERMS.touch.sales_channels


@pytest.fixture(scope="module")
def warehouse() -> DraftWarehouse:
    return DraftWarehouse().hold(random_facts(3))


def expected(
    warehouse: DraftWarehouse, scope: Scope, lookback_days: int | None
) -> dict[str, dict[str, object]]:
    """Of each deal in the period, by its id, what holds by each definition."""
    people = {
        row["lead_id"]: row["person_id"]
        for row in oracle.rows(warehouse, "journey")
        if row["episode"] == 1
    }
    touches = sorted(
        oracle.rows(warehouse, "touch"), key=lambda row: (row["occurred_at"], row["interaction_id"])
    )
    found: dict[str, dict[str, object]] = {}
    for deal in oracle.rows(warehouse, "deal"):
        if any(deal[each.dimension.value] not in each.values for each in scope.filters):
            continue
        closed_on: date = deal["closed_on"] or date.max
        seen = closed_on <= scope.observed_until
        outcome = deal["outcome"] if seen else "open"
        opened = deal["opened_on"] is not None and (
            scope.period.start <= deal["opened_on"] <= scope.period.end
            and deal["opened_on"] <= scope.observed_until
        )
        closed = (
            seen and outcome != "open" and (scope.period.start <= closed_on <= scope.period.end)
        )
        if not opened and not closed:
            continue
        person = people.get(deal["lead_id"])
        own = [
            row
            for row in touches
            if (row["person_id"] is not None and row["person_id"] == person)
            or (row["account_id"] is not None and row["account_id"] == deal["account_id"])
        ]
        row: dict[str, object] = dict.fromkeys(each.value for each in Definition)
        if deal["opened_at"] is not None:
            before = [each for each in own if each["occurred_at"] < deal["opened_at"]]
            until = closed_on if seen else scope.observed_until
            open_then = [
                each
                for each in own
                if each["occurred_at"] >= deal["opened_at"] and each["occurred_on"] <= until
            ]
            near = [
                each
                for each in before
                if lookback_days is None
                or deal["opened_on"] - each["occurred_on"] <= timedelta(days=lookback_days)
            ]
            row["first_touch"] = bool(before) and before[0]["channel"] not in SALES
            row["touched_before"] = any(each["channel"] not in SALES for each in near)
            row["accelerated"] = any(each["channel"] not in SALES for each in open_then)
            row["influenced"] = row["touched_before"] or row["accelerated"]
        if deal["channel"] != "Unassigned":
            row["lead_source"] = deal["channel"] not in SALES
        row |= {"opened": opened, "closed": closed, "outcome": outcome, "amount": deal["amount"]}
        found[deal["opportunity_id"]] = row
    return found


@pytest.mark.parametrize(
    ("scope", "lookback_days"),
    [
        (SCOPE, None),
        (SCOPE, 60),
        (replace(SCOPE, filters=(Filter(Dimension.REGION, ("EMEA", "华东")),)), None),
        (replace(SCOPE, observed_until=date(2025, 1, 31)), None),
    ],
    ids=["all", "lookback", "filtered", "earlier"],
)
def test_deals_are_told_apart_as_plain_python_does(
    warehouse: DraftWarehouse, scope: Scope, lookback_days: int | None
) -> None:
    deals = expected(warehouse, scope, lookback_days)
    found = deals_of(warehouse, scope, SALES, lookback_days)
    names = [*(each.value for each in Definition), "opened", "closed", "outcome", "amount"]
    rows = {row["opportunity_id"]: {name: row[name] for name in names} for row in found.to_dicts()}
    assert rows == deals
    assert len(deals) > 5
    for row in sourced_of(found).iter_rows(named=True):
        so = {"marketing": True, "rest": False, "unknown": None}[row["side"]]
        own = [each for each in deals.values() if each[row["definition"]] is so]
        won = [each for each in own if each["closed"] and each["outcome"] == "won"]
        opened = [each for each in own if each["opened"]]
        for name, rows_of in (("opened", opened), ("won", won)):
            amounts = [each["amount"] for each in rows_of]
            assert row[name] == len(rows_of)
            assert row[f"unpriced_{name}"] == amounts.count(None)
            assert row[f"{name}_amount"] == sum(each for each in amounts if each is not None)  # type: ignore[misc]


def test_each_definition_adds_up_to_all_deals(warehouse: DraftWarehouse) -> None:
    found = marketing_sourced(warehouse, SCOPE, TERMS)
    sums = found.group_by("definition").agg(pl.exclude("side").sum())
    exact = ("opened", "opened_amount", "unpriced_opened", "won", "won_amount", "unpriced_won")
    assert sums.select(exact).n_unique() == 1
    for name in ("opened_share", "opened_amount_share", "won_share", "won_amount_share"):
        assert sums[name].to_list() == pytest.approx([1.0] * len(Definition))
    assert found["definition"].unique(maintain_order=True).to_list() == list(Definition)
    assert found["side"].to_list() == list(Side) * len(Definition)


@pytest.mark.parametrize("facts", [random_facts(3), TWELVE], ids=["random", "twelve"])
def test_touched_before_is_what_the_headline_calls_sourced(facts: Facts) -> None:
    warehouse = DraftWarehouse().hold(facts)
    scope = Scope(QUARTER, SEEN) if facts is TWELVE else SCOPE
    top = headline(warehouse, scope).row(0, named=True)
    found = marketing_sourced(warehouse, scope, TERMS)
    row = found.row(
        by_predicate=(pl.col("definition") == "touched_before") & (pl.col("side") == "marketing"),
        named=True,
    )
    assert (row["won"], row["won_amount"]) == (top["sourced_deals"], top["sourced_amount"])
    assert row["won_amount_share"] == pytest.approx(top["marketing_sourced_share"])
    of_all = found.filter(definition="lead_source")
    assert (of_all["won"].sum(), of_all["won_amount"].sum()) == (
        top["won_deals"],
        top["won_amount"],
    )


SALES_CALL = {"channel": "Outbound Sales"}
DEAL = {"account_id": "A1", "outcome": "won", "original_amount": Decimal(100), "currency": "USD"}


def one_deal(*touches: dict[str, object], channel: str | None = "Email", **more: object) -> Facts:
    """A deal opened on 10 January and won on 1 March, with these touches."""
    known = {"closed_at": at(3, 1), "primary_lead_id": "L1", **DEAL, **more}
    return Facts(
        account=(account("A1", "One"),),
        person=({"person_id": "P1", "account_id": "A1"},),
        lead=(lead("L1", at(1, 5), person_id="P1", channel=channel),),
        opportunity=(opportunity("O1", at(1, 10), **known),),
        interaction=touches,
    )


ALL_FALSE = {
    "first_touch": False,
    "touched_before": False,
    "accelerated": False,
    "influenced": False,
}


@pytest.mark.parametrize(
    ("facts", "more"),
    [
        (one_deal(touch("I1", at(1, 9), "P1")),
         {"first_touch": True, "touched_before": True, "influenced": True}),
        # Sales came first, marketing before the deal nevertheless.
        (one_deal(touch("I1", at(1, 8), "P1", **SALES_CALL), touch("I2", at(1, 9), "P1")),
         {"touched_before": True, "influenced": True}),
        (one_deal(touch("I1", at(1, 8), "P1"), touch("I2", at(1, 8), "P1", **SALES_CALL)),
         {"first_touch": True, "touched_before": True, "influenced": True}),
        # At the moment of the opening the deal is open.
        (one_deal(touch("I1", at(1, 10), "P1")), {"accelerated": True, "influenced": True}),
        (one_deal(touch("I1", at(3, 1, 23), "P1")), {"accelerated": True, "influenced": True}),
        (one_deal(touch("I1", at(3, 2), "P1")), {}),
        (one_deal(touch("I1", at(1, 9), "P1", **SALES_CALL)), {}),
        (one_deal(touch("I1", at(1, 9), "P1", **SALES_CALL), channel="Outbound Sales"),
         {"lead_source": False}),
        (one_deal(touch("I1", at(3, 2), "P1"), channel=None), {"lead_source": None}),
        (one_deal(touch("I1", at(3, 2), "P1"), primary_lead_id="L9"), {"lead_source": None}),
        # Without touches, or without a day of opening, nobody knows.
        (one_deal(), dict.fromkeys(ALL_FALSE)),
    ],
)  # fmt: skip
def test_edges_counted_by_hand(
    draft: DraftWarehouse, facts: Facts, more: dict[str, bool | None]
) -> None:
    draft.hold(facts)
    (row,) = deals_of(draft, Scope(QUARTER, SEEN), SALES).to_dicts()
    assert {each.value: row[each.value] for each in Definition} == {
        **ALL_FALSE, "lead_source": True, **more,
    }  # fmt: skip


def test_a_deal_without_a_day_of_opening_is_unknown(draft: DraftWarehouse) -> None:
    facts = one_deal(touch("I1", at(1, 9), "P1"))
    undated = opportunity("O1", None, closed_at=at(3, 1), primary_lead_id="L9", **DEAL)
    draft.hold(replace(facts, opportunity=(undated,)))
    found = marketing_sourced(draft, Scope(QUARTER, SEEN), TERMS)
    unknown = found.filter(side="unknown")
    assert unknown["won"].to_list() == [1] * len(Definition)
    assert unknown["opened"].to_list() == [0] * len(Definition)
    assert found["opened_share"].null_count() == len(found)
    assert found["won_share"].null_count() == len(found)


def test_two_deals_of_one_account_share_their_touches(draft: DraftWarehouse) -> None:
    facts = one_deal(touch("I1", at(1, 20), "P1"))
    later = opportunity("O2", at(2, 1), closed_at=at(2, 20), **DEAL)
    draft.hold(replace(facts, opportunity=(*facts.opportunity, later)))
    found = deals_of(draft, Scope(QUARTER, SEEN), SALES)
    names = ("touched_before", "accelerated", "influenced")
    assert found.select(names).rows() == [(False, True, True), (True, False, True)]


def test_what_cannot_be_asked_is_refused(draft: DraftWarehouse) -> None:
    draft.hold(replace(TWELVE, exchange_rate=()))
    with pytest.raises(MissingRateError, match="EUR"):
        marketing_sourced(draft, Scope(QUARTER, SEEN), TERMS)
    with pytest.raises(MetricError, match="a lookback of 0 days"):
        marketing_sourced(draft, Scope(QUARTER, SEEN), TERMS, 0)


def test_without_deals_every_side_is_empty(draft: DraftWarehouse) -> None:
    draft.hold(Facts())
    found = marketing_sourced(draft, Scope(QUARTER, SEEN), TERMS)
    assert len(found) == len(Definition) * len(Side)
    assert found["won"].sum() == found["opened"].sum() == 0
