"""Segments compared at one age: by hand, by the oracle on hundreds, and with one planted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import pytest

from data.engine.warehouse import DuckDBWarehouse
from metrics.funnel.comparison import segment_incidence
from metrics.period import Period
from metrics.scope import Dimension, Stage
from tests.metrics.facts import DraftWarehouse, Facts, change, lead
from tests.metrics.observing import Observed
from tests.metrics.oracle import chance, numbers
from tests.metrics.oracle import cohorts as oracle
from tests.metrics.oracle import segments as clusters
from tests.metrics.oracle.chance import Counted
from tests.metrics.oracle.numbers import Subject
from tests.metrics.scopes import PERIODS, asked
from tests.metrics.twelve_leads import JANUARY, SEEN

TO_MQL = (Stage.LEAD, Stage.MQL)


def test_twelve_leads_are_too_few(twelve: DuckDBWarehouse) -> None:
    found = segment_incidence(twelve, asked(JANUARY, SEEN), TO_MQL)
    assert found.select("segment", "records", "converted", "chance").rows() == [
        ("Email", 5, 4, "too few to compare"),
        ("Webinar", 5, 4, "too few to compare"),
        ("Unassigned", 1, 1, "too few to compare"),
    ]
    assert found["rate"].null_count() == found["age_days"].null_count() == 3


def variance(fates: Sequence[tuple[int, str]], age: int) -> tuple[float, float]:
    """The share by an age and its variance, age by age as the delta method is written down."""
    share, still_open = oracle.curve(fates, age)
    total = 0.0
    for t in range(age + 1):
        n = sum(each >= t for each, _ in fates)
        if not n:
            continue
        c = sum(each == t and kind == "converted" for each, kind in fates) / n
        e = sum(each == t and kind == "left" for each, kind in fates) / n
        before = still_open[t - 1] if t else 1.0
        later = (share[age] - share[t]) / (1 - c - e) if c + e < 1 else 0.0
        by_converting, by_leaving = before - later, -later
        total += (
            c * (1 - c) * by_converting**2
            + e * (1 - e) * by_leaving**2
            - 2 * c * e * by_converting * by_leaving
        ) / n
    return share[age], total


def counted(fates: Sequence[tuple[int, str]], age: int, effect: float | None) -> Counted:
    share, spread = variance(fates, age)
    if effect is None:
        return None
    assert 0 < share < 1
    records = share * (1 - share) / spread
    return share * records / effect, records / effect


def test_rates_and_verdicts_are_the_oracles(dated: Observed) -> None:
    scope = asked(*PERIODS[1], window_days=7)
    subjects = numbers.subjects(dated.world, scope)
    found = segment_incidence(dated.warehouse, scope, TO_MQL)
    compared = found.filter(found["rate"].is_not_null())
    assert compared.height >= 3
    age = compared["age_days"][0]
    assert set(compared["age_days"]) == {age} == {compared["horizon_days"].min()}
    told = {
        name
        for name in found["segment"]
        if not oracle.untold(
            [each for each in subjects if each.segments["channel"] == name], scope, "lead", "mql"
        )
    }
    unlimited = asked(*PERIODS[1])
    everyone = clusters.members(subjects, unlimited, "lead", "mql")
    tests = []
    for row in compared.iter_rows(named=True):

        def inside(each: Subject, segment: str = row["segment"]) -> bool:
            return each.segments["channel"] == segment

        pair: list[Counted] = []
        for wanted in (True, False):
            own = [
                each
                for each in subjects
                if inside(each) is wanted and each.segments["channel"] in told
            ]
            side = [
                each for each in everyone if (each.segments["channel"] == row["segment"]) is wanted
            ]
            effect = clusters.design_effect(side, lambda each: each.converted)
            pair.append(counted(oracle.fates(own, scope, "lead", "mql"), age, effect))
        one, other = pair
        assert one is not None
        assert other is not None
        assert row["rate"] == pytest.approx(one[0] / one[1])
        assert row["others_rate"] == pytest.approx(other[0] / other[1])
        tests.append((chance.p_value(one, other), chance.expected(one, other)))
        if row["difference"] is not None:
            assert row["difference_low"] == pytest.approx(chance.lower_bound(one, other))
            assert row["difference_low"] < row["difference"] < row["difference_high"]
            assert row["difference"] == pytest.approx(row["rate"] - row["others_rate"])
    assert compared["chance"].to_list() == chance.verdicts(tests)
    assert compared["shrunk_rate"].to_list() == sorted(compared["shrunk_rate"], reverse=True)
    # Shrunk rates lie between the segment's own and what all have in common.
    assert compared["shrunk_rate"].max() < compared["rate"].max()  # type: ignore[operator]
    assert compared["shrunk_rate"].min() > compared["rate"].min()  # type: ignore[operator]


def channel(name: str, day: datetime, leads: int, converted: int, *, after: int = 20) -> Facts:
    rows = [lead(f"{name}{day:%m%d}{number}", day, channel=name) for number in range(leads)]
    became = day + timedelta(days=after)
    return Facts(
        lead=tuple(rows),
        stage_change=tuple(
            change("lead", row["lead_id"], "mql", became) for row in rows[:converted]
        ),
    )


YEAR = asked(Period(date(2025, 1, 1), date(2025, 12, 31)), date(2025, 12, 31))


def test_a_young_channel_is_compared_at_its_age(draft: DraftWarehouse) -> None:
    """Both convert a quarter by day 20; the old one another quarter by day 100."""
    facts = (
        channel("Old", datetime(2025, 1, 1), 200, 50)
        .plus(channel("Old", datetime(2025, 1, 2), 200, 150, after=100))
        .plus(channel("Young", datetime(2025, 11, 1), 80, 10))
    )
    found = segment_incidence(draft.hold(facts), YEAR, TO_MQL)
    old, young = (found.filter(segment=name).row(0, named=True) for name in ("Old", "Young"))
    assert old["age_days"] == young["age_days"] == 60  # 1 November to 31 December
    assert (old["rate"], young["rate"]) == (pytest.approx(0.125), pytest.approx(0.125))
    assert young["chance"] == "may be chance"
    assert old["horizon_days"] > 300


def test_a_better_channel_is_found_and_a_tiny_lucky_one_is_not_ranked_above_it(
    draft: DraftWarehouse,
) -> None:
    facts = Facts()
    for number in range(8):
        facts = facts.plus(channel(f"Usual {number}", datetime(2025, 1, 1 + number), 300, 60))
    facts = facts.plus(channel("Better", datetime(2025, 2, 1), 400, 140))
    facts = facts.plus(channel("Lucky", datetime(2025, 2, 2), 20, 8))
    facts = facts.plus(channel("New", datetime(2025, 12, 20), 60, 1, after=3))
    found = segment_incidence(draft.hold(facts), YEAR, TO_MQL)
    best = found.row(0, named=True)
    assert (best["segment"], best["chance"]) == ("Better", "more than chance")
    assert best["difference_low"] > 0
    lucky = found.filter(segment="Lucky").row(0, named=True)
    assert lucky["rate"] > best["rate"]
    assert lucky["shrunk_rate"] < best["shrunk_rate"]
    assert (lucky["chance"], lucky["difference"]) == ("too few to compare", None)
    # Eleven days old: not compared, and the others are compared at their own age.
    new = found.filter(segment="New").row(0, named=True)
    assert (new["horizon_days"], new["rate"], new["chance"]) == (11, None, "untested")
    assert best["age_days"] > 300


def test_one_segment_has_nobody_to_be_compared_with(draft: DraftWarehouse) -> None:
    facts = channel("Only", datetime(2025, 1, 1), 100, 40)
    found = segment_incidence(draft.hold(facts), YEAR, TO_MQL, Dimension.CHANNEL)
    assert found.select("segment", "rate", "chance").rows() == [("Only", None, "untested")]
    before = asked(Period(date(2020, 1, 1), date(2020, 12, 31)), SEEN)
    assert segment_incidence(draft, before).is_empty()
