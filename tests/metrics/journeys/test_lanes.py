"""Lanes of a timeline, and the few flows of a group, against plain Python."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, date
from zoneinfo import ZoneInfo

import pytest

from data.errors import MetricError
from metrics.journeys.event_log import seen_journeys
from metrics.journeys.happening import Happening
from metrics.journeys.lanes import EVERY_LANE, LANE_OF, Lane, timeline_lanes
from metrics.journeys.main_flows import OTHER, SO_FAR, main_flows
from metrics.journeys.subject import Subject, SubjectKind
from metrics.journeys.timeline import EVENT_LIMIT, timeline
from tests.metrics.facts import TERMS, DraftWarehouse, terms
from tests.metrics.journeys.conftest import SCOPE
from tests.metrics.journeys.timeline_oracle import Known, events_of


def subjects(known: Known) -> list[Subject]:
    accounts = Counter(row["account_id"] for row in known["journey"] if row["account_id"])
    people = Counter(row["person_id"] for row in known["touch"] if row["person_id"])
    return [
        *(Subject(SubjectKind.ACCOUNT, each) for each, _ in accounts.most_common(2)),
        Subject(SubjectKind.PERSON, people.most_common(1)[0][0]),
        Subject(SubjectKind.DEAL, known["deal"][0]["opportunity_id"]),
    ]


def test_every_kind_is_in_one_lane() -> None:
    assert set(LANE_OF) == set(Happening)
    assert sum(len(lane.kinds) for lane in Lane) == len(Happening)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata"])
def test_lanes_count_the_events_of_the_oracle(
    many: DraftWarehouse, known: Known, zone: str
) -> None:
    for subject in subjects(known):
        expected: dict[tuple[str, date | None], list[date | None]] = defaultdict(list)
        # The oracle's days are those of UTC: around midnight another zone has others.
        for row in timeline(many, SCOPE, terms(zone), subject, limit=EVENT_LIMIT).rows(named=True):
            at = row["occurred_at"]
            day = at and at.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date()
            expected[LANE_OF[Happening(row["kind"])].value, day and day.replace(day=1)].append(day)
        rows = timeline_lanes(many, SCOPE, terms(zone), subject).rows(named=True)
        found = {
            (row["lane"], row["month_on"]): (row["events"], row["first_on"], row["last_on"])
            for row in rows
        }
        assert found == {
            key: (len(days), *((min(days), max(days)) if days[0] else (None, None)))  # type: ignore[type-var]
            for key, days in expected.items()
        }
        if zone == "UTC":
            assert sum(row["events"] for row in rows) == len(events_of(known, SCOPE, subject))


def test_a_timeline_of_some_lanes_lists_and_counts_those(
    many: DraftWarehouse, known: Known
) -> None:
    subject = subjects(known)[0]
    whole = timeline(many, SCOPE, TERMS, subject, limit=EVENT_LIMIT)
    parts = {
        lane: timeline(many, SCOPE, TERMS, subject, limit=EVENT_LIMIT, lanes=(lane,))
        for lane in EVERY_LANE
    }
    for lane, part in parts.items():
        kinds = {kind.value for kind in lane.kinds}
        own = [row for row in whole.rows(named=True) if row["kind"] in kinds]
        assert part["event_id"].to_list() == [row["event_id"] for row in own]
        assert set(part["events"]) <= {len(own)}
    assert sum(map(len, parts.values())) == len(whole)
    assert len([part for part in parts.values() if len(part)]) > 4
    with pytest.raises(MetricError, match="at least one kind"):
        timeline(many, SCOPE, TERMS, subject, lanes=())


def test_main_flows_are_those_of_the_events(many: DraftWarehouse) -> None:
    seen = seen_journeys(many, SCOPE)
    journeys: dict[str, list[str]] = defaultdict(list)
    for row in seen.events.sort("subject_id", "place").rows(named=True):
        journeys[row["subject_id"]].append(row["segment"])
    steps = Counter(
        (events[0], events[1] if len(events) > 1 else SO_FAR) for events in journeys.values()
    )

    def largest(place: int) -> set[str]:
        sums: Counter[str] = Counter()
        for step, count in steps.items():
            sums[step[place]] += count
        return set(sorted(sums, key=lambda each: (-sums[each], each))[:2])

    first, then = largest(0), largest(1)
    expected: Counter[tuple[str, str]] = Counter()
    for (start, end), count in steps.items():
        expected[start if start in first else OTHER, end if end in then else OTHER] += count
    found = main_flows(many, SCOPE)
    assert {(start, end): leads for start, end, leads, _ in found.rows()} == expected
    assert found["leads"].sum() == len(journeys)
    assert len({*found["first_event"]}) + len({*found["then"]}) <= 6
    won = set(seen.leads.filter("is_won")["subject_id"])
    assert found["won"].sum() == len(won & set(journeys))
