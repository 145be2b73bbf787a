"""Who is counted: one row per lead, account or deal, with the day each stage was reached."""

from __future__ import annotations

from data.sql import Step
from metrics.scope import Counting, Dimension, Scope, Stage, Unit


def subject_steps(scope: Scope, by: Dimension | None = None) -> tuple[Step, ...]:
    """Steps from `scoped` to `subjects`: `lead_on` … `won_on`, the scope's bounds, the segment.

    A lead's episodes become one row with the earliest day of each stage; counted strictly, of each
    stage that one of them entered in order. The few leads with several episodes are grouped apart,
    so that the many need no grouping. An account's row has its `account_id`, the earliest days over
    its leads and the segment of its earliest lead, by which it is also filtered: an account is
    whole or not there. Of leads of one day the first id is the earliest. A deal's row has its two
    stages: it is an opportunity from its opening on, and won on the day it was closed as won;
    without a day of opening the day it was won stands for both, but for counting strictly.
    """
    if scope.unit is Unit.DEAL:
        return scope.step("deal"), _deals(scope, by)
    suffix = "_on" if scope.counting is Counting.REACHED else "_entered_on"
    segment = f"{by.value}, " if by else ""
    bounds = "period_start, period_end, observed_until, window_days"
    days = ", ".join(f"{stage.value}{suffix} AS {stage.value}_on" for stage in Stage)
    earliest = ", ".join(f"min({stage.value}{suffix}) AS {stage.value}_on" for stage in Stage)
    if scope.unit is Unit.LEAD:
        return (
            scope.step("journey"),
            Step(
                "subjects",
                f"""
                SELECT {segment}{bounds}, {days} FROM scoped WHERE episodes = 1
                UNION ALL
                SELECT {segment}{bounds}, {earliest} FROM scoped WHERE episodes > 1
                GROUP BY lead_id, {segment}{bounds}
                """,
            ),
        )
    if by is None and not scope.filters:
        return (
            scope.step("journey"),
            Step(
                "subjects",
                f"""
                SELECT account_id, {bounds}, {earliest} FROM scoped
                WHERE account_id IS NOT NULL
                GROUP BY account_id, {bounds}
                """,
            ),
        )
    segment = f"min(CASE WHEN place = 1 THEN {by.value} END) AS {by.value}, " if by else ""
    return (
        scope.step("journey", mark=True),
        Step(
            "ranked",
            f"""
            SELECT scoped.*,
                row_number() OVER (
                    PARTITION BY account_id ORDER BY lead{suffix} NULLS LAST, lead_id, episode
                ) AS place
            FROM scoped
            WHERE account_id IS NOT NULL
            """,
        ),
        Step(
            "subjects",
            f"""
            SELECT account_id, {segment}{bounds}, {earliest}
            FROM ranked
            GROUP BY account_id, {bounds}
            HAVING count(CASE WHEN place = 1 AND matches THEN 1 END) = 1
            """,
        ),
    )


def _deals(scope: Scope, by: Dimension | None) -> Step:
    segment = f"{by.value}, " if by else ""
    won = "CASE WHEN outcome = 'won' THEN closed_on END"
    opened = f"least(opened_on, {won})"
    if scope.counting is Counting.STRICT:
        opened = "opened_on"
        won = "CASE WHEN outcome = 'won' AND closed_on >= opened_on THEN closed_on END"
    return Step(
        "subjects",
        f"""
        SELECT opportunity_id, {segment}period_start, period_end, observed_until, window_days,
            {opened} AS opportunity_on, {won} AS won_on
        FROM scoped
        """,
    )
