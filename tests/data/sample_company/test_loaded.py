"""What the product finds in the loaded sample is what was planted in it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from data.definitions import Definitions
from data.engine.warehouse import DuckDBWarehouse
from data.sql import Query, Step
from metrics.attribution.credit import credit_of
from metrics.attribution.question import Question, Sharing
from metrics.attribution.sourcing.deals import Definition
from metrics.attribution.sourcing.sourced import Side, marketing_sourced
from metrics.experiments.results import experiment_results
from metrics.headline import headline
from metrics.period import Period
from metrics.scope import Scope
from tests.data.sample_company.written import UNTIL, Sample

pytestmark = pytest.mark.xdist_group("loaded sample")


@pytest.fixture(scope="module")
def scope(sample: Sample) -> Scope:
    start = type(UNTIL).fromisoformat(sample.truth["size"]["start"])
    return Scope(Period(start, UNTIL), observed_until=UNTIL)


def test_marketing_sources_about_two_fifths(
    sample: Sample, loaded: DuckDBWarehouse, scope: Scope
) -> None:
    planted = sample.realised["won_touched_before"]
    row = headline(loaded, scope).row(0, named=True)
    assert row["sourced_deals"] == planted["deals"]
    assert row["sourced_amount"] == Decimal(str(planted["usd"]))
    assert row["won_amount"] == Decimal(str(sample.realised["deals"]["won"]["usd"]))
    assert row["marketing_sourced_share"] == pytest.approx(
        sample.realised["marketing_sourced"], abs=1e-6
    )
    assert 0.36 < row["marketing_sourced_share"] < 0.44
    sourced = marketing_sourced(loaded, scope, Definitions.load())
    shares = {
        (row["definition"], row["side"]): row["won_amount_share"]
        for row in sourced.iter_rows(named=True)
    }
    first = shares[Definition.FIRST_TOUCH.value, Side.MARKETING.value]
    assert 0.3 < first <= row["marketing_sourced_share"], "some deals sales touched before us"
    assert shares[Definition.LEAD_SOURCE.value, Side.REST.value] > 0.05


def test_own_staff_and_machines_are_no_touches(sample: Sample, loaded: DuckDBWarehouse) -> None:
    step = Step(
        "by_reason", "SELECT reason, count(*) AS touches FROM touch_left_out GROUP BY reason"
    )
    assert dict(loaded.query(Query(step)).iter_rows()) == {
        "own_staff": sample.realised["own_staff"]["touches"],
        "machine": sample.realised["machines"]["touches"],
    }


def test_untouched_deals_are_attributed_to_nobody(
    sample: Sample, loaded: DuckDBWarehouse, scope: Scope
) -> None:
    credit = credit_of(loaded, Question(scope, sharing=Sharing.SHARED), half_life_days=30)
    left = credit.filter(segment="Unattributed").unique("conversions")
    assert left["conversions"].to_list() == [sample.realised["won_untouched"]["deals"]]
    assert left["credit"].to_list() == [Decimal(str(sample.realised["won_untouched"]["usd"]))]


def test_experiments_read_near_what_was_planted(sample: Sample, loaded: DuckDBWarehouse) -> None:
    found = {row["experiment_id"]: row for row in experiment_results(loaded).iter_rows(named=True)}
    assert set(found) == set(sample.truth["planted"]["experiments"]) == {"EX-01", "EX-02"}
    for key, row in found.items():
        realised = sample.realised["experiments"][key]
        for role in ("test", "control"):
            assert row[f"{role}_members"] == realised[f"{role}_members"], (key, role)
            assert row[f"{role}_outcome"] == realised[f"{role}_mqls"], (key, role)
        assert row["incremental_low"] <= realised["incremental"] <= row["incremental_high"], key
        assert row["problems"] is None, "the channel was kept from the control arm"
        assert row["channel"] == sample.truth["planted"]["experiments"][key]["channel"]
    assert sample.realised["experiments"]["EX-01"]["incremental"] > 0
    assert sample.realised["experiments"]["EX-02"]["incremental"] == 0


def test_engaged_time_on_the_website_is_that_of_the_truth(
    sample: Sample, loaded: DuckDBWarehouse
) -> None:
    step = Step(
        "engaged",
        "SELECT count(engaged_seconds), sum(engaged_seconds), median(engaged_seconds), count(*)"
        " FROM interaction WHERE source_system = 'ga4'",
    )
    told, seconds, median, events = loaded.query(Query(step)).row(0)
    realised = sample.realised["engaged_on_website"]
    assert told == realised["events"] < events
    assert seconds == pytest.approx(realised["milliseconds"] / 1000)
    assert 10 < median < 30
