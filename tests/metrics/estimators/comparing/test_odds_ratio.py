"""Odds ratios adjusted over strata."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import StratifiedTable

from metrics.estimators.comparing.odds_ratio import adjusted_odds_ratio


@st.composite
def strata(draw: st.DrawFn) -> np.ndarray[Any, Any]:
    """[converted, reached, others, others reached] per stratum; some groups are empty."""
    columns = []
    for _ in range(draw(st.integers(1, 5))):
        reached, others = draw(st.integers(0, 80)), draw(st.integers(0, 80))
        columns.append(
            [draw(st.integers(0, reached)), reached, draw(st.integers(0, others)), others]
        )
    return np.array(columns, float).T


@given(strata(), st.sampled_from([0.8, 0.95]))
def test_ratio_interval_and_chance_are_those_of_statsmodels(
    counts: np.ndarray[Any, Any], level: float
) -> None:
    converted, reached, others, others_reached = counts
    found = adjusted_odds_ratio(converted, reached, others, others_reached, level)
    used = (reached > 0) & (others_reached > 0)
    tables = np.array([[converted, reached - converted], [others, others_reached - others]])
    agree = (tables[0, 0] * tables[1, 1])[used].sum()
    disagree = (tables[0, 1] * tables[1, 0])[used].sum()
    if not agree or not disagree:
        assert np.isnan(found.low)
        assert np.isnan(found.high)
        assert found.ratio == (np.inf if agree else 0) or not (agree or disagree)
        return
    expected = StratifiedTable(tables[:, :, used])
    assert float(found.ratio) == pytest.approx(expected.oddsratio_pooled)
    interval = expected.oddsratio_pooled_confint(alpha=1 - level)
    assert (float(found.low), float(found.high)) == pytest.approx(interval)
    chance = expected.test_null_odds(correction=False).pvalue
    assert float(found.p_value) == pytest.approx(chance, rel=1e-6, abs=1e-12)


def test_a_confounded_ratio_is_one_within_strata() -> None:
    # Old records convert at 50% and mostly have it; young ones at 10% and mostly do not.
    converted, reached = np.array([45.0, 1]), np.array([90.0, 10])
    others, others_reached = np.array([5.0, 9]), np.array([10.0, 90])
    found = adjusted_odds_ratio(converted, reached, others, others_reached)
    assert float(found.ratio) == pytest.approx(1)
    assert float(found.p_value) == pytest.approx(1)
    plain = adjusted_odds_ratio(
        np.array([46.0]), np.array([100.0]), np.array([14.0]), np.array([100.0])
    )
    assert float(plain.ratio) == pytest.approx(46 / 54 / (14 / 86))
    assert float(plain.low) > 1


def test_effective_counts_leave_the_ratio_and_widen_the_interval() -> None:
    counts = np.array([[30.0, 10], [60, 40], [20, 8], [60, 50]])
    plain, effective = adjusted_odds_ratio(*counts), adjusted_odds_ratio(*counts / 2)
    assert float(effective.ratio) == pytest.approx(float(plain.ratio))
    widths = [np.log(each.high / each.low) for each in (plain, effective)]
    assert float(widths[1] / widths[0]) == pytest.approx(np.sqrt(2))


def test_a_stratum_of_less_than_a_record_says_nothing_of_chance() -> None:
    counts = np.array([[30.0, 0.2], [60.0, 0.4], [20.0, 0.0], [60.0, 0.4]])
    with_it, without = adjusted_odds_ratio(*counts), adjusted_odds_ratio(*counts[:, :1])
    assert float(with_it.p_value) == float(without.p_value)


def test_an_empty_stratum_changes_nothing() -> None:
    counts = np.array([[30.0, 0], [60, 0], [20, 0], [60, 0]])
    assert adjusted_odds_ratio(*counts) == adjusted_odds_ratio(*counts[:, :1])


def test_cases_are_told_apart_and_nothing_gives_nothing() -> None:
    counts = np.array([[[3.0, 4], [0, 0]], [[9, 9], [0, 5]], [[1, 2], [0, 0]], [[9, 9], [7, 0]]])
    found = adjusted_odds_ratio(*counts)
    alone = adjusted_odds_ratio(*counts[:, 0])
    assert float(found.ratio[0]) == float(alone.ratio)
    for each in (found.ratio, found.low, found.high, found.p_value):
        assert np.isnan(each[1])
