"""Whom to follow up, and how registrations of an event to come stand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from statistics import median

import polars as pl
import pytest

from metrics.events.follow_up import event_follow_up
from metrics.events.registrations import registration_curve, registration_outlook
from metrics.events.words import outlook_words
from metrics.period import Period
from metrics.scope import Dimension, Filter, Scope
from tests.metrics.events.attendees import Attendee, attendees
from tests.metrics.events.conftest import BEGINS, SEEN, YEAR, Company
from tests.metrics.facts import DraftWarehouse
from tests.metrics.plan.events.made_up import (
    COMES,
    REGISTERS,
    RINGS,
    TAKES_PART,
    TALKS,
    bases_of,
    did_of,
    earliest,
    event_of,
)
from tests.metrics.scopes import asked

REASONS = (
    "asked to be called back",
    "did something of high value",
    "came to the event",
    "registered and did not come",
)


def expected_rows(company: Company, scope: Scope) -> set[tuple[object, ...]]:
    """Event, person, reason and day of everybody to follow up, person by person."""
    did = did_of(company.tables, scope)
    meant = {row["reference"]: row["person_id"] for row in company.tables["person_identity"]}
    found: set[tuple[object, ...]] = set()
    for each in attendees(company.tables, company.facts, scope, None):
        event, person = each.event["campaign_id"], each.person
        bases = bases_of(
            did[event],
            attended_known=each.known["attended"],
            registered=each.event["registered"],
        )
        callbacks = [at for at, action in did[event][person] if action == "callback_requested"]
        due = _due(each, callbacks, bases.get(person))
        if not each.counts or due is None or _is_out(each, company):
            continue
        reason, since = due
        calls = [
            row["occurred_at"]
            for row in company.tables["interaction"]
            if row["person_id"]
            and meant.get(row["person_id"], row["person_id"]) == person
            and row["action"] in RINGS | TALKS
            and row["occurred_at"].date() <= scope.observed_until
        ]
        went = [
            day
            for row in company.tables["journey"]
            if row["person_id"] == person
            for day in (row["sql_on"], row["opportunity_on"], row["exit_on"])
            if day and since.date() <= day <= scope.observed_until
        ]
        days = (scope.observed_until - since.date()).days
        if not any(at > since for at in calls) and not went and 0 <= days <= 90:
            found.add((event, person, reason, since.date(), days))
    return found


def _due(
    each: Attendee, callbacks: list[datetime], base: datetime | None
) -> tuple[str, datetime] | None:
    if callbacks:
        return REASONS[0], max(callbacks)
    if each.acted and base:
        return REASONS[1], base
    if each.took["attended"] and base:
        return REASONS[2], base
    is_over = each.known["attended"] and not each.event["is_running"]
    if is_over and each.took["registered"]:
        return REASONS[3], datetime.combine(each.event["ends_on"], time())
    return None


def _is_out(each: Attendee, company: Company) -> bool:
    record = next((row for row in company.facts.person if row["person_id"] == each.person), {})
    barred = each.refused or bool(record.get("do_not_contact"))
    return each.took["opportunity"] or barred


def test_who_is_to_follow_up_is_who_a_look_at_each_person_finds(
    companies: list[Company],
) -> None:
    reasons = set()
    for company in companies:
        for seen in (date(2026, 4, 30), SEEN):
            scope = asked(YEAR, seen)
            rows = event_follow_up(company.warehouse, scope)
            names = ("campaign_id", "person_id", "reason", "since_on", "days_since")
            assert set(rows.select(names).rows()) == expected_rows(company, scope)
            reasons |= set(rows["reason"])
    assert reasons == set(REASONS)


def test_people_are_named_by_keyed_references_and_the_most_urgent_come_first(
    companies: list[Company],
) -> None:
    company = companies[0]
    rows = event_follow_up(company.warehouse, company.scope)
    places = [REASONS.index(reason) for reason in rows["reason"]]
    assert places == sorted(places)
    assert set(rows["records"].drop_nulls()) <= {"crm:7"}
    emea = (Filter(Dimension.REGION, ("EMEA",)),)
    part = event_follow_up(company.warehouse, replace(company.scope, filters=emea))
    key = ("campaign_id", "person_id", "reason")
    assert set(part.select(key).rows()) < set(rows.select(key).rows())


def test_a_curve_counts_who_had_registered_by_then(companies: list[Company]) -> None:
    company = companies[1]
    rows = registration_curve(company.warehouse, company.scope)
    did = did_of(company.tables, company.scope)
    campaigns = {row["campaign_id"]: row for row in company.tables["campaign"]}
    assert len(rows) > 90
    for (event,), curve in rows.group_by("campaign_id"):
        people = did[str(event)]
        this = event_of(str(event), campaigns.get(str(event)), people, company.scope)
        signed = [at.date() for done in people.values() if (at := earliest(done, REGISTERS))]
        came = [at.date() for done in people.values() if (at := earliest(done, COMES | TAKES_PART))]
        begins = this["starts_on"] if this["starts_on"] > min(signed) else this["ends_on"]
        day = min(came, default=begins)
        is_coming = day > SEEN
        for row in curve.rows(named=True):
            by_then = day - timedelta(days=row["days_before"])
            assert row["registered"] == sum(each <= by_then for each in signed)
            assert (row["held_on"], row["is_coming"]) == (day, is_coming)
            assert row["total"] == (None if is_coming else sum(each <= day for each in signed))
        shown = sorted(curve["days_before"])
        first = (day - SEEN).days if is_coming else 0
        assert shown == list(range(first, max(90, first) + 1))


def test_an_event_to_come_is_held_against_like_ones_at_the_same_distance(
    by_hand: DraftWarehouse,
) -> None:
    seen = BEGINS - timedelta(days=12)
    scope = asked(Period(YEAR.start, seen), seen)
    found = {row["campaign_id"]: row for row in registration_outlook(by_hand, scope).to_dicts()}
    row = found["C"]
    # A congress is on its first day; one whose campaign began with inviting is on its last.
    assert {event: each["held_on"] for event, each in found.items()} == {
        "C": BEGINS,
        "Y": BEGINS,
        "Z": BEGINS + timedelta(days=1),
    }
    assert found["Y"]["course"] == "no similar event"
    assert outlook_words(found["Y"]).endswith(
        "No similar event has taken place that it could be held against."
    )
    curve = registration_curve(by_hand, scope)
    like = curve.filter(kind="Webinar", days_before=12, is_coming=False)
    assert (row["campaign_id"], row["held_on"], row["days_to_go"]) == ("C", BEGINS, 12)
    # Of a hundred one registered on each day of the month before, and again: 100 ÷ 30 a day.
    had = [sum(number % 30 + 1 >= 12 for number in range(total)) for total in (100, 100, 5)]
    assert sorted(like["registered"]) == sorted(had)
    assert (row["registered"], row["like_events"]) == (3, 3)
    assert (row["like_low"], row["like_median"], row["like_high"]) == (0, median(had), max(had))
    assert row["expected"] == pytest.approx(3 / (had[0] / 100))
    assert outlook_words(row) == (
        "3 people have registered for Coming C, 12 days before it. At the same distance 3 similar"
        " events had 0 to 57: this is within similar events. If the rest come as they did there,"
        " there will be 5 (5 to 5)."
    )
    alone = curve.filter(pl.col("campaign_id") == "C")["days_before"].min()
    assert alone == 12
