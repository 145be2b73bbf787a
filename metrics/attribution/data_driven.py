"""Data-driven models: what each segment adds to the chance that a journey converts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.engine.warehouse import Warehouse
from metrics.attribution.chains import (
    MOST_GROUPED,
    chances_to_come,
    first_order_steps,
    longer_steps,
)
from metrics.attribution.journeys import GROUPS, ChainCounts, chain_counts
from metrics.attribution.models import DATA_DRIVEN
from metrics.attribution.question import Question
from metrics.estimators.credit import chain, longer_memory

Floats = NDArray[np.float64]

*MARKOV, SHAPLEY = DATA_DRIVEN


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """Of each data-driven model, the weight of every segment; they need not add up to 1.

    `merged` are the small segments that Shapley took as one, of which each has its part by touches.
    `steps` are those of the chain of order 1, by group of accounts up to `MOST_GROUPED` segments
    (`first_order_steps`).
    """

    segments: tuple[str, ...]
    of_models: dict[str, Floats]
    merged: tuple[str, ...]
    steps: Floats
    journeys: int
    conversions: int


def weights(warehouse: Warehouse, question: Question, lookback_days: int) -> Weights:
    """What is each segment worth in a journey, by removal effect and by Shapley value?

    Removal effects of chains of order 1 to 3 and Shapley values on the chain of order 1, of the
    journeys of `chain_counts`; of these the models that the question has. A segment in no journey
    that may convert is worth 0. Raises what `chain_counts` does.
    """
    counts = chain_counts(warehouse, question, lookback_days)
    groups = GROUPS if len(counts.segments) <= MOST_GROUPED else 1
    return learned(counts, chances_to_come(counts), groups, question.models)


def learned(
    counts: ChainCounts,
    chances: pl.Series,
    groups: int = GROUPS,
    models: Collection[str] = DATA_DRIVEN,
) -> Weights:
    """The same of counted journeys; `chances` is how likely each of their ends is to convert."""
    by_group = first_order_steps(counts, chances, groups)
    steps = by_group.sum(axis=0)
    of_models = {MARKOV[0]: _known(chain.removal_effects(steps))}
    for order in (2, 3):
        if (name := MARKOV[order - 1]) in models:
            effects = longer_memory.removal_effects(longer_steps(counts, order, chances))
            of_models[name] = _known(effects)
    of_models[SHAPLEY], merged = _shapley(steps)
    return Weights(
        counts.segments,
        of_models,
        tuple(counts.segments[place] for place in merged),
        by_group,
        counts.journeys,
        counts.conversions,
    )


def _known(effects: Floats) -> Floats:
    """Where nothing converts there is no effect."""
    return np.clip(np.nan_to_num(effects), 0, None)


def _shapley(steps: Floats) -> tuple[Floats, list[int]]:
    """The Shapley value of each segment; beyond the most channels the small ones count as one."""
    size = len(steps) - 1
    touches = steps[:, :size].sum(axis=0)
    if size <= chain.MOST_CHANNELS:
        return _known(chain.chain_shapley(steps)), []
    order = np.argsort(-touches, kind="stable")
    kept, merged = order[: chain.MOST_CHANNELS - 1], order[chain.MOST_CHANNELS - 1 :]
    place = np.full(size, len(kept))
    place[kept] = np.arange(len(kept))
    narrow = np.zeros((len(kept) + 2, len(kept) + 3))
    rows = np.concatenate(([0], place + 1))
    columns = np.concatenate((place, [len(kept) + 1, len(kept) + 2]))
    np.add.at(narrow, (rows[:, None], columns[None, :]), steps)
    values = _known(chain.chain_shapley(narrow))
    part = touches[merged] / max(touches[merged].sum(), 1)
    spread = np.zeros(size)
    spread[kept] = values[: len(kept)]
    spread[merged] = values[len(kept)] * part
    return spread, sorted(merged.tolist())
