"""SQL steps that build `touch` from interactions and `spend` from campaign costs."""

from __future__ import annotations

from data.references import CAMPAIGNS, named_steps
from data.schema.contract import UNASSIGNED
from data.sql import Step, reporting_day


def touch_steps() -> tuple[Step, ...]:
    """Steps that end in `touch`: one row per interaction that can earn credit."""
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


def spend_steps() -> tuple[Step, ...]:
    """Steps of `spend`: one row per campaign and day, by whatever id or name files refer to it."""
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
