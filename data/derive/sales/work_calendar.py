"""The definitions' terms of follow-up as tables that steps join, and the days people work."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from datetime import date, time, timedelta

import polars as pl

from data.definitions import Definitions
from data.engine.draft import Draft
from data.public_holidays import is_free, is_made_working
from data.schema.contract import UNASSIGNED
from data.sql import Step
from data.terms.follow_up import COMPANY, WEEKDAYS, FollowUpTerms

FIRST_DAY = date(2000, 1, 1)
"""Before it no working time is counted: an earlier MQL is a mistyped year."""

DAYS_AFTER = 60
"""The calendars go on so long after the last day, beside what a deadline needs."""


@dataclass(frozen=True, slots=True)
class _Calendar:
    """A calendar with all that it is made of."""

    name: str
    time_zone: str
    week: tuple[str, ...]
    opens: int
    closes: int
    holidays: str | None


def terms_of_follow_up(definitions: Definitions) -> dict[str, pl.DataFrame]:
    """The definitions' terms of follow-up as small tables, by the name under which steps join them.

    `work_calendar` has a row per calendar, `work_place` one per country or region that has one, in
    lower case, `response_action` the actions that are a response, `feedback_word` each spelling of
    a reason with what follows from it, and `sales_team` one per person of a team, in lower case.
    """
    terms = definitions.follow_up
    return {
        "work_calendar": pl.DataFrame(
            [
                (*astuple(each)[:2], *astuple(each)[3:5], " ".join(each.week), each.holidays)
                for each in _calendars(definitions)
            ],
            schema={
                "calendar": pl.String,
                "time_zone": pl.String,
                "opens_second": pl.Int64,
                "closes_second": pl.Int64,
                "week": pl.String,
                "holidays": pl.String,
            },
            orient="row",
        ),
        "work_place": pl.DataFrame(
            [(each.name, place) for each in terms.calendar for place in each.places],
            schema={"calendar": pl.String, "place": pl.String},
            orient="row",
        ),
        "response_action": pl.DataFrame({"action": terms.responses}, schema={"action": pl.String}),
        "feedback_word": pl.DataFrame(
            [
                (word, each.name, each.kind, each.next_action, each.after_days)
                for each in terms.reason
                for word in each.words
            ],
            schema={
                "word": pl.String,
                "reason_name": pl.String,
                "reason_kind": pl.String,
                "next_action": pl.String,
                "after_days": pl.Int64,
            },
            orient="row",
        ),
        "sales_team": pl.DataFrame(
            [(each.name, who) for each in terms.team for who in dict.fromkeys(each.people)],
            schema={"team": pl.String, "owner": pl.String},
            orient="row",
        ),
    }


def _calendars(definitions: Definitions) -> list[_Calendar]:
    terms = definitions.follow_up
    company = _Calendar(
        COMPANY,
        definitions.time_zone,
        terms.week,
        _second(terms.opens),
        _second(terms.closes),
        terms.holidays,
    )
    return [
        company,
        *(
            _Calendar(
                each.name,
                each.time_zone or company.time_zone,
                each.week or company.week,
                _second(each.opens or terms.opens),
                _second(each.closes or terms.closes),
                each.holidays,
            )
            for each in terms.calendar
        ),
    ]


def _second(moment: time) -> int:
    return moment.hour * 3600 + moment.minute * 60 + moment.second


def attach_working_days(draft: Draft, definitions: Definitions) -> None:
    """Attach `calendar_day`: each calendar's days from the first moment on, past the last deadline.

    Moments are those of MQLs and of leads given to somebody.
    """
    first, last = draft.one(
        "SELECT min(day_on), max(greatest(day_on, coalesce(CAST(newest.as_of AS DATE), day_on)))"
        " FROM (SELECT mql_on AS day_on FROM journey"
        "     UNION ALL SELECT CAST(assigned_at AS DATE) AS day_on FROM assignment) AS moments"
        " CROSS JOIN (SELECT max(as_of) AS as_of FROM load) AS newest"
        f" WHERE day_on >= DATE '{FIRST_DAY}'"
    )
    start = (first or FIRST_DAY) - timedelta(days=2)
    newest = max(draft.one("SELECT CAST(max(as_of) AS DATE) FROM load")[0] or start, start)
    # A mistyped year of an MQL is no reason to list the holidays of centuries.
    end = min(last or start, newest + timedelta(days=366))
    weeks = 7 * definitions.follow_up.deadline_days
    days = working_days(definitions, start, end + timedelta(days=weeks + DAYS_AFTER))
    draft.attach("calendar_day", days)


def working_days(definitions: Definitions, start: date, end: date) -> pl.DataFrame:
    """The days of all calendars from `start` to `end`, as the contract `WorkingDay` has them.

    >>> days = working_days(Definitions.load(), date(2026, 1, 2), date(2026, 1, 5))
    >>> days["work_seconds_before"].to_list(), days["is_working"].to_list()
    ([0, 28800, 28800, 28800], [True, False, False, True])
    """
    return pl.concat([_days(each, start, end) for each in _calendars(definitions)])


def _days(calendar: _Calendar, start: date, end: date) -> pl.DataFrame:
    days = pl.date_range(start, end, eager=True)
    free, made_working = [], []
    if calendar.holidays:
        free = [day for day in days if is_free(calendar.holidays, day)]
        made_working = [day for day in days if is_made_working(calendar.holidays, day)]
    week = [number for number, name in enumerate(WEEKDAYS, start=1) if name in calendar.week]
    day = pl.col("day_on")
    working = (day.dt.weekday().is_in(week) & ~day.is_in(free)) | day.is_in(made_working)
    length = calendar.closes - calendar.opens
    return pl.DataFrame({"day_on": days}).select(
        pl.lit(calendar.name).alias("calendar"),
        day,
        working.alias("is_working"),
        (working.cast(pl.Int64).cum_sum() - working.cast(pl.Int64))
        .mul(length)
        .alias("work_seconds_before"),
        pl.lit(calendar.opens, pl.Int64).alias("opens_second"),
        pl.lit(calendar.closes, pl.Int64).alias("closes_second"),
    )


def working_day_steps() -> tuple[Step, ...]:
    """Steps of `working_day`, after `attach_working_days`."""
    return (
        Step(
            "working_days",
            """
            SELECT calendar_day.*
            FROM calendar_day
            WHERE EXISTS (SELECT 1 FROM journey WHERE mql_on IS NOT NULL)
                OR EXISTS (SELECT 1 FROM assignment)
            ORDER BY calendar, day_on
            """,
        ),
    )


def clock_steps() -> tuple[Step, ...]:
    """Step `timed`, after `handed` and `responses`: working time at both, and the deadline.

    A response without an hour counts at the close of its day, the latest it can have been.
    """
    return (
        Step(
            "moments",
            """
            SELECT handed.lead_id, handed.episode, work_calendar.calendar,
                work_calendar.time_zone, responses.responded_at, responses.responded_by,
                responses.is_day_only,
                timezone(work_calendar.time_zone, timezone('UTC', handed.mql_at)) AS mql_local_at,
                CASE WHEN responses.is_day_only
                    THEN date_trunc('day', responses.responded_at) + INTERVAL 86399 SECOND
                    ELSE timezone(work_calendar.time_zone, timezone('UTC', responses.responded_at))
                    END AS response_local_at
            FROM handed
            LEFT JOIN work_calendar ON work_calendar.calendar = handed.calendar
            LEFT JOIN responses ON responses.lead_id = handed.lead_id
                AND responses.episode = handed.episode
            """,
        ),
        Step(
            "worked",
            f"""
            SELECT moments.lead_id, moments.episode, moments.calendar, moments.time_zone,
                moments.responded_at, moments.responded_by, moments.is_day_only,
                {work_seconds("of_mql", "moments.mql_local_at")} AS mql_work_seconds,
                CASE WHEN moments.responded_at IS NOT NULL THEN greatest(
                    {work_seconds("of_response", "moments.response_local_at")},
                    {work_seconds("of_mql", "moments.mql_local_at")}
                ) END AS response_work_seconds,
                of_mql.closes_second - of_mql.opens_second AS seconds_a_day
            FROM moments
            LEFT JOIN working_day AS of_mql ON of_mql.calendar = moments.calendar
                AND of_mql.day_on = CAST(moments.mql_local_at AS DATE)
            LEFT JOIN working_day AS of_response ON of_response.calendar = moments.calendar
                AND of_response.day_on = CAST(moments.response_local_at AS DATE)
            """,
        ),
        Step(
            "due",
            """
            SELECT worked.*, mql_work_seconds + settings.deadline_days * seconds_a_day AS due_second
            FROM worked
            CROSS JOIN settings
            """,
        ),
        Step(
            "timed",
            """
            SELECT due.*, timezone('UTC', timezone(due.time_zone,
                    CAST(working_day.day_on AS TIMESTAMP) + to_seconds(working_day.opens_second
                        + due.due_second - working_day.work_seconds_before))) AS deadline_at
            FROM due
            LEFT JOIN working_day ON working_day.calendar = due.calendar
                AND working_day.is_working
                AND working_day.work_seconds_before
                    = ((due.due_second - 1) // due.seconds_a_day) * due.seconds_a_day
            """,
        ),
    )


def work_seconds(day: str, moment: str) -> str:
    """SQL: what the clock of a calendar shows at a moment of a day of `working_day`."""
    second = (
        f"extract(hour FROM {moment}) * 3600 + extract(minute FROM {moment}) * 60"
        f" + CAST(floor(extract(second FROM {moment})) AS BIGINT)"
    )
    return (
        f"{day}.work_seconds_before + CASE WHEN {day}.is_working THEN greatest(0,"
        f" least({second}, {day}.closes_second) - {day}.opens_second) ELSE 0 END"
    )


def calendar_steps(terms: FollowUpTerms, rows: str) -> tuple[Step, ...]:
    """Step `with_calendar`: the step `rows` with the `calendar` that holds for region and country.

    The calendar that names the region holds, else that of the country, else none; a row without a
    recorded country is of the company's, and every row where the definitions have no calendar.
    """
    otherwise = f"{rows}.country = '{UNASSIGNED}'" if terms.calendar else "TRUE"
    return (
        Step(
            "with_calendar",
            f"""
            SELECT {rows}.*, coalesce(of_region.calendar, of_country.calendar,
                CASE WHEN {otherwise} THEN '{COMPANY}' END) AS calendar
            FROM {rows}
            LEFT JOIN work_place AS of_region ON of_region.place = lower(trim({rows}.region))
            LEFT JOIN work_place AS of_country ON of_country.place = lower(trim({rows}.country))
            """,
        ),
    )
