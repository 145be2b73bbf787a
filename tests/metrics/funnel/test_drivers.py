"""Drivers of a step: by hand on twelve leads, by statsmodels on hundreds, and one of maturity."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import numpy as np
import pytest
from statsmodels.stats.contingency_tables import StratifiedTable

from data.engine.warehouse import DuckDBWarehouse
from metrics.funnel.drivers import step_drivers
from metrics.period import Period
from metrics.scope import Dimension, Stage
from tests.metrics.facts import DraftWarehouse, Facts, change, lead
from tests.metrics.observing import Observed
from tests.metrics.oracle import chance, numbers
from tests.metrics.oracle import segments as oracle
from tests.metrics.oracle.segments import Member
from tests.metrics.scopes import PERIODS, asked
from tests.metrics.twelve_leads import SEEN, WINTER

TO_MQL = (Stage.LEAD, Stage.MQL)


def test_twelve_leads_are_too_few(twelve: DuckDBWarehouse) -> None:
    found = step_drivers(twelve, asked(WINTER, SEEN), TO_MQL, (Dimension.CHANNEL,))
    rows = {row[0]: row[1:] for row in found.select("value", "reached", "converted").iter_rows()}
    assert rows == {"Email": (5, 4), "Webinar": (5, 4), "Unassigned": (1, 1), "展会": (1, 1)}
    email = found.filter(value="Email").row(0, named=True)
    # Of the other seven, L01, L03, L05, L09, L10 and L12 became MQL.
    assert email["others_rate"] == pytest.approx(6 / 7)
    assert (email["odds_ratio"], email["chance"]) == (None, "too few to compare")
    # In January Email has 5 of 11, nine converted: 2 · 5/11 failures are expected of it, and the
    # accounts of Email count 1.25 fold, those of the others as many as they are.
    assert 0 < email["expected"] < 10 / 11
    assert found.filter(value="展会").row(0, named=True)["chance"] == "untested"


def table(own: Sequence[Member], others: Sequence[Member], month: str) -> np.ndarray:
    rows = []
    for side in (own, others):
        effect = oracle.design_effect(side, lambda each: each.converted)
        assert effect is not None
        here = [each.converted for each in side if each.month == month]
        rows.append([sum(here) / effect, (len(here) - sum(here)) / effect])
    return np.array(rows)


def test_odds_ratios_are_those_of_statsmodels(observed: Observed) -> None:
    scope = asked(*PERIODS[1])
    everyone = oracle.members(numbers.subjects(observed.world, scope), scope, *TO_MQL)
    months = sorted({each.month for each in everyone})
    found = step_drivers(observed.warehouse, scope, TO_MQL, (Dimension.CHANNEL, Dimension.OWNER))
    tests: list[tuple[float | None, float | None]] = []
    for row in found.iter_rows(named=True):
        own = [each for each in everyone if each.segments[row["dimension"]] == row["value"]]
        others = [each for each in everyone if each.segments[row["dimension"]] != row["value"]]
        assert row["rate"] == pytest.approx(sum(each.converted for each in own) / len(own))
        tables = [table(own, others, month) for month in months]
        thinnest = sum(
            (each.sum(1)[:, None] * each.sum(0)[None, :] / each.sum()).min()
            for each in tables
            if each.sum()
        )
        assert row["expected"] == pytest.approx(thinnest)
        if thinnest < 5:
            assert row["odds_ratio"] is None
            tests.append((1.0, thinnest))
            continue
        both = [each for each in tables if each.sum(1).min() > 0]
        expected = StratifiedTable(both)
        assert row["odds_ratio"] == pytest.approx(expected.oddsratio_pooled, rel=1e-6)
        low, high = expected.oddsratio_pooled_confint()
        assert (row["odds_ratio_low"], row["odds_ratio_high"]) == pytest.approx((low, high))
        tests.append((float(expected.test_null_odds().pvalue), thinnest))
    assert found["chance"].to_list() == chance.verdicts(tests)


def cohort(name: str, day: datetime, leads: int, converted: int, channel: str) -> Facts:
    rows = [lead(f"{name}{number}", day, channel=channel) for number in range(leads)]
    became = day + timedelta(days=3)
    return Facts(
        lead=tuple(rows),
        stage_change=tuple(
            change("lead", row["lead_id"], "mql", became) for row in rows[:converted]
        ),
    )


def test_a_channel_of_young_leads_is_no_worse_for_being_young(draft: DraftWarehouse) -> None:
    """All channels are alike within a month, but one has most leads in the last, young month."""
    old, young = datetime(2025, 10, 1), datetime(2025, 12, 20)
    facts = (
        cohort("a", old, 400, 200, "Email")
        .plus(cohort("b", young, 50, 5, "Email"))
        .plus(cohort("c", old, 50, 25, "Fair"))
        .plus(cohort("d", young, 400, 40, "Fair"))
    )
    scope = asked(Period(date(2025, 10, 1), date(2025, 12, 31)), date(2025, 12, 31))
    found = step_drivers(draft.hold(facts), scope, TO_MQL, (Dimension.CHANNEL,))
    fair = found.filter(value="Fair").row(0, named=True)
    assert fair["rate"] < fair["others_rate"] / 2
    assert fair["odds_ratio"] == pytest.approx(1)
    assert fair["chance"] == "may be chance"


def test_a_channel_that_converts_better_is_found(draft: DraftWarehouse) -> None:
    day = datetime(2025, 10, 1)
    facts = cohort("a", day, 300, 150, "Email").plus(cohort("b", day, 300, 210, "Fair"))
    scope = asked(Period(date(2025, 10, 1), date(2025, 12, 31)), date(2025, 12, 31))
    by = (Dimension.CHANNEL, Dimension.OWNER)
    found = step_drivers(draft.hold(facts), scope, TO_MQL, by)
    # Nobody has an owner: a value without others is no driver.
    assert found["value"].to_list() == ["Email", "Fair"]
    fair = found.filter(value="Fair").row(0, named=True)
    assert fair["odds_ratio"] == pytest.approx((210 / 90) / (150 / 150))
    assert fair["odds_ratio_low"] > 1
    assert fair["chance"] == "more than chance"


def test_without_anybody_there_are_no_drivers(twelve: DuckDBWarehouse) -> None:
    before = asked(Period(date(2020, 1, 1), date(2020, 12, 31)), SEEN)
    assert step_drivers(twelve, before).is_empty()
