"""Chains: the counted steps of journeys as arrays, open ones by their chance to convert."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from metrics.attribution.journeys import GROUPS, ChainCounts
from metrics.estimators.age_counts import AgeCounts
from metrics.estimators.credit.longer_memory import Steps
from metrics.estimators.incidence import Incidence, incidence

Floats = NDArray[np.float64]

MOST_GROUPED = 52
"""So many segments fit into one number that says which of them touched a conversion. Beyond it
bounds are not computed, and steps are counted of all accounts together."""

FOLDS = 8
"""Of the groups, every so many-th is held out together."""

FEWEST_CONVERSIONS = 30
"""Journeys that begin with a channel have a curve of their own from so many conversions on."""


def chances_to_come(counts: ChainCounts) -> pl.Series:
    """With what probability does each row of `ends` convert in the end? 1 where it has.

    For a journey of age a that is still open: (F(∞) − F(a)) ÷ (1 − F(a)), F being the share of
    journeys converted by each age, of those that began with the same channel where it has
    `FEWEST_CONVERSIONS`, else of all. To count an open journey as lost would take credit from
    channels whose journeys are long.
    """
    ends = counts.ends
    if ends.is_empty():
        return pl.Series("chance", [], pl.Float64)
    overall = _curve(ends)
    chances = np.ones(len(ends))
    for entry in ends["entry"].unique().to_list():
        rows = (ends["entry"] == entry).to_numpy()
        own = ends.filter(pl.col("entry") == entry)
        enough = own.filter("converted")["journeys"].sum() >= FEWEST_CONVERSIONS
        curve = _curve(own) if enough else overall
        is_open = rows & ~ends["converted"].to_numpy()
        by_now = curve.at(ends["age_days"].to_numpy()[is_open])
        to_come = np.maximum(curve.final - by_now, 0)
        chances[is_open] = np.divide(
            to_come, 1 - by_now, out=np.zeros_like(to_come), where=by_now < 1
        )
    return pl.Series("chance", chances)


def _curve(ends: pl.DataFrame) -> Incidence:
    converted = pl.when("converted").then("journeys").otherwise(0)
    by_age = ends.group_by("age_days").agg(pl.col("journeys").sum(), converted=converted.sum())
    came = by_age["converted"].to_numpy()
    counts = AgeCounts.from_start(
        by_age["age_days"].to_numpy(), came, by_age["journeys"].to_numpy() - came
    )
    return incidence(counts)


def first_order_steps(counts: ChainCounts, chances: pl.Series, groups: int = GROUPS) -> Floats:
    """[groups, segments + 1, segments + 2]: the steps of each group of accounts, of order 1.

    Groups of accounts are put together until there are `groups`. The first row is the start; the
    last two columns are conversions and ends without one, in which open journeys count in part:
    `chances` says how likely each end is to convert (`chances_to_come`).
    """
    size = len(counts.segments)
    steps = np.zeros((groups, size + 1, size + 2))
    moves, ends = counts.moves, counts.ends
    source = _places(moves["before_1"]) + 1
    index = (moves["grouped"].to_numpy() % groups, source, _places(moves["code"]))
    np.add.at(steps, index, moves["journeys"].to_numpy())
    last = (ends["grouped"].to_numpy() % groups, _places(ends["before_1"]) + 1)
    converted = (chances * ends["journeys"]).to_numpy()
    np.add.at(steps[..., size], last, converted)
    np.add.at(steps[..., size + 1], last, ends["journeys"].to_numpy() - converted)
    return steps


def _places(codes: pl.Series) -> NDArray[np.int64]:
    """Codes counted from 0 on; -1 for no touch."""
    return codes.fill_null(0).cast(pl.Int64).to_numpy() - 1


def longer_steps(counts: ChainCounts, order: int, chances: pl.Series) -> Steps:
    """The steps of all accounts by up to three of the last touches, as `first_order_steps`."""
    size = len(counts.segments)
    before = [f"before_{place}" for place in range(order, 0, -1)]
    moves, ends = counts.moves, counts.ends
    came = (chances * ends["journeys"]).to_numpy()
    last = [
        np.column_stack([_places(rows[name]) for name in before]) for rows in (moves, ends, ends)
    ]
    following = [
        _places(moves["code"]),
        np.full(len(ends), size),
        np.full(len(ends), size + 1),
    ]
    weight = [moves["journeys"].to_numpy(), came, ends["journeys"].to_numpy() - came]
    return Steps(
        np.concatenate(last), np.concatenate(following), np.concatenate(weight).astype(float), size
    )


def folds(counts: ChainCounts) -> NDArray[np.int64]:
    """The part of each row of `longer_steps` that is held out in turn, by group of accounts."""
    rows = (counts.moves, counts.ends, counts.ends)
    return np.asarray(np.concatenate([each["grouped"].to_numpy() for each in rows]) % FOLDS)


def group_numbers(rows: pl.DataFrame) -> NDArray[np.int64]:
    """The group of accounts of each row, as a number."""
    return rows["grouped"].str.to_integer(base=16).to_numpy()
