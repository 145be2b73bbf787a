"""The difference of two proportions: interval, chance, and when to say nothing."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2, chi2_contingency
from scipy.stats.contingency import expected_freq
from statsmodels.stats.proportion import confint_proportions_2indep, test_proportions_2indep

from metrics.estimators.comparing.difference import (
    Floats,
    expected_events,
    newcombe,
    p_below,
    p_value,
)

score_test = test_proportions_2indep
del test_proportions_2indep  # or pytest collects it


Counts: TypeAlias = tuple[float, float, float, float]


@st.composite
def groups(draw: st.DrawFn) -> Counts:
    """Successes and trials of two groups, as counts or as fractions of them."""
    counts = []
    for _ in range(2):
        trials = draw(st.integers(1, 400))
        deff = draw(st.sampled_from([1.0, 1.7]))
        counts += [draw(st.integers(0, trials)) / deff, trials / deff]
    return counts[0], counts[1], counts[2], counts[3]


def arrays(counts: Counts) -> tuple[Floats, Floats, Floats, Floats]:
    won, of, others, others_of = (np.array([count], float) for count in counts)
    return won, of, others, others_of


@given(groups(), st.sampled_from([0.8, 0.95]))
def test_the_interval_is_that_of_statsmodels(counts: Counts, level: float) -> None:
    found = [float(bound[0]) for bound in newcombe(*arrays(counts), level)]
    expected = confint_proportions_2indep(*counts, method="newcomb", alpha=1 - level)
    assert found == pytest.approx(expected, abs=1e-12)


def test_published_intervals() -> None:
    # Newcombe (1998), table II, method 10.
    cases = [(56, 70, 48, 80), (9, 10, 3, 10), (6, 7, 2, 7), (5, 56, 0, 29), (0, 10, 0, 20)]
    won, of, others, others_of = np.array(cases, float).T
    low, high = newcombe(won, of, others, others_of)
    assert low.round(4).tolist() == [0.0524, 0.1705, 0.0582, -0.0381, -0.1611]
    assert high.round(4).tolist() == [0.3339, 0.8090, 0.8062, 0.1926, 0.2775]


@given(groups())
def test_the_interval_of_the_difference_the_other_way_round_is_mirrored(
    counts: Counts,
) -> None:
    low, high = newcombe(*arrays(counts))
    won, of, others, others_of = arrays(counts)
    mirrored_low, mirrored_high = newcombe(others, others_of, won, of)
    assert float(low[0]) == pytest.approx(-float(mirrored_high[0]), abs=1e-14)
    assert float(high[0]) == pytest.approx(-float(mirrored_low[0]), abs=1e-14)


@given(groups())
def test_chance_is_that_of_the_score_test(counts: Counts) -> None:
    found = float(p_value(*arrays(counts))[0])
    won, of = counts[0] + counts[2], counts[1] + counts[3]
    if of <= 1:
        assert np.isnan(found)
    elif won in (0, of):
        assert found == 1
    else:
        with np.errstate(divide="ignore"):
            expected = score_test(*counts, method="score", correction=True, return_results=False)[1]
        assert found == pytest.approx(expected, rel=1e-6, abs=1e-12)


@given(groups())
def test_the_chance_to_fall_short_is_half_of_that_to_differ(counts: Counts) -> None:
    won, of, others, others_of = arrays(counts)
    both, below = p_value(won, of, others, others_of), p_below(won, of, others, others_of)
    above = p_below(others, others_of, won, of)
    if np.isnan(both[0]):
        assert np.isnan(below[0])
    elif won[0] / of[0] < others[0] / others_of[0] and both[0] < 1:
        assert float(below[0]) == pytest.approx(both[0] / 2)
        assert float(above[0]) == pytest.approx(1 - both[0] / 2)
    elif both[0] == 1:
        assert below[0] == above[0] == 1


def test_chance_is_that_of_pearson_but_for_one_trial() -> None:
    statistic = chi2_contingency([[56, 14], [48, 32]], correction=False).statistic * 149 / 150
    found = float(p_value(*arrays((56, 70, 48, 80)))[0])
    assert found == pytest.approx(chi2.sf(statistic, df=1))


def test_equal_proportions_differ_by_more_than_chance_one_time_in_twenty() -> None:
    generator = np.random.default_rng(5)
    won, others = generator.binomial([[60], [25]], 0.15, size=(2, 4000)).astype(float)
    rejected = p_value(won, np.full(4000, 60.0), others, np.full(4000, 25.0)) < 0.05
    assert 0.035 < rejected.mean() < 0.06


def test_nothing_has_no_difference() -> None:
    for counts in ((0.0, 0.0, 3.0, 5.0), (3.0, 5.0, 0.0, 0.0)):
        assert np.isnan(newcombe(*arrays(counts))).all()
        assert np.isnan(p_value(*arrays(counts))).all()
    assert np.isnan(p_value(*arrays((0.2, 0.5, 0.1, 0.5)))).all()


@given(groups())
def test_expected_events_are_those_of_the_thinnest_cell(
    counts: Counts,
) -> None:
    won, of, other, other_of = counts
    table = np.array([[won, of - won], [other, other_of - other]])
    expected = expected_freq(table).min()
    assert float(expected_events(*arrays(counts))[0]) == pytest.approx(expected, abs=1e-9)
