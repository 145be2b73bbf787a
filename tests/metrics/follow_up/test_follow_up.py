"""Follow-up against plain Python, its traps, and that a backlog never makes it look faster."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from data.definitions import Definitions
from data.errors import DefinitionError, MetricError
from metrics.follow_up.feedback import feedback_reasons, feedback_reasons_by
from metrics.follow_up.grouping import Doer
from metrics.follow_up.response_times import response_times
from metrics.follow_up.states import follow_up_states
from metrics.follow_up.work_list import WHY, work_list
from metrics.period import Period
from metrics.scope import Dimension
from tests.metrics.facts import TERMS, DraftWarehouse, Facts, change, given, lead, next_action
from tests.metrics.follow_up.oracle import clock_of, due_and_done
from tests.metrics.random_facts import random_facts
from tests.metrics.scopes import asked
from tests.metrics.twelve_leads import QUARTER, SEEN, TWELVE

EVER = Period(date(2023, 1, 1), date(2027, 12, 31))
SEEN_UNTIL = date(2025, 6, 30)


@pytest.fixture(scope="module")
def warehouse() -> DraftWarehouse:
    return DraftWarehouse().hold(random_facts(4))


def test_deadlines_responses_and_working_time_are_the_oracles(warehouse: DraftWarehouse) -> None:
    rows = {(row["lead_id"], row["episode"]): row for row in warehouse.table("follow_up")}
    expected = due_and_done(warehouse)
    assert rows.keys() == expected.keys()
    for key, row in rows.items():
        took = row["response_work_seconds"]
        found = {
            "deadline_at": row["deadline_at"],
            "responded_at": row["responded_at"],
            "worked": None if took is None else took - row["mql_work_seconds"],
            "is_day_only": row["is_day_only"],
            "assignments": row["assignments"],
        }
        assert found == expected[key], key
        assert (row["calendar"] is None) == (clock_of(row) is None)
    assert {row["calendar"] for row in rows.values()} == {"Company", "中国", "Germany"}


@pytest.mark.parametrize("by", [Dimension.OWNER, Dimension.REGION, Dimension.TIER])
def test_states_are_the_oracles_and_add_up(warehouse: DraftWarehouse, by: Dimension) -> None:
    scope = asked(EVER, SEEN_UNTIL)
    found = follow_up_states(warehouse, scope, by)
    expected: Counter[tuple[str, str]] = Counter()
    for row in warehouse.table("follow_up"):
        if row["mql_on"] > SEEN_UNTIL:
            continue
        answered = row["responded_on"] is not None and row["responded_on"] <= SEEN_UNTIL
        state = "no_calendar"
        if row["deadline_at"] is not None and answered:
            state = "in_time" if row["responded_at"] <= row["deadline_at"] else "late"
        elif row["deadline_at"] is not None:
            state = "overdue" if row["deadline_on"] <= SEEN_UNTIL else "waiting"
        expected[row[by.value], state] += 1
    counted = {
        (row["segment"], state): row[state]
        for row in found.rows(named=True)
        for state in ("in_time", "late", "overdue", "waiting", "no_calendar")
        if row[state]
    }
    assert counted == dict(expected)
    assert found["handed_over"].sum() == sum(expected.values())
    seen = [row for row in warehouse.table("follow_up") if row["mql_on"] <= SEEN_UNTIL]
    came_back = Counter(row[by.value] for row in seen if row["episode"] > 1)
    assert came_back.total() > 0
    assert dict(found.filter(pl.col("again") > 0).select("segment", "again").rows()) == came_back


def test_quantiles_are_those_of_the_product_limit(warehouse: DraftWarehouse) -> None:
    scope = asked(EVER, SEEN_UNTIL)
    ends: dict[str, list[tuple[int, bool]]] = {}
    for row in warehouse.table("follow_up"):
        if row["mql_work_seconds"] is None or row["mql_on"] > SEEN_UNTIL:
            continue
        answered = row["responded_on"] is not None and row["responded_on"] <= SEEN_UNTIL
        clock = clock_of(row)
        assert clock is not None
        end = clock.utc(datetime.combine(SEEN_UNTIL + timedelta(days=1), datetime.min.time()))
        hours = clock.worked(row["mql_at"], max(end, row["mql_at"])) // 3600
        if answered:
            hours = (row["response_work_seconds"] - row["mql_work_seconds"]) // 3600
        ends.setdefault(row["channel"], []).append((hours, answered))
    for row in response_times(warehouse, scope, Dimension.CHANNEL).rows(named=True):
        waits = ends.pop(row["segment"])
        assert (row["mqls"], row["responded"]) == (len(waits), sum(each[1] for each in waits))
        left = 1.0
        reached: dict[float, int] = {}
        for hour in sorted({each[0] for each in waits}):
            at_risk = sum(each[0] >= hour for each in waits)
            left *= 1 - sum(each == (hour, True) for each in waits) / at_risk
            for share in (0.5, 0.95):
                if 1 - left >= share - 1e-12:
                    reached.setdefault(share, hour)
        assert (row["p50_hours"], row["p95_hours"]) == (reached.get(0.5), reached.get(0.95))
    assert not ends


def monday(day: int, hour: int = 10) -> datetime:
    """A moment of June 2026, which begins on a Monday."""
    return datetime(2026, 6, day, hour)


def handed(number: int, day: int, response: datetime | None = None) -> Facts:
    lead_id = f"L{number}"
    changes = [change("lead", lead_id, "mql", monday(day))]
    if response:
        changes.append(change("lead", lead_id, "sql", response))
    return Facts(lead=(lead(lead_id, monday(1), owner="Ana"),), stage_change=tuple(changes))


def together(*parts: Facts, **more: Any) -> Facts:
    whole = Facts(as_of=datetime(2026, 6, 30))
    for part in parts:
        whole = whole.plus(part)
    return replace(whole, as_of=datetime(2026, 6, 30), **more)


JUNE = asked(Period(date(2026, 6, 1), date(2026, 6, 30)), date(2026, 6, 30))


@pytest.mark.parametrize("waits", [1, 4, 9])
def test_a_backlog_never_makes_follow_up_look_faster(waits: int) -> None:
    quick = [handed(number, 2, monday(2, 11 + number % 4)) for number in range(8)]
    backlog = [handed(100 + number, 3 + number) for number in range(waits)]
    before = response_times(DraftWarehouse().hold(together(*quick)), JUNE).row(0, named=True)
    after = response_times(DraftWarehouse().hold(together(*quick, *backlog)), JUNE)
    row = after.row(0, named=True)
    assert row["open"] == waits
    for name in ("p50_hours", "p95_hours"):
        assert row[name] is None or row[name] >= before[name]
    assert row["p95_hours"] is None


def test_a_weekend_is_no_working_time_and_the_deadline_is_its_last_moment() -> None:
    # Three working days from Thursday 10:00 are over on Tuesday 10:00.
    exact = handed(1, 4, monday(9, 10))
    after = handed(2, 4, datetime(2026, 6, 9, 10, 0, 1))
    warehouse = DraftWarehouse().hold(together(exact, after))
    assert {row["deadline_at"] for row in warehouse.table("follow_up")} == {monday(9)}
    (row,) = follow_up_states(warehouse, JUNE).rows(named=True)
    assert (row["in_time"], row["late"], row["handed_over"]) == (1, 1, 2)


def test_a_lead_with_two_owners_at_once_is_flagged_and_counts_once() -> None:
    twice = (
        given("L1", monday(2), "Inside sales", owner="Ana", accepted_at=monday(3)),
        given("L1", monday(4), "Partner", owner="Bo", accepted_at=monday(5)),
        given("L2", monday(2), "Inside sales", owner="Ana", rejected_at=monday(3)),
        given("L2", monday(3), "Partner", owner="Bo", accepted_at=monday(5)),
    )
    facts = together(handed(1, 2), handed(2, 2), assignment=twice)
    warehouse = DraftWarehouse().hold(facts)
    shared = {row["lead_id"]: row["is_shared"] for row in warehouse.table("follow_up")}
    assert shared == {"L1": True, "L2": False}
    (row,) = follow_up_states(warehouse, JUNE).rows(named=True)
    assert (row["handed_over"], row["shared"], row["accepted"]) == (2, 1, 2)


def test_a_country_without_a_calendar_is_told_and_not_guessed() -> None:
    facts = together(handed(1, 2), handed(2, 2), assignment=(given("L1", monday(2), "Inside"),))
    rows = tuple(row | {"region": "Elsewhere", "account_id": "A1"} for row in facts.lead)
    account = {"account_id": "A1", "name": "Acme", "name_key": "acme", "country": "Brazil"}
    warehouse = DraftWarehouse().hold(replace(facts, lead=rows, account=(account,)))
    (row,) = follow_up_states(warehouse, JUNE).rows(named=True)
    assert (row["no_calendar"], row["judged"]) == (2, 0)
    listed = work_list(warehouse, JUNE)
    assert set(listed["why"]) == {WHY["no calendar"]}
    assert listed["overdue_days"].null_count() == 2


def test_the_work_list_has_who_waits_and_who_was_to_come_back() -> None:
    told = next_action("T", "L3", "Call", date(2026, 6, 3), done_at=monday(3), reason=" BUDGET")
    unknown = next_action("U", "L4", "Call", None, done_at=monday(3), reason="weather")
    facts = together(
        handed(1, 2), handed(2, 29), handed(3, 2), handed(4, 2), action=(told, unknown)
    )
    seen = replace(JUNE, observed_until=date(2026, 7, 10))
    facts = replace(facts, as_of=datetime(2026, 7, 10))
    found = work_list(DraftWarehouse().hold(facts), seen).rows(named=True)
    assert [(row["lead_id"], row["matter"]) for row in found] == [
        ("L1", "overdue"),
        ("L2", "overdue"),
        ("L3", "recycle"),
    ]
    assert [row["overdue_days"] for row in found] == [35, 8, 7]
    reasons = feedback_reasons(DraftWarehouse().hold(facts), seen).rows(named=True)
    said = {(row["reason"], row["is_known"], row["to_come_back"], row["due"]) for row in reasons}
    assert said == {("Budget", True, 1, 1), ("weather", False, 0, 0)}


def test_reasons_of_a_segment_are_those_of_its_leads(warehouse: DraftWarehouse) -> None:
    """By loops over `follow_up`; the segments add up to the whole."""
    scope = asked(EVER, SEEN_UNTIL)
    whole = feedback_reasons(warehouse, scope)
    for by in (Dimension.CHANNEL, Doer.TEAM):
        rows = [row for row in warehouse.table("follow_up") if row["mql_on"] <= SEEN_UNTIL]
        mqls = Counter(row[by.value] for row in rows)
        told = Counter(
            (row[by.value], row["reason_name"] or row["reason"], row["reason_name"] is not None)
            for row in rows
            if row["reason"] is not None and row["reason_on"] <= SEEN_UNTIL
        )
        assert told.total() > 0
        found = feedback_reasons_by(warehouse, scope, by)
        counted = {
            (row[by.value], row["reason"], row["is_known"]): row["leads"]
            for row in found.rows(named=True)
        }
        assert counted == dict(told)
        for row in found.rows(named=True):
            assert row["handed_over"] == mqls[row[by.value]]
            assert row["share"] == row["leads"] / row["handed_over"]
            assert row["share_low"] <= row["share"] <= row["share_high"]
        added = found.group_by("reason", "is_known").agg(pl.col("leads").sum()).sort("reason")
        assert added.equals(whole.select("reason", "is_known", "leads").sort("reason"))
        assert set(whole["handed_over"]) == {mqls.total()}
        sums = found.group_by(by.value, maintain_order=True).agg(pl.col("leads").sum())["leads"]
        assert sums.to_list() == sorted(sums, reverse=True), "the segment with the most first"


def test_a_response_without_an_hour_counts_by_its_day() -> None:
    """Tuesday's MQL of 10:00: Wednesday's day closes 15 working hours later."""
    called = next_action("T1", "L1", "Call", None, done_at=datetime(2026, 6, 2))
    # Three working days are over on Friday 10:00.
    others = [handed(number, 2, datetime(2026, 6, 1 + number)) for number in (2, 4, 5)]
    held = DraftWarehouse().hold(together(handed(1, 2), *others, action=(called,)))
    took = {
        row["lead_id"]: (row["response_work_seconds"] - row["mql_work_seconds"]) / 3600
        for row in held.table("follow_up")
    }
    assert took == {"L1": 7, "L2": 15, "L4": 31, "L5": 31}
    (row,) = response_times(held, JUNE).rows(named=True)
    assert (row["hour_unknown"], row["p50_hours"]) == (4, 15)
    # It is in time by its day: on that of the deadline, Friday, it is; on Saturday it is late.
    (row,) = follow_up_states(held, JUNE).rows(named=True)
    assert (row["in_time"], row["late"]) == (3, 1)
    noon = next_action("T2", "L1", "Call", None, done_at=monday(2, 12))
    timed = together(handed(1, 2), action=(called, noon))
    assert {row["is_day_only"] for row in DraftWarehouse().hold(timed).table("follow_up")} == {
        False
    }, "an hour that is known on the same day says more"


def test_teams_are_those_of_whoever_is_responsible() -> None:
    team = {"team": [{"name": "North", "owners": ["ANA"]}, {"name": "South", "owners": ["Bo"]}]}
    terms = Definitions.model_validate(
        TERMS.model_dump() | {"follow_up": TERMS.follow_up.model_dump() | team}
    )
    facts = together(
        handed(1, 2), handed(2, 2), assignment=(given("L2", monday(3), "Inside", owner="bo "),)
    )
    nobody = lead("L3", monday(1)), change("lead", "L3", "mql", monday(2))
    facts = facts.plus(Facts(lead=nobody[:1], stage_change=nobody[1:]))
    held = DraftWarehouse().hold(facts, terms)
    found = follow_up_states(held, JUNE, Doer.TEAM)
    assert dict(found.select("segment", "handed_over").rows()) == {
        "North": 1, "South": 1, "Unassigned": 1,
    }  # fmt: skip
    assert found["no_owner"].sum() == 1
    assert response_times(held, JUNE, Doer.TEAM)["segment"].n_unique() == 3


def test_without_an_mql_it_is_said() -> None:
    warehouse = DraftWarehouse().hold(Facts(lead=(lead("L1", monday(1)),)))
    with pytest.raises(MetricError, match="when a lead became an MQL"):
        follow_up_states(warehouse, JUNE)


def test_without_a_word_of_what_sales_did_nobody_is_blamed() -> None:
    """A file that knows MQLs and wins alone: who was not won was not left without a response."""
    rows = (lead("L1", datetime(2026, 1, 5)), lead("L2", datetime(2026, 1, 5)))
    stages = [change("lead", f"L{n}", "mql", datetime(2026, 1, 6)) for n in (1, 2)]
    won = change("lead", "L1", "won", datetime(2026, 1, 20))
    facts = Facts(lead=rows, stage_change=(*stages, won))
    silent = DraftWarehouse().hold(facts)
    for metric in (follow_up_states, response_times, work_list, feedback_reasons):
        with pytest.raises(MetricError, match="no file says what sales did with MQLs that"):
            metric(silent, asked(QUARTER, SEEN))
    known = Facts(assignment=(given("L2", datetime(2026, 1, 6), "Inside sales"),))
    given_one = DraftWarehouse().hold(facts.plus(known))
    assert follow_up_states(given_one, asked(QUARTER, SEEN))["handed_over"].sum() == 2


def test_a_narrower_scope_never_counts_more() -> None:
    warehouse = DraftWarehouse().hold(TWELVE)
    whole = follow_up_states(warehouse, asked(QUARTER, SEEN))["handed_over"].sum()
    earlier = follow_up_states(warehouse, asked(QUARTER, date(2026, 2, 1)))["handed_over"].sum()
    assert earlier <= whole


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"opens": "18:00"}, "must be later"),
        ({"holidays": "XX"}, "holidays of 'XX' are not known"),
        ({"calendar": [{"name": "A", "of": ["x"]}, {"name": "B", "of": ["X "]}]}, "name each once"),
        (
            {
                "reason": [
                    {"name": "A", "kind": "k"},
                    {"name": "B", "spellings": ["a"], "kind": "k"},
                ]
            },
            "a spelling of two reasons",
        ),
        (
            {"team": [{"name": "A", "owners": ["Ana"]}, {"name": "B", "owners": ["ANA "]}]},
            "ana is in two teams",
        ),
    ],
)
def test_wrong_terms_are_told(wrong: dict[str, object], expected: str) -> None:
    whole = TERMS.model_dump() | {"follow_up": wrong}
    with pytest.raises((ValueError, DefinitionError), match=expected):
        Definitions.model_validate(whole)
