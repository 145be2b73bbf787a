"""The design effect of records that share an account."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.estimators.comparing.clustering import AccountSums, design_effect
from metrics.estimators.comparing.proportions import wilson

accounts = st.lists(
    st.integers(0, 12).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))), min_size=1
)


@given(accounts)
def test_the_sums_give_what_the_residuals_of_each_account_give(
    counts: list[tuple[int, int]],
) -> None:
    converted, reached = np.array(counts, float).T
    found = design_effect(AccountSums.of(converted, reached))
    number = sum(of > 0 for _, of in counts)
    if number < 2:
        assert np.isnan(found)
        return
    share = converted.sum() / reached.sum()
    if share in (0, 1):
        assert found == 1
        return
    residuals = sum((won - share * of) ** 2 for won, of in counts)
    expected = number / (number - 1) * residuals / (reached.sum() * share * (1 - share))
    assert found == pytest.approx(max(1, expected), rel=1e-9)


def test_accounts_of_one_record_are_as_good_as_no_accounts() -> None:
    converted = np.array([1.0] * 30 + [0.0] * 70)
    assert design_effect(AccountSums.of(converted, np.ones(100))) == pytest.approx(100 / 99)


def test_intervals_of_effective_counts_cover_where_plain_ones_do_not() -> None:
    generator = np.random.default_rng(3)
    covered = {"plain": 0, "effective": 0}
    for _ in range(600):
        reached = generator.integers(1, 9, size=120).astype(float)
        chances = generator.beta(0.15 * 3, 0.85 * 3, size=120)
        converted = generator.binomial(reached.astype(int), chances).astype(float)
        deff = design_effect(AccountSums.of(converted, reached))
        for name, divisor in (("plain", 1.0), ("effective", deff)):
            low, high = wilson(converted.sum() / divisor, reached.sum() / divisor)
            covered[name] += bool(low <= 0.15 <= high)
    assert covered["plain"] / 600 < 0.87
    assert 0.92 < covered["effective"] / 600 < 0.97
