"""Frequency, answers, times, overlap, collisions and costs of contacts against plain Python."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from metrics.reach.asked import midnight
from metrics.reach.collisions import collision_records, collisions
from metrics.reach.costs import contact_costs
from metrics.reach.frequency import contact_frequency, nth_contact
from metrics.reach.overlap import reach_overlap
from metrics.reach.responses import WEEKDAYS, best_times, next_channel
from metrics.reach.utm_coverage import utm_coverage
from tests.metrics.reach.conftest import Asked
from tests.metrics.reach.reach_facts import REACH


def test_the_most_contacts_within_30_days_are_counted(each: Asked) -> None:
    most: dict[str, int] = defaultdict(int)
    for contact in each.oracle.contacts:
        most[contact.person] = max(most[contact.person], min(contact.nth, 20))
    rows = contact_frequency(each.warehouse, each.scope, REACH).rows(named=True)
    assert {row["most_in_30_days"]: row["people"] for row in rows} == Counter(most.values())
    assert sum(row["contacts"] for row in rows) == len(each.oracle.contacts)
    assert sum(row["share"] for row in rows) == pytest.approx(1)
    assert {row["is_over_cap"] for row in rows} == {True, False}
    assert all(row["is_over_cap"] is (row["most_in_30_days"] > 3) for row in rows)


def test_the_nth_contact_is_answered_as_in_plain_python(each: Asked) -> None:
    withdrawn = defaultdict(list)
    for row in each.facts.consent_event:
        if row["state"] == "withdrawn":
            withdrawn[each.oracle.world.person(row["person_id"])].append(row["changed_at"])
    for row in each.facts.person:
        if row["consent"] == "withdrawn" and row["consent_at"]:
            withdrawn[row["person_id"]].append(row["consent_at"])
    driven = set()
    for person, moments in withdrawn.items():
        mine = [contact for contact in each.oracle.ever_made if contact.person == person]
        for moment in moments:
            before = [contact.at for contact in mine if contact.at <= moment < each.oracle.seen]
            if before and moment.date() - max(before).date() <= timedelta(days=7):
                driven.add((person, max(before)))
    rows = nth_contact(each.warehouse, each.scope, REACH).rows(named=True)
    assert {(row["way"], row["nth"]) for row in rows} == {
        (contact.way, contact.nth) for contact in each.oracle.contacts
    }
    for row in rows:
        nths = [
            contact
            for contact in each.oracle.contacts
            if (contact.way, contact.nth) == (row["way"], row["nth"])
        ]
        ripe = [contact for contact in nths if contact.ripe]
        assert (row["contacts"], row["young"]) == (len(ripe), len(nths) - len(ripe))
        assert row["answered"] == sum(contact.answered for contact in ripe)
        assert row["opted_out"] == sum((one.person, one.at) in driven for one in ripe)
        if ripe:
            assert row["response_rate"] == row["answered"] / len(ripe)
        assert (row["against_first"] is None) is (row["nth"] == 1)
    assert sum(row["answered"] for row in rows) > 10
    assert each.scope.filters or sum(row["opted_out"] for row in rows) > 0
    assert sum(row["young"] for row in rows) > 0


def test_ways_that_follow_each_other_are_those_of_the_oracle(each: Asked) -> None:
    last: dict[str, str] = {}
    counted: Counter[tuple[str, str]] = Counter()
    answered: Counter[tuple[str, str]] = Counter()
    for contact in each.oracle.every_contact:
        key = (last.get(contact.person, "none"), contact.way)
        last[contact.person] = contact.way
        if contact.at >= each.oracle.start and contact.ripe:
            counted[key] += 1
            answered[key] += contact.answered
    rows = next_channel(each.warehouse, each.scope, REACH).rows(named=True)
    assert {(row["last_way"], row["way"]): row["contacts"] for row in rows} == counted
    assert all(row["answered"] == answered[row["last_way"], row["way"]] for row in rows)
    for last_way in {row["last_way"] for row in rows}:
        mine = [row for row in rows if row["last_way"] == last_way]
        assert sum(row["chance_best"] for row in mine) == pytest.approx(1)
        assert sum(row["is_best"] for row in mine) <= 1
        assert mine == sorted(mine, key=lambda row: -row["expected_rate"])
    assert all(row["is_too_few"] is (row["contacts"] < 20) for row in rows)
    assert not any(row["is_best"] and row["is_too_few"] for row in rows)
    if not each.scope.filters:
        assert any(row["is_best"] for row in rows)


def test_times_are_those_of_the_reporting_zone(each: Asked) -> None:
    zone = ZoneInfo("Asia/Shanghai")
    counted: Counter[tuple[str, str, int]] = Counter()
    answered: Counter[tuple[str, str, int]] = Counter()
    for contact in each.oracle.contacts:
        if contact.ripe:
            local = contact.at.replace(tzinfo=ZoneInfo("UTC")).astimezone(zone)
            counted[contact.way, WEEKDAYS[local.weekday()], local.hour] += 1
            answered[contact.way, WEEKDAYS[local.weekday()], local.hour] += contact.answered
    rows = best_times(each.warehouse, each.scope, REACH).rows(named=True)
    assert {(row["way"], row["weekday"], row["hour"]): row["contacts"] for row in rows} == counted
    assert all(row["answered"] == answered[row["way"], row["weekday"], row["hour"]] for row in rows)
    assert all(row["is_too_few"] is (row["contacts"] < 20) for row in rows)
    for way in {row["way"] for row in rows}:
        enough = [row for row in rows if row["way"] == way and not row["is_too_few"]]
        best = [row for row in rows if row["way"] == way and row["is_best"]]
        assert len(best) == bool(enough)
        if best:
            assert best[0]["expected_rate"] == max(row["expected_rate"] for row in enough)


def test_overlap_is_that_of_sets_of_people(each: Asked) -> None:
    oracle = each.oracle
    reached: dict[str, set[str]] = defaultdict(set)
    for contact in oracle.contacts:
        reached[contact.channel].add(contact.person)
    for row in oracle.touches:
        if oracle.within(row["occurred_at"]):
            who = oracle.world.person(row["person_id"]) or ""
            reached[oracle.world.touch_channel(row)].add(who)
    everybody = set().union(*reached.values())
    in_order = sorted(reached, key=lambda name: (-len(reached[name]), name))
    rows = reach_overlap(each.warehouse, each.scope, REACH).rows(named=True)
    assert [row["channel"] for row in rows[:: len(reached)]] == in_order
    for row in rows:
        people = reached[row["channel"]]
        others = set().union(*(reached[name] for name in in_order if name != row["channel"]))
        larger = set().union(*(reached[e] for e in in_order[: in_order.index(row["channel"])]))
        assert row["people"] == len(people)
        assert row["shared"] == len(people & reached[row["other"]])
        assert row["share"] == row["shared"] / row["people"]
        assert row["alone"] == len(people - others)
        assert row["added"] == len(people - larger)
        assert row["everybody"] == len(everybody)
    added = {row["channel"]: row["added"] for row in rows}
    assert sum(added.values()) == len(everybody)


def _collided(each: Asked) -> set[tuple[str, str, str]]:
    """Kind, contact and what it collides with."""
    oracle = each.oracle
    found = set()
    promotions = [
        one
        for one in oracle.every_contact
        if one.channel != "Outbound Sales" and oracle.campaign_of(one)
    ]
    for place, later in enumerate(promotions):
        if later.at < oracle.start:
            continue
        name = oracle.campaign_of(later)
        for earlier in promotions[:place]:
            other = oracle.campaign_of(earlier)
            near = later.day - earlier.day <= timedelta(days=7)
            if earlier.person == later.person and near and other and name != other:
                found.add(("two campaigns", later.key, other))
        account = oracle.world.company_of_person(later.person)
        for deal in oracle.world.deals:
            opened = oracle.world.day(deal.opened_at)
            if deal.account_id is None or deal.account_id != account or opened is None:
                continue
            is_open = (
                deal.closed_on > later.day if deal.closed_on is not None else deal.outcome == "open"
            )
            if opened < later.day and is_open:
                found.add(("open deal", later.key, deal.opportunity_id))
    return found


def test_collisions_are_those_of_the_oracle(each: Asked) -> None:
    expected = _collided(each)
    records = collision_records(each.warehouse, each.scope, REACH).rows(named=True)
    keys = {
        (one.person, one.at, one.way, each.oracle.campaign_of(one)): one.key
        for one in each.oracle.every_contact
    }
    found = [
        (
            row["kind"],
            keys[row["person_id"], row["contact_at"], row["way"], row["campaign"]],
            row["collides_with"],
        )
        for row in records
    ]
    assert len(found) == len(set(found))
    assert set(found) == expected
    kinds = {kind for kind, _, _ in expected}
    assert kinds == {"two campaigns", "open deal"} or (kinds and each.scope.filters)
    summed = collisions(each.warehouse, each.scope, REACH).rows(named=True)
    for kind in ("two campaigns", "open deal"):
        assert sum(row["contacts"] for row in summed if row["kind"] == kind) == len(
            {
                (key, other if kind == "two campaigns" else owner)
                for (k, key, other), owner in zip(
                    found, (row["owner"] for row in records), strict=True
                )
                if k == kind
            }
        )


def test_utm_parts_are_counted_by_port(each: Asked) -> None:
    oracle = each.oracle
    touches = oracle.touches if each.scope.filters else oracle.world.touches
    counted: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for row in touches:
        if oracle.within(row["occurred_at"]):
            parts = sum(
                row.get(f"utm_{one}") is not None for one in ("source", "medium", "campaign")
            )
            port = (row.get("source_system") or "Unassigned", oracle.world.touch_channel(row))
            counted[port]["missing" if not parts else "complete" if parts == 3 else "partial"] += 1
    rows = utm_coverage(each.warehouse, each.scope, REACH).rows(named=True)
    assert {(row["port"], row["channel"]) for row in rows} == set(counted)
    for row in rows:
        for name in ("complete", "partial", "missing"):
            assert row[name] == counted[row["port"], row["channel"]][name]
        assert row["touches"] == row["complete"] + row["partial"] + row["missing"]
    assert {row["port"] for row in rows} >= {"mailer", "web", "Unassigned"}


def test_a_campaigns_spend_is_shared_by_its_contacts(whole: Asked) -> None:
    oracle = whole.oracle
    groups: dict[tuple[str, str, str], list[bool]] = defaultdict(list)
    for contact in oracle.contacts:
        if contact.campaign_id is not None:
            key = (contact.campaign_id, contact.channel, contact.way)
            groups[key].append(contact.answered)
    spent: dict[str, float] = defaultdict(float)
    for row, priced in zip(whole.facts.campaign_spend, oracle.world.spends, strict=True):
        if whole.scope.period.start <= priced.spend_on <= whole.scope.period.end:
            spent[row["campaign_id"]] += float(priced.amount or 0)
    rows = contact_costs(whole.warehouse, whole.scope, REACH).rows(named=True)
    assert {(row["campaign_id"], row["channel"], row["way"]) for row in rows} == set(groups)
    for row in rows:
        mine = groups[row["campaign_id"], row["channel"], row["way"]]
        every = sum(len(v) for key, v in groups.items() if key[0] == row["campaign_id"])
        assert (row["contacts"], row["answered"]) == (len(mine), sum(mine))
        if row["campaign_id"] in spent:
            assert row["unknown_because"] is None
            assert row["cost_per_contact"] == pytest.approx(spent[row["campaign_id"]] / every)
        else:
            assert "no spend" in row["unknown_because"]
            assert row["cost_amount"] is None
    assert any(row["cost_amount"] for row in rows)


def test_with_a_filter_no_spend_is_divided(narrow: Asked) -> None:
    rows = contact_costs(narrow.warehouse, narrow.scope, REACH)
    assert rows["cost_amount"].null_count() == len(rows) > 0
    assert "clear the filters" in rows["unknown_because"][0]


def test_a_narrower_question_never_counts_more(whole: Asked, narrow: Asked) -> None:
    for metric, column in (
        (contact_frequency, "people"), (utm_coverage, "touches"), (collision_records, "kind"),
    ):  # fmt: skip
        some = metric(narrow.warehouse, narrow.scope, REACH)
        every = metric(whole.warehouse, whole.scope, REACH)
        if column == "kind":
            assert 0 < len(some) < len(every)
        else:
            assert 0 < some[column].sum() < every[column].sum()


def test_a_period_before_the_data_has_no_rows(whole: Asked) -> None:
    early = replace(whole.scope, observed_until=date(2020, 1, 1))
    for metric in (
        contact_frequency, nth_contact, next_channel, best_times, reach_overlap, collisions,
        collision_records, contact_costs, utm_coverage,
    ):  # fmt: skip
        assert metric(whole.warehouse, early, REACH).is_empty()


def test_moments_are_of_the_zone() -> None:
    assert midnight(date(2025, 2, 1), REACH) == datetime(2025, 1, 31, 16)
