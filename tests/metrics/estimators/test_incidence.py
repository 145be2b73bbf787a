"""The product limit with competing exits, its bins, its draws and its chain."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sksurv.nonparametric import cumulative_incidence_competing_risks
from statsmodels.duration.survfunc import CumIncidenceRight

from metrics.estimators.age_reached import time_to_convert
from metrics.estimators.incidence import (
    AgeCounts,
    Incidence,
    binned,
    chained,
    draw_incidence,
    incidence,
)

HORIZON = 30
OPEN, CONVERTED, EXITED = 0, 1, 2

Record = tuple[int, int, int]
"""The age at which a record comes under observation, at which it is last seen, and how it ends."""

records = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, 40), st.sampled_from([OPEN, CONVERTED, EXITED])),
    min_size=1,
    max_size=60,
).map(lambda rows: [(entry, entry + stay, end) for entry, stay, end in rows])


def counts_of(rows: list[Record], horizon: int = HORIZON) -> AgeCounts:
    """The counts of records, one row per record and end of it."""
    ones = [1] * len(rows)
    none = [0] * len(rows)
    converted, exited, still_open = (
        none + [int(end == kind) for _, _, end in rows] for kind in (CONVERTED, EXITED, OPEN)
    )
    ages = [entry for entry, _, _ in rows] + [last for _, last, _ in rows]
    return AgeCounts.of(ages, ones + none, converted, exited, still_open, horizon)


def counts_from(
    rng: np.random.Generator, records: int, win: float, leave: float, horizon: int = 365
) -> AgeCounts:
    """Records of which known shares convert and exit, followed for 0 to 500 days."""
    kind = rng.random(records)
    end = rng.gamma(2, 40, records).astype(int)
    followed = rng.integers(0, 500, records)
    seen = (end <= followed) & (kind < win + leave)
    converted = seen & (kind < win)
    ones, none = np.ones(records, int), np.zeros(records, int)
    return AgeCounts.of(
        np.concatenate((none, np.where(seen, end, followed))),
        np.concatenate((ones, none)),
        np.concatenate((none, converted)),
        np.concatenate((none, seen & ~converted)),
        np.concatenate((none, ~seen)),
        horizon,
    )


def by_hand(rows: list[Record], kind: int) -> list[float]:
    """The curve day by day, from the records at risk on that day, one after the other."""
    still_open, share, curve = 1.0, 0.0, []
    for age in range(HORIZON + 1):
        at_risk = [row for row in rows if row[0] <= age <= row[1]]
        ending = [row for row in at_risk if row[1] == age and row[2] != OPEN]
        if at_risk:
            share += still_open * sum(row[2] == kind for row in ending) / len(at_risk)
            still_open *= 1 - len(ending) / len(at_risk)
        curve.append(share)
    return curve


@given(records)
def test_the_curve_is_the_product_limit_of_the_records(rows: list[Record]) -> None:
    found = incidence(counts_of(rows))
    assert found.converted.tolist() == pytest.approx(by_hand(rows, CONVERTED), abs=1e-12)
    assert found.exited.tolist() == pytest.approx(by_hand(rows, EXITED), abs=1e-12)
    assert (found.converted + found.exited + found.open).tolist() == pytest.approx([1] * 31)


@pytest.mark.parametrize("seed", range(5))
def test_the_curve_agrees_with_two_libraries_of_survival(seed: int) -> None:
    rng = np.random.default_rng(seed)
    last = rng.integers(0, 20, 200)  # many ties, and some at age 0
    status = rng.integers(0, 3, 200)
    assert (status[last == 0] == CONVERTED).any()
    rows = [(0, int(age), int(kind)) for age, kind in zip(last, status, strict=True)]
    found = incidence(counts_of(rows))

    right = CumIncidenceRight(last, status)
    assert found.at(right.times).tolist() == pytest.approx(right.cinc[0].tolist())
    times, curves = cumulative_incidence_competing_risks(status, last)
    assert found.at(times).tolist() == pytest.approx(curves[1].tolist())
    assert (1 - found.open_at(times)).tolist() == pytest.approx(curves[0].tolist())


def test_counts_that_cannot_be_are_refused() -> None:
    def counts(*columns: list[int]) -> AgeCounts:
        return AgeCounts(*(np.array(column, dtype=np.int64) for column in columns))

    assert counts([2, 1], [1, 0], [0, 1], [0, 1]).at_risk.tolist() == [2, 2]
    with pytest.raises(ValueError, match="one length"):
        counts([2, 0], [0], [0, 0], [0, 0])
    with pytest.raises(ValueError, match="negative"):
        counts([2, 0], [-1, 0], [0, 0], [0, 0])
    with pytest.raises(ValueError, match="more records leave at age 1"):
        counts([2, 0], [1, 1], [0, 0], [0, 1])
    with pytest.raises(ValueError, match="at least age 0"):
        counts([], [], [], [])
    with pytest.raises(ValueError, match="whole numbers"):
        AgeCounts(*(np.zeros(2),) * 4)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="age is negative"):
        AgeCounts.of([-1], [1], [0], [0], [0], horizon=3)


@given(records, records)
def test_counts_of_two_groups_add_up(some: list[Record], others: list[Record]) -> None:
    pooled = counts_of(some) + counts_of(others)
    assert incidence(pooled).converted.tolist() == pytest.approx(
        incidence(counts_of(some + others)).converted.tolist()
    )
    with pytest.raises(ValueError, match="horizons differ"):
        pooled + counts_of(some, horizon=9)


@given(records)
def test_bins_keep_the_daily_estimate(rows: list[Record]) -> None:
    counts = counts_of(rows)
    bins = binned(counts)
    converting, leaving = (
        part / np.maximum(bins.at_risk, 1e-9)
        for part in (bins.converted, bins.converted + bins.exited)
    )
    still_open = np.cumprod(1 - leaving)
    converted = np.cumsum(np.concatenate(([1.0], still_open[:-1])) * converting)
    daily = incidence(counts)
    assert converted.tolist() == pytest.approx(daily.at(bins.age).tolist(), abs=1e-9)
    assert still_open.tolist() == pytest.approx(daily.open_at(bins.age).tolist(), abs=1e-9)
    seen = counts.converted.sum() + counts.exited.sum()
    assert (bins.converted + bins.exited).sum() == pytest.approx(seen)


def test_bins_hold_five_events_or_a_number_at_risk_of_one_size() -> None:
    rng = np.random.default_rng(3)
    counts = counts_from(rng, 400, win=0.2, leave=0.4)
    bins = binned(counts)
    events = bins.converted + bins.exited
    start = 0
    for end, held in zip(bins.age[:-1].tolist(), events[:-1].tolist(), strict=True):
        days = slice(start, end + 1)
        when = (counts.converted + counts.exited)[days] > 0
        n = counts.at_risk[days][when]
        assert n.max() <= 2 * n.min()
        following = counts.at_risk[end + 1 :][(counts.converted + counts.exited)[end + 1 :] > 0]
        assert held > 4.99 or not n[0] <= 2 * following[0] <= 4 * n[0]
        start = end + 1
    assert bins.age[-1] == counts.horizon
    # One conversion among 400 and one among 9 are not two of the same size.
    thinned = counts_of([(0, 1, CONVERTED)] + [(0, 2, OPEN)] * 390 + [(0, 5, CONVERTED)] * 9)
    assert binned(thinned).age.tolist() == [4, HORIZON]
    assert binned(thinned).at_risk.tolist() == [400, 9]
    assert len(binned(counts, at_least=20).age) < len(bins.age)


@pytest.mark.parametrize(
    ("size", "win", "leave"),
    [(5000, 0.1, 0.5), (2000, 0.003, 0.9), (400, 0.02, 0.0), (1000, 0.3, 0.6)],
)
def test_the_mean_of_the_draws_is_the_daily_curve(size: int, win: float, leave: float) -> None:
    # At every age, not only between bins; with few wins among many exits too, where a prior in
    # every bin would add more wins than were seen.
    counts = counts_from(np.random.default_rng(5), size, win, leave)
    daily = incidence(counts)
    drawn = draw_incidence(counts, 4000, np.random.default_rng(6))
    ages = np.arange(0, 366, 5)
    for found, spread, expected in (
        (drawn.at(ages).mean(axis=0), drawn.at(ages).std(axis=0), daily.at(ages)),
        (drawn.open_at(ages).mean(axis=0), drawn.open_at(ages).std(axis=0), daily.open_at(ages)),
    ):
        noise = 5 * spread / np.sqrt(4000)
        one_record = 2 / size + 0.05 / max(counts.converted.sum(), 1) * expected
        assert (np.abs(found - expected) <= noise + one_record).all()


def test_without_censoring_the_draws_spread_like_a_share() -> None:
    # All 200 records are followed to the end: the final share is a posterior of 30 of 200.
    converted = np.zeros(101, dtype=np.int64)
    exited = converted.copy()
    converted[[3, 10, 50]] = 10
    exited[[5, 20, 40, 80]] = 25
    none = np.zeros(101, dtype=np.int64)
    entered = none.copy()
    entered[0] = 200
    drawn = draw_incidence(
        AgeCounts(entered, converted, exited, none), 20_000, np.random.default_rng(7)
    )
    share = 30.05 / 201
    assert drawn.final.mean() == pytest.approx(share, abs=0.001)
    assert drawn.final.std() == pytest.approx((share * (1 - share) / 202) ** 0.5, rel=0.03)


@pytest.mark.parametrize("rows", [[(0, 40, OPEN)] * 10, [(0, 3, EXITED)] * 10])
def test_no_conversion_is_not_certainty_of_none(rows: list[Record]) -> None:
    drawn = draw_incidence(counts_of(rows), 4000, np.random.default_rng(8))
    assert 0 < drawn.final.mean() < 0.02
    assert drawn.final.max() > 0.05


@given(records, st.integers(0, 2**32))
def test_draws_are_curves_and_repeat_with_their_seed(rows: list[Record], seed: int) -> None:
    counts = counts_of(rows)
    drawn = draw_incidence(counts, 50, np.random.default_rng(seed))
    ages = np.arange(-2, 45)
    converted, still_open = drawn.at(ages), drawn.open_at(ages)
    assert converted.shape == (50, len(ages))
    assert drawn.converted.shape == drawn.open.shape == (50, len(drawn.age))
    assert (np.diff(converted) >= -1e-6).all()
    assert (np.diff(still_open) <= 1e-6).all()
    assert (np.diff(converted + still_open) <= 1e-6).all()  # exits only add up
    assert (converted[:, :2] == 0).all()
    assert (still_open[:, :2] == 1).all()
    np.testing.assert_allclose(converted[:, -1], drawn.final, atol=1e-6)
    again = draw_incidence(counts, 50, np.random.default_rng(seed))
    assert (drawn.converted == again.converted).all()


def test_time_to_convert_is_that_of_the_eventual_converters() -> None:
    counts = counts_of([(0, 2, CONVERTED), (0, 5, CONVERTED), (0, 9, CONVERTED)] + [(0, 40, 0)] * 7)
    curve = incidence(counts)
    assert curve.final == pytest.approx(0.3)
    found = [time_to_convert(curve, share) for share in (0.1, 1 / 3, 0.34, 0.5, 2 / 3, 1)]
    assert found == [2, 2, 5, 5, 5, 9]
    assert time_to_convert(incidence(counts_of([(0, 4, EXITED)])), 0.5) is None
    for size in range(2, 25):  # a sum of shares is not always exactly the share
        curve = incidence(counts_of([(0, age, CONVERTED) for age in range(size)]))
        times = [time_to_convert(curve, (age + 1) / size) for age in range(size)]
        assert times == list(range(size))
    with pytest.raises(ValueError, match="share"):
        time_to_convert(curve, 50)


def daily(steps: dict[int, float], exits: dict[int, float], horizon: int) -> Incidence:
    converted, exited = np.zeros(horizon + 1), np.zeros(horizon + 1)
    for age, share in steps.items():
        converted[age:] += share
    for age, share in exits.items():
        exited[age:] += share
    return Incidence(np.arange(horizon + 1), converted, exited, 1 - converted - exited)


def test_a_chain_adds_the_times_of_its_steps() -> None:
    first = daily({0: 0.2, 3: 0.3}, {1: 0.4}, horizon=10)
    second = daily({2: 0.5, 8: 0.1}, {4: 0.25}, horizon=6)
    found = chained(first, second)
    # 0 + 2 and 3 + 2 days; the second step is known to day 6, its 0.1 on day 8 is not.
    expected = daily({2: 0.1, 5: 0.15}, {1: 0.4, 4: 0.05, 7: 0.075}, horizon=10)
    assert found.converted.tolist() == pytest.approx(expected.converted.tolist())
    assert found.exited.tolist() == pytest.approx(expected.exited.tolist())
    assert found.open.tolist() == pytest.approx(expected.open.tolist())
    assert chained(second, first).final == pytest.approx(found.final)
    drawn = draw_incidence(counts_of([(0, 1, CONVERTED)]), 5, np.random.default_rng(1))
    with pytest.raises(TypeError, match="draws with draws"):
        chained(first, drawn)  # type: ignore[call-overload]


def test_a_chain_of_draws_chains_each_draw() -> None:
    rng = np.random.default_rng(9)
    first = draw_incidence(counts_from(rng, 500, 0.4, 0.3, horizon=200), 30, rng)
    second = draw_incidence(counts_from(rng, 200, 0.2, 0.5, horizon=120), 30, rng)
    found = chained(first, second)
    ages = np.arange(201)

    def one(draw: int, converted: NDArray[np.float32], still: NDArray[np.float32]) -> Incidence:
        share, rest = converted[draw].astype(float), still[draw].astype(float)
        return Incidence(ages, share, 1 - share - rest, rest)

    for draw in range(30):
        expected = chained(
            one(draw, first.at(ages), first.open_at(ages)),
            one(draw, second.at(ages), second.open_at(ages)),
        )
        np.testing.assert_allclose(found.at(ages)[draw], expected.converted, atol=1e-5)
        np.testing.assert_allclose(found.open_at(ages)[draw], expected.open, atol=1e-5)
    assert found.estimate.final == pytest.approx(chained(first.estimate, second.estimate).final)
