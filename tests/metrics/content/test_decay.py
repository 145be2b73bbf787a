"""Decay of content: weekly new people by hand, and what is not told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from metrics.content.decay import content_decay, content_weeks
from metrics.estimators.half_life import half_life
from metrics.period import Period
from metrics.scope import Scope
from tests.metrics.content.conftest import Read
from tests.metrics.facts import DraftWarehouse, Facts, touch

COUNTS = (16, 8, 4, 0, 2, 1, 1)
MONDAY = datetime(2026, 1, 5, 9)
SCOPE = Scope(Period(date(2026, 2, 1), date(2026, 2, 24)), date(2026, 3, 31))


def _facts(counts: tuple[int, ...] = (*COUNTS, 2)) -> Facts:
    rows = []
    for week, count in enumerate(counts):
        for number in range(count):
            who = f"p{week}-{number}"
            day = MONDAY + timedelta(weeks=week, days=number % 7)
            rows.append(touch(f"I{who}", day, who, content_id="T1"))
            rows.append(touch(f"again {who}", day + timedelta(days=9), who, content_id="T1"))
    rows.append(touch("other", MONDAY, "p0-0", content_id="T2"))
    return Facts(interaction=tuple(rows))


def test_new_people_by_week(draft: DraftWarehouse) -> None:
    (row,) = content_decay(draft.hold(_facts()), SCOPE).rows(named=True)
    # The week of 23 February is not over on the 24th; T2 was not met in February.
    assert (row["content_id"], row["first_on"], row["weeks"]) == ("T1", date(2026, 1, 5), 7)
    assert (row["new_people"], row["last_week_people"]) == (32, 1)
    assert row["half_life_weeks"] == pytest.approx(half_life(COUNTS).weeks)
    assert row["half_life_low"] < row["half_life_weeks"] < row["half_life_high"]
    assert row["reason"] is None
    weeks = content_weeks(draft, SCOPE).rows()
    assert weeks == [
        ("T1", "T1", MONDAY.date() + timedelta(weeks=week), count)
        for week, count in enumerate(COUNTS)
    ]


@pytest.mark.parametrize(
    ("counts", "reason"),
    [
        ((1, 0, 0, 0, 1, 0, 1), "fewer than 5 people"),
        ((1, 1, 2, 2, 3, 3, 4), "new people do not grow fewer"),
    ],
)
def test_silence_has_a_reason(draft: DraftWarehouse, counts: tuple[int, ...], reason: str) -> None:
    (row,) = content_decay(draft.hold(_facts(counts)), SCOPE).rows(named=True)
    assert (row["half_life_weeks"], row["half_life_high"], row["reason"]) == (None, None, reason)


def test_few_weeks_tell_nothing(draft: DraftWarehouse) -> None:
    early = replace(SCOPE, period=Period(date(2026, 1, 5), date(2026, 1, 25)))
    rows = content_decay(draft.hold(_facts()), early).rows(named=True)
    assert [row["reason"] for row in rows] == ["fewer than 6 whole weeks"] * 2
    assert content_decay(draft.hold(Facts()), SCOPE).is_empty()
    assert content_weeks(draft, SCOPE).is_empty()


def test_everybody_is_new_once(read: Read) -> None:
    rows = content_decay(read.warehouse, read.scope).rows(named=True)
    first: dict[tuple[str, str], date] = {}
    for use in read.all_uses:
        who = (use.content_id, use.person_id)
        first[who] = min(use.used_on, first.get(who, use.used_on))
    weeks = content_weeks(read.warehouse, read.scope)
    for content_id, week_on, count in weeks.select("content_id", "week_on", "new_people").rows():
        assert count == sum(
            asset == content_id and week_on <= day < week_on + timedelta(weeks=1)
            for (asset, _), day in first.items()
        )
    for row in rows:
        assert weeks.filter(content_id=row["content_id"])["new_people"].sum() == row["new_people"]
        assert row["new_people"] > 30
        before = {use.person_id for use in read.uses if use.content_id == row["content_id"]}
        assert row["new_people"] <= len(before) + 60
        assert row["weeks"] > 50
    assert len(rows) == 3
