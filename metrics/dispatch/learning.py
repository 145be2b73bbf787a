"""Learning: who was given which leads in the past, as what rates and propensities come from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.sql import Query, Step
from metrics.estimators.routing.history import History
from metrics.estimators.routing.rerouting import Policy, Sellers, learned
from metrics.follow_up.handed_over import need_assignments
from metrics.scope import Dimension, Scope

HISTORY_DAYS = 730
"""Leads that were given so long before the last day observed tell what sellers make of them."""

ACTIVE_DAYS = 90
"""Who was given no lead for so long is sent none."""

FEWEST_OF_SELLER = 20
"""Who was given fewer is sent none: their rate is mostly that of the others."""

RECENT_DAYS = 30

MOST_SELLERS, MOST_SEGMENTS = 30, 20

OTHERS = "All others"
"""Sellers and segments beyond the largest, put together; nothing is sent to them."""

GROUPS = 256


@dataclass(frozen=True, slots=False, eq=False)
class Past:
    """What history says, with the names of its axes, and each seller's room for more leads.

    `room` is the busiest month less what was given in the last 30 days, `route` the one by which
    each seller is given most.
    """

    history: History
    sellers: Sellers
    seller_names: list[str]
    segment_names: list[str]
    room: np.ndarray
    route: dict[str, str]
    outcome_days: int

    @cached_property
    def policy(self) -> Policy:
        """Who should be given which share of each segment."""
        return learned(self.history, self.sellers)

    def refused(self) -> str | None:
        """Why nothing can be said of sellers; None where it can."""
        known = [name for name in self.seller_names if name != OTHERS]
        if not self.history.given.sum():
            return f"no lead was given at least {self.outcome_days} days before the last day seen"
        if len(known) < 2:
            return f"only one seller or route was given leads: {known[0]}"
        return None


def outcome_days(definitions: Definitions) -> int:
    """Within so many days after it was given a lead must be an opportunity to count as one."""
    return definitions.windows.sql + definitions.windows.opportunity


def past(warehouse: Warehouse, scope: Scope, definitions: Definitions, by: Dimension) -> Past:
    """Leads by whom they were first given to, and whether they became an opportunity in time.

    Of the two years before the last day observed, whatever the period: leads that had their days.
    The first seller counts, whoever had the lead later, since that is what a router decides. Where
    no owner is named the route stands for the seller. Sellers have no say in who is an opportunity
    as they have in who is an SQL.

    Raises MetricError where no assignment is loaded.
    """
    need_assignments(warehouse)
    days = outcome_days(definitions)
    told = warehouse.query(Query(scope.step("dispatch"), *_told_steps(by, days)))
    had = warehouse.query(Query(scope.step("dispatch"), _had_step()))
    sellers = _largest(told, "seller", MOST_SELLERS)
    segments = _largest(told, "segment", MOST_SEGMENTS)
    levels, months = (told[name].unique().sort().to_list() for name in ("level", "month"))
    axes = (segments, levels, months, sellers)
    shape = (len(segments), len(levels), len(months), len(sellers))
    places = [
        told[name].replace_strict(dict(zip(axis, range(len(axis)), strict=True)),
                                  default=len(axis) - 1, return_dtype=pl.Int64).to_numpy()
        for name, axis in zip(("segment", "level", "month", "seller"), axes, strict=True)
    ]  # fmt: skip
    cell = np.ravel_multi_index(places, shape) if len(told) else np.zeros(0, dtype=np.int64)
    history = History(
        cell.astype(np.int64),
        told["account_group"].to_numpy(),
        told["given"].to_numpy().astype(np.float64),
        told["reached"].to_numpy().astype(np.float64),
        shape,
    )
    return _with_room(history, had, sellers, segments, days)


def _with_room(
    history: History, had: pl.DataFrame, sellers: list[str], segments: list[str], days: int
) -> Past:
    months = had.group_by("seller", "month").agg(pl.col("times").sum())
    busiest = dict(months.group_by("seller").agg(pl.col("times").max()).rows())
    recent = dict(had.group_by("seller").agg(pl.col("recent").sum()).rows())
    active = dict(had.group_by("seller").agg(pl.col("active").sum()).rows())
    routes = had.group_by("seller", "route").agg(pl.col("times").sum())
    route = dict(routes.sort("times", "route").select("seller", "route").rows())
    told = history.counted[0].sum(axis=(0, 1, 2)) if len(sellers) else np.zeros(0)
    may_take = np.array(
        [
            name != OTHERS and active.get(name, 0) > 0 and given >= FEWEST_OF_SELLER
            for name, given in zip(sellers, told, strict=True)
        ],
        dtype=bool,
    )
    most = np.array([busiest.get(name, 0) for name in sellers], dtype=np.float64)
    room = most - np.array([recent.get(name, 0) for name in sellers], dtype=np.float64)
    return Past(
        history, Sellers(may_take, most), sellers, segments, np.maximum(room, 0), route, days
    )


def _largest(told: pl.DataFrame, name: str, most: int) -> list[str]:
    """The values with the most leads, and what stands for all others where there are more."""
    sizes = told.group_by(name).agg(pl.col("given").sum()).sort(-pl.col("given"), name)
    found: list[str] = sizes[name].to_list()
    return found if len(found) <= most else [*found[: most - 1], OTHERS]


def _told_steps(by: Dimension, days: int) -> tuple[Step, ...]:
    return (
        Step(
            "firsts",
            f"""
            SELECT {by.value} AS segment, tier AS level,
                CAST(date_trunc('month', since_on) AS DATE) AS month,
                coalesce(seller, route, 'No owner') AS seller, account_group,
                CASE WHEN opportunity_on <= observed_until
                    AND date_diff('day', since_on, opportunity_on) <= {days} THEN 1 ELSE 0 END
                    AS is_reached
            FROM scoped
            WHERE place = 1
                AND date_diff('day', since_on, observed_until) BETWEEN {days} AND {HISTORY_DAYS}
                AND (opportunity_on IS NULL OR opportunity_on >= since_on)
            """,
        ),
        Step(
            "told",
            """
            SELECT segment, level, month, seller, account_group, count(*) AS given,
                CAST(sum(is_reached) AS BIGINT) AS reached
            FROM firsts
            GROUP BY segment, level, month, seller, account_group
            ORDER BY segment, level, month, seller, account_group
            """,
        ),
    )


def _had_step() -> Step:
    ago = "date_diff('day', since_on, observed_until)"
    return Step(
        "taken",
        f"""
        SELECT coalesce(seller, route, 'No owner') AS seller, coalesce(route, 'No route') AS route,
            CAST(date_trunc('month', since_on) AS DATE) AS month, count(*) AS times,
            count(CASE WHEN {ago} < {RECENT_DAYS} THEN 1 END) AS recent,
            count(CASE WHEN {ago} < {ACTIVE_DAYS} THEN 1 END) AS active
        FROM scoped
        WHERE place > 0 AND since_on <= observed_until
        GROUP BY coalesce(seller, route, 'No owner'), coalesce(route, 'No route'),
            CAST(date_trunc('month', since_on) AS DATE)
        """,
    )
