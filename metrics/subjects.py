"""Who is counted: one row per lead, account or deal, with the day each stage was reached."""

from __future__ import annotations

from collections.abc import Sequence

from data.sql import Step
from metrics.scope import Counting, Dimension, Scope, Stage, Unit

OPENED_BY = "least(opened_on, CASE WHEN outcome IN ('won', 'lost') THEN closed_on END)"
"""SQL: the day by which a deal was open."""

COUNTS_FOR_ACCOUNT = f"""
    coalesce(came_late, TRUE) AND account_id IS NOT NULL
        AND coalesce({OPENED_BY} >= account_since_on - INTERVAL 1 DAY, TRUE)
"""
"""SQL: a deal that no lead led to counts for its account: it is not older than all its leads."""


def subject_steps(
    scope: Scope, by: Dimension | Sequence[Dimension] | None = None
) -> tuple[Step, ...]:
    """Steps from `scoped` to `subjects`: account, segments, bounds, days.

    `lead_on` … `won_on` are the days that are known, `lead_by_on` … `won_by_on` those by which each
    stage was reached for certain: the same, and where nobody recorded a day, the one by which it is
    known that the stage was reached (`journey.undated_stage`). What asks whether goes by these,
    what asks when by the others. Counted strictly, a stage without a day was not entered.

    A lead's episodes become one row with the earliest day of each stage; counted strictly, of each
    stage that one of them entered in order. The few leads with several episodes are grouped apart,
    so that the many need no grouping. `exit_on` is the day a lead was disqualified or lost and
    stayed so; one that is only recycled may come back and has not left.

    An account's row has the earliest days over its leads and the segments of its earliest lead, by
    which it is also filtered: an account is whole or not there. It has left when all its leads
    have, on the day of the last. Of leads of one day the first id is the earliest. Deals count for
    the account also where no lead is known of them, but for those that were opened before the first
    lead of the account came. An account without any lead has its deals alone: it did not come in,
    and nobody says that it was an MQL or SQL.

    A deal's row has its two stages: it is an opportunity from its opening on, and won on the day it
    was closed as won; without a day of opening it was opened by the day it was closed, but for
    counting strictly. It has left on the day it was lost.
    """
    dimensions = [by] if isinstance(by, Dimension) else by or ()
    if scope.unit is Unit.DEAL:
        return scope.step("deal"), _deals(scope, dimensions)
    suffix = "_on" if scope.counting is Counting.REACHED else "_entered_on"
    segment = "".join(f"{each.value}, " for each in dimensions)
    bounds = "period_start, period_end, observed_until, window_days"
    days = days_of_stages(suffix, "{}")
    earliest = days_of_stages(suffix, "min({})")
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
    history = None if scope.counting is Counting.STRICT else _HISTORY
    if history:
        earliest = ", ".join(
            f"min({stage.value}_{day}) AS {stage.value}_{day}"
            for day in ("on", "by_on")
            for stage in Stage
        )
    whole = f"CASE WHEN count({left}) = count(DISTINCT lead_id) THEN max({left}) END AS exit_on"
    if not dimensions and not scope.filters:
        return (
            scope.step("journey", rows=history),
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
        scope.step("journey", mark=True, rows=history),
        Step(
            "ranked",
            f"""
            SELECT scoped.*,
                row_number() OVER (
                    PARTITION BY account_id
                    ORDER BY lead{suffix} NULLS LAST, lead_id NULLS LAST, episode,
                        opportunity_on NULLS LAST, opportunity_id
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


def known_day(stage: Stage) -> str:
    """SQL: the day by which a row of `journey` had reached the stage; null where it had not.

    >>> known_day(Stage.OPPORTUNITY)
    "coalesce(opportunity_on, CASE WHEN undated_stage IN ('opportunity', 'won') THEN known_on END)"
    """
    return f"coalesce({stage.value}_on, {undated_day(stage)})"


def undated_day(stage: Stage) -> str:
    """SQL: the day by which a row with `undated_stage` had reached the stage on an unknown one.

    >>> undated_day(Stage.WON)
    "CASE WHEN undated_stage IN ('won') THEN known_on END"
    """
    later = ", ".join(f"'{each.value}'" for each in list(Stage)[list(Stage).index(stage) :])
    return f"CASE WHEN undated_stage IN ({later}) THEN known_on END"


def known_days_step(rows: str) -> Step:
    """Step `subjects`: rows with `undated_stage`, and of each stage the day by which it is known.

    >>> "won_by_on" in known_days_step("scoped").sql
    True
    """
    days = ", ".join(f"{known_day(each)} AS {each.value}_by_on" for each in Stage)
    return Step("subjects", f"SELECT {rows}.*, {days} FROM {rows}")


def is_undated(stage: Stage) -> str:
    """SQL: a subject is known to have reached the stage, and nobody recorded on which day.

    >>> print(is_undated(Stage.WON))
    (coalesce(won_on > observed_until, TRUE) AND coalesce(won_by_on <= observed_until, FALSE))
    """
    name = stage.value
    return (
        f"(coalesce({name}_on > observed_until, TRUE)"
        f" AND coalesce({name}_by_on <= observed_until, FALSE))"
    )


def days_of_stages(suffix: str, taken: str) -> str:
    """SQL of the days of all stages, each as `taken` writes it."""
    known = [f"{taken.format(f'{each.value}{suffix}')} AS {each.value}_on" for each in Stage]
    for each in Stage:
        is_strict = suffix != "_on" or each is Stage.LEAD
        day = f"{each.value}{suffix}" if is_strict else known_day(each)
        known.append(f"{taken.format(day)} AS {each.value}_by_on")
    return ", ".join(known)


def _history() -> str:
    """SQL of the rows that accounts are made of: leads, and deals that none of them led to."""
    segments = ", ".join(each.value for each in Dimension)
    after = list(Stage)[1:]
    days = ", ".join(f"{each.value}_on" for each in after)
    of_leads = ", ".join(f"{known_day(each)} AS {each.value}_by_on" for each in after)
    qualified = f"CASE WHEN account_since_on IS NOT NULL THEN {OPENED_BY} END"
    won = "CASE WHEN outcome = 'won' THEN closed_on END"
    of_deals = ", ".join((qualified, qualified, OPENED_BY, won))
    no_day = "CAST(NULL AS DATE)"
    return f"""
        SELECT account_id, lead_id, episode, episodes, opportunity_id, {segments},
            exit_stage, exit_on, exit_reason, undated_stage, known_on, lead_on, {days},
            lead_on AS lead_by_on, {of_leads}
        FROM journey
        UNION ALL
        SELECT account_id, CAST(NULL AS VARCHAR), 1, 1, opportunity_id, {segments},
            CAST(NULL AS VARCHAR), {no_day}, CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR), {no_day},
            {no_day}, {of_deals}, {no_day}, {of_deals}
        FROM deal
        WHERE {COUNTS_FOR_ACCOUNT}
    """


_HISTORY = _history()


def _deals(scope: Scope, dimensions: Sequence[Dimension]) -> Step:
    segment = "".join(f"{each.value}, " for each in dimensions)
    won = "CASE WHEN outcome = 'won' THEN closed_on END"
    opened = OPENED_BY
    if scope.counting is Counting.STRICT:
        opened = "opened_on"
        won = "CASE WHEN outcome = 'won' AND closed_on >= opened_on THEN closed_on END"
    return Step(
        "subjects",
        f"""
        SELECT opportunity_id, account_id, {segment}
            period_start, period_end, observed_until, window_days,
            {opened} AS opportunity_on, {won} AS won_on,
            {opened} AS opportunity_by_on, {won} AS won_by_on,
            CASE WHEN outcome = 'lost' THEN closed_on END AS exit_on
        FROM scoped
        """,
    )
