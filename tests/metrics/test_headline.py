"""The headline: by hand on twelve leads, by the oracle on hundreds, and what it does not say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest

from data.engine.warehouse import DuckDBWarehouse
from metrics.headline import headline
from metrics.period import Period
from metrics.scope import Basis, Dimension, Filter, Unit
from metrics.wording.gaps import gaps
from tests.metrics.comparing import assert_rows
from tests.metrics.facts import (
    DraftWarehouse,
    Facts,
    Row,
    lead,
    opportunity,
    rate,
    spend,
    terms,
    touch,
)
from tests.metrics.observing import Observed, observe
from tests.metrics.oracle import numbers as oracle
from tests.metrics.random_facts import random_facts
from tests.metrics.scopes import asked, every_scope
from tests.metrics.twelve_leads import JANUARY, QUARTER, SEEN


def test_the_quarter_of_twelve_leads_by_hand(twelve: DuckDBWarehouse) -> None:
    expected = {
        "lead": 11,  # all but L10, which came in December
        "mql": 10,  # nine in January, L12 on 30 March
        "sql": 9,  # seven in January, L02 in February, L05 in March
        "opportunity": 4,  # L09, L11 in January, L01, L02 in February
        "won": 3,  # L11; L01 and L02 by the same deal
        "won_deals": 3,  # O1, O3 and O4, which has no lead
        "unpriced_deals": 1,  # O4
        "unconverted_deals": 0,
        "won_undated": 0,
        "won_amount": Decimal("10770.00"),  # 10,000 once, and 700 EUR at 1.1
        "spend_amount": Decimal("1240.00"),  # 1,000 and 200 EUR at 1.2; April is not yet seen
        "unconverted_days": 0,
        "cost_per_lead_amount": 1240 / 11,
        # O1: its account was at a webinar on 4 January. O3: only sales had called before it was
        # opened, the e-mail came after. O4: no touch at all.
        "sourced_deals": 1,
        "sourced_amount": Decimal("10000.00"),
        "marketing_sourced_share": 10000 / 10770,
    }
    for basis in Basis:
        assert_rows(headline(twelve, asked(QUARTER, SEEN, basis=basis)), [expected])


def test_accounts_are_counted_once_and_money_stays(twelve: DuckDBWarehouse) -> None:
    found = headline(twelve, asked(QUARTER, SEEN, unit=Unit.ACCOUNT)).row(0, named=True)
    # A9 has no lead, and a deal that was won.
    assert (found["lead"], found["won"], found["won_deals"]) == (7, 3, 3)
    assert found["won_amount"] == Decimal("10770.00")


def test_a_filter_by_channel(twelve: DuckDBWarehouse) -> None:
    def of(channel: str) -> Row:
        only = (Filter(Dimension.CHANNEL, (channel,)),)
        return headline(twelve, asked(QUARTER, SEEN, filters=only)).row(0, named=True)

    webinar, email, rest = of("Webinar"), of("Email"), of("Unassigned")
    # O1 is the deal of L01, its primary lead: L02's channel has the won lead, not the money.
    assert (webinar["won"], webinar["won_amount"]) == (1, Decimal("10000.00"))
    assert (email["won"], email["won_amount"]) == (2, Decimal("770.00"))
    assert (webinar["spend_amount"], email["spend_amount"]) == (Decimal("1000"), Decimal("240"))
    # O4 has no lead, so nobody knows its channel; it has no price either.
    assert (rest["won_deals"], rest["unpriced_deals"], rest["won_amount"]) == (1, 1, None)
    # Touches are loaded, and none came before the Email deal: that is none, not unknown.
    assert (email["sourced_deals"], email["marketing_sourced_share"]) == (0, 0.0)
    assert (rest["sourced_deals"], rest["sourced_amount"]) == (0, None)


def test_spend_is_not_known_by_what_it_is_not_recorded_by(twelve: DuckDBWarehouse) -> None:
    for dimension, value in ((Dimension.OWNER, "Ana"), (Dimension.REGION, "EMEA")):
        only = (Filter(dimension, (value,)),)
        found = headline(twelve, asked(QUARTER, SEEN, filters=only)).row(0, named=True)
        assert found["spend_amount"] is None
        assert found["cost_per_lead_amount"] is None


def test_the_account_of_a_deal_without_lead_names_its_region(twelve: DuckDBWarehouse) -> None:
    only = (Filter(Dimension.REGION, ("EMEA",)),)
    found = headline(twelve, asked(QUARTER, SEEN, filters=only)).row(0, named=True)
    assert (found["lead"], found["won"], found["won_deals"]) == (4, 0, 1)  # L03 to L06; O4


def test_the_oracle_says_the_same(observed: Observed) -> None:
    by_channel = (Filter(Dimension.CHANNEL, ("Webinar", "Unassigned")),)
    for scope in every_scope()[::11]:
        for asking in (scope, replace(scope, filters=by_channel)):
            expected = oracle.headline(observed.world, asking)
            assert_rows(headline(observed.warehouse, asking), [expected], asking)


def test_the_oracle_misses_the_same_rates() -> None:
    observed = observe(random_facts(5, leads=120, all_rates=False))
    outcomes = set()
    for month in range(1, 25):
        first = date(2024 + (month - 1) // 12, (month - 1) % 12 + 1, 1)
        scope = asked(Period(first, first.replace(day=28)), date(2026, 2, 28))
        expected = oracle.headline(observed.world, scope)
        assert_rows(headline(observed.warehouse, scope), [expected], scope)
        outcomes.add(bool(expected["unconverted_deals"] or expected["unconverted_days"]))
    assert outcomes == {True, False}


def won(name: str, amount: str | None, currency: str | None = "USD", **more: object) -> Row:
    known = {"outcome": "won", "closed_at": datetime(2026, 1, 20), **more}
    price = None if amount is None else Decimal(amount)
    opened = known.pop("opened", datetime(2026, 1, 10))
    assert isinstance(opened, datetime)
    return opportunity(name, opened, original_amount=price, currency=currency, **known)


def january(draft: DraftWarehouse, facts: Facts, time_zone: str = "UTC") -> Row:
    draft.hold(facts, terms(time_zone))
    return headline(draft, asked(JANUARY, SEEN)).row(0, named=True)


def test_a_missing_rate_takes_out_its_own_number(draft: DraftWarehouse) -> None:
    came = (lead("L1", datetime(2026, 1, 8)),)
    facts = Facts(
        lead=came,
        opportunity=(won("O1", "100"), won("O2", "50", "EUR"), won("O3", "70", "JPY")),
        campaign_spend=(
            spend("C1", date(2026, 1, 9), "5", "GBP"),
            spend("C1", date(2026, 1, 10), "8"),
        ),
    )
    found = january(draft, facts)
    assert (found["lead"], found["won_deals"], found["unconverted_deals"]) == (1, 3, 2)
    assert (found["won_amount"], found["spend_amount"]) == (Decimal(100), Decimal(8))
    assert (found["unconverted_days"], found["cost_per_lead_amount"]) == (1, None)
    said = " ".join(gaps(found, asked(JANUARY, SEEN)))
    assert "Won revenue leaves out 2 of 3 won deals without an exchange rate." in said
    assert "Spend leaves out 1 day of spend without an exchange rate, so that cost per" in said


def test_where_nothing_has_a_rate_the_sum_is_unknown_and_not_zero(draft: DraftWarehouse) -> None:
    facts = Facts(
        lead=(lead("L1", datetime(2026, 1, 8)),),
        opportunity=(won("O1", "50", "EUR"), won("O2", None)),
        campaign_spend=(spend("C1", date(2026, 1, 9), "5", "GBP"),),
    )
    found = january(draft, facts)
    assert (found["won_amount"], found["spend_amount"]) == (None, None)
    assert (found["unpriced_deals"], found["unconverted_deals"]) == (1, 1)
    said = " ".join(gaps(found, asked(JANUARY, SEEN)))
    assert "none of the won deals has an amount that can be converted" in said
    assert "Spend is not known: 1 day of spend without an exchange rate" in said


def test_a_missing_rate_outside_the_sum_is_no_matter(draft: DraftWarehouse) -> None:
    facts = Facts(
        opportunity=(
            won("O1", "100"),
            won("O2", "50", "EUR", closed_at=datetime(2026, 2, 1)),
            won("O3", "50", "EUR", outcome="lost"),
        )
    )
    assert january(draft, facts)["won_amount"] == Decimal("100")


def test_an_amount_without_currency_has_no_rate(draft: DraftWarehouse) -> None:
    found = january(draft, Facts(opportunity=(won("O1", "100", None),)))
    assert (found["won_amount"], found["unconverted_deals"]) == (None, 1)


def test_a_rate_holds_for_the_days_the_terms_say(draft: DraftWarehouse) -> None:
    # 31 days: from 21 December to 20 January, the day the deal closed.
    for day, known in ((date(2025, 12, 21), True), (date(2025, 12, 20), False)):
        facts = Facts(
            opportunity=(won("O1", "10.01", "EUR"),), exchange_rate=(rate("EUR", day, "1.5"),)
        )
        if known:
            assert january(draft, facts)["won_amount"] == Decimal("15.02")  # 15.015, half up
        else:
            assert january(draft, facts)["won_amount"] is None


def test_the_rate_is_that_of_the_reporting_day(draft: DraftWarehouse) -> None:
    # 16:30 UTC on the 19th is the 20th in Shanghai.
    facts = Facts(
        opportunity=(won("O1", "10", "EUR", closed_at=datetime(2026, 1, 19, 16, 30)),),
        exchange_rate=(
            rate("EUR", date(2026, 1, 19), "1.1"),
            rate("EUR", date(2026, 1, 20), "1.2"),
        ),
    )
    assert january(draft, facts)["won_amount"] == Decimal("11.00")
    assert january(draft, facts, "Asia/Shanghai")["won_amount"] == Decimal("12.00")


def test_without_touches_nobody_knows_what_was_sourced(draft: DraftWarehouse) -> None:
    found = january(draft, Facts(opportunity=(won("O1", "100"),)))
    assert found["won_amount"] == Decimal("100")
    assert found["sourced_deals"] is None
    assert found["sourced_amount"] is None
    assert found["marketing_sourced_share"] is None


def sourced(draft: DraftWarehouse, **more: object) -> int | None:
    """How many of one deal, opened on 10 January, a touch sourced."""
    facts = Facts(
        person=({"person_id": "p1", "account_id": "A1"},),
        opportunity=(won("O1", "100", account_id="A1"),),
        interaction=({**touch("I1", datetime(2026, 1, 9), "p1"), **more},),
    )
    count: int | None = january(draft, facts)["sourced_deals"]
    return count


def test_sourced_is_strictly_before_the_deal_was_opened(draft: DraftWarehouse) -> None:
    assert sourced(draft) == 1
    assert sourced(draft, occurred_at=datetime(2026, 1, 10)) == 0
    assert sourced(draft, occurred_at=datetime(2026, 1, 9, 23, 59, 59)) == 1
    assert sourced(draft, person_id="p2") == 0


def test_sales_and_what_is_done_to_people_source_nothing(draft: DraftWarehouse) -> None:
    assert sourced(draft, channel="Outbound Sales") == 0
    assert sourced(draft, action="email_sent") is None  # then there is no touch at all


def test_a_lead_without_account_is_sourced_by_its_person(draft: DraftWarehouse) -> None:
    facts = Facts(
        lead=(lead("L1", datetime(2026, 1, 8), person_id="p1"),),
        opportunity=(won("O1", "100", primary_lead_id="L1"), won("O2", "100")),
        interaction=(touch("I1", datetime(2026, 1, 3), "p1"),),
    )
    assert january(draft, facts)["sourced_deals"] == 1


def test_the_person_sources_a_deal_that_its_account_met_later(draft: DraftWarehouse) -> None:
    def of(account_touch: int | None, person_touch: int | None) -> int | None:
        # The lead's person works at A2; its deal is with A1, where a colleague is known.
        days = (("p1", account_touch), ("p2", person_touch))
        facts = Facts(
            person=(
                {"person_id": "p1", "account_id": "A1"},
                {"person_id": "p2", "account_id": "A2"},
            ),
            lead=(lead("L1", datetime(2026, 1, 8), person_id="p2"),),
            opportunity=(won("O1", "100", account_id="A1", primary_lead_id="L1"),),
            interaction=(
                touch("I0", datetime(2025, 1, 1), "stranger"),
                *(touch(who, datetime(2026, 1, day), who) for who, day in days if day is not None),
            ),
        )
        count: int | None = january(draft, facts)["sourced_deals"]
        return count

    # The deal was opened on the 10th.
    assert of(account_touch=9, person_touch=20) == 1
    assert of(account_touch=20, person_touch=9) == 1
    assert of(account_touch=None, person_touch=9) == 1
    assert of(account_touch=9, person_touch=None) == 1
    assert of(account_touch=20, person_touch=20) == 0
    assert of(account_touch=None, person_touch=None) == 0


def test_nothing_won_is_zero_and_no_price_is_unknown(draft: DraftWarehouse) -> None:
    came = (lead("L1", datetime(2026, 1, 8)),)
    later = won("O1", "9", closed_at=datetime(2026, 2, 1))
    nothing = january(draft, Facts(lead=came, opportunity=(later,)))
    assert (nothing["won_deals"], nothing["won_amount"]) == (0, Decimal(0))
    unpriced = january(draft, Facts(opportunity=(won("O1", None), won("O2", None))))
    assert (unpriced["won_deals"], unpriced["unpriced_deals"]) == (2, 2)
    assert unpriced["won_amount"] is None
    some = january(draft, Facts(opportunity=(won("O1", None), won("O2", "7"), won("O3", "0"))))
    assert (some["unpriced_deals"], some["won_amount"]) == (1, Decimal(7))


def test_what_is_not_loaded_at_all_is_unknown_and_not_zero(draft: DraftWarehouse) -> None:
    came = lead("L1", datetime(2026, 1, 8), channel="Email")
    touched = touch("I1", datetime(2026, 1, 3), "p1")
    nothing = january(draft, Facts(lead=(came,), interaction=(touched,)))
    names = ("won_amount", "sourced_amount", "spend_amount", "cost_per_lead_amount")
    assert [nothing[name] for name in names] == [None] * 4
    assert nothing["marketing_sourced_share"] is None
    # Loaded, but of other days or segments: that is none, and none is a number.
    facts = Facts(
        lead=(came,),
        campaign=({"campaign_id": "C1", "channel": "Webinar"},),
        campaign_spend=(spend("C1", date(2026, 1, 9), "5"),),
        opportunity=(opportunity("O1", datetime(2026, 1, 9)),),
        interaction=(touched,),
    )
    draft.hold(facts)
    only = (Filter(Dimension.CHANNEL, ("Email",)),)
    found = headline(draft, asked(JANUARY, SEEN, filters=only)).row(0, named=True)
    assert [found[name] for name in names] == [Decimal(0), Decimal(0), Decimal(0), 0.0]
    assert found["marketing_sourced_share"] is None  # nothing to divide by


def test_won_deals_without_a_day_of_closing_are_told(draft: DraftWarehouse) -> None:
    facts = Facts(
        lead=(lead("L1", datetime(2026, 1, 8), channel="Email"),),
        opportunity=(
            won("O1", "100"),
            won("O2", "50", closed_at=None, primary_lead_id="L1"),
            won("O3", "7", "EUR", closed_at=None),  # without a rate, too
            won("O4", "7", closed_at=None, outcome="lost"),
        ),
    )
    found = january(draft, facts)
    assert (found["won_deals"], found["won_amount"], found["won_undated"]) == (1, Decimal(100), 2)
    only = (Filter(Dimension.CHANNEL, ("Email",)),)
    for period in (JANUARY, QUARTER):
        row = headline(draft, asked(period, SEEN, filters=only)).row(0, named=True)
        assert (row["won_deals"], row["won_undated"]) == (0, 1)


def test_cost_is_per_who_is_counted(twelve: DuckDBWarehouse) -> None:
    found = headline(twelve, asked(QUARTER, SEEN, unit=Unit.ACCOUNT)).row(0, named=True)
    assert found["cost_per_lead_amount"] == pytest.approx(1240 / 7)


def test_spend_without_leads_has_no_cost_per_lead(draft: DraftWarehouse) -> None:
    found = january(draft, Facts(campaign_spend=(spend("C1", date(2026, 1, 9), "0"),)))
    assert found["spend_amount"] == Decimal(0)  # recorded as nothing, not unknown
    assert found["cost_per_lead_amount"] is None


def test_large_sums_stay_exact(draft: DraftWarehouse) -> None:
    deals = tuple(won(f"O{number}", "9999999999999.99") for number in range(3))
    assert january(draft, Facts(opportunity=deals))["won_amount"] == Decimal("29999999999999.97")
