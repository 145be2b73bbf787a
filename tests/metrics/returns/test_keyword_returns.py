"""Keywords: what came by them and what it earned, in whichever case they are written."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from data.errors import MetricError
from metrics.period import Period
from metrics.returns.keyword_returns import keyword_returns
from metrics.scope import Dimension, Filter, Scope
from tests.metrics.facts import TERMS, DraftWarehouse, Facts, account, opportunity, touch
from tests.metrics.twelve_leads import QUARTER, SEEN, TWELVE, at

SCOPE = Scope(QUARTER, SEEN)

WON = {"outcome": "won", "currency": "USD", "closed_at": at(3, 1)}
FACTS = Facts(
    account=(account("A1", "Birch"), account("A2", "Cedar")),
    person=({"person_id": "P1", "account_id": "A1"}, {"person_id": "P2", "account_id": "A2"}),
    opportunity=(
        opportunity("O1", at(2, 1), account_id="A1", original_amount=Decimal(100), **WON),
        opportunity("O2", at(2, 1), account_id="A2", **WON),
    ),
    interaction=(
        touch("I1", at(1, 2), "P1", channel="Paid Search", utm_term="Chain Hoist"),
        touch("I2", at(1, 9), "P1", channel="Email"),
        touch("I3", at(1, 12), "P2", channel="Paid Search", utm_term="chain hoist "),
        touch("I4", at(1, 14), "P2", channel="Display", utm_term="crane"),
        touch("I5", at(3, 20), "P2", channel="Paid Search", utm_term="crane"),
        touch("I6", at(3, 20), "P2", channel="Paid Search", utm_term="  "),
    ),
)


def test_keywords_by_hand() -> None:
    found = keyword_returns(DraftWarehouse().hold(FACTS), SCOPE, TERMS)
    assert found.rows() == [
        # O1 for half, O2 without an amount; the other half came by e-mail.
        ("chain hoist", 2, 2, 1, Decimal(50), Decimal(50)),
        # O2 alone, of which nobody knows the amount.
        ("crane", 2, 1, 1, None, None),
    ]
    first = keyword_returns(DraftWarehouse().hold(FACTS), SCOPE, TERMS, model="first")
    assert first["revenue_amount"].to_list() == [Decimal(100), None]


def test_a_filter_on_channel_keeps_its_touches() -> None:
    only = replace(SCOPE, filters=(Filter(Dimension.CHANNEL, ("Display",)),))
    found = keyword_returns(DraftWarehouse().hold(FACTS), only, TERMS)
    assert found.rows() == [("crane", 1, 1, 1, None, None)]


def test_touches_are_not_known_by_product() -> None:
    only = replace(SCOPE, filters=(Filter(Dimension.PRODUCT, ("Unassigned",)),))
    found = keyword_returns(DraftWarehouse().hold(FACTS), only, TERMS)
    assert found["touches"].null_count() == 2
    assert found["revenue_amount"].to_list() == [Decimal(50), None]


def test_a_touch_of_the_period_earns_by_a_later_win() -> None:
    january = Scope(Period(date(2026, 1, 1), date(2026, 1, 31)), SEEN)
    row = keyword_returns(DraftWarehouse().hold(FACTS), january, TERMS).row(
        by_predicate=pl.col("keyword") == "chain hoist", named=True
    )
    assert (row["revenue_amount"], row["realised_amount"]) == (Decimal(0), Decimal(50))


def test_without_keywords_it_says_what_to_load() -> None:
    silent = replace(
        TWELVE, interaction=tuple({**row, "utm_term": None} for row in TWELVE.interaction)
    )
    with pytest.raises(MetricError, match=r"no visit has a keyword: load visits .* utm_term"):
        keyword_returns(DraftWarehouse().hold(silent), SCOPE, TERMS)
