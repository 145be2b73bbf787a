"""Natural variation: only behind the gate, only with a margin, and what an MQL is worth."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from metrics.budget.curves import channel_curves
from metrics.channels import variation as module
from metrics.channels.variation import natural_variation
from metrics.channels.verdicts import channel_verdicts
from metrics.period import Period
from metrics.scope import Scope
from tests.metrics.budget.planted import planted_weeks
from tests.metrics.facts import TERMS, DraftWarehouse, Facts, change, lead, opportunity, spend

WEEKS = planted_weeks()
LAST = WEEKS.first_on + timedelta(days=7 * WEEKS.weeks - 1)
SCOPE = Scope(Period(LAST - timedelta(days=363), LAST), LAST, windows=TERMS.windows)
WITH_MARGIN = TERMS.model_copy(update={"gross_margin": 0.5})
SPEND = {"Search": 34_000.0, "Social": 20_000.0}


def company() -> Facts:
    """Of forty MQLs of the first weeks, half are won for 1,000 each."""
    begin = datetime.combine(WEEKS.first_on, datetime.min.time())
    leads = [
        lead(f"L{number}", begin + timedelta(days=number % 20), channel="Search", account_id="A1")
        for number in range(40)
    ]
    won = {"outcome": "won", "original_amount": Decimal(1000), "currency": "USD"}
    return Facts(
        account=({"account_id": "A1", "name": "One"},),
        campaign=tuple({"campaign_id": each, "channel": each} for each in SPEND),
        campaign_spend=tuple(
            spend(name, SCOPE.period.start, str(amount)) for name, amount in SPEND.items()
        ),
        lead=tuple(leads),
        stage_change=tuple(
            change("lead", row["lead_id"], "mql", row["created_at"]) for row in leads
        ),
        opportunity=tuple(
            opportunity(f"O{number}", row["created_at"], account_id="A1",
                        primary_lead_id=row["lead_id"],
                        closed_at=row["created_at"] + timedelta(days=5), **won)
            for number, row in enumerate(leads[:20])
        ),
        as_of=datetime.combine(LAST, datetime.min.time()),
    )  # fmt: skip


@pytest.fixture(scope="module")
def warehouse() -> DraftWarehouse:
    return DraftWarehouse().hold(company(), WITH_MARGIN)


@pytest.fixture(autouse=True)
def planted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "spend_weeks", lambda *_: WEEKS)


def test_one_more_unit_of_spend_by_hand(warehouse: DraftWarehouse) -> None:
    found = natural_variation(warehouse, SCOPE, WITH_MARGIN, SPEND)
    assert set(found) == {"Search", "Social"}
    assert found["Search"].observed == "6 regions by 104 weeks"
    curves = channel_curves(WEEKS)
    per_week = np.array([SPEND[each] / 52 / curves.units for each in curves.channels])
    slope = curves.draws.marginal(per_week).mean(axis=0)
    for channel, each in zip(curves.channels, slope, strict=True):
        # Twenty deals of 1,000 on forty MQLs, of which half is margin; the rest was lost long ago.
        returned = found[channel].marginal_return
        assert returned.value == pytest.approx(each * 500 * 0.5, rel=0.1)
        assert returned.low < returned.value < returned.high


def test_without_a_margin_or_a_curve_there_is_none(
    warehouse: DraftWarehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert natural_variation(warehouse, SCOPE, TERMS, SPEND) == {}
    monkeypatch.setattr(module, "spend_weeks", lambda *_: planted_weeks(units=1, weeks=30))
    assert natural_variation(warehouse, SCOPE, WITH_MARGIN, SPEND) == {}


def test_a_channel_without_spend_in_the_period_has_no_slope(warehouse: DraftWarehouse) -> None:
    only = {"Search": SPEND["Search"]}
    assert set(natural_variation(warehouse, SCOPE, WITH_MARGIN, only)) == {"Search"}


def test_it_makes_a_verdict_of_grade_b(warehouse: DraftWarehouse) -> None:
    found = channel_verdicts(warehouse, SCOPE, WITH_MARGIN)
    assert set(found["grade"]) == {"B"}
    assert set(found["call"]) == {"grow"}
    assert found["sentence"].str.contains("varied over 6 regions by 104 weeks").all()
    assert not found["sentence"].str.contains("caused").any()


def test_nothing_was_won_in_weeks_that_are_over(warehouse: DraftWarehouse) -> None:
    unripe = replace(SCOPE, observed_until=date(2024, 1, 10))
    assert natural_variation(warehouse, unripe, WITH_MARGIN, SPEND) == {}
