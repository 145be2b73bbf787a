"""Who is counted: one row per lead, account or deal, with the day each stage was reached."""

from __future__ import annotations

from collections.abc import Sequence

from data.sql import Step
from metrics.scope import Counting, Dimension, Scope, Stage, Unit


def subject_steps(
    scope: Scope, by: Dimension | Sequence[Dimension] | None = None
) -> tuple[Step, ...]:
    """Steps from `scoped` to `subjects`: account, segments, bounds, `lead_on` … `exit_on`.

    A lead's episodes become one row with the earliest day of each stage; counted strictly, of each
    stage that one of them entered in order. The few leads with several episodes are grouped apart,
    so that the many need no grouping. `exit_on` is the day a lead was disqualified or lost and
    stayed so; one that is only recycled may come back and has not left.

    An account's row has the earliest days over its leads and the segments of its earliest lead, by
    which it is also filtered: an account is whole or not there. It has left when all its leads
    have, on the day of the last. Of leads of one day the first id is the earliest.

    A deal's row has its two stages: it is an opportunity from its opening on, and won on the day it
    was closed as won; without a day of opening the day it was won stands for both, but for counting
    strictly. It has left on the day it was lost.
    """
    dimensions = [by] if isinstance(by, Dimension) else by or ()
    if scope.unit is Unit.DEAL:
        return scope.step("deal"), _deals(scope, dimensions)
    suffix = "_on" if scope.counting is Counting.REACHED else "_entered_on"
    segment = "".join(f"{each.value}, " for each in dimensions)
    bounds = "period_start, period_end, observed_until, window_days"
    days = ", ".join(f"{stage.value}{suffix} AS {stage.value}_on" for stage in Stage)
    earliest = ", ".join(f"min({stage.value}{suffix}) AS {stage.value}_on" for stage in Stage)
    left = (
        "CASE WHEN episode = episodes AND exit_stage IN ('disqualified', 'lost') THEN exit_on END"
    )
    if scope.unit is Unit.LEAD:
        return (
            scope.step("journey"),
            Step(
                "subjects",
                f"""
                SELECT account_id, {segment}{bounds}, {days}, {left} AS exit_on
                FROM scoped WHERE episodes = 1
                UNION ALL
                SELECT account_id, {segment}{bounds}, {earliest}, max({left}) AS exit_on
                FROM scoped WHERE episodes > 1
                GROUP BY lead_id, account_id, {segment}{bounds}
                """,
            ),
        )
    whole = f"CASE WHEN count({left}) = count(DISTINCT lead_id) THEN max({left}) END AS exit_on"
    if not dimensions and not scope.filters:
        return (
            scope.step("journey"),
            Step(
                "subjects",
                f"""
                SELECT account_id, {bounds}, {earliest}, {whole} FROM scoped
                WHERE account_id IS NOT NULL
                GROUP BY account_id, {bounds}
                """,
            ),
        )
    segment = "".join(
        f"min(CASE WHEN place = 1 THEN {each.value} END) AS {each.value}, " for each in dimensions
    )
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
            SELECT account_id, {segment}{bounds}, {earliest}, {whole}
            FROM ranked
            GROUP BY account_id, {bounds}
            HAVING count(CASE WHEN place = 1 AND matches THEN 1 END) = 1
            """,
        ),
    )


def _deals(scope: Scope, dimensions: Sequence[Dimension]) -> Step:
    segment = "".join(f"{each.value}, " for each in dimensions)
    won = "CASE WHEN outcome = 'won' THEN closed_on END"
    opened = f"least(opened_on, {won})"
    if scope.counting is Counting.STRICT:
        opened = "opened_on"
        won = "CASE WHEN outcome = 'won' AND closed_on >= opened_on THEN closed_on END"
    return Step(
        "subjects",
        f"""
        SELECT opportunity_id, account_id, {segment}
            period_start, period_end, observed_until, window_days,
            {opened} AS opportunity_on, {won} AS won_on,
            CASE WHEN outcome = 'lost' THEN closed_on END AS exit_on
        FROM scoped
        """,
    )
