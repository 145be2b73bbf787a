"""Shares and scores of trials, with intervals that allow for trials of one company being alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bench.calibration.trial import OURS
from data.sample_company.families.nature import Family
from metrics.estimators.comparing.clustering import AccountSums, design_effect
from metrics.estimators.comparing.proportions import wilson
from metrics.forecast.back_test import BASELINES

INTERVALS = {0.5: ("p25", "p75"), 0.8: ("p10", "p90"), 0.95: ("p2_5", "p97_5")}

BOOTSTRAPS = 1_000


@dataclass(frozen=True, slots=True)
class Share:
    """How often something was so, with its 95% interval; trials of one company are alike."""

    trials: int
    share: float
    low: float
    high: float

    @classmethod
    def of(cls, so: NDArray[np.bool_], companies: Sequence[str]) -> Share:
        """The share of trials in which it was so, of these companies; NaN without trials."""
        hits = so.astype(np.float64)
        if not hits.size:
            return cls(0, np.nan, np.nan, np.nan)
        _, company = np.unique(np.asarray(companies), return_inverse=True)
        trials = np.bincount(company).astype(np.float64)
        effect = design_effect(
            AccountSums.of(np.bincount(company, hits).astype(np.float64), trials)
        )
        effective = len(hits) / (effect if np.isfinite(effect) else 1.0)
        low, high = wilson(np.array(hits.mean() * effective), np.array(effective))
        return cls(len(hits), float(hits.mean()), float(low), float(high))

    def __str__(self) -> str:
        if not self.trials:
            return ""
        return f"{self.share:.0%} ({self.low:.0%}–{self.high:.0%})"

    def meets(self, low: float, high: float) -> str:
        """Whether the share lies within bounds, and whether it could have by chance."""
        if low <= self.share <= high:
            return "met"
        return "missed, within chance" if self.low <= high and self.high >= low else "missed"


def families(frame: pl.DataFrame) -> list[tuple[str, pl.DataFrame]]:
    """The rows of each family, in the order of `Family`, then all."""
    found = [(each.value, frame.filter(family=each.value)) for each in Family]
    return [*((name, rows) for name, rows in found if len(rows)), ("all", frame)]


def hit(rows: pl.DataFrame) -> Share:
    """How often the target was hit in these plans."""
    return Share.of(rows["is_hit"].to_numpy(), rows["company"].to_list())


def within(rows: pl.DataFrame, level: float) -> Share:
    """How often the interval of these forecasts held what was won."""
    low, high = (rows[name] for name in INTERVALS[level])
    inside = (rows["actual"] >= low) & (rows["actual"] <= high)
    return Share.of(inside.to_numpy(), rows["company"].to_list())


def comparable(own: pl.DataFrame) -> pl.DataFrame:
    """Revenue forecasts that all methods made: one row each, the score of each method by column."""
    of_revenue = own.filter(kind="revenue").with_columns(
        (pl.col("crps") / pl.col("level")).alias("score")
    )
    index = ["family", "company", "ahead"]
    return of_revenue.pivot("method", index=index, values="score").drop_nulls()


def skill(scores: pl.DataFrame) -> tuple[str, float, float, float]:
    """The baseline of least mean score, and how much less ours is, with a 95% interval.

    The interval is a bootstrap over companies, the baseline chosen anew each time.
    """
    names = [each.value for each in BASELINES]
    sums = scores.group_by("company", maintain_order=True).agg(pl.col(OURS, *names).sum())
    ours, others = sums[OURS].to_numpy(), sums.select(names).to_numpy()
    rng = np.random.default_rng(1)
    picked = rng.integers(len(sums), size=(BOOTSTRAPS, len(sums)))
    drawn = 1 - ours[picked].sum(axis=1) / others[picked].sum(axis=1).min(axis=1)
    best = int(others.sum(axis=0).argmin())
    low, high = np.quantile(drawn, [0.025, 0.975])
    return names[best], 1 - ours.sum() / others[:, best].sum(), float(low), float(high)


def table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)
