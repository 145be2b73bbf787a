"""SQL steps that build `planned_action`: what is to be done next of each lead and company."""

from __future__ import annotations

from data.schema.contract import UNASSIGNED, columns
from data.schema.derived import Segmented
from data.spelling import Spelt
from data.sql import Step, reporting_day

_SEGMENTS = tuple(columns(Segmented))


def planned_action_steps() -> tuple[Step, ...]:
    """Steps of `planned_action`, after the step `settings`: they read `journey`.

    An action on a lead is sliced as the lead's last episode, one on a company as its first lead.
    What is known of no lead stands under `Unassigned`.
    """
    last = ", ".join(f"journey.{name}" for name in _SEGMENTS)
    earliest = "(lead_on, lead_id, episode)"
    first = ", ".join(f"arg_min({name}, {earliest}) AS {name}" for name in _SEGMENTS)
    filled = ", ".join(
        f"coalesce(of_lead.{name}, of_account.{name}, '{UNASSIGNED}') AS {name}"
        for name in _SEGMENTS
    )
    doer = Spelt("owner", "action.owner")
    whose = "coalesce(nullif(trim(named.doer), ''), named.owner)"
    return (
        Step(
            "companies",
            "SELECT reference, account_id FROM account_identity WHERE applied",
        ),
        Step(
            "last_episodes",
            f"""
            SELECT {last}, journey.lead_id, journey.account_id
            FROM journey
            WHERE journey.episode = journey.episodes
                AND EXISTS (SELECT 1 FROM action)
            """,
        ),
        Step(
            "first_leads",
            f"""
            SELECT account_id, {first}
            FROM journey
            WHERE account_id IS NOT NULL AND EXISTS (SELECT 1 FROM action)
            GROUP BY account_id
            """,
        ),
        Step(
            "named",
            f"""
            SELECT {filled}, action.action_id, action.subject_kind,
                CASE WHEN action.subject_kind = 'lead' THEN action.subject_id END AS lead_id,
                CASE WHEN action.subject_kind = 'lead' THEN of_lead.account_id
                    ELSE coalesce(companies.account_id, action.subject_id) END AS account_id,
                action.kind, {doer.shown} AS doer, action.due_on, action.done_at, action.result,
                coalesce(feedback_word.reason_name, nullif(trim(action.reason), ''),
                    '{UNASSIGNED}') AS reason
            FROM action
            LEFT JOIN last_episodes AS of_lead
                ON action.subject_kind = 'lead' AND of_lead.lead_id = action.subject_id
            LEFT JOIN companies
                ON action.subject_kind = 'account' AND companies.reference = action.subject_id
            LEFT JOIN first_leads AS of_account ON action.subject_kind = 'account'
                AND of_account.account_id = coalesce(companies.account_id, action.subject_id)
            LEFT JOIN feedback_word ON feedback_word.word = lower(trim(action.reason))
            {doer.join}
            """,
        ),
        Step(
            "planned_actions",
            f"""
            SELECT {", ".join(f"named.{name}" for name in _SEGMENTS)}, named.action_id,
                named.subject_kind, named.lead_id, named.account_id, named.kind, named.reason,
                {whose} AS responsible, coalesce(sales_team.team, '{UNASSIGNED}') AS team,
                named.due_on, {reporting_day("named.done_at")} AS done_on, named.result
            FROM named
            CROSS JOIN settings
            LEFT JOIN sales_team ON sales_team.owner = lower(trim({whose}))
            ORDER BY due_on, action_id
            """,
        ),
    )
