"""From canonical tables to the ones that metrics read: journey, deal, spend and touch.

Each table is one query of named steps. All are rebuilt whole after every load, so that the order in
which files arrived can not be seen in them.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from data.definitions import Definitions
from data.derive_deal import deal_leads_steps, deal_steps
from data.derive_differences import opportunity_difference_steps, stage_difference_steps
from data.derive_journey import journey_steps
from data.derive_notice import notice_steps
from data.derive_segments import segment_steps
from data.engine.draft import Draft
from data.identity import resolve
from data.references import CAMPAIGNS, named_steps
from data.schema.contract import UNASSIGNED, columns, create_table
from data.schema.tables import DERIVED
from data.sql import Query, Step, reporting_day
from data.standardise import standardise

_IDENTITY = 0.4
"""Part of the work that finding out who is who usually takes."""


def _silent(table: str, share: float) -> None:
    """Tell nobody how far the work has come."""


def derive(
    draft: Draft, definitions: Definitions, on_share: Callable[[str, float], None] = _silent
) -> None:
    """Rebuild every derived table of a draft under the given definitions.

    First amounts are converted into the base currency and it is found out who is who, then the
    tables are built: touch, what snapshots differ in, journey, deal, lead_notice and spend, each
    reading those before. An amount without a valid exchange rate stays null; the metrics that need
    it say so.
    `on_share` is told what is at work, who is who or a table, and which part of all is done, 0 to
    1.
    """
    _convert_amounts(draft, definitions)
    _attach_terms(draft, definitions)
    resolve(draft, definitions, lambda what, share: on_share(what, _IDENTITY * share))
    standardise(draft)
    settings = Step(
        "settings",
        "SELECT CAST(? AS VARCHAR) AS time_zone",
        (definitions.time_zone,),
    )
    queries = {
        "touch": Query(settings, *segment_steps(), *_touch_steps()),
        "stage_difference": Query(*segment_steps(), *stage_difference_steps()),
        "opportunity_difference": Query(*opportunity_difference_steps()),
        "journey": Query(settings, *segment_steps(), *journey_steps()),
        "deal": Query(settings, *segment_steps(), *deal_steps()),
        "lead_notice": Query(settings, *segment_steps(), *deal_leads_steps(), *notice_steps()),
        "spend": Query(settings, *_spend_steps()),
    }
    for number, (table, query) in enumerate(queries.items()):

        def tell(share: float, table: str = table, before: int = number) -> None:
            on_share(table, _IDENTITY + (1 - _IDENTITY) * (before + share) / len(queries))

        tell(0.0)
        with draft.following(tell):
            _rebuild(draft, table, query)


def _rebuild(draft: Draft, table: str, query: Query) -> None:
    names = ", ".join(f'"{name}"' for name in columns(DERIVED[table]))
    draft.execute(f'DROP TABLE IF EXISTS "{table}"')
    draft.execute(create_table(table, DERIVED[table]))
    draft.execute(
        f'INSERT INTO "{table}" ({names}) SELECT {names} FROM ({query.render()}) AS derived',
        query.values,
    )


def _convert_amounts(draft: Draft, definitions: Definitions) -> None:
    """Fill base-currency amounts: the rate of the day, else the newest one that still holds."""
    closed = "CAST(timezone(?, timezone('UTC', coalesce(closed_at, created_at))) AS DATE)"
    zone = (definitions.time_zone,)
    targets: tuple[tuple[str, str, str, str, tuple[str, ...]], ...] = (
        ("campaign_spend", "cost_amount", "original_cost_amount", "spend_on", ()),
        ("opportunity", "amount", "original_amount", closed, zone),
    )
    for table, amount, original, day, day_values in targets:
        draft.execute(
            f"""
            UPDATE {table} SET {amount} = priced.{amount}
            FROM (
                SELECT dated.row_key,
                    CAST(CAST(dated.original AS DECIMAL(20, 2)) * CASE
                        WHEN dated.currency = ? THEN 1
                        WHEN dated.paid_on - exchange_rate.rate_on < ? THEN exchange_rate.rate
                    END AS DECIMAL(18, 2)) AS {amount}
                FROM (
                    SELECT rowid AS row_key, {original} AS original, currency, {day} AS paid_on
                    FROM {table}
                ) AS dated
                ASOF LEFT JOIN exchange_rate
                    ON dated.currency = exchange_rate.currency
                    AND dated.paid_on >= exchange_rate.rate_on
            ) AS priced
            WHERE {table}.rowid = priced.row_key
                AND {table}.{amount} IS DISTINCT FROM priced.{amount}
            """,
            (definitions.base_currency, definitions.rate_valid_days, *day_values),
        )


def _attach_terms(draft: Draft, definitions: Definitions) -> None:
    """The definitions as small tables that the steps join."""
    rules = [
        (rank, rule.name, source and source.lower(), medium and medium.lower())
        for rank, rule in enumerate(definitions.channel)
        for source in rule.source or (None,)
        for medium in rule.medium or (None,)
    ]
    draft.attach(
        "channel_rule",
        pl.DataFrame(
            rules,
            schema={"rank": pl.Int64, "name": pl.String, "source": pl.String, "medium": pl.String},
            orient="row",
        ),
    )
    draft.attach(
        "touch_action",
        pl.DataFrame(
            {
                "action": definitions.touch.actions,
                "value_tier": [
                    "high" if action in definitions.touch.high_value else "low"
                    for action in definitions.touch.actions
                ],
            }
        ),
    )
    draft.attach(
        "sales_channel",
        pl.DataFrame({"channel": definitions.touch.sales_channels}, schema={"channel": pl.String}),
    )


def _touch_steps() -> tuple[Step, ...]:
    return (
        Step(
            "visit_channels",
            """
            SELECT visits.utm_source, visits.utm_medium, arg_min(rule.name, rule.rank) AS channel
            FROM (
                SELECT DISTINCT utm_source, utm_medium FROM interaction
                WHERE channel IS NULL AND (utm_source IS NOT NULL OR utm_medium IS NOT NULL)
            ) AS visits
            JOIN channel_rule AS rule
                ON (rule.source IS NULL OR rule.source = lower(visits.utm_source))
                AND (rule.medium IS NULL OR rule.medium = lower(visits.utm_medium))
            GROUP BY visits.utm_source, visits.utm_medium
            """,
        ),
        Step(
            "touched",
            f"""
            SELECT
                interaction.interaction_id,
                coalesce(aliases.person_id, interaction.person_id, visitor_span.person_id)
                    AS person_id,
                people.account_id,
                interaction.occurred_at,
                {reporting_day("interaction.occurred_at")} AS occurred_on,
                interaction.action,
                coalesce(interaction.value_tier, touch_action.value_tier) AS value_tier,
                coalesce(
                    interaction.channel, campaign.channel, visit_channels.channel, '{UNASSIGNED}'
                ) AS channel,
                coalesce(campaign.name, interaction.campaign_id, '{UNASSIGNED}') AS campaign,
                coalesce(content.title, interaction.content_id, '{UNASSIGNED}') AS content
            FROM interaction
            CROSS JOIN settings
            JOIN touch_action ON touch_action.action = interaction.action
            LEFT JOIN aliases ON aliases.reference = interaction.person_id
            LEFT JOIN visitor_span
                ON interaction.person_id IS NULL
                AND visitor_span.visitor_id = interaction.visitor_id
                AND interaction.occurred_at > visitor_span.after_at
                AND interaction.occurred_at <= visitor_span.until_at
            LEFT JOIN people ON people.person_id
                = coalesce(aliases.person_id, interaction.person_id, visitor_span.person_id)
            LEFT JOIN campaigns AS campaign ON campaign.reference = interaction.campaign_id
            LEFT JOIN contents AS content ON content.reference = interaction.content_id
            LEFT JOIN visit_channels
                ON visit_channels.utm_source IS NOT DISTINCT FROM interaction.utm_source
                AND visit_channels.utm_medium IS NOT DISTINCT FROM interaction.utm_medium
            ORDER BY interaction.occurred_at, interaction.interaction_id
            """,
        ),
    )


def _spend_steps() -> tuple[Step, ...]:
    """Spend by campaign and day; what one file told by id and another by name is added up."""
    return (
        *named_steps(CAMPAIGNS),
        Step(
            "spent",
            f"""
            SELECT
                coalesce(campaign.campaign_id, campaign_spend.campaign_id) AS campaign_id,
                campaign_spend.spend_on,
                coalesce(max(campaign.channel), '{UNASSIGNED}') AS channel,
                coalesce(max(campaign.name),
                    coalesce(campaign.campaign_id, campaign_spend.campaign_id)) AS campaign,
                coalesce(max(campaign.product), '{UNASSIGNED}') AS product,
                CASE WHEN count(*) = count(campaign_spend.cost_amount)
                    THEN CAST(sum(campaign_spend.cost_amount) AS DECIMAL(18, 2)) END AS cost_amount,
                max(CASE WHEN campaign_spend.cost_amount IS NULL THEN campaign_spend.currency END)
                    AS currency_without_rate,
                min(campaign_spend.currency) AS first_currency,
                CAST(sum(campaign_spend.impressions) AS BIGINT) AS impressions,
                CAST(sum(campaign_spend.clicks) AS BIGINT) AS clicks
            FROM campaign_spend
            LEFT JOIN campaigns AS campaign ON campaign.reference = campaign_spend.campaign_id
            GROUP BY coalesce(campaign.campaign_id, campaign_spend.campaign_id),
                campaign_spend.spend_on
            """,
        ),
        Step(
            "spend_of_days",
            """
            SELECT campaign_id, spend_on, channel, campaign, product, cost_amount,
                coalesce(currency_without_rate, first_currency) AS currency, impressions, clicks
            FROM spent
            ORDER BY spend_on, campaign_id
            """,
        ),
    )
