"""SQL steps of the audit trail: everything known people did, and whether it counts."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from data.schema.contract import UNASSIGNED
from data.spelling import Spelt
from data.sql import Step
from metrics.attribution.paths import conversion_steps, path_steps
from metrics.attribution.question import Question, Sharing, Touched
from metrics.scope import Stage


class Standing(StrEnum):
    """Whether a touch earns credit for a conversion, and if not why."""

    COUNTED = "counted"
    COLLAPSED = "collapsed"
    SAME_DAY = "same_day"
    OUTSIDE_LOOKBACK = "outside_lookback"
    USED_UP = "used_up"
    AFTER_EVENT = "after_event"
    OTHER_PERSON = "other_person"
    NOT_ELIGIBLE = "not_eligible"

    @property
    def label(self) -> str:
        """The standing in words.

        >>> Standing.USED_UP.label
        'used up by an earlier conversion'
        """
        return _LABELS[self]


_LABELS = {
    Standing.COUNTED: "counts",
    Standing.COLLAPSED: "left out of the path: one like it stands for it",
    Standing.SAME_DAY: "the person's second touch of the day there",
    Standing.OUTSIDE_LOOKBACK: "before the lookback",
    Standing.USED_UP: "used up by an earlier conversion",
    Standing.AFTER_EVENT: "after the conversion",
    Standing.OTHER_PERSON: "by somebody else at the account",
    Standing.NOT_ELIGIBLE: "an action that earns no credit",
}


def conversion_of(question: Question, subject_id: str) -> tuple[Step, ...]:
    """Steps from `scoped` to `audited`: the one row of a conversion, with its account's name."""
    return (*_wanted(conversion_steps(question), subject_id), _audited(question))


def trail_steps(question: Question, subject_id: str) -> tuple[Step, ...]:
    """Steps from `scoped` to `trail`: one row per thing that people of the conversion did.

    All that is known of the primary lead's person and of everyone at the account. Actions that
    cannot earn credit are on the day of UTC, others on that of the reporting time zone.
    """
    return (
        *_wanted(path_steps(question), subject_id),
        _audited(question),
        *_candidates(),
        *_standings(question),
    )


def _wanted(steps: tuple[Step, ...], subject_id: str) -> tuple[Step, ...]:
    """The steps with the column `wanted` in `scoped`, which alone may bind a value."""
    asked = "SELECT CAST(? AS VARCHAR) AS wanted, asked.* FROM (\n{}\n) AS asked"
    return tuple(
        replace(step, sql=asked.format(step.sql), values=(subject_id, *step.values))
        if step.name == "scoped"
        else step
        for step in steps
    )


def _audited(question: Question) -> Step:
    """Step `audited`: the conversion that is `wanted`, and `after` which its touches count."""
    is_reset = question.sharing is Sharing.RESET
    return Step(
        "audited",
        f"""
        SELECT conversions.*, coalesce(account.name, conversions.account_id) AS account,
            {"before.after" if is_reset else "CAST(NULL AS TIMESTAMP)"} AS after
        FROM conversions
        JOIN (SELECT min(wanted) AS wanted FROM scoped) AS named
            ON named.wanted = conversions.subject_id
        LEFT JOIN (
            SELECT conversions.subject_id, max(events.moment) AS after
            FROM conversions
            JOIN events ON events.who = conversions.who AND events.moment < conversions.moment
            GROUP BY conversions.subject_id
        ) AS before ON before.subject_id = conversions.subject_id
        LEFT JOIN account ON account.account_id = conversions.account_id
        """,
    )


def _candidates() -> tuple[Step, ...]:
    channel, campaign, content = (
        Spelt(name, f"coalesce({text}, '{UNASSIGNED}')")
        for name, text in (
            ("channel", "interaction.channel, campaign.channel"),
            ("campaign", "campaign.name, interaction.campaign_id"),
            ("content", "content.title, interaction.content_id"),
        )
    )
    return (
        Step(
            "their_people",
            """
            SELECT audited.person_id
            FROM audited
            WHERE audited.person_id IS NOT NULL
            UNION
            SELECT touch.person_id
            FROM audited
            JOIN touch ON touch.account_id = audited.account_id
            WHERE touch.person_id IS NOT NULL
            UNION
            SELECT journey.person_id
            FROM audited
            JOIN journey ON journey.account_id = audited.account_id
            WHERE journey.person_id IS NOT NULL
            """,
        ),
        Step(
            "their_touches",
            """
            SELECT touch.interaction_id, touch.person_id, touch.occurred_at, touch.occurred_on,
                touch.action, touch.value_tier, touch.channel, touch.campaign, touch.content,
                TRUE AS is_eligible
            FROM touch
            CROSS JOIN audited
            WHERE touch.person_id IS NOT NULL
                AND (touch.person_id = audited.person_id
                    OR touch.account_id = audited.account_id)
            """,
        ),
        Step(
            "other_actions",
            f"""
            SELECT interaction.interaction_id, their_people.person_id, interaction.occurred_at,
                CAST(interaction.occurred_at AS DATE) AS occurred_on, interaction.action,
                interaction.value_tier,
                {channel.shown} AS channel, {campaign.shown} AS campaign,
                {content.shown} AS content,
                FALSE AS is_eligible
            FROM interaction
            LEFT JOIN person_identity ON person_identity.reference = interaction.person_id
            JOIN their_people ON their_people.person_id
                = coalesce(person_identity.person_id, interaction.person_id)
            LEFT JOIN touch ON touch.interaction_id = interaction.interaction_id
            LEFT JOIN campaign ON campaign.campaign_id = interaction.campaign_id
            LEFT JOIN content ON content.content_id = interaction.content_id
            {channel.join}
            {campaign.join}
            {content.join}
            WHERE touch.interaction_id IS NULL
            """,
        ),
        Step(
            "candidates",
            "SELECT * FROM their_touches UNION ALL SELECT * FROM other_actions",
        ),
    )


def _standings(question: Question) -> tuple[Step, ...]:
    won = question.event is Stage.WON
    at = "candidates.occurred_on" if won else "candidates.occurred_at"
    moment = "audited.converted_on" if won else "audited.moment"
    after = "CAST(audited.after AS DATE)" if won else "audited.after"
    days = "date_diff('day', candidates.occurred_on, audited.converted_on)"
    lookback = question.lookback_days
    too_early = "FALSE" if lookback is None else f"{days} > {lookback}"
    other = (
        "candidates.person_id IS DISTINCT FROM audited.person_id"
        if question.touched is Touched.PERSON
        else "FALSE"
    )
    return (
        Step(
            "timed",
            f"""
            SELECT candidates.*, candidates.{question.by.value} AS segment,
                {days} AS days_before,
                CASE WHEN NOT is_eligible THEN '{Standing.NOT_ELIGIBLE}'
                    WHEN {other} THEN '{Standing.OTHER_PERSON}'
                    WHEN {at} > {moment} THEN '{Standing.AFTER_EVENT}'
                    WHEN {at} <= {after} THEN '{Standing.USED_UP}'
                    WHEN {too_early} THEN '{Standing.OUTSIDE_LOOKBACK}'
                    ELSE '{Standing.COLLAPSED}' END AS standing
            FROM candidates
            CROSS JOIN audited
            """,
        ),
        Step(
            "in_their_days",
            """
            SELECT timed.*,
                row_number() OVER (
                    PARTITION BY standing, person_id, segment, occurred_on
                    ORDER BY occurred_at, interaction_id
                ) AS place_in_its_day
            FROM timed
            """,
        ),
        Step(
            "audited_path",
            """
            SELECT paths.interaction_id, paths.place, paths.places, paths.lead_place,
                paths.deal_place
            FROM paths
            JOIN audited ON audited.subject_id = paths.subject_id
            """,
        ),
        Step(
            "trail",
            f"""
            SELECT audited_path.place,
                CASE WHEN audited_path.place IS NOT NULL THEN '{Standing.COUNTED}'
                    WHEN standing = '{Standing.COLLAPSED}' AND place_in_its_day > 1
                        THEN '{Standing.SAME_DAY}'
                    ELSE standing END AS standing,
                in_their_days.interaction_id, occurred_at, occurred_on, days_before,
                in_their_days.person_id, person.job_title, action, value_tier, channel, campaign,
                content, segment,
                coalesce(place = 1, FALSE) AS is_first,
                coalesce(place = lead_place, FALSE) AS is_before_lead,
                coalesce(place = deal_place, FALSE) AS is_before_deal,
                coalesce(place = places, FALSE) AS is_last
            FROM in_their_days
            LEFT JOIN audited_path ON audited_path.interaction_id = in_their_days.interaction_id
            LEFT JOIN person ON person.person_id = in_their_days.person_id
            """,
        ),
    )
