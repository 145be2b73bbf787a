"""A plan is tried out on a company: other leads from a month on, and nothing else."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from data.sample_company.families.company import Company, company
from data.sample_company.families.nature import Family
from data.sample_company.families.records import NEVER, Stage
from data.sample_company.world.planted import Integers
from tests.data.sample_company.families.same import same

MONTH = 40

DAY = date(2025, 5, 1)
"""The first day of that month."""


@pytest.fixture(scope="module", params=list(Family), ids=lambda family: family.value)
def made(request: pytest.FixtureRequest) -> Company:
    return company(request.param, seed=9, wins_per_year=120)


def planned(factor: float, made: Company) -> Integers:
    leads: Integers = np.round(factor * made.expected_leads[MONTH:]).astype(np.int64)
    return leads


def test_so_many_leads_come_in_each_month_and_channel(made: Company) -> None:
    leads = planned(1.5, made)
    leads[3] = 0
    changed = made.with_leads(MONTH, leads)
    entered, _ = changed.truth.cohorts(Stage.LEAD)
    assert (entered[MONTH:] == leads).all()
    before, _ = made.truth.cohorts(Stage.LEAD)
    assert (entered[:MONTH] == before[:MONTH]).all()


def test_nothing_differs_before_and_what_is_in_flight_goes_on_as_it_would_have(
    made: Company,
) -> None:
    changed = made.with_leads(MONTH, planned(2, made))
    eve = DAY - timedelta(days=1)
    assert same(changed.seen_on(eve).records, made.seen_on(eve).records)
    leads = len(made.seen_on(eve).records.account)
    assert (changed.records.entered[:leads] == made.records.entered[:leads]).all()
    assert (changed.records.exited[:leads] == made.records.exited[:leads]).all()


def test_new_leads_are_of_new_accounts_and_convert_as_others_do() -> None:
    made = company(Family.STABLE, seed=9, wins_per_year=1_000)
    changed = made.with_leads(MONTH, planned(2, made))
    is_new = changed.records.entered[:, Stage.LEAD] >= made.life.day_number(DAY)
    accounts = changed.records.account[is_new]
    assert not np.isin(accounts, changed.records.account[~is_new]).any()
    assert len(accounts) / len(np.unique(accounts)) == pytest.approx(1.5, rel=0.05)
    weekday = made.life.weekday(changed.records.entered[is_new, Stage.LEAD])
    assert (weekday >= 5).mean() == pytest.approx(0.47 / 5.5, rel=0.15)
    won = changed.records.entered[is_new, Stage.WON] < NEVER
    assert won.mean() == pytest.approx(made.nature.win_share, rel=0.1)


def test_what_is_expected_comes_in_on_average() -> None:
    made = company(Family.TREND, seed=9, wins_per_year=1_000)
    entered, _ = made.truth.cohorts(Stage.LEAD)
    assert entered[1:].sum() == pytest.approx(made.expected_leads[1:].sum(), rel=0.05)
    ratio = entered[1:].sum(axis=0) / made.expected_leads[1:].sum(axis=0)
    assert ratio == pytest.approx(1, rel=0.1)


def test_leads_of_other_months_or_channels_are_refused(made: Company) -> None:
    with pytest.raises(ValueError, match=r"not months × channels \(20, 4\)"):
        made.with_leads(MONTH, planned(1, made)[1:])
