"""What a rule is asked of, and what it finds: a state, a value, a sentence and where to look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property

from data.alert_log import AlertState
from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.errors import MetricError, did_you_mean
from data.notebook.notebook import Notebook
from data.terms.alerts import AlertRule
from metrics.findings.finding import Link, Page
from metrics.horizon import Horizon, filter_on, horizon
from metrics.period import Period
from metrics.scope import Basis, Comparison, Dimension, Filter, Scope, Unit

_NAMED = 12


@dataclass(frozen=True)
class Asked:
    """All that rules are asked of. `now` is when they are, in UTC."""

    warehouse: Warehouse
    notebook: Notebook
    definitions: Definitions
    now: datetime

    @cached_property
    def horizon(self) -> Horizon:
        """The days of the data. Raises MetricError where nothing that has a date is loaded."""
        return horizon(self.warehouse)

    @property
    def today(self) -> date:
        """The day that it is, in the reporting time zone."""
        return self.now.astimezone(self.definitions.zone).date()


@dataclass(frozen=True, slots=True)
class Reading:
    """What a rule finds now. `about` distinguishes what one rule is about."""

    rule: str
    state: AlertState
    value: str
    sentence: str
    link: Link = field(default_factory=lambda: Link(Page.DATA_HEALTH))
    about: str = ""


def scope_of(asked: Asked, rule: AlertRule) -> Scope:
    """The last days of the data that the rule names, with its filters.

    Raises MetricError for a dimension or a value that is not known.
    """
    last = asked.horizon.last
    compared = {
        "previous": Comparison.PREVIOUS_PERIOD,
        "last_year": Comparison.SAME_PERIOD_LAST_YEAR,
    }
    return Scope(
        Period(last - timedelta(days=rule.days - 1), last),
        last,
        basis=Basis(rule.basis),
        unit=Unit(rule.unit),
        filters=tuple(_filter(asked, name, values) for name, values in rule.where.items()),
        comparison=compared[rule.compare],
        windows=asked.definitions.windows,
    )


def dimension_of(key: str, name: str) -> Dimension:
    """The dimension of that name. Raises MetricError for a name that is none."""
    known = [each.value for each in Dimension]
    if name not in known:
        raise MetricError(
            f"{key} names {name!r}, which is no dimension.{did_you_mean(name, known)} There are"
            f" {', '.join(known)}"
        )
    return Dimension(name)


def unknown(what: str, value: str, known: list[str]) -> MetricError:
    """The error for a value that is not in the data, with those that are."""
    there = f"There are {some(known)}" if known else "There are none at all"
    return MetricError(
        f"{what} is {value!r}, which is not in the data.{did_you_mean(value, known)} {there}"
    )


def some(names: Sequence[str]) -> str:
    """The first of many names, and how many more there are.

    >>> some([str(n) for n in range(20)])
    '0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 8 more'
    """
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"


def link_to(page: Page, scope: Scope, first: date) -> Link:
    """The page with the scope in its address. Pages begin with the year of the `first` day."""
    start = max(scope.period.start, date(first.year, 1, 1))
    days = (("dates", f"{start}"), ("dates", f"{scope.period.end}"))
    filters = ((each.dimension.value, value) for each in scope.filters for value in each.values)
    counting = (
        ("basis", scope.basis.value.capitalize()),
        ("unit", f"{scope.unit.value.capitalize()}s"),
    )
    return Link(page, (("period", "Custom"), *days, *counting, *filters))


def days_said(scope: Scope) -> str:
    """The days of a scope at the end of a sentence, with what it keeps."""
    kept = "".join(f", {each.describe()}" for each in scope.filters)
    return f" ({scope.period.describe()}{kept})"


def without_comparison(scope: Scope) -> Scope:
    """The scope alone."""
    return replace(scope, comparison=Comparison.NONE)


def utc(moment: datetime) -> datetime:
    """A moment of the warehouse, which are in UTC without saying so."""
    return moment.replace(tzinfo=UTC)


def _filter(asked: Asked, name: str, values: tuple[str, ...]) -> Filter:
    return filter_on(asked.warehouse, dimension_of("where", name), values)
