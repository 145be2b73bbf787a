"""Answers of sales by reason and source against plain Python, and the records behind them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, datetime
from random import Random
from typing import Any

import polars as pl
import pytest

from data.errors import MetricError
from metrics.follow_up.grouping import Doer, GroupBy
from metrics.follow_up.mql_records import mql_records
from metrics.follow_up.sales_answers import sales_answers
from metrics.period import Period
from metrics.scope import Dimension
from tests.metrics.facts import TERMS, DraftWarehouse, Facts, change, given, lead
from tests.metrics.random_facts import random_facts
from tests.metrics.scopes import asked

EVER = Period(date(2023, 1, 1), date(2027, 12, 31))
SEEN_UNTIL = date(2025, 6, 30)
SCOPE = asked(EVER, SEEN_UNTIL)

WRITTEN = (None, " BUDGET", "weather", "budget", "Wrong person")

Said = tuple[str, str | None, bool]


@pytest.fixture(scope="module")
def warehouse() -> DraftWarehouse:
    facts, random = random_facts(4), Random("reasons")
    rows = tuple(row | {"reason": random.choice(WRITTEN)} for row in facts.assignment)
    return DraftWarehouse().hold(replace(facts, assignment=rows))


def said_of(warehouse: DraftWarehouse) -> dict[tuple[str, int], tuple[Said, str | None]]:
    """Per MQL that was handed over: the last answer, its reason, whether that is known; whose."""
    names = {
        spelling.strip().lower(): each.name
        for each in TERMS.follow_up.reason
        for spelling in (each.name, *each.spellings)
    }
    journeys: dict[str, list[dict[str, Any]]] = {}
    for row in warehouse.table("journey"):
        journeys.setdefault(row["lead_id"], []).append(row)
    given_out: dict[str, list[dict[str, Any]]] = {}
    for row in warehouse.table("assignment"):
        given_out.setdefault(row["lead_id"], []).append(row)
    found = {}
    for row in warehouse.table("follow_up"):
        if row["mql_on"] > SEEN_UNTIL:
            continue
        episodes = {each["episode"]: each for each in journeys[row["lead_id"]]}
        before = episodes.get(row["episode"] - 1, {}).get("exit_at")
        later = row["episode"] + 1 in episodes
        until = episodes[row["episode"]]["exit_at"] if later else None
        answers = []
        for each in given_out.get(row["lead_id"], []):
            if before is not None and each["assigned_at"] <= before:
                continue
            if until is not None and each["assigned_at"] > until:
                continue
            yes, no = each["accepted_at"], each["rejected_at"]
            if no is not None and (yes is None or no >= yes):
                answers.append((no, each["assigned_at"], "rejected", each["reason"]))
            elif yes is not None:
                answers.append((yes, each["assigned_at"], "accepted", None))
        last = max(answers, key=lambda each: each[:3], default=None)
        said: Said = ("no answer", None, True)
        if last is not None and last[0].date() <= SEEN_UNTIL:
            said = (last[2], None, True)
            if last[2] == "rejected":
                name = names.get((last[3] or "").strip().lower())
                known = last[3] is None or name is not None
                said = ("rejected", name or last[3] or "No reason given", known)
        found[row["lead_id"], row["episode"]] = said, row["account_id"]
    return found


BY: tuple[GroupBy, ...] = (Dimension.CHANNEL, Dimension.TIER, Doer.TEAM)


@pytest.mark.parametrize("by", BY)
def test_answers_of_a_segment_are_those_of_its_mqls(warehouse: DraftWarehouse, by: GroupBy) -> None:
    said = said_of(warehouse)
    segments = {
        (row["lead_id"], row["episode"]): row[by.value] for row in warehouse.table("follow_up")
    }
    counted = Counter((segments[key], *each) for key, (each, _) in said.items())
    assert len({key[2] for key in counted}) > 4, "reasons of all kinds"
    found = sales_answers(warehouse, SCOPE, by)
    keys = ("segment", "answer", "reason", "is_known")
    assert {tuple(row[:4]): row[4] for row in found.select(*keys, "leads").rows()} == counted
    handed = Counter(segments[key] for key in said)
    answered = Counter(segments[key] for key, (each, _) in said.items() if each[0] != "no answer")
    for row in found.rows(named=True):
        segment = row["segment"]
        assert (row["handed_over"], row["answered"]) == (handed[segment], answered[segment])
        if row["answer"] == "no answer":
            assert row["share"] is None
            assert row["chance"] is None
            continue
        assert row["share"] == row["leads"] / row["answered"]
        same = sum(
            many for key, many in counted.items() if key[1:] == tuple(row[k] for k in keys[1:])
        )
        rest = answered.total() - answered[segment]
        expected = (same - row["leads"]) / rest if rest else None
        assert row["others"] == expected
        if row["share_low"] is not None:
            assert row["share_low"] <= row["share"] <= row["share_high"]
    sums = found.filter(pl.col("answer") == "rejected")["leads"].sum()
    assert sums == sum(each[0] == "rejected" for each, _ in said.values())


def test_a_lead_that_is_one_of_many_of_its_account_makes_a_share_less_sure() -> None:
    """Twenty rejections of ten accounts, alike in each: the interval is that of about ten leads."""
    at = datetime(2026, 6, 2, 10)
    numbers = range(40)
    owned = tuple(
        lead(f"L{n}", datetime(2026, 6, 1), account_id=f"A{n // 2}", channel="Email")
        for n in numbers
    )
    alone = tuple(lead(f"L{n}", datetime(2026, 6, 1), channel="Email") for n in numbers)
    facts = Facts(
        account=tuple(
            {"account_id": f"A{n}", "name": f"{n}", "name_key": f"{n}"} for n in range(20)
        ),
        lead=owned,
        stage_change=tuple(change("lead", f"L{n}", "mql", at) for n in numbers),
        assignment=tuple(
            given(f"L{n}", at, "Inside", **{"rejected_at" if n // 2 % 2 else "accepted_at": at})
            for n in numbers
        ),
        as_of=datetime(2026, 6, 30),
    )
    scope = asked(Period(date(2026, 6, 1), date(2026, 6, 30)), date(2026, 6, 30))
    widths = []
    for rows in (owned, alone):
        found = sales_answers(DraftWarehouse().hold(replace(facts, lead=rows)), scope)
        row = found.row(0, named=True)
        assert (row["share"], row["leads"], row["answered"]) == (0.5, 20, 40)
        widths.append(row["share_high"] - row["share_low"])
        assert row["others"] is None
        assert row["chance"] == "untested"
    assert widths[0] > 1.3 * widths[1]


def test_a_source_that_is_rejected_more_is_more_than_chance() -> None:
    at = datetime(2026, 6, 2, 10)
    parts = [
        (channel, number, number % 10 < rejected)
        for channel, rejected in (("Bought list", 8), ("Webinar", 2), ("Email", 3))
        for number in range(50)
    ]
    facts = Facts(
        lead=tuple(
            lead(f"{channel} {number}", datetime(2026, 6, 1), channel=channel)
            for channel, number, _ in parts
        ),
        stage_change=tuple(change("lead", f"{one} {two}", "mql", at) for one, two, _ in parts),
        assignment=tuple(
            given(f"{one} {two}", at, "Inside", rejected_at=at, reason="budget")
            if no
            else given(f"{one} {two}", at, "Inside", accepted_at=at)
            for one, two, no in parts
        ),
        as_of=datetime(2026, 6, 30),
    )
    scope = asked(Period(date(2026, 6, 1), date(2026, 6, 30)), date(2026, 6, 30))
    found = sales_answers(DraftWarehouse().hold(facts), scope)
    first = found.row(1, named=True)
    assert (first["segment"], first["reason"], first["leads"]) == ("Bought list", "Budget", 40)
    assert first["chance"] == "more than chance"
    assert first["others"] == 0.25


@pytest.mark.parametrize("by", BY)
def test_the_records_are_those_that_are_counted(warehouse: DraftWarehouse, by: GroupBy) -> None:
    records = mql_records(warehouse, SCOPE)
    assert {
        (row["lead_id"], row["episode"]): (
            row["answer"],
            row["answer_reason"],
            row["answer_is_known"],
        )
        for row in records.rows(named=True)
    } == {key: said for key, (said, _) in said_of(warehouse).items()}
    assert records.filter(pl.col("answer") == "no answer")["answered_on"].null_count() == len(
        records.filter(pl.col("answer") == "no answer")
    )
    counted = records.group_by(
        by.value,
        "answer",
        pl.col("answer_reason").alias("reason"),
        pl.col("answer_is_known").alias("is_known"),
    ).len("leads")
    found = sales_answers(warehouse, SCOPE, by).select(
        pl.col("segment").alias(by.value), "answer", "reason", "is_known", "leads"
    )
    keys = [by.value, "answer", "reason", "is_known"]
    assert counted.cast({"leads": pl.Int64}).sort(keys).equals(found.sort(keys))


def test_an_answer_that_comes_later_is_not_seen(warehouse: DraftWarehouse) -> None:
    early = asked(EVER, date(2024, 3, 31))
    known = {
        (row["lead_id"], row["episode"]): row["answered_on"] for row in warehouse.table("follow_up")
    }
    for row in mql_records(warehouse, early).rows(named=True):
        on = known[row["lead_id"], row["episode"]]
        is_seen = on is not None and on <= early.observed_until
        assert (row["answer"] != "no answer") == is_seen


def test_a_record_is_as_follow_up_stands(warehouse: DraftWarehouse) -> None:
    """State, hours and reason by loops; without assignments all but the answers are told."""
    told = {(row["lead_id"], row["episode"]): row for row in warehouse.table("follow_up")}
    records = mql_records(warehouse, SCOPE).rows(named=True)
    assert len({row["state"] for row in records}) > 3
    reasons = 0
    for row in records:
        known = told[row["lead_id"], row["episode"]]
        came = known["responded_on"] is not None and known["responded_on"] <= SEEN_UNTIL
        assert row["responded_on"] == (known["responded_on"] if came else None)
        assert row["hour_unknown"] == (came and known["is_day_only"])
        assert (row["hours"] is None) == (known["deadline_at"] is None)
        if came and row["hours"] is not None:
            seconds = known["response_work_seconds"] - known["mql_work_seconds"]
            assert row["hours"] == seconds / 3600
            in_time = known["responded_at"] <= known["deadline_at"]
            assert row["state"] == ("in time" if in_time else "late")
        has = known["reason"] is not None and known["reason_on"] <= SEEN_UNTIL
        assert row["reason"] == ((known["reason_name"] or known["reason"]) if has else None)
        assert row["reason_is_known"] == (not has or known["reason_name"] is not None)
        reasons += has
    assert reasons > 10


def test_without_assignments_it_is_said_what_to_load() -> None:
    at = datetime(2026, 6, 2, 10)
    changes = (change("lead", "L1", "mql", at), change("lead", "L1", "sql", at))
    silent = DraftWarehouse().hold(
        Facts(lead=(lead("L1", datetime(2026, 6, 1)),), stage_change=changes)
    )
    with pytest.raises(MetricError, match="to whom leads were given"):
        sales_answers(silent, SCOPE)
    later = replace(SCOPE, observed_until=date(2026, 6, 30))
    assert mql_records(silent, later)["answer"].to_list() == ["no answer"]
