"""What the numbers mean: each metric is one function from a warehouse and a scope to a frame."""

from data.sql import Query, Step
from metrics.funnel.conversion import stage_conversion, stage_conversion_by
from metrics.funnel.trend import stage_trend
from metrics.headline import headline
from metrics.period import Period
from metrics.scope import Basis, Counting, Dimension, Filter, Scope, Stage, Unit

__all__ = [
    "Basis",
    "Counting",
    "Dimension",
    "Filter",
    "Period",
    "Query",
    "Scope",
    "Stage",
    "Step",
    "Unit",
    "headline",
    "stage_conversion",
    "stage_conversion_by",
    "stage_trend",
]
