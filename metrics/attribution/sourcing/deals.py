"""Deals and what touched them: by marketing or by sales, before they were opened and while open."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

import polars as pl

from data.engine.warehouse import Warehouse
from data.errors import MetricError
from data.schema.contract import UNASSIGNED
from data.sql import Query, Step
from metrics.money import refuse_unconverted, unconverted
from metrics.scope import Scope


class Definition(StrEnum):
    """What makes a deal marketing's."""

    FIRST_TOUCH = "first_touch"
    LEAD_SOURCE = "lead_source"
    TOUCHED_BEFORE = "touched_before"
    ACCELERATED = "accelerated"
    INFLUENCED = "influenced"

    @property
    def label(self) -> str:
        """The definition in words.

        >>> Definition.LEAD_SOURCE.label
        'Sourced: the lead came through a marketing channel'
        """
        return _LABELS[self]


_LABELS = {
    Definition.FIRST_TOUCH: "Sourced: the first touch before the deal was marketing's",
    Definition.LEAD_SOURCE: "Sourced: the lead came through a marketing channel",
    Definition.TOUCHED_BEFORE: "Sourced: marketing touched the account before the deal",
    Definition.ACCELERATED: "Accelerated: marketing touched while the deal was open",
    Definition.INFLUENCED: "Influenced: marketing touched before the deal was closed",
}

SOURCED = (Definition.FIRST_TOUCH, Definition.LEAD_SOURCE, Definition.TOUCHED_BEFORE)
"""The definitions of sourced. The others say what marketing did for a deal, whoever sourced it."""


def deals_of(
    warehouse: Warehouse,
    scope: Scope,
    sales_channels: Collection[str],
    lookback_days: int | None = None,
) -> pl.DataFrame:
    """One row per deal opened or closed in the period, with each definition as a column.

    A definition's column is true, false, or null where the data does not tell: touches of a deal
    without a day of opening, or where no touches are loaded at all, and the source of a lead that
    is not there or has no channel. Touches are those of everyone at the account and of the primary
    lead's person; in `sales_channels` they are the work of sales. `lookback_days` bounds how
    long before the opening a touch still sources; None bounds nothing.

    Further columns: `opportunity_id`, `account_id`, `opened_on`, `closed_on`, `outcome` (as known
    by the last day), `amount`, `opened` and `closed` in the period.

    Raises MetricError for a lookback of less than a day, and MissingRateError where the amount of a
    deal that is opened or won has no exchange rate.
    """
    if lookback_days is not None and lookback_days < 1:
        raise MetricError(f"a lookback of {lookback_days} days holds no touch: use 1 or more")
    counts = warehouse.query(Query(scope.step("deal"), *_ASKED, _UNCONVERTED)).row(0, named=True)
    refuse_unconverted("deals", counts)
    steps = (scope.step("deal"), *_ASKED)
    deals = warehouse.query(Query(*steps, _DEALS))
    touched = warehouse.query(Query(*steps, *_touched(lookback_days)))
    is_marketing = ~pl.col("channel").is_in(list(sales_channels))
    of_deals = touched.group_by("opportunity_id").agg(
        first=(is_marketing & pl.col("is_first")).any(),
        before=(is_marketing & (pl.col("before") > 0)).any(),
        during=(is_marketing & (pl.col("during") > 0)).any(),
    )
    known = pl.col("opened_on").is_not_null() & (counts["loaded_touches"] > 0)
    in_touch = {
        Definition.FIRST_TOUCH: pl.col("first"),
        Definition.TOUCHED_BEFORE: pl.col("before"),
        Definition.ACCELERATED: pl.col("during"),
        Definition.INFLUENCED: pl.col("before") | pl.col("during"),
    }
    source = pl.col("lead_channel")
    return (
        deals.join(of_deals, on="opportunity_id", how="left")
        .with_columns(pl.col("first", "before", "during").fill_null(value=False))
        .with_columns(
            *(pl.when(known).then(so).alias(each.value) for each, so in in_touch.items()),
            pl.when(source != UNASSIGNED)
            .then(~source.is_in(list(sales_channels)))
            .alias(Definition.LEAD_SOURCE.value),
        )
        .drop("first", "before", "during", "lead_channel")
        .sort("opportunity_id")
    )


_ASKED = (
    Step(
        "people",
        "SELECT lead_id, person_id FROM journey WHERE episode = 1",
    ),
    Step(
        "dated",
        """
        SELECT scoped.opportunity_id, scoped.account_id, scoped.lead_id,
            scoped.channel AS lead_channel, scoped.opened_at, scoped.opened_on, scoped.amount,
            scoped.original_amount, scoped.currency,
            CASE WHEN scoped.closed_on <= observed_until THEN scoped.closed_on END AS closed_on,
            CASE WHEN scoped.closed_on <= observed_until THEN scoped.outcome ELSE 'open' END
                AS outcome,
            coalesce(scoped.opened_on BETWEEN period_start AND period_end
                AND scoped.opened_on <= observed_until, FALSE) AS opened,
            coalesce(scoped.closed_on BETWEEN period_start AND period_end
                AND scoped.closed_on <= observed_until AND scoped.outcome IN ('won', 'lost'), FALSE)
                AS closed,
            observed_until
        FROM scoped
        """,
    ),
    Step(
        "asked",
        """
        SELECT dated.*, people.person_id,
            coalesce(closed_on, observed_until) AS until_on
        FROM dated
        LEFT JOIN people ON people.lead_id = dated.lead_id
        WHERE opened OR closed
        """,
    ),
)

_UNPRICED = "(opened OR outcome = 'won') AND original_amount IS NOT NULL AND amount IS NULL"

_UNCONVERTED = Step(
    "unconverted",
    f"""
    SELECT (SELECT count(*) FROM touch) AS loaded_touches,
        {unconverted(_UNPRICED, "coalesce(closed_on, opened_on)")}
    FROM asked
    """,
)

_DEALS = Step(
    "deals",
    """
    SELECT opportunity_id, account_id, opened_on, closed_on, outcome, amount, opened, closed,
        lead_channel
    FROM asked
    """,
)


def _touched(lookback_days: int | None) -> tuple[Step, ...]:
    """Steps to `by_channel`: per deal and channel, touches before it was opened and while open."""
    columns = """asked.opportunity_id, asked.opened_on, touch.interaction_id, touch.channel,
        touch.occurred_at, touch.occurred_on, touch.occurred_at < asked.opened_at AS is_before"""
    in_time = "asked.opened_at IS NOT NULL AND touch.occurred_on <= asked.until_on"
    near = "TRUE"
    if lookback_days is not None:
        near = f"date_diff('day', occurred_on, opened_on) <= {lookback_days}"
    return (
        Step(
            "of_deals",
            f"""
            SELECT {columns}
            FROM asked
            JOIN touch ON touch.account_id = asked.account_id
            WHERE {in_time}
            UNION ALL
            SELECT {columns}
            FROM asked
            JOIN touch ON touch.person_id = asked.person_id
            WHERE {in_time} AND (touch.account_id IS NULL OR asked.account_id IS NULL
                OR touch.account_id <> asked.account_id)
            """,
        ),
        Step(
            "in_order",
            """
            SELECT of_deals.*,
                row_number() OVER (
                    PARTITION BY opportunity_id ORDER BY occurred_at, interaction_id
                ) AS place
            FROM of_deals
            """,
        ),
        Step(
            "by_channel",
            f"""
            SELECT opportunity_id, channel,
                count(CASE WHEN place = 1 AND is_before THEN 1 END) > 0 AS is_first,
                count(CASE WHEN is_before AND {near} THEN 1 END) AS before,
                count(CASE WHEN NOT is_before THEN 1 END) AS during
            FROM in_order
            GROUP BY opportunity_id, channel
            """,
        ),
    )
