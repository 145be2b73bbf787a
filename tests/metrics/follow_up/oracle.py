"""Follow-up counted in plain Python: working time by going through days one after another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import holidays

from tests.metrics.facts import TERMS, DraftWarehouse, Row


@dataclass(frozen=True)
class Clock:
    """A calendar of the tests' terms."""

    zone: ZoneInfo
    week: tuple[int, ...]
    opens: time
    closes: time
    free: holidays.HolidayBase | dict[date, str]

    def _day(self, day: date) -> tuple[datetime, datetime] | None:
        if day.weekday() not in self.week or day in self.free:
            return None
        return datetime.combine(day, self.opens), datetime.combine(day, self.closes)

    def worked(self, since: datetime, until: datetime) -> int:
        """Working seconds between two moments in UTC."""
        start, end = self.local(since), self.local(until)
        total, day = timedelta(), start.date()
        while day <= end.date():
            if hours := self._day(day):
                total += max(min(end, hours[1]) - max(start, hours[0]), timedelta())
            day += timedelta(days=1)
        return int(total.total_seconds())

    def until(self, since: datetime, latest: datetime, *, hourless: bool) -> int:
        """Working seconds until a moment in UTC, or until its day's close where it has no hour."""
        if hourless:
            close = self.utc(datetime.combine(latest.date(), time(23, 59, 59)))
            return self.worked(since, close) if close > since else 0
        return self.worked(since, latest)

    def after(self, since: datetime, days: int) -> datetime:
        """The moment in UTC by which so many working days are over."""
        start = self.local(since)
        left = days * (datetime.combine(start, self.closes) - datetime.combine(start, self.opens))
        day = start.date()
        while True:
            if hours := self._day(day):
                begins = max(start, hours[0])
                room = max(hours[1] - begins, timedelta())
                if room >= left:
                    return self.utc(begins + left)
                left -= room
            day += timedelta(days=1)

    def local(self, moment: datetime) -> datetime:
        return moment.replace(tzinfo=UTC).astimezone(self.zone).replace(tzinfo=None)

    def utc(self, moment: datetime) -> datetime:
        return moment.replace(tzinfo=self.zone).astimezone(UTC).replace(tzinfo=None)


COMPANY = Clock(ZoneInfo("UTC"), (0, 1, 2, 3, 4), time(9), time(17), {})
CHINA = Clock(ZoneInfo("Asia/Shanghai"), (0, 1, 2, 3, 4), time(9), time(17), {})
GERMANY = Clock(
    ZoneInfo("Europe/Berlin"),
    (0, 1, 2, 3),
    time(8, 30),
    time(16, 45),
    holidays.country_holidays("DE", subdiv="BY"),
)


def clock_of(row: Row) -> Clock | None:
    for place in (row["region"].lower(), row["country"].lower()):
        if place in ("cn", "华东"):
            return CHINA
        if place in ("de", "emea"):
            return GERMANY
    return COMPANY if row["country"] == "Unassigned" else None


def due_and_done(warehouse: DraftWarehouse) -> dict[tuple[str, int], Row]:
    """Per episode that entered MQL: deadline, first response and working seconds until then."""
    entered = {
        (row["lead_id"], row["entered_at"])
        for row in warehouse.table("lead_stage_entry")
        if row["stage"] == "mql"
    }
    known = {row["reference"]: row["person_id"] for row in warehouse.table("person_identity")}
    calls: dict[str | None, list[datetime]] = {}
    for row in warehouse.table("interaction"):
        if row["action"] in TERMS.follow_up.responses and row["person_id"]:
            who = known.get(row["person_id"], row["person_id"])
            calls.setdefault(who, []).append(row["occurred_at"])
    given = warehouse.table("assignment")
    done = [row for row in warehouse.table("action") if row["subject_kind"] == "lead"]
    journeys: dict[str, list[Row]] = {}
    for row in warehouse.table("journey"):
        journeys.setdefault(row["lead_id"], []).append(row)
    found: dict[tuple[str, int], Row] = {}
    for lead_id, episodes in journeys.items():
        episodes.sort(key=lambda row: row["episode"])
        for place, row in enumerate(episodes):
            if row["mql_at"] is None or (lead_id, row["mql_at"]) not in entered:
                continue
            since = episodes[place - 1]["exit_at"] if place else None
            until = row["exit_at"] if place + 1 < len(episodes) else None
            mine = [
                each
                for each in given
                if each["lead_id"] == lead_id
                and (since is None or each["assigned_at"] > since)
                and (until is None or each["assigned_at"] <= until)
            ]
            moments = [*calls.get(row["person_id"], []), row["sql_at"], row["exit_at"]]
            moments += [each[name] for each in mine for name in ("accepted_at", "rejected_at")]
            moments += [each["done_at"] for each in done if each["subject_id"] == lead_id]
            latest, first = min(_later(moments, row["mql_at"]), default=(None, None))
            clock = clock_of(row)
            hourless = first is not None and latest != first
            found[lead_id, row["episode"]] = {
                "deadline_at": clock and clock.after(row["mql_at"], TERMS.follow_up.deadline_days),
                "responded_at": first,
                "worked": clock.until(row["mql_at"], latest, hourless=hourless)
                if clock and latest
                else None,
                "is_day_only": hourless,
                "assignments": len(mine),
            }
    return found


def _later(moments: list[datetime | None], mql_at: datetime) -> list[tuple[datetime, datetime]]:
    """Those from the MQL on: the latest each can have been, and the moment it counts at."""
    found = []
    for each in moments:
        if each is None:
            continue
        hourless = each.time() == time(0)
        if each >= mql_at or (hourless and each.date() == mql_at.date()):
            latest = each + timedelta(seconds=86399) if hourless else each
            found.append((latest, max(each, mql_at)))
    return found
