"""Every metric by name: those of a scope, with their `_by` siblings, and those of all data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from data.engine.warehouse import Warehouse
from data.errors import MetricError
from data.schema.frames import pa
from metrics.funnel.conversion import StageConversion, stage_conversion, stage_conversion_by
from metrics.funnel.trend import StageTrend, stage_trend
from metrics.headline import Headline, headline
from metrics.health.links import (
    CompanyLink,
    Orphans,
    Unresolved,
    company_links,
    orphans,
    unresolved_references,
)
from metrics.health.loads import (
    Refusal,
    SourceFreshness,
    TableSize,
    refusals,
    source_freshness,
    table_sizes,
)
from metrics.health.people import LikelyPerson, Notice, likely_people, notices
from metrics.health.readings import StandardReading, standardised_values
from metrics.health.restatements import Restated, RestatingLoad, restatements, restating_loads
from metrics.health.score import HealthPart, health_score
from metrics.health.values import (
    TableCompleteness,
    Unassigned,
    UnmappedValue,
    Unpriced,
    table_completeness,
    unassigned_leads,
    unmapped_values,
    unpriced,
)
from metrics.scope import Dimension, Scope


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
        return _first_line(self.measure)


@dataclass(frozen=True, slots=True)
class HealthMetric:
    """A metric of everything that is loaded, whatever the scope: its function and contract."""

    measure: Callable[[Warehouse], pl.DataFrame]
    contract: type[pa.DataFrameModel]

    @property
    def name(self) -> str:
        """The metric's name, which is its function's."""
        return self.measure.__name__

    @property
    def question(self) -> str:
        """The question it answers: the first line of its documentation."""
        return _first_line(self.measure)


def _first_line(function: Callable[..., pl.DataFrame]) -> str:
    return (function.__doc__ or "").strip().splitlines()[0]


METRICS = {
    metric.name: metric
    for metric in (
        Metric(headline, Headline),
        Metric(stage_conversion, StageConversion, stage_conversion_by),
        Metric(stage_trend, StageTrend),
    )
}

"""What is asked about a period, a basis, filters."""

HEALTH = {
    metric.name: metric
    for metric in (
        HealthMetric(health_score, HealthPart),
        HealthMetric(source_freshness, SourceFreshness),
        HealthMetric(refusals, Refusal),
        HealthMetric(table_sizes, TableSize),
        HealthMetric(unmapped_values, UnmappedValue),
        HealthMetric(unpriced, Unpriced),
        HealthMetric(unassigned_leads, Unassigned),
        HealthMetric(unresolved_references, Unresolved),
        HealthMetric(orphans, Orphans),
        HealthMetric(company_links, CompanyLink),
        HealthMetric(likely_people, LikelyPerson),
        HealthMetric(notices, Notice),
        HealthMetric(standardised_values, StandardReading),
        HealthMetric(table_completeness, TableCompleteness),
        HealthMetric(restating_loads, RestatingLoad),
        HealthMetric(restatements, Restated),
    )
}
"""What is asked about all that is loaded: how far it can be trusted."""


def find_metric(name: str) -> Metric | HealthMetric:
    """The metric of that name; MetricError lists the names there are.

    >>> find_metric("headline").question
    'What did the period bring in, what was won, what did it cost and how much did we source?'
    """
    known: dict[str, Metric | HealthMetric] = {**METRICS, **HEALTH}
    if name not in known:
        raise MetricError(f"there is no metric {name!r}; there are {', '.join(known)}")
    return known[name]
