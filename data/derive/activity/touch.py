"""SQL steps that build the tables of touches from interactions."""

from __future__ import annotations

from data.schema.contract import UNASSIGNED
from data.spelling import Spelt
from data.sql import Step, reporting_day

WHO = "coalesce(aliases.person_id, interaction.person_id, visitor_span.person_id)"
"""SQL: who an interaction is of, with `aliases` and `SAME_VISITOR` joined."""

SAME_VISITOR = """LEFT JOIN visitor_span
                ON interaction.person_id IS NULL
                AND visitor_span.visitor_id = interaction.visitor_id
                AND interaction.occurred_at > visitor_span.after_at
                AND interaction.occurred_at <= visitor_span.until_at"""


def own_people_step() -> Step:
    """The step of the company's own people, after those of `segments`."""
    own = "SELECT own_domain.domain FROM own_domain"
    return Step(
        "own_people",
        f"""
        SELECT identity.person_id
        FROM person
        JOIN person_identity AS identity ON identity.reference = person.person_id
        WHERE lower(person.email_domain) IN ({own})
        UNION
        SELECT people.person_id
        FROM people
        JOIN companies ON companies.account_id = people.account_id
        JOIN account ON account.account_id = companies.reference
        WHERE lower(account.domain) IN ({own})
        """,
    )


SAME_SESSION = """LEFT JOIN session_sources
                ON session_sources.session_id = interaction.session_id"""


def of_visit(column: str) -> str:
    """SQL of what an interaction, with `SAME_SESSION` joined, came by: what its session does.

    >>> of_visit("utm_source").split(" THEN ")[1]
    'interaction.utm_source ELSE session_sources.utm_source END'
    """
    return (
        f"CASE WHEN session_sources.session_id IS NULL THEN interaction.{column} "
        f"ELSE session_sources.{column} END"
    )


OWN_CHANNEL = "coalesce(interaction.channel, session_sources.channel)"


def visit_steps() -> tuple[Step, ...]:
    """Steps of what visits came by.

    `session_sources` is the first interaction of each session that says anything of it,
    `visit_channels` the channel by source and medium, where no other says one.
    """
    first = Step(
        "session_sources",
        """
        SELECT session_id, channel, campaign_id, utm_source, utm_medium
        FROM (
            SELECT session_id, channel, campaign_id, utm_source, utm_medium,
                row_number() OVER (
                    PARTITION BY session_id ORDER BY occurred_at, interaction_id
                ) AS place
            FROM interaction
            WHERE session_id IS NOT NULL AND (channel IS NOT NULL OR campaign_id IS NOT NULL
                OR utm_source IS NOT NULL OR utm_medium IS NOT NULL)
        ) AS sourced
        WHERE place = 1
        """,
    )
    return first, Step(
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
    )


def touch_left_out_steps() -> tuple[Step, ...]:
    """Steps that end in `touch_left_out`, after those of `segments`."""
    return (
        own_people_step(),
        Step(
            "busy_days",
            """
            SELECT visitor_id, CASE WHEN visitor_id IS NULL THEN person_id END AS known_as,
                CAST(occurred_at AS DATE) AS day
            FROM interaction
            JOIN touch_action ON touch_action.action = interaction.action
            CROSS JOIN settings
            WHERE visitor_id IS NOT NULL OR person_id IS NOT NULL
            GROUP BY visitor_id, CASE WHEN visitor_id IS NULL THEN person_id END,
                CAST(occurred_at AS DATE), settings.most_a_day
            HAVING count(*) > settings.most_a_day
            """,
        ),
        Step(
            "reasons",
            f"""
            SELECT interaction.interaction_id, 0 AS rank, 'own_staff' AS reason,
                CAST(interaction.occurred_at AS DATE) AS day
            FROM interaction
            JOIN touch_action ON touch_action.action = interaction.action
            LEFT JOIN aliases ON aliases.reference = interaction.person_id
            {SAME_VISITOR}
            JOIN own_people ON own_people.person_id = {WHO}
            UNION ALL
            SELECT interaction.interaction_id, 1, 'machine', busy_days.day
            FROM interaction
            JOIN touch_action ON touch_action.action = interaction.action
            JOIN busy_days ON busy_days.day = CAST(interaction.occurred_at AS DATE)
                AND busy_days.visitor_id IS NOT DISTINCT FROM interaction.visitor_id
                AND (interaction.visitor_id IS NOT NULL
                    OR busy_days.known_as = interaction.person_id)
            """,
        ),
        Step(
            "left_out",
            """
            SELECT interaction_id, arg_min(reason, rank) AS reason, min(day) AS day
            FROM reasons
            GROUP BY interaction_id
            """,
        ),
    )


def touch_steps() -> tuple[Step, ...]:
    """Steps that end in `touch`: one row per interaction that can earn credit.

    They come after those of `segments`; interactions of `touch_left_out` are none.
    """
    channel = Spelt(
        "channel",
        f"coalesce({OWN_CHANNEL}, campaign.channel, visit_channels.channel, '{UNASSIGNED}')",
    )
    return (
        *keys_of_people(),
        *visit_steps(),
        Step(
            "touched",
            f"""
            SELECT
                interaction.interaction_id,
                {WHO} AS person_id,
                touch_people.account_id,
                interaction.occurred_at,
                {reporting_day("interaction.occurred_at")} AS occurred_on,
                interaction.action,
                coalesce(interaction.value_tier, touch_action.value_tier) AS value_tier,
                {channel.shown} AS channel,
                coalesce(campaign.name, {of_visit("campaign_id")}, '{UNASSIGNED}') AS campaign,
                coalesce(content.title, interaction.content_id, '{UNASSIGNED}') AS content,
                row_number() OVER (
                    ORDER BY interaction.occurred_at, interaction.interaction_id
                ) AS place,
                touch_people.person_key,
                touch_people.account_key
            FROM interaction
            CROSS JOIN settings
            JOIN touch_action ON touch_action.action = interaction.action
            LEFT JOIN touch_left_out
                ON touch_left_out.interaction_id = interaction.interaction_id
            LEFT JOIN aliases ON aliases.reference = interaction.person_id
            {SAME_VISITOR}
            LEFT JOIN touch_people ON touch_people.person_id = {WHO}
            {SAME_SESSION}
            LEFT JOIN campaigns AS campaign ON campaign.reference = {of_visit("campaign_id")}
            LEFT JOIN contents AS content ON content.reference = interaction.content_id
            LEFT JOIN visit_channels
                ON visit_channels.utm_source IS NOT DISTINCT FROM {of_visit("utm_source")}
                AND visit_channels.utm_medium IS NOT DISTINCT FROM {of_visit("utm_medium")}
            {channel.join}
            WHERE touch_left_out.interaction_id IS NULL
            ORDER BY place
            """,
        ),
    )


def keys_of_people() -> tuple[Step, ...]:
    """Steps to `touch_people`: everybody who may have a touch, with keys for scanning."""
    return (
        Step(
            "account_keys",
            f"""
            SELECT account_id, 256 * row_number() OVER (ORDER BY account_id)
                + {drawing_group("'account ' || account_id")} AS account_key
            FROM (SELECT DISTINCT account_id FROM people WHERE account_id IS NOT NULL) AS known
            """,
        ),
        Step(
            "touch_people",
            f"""
            SELECT known.person_id, people.account_id, account_keys.account_key,
                256 * row_number() OVER (ORDER BY known.person_id)
                    + {drawing_group("'person ' || known.person_id")} AS person_key
            FROM (
                SELECT person_id FROM aliases
                UNION SELECT person_id FROM interaction WHERE person_id IS NOT NULL
                UNION SELECT person_id FROM visitor_span
            ) AS known
            LEFT JOIN people ON people.person_id = known.person_id
            LEFT JOIN account_keys ON account_keys.account_id = people.account_id
            """,
        ),
    )


def drawing_group(text: str) -> str:
    """SQL: the first two digits of a text's MD5 as a number, 0 to 255; equal on every engine."""
    digits = [
        f"(strpos('0123456789abcdef', substr(md5({text}), {place}, 1)) - 1)" for place in (1, 2)
    ]
    return f"16 * {digits[0]} + {digits[1]}"
