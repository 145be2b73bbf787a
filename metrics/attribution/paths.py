"""Paths: the touches before each conversion, in order, with what they stand next to."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from data.sql import Query, Step, kept_step
from metrics.attribution.question import PathKind, Question, Sharing, Touched, Worth
from metrics.period import Period
from metrics.scope import Scope, Stage

DIRECT = "Direct"
"""The channel of visits that came from nowhere else."""

UNITS_OF_A_CONVERSION = 1_000_000
"""Credit is in whole units, so that it adds up: in millionths of a count, in cents of money."""


def conversion_steps(question: Question) -> tuple[Step, ...]:
    """Steps from `scoped` to `conversions`: one row per conversion of the period.

    `subject_id` is the deal's or lead's. It converted at `moment`, on the day `converted_on`; a
    deal is won on a day, and the touches of that day count. `lead_at` is when its lead was created,
    `opened_at` when its deal was opened, null where that came later. `units` is its worth, null for
    an amount that is not recorded.
    """
    return (
        *event_steps(question),
        Step(
            "conversions",
            """
            SELECT subject_id, who, account_id, person_id, moment, converted_on, lead_at, opened_at,
                units
            FROM events
            WHERE matches AND converted_on BETWEEN period_start AND period_end
            """,
        ),
    )


def event_steps(question: Question) -> tuple[Step, ...]:
    """Steps from `scoped` to `events`: every conversion up to the last day, of any period.

    `who` is the account's or person's, whose journey it ends; `matches` whether the scope's
    filters let it pass.
    """
    table = "deal" if question.is_of_deals else "journey"
    events = _deals(question) if question.is_of_deals else _leads(question)
    return (question.scope.step(table, mark=True), *events)


def who_of_touches(question: Question) -> str:
    """SQL: whose journey a touch belongs to."""
    return _who(question, "account_id", "person_id")


def _who(question: Question, account: str, person: str) -> str:
    """Whose earlier conversions use touches up."""
    if question.touched is Touched.PERSON:
        return f"'person ' || {person}"
    return f"coalesce('account ' || {account}, 'person ' || {person})"


def _deals(question: Question) -> tuple[Step, ...]:
    """Step `events`: every deal that was opened, or won, by the last day of the data."""
    if question.event is Stage.WON:
        moment, day, happened = "CAST(closed_on AS TIMESTAMP)", "closed_on", "outcome = 'won'"
        in_time = "primary_leads.lead_on <= closed_on"
    else:
        moment, day, happened = "opened_at", "opened_on", "TRUE"
        in_time = "primary_leads.lead_at <= opened_at"
    return (
        Step(
            "primary_leads",
            "SELECT lead_id, person_id, lead_at, lead_on FROM journey WHERE episode = 1",
        ),
        Step(
            "events",
            f"""
            SELECT scoped.opportunity_id AS subject_id, scoped.account_id, primary_leads.person_id,
                {_who(question, "scoped.account_id", "primary_leads.person_id")} AS who,
                {moment} AS moment, {day} AS converted_on,
                CASE WHEN {in_time} THEN primary_leads.lead_at END AS lead_at, scoped.opened_at,
                {_units(question, "scoped.amount")} AS units,
                scoped.matches, scoped.period_start, scoped.period_end
            FROM scoped
            LEFT JOIN primary_leads ON primary_leads.lead_id = scoped.lead_id
            WHERE {happened} AND {day} <= observed_until
            """,
        ),
    )


def _leads(question: Question) -> tuple[Step, ...]:
    """Step `events`: every lead that reached the stage by the last day of the data."""
    at, on = f"{question.event.value}_at", f"{question.event.value}_on"
    won = "sum(CASE WHEN is_primary AND won_on <= observed_until THEN won_amount END)"
    return (
        Step(
            "events",
            f"""
            SELECT lead_id AS subject_id, account_id, person_id,
                {_who(question, "account_id", "person_id")} AS who,
                min({at}) AS moment, min({on}) AS converted_on, min(lead_at) AS lead_at,
                CASE WHEN min(opportunity_at) <= min({at}) THEN min(opportunity_at) END
                    AS opened_at,
                {_units(question, f"coalesce({won}, 0)")} AS units,
                matches, period_start, period_end
            FROM scoped
            WHERE {on} <= observed_until
            GROUP BY lead_id, account_id, person_id, matches, period_start, period_end
            """,
        ),
    )


def _units(question: Question, amount: str) -> str:
    if question.worth is Worth.COUNT:
        return f"CAST({UNITS_OF_A_CONVERSION} AS BIGINT)"
    return f"CAST(round({amount} * 100) AS BIGINT)"


def path_steps(question: Question) -> tuple[Step, ...]:
    """Steps from `scoped` to `paths`: one row per conversion and touch that may earn its credit.

    `segment` is what earns it, `place` counts from 1 to `places`, `lead_place` and `deal_place` are
    the last touches before the lead was created and the deal was opened, null without one.
    `days_before` is how long before the conversion the touch was. One touch of a person, segment
    and day counts: the first. Touches of one moment are in order of their ids.

    What came before every conversion of any period is kept for the questions that follow. A
    restricted viewer is not shown the conversions that used touches up, and shared touches can be
    without number: then only those of the question are looked for.
    """
    conversions = conversion_steps(question)
    if question.sharing is Sharing.RESET and not question.scope.viewer.restrictions:
        of_all = replace(question, scope=_EVERYTHING, worth=Worth.COUNT)
        before = Query(*conversion_steps(of_all), *_touches(of_all))
        return (kept_step("known_touches", before), *conversions, *_in_order(question))
    return (*conversions, *_touches(question), *_in_order(question))


_EVERYTHING = Scope(Period(date(1000, 1, 1), date.max), date.max)
"""Every conversion of any period, whoever asks. Engines write years before 1000 differently."""


def _touches(question: Question) -> tuple[Step, ...]:
    """Steps from `conversions` to `known_touches`: all before each of them, one of a day.

    Touches are used up by the conversion before, `after` of the same account, unless they are
    shared. So conversions of one account at one moment have the same touches.
    """
    by = question.by.value
    won = question.event is Stage.WON
    # Won on a day: touches of that day count. The other stages are reached at a moment.
    at = "touches.occurred_on" if won else "touches.occurred_at"
    moment = "journeys.converted_on" if won else "journeys.moment"
    after = "CAST(journeys.after AS DATE)" if won else "journeys.after"
    within = f"{at} <= {moment} AND (journeys.after IS NULL OR {at} > {after})"
    columns = """journeys.subject_id, touches.interaction_id, touches.person_id,
        touches.occurred_at, touches.occurred_on, touches.in_time, touches.segment,
        touches.is_direct"""
    of_person = f"""
        SELECT {columns}
        FROM journeys
        JOIN touches ON touches.person_id = journeys.person_id
        WHERE {within}
    """
    of_account = f"""
        SELECT {columns}
        FROM journeys
        JOIN touches ON touches.account_id = journeys.account_id
        WHERE {within}
        UNION ALL
        SELECT {columns}
        FROM journeys
        JOIN touches ON touches.person_id = journeys.person_id
        WHERE {within} AND (touches.account_id IS NULL OR journeys.account_id IS NULL
            OR touches.account_id <> journeys.account_id)
    """
    return (
        *_used_up_steps(question),
        Step(
            "touches",
            f"""
            SELECT interaction_id, person_id, account_id, occurred_at, occurred_on,
                place AS in_time, {by} AS segment, channel = '{DIRECT}' AS is_direct
            FROM touch
            WHERE person_id IS NOT NULL
            """,
        ),
        Step("touched", of_account if question.touched is Touched.ACCOUNT else of_person),
        Step(
            "ranked_in_day",
            """
            SELECT touched.*,
                row_number() OVER (
                    PARTITION BY subject_id, person_id, segment, occurred_on
                    ORDER BY in_time
                ) AS place_in_day
            FROM touched
            """,
        ),
        Step(
            "known_touches",
            """
            SELECT subject_id, interaction_id, occurred_at, occurred_on, in_time, segment,
                is_direct
            FROM ranked_in_day
            WHERE place_in_day = 1
            """,
        ),
    )


def _used_up_steps(question: Question) -> tuple[Step, ...]:
    """Steps to `journeys`: conversions with when the same account converted before, or null."""
    if question.sharing is Sharing.SHARED:
        return (Step("journeys", "SELECT *, CAST(NULL AS TIMESTAMP) AS after FROM conversions"),)
    return (
        Step(
            "moments",
            """
            SELECT who, moment, lag(moment) OVER (PARTITION BY who ORDER BY moment) AS after
            FROM (SELECT DISTINCT who, moment FROM events WHERE who IS NOT NULL) AS each_once
            """,
        ),
        Step(
            "journeys",
            """
            SELECT conversions.*, moments.after
            FROM conversions
            LEFT JOIN moments
                ON moments.who = conversions.who AND moments.moment = conversions.moment
            """,
        ),
    )


def _in_order(question: Question) -> tuple[Step, ...]:
    order = "PARTITION BY subject_id ORDER BY in_time"
    kept = kept_of(question.path, "subject_id", "segment", "in_time")
    days = "date_diff('day', known_touches.occurred_on, conversions.converted_on)"
    lookback = question.lookback_days
    within = f"\nWHERE {days} <= {lookback}" if lookback is not None else ""
    return (
        Step(
            "by_day",
            f"""
            SELECT known_touches.*, {days} AS days_before, conversions.units,
                conversions.lead_at, conversions.opened_at
            FROM conversions
            JOIN known_touches ON known_touches.subject_id = conversions.subject_id{within}
            """,
        ),
        Step("marked", f"SELECT by_day.*, {kept} AS is_kept FROM by_day"),
        Step(
            "paths",
            f"""
            SELECT subject_id, units, interaction_id, segment, is_direct, occurred_at,
                row_number() OVER ({order}) AS place,
                count(*) OVER (PARTITION BY subject_id) AS places,
                nullif(count(CASE WHEN occurred_at <= lead_at THEN 1 END)
                    OVER (PARTITION BY subject_id), 0) AS lead_place,
                nullif(count(CASE WHEN occurred_at <= opened_at THEN 1 END)
                    OVER (PARTITION BY subject_id), 0) AS deal_place,
                days_before
            FROM marked
            WHERE is_kept
            """,
        ),
    )


def kept_of(path: PathKind, journey: str, segment: str, order: str) -> str:
    """SQL: whether a touch counts among those of its journey, by the columns of all three."""
    in_order = f"PARTITION BY {journey} ORDER BY {order}"
    of_each = f"PARTITION BY {journey}, {segment} ORDER BY {order}"
    return {
        PathKind.EVERY: "TRUE",
        PathKind.COLLAPSED: f"lag({segment}) OVER ({in_order}) IS DISTINCT FROM {segment}",
        PathKind.FIRST_OF_EACH: f"row_number() OVER ({of_each}) = 1",
        PathKind.LAST_OF_EACH: f"row_number() OVER ({of_each} DESC) = 1",
    }[path]
