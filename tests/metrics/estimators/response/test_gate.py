"""The gate: what opens it, and each reason that keeps it shut, in words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from statsmodels.stats.outliers_influence import variance_inflation_factor

from metrics.estimators.response.gate import Condition, Gate, gate, variance_inflation
from metrics.estimators.response.panel import Panel
from tests.metrics.estimators.response.planted import panel


def judged(data: Panel) -> Gate:
    return gate(data, np.random.default_rng(41))


def failed(data: Panel) -> set[tuple[Condition, str | None]]:
    return {(each.condition, each.channel) for each in judged(data).failures}


def test_regions_by_weeks_with_strong_curves_pass() -> None:
    found = judged(panel(seed=1))
    assert found.open
    assert found.failures == ()
    assert found.curves is not None


@pytest.mark.parametrize("months", [12, 36, 60])
def test_months_alone_are_refused(months: int) -> None:
    found = judged(panel(seed=2, units=1, periods=months, channels=1))
    assert found.curves is None
    assert found.failures[0].condition is Condition.OBSERVATIONS
    assert found.failures[0].value == pytest.approx(months / 7)
    takes = f"There are {months / 7:.1f} observations per parameter; it takes 12."
    assert found.failures[0].sentence == takes


def test_spend_that_hardly_varies_is_refused_by_name() -> None:
    data = panel(seed=3)
    steady = data.spend.copy()
    steady[1] = 60 * np.random.default_rng(1).uniform(0.9, 1.1, steady[1].shape)
    found = judged(replace(data, spend=steady))
    assert {(each.condition, each.channel) for each in found.failures} == {
        (Condition.RANGE, "Social"),
        (Condition.VARIATION, "Social"),
    }
    sentences = [each.sentence for each in found.failures]
    assert sentences[0] == "The largest spend on Social is 1.2 times the smallest; it takes 3."
    assert sentences[1] == "Spend on Social varies by 6% of its mean within a unit; it takes 30%."


def test_regions_that_differ_and_never_change_do_not_vary() -> None:
    data = panel(seed=4, channels=1)
    steady = np.broadcast_to(np.arange(1, 13.0)[:, None], data.outcome.shape)[None]
    assert (Condition.VARIATION, "Search") in failed(replace(data, spend=steady))
    assert (Condition.APART, "Search") in failed(replace(data, spend=steady))


def test_channels_that_go_together_are_refused() -> None:
    data = panel(seed=5)
    together = data.spend.copy()
    together[1] = 0.5 * together[0] * np.random.default_rng(1).uniform(0.9, 1.1, together[0].shape)
    found = failed(replace(data, spend=together))
    assert found == {(Condition.APART, "Search"), (Condition.APART, "Social")}


def test_curves_that_the_past_does_not_tell_are_refused() -> None:
    noisy = judged(panel(seed=6, noise=30.0))
    assert Condition.LEARNT in {each.condition for each in noisy.failures}
    assert noisy.curves is None
    sentence = next(each.sentence for each in noisy.failures if each.condition is Condition.LEARNT)
    assert "of what was unknown about the slope of" in sentence


def test_a_straight_line_is_not_called_a_curve() -> None:
    data = panel(seed=7, channels=1)
    straight = 40 + 0.1 * data.spend[0]
    noise = np.random.default_rng(3).standard_normal(straight.shape)
    found = judged(replace(data, outcome=straight + 4 * noise))
    gains = [each for each in found.failures if each.condition is Condition.GAIN]
    assert len(gains) == 1
    assert gains[0].sentence.endswith("standard errors; it takes 1.")


def test_the_inflation_is_that_of_statsmodels() -> None:
    data = panel(seed=8, units=3, periods=50)
    spend = data.spend.copy()
    spend[2] += 0.5 * spend[0]
    levels = np.repeat(np.eye(3), 50, axis=0)
    design = np.column_stack((spend.reshape(3, -1).T, levels, data.controls.reshape(1, -1).T))
    left = design[:, :3] - design[:, 3:] @ np.linalg.lstsq(design[:, 3:], design[:, :3])[0]
    found = variance_inflation(replace(data, spend=spend))
    assert found == pytest.approx([variance_inflation_factor(left, each) for each in range(3)])
    assert found[0] > 1.1
