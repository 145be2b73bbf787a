"""SQL steps of the event funnel: what was done to and by each person, and what events record."""

from __future__ import annotations

from dataclasses import replace

from data.named_tables import CAMPAIGNS, named_steps
from data.schema.contract import UNASSIGNED
from data.sql import Step, Value
from metrics.scope import Scope

HIGH_VALUE_DAYS = 30
"""High-value actions count so many days after somebody attended."""

OPPORTUNITY_DAYS = 90
"""Opportunities count so many days after somebody attended."""

QUIET_DAYS = 14
"""A campaign without a planned end runs until nothing has happened for so many days."""

TELLS = (
    ("email_sent", "mailed"), ("email_delivered", "delivered"), ("email_bounce", "bounced"),
    ("email_open", "opened"), ("email_click", "opened"), ("reply", "opened"),
    ("call_no_answer", "called"), ("call_voicemail", "called"),
    ("call_wrong_number", "wrong_number"),
    ("call_connected", "talked"), ("callback_requested", "talked"),
    ("webinar_registered", "registered"), ("event_registered", "registered"),
    ("webinar_attended", "was_there"), ("event_attended", "was_there"),
    ("session_attended", "was_active"), ("booth_visited", "was_active"),
)  # fmt: skip
"""What each action of a campaign tells of the person."""

_CALLS = "tells IN ('called', 'wrong_number', 'talked')"
_MAILS = "tells IN ('mailed', 'delivered', 'bounced')"


def facts_step(scope: Scope) -> Step:
    """The first step of what is known of people, whoever is asked for: until when, and by what.

    What actions tell, the last day observed, and the leads of a viewer who may not see all.
    """
    empty = "CAST(NULL AS VARCHAR)"
    parts = [
        f"SELECT 'bounds' AS row_kind, CAST(? AS DATE) AS observed_until, {empty} AS action,"
        f" {empty} AS tells, {empty} AS lead_id",
        *["SELECT 'action', CAST(NULL AS DATE), CAST(? AS VARCHAR), CAST(? AS VARCHAR), "
          f"{empty}"] * len(TELLS),
    ]  # fmt: skip
    values: tuple[Value, ...] = (scope.observed_until, *(text for pair in TELLS for text in pair))
    if allowed := scope.viewer.restrictions:
        parts.append(
            f"SELECT DISTINCT 'lead', CAST(NULL AS DATE), {empty}, {empty}, lead_id FROM journey"
            f" WHERE {' AND '.join(each.sql for each in allowed)}"
        )
        values += tuple(value for each in allowed for value in each.bound)
    return Step("facts", "\nUNION ALL\n".join(parts), values)


def took_steps() -> tuple[Step, ...]:
    """Steps to `took`, after `facts`: per campaign and person, what was done, and when first."""
    named = replace(CAMPAIGNS, facts=("name", "channel", "kind", "starts_on", "ends_on"))
    counts = ",\n".join(
        f"count(CASE WHEN {condition} THEN 1 END) AS {name}"
        for name, condition in (
            ("mails_sent", "tells = 'mailed'"),
            ("mails_told", "tells IN ('delivered', 'bounced')"),
            ("mails", _MAILS),
            ("delivered", "tells = 'delivered'"),
            ("bounced", "tells = 'bounced'"),
            ("opened", "tells = 'opened'"),
            ("calls", _CALLS),
            ("callable", "tells IN ('called', 'talked')"),
        )
    )
    return (
        Step("bounds", "SELECT observed_until FROM facts WHERE row_kind = 'bounds'"),
        Step("actions", "SELECT action, tells FROM facts WHERE row_kind = 'action'"),
        *named_steps(named),
        Step(
            "done",
            f"""
            SELECT coalesce(campaigns.campaign_id, interaction.campaign_id) AS campaign_id,
                coalesce(campaigns.name, interaction.campaign_id) AS campaign,
                coalesce(
                    campaigns.kind, campaigns.channel, interaction.channel, '{UNASSIGNED}'
                ) AS kind,
                campaigns.starts_on, campaigns.ends_on,
                coalesce(person_identity.person_id, interaction.person_id) AS person_id,
                interaction.occurred_at, CAST(interaction.occurred_at AS DATE) AS occurred_on,
                interaction.action, actions.tells
            FROM interaction
            JOIN actions ON actions.action = interaction.action
            CROSS JOIN bounds
            LEFT JOIN person_identity ON person_identity.reference = interaction.person_id
            LEFT JOIN campaigns ON campaigns.reference = interaction.campaign_id
            WHERE interaction.campaign_id IS NOT NULL AND interaction.person_id IS NOT NULL
                AND CAST(interaction.occurred_at AS DATE) <= bounds.observed_until
            """,
        ),
        Step(
            "took",
            f"""
            SELECT campaign_id, person_id, min(campaign) AS campaign, min(kind) AS kind,
                min(starts_on) AS starts_on, min(ends_on) AS ends_on,
                min(occurred_on) AS first_on, max(occurred_on) AS last_on,
                {counts},
                min(CASE WHEN tells IN ('opened', 'talked') THEN occurred_at END) AS reached_at,
                min(CASE WHEN tells = 'registered' THEN occurred_at END) AS registered_at,
                min(CASE WHEN tells IN ('was_there', 'was_active') THEN occurred_at END)
                    AS attended_at
            FROM done
            GROUP BY campaign_id, person_id
            """,
        ),
    )


def event_rows() -> tuple[Step, ...]:
    """Steps to `events`: one row per campaign with what its records tell, whoever is asked for."""
    flags = ",\n".join(
        f"max(CASE WHEN {condition} THEN 1 ELSE 0 END) AS {name}"
        for name, condition in (
            ("has_list", "mails + calls > 0"),
            ("has_deliveries", "delivered > 0"),
            ("has_fates", "delivered + bounced > 0"),
            ("has_opens", "opened > 0"),
            ("has_reached", "reached_at IS NOT NULL"),
            ("has_registered", "registered_at IS NOT NULL"),
            ("has_attended", "attended_at IS NOT NULL"),
        )
    )
    return (
        Step(
            "recorded",
            f"""
            SELECT campaign_id, min(campaign) AS campaign, min(kind) AS kind,
                coalesce(min(starts_on), min(first_on)) AS starts_on,
                min(ends_on) AS planned_end_on,
                coalesce(min(ends_on), greatest(max(last_on), min(starts_on))) AS ends_on,
                {flags}
            FROM took
            GROUP BY campaign_id
            """,
        ),
        Step(
            "of_kind",
            """
            SELECT kind, max(has_fates) AS kind_fates, max(has_opens) AS kind_opens,
                max(has_registered) AS kind_registered, max(has_attended) AS kind_attended
            FROM recorded
            GROUP BY kind
            """,
        ),
        Step(
            "costs",
            """
            SELECT spend.campaign_id, CASE WHEN count(*) = count(spend.cost_amount)
                THEN CAST(sum(spend.cost_amount) AS DECIMAL(18, 2)) END AS cost_amount
            FROM spend CROSS JOIN bounds
            WHERE spend.spend_on <= bounds.observed_until
            GROUP BY spend.campaign_id
            """,
        ),
        Step(
            "high_values",
            """
            SELECT touch.person_id, touch.occurred_at, touch.occurred_on
            FROM touch
            CROSS JOIN bounds
            LEFT JOIN actions ON actions.action = touch.action AND actions.tells = 'was_there'
            WHERE touch.value_tier = 'high' AND actions.action IS NULL
                AND touch.person_id IS NOT NULL AND touch.occurred_on <= bounds.observed_until
            """,
        ),
        Step(
            "told",
            """
            SELECT max(tells_value) AS tells_value, max(tells_deals) AS tells_deals
            FROM (
                SELECT count(*) AS tells_value, 0 AS tells_deals FROM high_values
                UNION ALL
                SELECT 0, count(opened_on) FROM deal
            ) AS counted_facts
            """,
        ),
        Step(
            "dated",
            f"""
            SELECT recorded.*, of_kind.kind_fates, of_kind.kind_opens, of_kind.kind_registered,
                of_kind.kind_attended, costs.cost_amount, told.tells_value, told.tells_deals,
                bounds.observed_until,
                CASE WHEN planned_end_on IS NOT NULL THEN planned_end_on > bounds.observed_until
                    ELSE date_diff('day', recorded.ends_on, bounds.observed_until) < {QUIET_DAYS}
                END AS is_running,
                date_diff('day', recorded.ends_on, bounds.observed_until) AS followed_days
            FROM recorded
            JOIN of_kind ON of_kind.kind = recorded.kind
            CROSS JOIN told
            CROSS JOIN bounds
            LEFT JOIN costs ON costs.campaign_id = recorded.campaign_id
            """,
        ),
        Step(
            "events",
            """
            SELECT dated.*,
                has_opens = 1 OR (kind_opens = 1 AND has_registered = 0 AND has_attended = 0)
                    AS knows_opens,
                has_registered = 1 OR (
                    kind_registered = 1 AND has_attended = 0 AND has_list + has_reached > 0
                ) AS knows_registered,
                has_attended = 1 OR (
                    kind_attended = 1 AND has_registered = 1 AND NOT is_running
                ) AS knows_attended
            FROM dated
            """,
        ),
    )
