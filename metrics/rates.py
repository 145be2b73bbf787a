"""Rates: the quotient of two counts, and how sure a measured share or ratio is."""

from __future__ import annotations

import polars as pl

Z_95 = 1.959963984540054
"""The 97.5% quantile of the standard normal distribution."""

MOST_UNKNOWN = 0.1
"""Of what an estimate is made of, the share that may lack a day or an amount, and be left out."""


def ratio(numerator: pl.Expr, denominator: pl.Expr) -> pl.Expr:
    """The quotient of two counts; null without a denominator, and where it is 0.

    >>> counts = pl.DataFrame({"won": [1, 0], "of": [4, 0]})
    >>> counts.select(ratio(pl.col("won"), pl.col("of")))["won"].to_list()
    [0.25, None]
    """
    return pl.when(denominator > 0).then(numerator / denominator)


def wilson(successes: pl.Expr, trials: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """The bounds of the 95% score interval of a binomial share; null without trials.

    Source: Wilson (1927). Unlike the normal approximation it stays within 0 and 1 and
    is useful for 0 of 10.

    >>> low, high = wilson(pl.lit(842), pl.lit(8000))
    >>> pl.select(low.round(4).alias("low"), high.round(4).alias("high")).row(0)
    (0.0987, 0.1122)
    """
    square = Z_95**2
    share = successes / trials
    centre = (share + square / (2 * trials)) / (1 + square / trials)
    spread = (share * (1 - share) / trials + square / (4 * trials**2)).sqrt()
    half = Z_95 / (1 + square / trials) * spread
    # Of all or none the bounds are 1 and 0 exactly, which rounding would miss.
    low = pl.min_horizontal((centre - half).clip(0, 1), share)
    high = pl.max_horizontal((centre + half).clip(0, 1), share)
    return pl.when(trials > 0).then(low), pl.when(trials > 0).then(high)


def ratio_interval(numerator: pl.Expr, denominator: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """The bounds of the 95% interval of a ratio of two counts; null where the one below is 0.

    Neither count is a part of the other, so the ratio may exceed 1. Given their sum, the numerator
    is a binomial count: its Wilson interval [l, u] becomes [l ÷ (1 − l), u ÷ (1 − u)].

    >>> low, high = ratio_interval(pl.lit(12), pl.lit(8))
    >>> pl.select(low.round(2).alias("low"), high.round(2).alias("high")).row(0)
    (0.63, 3.57)
    """
    low, high = wilson(numerator, numerator + denominator)
    return (
        pl.when(denominator > 0).then(low / (1 - low)),
        pl.when(denominator > 0).then(high / (1 - high)),
    )
