"""Counts by age, from the rows of `ages` to the arrays of estimators."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from metrics.estimators.age_counts import AgeCounts

THINNEST_RISK = 10

THINNEST_SHARE = 0.1
"""An age is estimated while so many records, or this share of few, are at risk."""


@dataclass(frozen=True, slots=True)
class Cohorts:
    """The fates of the entries of each past month."""

    months: tuple[date, ...]
    ages: tuple[AgeCounts, ...]


def age_counts(rows: pl.DataFrame, horizon: int) -> AgeCounts:
    """The rows of one way (`age_days`, `records`, `converted`, `exited`, `open`) as counts."""
    return AgeCounts.of(
        rows["age_days"].to_numpy(),
        entered=rows["records"].to_numpy(),
        converted=rows["converted"].to_numpy(),
        exited=rows["exited"].to_numpy(),
        censored=rows["open"].to_numpy(),
        horizon=horizon,
    )


def horizon_days(rows: pl.DataFrame) -> int:
    """The last age in days at which enough records are at risk; 1 where there is none."""
    if rows.is_empty():
        return 1
    oldest: int = rows["age_days"].max()  # type: ignore[assignment]
    at_risk = age_counts(rows, max(1, oldest)).at_risk
    enough = max(1.0, min(THINNEST_RISK, THINNEST_SHARE * at_risk.max()))
    return max(1, int(np.flatnonzero(at_risk >= enough)[-1]))


def cohorts(rows: pl.DataFrame, horizon: int) -> Cohorts:
    """The rows of one way with the month of entry (`month_on`), month by month."""
    parts = rows.partition_by("month_on", as_dict=True)
    months = sorted(month for (month,) in parts)
    return Cohorts(tuple(months), tuple(age_counts(parts[(month,)], horizon) for month in months))
