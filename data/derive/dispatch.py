"""SQL steps that build `dispatch`: who had a lead from when to when, and what came of it."""

from __future__ import annotations

from data.derive.activity.touch import drawing_group
from data.derive.sales.work_calendar import calendar_steps, work_seconds
from data.derive.segments import SEGMENTS
from data.spelling import Spelt
from data.sql import Step, reporting_day
from data.terms.follow_up import FollowUpTerms

_STAGES = ("mql", "sql", "opportunity", "won")

_OF_SALES = ("sql", "opportunity", "won")
"""Stages that a lead does not reach without somebody who works on it."""


def dispatch_steps(terms: FollowUpTerms) -> tuple[Step, ...]:
    """Steps that end in `dispatch`, after `settings`: they read `journey` and `working_day`.

    A lead has a row for the time before it was given to anybody, and one each time it was given.
    Whoever had it answered when they accepted it, rejected it, or the lead moved on while they had
    it; the first of these counts, and of one moment an acceptance.
    """
    reached = ", ".join(
        f"min({stage}_at) AS {stage}_at, min({stage}_on) AS {stage}_on" for stage in _STAGES
    )
    moved = ", ".join(
        f"CASE WHEN leads.{stage}_at > spells.since_at"
        f" AND (spells.until_at IS NULL OR leads.{stage}_at < spells.until_at)"
        f" THEN leads.{stage}_at END"
        for stage in _OF_SALES
    )
    seller = Spelt("owner", "nullif(trim(owner), '')")
    outcomes = ", ".join(f"outcomes.{stage}_at, outcomes.{stage}_on" for stage in _STAGES)
    return (
        Step(
            "outcomes",
            f"""
            SELECT lead_id, min(lead_at) AS lead_at, min(lead_on) AS lead_on, {reached},
                max(CASE WHEN episode = episodes THEN exit_on END) AS exit_on
            FROM journey
            GROUP BY lead_id
            """,
        ),
        Step(
            "leads",
            f"""
            SELECT {", ".join(f"journey.{name}" for name in SEGMENTS)}, journey.lead_id,
                {drawing_group("coalesce(journey.account_id, journey.lead_id)")} AS account_group,
                outcomes.lead_at, outcomes.lead_on, {outcomes}, outcomes.exit_on
            FROM journey
            JOIN outcomes ON outcomes.lead_id = journey.lead_id
            WHERE journey.episode = 1 AND EXISTS (SELECT lead_id FROM assignment)
            """,
        ),
        Step(
            "given",
            f"""
            SELECT lead_id, assigned_at, nullif(trim(route), '') AS route,
                {seller.shown} AS seller, accepted_at, rejected_at, reason,
                row_number() OVER (PARTITION BY lead_id ORDER BY assigned_at) AS place,
                lead(assigned_at) OVER (PARTITION BY lead_id ORDER BY assigned_at) AS until_at
            FROM assignment
            {seller.join}
            """,
        ),
        Step(
            "spells",
            """
            SELECT lead_id, place, assigned_at AS since_at, until_at, route, seller, accepted_at,
                rejected_at, reason
            FROM given
            UNION ALL
            SELECT leads.lead_id, 0 AS place, leads.lead_at AS since_at,
                firsts.assigned_at AS until_at, NULL AS route, NULL AS seller,
                CAST(NULL AS TIMESTAMP) AS accepted_at, CAST(NULL AS TIMESTAMP) AS rejected_at,
                NULL AS reason
            FROM leads
            LEFT JOIN (SELECT given.lead_id, given.assigned_at FROM given WHERE place = 1) AS firsts
                ON firsts.lead_id = leads.lead_id
            """,
        ),
        Step(
            "answers",
            f"""
            SELECT leads.*, spells.place, spells.since_at, spells.until_at, spells.route,
                spells.seller, spells.reason, spells.accepted_at, spells.rejected_at,
                CASE WHEN spells.place > 0
                    THEN least(spells.accepted_at, spells.rejected_at, {moved}) END AS answered_at
            FROM spells
            JOIN leads ON leads.lead_id = spells.lead_id
            """,
        ),
        *calendar_steps(terms, "answers"),
        *_reading_steps(),
        Step(
            "dispatch",
            f"""
            SELECT {", ".join(SEGMENTS)}, lead_id, place, account_group, lead_on, since_at,
                {reporting_day("since_at")} AS since_on, {reporting_day("until_at")} AS until_on,
                route, seller, {reporting_day("answered_at")} AS answered_on,
                CASE WHEN answered_at IS NULL THEN NULL
                    WHEN answered_at = accepted_at THEN 'accepted'
                    WHEN answered_at = rejected_at THEN 'rejected'
                    ELSE 'moved on' END AS answer,
                CASE WHEN answer = 'rejected' THEN reason END AS reason,
                calendar, since_work_seconds, answered_work_seconds, until_work_seconds,
                mql_on, sql_on, opportunity_on, won_on, exit_on
            FROM clocked
            CROSS JOIN settings
            ORDER BY lead_on, lead_id, place
            """,
        ),
    )


def _reading_steps() -> tuple[Step, ...]:
    """Step `clocked`, after `with_calendar`: what the calendar's clock shows at three moments."""
    moments = ("since", "answered", "until")
    local = ", ".join(
        f"timezone(work_calendar.time_zone, timezone('UTC', with_calendar.{name}_at))"
        f" AS {name}_local_at"
        for name in moments
    )
    readings = ", ".join(
        f"{work_seconds(f'of_{name}', f'spells_at.{name}_local_at')} AS {name}_work_seconds"
        for name in moments
    )
    days = " ".join(
        f"LEFT JOIN working_day AS of_{name} ON of_{name}.calendar = spells_at.calendar"
        f" AND of_{name}.day_on = CAST(spells_at.{name}_local_at AS DATE)"
        for name in moments
    )
    return (
        Step(
            "spells_at",
            f"""
            SELECT with_calendar.*, {local}
            FROM with_calendar
            LEFT JOIN work_calendar ON work_calendar.calendar = with_calendar.calendar
                AND with_calendar.place > 0
            """,
        ),
        Step("clocked", f"SELECT spells_at.*, {readings} FROM spells_at {days}"),
    )
