"""Deals, as plans need them: how soon they are won, what they bring, and what is open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.engine.warehouse import Warehouse
from data.sql import Query, Step
from metrics.estimators.age_counts import AgeCounts
from metrics.funnel.counts import Cohorts, age_counts, cohorts, horizon_days
from metrics.period import Period
from metrics.scope import Scope

BANDS = ("unknown amount", "small", "medium", "large")
"""Deals without an amount, then thirds of the amounts with which closed deals began."""

STALE_AFTER = 0.95
"""A deal has gone stale when nothing happened for longer than this share of won deals took."""


@dataclass(frozen=True, slots=True)
class OpenDeals:
    """Open deals that are not stale, by amount band, age and amount: how many, and the amount each.

    `is_first` is whether the amount is still the one that the deal began with.
    """

    band: NDArray[np.int64]
    age: NDArray[np.int64]
    deals: NDArray[np.int64]
    amount: NDArray[np.float64]
    is_first: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class AtClose:
    """Amounts at close ÷ amounts at first, to two digits, and how many won deals have each."""

    ratios: NDArray[np.float64]
    deals: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ByDay:
    """Deals and their amounts by day, in order of days."""

    days: tuple[date, ...]
    deals: NDArray[np.int64]
    amount: NDArray[np.float64]

    def within(self, period: Period) -> tuple[int, float]:
        """How many, and their amount, on the days of a period."""
        chosen = np.array([period.start <= day <= period.end for day in self.days], dtype=bool)
        return int(self.deals[chosen].sum()), float(self.amount[chosen].sum())


@dataclass(frozen=True, slots=True)
class Deals:
    """The deals of a scope, as arrays.

    `ages` follows every deal opened in the period to its closing, `bands` the same by amount band.
    `won_amounts` and `won_deals` list the amounts of won deals, rounded to three digits, and how
    often each was won, `at_close` how far they had moved since the deal began. `opened` and `won`
    have the deals of each day, `without_lead` the wins that name no lead. `stale_deals`, worth
    `stale_amount`, are open but count as left; `undated_deals` lack a day and cannot be followed.
    """

    ages: AgeCounts
    bands: tuple[AgeCounts, ...]
    cohorts: Cohorts
    opened: ByDay
    won: ByDay
    without_lead: ByDay
    open: OpenDeals
    won_amounts: NDArray[np.float64]
    won_deals: NDArray[np.int64]
    at_close: AtClose
    stale_days: int | None
    stale_deals: int
    stale_amount: float
    undated_deals: int


def deals(warehouse: Warehouse, scope: Scope) -> Deals:
    """What became of the deals, and which are open?

    A deal is won or lost on the day it was closed. An open deal is stale when it was opened, last
    changed, and last touched through its account longer ago than 95 % of the won deals took to
    close; it then counts as left on the day that time was over. Amounts are in the base currency.
    Those with which deals began are told from the dated changes of amounts.
    """
    steps = _deal_steps(scope)
    ages = warehouse.query(Query(*steps, _AGES))
    open_deals = warehouse.query(Query(*steps, _OPEN))
    by_day = warehouse.query(Query(*steps, _DAYS))
    amounts = warehouse.query(Query(*steps, _AMOUNTS))
    at_close = warehouse.query(Query(*steps, _AT_CLOSE))
    left_out = warehouse.query(Query(*steps, _LEFT_OUT)).row(0, named=True)
    horizon = horizon_days(ages)
    by_band = [age_counts(ages.filter(pl.col("band") == band), horizon) for band in BANDS_BY_PLACE]
    return Deals(
        ages=age_counts(ages, horizon),
        bands=tuple(by_band),
        cohorts=cohorts(ages, horizon),
        opened=_by_day(by_day.filter(pl.col("event") == "opened")),
        won=_by_day(by_day.filter(pl.col("event") == "won")),
        without_lead=_by_day(by_day.filter(pl.col("event") == "won", ~pl.col("has_lead"))),
        open=OpenDeals(
            open_deals["band"].to_numpy().astype(np.int64),
            open_deals["age_days"].to_numpy().astype(np.int64),
            open_deals["deals"].to_numpy().astype(np.int64),
            open_deals["amount"].cast(pl.Float64).to_numpy(),
            open_deals["is_first"].cast(pl.Boolean).to_numpy(),
        ),
        won_amounts=amounts["amount"].cast(pl.Float64).to_numpy(),
        won_deals=amounts["deals"].to_numpy().astype(np.int64),
        at_close=AtClose(
            at_close["ratio"].cast(pl.Float64).to_numpy(),
            at_close["deals"].to_numpy().astype(np.int64),
        ),
        stale_days=left_out["stale_days"],
        stale_deals=left_out["stale_deals"],
        stale_amount=float(left_out["stale_amount"]),
        undated_deals=left_out["undated_deals"],
    )


BANDS_BY_PLACE = range(len(BANDS))


def _deal_steps(scope: Scope) -> tuple[Step, ...]:
    """Steps to `followed`: one row per deal with its band, its age, and how it left."""
    return (
        scope.step("deal"),
        Step("bounds", "SELECT max(observed_until) AS observed_until FROM scoped"),
        Step(
            "amount_changes",
            """
            SELECT opportunity_id, CAST(changed_at AS DATE) AS changed_on,
                TRY_CAST(old AS DOUBLE) AS old, TRY_CAST(new AS DOUBLE) AS new,
                row_number() OVER (PARTITION BY opportunity_id ORDER BY changed_at) AS place,
                row_number() OVER (PARTITION BY opportunity_id ORDER BY changed_at DESC) AS back
            FROM opportunity_change
            CROSS JOIN bounds
            WHERE field = 'amount' AND CAST(changed_at AS DATE) <= bounds.observed_until
                AND TRY_CAST(old AS DOUBLE) > 0 AND TRY_CAST(new AS DOUBLE) > 0
            """,
        ),
        Step(
            "amount_moves",
            """
            SELECT opportunity_id,
                max(CASE WHEN back = 1 THEN new END) / max(CASE WHEN place = 1 THEN old END)
                    AS ratio
            FROM amount_changes
            GROUP BY opportunity_id
            """,
        ),
        Step(
            "priced",
            """
            SELECT scoped.*, amount_moves.ratio IS NULL AS is_first,
                coalesce(amount_moves.ratio, 1e0) AS ratio,
                CAST(amount AS DOUBLE) / coalesce(amount_moves.ratio, 1e0) AS first_amount
            FROM scoped
            LEFT JOIN amount_moves ON amount_moves.opportunity_id = scoped.opportunity_id
            """,
        ),
        Step(
            "usual",
            f"""
            SELECT
                CAST(ceil(percentile_cont({STALE_AFTER}e0) WITHIN GROUP (ORDER BY
                    CASE WHEN outcome = 'won' THEN date_diff('day', opened_on, closed_on) END
                )) AS INTEGER) AS stale_days,
                percentile_cont(0.3333333333e0) WITHIN GROUP (ORDER BY first_amount)
                    AS small_until,
                percentile_cont(0.6666666667e0) WITHIN GROUP (ORDER BY first_amount)
                    AS medium_until
            FROM priced
            WHERE outcome <> 'open' AND closed_on <= observed_until
            """,
        ),
        Step(
            "changes",
            """
            SELECT opportunity_id, max(CAST(changed_at AS DATE)) AS changed_on
            FROM opportunity_change
            CROSS JOIN bounds
            WHERE CAST(changed_at AS DATE) <= bounds.observed_until
            GROUP BY opportunity_id
            """,
        ),
        Step(
            "touches",
            """
            SELECT account_id, max(occurred_on) AS touched_on
            FROM touch
            CROSS JOIN bounds
            WHERE account_id IS NOT NULL AND occurred_on <= bounds.observed_until
            GROUP BY account_id
            """,
        ),
        Step(
            "active",
            """
            SELECT priced.*, stale_days,
                CASE WHEN first_amount IS NULL THEN 0
                    WHEN first_amount <= small_until THEN 1
                    WHEN first_amount <= medium_until THEN 2
                    ELSE 3 END AS band,
                CASE WHEN outcome <> 'open' AND closed_on <= observed_until THEN closed_on END
                    AS ended_on,
                greatest(
                    opened_on,
                    coalesce(changes.changed_on, opened_on),
                    coalesce(touches.touched_on, opened_on)
                ) AS active_on
            FROM priced
            CROSS JOIN usual
            LEFT JOIN changes ON changes.opportunity_id = priced.opportunity_id
            LEFT JOIN touches ON touches.account_id = priced.account_id
            WHERE opened_on <= observed_until
                AND (outcome = 'open' OR closed_on IS NOT NULL)
            """,
        ),
        Step(
            "followed",
            """
            SELECT active.*,
                CASE WHEN ended_on IS NULL
                    AND date_diff('day', active_on, observed_until) > stale_days
                    THEN TRUE ELSE FALSE END AS is_stale,
                greatest(0, CASE
                    WHEN ended_on IS NOT NULL THEN date_diff('day', opened_on, ended_on)
                    WHEN date_diff('day', active_on, observed_until) > stale_days
                        THEN date_diff('day', opened_on, active_on) + stale_days
                    ELSE date_diff('day', opened_on, observed_until) END) AS age_days,
                CAST(date_trunc('month', opened_on) AS DATE) AS month_on
            FROM active
            """,
        ),
    )


_AGES = Step(
    "deal_ages",
    """
    SELECT band, month_on, age_days,
        CAST(sum(came) AS BIGINT) AS records,
        CAST(sum(won) AS BIGINT) AS converted,
        CAST(sum(gone) AS BIGINT) AS exited,
        CAST(sum(still_open) AS BIGINT) AS open
    FROM (
        SELECT band, month_on, 0 AS age_days, count(*) AS came, 0 AS won, 0 AS gone,
            0 AS still_open
        FROM followed
        WHERE opened_on BETWEEN period_start AND period_end
        GROUP BY band, month_on
        UNION ALL
        SELECT band, month_on, age_days, 0,
            count(CASE WHEN ended_on IS NOT NULL AND outcome = 'won' THEN 1 END),
            count(CASE WHEN is_stale OR (ended_on IS NOT NULL AND outcome = 'lost') THEN 1 END),
            count(CASE WHEN ended_on IS NULL AND NOT is_stale THEN 1 END)
        FROM followed
        WHERE opened_on BETWEEN period_start AND period_end
        GROUP BY band, month_on, age_days
    ) AS counted
    GROUP BY band, month_on, age_days
    ORDER BY band, month_on, age_days
    """,
)

_OPEN = Step(
    "open_deals",
    """
    SELECT band, age_days, amount, is_first, count(*) AS deals
    FROM (
        SELECT band, age_days, is_first, coalesce(CAST(amount AS DOUBLE), 0) AS amount
        FROM followed
        WHERE ended_on IS NULL AND NOT is_stale
    ) AS priced
    GROUP BY band, age_days, amount, is_first
    ORDER BY band, age_days, amount, is_first
    """,
)

_DAYS = Step(
    "deal_days",
    """
    SELECT event, event_on, has_lead, count(*) AS deals, coalesce(sum(amount), 0) AS amount
    FROM (
        SELECT 'opened' AS event, opened_on AS event_on, lead_id IS NOT NULL AS has_lead,
            CAST(amount AS DOUBLE) AS amount
        FROM followed
        UNION ALL
        SELECT 'won', ended_on, lead_id IS NOT NULL, CAST(amount AS DOUBLE)
        FROM followed
        WHERE ended_on IS NOT NULL AND outcome = 'won'
    ) AS events
    GROUP BY event, event_on, has_lead
    ORDER BY event, event_on, has_lead
    """,
)

_AMOUNTS = Step(
    "won_amounts",
    """
    SELECT rounded AS amount, count(*) AS deals
    FROM (
        SELECT CASE WHEN amount > 0
            THEN round(amount / power(10e0, floor(log10(amount)) - 2))
                * power(10e0, floor(log10(amount)) - 2)
            ELSE 0 END AS rounded
        FROM (SELECT ended_on, outcome, period_start, period_end,
            CAST(amount AS DOUBLE) AS amount FROM followed) AS priced
        WHERE ended_on BETWEEN period_start AND period_end AND outcome = 'won'
            AND amount IS NOT NULL
    ) AS won
    GROUP BY rounded
    ORDER BY rounded
    """,
)

_AT_CLOSE = Step(
    "at_close",
    """
    SELECT round(ratio, 2) AS ratio, count(*) AS deals
    FROM followed
    WHERE ended_on BETWEEN period_start AND period_end AND outcome = 'won' AND amount > 0
    GROUP BY round(ratio, 2)
    ORDER BY round(ratio, 2)
    """,
)

_LEFT_OUT = Step(
    "left_out",
    """
    SELECT max(stale_days) AS stale_days,
        count(CASE WHEN is_stale THEN 1 END) AS stale_deals,
        coalesce(sum(CASE WHEN is_stale THEN CAST(amount AS DOUBLE) END), 0) AS stale_amount,
        (SELECT count(*) FROM scoped WHERE opened_on IS NULL
            OR (outcome <> 'open' AND closed_on IS NULL)) AS undated_deals
    FROM followed
    """,
)


def _by_day(rows: pl.DataFrame) -> ByDay:
    added = rows.group_by("event_on").agg(pl.col("deals", "amount").sum()).sort("event_on")
    return ByDay(
        tuple(added["event_on"].to_list()),
        added["deals"].to_numpy().astype(np.int64),
        added["amount"].to_numpy().astype(np.float64),
    )
