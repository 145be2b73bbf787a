"""SQL steps of what is still open: in which stage each record is, and since when."""

from __future__ import annotations

from data.spelling import Spelt
from data.sql import Step
from metrics.scope import Counting, Scope, Stage, Unit
from metrics.subjects import days_of_stages, is_undated, subject_steps

_LEFT = "CASE WHEN episode = episodes AND exit_stage IN ('disqualified', 'lost') THEN exit_on END"


def standing_steps(scope: Scope) -> tuple[Step, ...]:
    """Steps to `standing`: one row per record of the unit that is open on the last day observed.

    `record_id` is that of the lead, account or deal, `stage` the latest that it has reached, since
    `since_on`. Whatever the period. Who is in a later stage since an unknown day is not there. Who
    was disqualified or lost and stayed so is not open, nor who is won; who was recycled may come
    back and is.
    """
    stages = list(reversed(scope.unit.stages))
    stage = " ".join(
        f"WHEN {each.value}_on <= observed_until THEN '{each.value}'" for each in stages
    )
    since = " ".join(
        f"WHEN {each.value}_on <= observed_until THEN {each.value}_on" for each in stages
    )
    is_told = " AND ".join(f"NOT {is_undated(each)}" for each in scope.unit.stages[1:])
    return (
        *_records(scope),
        Step(
            "staged",
            f"""
            SELECT record_id, account_id, owner, observed_until, exit_on,
                CASE {stage} END AS stage, CASE {since} END AS since_on
            FROM records
            WHERE {is_told}
            """,
        ),
        Step(
            "standing",
            f"""
            SELECT record_id, account_id, owner, stage, since_on,
                date_diff('day', since_on, observed_until) AS age_days
            FROM staged
            WHERE stage <> '{Stage.WON.value}' AND (exit_on IS NULL OR exit_on > observed_until)
            """,
        ),
    )


def _records(scope: Scope) -> tuple[Step, ...]:
    """Steps to `records`: the subjects of the scope with their ids and owners."""
    if scope.unit is Unit.LEAD:
        suffix = "_on" if scope.counting is Counting.REACHED else "_entered_on"
        days = days_of_stages(suffix, "min({})")
        sql = f"""
            SELECT lead_id AS record_id, account_id, owner, observed_until, {days},
                max({_LEFT}) AS exit_on
            FROM scoped GROUP BY lead_id, account_id, owner, observed_until
            """
        return scope.step("journey"), Step("records", sql)
    if scope.unit is Unit.ACCOUNT:
        owner = Spelt("owner", "account.owner")
        sql = f"""
            SELECT subjects.*, subjects.account_id AS record_id, {owner.shown} AS owner
            FROM subjects LEFT JOIN account ON account.account_id = subjects.account_id
            {owner.join}
            """
    else:
        sql = """
            SELECT subjects.*, subjects.opportunity_id AS record_id, scoped.owner
            FROM subjects JOIN scoped ON scoped.opportunity_id = subjects.opportunity_id
            """
    return *subject_steps(scope), Step("records", sql)
