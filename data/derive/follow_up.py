"""SQL steps that build `follow_up`: what was due of each MQL, and how sales responded.

Reads the derived tables `journey`, `lead_stage_entry` and `working_day` beside canonical ones.
"""

from __future__ import annotations

from data.derive.sales.work_calendar import calendar_steps, clock_steps
from data.derive.segments import SEGMENTS
from data.schema.contract import UNASSIGNED
from data.spelling import Spelt
from data.sql import Step, reporting_day
from data.terms.follow_up import FollowUpTerms


def follow_up_steps(terms: FollowUpTerms) -> tuple[Step, ...]:
    """Steps of `follow_up`, after the step `settings` and those of `lead_people`.

    The calendar is that of the lead's region or country (`calendar_steps`). Of a response that has
    no hour only the day is known: it is in time by that day, and took until the day's close.
    """
    return (
        *_handed_steps(terms),
        *_given_steps(),
        *_response_steps(terms),
        *clock_steps(),
        *_reason_steps(),
        _result_step(),
    )


def _handed_steps(terms: FollowUpTerms) -> tuple[Step, ...]:
    """Step `handed`: episodes that entered MQL, between what bounds them, with their calendar."""
    segments = ", ".join(f"with_calendar.{name}" for name in SEGMENTS)
    return (
        Step(
            "episodes",
            """
            SELECT journey.*,
                lag(exit_at) OVER in_order AS exit_before_at,
                CASE WHEN lead(lead_id) OVER in_order IS NOT NULL THEN exit_at END AS ends_at,
                min(mql_at) OVER later AS later_mql_at, min(won_at) OVER later AS later_won_at
            FROM journey
            WINDOW in_order AS (PARTITION BY lead_id ORDER BY episode),
                later AS (in_order ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)
            """,
        ),
        Step(
            "mql_entries",
            "SELECT DISTINCT lead_id, entered_at FROM lead_stage_entry WHERE stage = 'mql'",
        ),
        *calendar_steps(terms, "episodes"),
        Step(
            "handed",
            f"""
            SELECT {segments}, with_calendar.lead_id, with_calendar.episode,
                with_calendar.person_id, with_calendar.account_id, with_calendar.lead_on,
                with_calendar.mql_at, with_calendar.mql_on, with_calendar.sql_at,
                with_calendar.sql_on, with_calendar.opportunity_on, with_calendar.won_at,
                with_calendar.won_on, with_calendar.exit_at, with_calendar.exit_on,
                with_calendar.exit_reason, with_calendar.exit_before_at, with_calendar.ends_at,
                with_calendar.later_mql_at, with_calendar.later_won_at, with_calendar.calendar
            FROM with_calendar
            JOIN mql_entries
                ON mql_entries.lead_id = with_calendar.lead_id
                AND mql_entries.entered_at = with_calendar.mql_at
            """,
        ),
    )


def _given_steps() -> tuple[Step, ...]:
    """Steps `assigned`, per episode to whom it was given, and `answered`, what they said last."""
    owner = Spelt("owner", "assignment.owner")
    return (
        Step(
            "given",
            f"""
            SELECT handed.lead_id, handed.episode, assignment.assigned_at, {owner.shown} AS owner,
                assignment.route, assignment.accepted_at, assignment.rejected_at,
                assignment.reason, {reporting_day("assignment.assigned_at")} AS assigned_on,
                CASE WHEN assignment.rejected_at >= assignment.accepted_at
                    OR assignment.accepted_at IS NULL THEN assignment.rejected_at
                    ELSE assignment.accepted_at END AS answered_at,
                CASE WHEN assignment.rejected_at >= assignment.accepted_at
                    OR assignment.accepted_at IS NULL THEN 'rejected' ELSE 'accepted' END AS answer
            FROM handed
            CROSS JOIN settings
            JOIN assignment ON assignment.lead_id = handed.lead_id
            {owner.join}
            WHERE (handed.exit_before_at IS NULL
                    OR assignment.assigned_at > handed.exit_before_at)
                AND (handed.ends_at IS NULL OR assignment.assigned_at <= handed.ends_at)
            """,
        ),
        Step(
            "given_days",
            """
            SELECT lead_id, episode, assigned_on,
                count(DISTINCT CASE WHEN rejected_at IS NULL THEN owner END) AS owners
            FROM given
            GROUP BY lead_id, episode, assigned_on
            """,
        ),
        Step(
            "shared",
            """
            SELECT lead_id, episode FROM given_days WHERE owners > 1
            UNION
            SELECT lead_id, episode FROM given
            WHERE accepted_at IS NOT NULL AND rejected_at IS NULL
            GROUP BY lead_id, episode
            HAVING count(DISTINCT owner) > 1
            """,
        ),
        Step(
            "assigned",
            """
            SELECT lead_id, episode, count(*) AS assignments, max(assigned_at) AS assigned_at,
                max(assigned_on) AS assigned_on, arg_max(route, assigned_at) AS route,
                arg_max(CASE WHEN rejected_at IS NULL THEN owner END,
                    CASE WHEN rejected_at IS NULL THEN assigned_at END) AS owner
            FROM given
            GROUP BY lead_id, episode
            """,
        ),
        Step(
            "answered",
            """
            SELECT newest.lead_id, newest.episode, newest.answer, newest.answered_at,
                CASE WHEN newest.answer = 'rejected' THEN newest.reason END AS answer_reason,
                CASE WHEN newest.answer = 'rejected' THEN feedback_word.reason_name END
                    AS answer_reason_name
            FROM (
                SELECT given.*, row_number() OVER (
                    PARTITION BY lead_id, episode
                    ORDER BY answered_at DESC, assigned_at DESC, answer DESC, reason
                ) AS place
                FROM given
                WHERE answered_at IS NOT NULL
            ) AS newest
            LEFT JOIN feedback_word ON feedback_word.word = lower(trim(newest.reason))
            WHERE newest.place = 1
            """,
        ),
    )


def _response_steps(terms: FollowUpTerms) -> tuple[Step, ...]:
    """Step `responses`: per episode, the first thing that counts as a response."""
    told = {
        "accepted": "SELECT lead_id, episode, accepted_at, 1, 'accepted' FROM given",
        "rejected": "SELECT lead_id, episode, rejected_at, 2, 'rejected' FROM given",
        "action": """
            SELECT handed.lead_id, handed.episode, action.done_at, 3, 'action'
            FROM handed
            JOIN action ON action.subject_kind = 'lead' AND action.subject_id = handed.lead_id""",
        "stage": "SELECT lead_id, episode, sql_at, 4, 'stage' FROM handed",
        "exit": "SELECT lead_id, episode, exit_at, 5, 'exit' FROM handed",
    }
    counted = "".join(f" UNION ALL {told[each]}" for each in terms.answers)
    return (
        Step(
            "contacts",
            """
            SELECT coalesce(aliases.person_id, interaction.person_id) AS person_id,
                interaction.occurred_at
            FROM interaction
            JOIN response_action ON response_action.action = interaction.action
            LEFT JOIN aliases ON aliases.reference = interaction.person_id
            """,
        ),
        Step(
            "possible",
            f"""
            SELECT handed.lead_id, handed.episode, contacts.occurred_at AS told_at, 0 AS rank,
                'contact' AS responded_by
            FROM handed
            JOIN contacts ON contacts.person_id = handed.person_id
                AND contacts.occurred_at >= date_trunc('day', handed.mql_at)
            {counted}
            """,
        ),
        Step(
            "responses",
            """
            SELECT lead_id, episode, arg_min(told_at, order_key) AS responded_at,
                arg_min(responded_by, order_key) AS responded_by,
                arg_min(is_day_only, order_key) AS is_day_only
            FROM (
                SELECT possible.lead_id, possible.episode, possible.responded_by,
                    greatest(possible.told_at, handed.mql_at) AS told_at,
                    possible.told_at = date_trunc('day', possible.told_at) AS is_day_only,
                    epoch_us(CASE WHEN possible.told_at = date_trunc('day', possible.told_at)
                        THEN possible.told_at + INTERVAL 86399 SECOND
                        ELSE possible.told_at END) * 10 + possible.rank AS order_key
                FROM possible
                JOIN handed ON handed.lead_id = possible.lead_id
                    AND handed.episode = possible.episode
                WHERE possible.told_at >= handed.mql_at
                    OR (possible.told_at = date_trunc('day', possible.told_at)
                        AND possible.told_at = date_trunc('day', handed.mql_at))
            ) AS later
            GROUP BY lead_id, episode
            """,
        ),
    )


def _reason_steps() -> tuple[Step, ...]:
    """Step `feedback`: per episode the newest reason that sales gave."""
    return (
        Step(
            "reasons",
            """
            SELECT lead_id, episode, rejected_at AS told_at, reason, 0 AS rank FROM given
            WHERE rejected_at IS NOT NULL AND reason IS NOT NULL
            UNION ALL
            SELECT lead_id, episode, exit_at, exit_reason, 1 FROM handed
            WHERE exit_at IS NOT NULL AND exit_reason IS NOT NULL
            UNION ALL
            SELECT handed.lead_id, handed.episode, action.done_at, action.reason, 2
            FROM handed
            JOIN action ON action.subject_kind = 'lead' AND action.subject_id = handed.lead_id
            WHERE action.done_at >= handed.mql_at AND action.reason IS NOT NULL
                AND (handed.ends_at IS NULL OR action.done_at <= handed.ends_at)
            """,
        ),
        Step(
            "feedback",
            """
            SELECT newest.lead_id, newest.episode, newest.reason, newest.told_at,
                feedback_word.reason_name, feedback_word.reason_kind, feedback_word.next_action,
                feedback_word.after_days
            FROM (
                SELECT reasons.*, row_number() OVER (
                    PARTITION BY lead_id, episode ORDER BY told_at DESC, rank, reason
                ) AS place
                FROM reasons
            ) AS newest
            LEFT JOIN feedback_word ON feedback_word.word = lower(trim(newest.reason))
            WHERE newest.place = 1
            """,
        ),
    )


def _result_step() -> Step:
    segments = ", ".join(f"handed.{name}" for name in SEGMENTS)
    own_sql = "CASE WHEN handed.sql_at > feedback.told_at THEN handed.sql_at END"
    own_won = "CASE WHEN handed.won_at > feedback.told_at THEN handed.won_at END"
    again = f"least({own_sql}, CASE WHEN feedback.told_at IS NOT NULL THEN handed.later_mql_at END)"
    won = f"least({own_won}, CASE WHEN feedback.told_at IS NOT NULL THEN handed.later_won_at END)"
    return Step(
        "follow_ups",
        f"""
        SELECT {segments}, handed.lead_id, handed.episode, handed.person_id, handed.account_id,
            lead.score, handed.lead_on, handed.mql_at, handed.mql_on, handed.sql_on,
            handed.opportunity_on, handed.won_on, handed.exit_on,
            CASE WHEN timed.deadline_at IS NOT NULL THEN timed.calendar END AS calendar,
            timed.mql_work_seconds, timed.deadline_at,
            {reporting_day("timed.deadline_at")} AS deadline_on,
            timed.responded_at, {reporting_day("timed.responded_at")} AS responded_on,
            timed.responded_by, coalesce(timed.is_day_only, FALSE) AS is_day_only,
            timed.response_work_seconds,
            coalesce(assigned.assignments, 0) AS assignments, assigned.assigned_at,
            assigned.assigned_on, assigned.route,
            coalesce(assigned.owner, handed.owner) AS responsible,
            coalesce(sales_team.team, '{UNASSIGNED}') AS team,
            shared.lead_id IS NOT NULL AS is_shared, answered.answer,
            {reporting_day("answered.answered_at")} AS answered_on, answered.answer_reason,
            answered.answer_reason_name,
            feedback.reason, {reporting_day("feedback.told_at")} AS reason_on,
            feedback.reason_name, feedback.reason_kind, feedback.next_action,
            {reporting_day("feedback.told_at")} + CAST(feedback.after_days AS INTEGER)
                AS recycle_on,
            {reporting_day(again)} AS again_on, {reporting_day(won)} AS won_again_on
        FROM handed
        CROSS JOIN settings
        JOIN lead ON lead.lead_id = handed.lead_id
        JOIN timed ON timed.lead_id = handed.lead_id AND timed.episode = handed.episode
        LEFT JOIN assigned ON assigned.lead_id = handed.lead_id
            AND assigned.episode = handed.episode
        LEFT JOIN answered ON answered.lead_id = handed.lead_id
            AND answered.episode = handed.episode
        LEFT JOIN sales_team
            ON sales_team.owner = lower(trim(coalesce(assigned.owner, handed.owner)))
        LEFT JOIN shared ON shared.lead_id = handed.lead_id AND shared.episode = handed.episode
        LEFT JOIN feedback ON feedback.lead_id = handed.lead_id
            AND feedback.episode = handed.episode
        ORDER BY mql_on, handed.lead_id, handed.episode
        """,
    )
