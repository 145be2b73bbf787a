"""Rates of segments against all others: intervals, and what is more than chance."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from metrics.chance import Verdict, judged
from metrics.estimators.comparing.clustering import design_effects
from metrics.estimators.comparing.difference import expected_events, p_value
from metrics.estimators.comparing.proportions import wilson
from metrics.rates import ratio
from metrics.segments.counted import SUMS
from metrics.segments.measures import Measure

Floats = NDArray[np.float64]

ALONE = "there are no others to compare with"
ONE_ACCOUNT = "all are of one account, which does not tell how accounts differ"
TOO_FEW = "fewer than five would be expected by chance"


def judged_rates(rows: pl.DataFrame, measure: Measure) -> pl.DataFrame:
    """The share of a cohort that went on, its interval, and the verdict against all others.

    `rows` are all segments of the scope, with the counts of the rate's stages and the sums named in
    `SUMS`, each followed by the rate's name.
    """
    start, end = measure.way
    reached, converted = (
        rows[f"reached_{stage.value}"].cast(pl.Float64).to_numpy() for stage in (start, end)
    )
    sums = {name: rows[f"{name}_{measure.value}"].to_numpy() for name in SUMS}
    own = design_effects(
        sums["accounts"],
        reached,
        converted,
        sums["reached_squared"],
        sums["converted_squared"],
        sums["converted_by_reached"],
    )
    others_reached, others_converted = reached.sum() - reached, converted.sum() - converted
    others = _effect_of_others(sums, others_reached, others_converted)
    low, high = wilson(converted / own, reached / own)
    effective = (
        converted / own,
        reached / own,
        others_converted / others,
        others_reached / others,
    )
    adjusted, verdicts = judged(p_value(*effective), expected_events(*effective))
    is_of_one = (np.isnan(own) & (reached > 0)) | (np.isnan(others) & (others_reached > 0))
    return rows.with_columns(
        value=ratio(pl.lit(pl.Series(converted)), pl.lit(pl.Series(reached))),
        records=pl.Series(reached.astype(np.int64)),
        low=_known(low),
        high=_known(high),
        others=ratio(pl.lit(pl.Series(others_converted)), pl.lit(pl.Series(others_reached))),
        others_records=pl.Series(others_reached.astype(np.int64)),
        p_value=_known(adjusted),
        chance=pl.Series([each.value for each in verdicts], dtype=pl.String),
        of_one=pl.Series(is_of_one),
    ).with_columns(
        reason=pl.when(pl.col("records") == 0)
        .then(pl.lit(f"nobody reached {start.word}"))
        .when(pl.col("others_records") == 0)
        .then(pl.lit(ALONE))
        .when("of_one")
        .then(pl.lit(ONE_ACCOUNT))
        .when(pl.col("chance") == Verdict.TOO_FEW.value)
        .then(pl.lit(TOO_FEW))
    )


def _effect_of_others(sums: dict[str, Floats], reached: Floats, converted: Floats) -> Floats:
    """The design effect of everyone else: of an account, its records less those of the segment."""
    accounts = np.round(sums["whole_accounts"].sum()) - sums["accounts_of_its_own"]
    by_all, by_all_reached = sums["reached_by_all"], sums["converted_by_all_reached"]
    converted_by_all = sums["converted_by_all"]
    return design_effects(
        accounts,
        reached,
        converted,
        by_all.sum() - 2 * by_all + sums["reached_squared"],
        converted_by_all.sum() - 2 * converted_by_all + sums["converted_squared"],
        by_all_reached.sum()
        - by_all_reached
        - sums["reached_by_all_converted"]
        + sums["converted_by_reached"],
    )


def _known(numbers: Floats) -> pl.Series:
    return pl.Series(numbers).fill_nan(None)
