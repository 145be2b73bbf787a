"""How many convert and how soon: by hand on twelve leads, by the oracle on hundreds."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from data.engine.warehouse import DuckDBWarehouse
from metrics.funnel.incidence import incidence_curve, incidence_curve_by, step_incidence
from metrics.period import Period
from metrics.scope import Dimension, Stage, Unit
from tests.metrics.facts import DraftWarehouse, Facts, change, lead
from tests.metrics.observing import Observed
from tests.metrics.oracle import cohorts as oracle
from tests.metrics.oracle import numbers
from tests.metrics.scopes import FILTERS, PERIODS, asked
from tests.metrics.twelve_leads import JANUARY, SEEN, WINTER

TO_MQL = (Stage.LEAD, Stage.MQL)


def test_the_curve_of_twelve_leads_by_hand(twelve: DuckDBWarehouse) -> None:
    found = incidence_curve(twelve, asked(WINTER, SEEN), TO_MQL)
    # Twelve came in, of which L08 left on day 1. Two are at risk on day 59, a tenth of twelve; L12,
    # who became MQL on day 74, is one by itself.
    assert [row[:2] for row in found.iter_rows()] == [
        (0, 12),  # L11, at once
        (2, 10),  # L09
        (3, 9),  # L04
        (5, 8),  # L01
        (7, 7),  # L02, L05, L06
        (9, 4),  # L03
        (16, 3),  # L10
        (59, 2),  # L07 is seen so far
    ]
    assert found["rate"].to_list() == pytest.approx(
        [each / 12 for each in (1, 2, 3, 4, 7, 8, 9, 9)]
    )


def test_steps_of_twelve_leads_by_hand(twelve: DuckDBWarehouse) -> None:
    found = step_incidence(twelve, asked(JANUARY, SEEN))
    assert found.select("from_stage", "to_stage", "records", "converted", "exited").rows() == [
        ("lead", "mql", 11, 9, 1),  # L08 was disqualified
        ("mql", "sql", 9, 9, 0),  # of those that became MQL in January: not L12, but L10
        ("sql", "opportunity", 7, 3, 0),  # L01, L09, L11 of the SQLs of January
        ("opportunity", "won", 2, 1, 1),  # L11; L09 was lost
        ("lead", "won", 11, 3, 2),
    ]
    # Without L10 eight of eleven; half of them by day 5, and 90%, which is all, by day 9.
    first = found.row(0, named=True)
    assert first["final"] == pytest.approx(8 / 11)
    assert (first["days_half"], first["days_most"], first["horizon_days"]) == (5, 9, 59)
    assert (first["rate_30"], first["rate_60"]) == (pytest.approx(8 / 11), None)
    # Of three wins no time is told.
    assert found.row(4, named=True)["days_half"] is None


@pytest.mark.parametrize("unit", Unit)
def test_steps_are_the_oracles(dated: Observed, unit: Unit) -> None:
    told = 0
    for period, seen in PERIODS:
        scope = asked(period, seen, unit=unit, window_days=7, filters=FILTERS[0])
        subjects = numbers.subjects(dated.world, scope)
        for row in step_incidence(dated.warehouse, scope).iter_rows(named=True):
            fates = oracle.fates(subjects, scope, row["from_stage"], row["to_stage"])
            kinds = [kind for _, kind in fates]
            assert row["records"] == len(fates)
            assert (row["converted"], row["exited"]) == (
                kinds.count("converted"),
                kinds.count("left"),
            )
            way = row["from_stage"], row["to_stage"]
            if not fates or oracle.untold(subjects, scope, *way):
                assert (row["final"], row["horizon_days"]) == (None, None)
                continue
            told += 1
            horizon = oracle.last_age(fates)
            share, _ = oracle.curve(fates, horizon)
            assert row["horizon_days"] == horizon
            assert row["final"] == pytest.approx(share[-1])
            for age in (30, 60, 90):
                expected = share[age] if age <= horizon else None
                assert row[f"rate_{age}"] == pytest.approx(expected)
            assert_times(row["days_half"], row["days_most"], fates, share)
            if row["final_low_95"] is not None:
                low, inner, rate = row["final_low_95"], row["final_low_80"], row["final"]
                assert low <= inner <= rate + 1e-9
                assert rate - 1e-9 <= row["final_high_80"] <= row["final_high_95"]
    assert told


def assert_times(
    half: float | None, most: float | None, fates: list[tuple[int, str]], share: list[float]
) -> None:
    seen = sum(kind == "converted" and age < len(share) for age, kind in fates)
    if seen < 5:
        assert (half, most) == (None, None)
        return
    for found, part in ((half, 0.5), (most, 0.9)):
        enough = [age for age, each in enumerate(share) if each >= part * share[-1] - 1e-12]
        assert found == enough[0]


def test_curves_are_the_oracles_and_those_of_segments_are_of_their_leads(
    dated: Observed,
) -> None:
    period, seen = PERIODS[1]
    scope = asked(period, seen)
    subjects = numbers.subjects(dated.world, scope)
    whole = incidence_curve(dated.warehouse, scope, TO_MQL)
    found = incidence_curve_by(dated.warehouse, scope, Dimension.CHANNEL, TO_MQL)
    segments = found["channel"].unique(maintain_order=True).to_list()
    sizes = []
    for segment in (None, *segments):
        own = [each for each in subjects if segment is None or each.segments["channel"] == segment]
        fates = oracle.fates(own, scope, "lead", "mql")
        share, _ = oracle.curve(fates, oracle.last_age(fates))
        rows = whole if segment is None else found.filter(channel=segment).drop("channel")
        ages = rows["age_days"].to_list()
        assert (ages[0], ages[-1]) == (0, len(share) - 1)
        assert rows["rate"].to_list() == pytest.approx([share[age] for age in ages])
        # Between two rows nothing happens.
        assert len({round(each, 12) for each in share}) <= len(ages)
        at_risk = [sum(each >= age for each, _ in fates) for age in ages]
        assert rows["at_risk"].to_list() == at_risk
        sizes.append(len(fates))
    assert sizes[1:] == sorted(sizes[1:], reverse=True)


def leads_of_accounts(accounts: int, size: int, converting: int) -> Facts:
    """Accounts whose leads all become MQL on the tenth day, or never."""
    day = datetime(2025, 3, 1)
    leads = [
        lead(f"L{account}-{number}", day, account_id=f"A{account}")
        for account in range(accounts)
        for number in range(size)
    ]
    became = day + timedelta(days=10)
    return Facts(
        lead=tuple(leads),
        stage_change=tuple(
            change("lead", each["lead_id"], "mql", became)
            for each in leads
            if int(str(each["account_id"])[1:]) < converting
        ),
    )


def test_ten_leads_of_an_account_are_as_sure_as_one(draft: DraftWarehouse) -> None:
    scope = asked(Period(date(2025, 1, 1), date(2025, 12, 31)), date(2025, 12, 31))
    apart = step_incidence(draft.hold(leads_of_accounts(40, 1, 10)), scope).row(0, named=True)
    together = step_incidence(draft.hold(leads_of_accounts(40, 10, 10)), scope).row(0, named=True)
    assert (apart["records"], together["records"]) == (40, 400)
    assert apart["final"] == together["final"] == 0.25
    assert (apart["days_half"], apart["days_most"]) == (10, 10)
    for bound in ("final_low_80", "final_high_80", "final_low_95", "final_high_95"):
        # 40 ÷ 39 is what estimating between accounts costs, which both pay.
        assert together[bound] == pytest.approx(apart[bound], abs=0.002)
    # Wilson of 40 independent ones, for z = 1.96.
    assert apart["final_low_95"] == pytest.approx(numbers.wilson(10, 40)[0], abs=0.005)


def test_without_anybody_nothing_is_known(twelve: DuckDBWarehouse) -> None:
    before = asked(Period(date(2020, 1, 1), date(2020, 12, 31)), SEEN)
    assert step_incidence(twelve, before)["records"].to_list() == [0] * 5
    assert incidence_curve(twelve, before).is_empty()
    assert incidence_curve_by(twelve, before, Dimension.CHANNEL).is_empty()
