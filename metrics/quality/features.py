"""What is known of a lead when it comes in, as columns of 0 and 1 that a scoring model can name."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.schema.contract import UNASSIGNED
from data.terms.quality import COUNT_FEATURES, WORD_FEATURES

Floats = NDArray[np.float64]

FEWEST_WITH = 30
"""A value that fewer leads have is no feature of its own."""

MOST_VALUES = 12
"""So many values of a feature, the most frequent ones, are told apart."""

AT_LEAST = (1, 3, 10)
"""Counts are told apart from these on."""


@dataclass(frozen=True, slots=True)
class Feature:
    """A value of a word, or a number that a count reaches."""

    name: str
    value: str | None = None
    at_least: int | None = None

    @property
    def kind(self) -> str:
        """Fit for what somebody is, engagement for what they did."""
        return "engagement" if self.name in COUNT_FEATURES else "fit"

    def holds(self, leads: pl.DataFrame) -> NDArray[np.bool_]:
        """Of which leads it holds."""
        column = leads[self.name]
        held = column == self.value if self.at_least is None else column >= self.at_least
        return held.to_numpy()


def features_of(leads: pl.DataFrame) -> list[Feature]:
    """The features that tell leads apart: of words all but the most frequent value, and counts."""
    found = []
    for name in WORD_FEATURES:
        counts = leads[name].value_counts().sort(["count", name], descending=[True, False])
        frequent = counts.filter(pl.col("count") >= FEWEST_WITH)[name].to_list()
        found += [
            Feature(name, value=value)
            for value in frequent[1 : MOST_VALUES + 1]
            if value != UNASSIGNED
        ]
    for name in COUNT_FEATURES:
        for bound in AT_LEAST:
            with_it = int((leads[name] >= bound).sum())
            if FEWEST_WITH <= with_it <= len(leads) - FEWEST_WITH:
                found.append(Feature(name, at_least=bound))
    return found


def matrix(features: list[Feature], leads: pl.DataFrame) -> Floats:
    """One row per lead, one column of 0 and 1 per feature."""
    columns = [each.holds(leads).astype(np.float64) for each in features]
    return np.column_stack(columns) if columns else np.zeros((len(leads), 0))
