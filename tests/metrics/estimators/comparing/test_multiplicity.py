"""Adjusted p-values of many differences."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from metrics.estimators.comparing.multiplicity import benjamini_hochberg

chances = st.lists(st.floats(0, 1) | st.just(float("nan")), max_size=30)


@given(chances)
def test_adjusted_values_are_those_of_statsmodels_among_the_tested(values: list[float]) -> None:
    p_values = np.array(values, float)
    found = benjamini_hochberg(p_values)
    tested = ~np.isnan(p_values)
    np.testing.assert_array_equal(np.isnan(found), ~tested)
    if tested.any():
        expected = multipletests(p_values[tested], method="fdr_bh")[1]
        np.testing.assert_allclose(found[tested], expected, atol=1e-15)


def test_the_given_values_stay_and_what_is_no_chance_is_refused() -> None:
    given_values = np.array([0.2, 0.01])
    benjamini_hochberg(given_values)
    assert given_values.tolist() == [0.2, 0.01]
    with pytest.raises(ValueError, match="p"):
        benjamini_hochberg(np.array([0.2, 1.2]))
