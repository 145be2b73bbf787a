"""Counts by age, from the rows of `ages` to the arrays of estimators."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from data.errors import MetricError
from metrics.estimators.age_counts import AgeCounts
from metrics.health.counted_nowhere import ADVICE, Uncounted
from metrics.rates import MOST_UNKNOWN
from metrics.scope import Stage

COUNTS = ("records", "converted", "exited", "open", "undated")
"""What the rows of one way count at each age."""

THINNEST_RISK = 10

THINNEST_SHARE = 0.1
"""An age is estimated while so many records, or this share of few, are at risk."""


@dataclass(frozen=True, slots=True)
class Cohorts:
    """The fates of the entries of each past month."""

    months: tuple[date, ...]
    ages: tuple[AgeCounts, ...]


def untold(rows: pl.DataFrame) -> str | None:
    """Why the rows of one way do not tell when records convert, and what would; None where they do.

    Without those who converted on an unknown day everybody seems to convert less, and of more than
    a tenth of them nothing is estimated. Rows of deals have no `undated`: their days are told.

    >>> rows = pl.DataFrame({"to_stage": ["won", "won"], "converted": [0, 3], "undated": [1, 0]})
    >>> str(untold(rows)).split(". ")[0]
    'nobody can tell how soon records get to Won: 1 of the 4 that did has no day'
    >>> untold(rows.with_columns(converted=9)) is None
    True
    """
    if "undated" not in rows.columns:
        return None
    undated, converted = int(rows["undated"].sum()), int(rows["converted"].sum())
    if undated <= MOST_UNKNOWN * (undated + converted):
        return None
    stage = Stage(rows["to_stage"][0]).label
    have = "has" if undated == 1 else "have"
    return (
        f"nobody can tell how soon records get to {stage}: {undated:,} of the"
        f" {undated + converted:,} that did {have} no day. {ADVICE[Uncounted.UNDATED_STAGE]}"
    )


def age_counts(rows: pl.DataFrame, horizon: int, part_of: pl.DataFrame | None = None) -> AgeCounts:
    """The rows of one way (`age_days` and COUNTS) as counts.

    Raises MetricError where over a tenth of those who converted did on an unknown day (`untold`);
    of the rows that they are `part_of`, where an estimate of these lends them strength.
    """
    if why := untold(rows if part_of is None else part_of):
        raise MetricError(why)
    return _counted(rows, horizon)


def horizon_days(rows: pl.DataFrame) -> int:
    """The last age in days at which enough records are at risk; 1 where there is none."""
    if not rows["records"].sum():
        return 1
    oldest: int = rows["age_days"].max()  # type: ignore[assignment]
    at_risk = _counted(rows, max(1, oldest)).at_risk
    enough = max(1.0, min(THINNEST_RISK, THINNEST_SHARE * at_risk.max()))
    return max(1, int(np.flatnonzero(at_risk >= enough)[-1]))


def together(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of one way over all groups: one per age."""
    counts = pl.col(COUNTS).sum()
    return rows.group_by("from_stage", "to_stage", "age_days").agg(counts).sort("age_days")


def cohorts(rows: pl.DataFrame, horizon: int) -> Cohorts:
    """The rows of one way with the month of entry (`month_on`), month by month."""
    parts = rows.partition_by("month_on", as_dict=True)
    months = sorted(month for (month,) in parts)
    counted = tuple(age_counts(parts[(month,)], horizon, part_of=rows) for month in months)
    return Cohorts(tuple(months), counted)


def _counted(rows: pl.DataFrame, horizon: int) -> AgeCounts:
    return AgeCounts.of(
        rows["age_days"].to_numpy(),
        entered=rows["records"].to_numpy(),
        converted=rows["converted"].to_numpy(),
        exited=rows["exited"].to_numpy(),
        censored=rows["open"].to_numpy(),
        horizon=horizon,
    )
