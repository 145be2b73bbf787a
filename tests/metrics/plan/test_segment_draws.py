"""A segment by itself: its own leads, deals and amounts, and odds shrunk towards the others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from data.engine.warehouse import DuckDBWarehouse
from metrics.period import Period
from metrics.plan.attainment.landing import won_landing
from metrics.plan.draws import draw
from metrics.plan.past.history import History, history
from metrics.plan.segment_draws import Segment, by_segment
from metrics.scope import Dimension, Stage
from tests.metrics.facts import store
from tests.metrics.plan.kept import company, scope

SUMMER = Period(date(2026, 7, 1), date(2026, 9, 30))


@pytest.fixture(scope="module")
def dear_webinars(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBWarehouse]:
    """The company, in which deals of webinars are worth 40,000 euros, 50,000 dollars."""
    facts = company()
    deals = tuple(
        row | {"original_amount": Decimal(40_000)} if row["currency"] == "EUR" else row
        for row in facts.opportunity
    )
    path = tmp_path_factory.mktemp("dear") / "00001.duckdb"
    with store(path, replace(facts, opportunity=deals)) as warehouse:
        yield warehouse


@pytest.fixture(scope="module")
def known(dear_webinars: DuckDBWarehouse) -> History:
    return history(dear_webinars, scope(), Dimension.CHANNEL)


@pytest.fixture(scope="module")
def segments(dear_webinars: DuckDBWarehouse, known: History) -> dict[str, Segment]:
    return by_segment(dear_webinars, scope(), Dimension.CHANNEL, known, draw(known, 2_000))


def test_the_segments_add_up_to_the_whole(known: History, segments: dict[str, Segment]) -> None:
    parts = [past for past, _ in segments.values()]
    assert list(segments) == ["Email", "Webinar"]
    whole = known.deals
    assert sum(each.deals.open.deals.sum() for each in parts) == whole.open.deals.sum()
    assert sum(each.deals.won.amount.sum() for each in parts) == whole.won.amount.sum()
    assert sum(each.deals.ages.entered.sum() for each in parts) == whole.ages.entered.sum()
    assert sum(each.open_leads.leads.sum() for each in parts) == known.open_leads.leads.sum()
    entered = sum(each.entries.counts[Stage.LEAD].sum() for each in parts)
    assert entered == known.entries.counts[Stage.LEAD].sum()


def test_what_wins_more_often_has_better_odds_at_every_stage(
    segments: dict[str, Segment],
) -> None:
    (_, email), (_, webinar) = segments["Email"], segments["Webinar"]
    assert webinar.rates.mean() > 1.4 * email.rates.mean()
    for stage in (Stage.LEAD, Stage.MQL, Stage.SQL, Stage.OPPORTUNITY):
        assert np.median(webinar.lead_odds[stage]) > np.median(email.lead_odds[stage])
    assert np.median(webinar.deal_odds) > np.median(email.deal_odds)


def test_a_segment_with_enough_wins_lands_with_its_own_amounts(
    segments: dict[str, Segment],
) -> None:
    past, draws = segments["Webinar"]
    landed = won_landing(past, draws, [SUMMER])
    assert landed.revenue is not None
    # With the amounts of both channels together a deal would bring about 37,000.
    assert landed.revenue.mean() / landed.deals.mean() == pytest.approx(50_000, rel=0.02)
