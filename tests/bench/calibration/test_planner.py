"""The history made of a company's arrays is the one that its exports give once they are loaded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from datetime import date

import numpy as np
import pytest

from bench.calibration.planner import planner_history
from data.definitions import Definitions
from data.derive.rebuild import rebuild
from data.engine.warehouse import DuckDBWarehouse
from data.sample_company.families.nature import Family
from data.sample_company.write import SampleSize
from data.sample_company.write_family import company_of, write_family
from metrics.estimators.age_counts import AgeCounts
from metrics.funnel.counts import Cohorts
from metrics.period import Period
from metrics.plan.past.history import History, history
from metrics.scope import Dimension, Scope
from tests.loaders.loading import loading_in

UNTIL = date(2026, 6, 30)
SIZE = SampleSize(leads=2_500, until=UNTIL, seed=7, months=30)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[History, History]]:
    """A company with stale deals: of its arrays, and of its exports."""
    folder, store = tmp_path_factory.mktemp("family"), tmp_path_factory.mktemp("store")
    write_family(folder, Family.ZOMBIES, SIZE)
    with loading_in(store) as loading:
        for name in ("lead", "stage_change", "opportunity", "opportunity_change"):
            loading.load_path(folder / f"{name}.csv")
        rebuild(loading.draft, Definitions.load())
    made = company_of(Family.ZOMBIES, SIZE)
    scope = Scope(period=Period(made.life.start, UNTIL), observed_until=UNTIL)
    with DuckDBWarehouse.open(store / "draft.duckdb") as warehouse:
        yield planner_history(made.seen_on(UNTIL)), history(warehouse, scope, Dimension.CHANNEL)


def same_ages(one: AgeCounts, other: AgeCounts) -> bool:
    return all(
        np.array_equal(getattr(one, each.name), getattr(other, each.name)) for each in fields(one)
    )


def all_same(some: tuple[AgeCounts, ...], others: tuple[AgeCounts, ...]) -> bool:
    return len(some) == len(others) and all(map(same_ages, some, others))


def same_cohorts(one: Cohorts, other: Cohorts) -> bool:
    return one.months == other.months and all_same(one.ages, other.ages)


def test_the_fates_are_the_same(both: tuple[History, History]) -> None:
    ours, loaded = both
    assert (ours.entry, ours.segments) == (loaded.entry, loaded.segments)
    assert ours.observed_until == loaded.observed_until
    assert all_same(ours.to_won, loaded.to_won)
    for name in ("reached", "next_step", "won_from"):
        mine, theirs = getattr(ours, name), getattr(loaded, name)
        assert mine.keys() == theirs.keys()
        assert all(same_ages(mine[stage], theirs[stage]) for stage in mine), name
    assert same_cohorts(ours.cohorts, loaded.cohorts)
    assert same_cohorts(ours.to_deal, loaded.to_deal)


def test_what_is_open_and_what_came_in_are_the_same(both: tuple[History, History]) -> None:
    ours, loaded = both
    rows = [
        sorted(zip(leads.segment, leads.stage, leads.age, leads.leads, strict=True))
        for leads in (ours.open_leads, loaded.open_leads)
    ]
    assert rows[0] == rows[1]
    assert ours.entries.months == loaded.entries.months
    assert ours.entries.counts.keys() == loaded.entries.counts.keys()
    for stage, counts in ours.entries.counts.items():
        assert np.array_equal(counts, loaded.entries.counts[stage])


def test_the_deals_are_the_same(both: tuple[History, History]) -> None:
    ours, loaded = both[0].deals, both[1].deals
    assert ours.stale_deals > 0
    assert (ours.stale_days, ours.stale_deals) == (loaded.stale_days, loaded.stale_deals)
    assert ours.stale_amount == loaded.stale_amount
    assert same_ages(ours.ages, loaded.ages)
    assert all_same(ours.bands, loaded.bands)
    assert same_cohorts(ours.cohorts, loaded.cohorts)
    for name in ("opened", "won", "without_lead", "open", "at_close"):
        mine, theirs = getattr(ours, name), getattr(loaded, name)
        for each in fields(mine):
            left, right = getattr(mine, each.name), getattr(theirs, each.name)
            assert np.array_equal(np.array(left), np.array(right)), (name, each.name)
    for name in ("paces", "prices"):
        mine, theirs = (
            np.array(sorted(zip(each.at, each.records, each.total, each.squares, strict=True)))
            for each in (getattr(ours, name), getattr(loaded, name))
        )
        assert np.allclose(mine, theirs), name
    assert np.allclose(ours.won_amounts, loaded.won_amounts)
    assert np.array_equal(ours.won_deals, loaded.won_deals)
