"""The chance that an open deal is won, from the stage it is in and how long it has been there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from metrics.estimators.effective_records import effective_records
from metrics.forecast.by_pipeline import stage_win_rates
from metrics.funnel.counts import age_counts, horizon_days

PRIOR_DEALS = 2
"""Deals of the usual win rate that are added to each stage, so that few deals say little."""


@dataclass(frozen=True, slots=True)
class Chance:
    """The chance of a win, and of how many fully observed deals it is worth."""

    rate: float
    deals: float


def usual_rate(won: int, closed: int) -> float:
    """The win rate of all deals, one won and one lost added.

    >>> usual_rate(9, 18)
    0.5
    """
    return float(stage_win_rates(np.array([won]), np.array([closed]))[0])


def chances(fates: pl.DataFrame, usual: float) -> dict[tuple[str, int], Chance]:
    """What becomes of deals that have been in a stage for so many days?

    `fates` has one row per stage, days in it (`days_from`) and age in days since then, with those
    won (`converted`), lost (`exited`) and still open at it. The chance is the incidence of winning
    by the last age with enough at risk; losing competes with it, and open deals count as long as
    they are seen. Two deals of the `usual` rate are added.

    Source: landmark estimates (van Houwelingen 2007) of the Aalen-Johansen incidence.

    >>> fates = pl.DataFrame({"stage": ["Offer"] * 2, "days_from": [0, 0], "age_days": [5, 9],
    ...                       "converted": [6, 0], "exited": [0, 2], "open": [0, 0]})
    >>> chances(fates, usual=0.5)["Offer", 0]
    Chance(rate=0.7, deals=8.0)
    """
    found: dict[tuple[str, int], Chance] = {}
    for (stage, days), rows in fates.partition_by("stage", "days_from", as_dict=True).items():
        came = int(rows.select(pl.sum_horizontal("converted", "exited", "open").sum()).item())
        start = pl.DataFrame({"age_days": [0], "records": [came]})
        counts = pl.concat(
            [start, rows.select("age_days", "converted", "exited", "open")], how="diagonal_relaxed"
        ).fill_null(0)
        last = horizon_days(counts)
        won, deals = effective_records(age_counts(counts, last), last)
        rate = (won + PRIOR_DEALS * usual) / (deals + PRIOR_DEALS)
        found[str(stage), int(str(days))] = Chance(round(float(rate), 12), round(deals, 9))
    return found
