"""The days that the loaded data covers, and the values of each dimension."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import UTC, date

import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.errors import MetricError
from data.sql import Query, Step
from data.terms.segments import TAGS_BETWEEN
from metrics.period import Period
from metrics.scope import Dimension, Viewer

MONTHS_TO_COMPARE = 24
"""So much history is needed to compare the last twelve months with the twelve before."""


@dataclass(frozen=True, slots=True)
class Horizon:
    """The first and the last day of anything measured."""

    first: date
    last: date

    @property
    def everything(self) -> Period:
        """All days that the data covers."""
        return Period(self.first, self.last)

    @property
    def default_period(self) -> Period:
        """The last twelve months, where twelve more are there to compare with; else everything.

        >>> Horizon(date(2024, 1, 1), date(2026, 3, 15)).default_period.describe()
        '1 Apr 2025 to 31 Mar 2026'
        """
        months = self.everything.months()
        if len(months) < MONTHS_TO_COMPARE:
            return self.everything
        last_day = calendar.monthrange(self.last.year, self.last.month)[1]
        return Period(months[-12], self.last.replace(day=last_day))


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
    return Horizon(min(bounds["first_on"], bounds["last_on"]), bounds["last_on"])


def dimension_values(
    warehouse: Warehouse, dimension: Dimension, viewer: Viewer, limit: int = 1000
) -> list[str]:
    """Which values can a filter on the dimension have? The most frequent among leads first.

    Only values of leads and deals that the viewer may see. Tags one by one, not as they are
    combined.
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
    return counted.sort(["total", "name"], descending=[True, False])["name"].to_list()
