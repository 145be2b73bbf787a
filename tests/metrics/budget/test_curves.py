"""Curves of channels: the planted ones are found, and of each other channel it is said why not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from metrics.budget import spend_response as module
from metrics.budget.curves import ChannelCurves, channel_curves
from metrics.budget.spend_response import POINTS, spend_response
from metrics.budget.weeks import UnitKind
from metrics.period import Period
from metrics.scope import Dimension, Filter, Scope
from tests.metrics.budget.planted import SEARCH, SOCIAL, planted_weeks
from tests.metrics.facts import DraftWarehouse, Facts, spend


@pytest.fixture(scope="module")
def curves() -> ChannelCurves:
    return channel_curves(planted_weeks())


def test_channels_that_fail_by_themselves_do_not_close_the_gate_for_others(
    curves: ChannelCurves,
) -> None:
    assert curves.channels == ("Search", "Social")
    assert (curves.units, curves.observed) == (6, "6 regions by 104 weeks")
    assert set(curves.reasons) == {"Fairs", "Print"}
    assert curves.reasons["Fairs"][0].startswith("The largest spend on Fairs is 1.1 times")
    assert curves.reasons["Print"] == (
        "Of the spend on Print, 20% names a region that MQLs come from; it takes 90%, in two"
        " regions or more.",
    )


@pytest.mark.parametrize(("place", "truth"), [(0, SEARCH), (1, SOCIAL)])
def test_the_planted_response_lies_within_the_bounds(
    curves: ChannelCurves, place: int, truth: tuple[float, float]
) -> None:
    most, half = truth
    # What a rise of spend brings: the level of a curve is not told from that of a region.
    levels = np.zeros((2, len(curves.channels)))
    levels[:, place] = (60.0, 150.0)
    drawn = curves.draws.response(levels[:, None])[..., place]
    low, high = np.quantile(drawn[1] - drawn[0], (0.025, 0.975))
    true = most * 150 / (half + 150) - most * 60 / (half + 60)
    assert low < true < high


def test_the_same_weeks_give_the_same_curves(curves: ChannelCurves) -> None:
    again = channel_curves(planted_weeks())
    assert (again.draws.beta == curves.draws.beta).all()


def test_spend_that_brings_nothing_shows_no_curve() -> None:
    found = planted_weeks(units=3, weeks=60)
    noise = np.random.default_rng(8).poisson(20, found.mqls.shape).astype(np.float64)
    curves = channel_curves(replace(found, mqls=noise))
    assert curves.channels == ()
    assert set(curves.reasons) == set(found.channels)
    assert all(curves.reasons.values())


def test_the_whole_company_alone_has_too_few_weeks() -> None:
    found = planted_weeks(units=1, weeks=104)
    curves = channel_curves(replace(found, kind=UnitKind.COMPANY, units=("company",)))
    assert curves.channels == ()
    assert "observations per parameter; it takes 12." in curves.reasons["Search"][-1]
    assert curves.observed == "104 weeks of the whole company"


def test_the_metric_tells_levels_or_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    weeks = planted_weeks()
    monkeypatch.setattr(module, "spend_weeks", lambda *_: weeks)
    day = weeks.first_on
    names = weeks.channels
    warehouse = DraftWarehouse().hold(
        Facts(
            campaign=tuple({"campaign_id": each, "channel": each} for each in names),
            campaign_spend=tuple(spend(each, day, "1") for each in names),
        )
    )
    scope = Scope(Period(day, day), day)
    found = spend_response(warehouse, scope)
    told = found.filter("has_curve")
    assert told["channel"].unique(maintain_order=True).to_list() == ["Search", "Social"]
    search = told.filter(channel="Search")
    assert len(search) == POINTS + 1
    assert search["spend_per_week"][0] == 0
    assert search["spend_per_week"][-1] == pytest.approx(weeks.whole[2].max())
    assert (search["mqls_low"] <= search["mqls"]).all()
    assert (search["mqls"] <= search["mqls_high"]).all()
    assert search["mqls"].is_sorted()
    assert found.filter(~found["has_curve"])["channel"].to_list() == ["Fairs", "Print"]
    only = replace(scope, filters=(Filter(Dimension.CHANNEL, ("Print", "Social")),))
    one = spend_response(warehouse, only)
    assert one.equals(found.filter(found["channel"].is_in(["Print", "Social"])))
