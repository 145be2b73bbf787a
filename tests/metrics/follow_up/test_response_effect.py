"""Conversion by response time: by hand, against loops, and where the effect is planted or not."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import pytest

from bench.response_time.company import World, company, within_a_day
from data.errors import MetricError
from metrics.estimators.comparing.matched import MatchedDifference
from metrics.estimators.comparing.speed import score_bands, speed_effect, strata
from metrics.follow_up.conversion import follow_up_conversion, response_time_conversion
from metrics.follow_up.effect import Speed, response_effect, verdicts
from metrics.follow_up.grouping import Doer
from metrics.period import Period
from metrics.scope import Dimension, Scope, Stage
from tests.metrics.facts import DraftWarehouse, Facts, change, given, lead
from tests.metrics.random_facts import random_facts
from tests.metrics.scopes import asked

SPRING = asked(Period(date(2026, 1, 1), date(2026, 3, 31)), date(2026, 12, 31))
MONDAY = datetime(2026, 1, 5, 9)


def test_a_planted_effect_is_found_and_good_leads_called_first_are_none() -> None:
    """Of one seed each: an effect of a day, and none where scores decide who is called first."""
    adds, true = company(World(adds=0.8), np.random.default_rng(7))
    found = speed_effect(adds, within_a_day(adds))
    assert found.adds.low <= true <= found.adds.high
    assert verdicts([found])[1][0][0] == Speed.MORE.value
    none, _ = company(World(), np.random.default_rng(7))
    silent = speed_effect(none, within_a_day(none))
    assert silent.raw > 0.05, "the plain shares say that speed helps"
    assert silent.adds.low < 0 < silent.adds.high
    assert verdicts([silent])[1][0][0] == Speed.MAY_BE_CHANCE.value


def test_what_no_score_shows_is_seen_by_the_placebo() -> None:
    hidden, _ = company(World(unseen=0.9), np.random.default_rng(7))
    found = speed_effect(hidden, within_a_day(hidden))
    assert found.adds.low > 0, "matching alone is taken in"
    said, why = verdicts([found])[1][0]
    assert said == Speed.CANNOT_BE_TOLD.value
    assert "differed before anybody could respond" in (why or "")


def test_more_is_claimed_only_where_the_placebo_is_exceeded() -> None:
    """The error of either is 0.0255, of both 0.036, of which 1.645 are 0.0593."""
    adds, _ = company(World(leads=400), np.random.default_rng(7))
    found = speed_effect(adds, within_a_day(adds))
    less = replace(found, adds=_difference(-0.1), placebo=_difference(0.0))
    more, nearly = (replace(less, adds=_difference(0.1), placebo=_difference(each))
                    for each in (0.04, 0.041))  # fmt: skip
    _, said = verdicts([less, more, nearly])
    assert [each for each, _ in said] == ["converts less", "converts more", "may convert more"]
    assert [reason is None for _, reason in said] == [True, True, False]


def _difference(value: float) -> MatchedDifference:
    return MatchedDifference(100, 500, value, value - 0.05, value + 0.05, 0.001, 20.0)


def test_the_difference_is_that_of_a_plain_count_of_strata() -> None:
    records, _ = company(World(leads=400, adds=0.5), np.random.default_rng(3))
    cells: dict[tuple[float, ...], list[list[bool]]] = {}
    bands = score_bands(records.score)
    for place, took in enumerate(records.took):
        key = (bands[place], *records.alike[:, place])
        cells.setdefault(key, [[], []])[int(took <= 8)].append(bool(records.converted[place]))
    assert len(set(strata(records))) == len(cells)
    top = bottom = 0.0
    for others, early in cells.values():
        if others and early:
            weight = len(others) * len(early) / (len(others) + len(early))
            top += weight * float(np.mean(early) - np.mean(others))
            bottom += weight
    found = speed_effect(records, within_a_day(records))
    assert found.adds.value == pytest.approx(top / bottom)
    assert found.early == int((records.took <= 8).sum())


def mqls(count: int, wait: timedelta | None, converted: int, *, begin: int = 0) -> Facts:
    """So many MQLs of a Monday, answered after a while, the first of which became opportunities."""
    names = [f"L{begin + number}" for number in range(count)]
    leads = tuple(lead(name, MONDAY - timedelta(days=3), score=5.0, owner="Ana") for name in names)
    stages = [change("lead", name, "mql", MONDAY) for name in names]
    stages += [
        change("lead", name, "opportunity", MONDAY + timedelta(days=30))
        for name in names[:converted]
    ]
    gifts = tuple(
        given(name, MONDAY, "Inside", owner="Ana", accepted_at=MONDAY + wait)
        for name in names
        if wait is not None
    )
    return Facts(lead=leads, stage_change=tuple(stages), assignment=gifts)


def test_bands_and_limits_by_hand() -> None:
    facts = mqls(12, timedelta(minutes=30), 9)
    facts = facts.plus(mqls(5, timedelta(hours=3), 1, begin=20))
    facts = facts.plus(mqls(4, timedelta(hours=24), 1, begin=30))  # 8 working hours, to the second
    facts = facts.plus(mqls(3, timedelta(days=7), 0, begin=40))  # after three working days
    facts = facts.plus(mqls(6, None, 2, begin=50))
    facts = facts.plus(mqls(2, timedelta(hours=15), 0, begin=60))  # midnight: Tuesday, no hour
    held = DraftWarehouse().hold(replace(facts, as_of=datetime(2026, 12, 31)))
    bands = {row["band"]: row for row in response_time_conversion(held, SPRING).to_dicts()}
    assert {name: (row["mqls"], row["converted"]) for name, row in bands.items()} == {
        "up to 1 hour": (12, 9),
        "up to 4 hours": (5, 1),
        "up to 1 day": (4, 1),
        "up to the deadline": (2, 0),
        "after the deadline": (3, 0),
        "none recorded": (6, 2),
    }
    # A response of which only the day is known counts at that day's close: 16 hours, not none.
    assert bands["up to the deadline"]["hour_unknown"] == 2
    effect = {row["within"]: row for row in response_effect(held, SPRING).to_dicts()}
    day = effect["1 working day"]
    assert (day["early"], day["others"], day["untold"]) == (21, 9, 2)
    assert (day["early_rate"], day["other_rate"]) == (pytest.approx(11 / 21), pytest.approx(2 / 9))
    assert effect["the deadline"]["early"] == 23
    hour = effect["1 working hour"]
    assert (hour["early"], hour["untold"]) == (12, 0)
    assert hour["adds"] == pytest.approx(9 / 12 - 4 / 20)
    # All became MQLs after three days: nothing tells whether they differed before.
    assert hour["verdict"] in (Speed.CANNOT_BE_TOLD.value, Speed.TOO_FEW.value)
    (row,) = follow_up_conversion(held, SPRING).rows(named=True)
    assert (row["mqls"], row["converted"], row["in_time"]) == (32, 13, 23)
    assert row["other_rate"] == pytest.approx(2 / 9)
    early = replace(SPRING, observed_until=date(2026, 4, 30))
    assert response_time_conversion(held, early).is_empty(), "nobody has had 150 days"
    assert response_effect(held, early).is_empty()
    assert response_time_conversion(held, replace(early, window_days=60))["mqls"].sum() == 32
    with pytest.raises(MetricError, match="cannot make an MQL a lead"):
        response_effect(held, SPRING, Stage.LEAD)


def test_conversion_by_segment_is_that_of_a_loop_whatever_the_order() -> None:
    held = DraftWarehouse().hold(random_facts(4))
    scope = asked(Period(date(2023, 1, 1), date(2025, 3, 31)), date(2025, 6, 30))
    window = scope.windows.sql + scope.windows.opportunity
    expected: Counter[tuple[str, str]] = Counter()
    for row in held.table("follow_up"):
        if row["calendar"] is None or not _ripe(row["mql_on"], scope, window):
            continue
        told = row["responded_by"] in ("contact", "accepted", "rejected", "action")
        told = told and row["responded_on"] <= scope.observed_until
        came = row["opportunity_on"]
        expected[row["channel"], "mqls"] += 1
        expected[row["channel"], "converted"] += (
            came is not None
            and came <= scope.observed_until
            and (came - row["mql_on"]).days <= window
        )
        expected[row["channel"], "in_time"] += told and row["responded_at"] <= row["deadline_at"]
    found = follow_up_conversion(held, scope, Dimension.CHANNEL)
    assert {
        (row["segment"], name): row[name]
        for row in found.rows(named=True)
        for name in ("mqls", "converted", "in_time")
    } == dict(expected)
    bands = response_time_conversion(held, scope)
    assert bands["mqls"].sum() == found["mqls"].sum()
    assert bands["converted"].sum() == found["converted"].sum()
    assert follow_up_conversion(held, scope, Doer.TEAM)["mqls"].sum() == found["mqls"].sum()


def _ripe(day: date, scope: Scope, window: int) -> bool:
    inside = scope.period.start <= day <= scope.period.end
    return inside and (scope.observed_until - day).days >= window


def test_a_longer_limit_never_has_fewer_early_ones() -> None:
    records, _ = company(World(leads=300), np.random.default_rng(5))
    early = [speed_effect(records, np.full(300, limit)).early for limit in (1.0, 4.0, 8.0, 40.0)]
    assert early == sorted(early)
