"""The quotient of two counts, and the interval around a share or a ratio."""

from __future__ import annotations

import polars as pl
import pytest
from statsmodels.stats.proportion import proportion_confint

from metrics.rates import ratio, ratio_interval, wilson


def test_intervals_against_published_values() -> None:
    # 10 of 10 and 0 of 10: z² ÷ (n + z²) = 3.8415 ÷ 13.8415 = 0.27753 is missing from either
    # end. 842 of 8,000: the won leads of a published funnel. 81 of 263 and 15 of 148: Newcombe
    # (1998), table I, method 3.
    cases = [
        (10, 10, 0.72247, 1.0),
        (0, 10, 0.0, 0.27753),
        (842, 8000, 0.0987, 0.1122),
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ]
    frame = pl.DataFrame(cases, schema=["won", "of", "low", "high"], orient="row")
    low, high = wilson(pl.col("won"), pl.col("of"))
    found = frame.select(low.alias("low"), high.alias("high"))
    for (_, _, expected_low, expected_high), (low_found, high_found) in zip(
        cases, found.rows(), strict=True
    ):
        assert low_found == pytest.approx(expected_low, abs=6e-5)
        assert high_found == pytest.approx(expected_high, abs=6e-5)
    nothing = pl.DataFrame({"won": [0, None], "of": [0, None]}, schema={"won": int, "of": int})
    assert nothing.select(low.alias("low"), high.alias("high")).rows() == [(None, None)] * 2


def test_a_share_lies_within_its_interval() -> None:
    frame = pl.DataFrame(
        [(won, of) for of in range(1, 301) for won in {0, 1, of // 2, of - 1, of}],
        schema=["won", "of"],
        orient="row",
    )
    low, high = wilson(pl.col("won"), pl.col("of"))
    share = pl.col("won") / pl.col("of")
    assert frame.filter((low > share) | (high < share)).rows() == []


def test_a_ratio_is_null_without_a_denominator() -> None:
    counts = pl.DataFrame(
        [(3, 4), (0, 4), (5, 4), (0, 0), (3, 0), (3, None), (None, 4)],
        schema={"of": pl.Int64, "among": pl.Int64},
        orient="row",
    )
    found = counts.select(share=ratio(pl.col("of"), pl.col("among")))["share"]
    assert found.to_list() == [0.75, 0.0, 1.25, None, None, None, None]


def test_the_interval_of_a_ratio_is_the_odds_of_a_share() -> None:
    counts = [(12, 8), (8, 12), (235, 175), (0, 9), (40, 1)]
    frame = pl.DataFrame(counts, schema=["above", "below"], orient="row")
    bounds = ratio_interval(pl.col("above"), pl.col("below"))
    found = frame.select(low=bounds[0], high=bounds[1]).rows()
    for (above, below), (low, high) in zip(counts, found, strict=True):
        expected = proportion_confint(above, above + below, method="wilson")
        assert (low, high) == pytest.approx([each / (1 - each) for each in expected], abs=1e-9)
        assert low <= above / below <= high
    nothing = frame.with_columns(below=pl.lit(0)).select(low=bounds[0], high=bounds[1])
    assert nothing.rows() == [(None, None)] * len(counts)
