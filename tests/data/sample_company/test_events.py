"""The events that people are invited to are loaded as they were planted, and can be planned by."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from data.engine.warehouse import DuckDBWarehouse
from metrics.period import Period
from metrics.plan.events.like import like_events
from metrics.plan.events.planner import Goal, event_plan
from metrics.plan.events.rates import step_rates
from metrics.plan.events.steps import EventStep, event_steps
from metrics.scope import Scope
from tests.data.sample_company.written import UNTIL, Sample

pytestmark = pytest.mark.xdist_group("loaded sample")

BETTER, WORSE, COMING = "Edge Gateway Live", "Retrofit Clinic", "Customer Day Shanghai"


@pytest.fixture(scope="module")
def steps(sample: Sample, loaded: DuckDBWarehouse) -> pl.DataFrame:
    start = date.fromisoformat(sample.truth["size"]["start"])
    return event_steps(loaded, Scope(Period(start, UNTIL), observed_until=UNTIL), None)


def test_each_event_is_invited_to_and_visited_as_the_truth_says(
    sample: Sample, steps: pl.DataFrame
) -> None:
    realised = sample.realised["events"]
    assert len(realised) == 6
    for name, planted in realised.items():
        row = steps.filter(pl.col("campaign").str.ends_with(name)).row(0, named=True)
        found = [row[step] for step in ("listed", "registered")]
        assert found == [planted["invited"], planted["registered"]], name
        assert row["valid_contact"] == planted["invited"] - planted["bounced"], name
        assert row["cost_amount"] > 0, name
        assert row["is_running"] == (name == COMING), name
        if name == COMING:
            assert row["attended"] is None, "has not taken place"
            assert row["registered"] > 0
            continue
        assert row["attended"] == planted["attended"], name
        assert row["attended"] < row["registered"], "some did not show up"
        assert planted["acted"] <= row["high_value"] <= row["attended"], name


def test_one_of_two_webinars_of_one_size_is_clearly_better(steps: pl.DataFrame) -> None:
    found = {
        name: steps.filter(pl.col("campaign").str.ends_with(name)).row(0, named=True)
        for name in (BETTER, WORSE)
    }
    better, worse = found[BETTER], found[WORSE]
    assert better["listed"] == pytest.approx(worse["listed"], rel=0.2)
    assert better["attended"] > 1.4 * worse["attended"]
    assert better["high_value"] > 2 * worse["high_value"]


def test_the_event_planner_learns_believable_rates_from_them(steps: pl.DataFrame) -> None:
    webinars = steps.filter(pl.col("campaign").str.contains(f"{BETTER}|{WORSE}|Masterclass"))
    plan = event_plan(step_rates(like_events(webinars)), Goal(EventStep.ATTENDED, 30))
    assert plan.entry is EventStep.LISTED
    assert plan.is_reachable
    assert 150 < plan.volume < 1_500
