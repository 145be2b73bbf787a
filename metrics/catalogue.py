"""Every metric by name, with its `_by` sibling where it can be sliced."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from data.errors import MetricError
from data.frame_contracts import pa
from data.warehouse import Warehouse
from metrics.conversion import StageConversion, stage_conversion, stage_conversion_by
from metrics.headline import Headline, headline
from metrics.scope import Dimension, Scope
from metrics.trend import StageTrend, stage_trend


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric's function, its sliced sibling and the contract of its result."""

    measure: Callable[[Warehouse, Scope], pl.DataFrame]
    contract: type[pa.DataFrameModel]
    measure_by: Callable[[Warehouse, Scope, Dimension], pl.DataFrame] | None = None

    @property
    def name(self) -> str:
        """The metric's name, which is its function's."""
        return self.measure.__name__

    @property
    def question(self) -> str:
        """The question it answers: the first line of its documentation."""
        return (self.measure.__doc__ or "").strip().splitlines()[0]


METRICS = {
    metric.name: metric
    for metric in (
        Metric(headline, Headline),
        Metric(stage_conversion, StageConversion, stage_conversion_by),
        Metric(stage_trend, StageTrend),
    )
}


def find_metric(name: str) -> Metric:
    """The metric of that name; MetricError lists the names there are.

    >>> find_metric("headline").question
    'What did the period bring in, what was won, what did it cost and how much did we source?'
    """
    if name not in METRICS:
        raise MetricError(f"there is no metric {name!r}; there are {', '.join(METRICS)}")
    return METRICS[name]
