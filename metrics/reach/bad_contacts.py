"""Bad contacts: leads with a bad mailbox or phone, by what brought them, and what they cost."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.rates import ratio, wilson
from metrics.reach.asked import asked_steps, is_narrow, listed
from metrics.reach.permission import everybody_step
from metrics.scope import Scope

BROUGHT_BY = {
    "source": "channel",
    "campaign": "campaign",
    "file": "entered_file",
    "form": "content",
    "owner": "owner",
}
"""By what bad contacts are told apart, with the column of a lead that says it."""

MONTH = "month"


class BadContact(pa.DataFrameModel):
    """One row per `brought_by` and what it was: source, campaign, file, form, owner, month.

    Within each the most bad ones first, months in order. `leads` came in within the period;
    `judged` are those of whose person a mailbox or a phone is known to be good or bad, `bad` those
    of whom one is bad, `unreachable` those of whom moreover none is good. `bad_rate` is bad ÷
    judged, with bounds of 95%. `cost` is what bad ones cost in the base currency: each the spend
    of its channel in the period ÷ the channel's leads; null where a bad lead's channel has no spend
    that is known.
    """

    brought_by: str = pa.Field(isin=(*BROUGHT_BY, MONTH))
    value: str
    leads: int = pa.Field(ge=1)
    judged: int = pa.Field(ge=0)
    bad: int = pa.Field(ge=0)
    unreachable: int = pa.Field(ge=0)
    bad_rate: float = pa.Field(ge=0, le=1, nullable=True)
    bad_rate_low: float = pa.Field(ge=0, le=1, nullable=True)
    bad_rate_high: float = pa.Field(ge=0, le=1, nullable=True)
    cost: float = pa.Field(nullable=True)

    class Config:
        """Exactly these columns, one row per what brought them."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["brought_by", "value"]


def bad_contacts(
    warehouse: Warehouse, scope: Scope, definitions: Definitions
) -> DataFrame[BadContact]:
    """Who brings contacts with a bad mailbox or phone, when, and what do these cost?

    Of leads that came in within the period, by source (channel), campaign, file (of the first load
    that told of them), form (the content they came by), owner and month. The last mail that came
    back or arrived proves a mailbox, the last call to a wrong or right number a phone; else the
    states of the person's records say it. What a lead cost is an average over its channel, and that
    of all leads of the period, whatever the filter.

    Source: Wilson (1927) for the bounds.
    """
    everybody = everybody_step(scope, definitions)
    asked = asked_steps(scope, definitions, {}, "lead")
    found = warehouse.query(Query(everybody, *asked, *_steps(scope)))
    costs = found.filter(pl.col("brought_by") == "spend").select(
        channel="value", cost_of_one=pl.col("cost") / pl.col("leads")
    )
    cells = found.filter(pl.col("brought_by") != "spend").drop("cost")
    cells = cells.join(costs, on="channel", how="left").with_columns(
        cost=pl.when(pl.col("bad") > 0)
        .then(pl.col("bad") * pl.col("cost_of_one"))
        .otherwise(pl.lit(0.0))
    )
    rows = cells.group_by("brought_by", "value").agg(
        pl.col("leads").sum(),
        pl.col("judged").sum(),
        pl.col("bad").sum(),
        pl.col("unreachable").sum(),
        cost=pl.when(pl.col("cost").null_count() == 0).then(pl.col("cost").sort().sum()),
    )
    low, high = wilson(pl.col("bad"), pl.col("judged"))
    kinds = pl.Enum([*BROUGHT_BY, MONTH])
    rows = rows.with_columns(
        bad_rate=ratio(pl.col("bad"), pl.col("judged")), bad_rate_low=low, bad_rate_high=high
    ).sort(
        pl.col("brought_by").cast(kinds),
        pl.when(pl.col("brought_by") != MONTH).then(-pl.col("bad")).otherwise(0),
        "value",
    )
    return BadContact.validate(rows.select(list(BadContact.to_schema().columns)), lazy=True)


class BadContactRecord(pa.DataFrameModel):
    """One row per lead with a bad mailbox or phone, the latest first.

    `is_unreachable` where moreover none of its person is known to be good.
    """

    lead_id: str
    account: str = pa.Field(nullable=True)
    channel: str
    campaign: str
    entered_file: str
    content: str
    owner: str
    lead_on: pl.Date
    is_unreachable: bool

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def bad_contact_records(
    warehouse: Warehouse,
    scope: Scope,
    definitions: Definitions,
    brought_by: str,
    value: str,
    *,
    limit: int,
    offset: int = 0,
) -> DataFrame[BadContactRecord]:
    """Which leads are the bad ones of a row of `bad_contacts`?

    At most `limit` after the first `offset`; the engine sorts and cuts.
    """
    query = bad_records_query(scope, definitions, brought_by, value, limit, offset)
    found = warehouse.query(query).sort("lead_on", "lead_id", descending=[True, False])
    return BadContactRecord.validate(found, lazy=True)


def bad_records_query(
    scope: Scope,
    definitions: Definitions,
    brought_by: str,
    value: str,
    limit: int | None = None,
    offset: int = 0,
) -> Query:
    """The query of `bad_contact_records`, of all rows without a limit, for who streams them."""
    column = (BROUGHT_BY | {MONTH: "month"})[brought_by]
    last = f"LIMIT {int(limit)} OFFSET {int(offset)}" if limit is not None else ""
    return Query(
        everybody_step(scope, definitions),
        *asked_steps(scope, definitions, {"chosen": [(value, value)]}, "lead"),
        _judged_step(scope),
        Step(
            "bad_leads",
            f"""
            SELECT judged_leads.lead_id, coalesce(account.name, judged_leads.account_id) AS account,
                judged_leads.channel, judged_leads.campaign, judged_leads.entered_file,
                judged_leads.content, judged_leads.owner, judged_leads.lead_on,
                judged_leads.good = 0 AS is_unreachable
            FROM judged_leads
            JOIN {listed("chosen")} ON chosen_list.name = judged_leads.{column}
            LEFT JOIN account ON account.account_id = judged_leads.account_id
            WHERE judged_leads.is_counted = 1 AND judged_leads.bad > 0
            ORDER BY judged_leads.lead_on DESC, judged_leads.lead_id
            {last}
            """,
        ),
    )


def _steps(scope: Scope) -> tuple[Step, ...]:
    """Steps to cells of leads by what brought them and channel, and the spend of each channel."""
    cells = [
        f"SELECT '{kind}' AS brought_by, {column} AS value, channel, count(*) AS leads,"
        " count(CASE WHEN bad + good > 0 THEN 1 END) AS judged,"
        " count(CASE WHEN bad > 0 THEN 1 END) AS bad,"
        " count(CASE WHEN bad > 0 AND good = 0 THEN 1 END) AS unreachable, 0e0 AS cost"
        f" FROM judged_leads WHERE is_counted = 1 GROUP BY {column}, channel"
        for kind, column in (BROUGHT_BY | {MONTH: "month"}).items()
    ]
    return (
        _judged_step(scope),
        Step(
            "channel_costs",
            """
            SELECT spend.channel,
                CASE WHEN count(*) = count(spend.cost_amount)
                    THEN CAST(sum(spend.cost_amount) AS DOUBLE) END AS cost
            FROM spend
            CROSS JOIN bounds
            WHERE spend.spend_on >= bounds.start_on AND spend.spend_on <= bounds.end_on
            GROUP BY spend.channel
            """,
        ),
        Step(
            "channel_leads",
            "SELECT channel, count(*) AS leads FROM judged_leads GROUP BY channel",
        ),
        Step(
            "cells",
            "\nUNION ALL\n".join(cells)
            + """
            UNION ALL
            SELECT 'spend', channel_costs.channel, channel_costs.channel, channel_leads.leads,
                0, 0, 0, channel_costs.cost
            FROM channel_costs
            JOIN channel_leads ON channel_leads.channel = channel_costs.channel
            """,
        ),
    )


def _judged_step(scope: Scope) -> Step:
    """Step `judged_leads`: those of the period, with how many addresses are good and bad."""
    narrow = is_narrow(scope)
    counted = "counted_leads.lead_id IS NOT NULL" if narrow else "TRUE"
    joined = (
        "LEFT JOIN counted_leads ON counted_leads.lead_id = lead_quality.lead_id" if narrow else ""
    )
    return Step(
        "judged_leads",
        f"""
        SELECT lead_quality.lead_id, lead_quality.channel, lead_quality.campaign,
            lead_quality.entered_file, lead_quality.content, lead_quality.owner,
            lead_quality.account_id, lead_quality.lead_on,
            CAST(CAST(date_trunc('month', lead_quality.lead_on) AS DATE) AS VARCHAR) AS month,
            CASE WHEN {counted} THEN 1 ELSE 0 END AS is_counted,
            coalesce(everybody.bad_mailbox + everybody.bad_number, 0) AS bad,
            coalesce(everybody.good_mailbox + everybody.good_number, 0) AS good
        FROM lead_quality
        LEFT JOIN everybody ON everybody.person_id = lead_quality.person_id
        {joined}
        CROSS JOIN bounds
        WHERE lead_quality.lead_on >= bounds.start_on
            AND lead_quality.lead_on <= bounds.end_on
        """,
    )
