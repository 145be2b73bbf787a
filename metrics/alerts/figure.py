"""The figure that a rule names: one column of one row of any metric."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from math import isnan

import polars as pl

from data.errors import MetricError, did_you_mean
from data.terms.alerts import AlertKind, AlertRule
from metrics.alerts.reading import Asked, dimension_of, some, unknown
from metrics.catalogue import Metric, catalogue
from metrics.findings.finding import Page
from metrics.scope import Scope
from metrics.wording import formats

Number = int | float | Decimal

PAGES = {
    "": Page.OVERVIEW,
    "accounts": Page.JOURNEYS,
    "activity": Page.REACH,
    "attribution": Page.ATTRIBUTION,
    "budget": Page.CHANNELS,
    "channels": Page.CHANNELS,
    "content": Page.CONTENT,
    "dispatch": Page.FOLLOW_UP,
    "events": Page.EVENTS,
    "experiments": Page.CHANNELS,
    "follow_up": Page.FOLLOW_UP,
    "forecast": Page.FORECAST,
    "funnel": Page.FUNNEL,
    "health": Page.DATA_HEALTH,
    "journeys": Page.JOURNEYS,
    "loaded": Page.FUNNEL,
    "pipeline": Page.PIPELINE,
    "plan": Page.PLAN_VERSUS_ACTUAL,
    "quality": Page.QUALITY,
    "reach": Page.REACH,
    "returns": Page.CHANNELS,
    "segments": Page.SEGMENTS,
    "velocity": Page.FOLLOW_UP,
}
"""The page that shows a family of metrics."""

_SHARES = ("rate", "share", "chance", "probability")

_ABBREVIATED = ("mql", "mqls", "sql", "sqls", "roi", "romi")

_OF_A_SCOPE = ("where", "days", "basis", "unit", "compare", "by")


@dataclass(frozen=True, slots=True)
class Figure:
    """The metric of a rule, and how its row and columns are found."""

    metric: Metric
    rule: AlertRule

    @classmethod
    def of(cls, rule: AlertRule) -> Figure:
        """The figure of a rule. Raises MetricError for a metric or a column that there is not."""
        known, name = catalogue(), rule.metric or ""
        if name not in known:
            raise MetricError(
                f"metric is {name!r}, and there is no such metric.{did_you_mean(name, known)}"
                " `python -m metrics` lists those there are: name one of them, or take the rule out"
            )
        metric = known[name]
        there = [*([rule.by] if rule.by else []), *metric.contract.to_schema().columns]
        named = {"column": rule.column, "of": rule.of} | {f"row.{each}": each for each in rule.row}
        for key, column in named.items():
            if column is not None and column not in there:
                raise MetricError(
                    f"{key} is {column!r}, and {name} has no such column."
                    f"{did_you_mean(column, there)} It has {some(there)}"
                )
        _refuse_other_columns(metric, rule)
        given = [key for key in _OF_A_SCOPE if key in rule.model_fields_set]
        if given and not metric.is_scoped:
            raise MetricError(
                f"{', '.join(given)}: {name} is about all that is loaded, whatever the days and"
                " segments: take this out"
            )
        return cls(metric, rule)

    @property
    def page(self) -> Page:
        """Where it is shown."""
        return PAGES[self.metric.family.partition(".")[0]]

    @property
    def named(self) -> str:
        """What it is called at the beginning of a sentence.

        >>> rule = {"name": "a", "kind": "threshold", "metric": "stage_conversion", "below": 0.2}
        >>> rule |= {"column": "rate_cohort", "row": {"stage": "mql"}}
        >>> Figure.of(AlertRule.model_validate(rule)).named
        'Rate cohort of stage conversion (stage mql)'
        """
        row = ", ".join(f"{_worded(name)} {value}" for name, value in self.rule.row.items())
        column = _worded(self.rule.column or "")
        said = f"{column} of {_worded(self.metric.name)}{f' ({row})' if row else ''}"
        return f"{said[0].upper()}{said[1:]}"

    def row(self, asked: Asked, scope: Scope | None) -> dict[str, object] | None:
        """The row that the rule singles out; None where the metric has no rows at all.

        Raises MetricError where none or several are left, and what the metric raises.
        """
        by = dimension_of("by", self.rule.by) if self.rule.by else None
        found = self.metric.measure(asked.warehouse, scope, by, asked.definitions)
        left = found
        for column, value in self.rule.row.items():
            said = left[column].cast(pl.String)
            if left.height and str(value) not in set(said):
                raise unknown(f"row.{column}", str(value), [each or "" for each in said.unique()])
            left = left.filter(said == str(value))
        if left.height > 1:
            raise MetricError(
                f"{self.metric.name} has {left.height} rows: single one out by row = {{ column ="
                f' "value" }}. {_told_apart(left)}'
            )
        return left.row(0, named=True) if left.height else None

    def number(self, row: dict[str, object], column: str) -> Number | None:
        """The number in a column of the row; None where it is not known. A yes counts as one."""
        value = row[column]
        if value is None or (isinstance(value, float) and isnan(value)):
            return None
        if isinstance(value, (int, float, Decimal)):
            return int(value) if isinstance(value, bool) else value
        raise TypeError(f"{column} of {self.metric.name} is {value!r}, and was declared a number")

    def said(self, value: float | Number | None, column: str, currency: str) -> str:
        """A number of a column as people read it.

        >>> rule = AlertRule(name="a", kind="threshold", metric="headline", column="mql", below=2)
        >>> figure = Figure.of(rule)
        >>> figure.said(1234, "mql", "USD"), figure.said(0.25, "marketing_sourced_share", "USD")
        ('1,234', '25.0%')
        """
        if value is None:
            return formats.NOTHING
        words = column.split("_")
        if isinstance(value, Decimal) or "amount" in words:
            return formats.money(value, currency)
        if any(each in words for each in _SHARES):
            return formats.share(value)
        return formats.count(value) if float(value).is_integer() else f"{float(value):,.4g}"


def _refuse_other_columns(metric: Metric, rule: AlertRule) -> None:
    """Raise MetricError for a column that a rule of its kind can do nothing with."""
    types = {name: each.dtype.type for name, each in metric.contract.to_schema().columns.items()}
    counts = [name for name, dtype in types.items() if dtype.is_integer()]
    numbers = [name for name, dtype in types.items() if dtype.is_numeric() or dtype == pl.Boolean]
    if rule.kind is AlertKind.CHANGE:
        for key, column in (("column", rule.column), ("of", rule.of)):
            if column is not None and column not in counts:
                raise MetricError(
                    f"{key} is {column!r}, which is no count: what chance makes of it is not known."
                    f" Counts are {some(counts)}. For a rate name its part, and its whole as of"
                )
    elif rule.column not in numbers:
        raise MetricError(
            f"column is {rule.column!r}, which holds no numbers. Those that do are {some(numbers)}"
        )


def _told_apart(rows: pl.DataFrame) -> str:
    """Values of the column by which rows can be told apart."""
    texts = [name for name, dtype in rows.schema.items() if dtype in (pl.String, pl.Date)]
    if not texts:
        return ""
    best = max(texts, key=lambda name: rows[name].n_unique())
    values = rows[best].cast(pl.String).unique(maintain_order=True).drop_nulls().to_list()
    return f"Its column {best} has {some(values)}"


def _worded(name: str) -> str:
    """A column or metric in words.

    >>> _worded("cost_per_mql")
    'cost per MQL'
    """
    return " ".join(each.upper() if each in _ABBREVIATED else each for each in name.split("_"))
