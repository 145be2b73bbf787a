"""The days that the loaded data covers, and the values of each dimension."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, timedelta
from difflib import get_close_matches

import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.errors import MetricError
from data.schema.contract import UNASSIGNED
from data.sql import Query, Step
from data.standardise.spelling import spelling_key
from data.terms.segments import TAGS_BETWEEN
from metrics.period import Period, days_in_month
from metrics.scope import SPEND_KNOWN_BY, Dimension, Filter, Viewer
from metrics.wording.order import in_reading_order

MONTHS_TO_COMPARE = 24
"""So much history is needed to compare the last twelve months with the twelve before."""

_YEAR = 12


@dataclass(frozen=True, slots=True)
class Horizon:
    """The first and the last day of anything measured, and the day of the newest export.

    `exported` is None where nobody knows when the files were exported.
    """

    first: date
    last: date
    exported: date | None = field(default=None, compare=False)

    @property
    def everything(self) -> Period:
        """All days that the data covers."""
        return Period(self.first, self.last)

    @property
    def default_period(self) -> Period:
        """The last twelve whole months, where twelve more are there to compare with; else all.

        >>> Horizon(date(2024, 1, 1), date(2026, 3, 15)).default_period.describe()
        '1 Mar 2025 to 28 Feb 2026'
        """
        year = self.whole_months(_YEAR)
        if self.first > year.end or len(Period(self.first, year.end).months()) < MONTHS_TO_COMPARE:
            return self.everything
        return year

    def whole_months(self, number: int) -> Period:
        """The last months that are over: an export was made after them, or data is of their end.

        >>> Horizon(date(2024, 1, 1), date(2026, 3, 30)).whole_months(2).describe()
        '1 Jan 2026 to 28 Feb 2026'
        >>> late = Horizon(date(2024, 1, 1), date(2026, 3, 30), exported=date(2026, 4, 2))
        >>> late.whole_months(2).describe()
        '1 Feb 2026 to 31 Mar 2026'
        """
        month_end = self.last.replace(day=days_in_month(self.last))
        is_over = self.last == month_end or (self.exported or self.last) > month_end
        end = month_end if is_over else self.last.replace(day=1) - timedelta(days=1)
        months = max(_YEAR, _YEAR * end.year + end.month - number)
        return Period(date(months // _YEAR, months % _YEAR + 1, 1), end)


def horizon(warehouse: Warehouse) -> Horizon:
    """Which days does the loaded data cover?

    The earliest and latest entry of a lead into a stage, deal, spend or touch; days after the
    newest export was made do not count, so a mistyped year cannot stretch it. Raises MetricError
    when nothing that has a date is loaded.
    """
    newest = warehouse.query(Query(Step("loaded", "SELECT max(as_of) AS newest FROM load"))).item()
    if newest is not None:
        newest = newest.replace(tzinfo=UTC).astimezone(Definitions.load().zone).date()
    bounds = warehouse.query(
        Query(
            Step("loaded", "SELECT CAST(? AS DATE) AS newest", (newest,)),
            Step(
                "days",
                """
                SELECT min(lead_on) AS first_on, max(greatest(
                    lead_on, coalesce(mql_on, lead_on), coalesce(sql_on, lead_on),
                    coalesce(opportunity_on, lead_on), coalesce(won_on, lead_on)
                )) AS last_on
                FROM journey WHERE lead_on <= (SELECT newest FROM loaded)
                UNION ALL
                SELECT min(opened_on), max(greatest(opened_on, coalesce(closed_on, opened_on)))
                FROM deal
                UNION ALL
                SELECT min(spend_on), max(spend_on) FROM spend
                UNION ALL
                SELECT min(occurred_on), max(occurred_on) FROM touch
                """,
            ),
            Step(
                "horizon",
                """
                SELECT min(first_on) AS first_on,
                    least(max(last_on), max(loaded.newest)) AS last_on
                FROM days CROSS JOIN loaded
                """,
            ),
        )
    ).row(0, named=True)
    if bounds["first_on"] is None or bounds["last_on"] is None:
        raise MetricError("nothing that has a date is loaded yet: load leads, deals or spend first")
    first, last = min(bounds["first_on"], bounds["last_on"]), bounds["last_on"]
    return Horizon(first, last, exported=newest)


_ALL = 1_000_000

_NAMED = 12

_LONGEST = 200
"""Characters of a value that others are compared with, which takes the square of its length."""


def filter_on(
    warehouse: Warehouse, dimension: Dimension, texts: Sequence[str], viewer: Viewer | None = None
) -> Filter:
    """Which values does a filter mean by these texts, as the data shows them?

    A text that spells a value in another way, or that files write for it, means the value. What
    only spend knows and what the definitions name are values too. Raises MetricError for a text
    that is no value, with the closest ones.
    """
    viewer = viewer or Viewer()
    known = dimension_values(warehouse, dimension, viewer, _ALL)
    if dimension in SPEND_KNOWN_BY and not viewer.restrictions:
        known += _of_spend(warehouse, dimension)
    known += [each for each in _named(dimension) if each not in known]
    values = []
    for text in texts:
        value = shown_as(warehouse, dimension, text, known)
        if value is None:
            raise MetricError(
                f'no {dimension.label} is "{text}" in the data. {near_values(text, known)}'
            )
        values.append(value)
    return Filter(dimension, tuple(dict.fromkeys(values)))


def shown_as(
    warehouse: Warehouse, dimension: Dimension, text: str, known: Collection[str]
) -> str | None:
    """Which of the known values does a text mean, however it is spelt? None: none of them."""
    if text in known:
        return text
    by_key = {spelling_key(value): value for value in known}
    asked = Step("asked", "SELECT CAST(? AS VARCHAR) AS segment", (dimension.value,))
    written = "SELECT written, shown FROM shown_value JOIN asked USING (segment)"
    found = warehouse.query(Query(asked, Step("written", written)))
    shown = {spelling_key(each): value for each, value in found.iter_rows()}
    key = spelling_key(text)
    return by_key.get(spelling_key(shown.get(key, text)))


def near_values(text: str, known: Sequence[str]) -> str:
    """Which values may a text mean that is none of those known? No full stop ends it.

    >>> near_values("webinr", ["Fair", "Webinar", "Webinar Asia"])
    'Did you mean "Webinar" or "Webinar Asia"? There are "Fair", "Webinar" and "Webinar Asia"'
    >>> near_values("Zeppelin", ["Fair"])
    'There is only "Fair"'
    """
    by_key = {spelling_key(value): value for value in known if len(value) <= _LONGEST}
    near = get_close_matches(spelling_key(text[:_LONGEST]), by_key, n=3)
    meant = f"Did you mean {' or '.join(_quoted(by_key[key] for key in near))}? " if near else ""
    first = _quoted(known[:_NAMED])
    rest = f"{len(known) - _NAMED:,} more" if len(known) > _NAMED else first.pop()
    return f"{meant}There are {', '.join(first)} and {rest}" if first else f"There is only {rest}"


def _quoted(values: Iterable[str]) -> list[str]:
    return [f'"{value}"' for value in values]


def _of_spend(warehouse: Warehouse, dimension: Dimension) -> list[str]:
    spent = f"SELECT DISTINCT {dimension.value} AS name FROM spend"
    return warehouse.query(Query(Step("spent", spent))).to_series().to_list()


def _named(dimension: Dimension) -> list[str]:
    """What the definitions name of a dimension, and what is called so that is not recorded."""
    terms = Definitions.load()
    named = {
        Dimension.CHANNEL: [each.name for each in terms.channel],
        Dimension.PERSONA: [each.name for each in terms.persona],
        Dimension.OWN_SEGMENT: [each.name for each in terms.segment],
        Dimension.TAGS: [each.name for each in terms.tag],
    }
    return [UNASSIGNED, *dict.fromkeys(named.get(dimension, ()))]


def dimension_values(
    warehouse: Warehouse, dimension: Dimension, viewer: Viewer, limit: int = 1000
) -> list[str]:
    """Which values can a filter on the dimension have? The most frequent among leads first.

    Bands, grades and ranks come in their own order (`in_reading_order`), cut by frequency. Only
    values of leads and deals that the viewer may see. Tags one by one, not as they are combined.
    """
    column = dimension.value
    conditions = " AND ".join(each.sql for each in viewer.restrictions)
    where = f" WHERE {conditions}" if conditions else ""
    values = tuple(value for each in viewer.restrictions for value in each.bound)
    counted = warehouse.query(
        Query(
            Step(
                "scoped",
                f"SELECT {column}, CASE WHEN episode = 1 THEN 1 ELSE 0 END AS leads"
                f" FROM journey{where}"
                f" UNION ALL SELECT {column}, 0 AS leads FROM deal{where}",
                values + values,
            ),
            Step(
                "found",
                f"SELECT {column} AS name, sum(leads) AS total FROM scoped"
                f" GROUP BY {column} ORDER BY total DESC, name LIMIT {int(limit)}",
            ),
        )
    )
    if dimension is Dimension.TAGS:
        each = counted.with_columns(pl.col("name").str.split(TAGS_BETWEEN)).explode("name")
        counted = each.group_by("name").agg(pl.col("total").sum())
    ordered = counted.sort(["total", "name"], descending=[True, False])
    return in_reading_order(dimension, ordered["name"])
