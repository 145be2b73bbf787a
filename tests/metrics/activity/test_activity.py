"""The pool and the lists of activity against plain Python, and what is planted."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise

import polars as pl
import pytest
from scipy.stats import binomtest

from metrics.activity.lists import FALSE_CLAIMS, activity_lists
from metrics.activity.pool import activity_pool
from metrics.period import Period
from metrics.scope import Dimension, Filter, Scope
from tests.metrics.facts import TERMS, DraftWarehouse, Facts, account, touch
from tests.metrics.oracle.world import World
from tests.metrics.random_facts import random_facts
from tests.metrics.scopes import asked

LAST = date(2025, 12, 31)
ACTIVE = TERMS.model_copy(update={"activity": TERMS.activity.model_copy(update={"lost_days": 200})})


def _days(first: date, every: int, times: int) -> list[date]:
    return [first + timedelta(days=every * number) for number in range(times)]


PLANTED = {
    "surge": [*_days(date(2025, 6, 10), 60, 3), *_days(date(2025, 12, 4), 2, 14)],
    "quiet": _days(date(2025, 5, 1), 4, 48),
    "new": [date(2025, 12, 20)],
    "back": [date(2025, 1, 5), date(2025, 12, 30)],
    "steady": _days(date(2025, 1, 1), 7, 52),
    "asleep": [date(2025, 6, 1)],
    "gone": [date(2025, 1, 2)],
}
"""Days on which people did something, by what they are."""


def planted_facts() -> Facts:
    """A random company and the planted people, of whom the quiet one is all of its account."""
    facts = random_facts(11, leads=120)
    rows = [
        touch(
            f"Z-{name}-{number}",
            datetime(day.year, day.month, day.day, 9),
            f"crm:{name}",
            action="ad_click",
        )
        for name, days in PLANTED.items()
        for number, day in enumerate(days)
    ]
    return replace(
        facts,
        account=(*facts.account, account("A-quiet", "Still Waters")),
        person=(
            *facts.person,
            *({"person_id": f"p_{name}", "account_id": f"A-{name}"} for name in PLANTED),
        ),
        person_alias=(
            *facts.person_alias,
            *(
                {
                    "source_system": "crm", "source_record_id": name, "person_id": f"p_{name}",
                    "matched_by": "email", "confidence": 1.0,
                }
                for name in PLANTED
            ),
        ),
        interaction=(*facts.interaction, *rows),
    )  # fmt: skip


@pytest.fixture(scope="module")
def held() -> tuple[Facts, DraftWarehouse]:
    facts = planted_facts()
    return facts, DraftWarehouse().hold(facts, ACTIVE)


def _scope(**more: object) -> Scope:
    return asked(Period(date(2025, 3, 10), LAST), LAST, **more)


def _active(facts: Facts, last: date = LAST) -> dict[str, list[date]]:
    """The days on which each person did something."""
    world = World(facts, ACTIVE)
    found: dict[str, set[date]] = defaultdict(set)
    for row in world.touches:
        person, day = world.person(row["person_id"]), world.day(row["occurred_at"])
        if person is not None and day is not None and day <= last:
            found[person].add(day)
    return {person: sorted(days) for person, days in found.items()}


def _state(days: list[date], on: date) -> str | None:
    before = [day for day in days if day <= on]
    if not before:
        return None
    silent = (on - before[-1]).days
    return "active" if silent < 90 else "dormant" if silent < 200 else "lost"


def test_the_pool_is_that_of_the_oracle_and_flows_add_up(
    held: tuple[Facts, DraftWarehouse],
) -> None:
    facts, warehouse = held
    active = _active(facts)
    rows = activity_pool(warehouse, _scope(), ACTIVE).rows(named=True)
    assert [row["month_on"].month for row in rows] == list(range(3, 13))
    before = date(2025, 3, 9)
    for row in rows:
        was = {who: _state(days, before) for who, days in active.items()}
        now = {who: _state(days, row["until_on"]) for who, days in active.items()}
        counted = Counter(now.values())
        assert (row["active_end"], row["dormant"], row["lost"]) == (
            counted["active"], counted["dormant"], counted["lost"],
        )  # fmt: skip
        assert row["active_start"] == Counter(was.values())["active"]
        assert row["newly_active"] == sum(
            was[who] is None and now[who] is not None for who in active
        )
        assert row["reactivated"] == sum(
            was[who] in ("dormant", "lost") and now[who] == "active" for who in active
        )
        assert row["inflow"] == row["newly_active"] + row["reactivated"]
        assert row["active_start"] + row["inflow"] - row["outflow"] == row["active_end"]
        assert row["newly_lost"] == sum(was[who] != "lost" and now[who] == "lost" for who in active)
        assert row["known"] == row["active_end"] + row["dormant"] + row["lost"]
        before = row["until_on"]
    assert all(later["active_start"] == each["active_end"] for each, later in pairwise(rows))
    assert sum(row["reactivated"] for row in rows) > 0 < sum(row["newly_lost"] for row in rows)


def test_a_narrower_pool_is_smaller_and_an_early_one_is_empty(
    held: tuple[Facts, DraftWarehouse],
) -> None:
    _, warehouse = held
    narrow = _scope(filters=(Filter(Dimension.OWNER, ("Ana",)),))
    some = activity_pool(warehouse, narrow, ACTIVE)["known"]
    every = activity_pool(warehouse, _scope(), ACTIVE)["known"]
    assert all(0 < one < other for one, other in zip(some, every, strict=True))
    early = replace(_scope(), observed_until=date(2020, 1, 1))
    assert activity_pool(warehouse, early, ACTIVE).is_empty()
    assert activity_lists(warehouse, early, ACTIVE).is_empty()


def _expected(days: dict[str, list[date]]) -> dict[str, tuple[str, int, int, float | None]]:
    """State, recent, usual and chance of who is listed; a day counts as often as it is given."""
    start = LAST - timedelta(days=29)
    counts = {}
    chances: dict[str, dict[str, float]] = {"surging": {}, "going quiet": {}}
    for who, mine in days.items():
        recent = [day for day in mine if day >= start]
        earlier = [day for day in mine if day < start]
        usual = [day for day in earlier if (LAST - day).days < 210]
        counts[who] = (len(recent), len(usual))
        silent = (LAST - mine[-1]).days
        asleep = (recent[0] - earlier[-1]).days if recent and earlier else 0
        if earlier and asleep < 90 and len(recent) >= 5 and usual:
            exposed = min(180, (start - mine[0]).days)
            share = 30 / (30 + exposed)
            test = binomtest(len(recent), len(recent) + len(usual), share, "greater")
            chances["surging"][who] = test.pvalue
        habit = [day for day in mine if (mine[-1] - day).days < 180]
        if 30 <= silent < 90 and len(habit) >= 5:
            span = max(1, min(180, (mine[-1] - mine[0]).days + 1))
            chances["going quiet"][who] = (span / (span + silent)) ** len(habit)
    told = {}
    adjusted = {state: _corrected(mine) for state, mine in chances.items()}
    for who, mine in days.items():
        recent_days = [day for day in mine if day >= start]
        earlier = [day for day in mine if day < start]
        if recent_days and not earlier:
            state = "newly active"
        elif recent_days and (recent_days[0] - earlier[-1]).days >= 90:
            state = "reactivated"
        elif adjusted["surging"].get(who, 1) <= FALSE_CLAIMS:
            state = "surging"
        elif recent_days:
            state = "as usual"
        elif adjusted["going quiet"].get(who, 1) <= FALSE_CLAIMS:
            state = "going quiet"
        else:
            continue
        chance = adjusted.get(state, {}).get(who)
        told[who] = (state, *counts[who], None if chance is None else round(chance, 9))
    return told


def _corrected(chances: dict[str, float]) -> dict[str, float]:
    """The chances adjusted by Benjamini and Hochberg's procedure."""
    ranked = sorted(chances.values())
    adjusted = [
        min(1.0, *(chance * len(ranked) / (rank + 1) for rank, chance in enumerate(ranked)
                   if chance >= each))
        for each in ranked
    ]  # fmt: skip
    return {who: adjusted[ranked.index(chance)] for who, chance in chances.items()}


def test_lists_are_those_of_the_oracle(held: tuple[Facts, DraftWarehouse]) -> None:
    facts, warehouse = held
    found = activity_lists(warehouse, _scope(), ACTIVE)
    people = _active(facts)
    world = World(facts, ACTIVE)
    companies: dict[str, list[date]] = defaultdict(list)
    for who, days in people.items():
        if company := world.company_of_person(who):
            companies[company] += days
    of_companies = {name: sorted(mine) for name, mine in companies.items()}
    for kind, days_of in (("person", people), ("account", of_companies)):
        mine = found.filter(pl.col("kind") == kind)
        assert {
            row["subject_id"]: (
                row["state"],
                row["recent"],
                row["usual"],
                None if row["chance"] is None else round(row["chance"], 9),
            )
            for row in mine.rows(named=True)
        } == _expected(days_of)
    assert set(found["state"]) == {
        "surging",
        "going quiet",
        "newly active",
        "reactivated",
        "as usual",
    }


def test_what_is_planted_is_listed_with_its_reason(held: tuple[Facts, DraftWarehouse]) -> None:
    _, warehouse = held
    rows = activity_lists(warehouse, _scope(), ACTIVE)
    found = {row["subject_id"]: row for row in rows.rows(named=True)}
    told = {name: found[f"p_{name}"] for name in PLANTED if f"p_{name}" in found}
    assert {name: row["state"] for name, row in told.items()} == {
        "surge": "surging", "quiet": "going quiet", "new": "newly active", "back": "reactivated",
        "steady": "as usual",
    }  # fmt: skip
    assert told["surge"]["reason"] == "14 active days in the last 30, after 3 in the 175 before"
    assert told["quiet"]["reason"] == (
        "Silent for 56 days, after 45 active days in the 180 up to then"
    )
    assert told["new"]["reason"] == "First seen on 2025-12-20; 1 active day in the last 30"
    assert told["back"]["reason"] == "Back on 2025-12-30 after 359 days of silence"
    assert told["surge"]["records"] == "crm:surge"
    company = found["A-quiet"]
    assert (company["state"], company["account"]) == ("going quiet", "Still Waters")
    assert company["records"] == "A-quiet"
    assert rows["state"].to_list()[0] == "surging"
