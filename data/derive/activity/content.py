"""SQL steps that build `content_use` and `content_asset`: who met which asset, when and how."""

from __future__ import annotations

from data.derive.activity.touch import (
    OWN_CHANNEL,
    SAME_SESSION,
    SAME_VISITOR,
    WHO,
    keys_of_people,
    of_visit,
    own_people_step,
    visit_steps,
)
from data.schema.contract import UNASSIGNED
from data.spelling import Spelt
from data.sql import Step, reporting_day


def content_use_steps() -> tuple[Step, ...]:
    """Steps that end in `content_use`, after those of `segments`; they read touch and journey."""
    return (
        own_people_step(),
        *keys_of_people(),
        *visit_steps(),
        *_day_uses(),
        *_activity(),
        *_effective(),
        Step(
            "stage_days",
            """
            SELECT person_id, min(lead_on) AS lead_on, min(mql_on) AS mql_on,
                min(sql_on) AS sql_on, min(opportunity_on) AS opportunity_on,
                min(won_on) AS won_on
            FROM journey
            WHERE person_id IS NOT NULL
            GROUP BY person_id
            """,
        ),
        Step(
            "content_uses",
            """
            SELECT
                day_uses.content_id,
                day_uses.person_id,
                touch_people.person_key,
                touch_people.account_key,
                visitor_keys.visitor_key,
                day_uses.used_on,
                day_uses.channel,
                day_uses.campaign,
                day_uses.actions,
                day_uses.is_read,
                day_uses.is_downloaded,
                day_uses.engaged_milliseconds,
                users.persona,
                CASE
                    WHEN stage_days.won_on <= day_uses.used_on THEN 'won'
                    WHEN stage_days.opportunity_on <= day_uses.used_on THEN 'opportunity'
                    WHEN stage_days.sql_on <= day_uses.used_on THEN 'sql'
                    WHEN stage_days.mql_on <= day_uses.used_on THEN 'mql'
                    WHEN stage_days.lead_on <= day_uses.used_on THEN 'lead'
                END AS stage,
                CASE WHEN day_uses.person_id IS NOT NULL
                    THEN active_gaps.day IS NOT NULL AND active_gaps.day_before IS NULL END
                    AS is_new,
                CASE WHEN day_uses.person_id IS NOT NULL THEN coalesce(
                    active_gaps.day - active_gaps.day_before >= settings.dormant_days, FALSE
                ) END AS is_reactivated,
                in_force.is_effective,
                newest.is_effective AS is_effective_now
            FROM day_uses
            CROSS JOIN settings
            LEFT JOIN touch_people ON touch_people.person_id = day_uses.person_id
            LEFT JOIN visitor_keys ON visitor_keys.visitor_id = day_uses.visitor_id
            LEFT JOIN users ON users.person_id = day_uses.person_id
            LEFT JOIN stage_days ON stage_days.person_id = day_uses.person_id
            LEFT JOIN active_gaps ON active_gaps.person_id = day_uses.person_id
                AND active_gaps.day = day_uses.used_on
            LEFT JOIN effective_people AS in_force ON in_force.person_id = day_uses.person_id
                AND day_uses.used_on >= in_force.since_on AND day_uses.used_on < in_force.until_on
            LEFT JOIN effective_people AS newest ON newest.person_id = day_uses.person_id
                AND newest.is_newest
            ORDER BY day_uses.used_on, day_uses.content_id, touch_people.person_key,
                visitor_keys.visitor_key, day_uses.channel, day_uses.campaign
            """,
        ),
    )


def _day_uses() -> tuple[Step, ...]:
    """Steps to `day_uses`, in the grain of the table, and the keys of anonymous visitors."""
    channel = Spelt(
        "channel",
        f"coalesce({OWN_CHANNEL}, campaign.channel, visit_channels.channel, '{UNASSIGNED}')",
    )
    return (
        Step(
            "named_uses",
            f"""
            SELECT
                coalesce(contents.content_id, interaction.content_id) AS content_id,
                {WHO} AS person_id,
                CASE WHEN {WHO} IS NULL THEN interaction.visitor_id END AS visitor_id,
                {reporting_day("interaction.occurred_at")} AS used_on,
                {channel.shown} AS channel,
                coalesce(campaign.name, {of_visit("campaign_id")}, '{UNASSIGNED}') AS campaign,
                content_action.downloads,
                interaction.engaged_seconds
            FROM interaction
            CROSS JOIN settings
            LEFT JOIN content_action ON content_action.action = interaction.action
            LEFT JOIN touch_left_out
                ON touch_left_out.interaction_id = interaction.interaction_id
            LEFT JOIN aliases ON aliases.reference = interaction.person_id
            {SAME_VISITOR}
            {SAME_SESSION}
            LEFT JOIN campaigns AS campaign ON campaign.reference = {of_visit("campaign_id")}
            LEFT JOIN contents ON contents.reference = interaction.content_id
            LEFT JOIN visit_channels
                ON visit_channels.utm_source IS NOT DISTINCT FROM {of_visit("utm_source")}
                AND visit_channels.utm_medium IS NOT DISTINCT FROM {of_visit("utm_medium")}
            {channel.join}
            WHERE interaction.content_id IS NOT NULL AND touch_left_out.interaction_id IS NULL
            """,
        ),
        Step(
            "day_uses",
            """
            SELECT named_uses.content_id, named_uses.person_id, named_uses.visitor_id,
                named_uses.used_on, named_uses.channel, named_uses.campaign, count(*) AS actions,
                count(named_uses.downloads) > 0 AS is_read,
                coalesce(bool_or(named_uses.downloads), FALSE) AS is_downloaded,
                CAST(sum(CAST(round(named_uses.engaged_seconds * 1000) AS BIGINT)) AS BIGINT)
                    AS engaged_milliseconds
            FROM named_uses
            LEFT JOIN own_people ON own_people.person_id = named_uses.person_id
            WHERE own_people.person_id IS NULL
                AND (named_uses.person_id IS NOT NULL OR named_uses.visitor_id IS NOT NULL)
            GROUP BY named_uses.content_id, named_uses.person_id, named_uses.visitor_id,
                named_uses.used_on, named_uses.channel, named_uses.campaign
            """,
        ),
        Step(
            "visitor_keys",
            """
            SELECT visitor_id, row_number() OVER (ORDER BY visitor_id) AS visitor_key
            FROM (SELECT DISTINCT visitor_id FROM day_uses WHERE visitor_id IS NOT NULL) AS known
            """,
        ),
    )


def _activity() -> tuple[Step, ...]:
    """Steps to `active_gaps`: each day on which a person did something, and the one before."""
    return (
        Step(
            "active_days",
            """
            SELECT touch.person_id, touch.occurred_on AS day
            FROM touch
            JOIN (SELECT DISTINCT person_id FROM day_uses) AS users
                ON users.person_id = touch.person_id
            UNION
            SELECT person_id, used_on FROM day_uses WHERE is_read AND person_id IS NOT NULL
            """,
        ),
        Step(
            "active_gaps",
            """
            SELECT person_id, day,
                lag(day) OVER (PARTITION BY person_id ORDER BY day) AS day_before
            FROM active_days
            """,
        ),
    )


def _effective() -> tuple[Step, ...]:
    """Steps to `users`, everybody with their persona, and `effective_people`, by rule."""
    tier = Spelt("tier", "lead.tier")
    persona = Spelt("persona", f"coalesce(person_roles.persona, '{UNASSIGNED}')")
    return (
        Step(
            "users",
            f"""
            SELECT known.person_id,
                {persona.shown} AS persona
            FROM (SELECT DISTINCT person_id FROM day_uses WHERE person_id IS NOT NULL) AS known
            LEFT JOIN person_roles ON person_roles.person_id = known.person_id
            {persona.join}
            """,
        ),
        Step(
            "lead_values",
            f"""
            SELECT DISTINCT lead_people.person_id, {tier.shown} AS tier, lead.grade
            FROM lead_people
            JOIN lead ON lead.lead_id = lead_people.lead_id
            {tier.join}
            WHERE lead_people.person_id IS NOT NULL
            """,
        ),
        Step(
            "judged_leads",
            f"""
            SELECT users.person_id, rule.since_on, rule.until_on, rule.is_newest,
                {_holds("tier", "lead_values.tier")}
                AND {_holds("grade", "lead_values.grade")}
                AND {_holds("persona", f"nullif(users.persona, '{UNASSIGNED}')")} AS holds
            FROM users
            CROSS JOIN effective_rule AS rule
            LEFT JOIN lead_values ON lead_values.person_id = users.person_id
            {_listed("tier", "lead_values.tier")}
            {_listed("grade", "lead_values.grade")}
            {_listed("persona", "users.persona")}
            """,
        ),
        Step(
            "effective_people",
            """
            SELECT person_id, since_on, until_on, is_newest,
                CASE WHEN count(CASE WHEN holds THEN 1 END) > 0 THEN TRUE
                    WHEN count(holds) = count(*) THEN FALSE END AS is_effective
            FROM judged_leads
            GROUP BY person_id, since_on, until_on, is_newest
            """,
        ),
    )


def _holds(asked: str, value: str) -> str:
    """SQL: a rule's list holds the value; null where it asks for a value that is not known."""
    return (
        f"CASE WHEN NOT rule.asks_{asked} THEN TRUE"
        f" WHEN {value} IS NOT NULL THEN of_{asked}.value IS NOT NULL END"
    )


def _listed(asked: str, value: str) -> str:
    """SQL of the join to the rule's value, if its list holds it."""
    return (
        f"LEFT JOIN effective_value AS of_{asked} ON of_{asked}.rule = rule.rule"
        f" AND of_{asked}.asked = '{asked}' AND of_{asked}.value = {value}"
    )


def content_asset_steps() -> tuple[Step, ...]:
    """Steps that end in `content_asset`, after those of `contents`; they read `content_use`."""
    return (
        Step(
            "described",
            """
            SELECT content_id, min(title) AS title, min(kind) AS kind, min(topic) AS topic,
                min(persona) AS persona, min(published_on) AS published_on
            FROM contents
            GROUP BY content_id
            """,
        ),
        Step(
            "assets",
            """
            SELECT known.content_id, coalesce(described.title, known.content_id) AS content,
                described.kind, described.topic, described.persona AS intended_persona,
                described.published_on
            FROM (
                SELECT content_id FROM described
                UNION SELECT content_id FROM content_use
            ) AS known
            LEFT JOIN described ON described.content_id = known.content_id
            ORDER BY known.content_id
            """,
        ),
    )
