"""Channels and return: by hand, by loops, equal to the headline, and clear where it is silent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from math import ceil
from typing import Any

import polars as pl
import pytest

from data.definitions import Definitions
from data.errors import MetricError, MissingRateError
from metrics.attribution.credit import channel_credit
from metrics.headline import headline
from metrics.period import Period
from metrics.returns.channel_returns import channel_returns
from metrics.returns.known_by import SPENT_BY, TOUCHED_BY
from metrics.returns.quotients import NO_MARGIN, NO_TOUCH
from metrics.scope import Dimension, Filter, Scope, Stage
from tests.metrics.facts import TERMS, DraftWarehouse, Facts, lead, opportunity, spend, touch
from tests.metrics.random_facts import random_facts
from tests.metrics.returns import oracle
from tests.metrics.twelve_leads import JANUARY, QUARTER, SEEN, TWELVE, at

SCOPE = Scope(QUARTER, SEEN)


def by_segment(found: pl.DataFrame) -> dict[str, dict[str, Any]]:
    return {row["segment"]: row for row in found.rows(named=True)}


def test_the_quarter_of_twelve_leads_by_hand(at_half: Definitions) -> None:
    found = by_segment(channel_returns(DraftWarehouse().hold(TWELVE), SCOPE, at_half))
    assert list(found) == [
        "Webinar", "Email", "Outbound Sales", "Unassigned", "展会", "Unattributed",
    ]  # fmt: skip
    webinar, email, sales, unassigned = (
        found[name] for name in ("Webinar", "Email", "Outbound Sales", "Unassigned")
    )
    # L01, L03, L05, L07, L09 came through webinars; 1,000 was spent in January, April is unseen.
    assert [webinar[stage.value] for stage in Stage] == [5, 4, 4, 2, 1]
    assert (webinar["spend_amount"], webinar["state"]) == (Decimal("1000.00"), "spend and leads")
    assert (webinar["cost_per_lead"], webinar["cost_per_mql"]) == (200, 250)
    # O1 alone: touched on 4 January, won on 1 March, after 56 days.
    assert webinar["revenue_amount"] == webinar["realised_amount"] == Decimal("10000.00")
    assert (webinar["roi"], webinar["romi"], webinar["payback_months"]) == (10, 4, 2)
    assert (webinar["value_per_mql"], webinar["acquisition_cost_amount"]) == (2500, 1000)
    assert (webinar["largest_deal_share"], webinar["largest_deal_id"]) == (1, "O1")
    assert webinar["largest_deal_amount"] == Decimal("10000.00")
    # O3, 770: half to the call of sales, half to the e-mail after it was opened.
    assert (email["spend_amount"], email["revenue_amount"]) == (Decimal("240"), Decimal("385"))
    assert email["romi"] == pytest.approx((385 * 0.5 - 240) / 240)
    assert email["payback_months"] is None
    assert (sales["revenue_amount"], sales["spend_amount"]) == (Decimal("385"), None)
    assert (sales["state"], sales["romi_missing"]) == (
        "neither spend nor leads", "no spend of it is loaded",
    )  # fmt: skip
    assert (unassigned["lead"], unassigned["state"]) == (1, "leads without spend")
    # No touch of either is on record: what they earned is unknown, not 0.
    for name in ("Unassigned", "展会"):
        assert found[name]["revenue_amount"] is found[name]["realised_amount"] is None
    # O4 has no touch and no amount: its money is unknown, not 0.
    none = found["Unattributed"]
    assert (none["won_deals"], none["unpriced_deals"], none["revenue_amount"]) == (1, 1, None)
    assert none["state"] == "no touch"


@pytest.mark.parametrize(
    ("by", "model"),
    [
        (Dimension.CHANNEL, "linear"),
        (Dimension.CAMPAIGN, "time_decay"),
        (Dimension.PRODUCT, "first"),
        (Dimension.TOOL, "linear"),
    ],
)
def test_every_amount_is_that_of_loops(
    company: DraftWarehouse, two_years: Scope, at_half: Definitions, by: Dimension, model: str
) -> None:
    found = by_segment(channel_returns(company, two_years, at_half, by=by, model=model))
    spent = oracle.spend(company, two_years, by)
    assert {name: row["spend_amount"] for name, row in found.items()} == {
        name: spent.get(name) for name in found
    }
    assert spent.keys() <= found.keys()
    leads, brought = (
        oracle.leads(company, two_years, by),
        oracle.cohort_money(company, two_years, by),
    )
    customers = oracle.new_customers(company, two_years, by)
    closed = oracle.credit(company, two_years, by, model)
    touched = oracle.realised(company, two_years, by, model)
    opened = oracle.credit(company, two_years, by, model, Stage.OPPORTUNITY)
    assert {*leads, *customers, *oracle.money(closed), *oracle.money(touched)} <= found.keys()
    amounts = {
        "revenue_amount": oracle.money(closed),
        "realised_amount": oracle.money(touched),
        "pipeline_amount": oracle.money(opened),
    }
    nobody = {("Unattributed", "revenue_amount"), ("Unattributed", "pipeline_amount")}
    on_record = set(found) - {"Unattributed"}
    if by in TOUCHED_BY:
        on_record = {row[by.value] for row in oracle.rows(company, "touch") if row["person_id"]}
    for name, row in found.items():
        for column, expected in amounts.items():
            is_known = name in on_record or (name, column) in nobody
            assert row[column] == expected.get(name, Decimal(0) if is_known else None)
        nothing = dict.fromkeys((stage.value for stage in Stage), 0)
        assert {stage.value: row[stage.value] for stage in Stage} == leads.get(name, nothing)
        assert row["new_customers"] == customers.get(name, 0)
        if row["cohort_amount"] is not None:
            assert row["cohort_amount"] == brought.get(name, Decimal(0))
        _assert_quotients(row, touched)


def _assert_quotients(row: dict[str, Any], touched: list[dict[str, Any]]) -> None:
    spent = row["spend_amount"]
    if not spent:
        assert row["roi"] is row["romi"] is row["cost_per_lead"] is row["payback_months"] is None
        assert row["romi_missing"]
        return
    for stage in Stage:
        count = row[stage.value]
        expected = pytest.approx(float(spent) / count) if count else None
        assert row[f"cost_per_{stage.value}"] == expected
    revenue = row["revenue_amount"]
    if revenue is not None:
        assert row["roi"] == pytest.approx(float(revenue / spent))
        assert row["romi"] == pytest.approx((float(revenue) * 0.5 - float(spent)) / float(spent))
        assert row["romi_missing"] is None
    months = None
    for each in range(1, 60):
        so_far = sum(
            row_["units"] or 0
            for row_ in touched
            if row_["segment"] == row["segment"]
            and max(1, ceil((row_["converted_on"] - row_["touched_on"]).days / 30)) <= each
        )
        if so_far / 100 * 0.5 >= float(spent):
            months = each
            break
    assert row["payback_months"] == months


@pytest.mark.parametrize("by", SPENT_BY)
def test_segments_add_up_to_the_headline_and_to_the_model(
    company: DraftWarehouse, two_years: Scope, by: Dimension
) -> None:
    found = channel_returns(company, two_years, TERMS, by=by)
    whole = headline(company, two_years)
    assert found["spend_amount"].sum() == whole["spend_amount"].item()
    assert found["revenue_amount"].sum() == whole["won_amount"].item()
    assert found["lead"].sum() == sum(
        each["lead"] for each in oracle.leads(company, two_years, by).values()
    )
    if by is Dimension.CHANNEL:
        credit = channel_credit(company, two_years, TERMS).filter(model="linear")
        own = {row["segment"]: row["revenue_amount"] or 0 for row in found.rows(named=True)}
        for segment, amount in credit.select("segment", "credit").iter_rows():
            assert own.get(segment, 0) == amount


def test_a_filter_on_product_is_that_of_the_headline(
    company: DraftWarehouse, two_years: Scope
) -> None:
    only = replace(two_years, filters=(Filter(Dimension.PRODUCT, ("Cloud",)),))
    found, whole = channel_returns(company, only, TERMS), headline(company, only)
    assert found["spend_amount"].sum() == whole["spend_amount"].item()
    assert found["revenue_amount"].sum() == whole["won_amount"].item()


def test_days_that_are_not_yet_seen_cost_and_earn_nothing() -> None:
    until_april = Scope(Period(date(2026, 1, 1), date(2026, 4, 30)), SEEN)
    warehouse = DraftWarehouse().hold(TWELVE)
    found = by_segment(channel_returns(warehouse, until_april, TERMS))["Webinar"]
    assert (found["spend_amount"], found["revenue_amount"]) == (Decimal(1000), Decimal(10000))
    seen_in_february = Scope(QUARTER, date(2026, 2, 28))
    found = by_segment(channel_returns(warehouse, seen_in_february, TERMS))["Webinar"]
    assert (found["spend_amount"], found["revenue_amount"]) == (Decimal(1000), Decimal(0))


def test_a_win_after_the_period_is_realised_by_its_touch_and_no_revenue_of_it() -> None:
    january = Scope(Period(date(2026, 1, 1), date(2026, 1, 31)), SEEN)
    found = by_segment(channel_returns(DraftWarehouse().hold(TWELVE), january, TERMS))["Webinar"]
    assert (found["revenue_amount"], found["roi"]) == (Decimal(0), 0)
    assert (found["realised_amount"], found["realised_roi"]) == (Decimal(10000), 10)
    assert (found["pipeline_amount"], found["won_deals"]) == (Decimal(0), 0)


def test_all_data_realises_what_was_won(company: DraftWarehouse) -> None:
    """Of all days, the credit by the day of the touch is that by the day of the win."""
    ever = Scope(Period(date(2023, 1, 1), date(2026, 12, 31)), date(2026, 12, 31))
    found = channel_returns(company, ever, TERMS).filter(pl.col("state") != "no touch")
    assert found["realised_amount"].equals(found["revenue_amount"], null_equal=True)


@pytest.mark.parametrize(
    "kept", [Filter(Dimension.CHANNEL, ("Email",)), Filter(Dimension.CHANNEL, ("Webinar", "展会"))]
)
def test_a_filter_on_channel_keeps_the_rows_own_numbers(
    company: DraftWarehouse, two_years: Scope, kept: Filter
) -> None:
    whole = channel_returns(company, two_years, TERMS)
    narrow = channel_returns(company, replace(two_years, filters=(kept,)), TERMS)
    exact = [name for name in whole.columns if not name.endswith(("_low", "_high"))]
    assert narrow.select(exact).equals(
        whole.filter(pl.col("segment").is_in(kept.values)).select(exact), null_equal=True
    )


def test_a_data_driven_model_hands_out_the_same_money(
    company: DraftWarehouse, two_years: Scope
) -> None:
    found = channel_returns(company, two_years, TERMS, model="markov_1")
    assert found["revenue_amount"].sum() == headline(company, two_years)["won_amount"].item()
    only = replace(two_years, filters=(Filter(Dimension.PRODUCT, ("Cloud",)),))
    with pytest.raises(MetricError, match="remove the filter, or use a rule"):
        channel_returns(company, only, TERMS, model="markov_1")


def test_bounds_enclose_most_of_the_money_and_a_young_channel_has_wide_ones(
    company: DraftWarehouse, two_years: Scope, at_half: Definitions
) -> None:
    found = channel_returns(company, two_years, at_half).drop_nulls("roi_low")
    assert len(found) >= 3
    for row in found.rows(named=True):
        assert row["roi_low"] < row["roi"] < row["roi_high"]
        assert row["romi_low"] == pytest.approx(row["roi_low"] * 0.5 - 1)
        assert row["roi_high"] == pytest.approx(row["revenue_high"] / float(row["spend_amount"]))


def test_without_a_gross_margin_there_is_no_romi_and_the_simple_return_stands() -> None:
    found = by_segment(channel_returns(DraftWarehouse().hold(TWELVE), SCOPE, TERMS))["Webinar"]
    assert (found["roi"], found["romi"], found["romi_missing"]) == (10, None, NO_MARGIN)
    assert found["payback_months"] is None


def test_without_spend_it_says_what_to_load() -> None:
    facts = replace(TWELVE, campaign_spend=())
    with pytest.raises(MetricError, match=r"no spend is loaded.*campaign_id, spend_on"):
        channel_returns(DraftWarehouse().hold(facts), SCOPE, TERMS)


def test_a_channel_whose_touches_nobody_records_has_no_known_credit(at_half: Definitions) -> None:
    """Fairs are paid for and bring leads; badge scans are not loaded."""
    fair = {"campaign_id": "C3", "name": "Fair", "channel": "展会"}
    facts = replace(
        TWELVE,
        campaign=(*TWELVE.campaign, fair),
        campaign_spend=(*TWELVE.campaign_spend, spend("C3", date(2026, 1, 20), "500")),
    )
    row = by_segment(channel_returns(DraftWarehouse().hold(facts), SCOPE, at_half))["展会"]
    assert (row["spend_amount"], row["roi"], row["romi"]) == (Decimal(500), None, None)
    assert row["revenue_amount"] is row["pipeline_amount"] is row["realised_amount"] is None
    assert row["romi_missing"] == NO_TOUCH
    # A touch that earned nothing is another matter.
    scan = touch("I9", at(3, 30), "p1", channel="展会")
    facts = replace(facts, interaction=(*facts.interaction, scan))
    row = by_segment(channel_returns(DraftWarehouse().hold(facts), SCOPE, at_half))["展会"]
    assert (row["revenue_amount"], row["roi"], row["romi"]) == (Decimal(0), 0, -1)


def test_spend_of_nothing_has_clicks_and_no_return(at_half: Definitions) -> None:
    """A channel whose clicks were free, and one with spend of which the clicks are not recorded."""
    facts = Facts(
        campaign=(
            {"campaign_id": "C1", "name": "Free", "channel": "Email"},
            {"campaign_id": "C2", "name": "Paid", "channel": "Display"},
        ),
        campaign_spend=(
            spend("C1", date(2026, 1, 2), "0") | {"impressions": 1000, "clicks": 40},
            spend("C2", date(2026, 1, 2), "30") | {"impressions": 2000, "clicks": 20},
            spend("C2", date(2026, 1, 3), "70"),
        ),
        lead=(lead("L1", at(1, 5), channel="Email"),),
        interaction=(touch("I1", at(1, 4), "p1", channel="Display"),),
        person=({"person_id": "p1"},),
    )
    found = by_segment(channel_returns(DraftWarehouse().hold(facts), SCOPE, at_half))
    email, display = found["Email"], found["Display"]
    assert (email["spend_amount"], email["clicks"], email["cost_per_click"]) == (0, 40, 0)
    assert (email["click_rate"], email["cost_per_lead"], email["roi"]) == (0.04, 0, None)
    assert email["romi_missing"] == "nothing was spent in the period"
    assert email["state"] == "leads without spend"
    # Of the 100 spent, 30 is on the day whose clicks and impressions are known.
    assert (display["spend_amount"], display["cost_per_click"]) == (Decimal(100), 1.5)
    assert (display["cost_per_mille"], display["click_rate"]) == (15, 0.01)
    assert display["state"] == "spend without leads"
    # No deal is loaded: nobody knows what was earned.
    assert email["cohort_amount"] is email["value_per_mql"] is None
    assert display["revenue_amount"] is display["roi"] is display["cohort_amount"] is None
    assert display["romi_missing"] == "no amount of a won deal is known"


def test_one_channel_earns_everything(at_half: Definitions) -> None:
    won = {"outcome": "won", "currency": "USD", "account_id": "A1"}
    amounts = (60, 30, 10)
    touched = (at(1, 5), at(1, 6), at(2, 2, 8), at(2, 3, 8))
    facts = Facts(
        account=({"account_id": "A1"},),
        person=({"person_id": "P1", "account_id": "A1"},),
        campaign=({"campaign_id": "C1", "channel": "Webinar"},),
        campaign_spend=(spend("C1", date(2026, 1, 2), "25"),),
        opportunity=tuple(
            opportunity(
                f"O{place}",
                at(1, 7),
                primary_lead_id="L1",
                closed_at=at(2, place),
                original_amount=Decimal(amount),
                **won,
            )
            for place, amount in enumerate(amounts, start=1)
        ),
        interaction=tuple(touch(f"I{n}", day, "P1") for n, day in enumerate(touched)),
        lead=(lead("L1", at(1, 6), account_id="A1", channel="Webinar"),),
    )
    found = by_segment(channel_returns(DraftWarehouse().hold(facts), SCOPE, at_half))
    row = found["Webinar"]
    assert found.keys() == {"Webinar"}
    assert (row["segment"], row["revenue_amount"], row["roi"]) == ("Webinar", Decimal(100), 4)
    assert row["romi"] == 1
    # All three are of one company, which counts as one new customer.
    assert (row["won_deals"], row["new_customers"]) == (3, 1)
    assert (row["largest_deal_share"], row["largest_deal_id"]) == (0.6, "O1")


def test_a_deal_is_named_from_over_thirty_per_cent_on() -> None:
    won = {"outcome": "won", "currency": "USD"}
    facts = Facts(
        campaign=({"campaign_id": "C1", "channel": "Webinar"},),
        campaign_spend=(spend("C1", date(2026, 1, 2), "25"),),
        person=tuple({"person_id": f"P{n}", "account_id": f"A{n}"} for n in range(4)),
        account=tuple({"account_id": f"A{n}"} for n in range(4)),
        interaction=tuple(touch(f"I{n}", at(1, 5), f"P{n}") for n in range(4)),
        opportunity=tuple(
            opportunity(
                f"O{n}",
                at(1, 2),
                closed_at=at(2, 1),
                account_id=f"A{n}",
                original_amount=Decimal(amount),
                **won,
            )
            for n, amount in enumerate((30, 30, 20, 20))
        ),
    )
    row = by_segment(channel_returns(DraftWarehouse().hold(facts), SCOPE, TERMS))["Webinar"]
    assert (row["largest_deal_share"], row["largest_deal_id"]) == (0.3, None)


def test_spend_in_a_currency_without_a_rate_is_named_with_its_count() -> None:
    facts = replace(
        TWELVE,
        campaign_spend=(
            *TWELVE.campaign_spend,
            spend("C1", date(2026, 2, 7), "5", "CHF"),
            spend("C1", date(2026, 2, 9), "5", "CHF"),
        ),
    )
    with pytest.raises(MissingRateError, match=r"2 days of spend .*CHF between 7 Feb 2026 and 9"):
        channel_returns(DraftWarehouse().hold(facts), SCOPE, TERMS)


@pytest.mark.parametrize("period", [QUARTER, JANUARY])
def test_a_win_without_a_rate_is_refused_and_so_is_a_later_one(period: Period) -> None:
    """What the period's touches earned is not known without it."""
    later = opportunity(
        "O9", at(2, 1), outcome="won", closed_at=at(3, 15), currency="CHF",
        original_amount=Decimal(7), account_id="A1",
    )  # fmt: skip
    facts = replace(TWELVE, opportunity=(*TWELVE.opportunity, later))
    with pytest.raises(MissingRateError, match=r"1 won deals cannot be converted.*CHF"):
        channel_returns(DraftWarehouse().hold(facts), Scope(period, SEEN), TERMS)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"by": Dimension.OWNER}, "not recorded by owner.* it is recorded by channel, campaign"),
        ({"by": Dimension.CONTENT}, "not recorded by content"),
        ({"model": "linaer"}, "there is no model 'linaer'; there are first, last"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    wrong: dict[str, Any], message: str, company: DraftWarehouse, two_years: Scope
) -> None:
    with pytest.raises(MetricError, match=message):
        channel_returns(company, two_years, TERMS, **wrong)


def test_a_filter_that_spend_does_not_know_is_refused(
    company: DraftWarehouse, two_years: Scope
) -> None:
    only = replace(two_years, filters=(Filter(Dimension.OWNER, ("Ana",)),))
    with pytest.raises(MetricError, match="spend is not recorded by owner, so it cannot be kept"):
        channel_returns(company, only, TERMS)


def test_rows_in_another_order_say_the_same(at_half: Definitions, two_years: Scope) -> None:
    facts = random_facts(3)
    found = channel_returns(DraftWarehouse().hold(facts), two_years, at_half)
    mixed = channel_returns(DraftWarehouse().hold(facts.shuffled(7)), two_years, at_half)
    assert mixed.equals(found, null_equal=True)
