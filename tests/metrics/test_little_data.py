"""Exports of a young company, or of one system only: every metric answers, or says why not."""

from __future__ import annotations

from contextlib import suppress

import pytest

from data.errors import MetricError
from metrics.catalogue import catalogue
from metrics.scope import Dimension
from tests.metrics.facts import TERMS, DraftWarehouse, Facts
from tests.metrics.scopes import asked
from tests.metrics.twelve_leads import SEEN, TWELVE, WINTER

METRICS = catalogue()

DEALS_ALONE = Facts(opportunity=TWELVE.opportunity, exchange_rate=TWELVE.exchange_rate)
"""What a company has that exports its deals, and neither leads nor campaigns nor histories."""


@pytest.fixture(scope="module")
def young() -> DraftWarehouse:
    return DraftWarehouse().hold(DEALS_ALONE)


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_of_deals_alone_answers_or_says_why_not(name: str, young: DraftWarehouse) -> None:
    metric = METRICS[name]
    scope = asked(WINTER, SEEN) if metric.is_scoped else None
    for by in (None, Dimension.CHANNEL) if metric.sliced else (None,):
        with suppress(MetricError):  # any other error is a defect, as rows against their contract
            metric.measure(young, scope, by, definitions=TERMS)
