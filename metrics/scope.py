"""The scope of a question: period, basis, unit, filters and comparison in one frozen value."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

import polars as pl

from data.definitions import Definitions, Windows
from data.errors import MetricError
from data.schema.contract import columns
from data.schema.tables import DERIVED
from data.sql import Step, Value
from data.terms.segments import TAGS_BETWEEN
from metrics.period import Period


class Dimension(StrEnum):
    """What a number can be sliced by. The value is the column's name in the derived tables."""

    CHANNEL = "channel"
    CAMPAIGN = "campaign"
    CONTENT = "content"
    PRODUCT = "product"
    TOOL = "tool"
    OWNER = "owner"
    REGION = "region"
    COUNTRY = "country"
    CITY = "city"
    INDUSTRY = "industry"
    SIZE_BAND = "size_band"
    RELATIONSHIP = "relationship"
    SENIORITY = "seniority"
    DEPARTMENT = "department"
    PERSONA = "persona"
    TIER = "tier"
    GRADE = "grade"
    OWN_SEGMENT = "own_segment"
    TAGS = "tags"

    @property
    def label(self) -> str:
        """The dimension in words.

        >>> Dimension.SIZE_BAND.label
        'size band'
        """
        return self.value.replace("_", " ")


SPEND_KNOWN_BY = tuple(each for each in Dimension if each.value in columns(DERIVED["spend"]))
"""What all spend is recorded by."""


class Stage(StrEnum):
    """The stages of the funnel, in order."""

    LEAD = "lead"
    MQL = "mql"
    SQL = "sql"
    OPPORTUNITY = "opportunity"
    WON = "won"

    @property
    def label(self) -> str:
        """The stage as people write it.

        >>> [stage.label for stage in Stage]
        ['Lead', 'MQL', 'SQL', 'Opportunity', 'Won']
        """
        return self.value.upper() if self in (Stage.MQL, Stage.SQL) else self.value.capitalize()

    @property
    def plural(self) -> str:
        """Those that reached the stage, within a sentence.

        >>> [stage.plural for stage in Stage]
        ['leads', 'MQLs', 'SQLs', 'opportunities', 'won']
        """
        if self is Stage.WON:
            return "won"
        return "opportunities" if self is Stage.OPPORTUNITY else f"{self.word}s"

    @property
    def word(self) -> str:
        """The stage within a sentence.

        >>> [stage.word for stage in Stage]
        ['lead', 'MQL', 'SQL', 'opportunity', 'won']
        """
        return self.label if self in (Stage.MQL, Stage.SQL) else self.value


class Basis(StrEnum):
    """Cohort: what became of those that entered in the period. Flow: what entered in the period."""

    COHORT = "cohort"
    FLOW = "flow"


class Unit(StrEnum):
    """Who is counted. A deal is counted whether or not a lead is known of it."""

    LEAD = "lead"
    ACCOUNT = "account"
    DEAL = "deal"

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stages that the unit goes through, the one it enters by first.

        >>> [stage.value for stage in Unit.DEAL.stages]
        ['opportunity', 'won']
        """
        return (Stage.OPPORTUNITY, Stage.WON) if self is Unit.DEAL else tuple(Stage)


class Counting(StrEnum):
    """Reached: entered the stage or a later one. Strict: entered every stage up to it, in order.

    A recycled lead is strict at a stage when one of its episodes is: stages of different episodes
    are not put together to one path. Only its first entry to the funnel stands for all of them.
    """

    REACHED = "reached"
    STRICT = "strict"


class Comparison(StrEnum):
    """What a number is compared with."""

    NONE = "none"
    PREVIOUS_PERIOD = "previous"
    SAME_PERIOD_LAST_YEAR = "last_year"


@dataclass(frozen=True, slots=True)
class Filter:
    """Rows whose dimension has one of the values. Of tags a row may have several.

    >>> Filter(Dimension.CHANNEL, ("Webinar", "Email")).describe()
    'channel Webinar or Email'
    """

    dimension: Dimension
    values: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.values:
            raise MetricError(f"a filter on {self.dimension.label} needs at least one value")

    @property
    def sql(self) -> str:
        """The condition, with a placeholder for each of the values that are `bound`."""
        if self.dimension is Dimension.TAGS:
            column = f"'{TAGS_BETWEEN}' || tags || '{TAGS_BETWEEN}'"
            return f"({' OR '.join(f'contains({column}, ?)' for _ in self.values)})"
        return f"{self.dimension.value} IN ({', '.join('?' for _ in self.values)})"

    @property
    def bound(self) -> tuple[str, ...]:
        """The values as they are bound to the condition.

        >>> Filter(Dimension.TAGS, ("VIP",)).bound
        (' · VIP · ',)
        """
        if self.dimension is Dimension.TAGS:
            return tuple(f"{TAGS_BETWEEN}{value}{TAGS_BETWEEN}" for value in self.values)
        return self.values

    def holds(self, column: pl.Expr) -> pl.Expr:
        """The condition on a column of a frame.

        >>> tags = pl.Series(["VIP", "VIP · fair", "fair"])
        >>> pl.select(Filter(Dimension.TAGS, ("VIP",)).holds(pl.lit(tags))).to_series().to_list()
        [True, True, False]
        """
        if self.dimension is Dimension.TAGS:
            return (
                column.str.split(TAGS_BETWEEN).list.set_intersection(list(self.values)).list.len()
                > 0
            )
        return column.is_in(self.values)

    def describe(self) -> str:
        """The filter in words."""
        return f"{self.dimension.label} {' or '.join(self.values)}"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks, and which rows they may see: part of every query and every cache key."""

    name: str = ""
    restrictions: tuple[Filter, ...] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """Everything that a metric is asked about.

    `observed_until` is the last day the data covers. What happened later is not counted, so a
    comparison can look at an earlier period as it stood then. `window_days` limits how long after
    reaching a stage the next one counts; None counts all that was observed. `windows` says, step by
    step, how long a conversion usually takes: the measure of a cohort's maturity.

    `filters` are about who is counted: a lead, an account by the segment of its earliest lead, or a
    deal by that of its primary lead.
    The viewer's restriction is about rows: an account is made of the leads the viewer may see.
    """

    period: Period
    observed_until: date
    basis: Basis = Basis.COHORT
    unit: Unit = Unit.LEAD
    counting: Counting = Counting.REACHED
    window_days: int | None = None
    filters: tuple[Filter, ...] = ()
    comparison: Comparison = Comparison.NONE
    viewer: Viewer = field(default_factory=Viewer)
    windows: Windows = field(default_factory=lambda: Definitions.load().windows)

    def __post_init__(self) -> None:
        if self.window_days is not None and self.window_days < 1:
            raise MetricError(f"a window of {self.window_days} days is too short: use 1 or more")

    @property
    def seen(self) -> Period | None:
        """The days of the period that the data covers; None when it has not begun in the data.

        >>> quarter = Period(date(2026, 10, 1), date(2026, 12, 31))
        >>> Scope(quarter, observed_until=date(2026, 11, 29)).seen.days
        60
        """
        if self.observed_until < self.period.start:
            return None
        return replace(self.period, end=min(self.period.end, self.observed_until))

    def compared(self) -> Scope | None:
        """The scope to compare with, seen at the same age; None when no comparison is asked for.

        A period that is over is compared with the earlier one as it stood so many days after its
        end. A period that is not is compared with as many of the first days of the earlier one.
        """
        if self.comparison is Comparison.NONE:
            return None
        earlier = (
            self.period.previous()
            if self.comparison is Comparison.PREVIOUS_PERIOD
            else self.period.last_year()
        )
        is_over = self.observed_until >= self.period.end
        earlier_by = self.period.end - earlier.end if is_over else self.period.start - earlier.start
        return replace(
            self,
            period=earlier,
            observed_until=self.observed_until - earlier_by,
            comparison=Comparison.NONE,
        )

    def step(self, table: str, *, mark: bool = False, rows: str | None = None) -> Step:
        """The first step of every query: the table's rows in scope, and the bounds as columns.

        Adds `period_start`, `period_end`, `observed_until` and `window_days`. With `mark` the
        scope's filters drop nothing: the column `matches` says which rows pass them. What the
        viewer may not see is dropped either way. `rows` is a SELECT of rows to take in place of the
        table's own. Raises MetricError when the table does not carry a dimension that is filtered
        on.
        """
        values: list[Value] = [
            self.period.start,
            self.period.end,
            self.observed_until,
            self.window_days,
        ]
        carried = columns(DERIVED[table])
        # A filter's place is before the restriction's in either case: so are its values.
        for each in (*self.filters, *self.viewer.restrictions):
            if each.dimension.value not in carried:
                raise MetricError(f"{table} is not recorded by {each.dimension.label}")
            values.extend(each.bound)
        asked = [each.sql for each in self.filters]
        allowed = [each.sql for each in self.viewer.restrictions]
        matches = f",\n    {' AND '.join(asked) or 'TRUE'} AS matches" if mark else ""
        conditions = allowed if mark else asked + allowed
        where = f"\nWHERE {' AND '.join(conditions)}" if conditions else ""
        return Step(
            "scoped",
            f"SELECT {table}.*,\n"
            "    CAST(? AS DATE) AS period_start,\n"
            "    CAST(? AS DATE) AS period_end,\n"
            "    CAST(? AS DATE) AS observed_until,\n"
            f"    CAST(? AS INTEGER) AS window_days{matches}\n"
            f"FROM {f'({rows}) AS {table}' if rows else table}{where}",
            tuple(values),
        )
