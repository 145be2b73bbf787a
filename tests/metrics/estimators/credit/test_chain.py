"""Chains of touches against solving them anew without each channel, and over every order."""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np
import pytest

from metrics.estimators.credit import longer_memory
from metrics.estimators.credit.chain import (
    MOST_CHANNELS,
    Floats,
    chain_shapley,
    conversion_probability,
    removal_effects,
)

JOURNEYS = [((0, 1, 2), True), ((0,), False), ((1, 2), False)]
"""The published example: c1 > c2 > c3 won, c1 lost, c2 > c3 lost."""


def steps_of(journeys: list[tuple[tuple[int, ...], bool]], channels: int) -> Floats:
    """The steps that journeys take, counted one by one."""
    steps = np.zeros((channels + 1, channels + 2))
    for touches, won in journeys:
        stops = [0, *(each + 1 for each in touches)]
        for source, target in zip(
            stops, [*touches, channels if won else channels + 1], strict=True
        ):
            steps[source, target] += 1
    return steps


def longer(
    journeys: list[tuple[tuple[int, ...], bool]], channels: int, order: int
) -> longer_memory.Steps:
    """The same with what the last touches were."""
    rows = []
    for touches, won in journeys:
        path = [-1] * order + list(touches)
        ends = [*touches, channels if won else channels + 1]
        rows += [(path[place : place + order], end) for place, end in enumerate(ends)]
    return longer_memory.Steps(
        np.array([last for last, _ in rows]),
        np.array([end for _, end in rows]),
        np.ones(len(rows)),
        channels,
    )


def walked(steps: Floats, gone: set[int]) -> float:
    """The chance to convert by walking the chain until nothing is left of it, without channels."""
    share = steps / np.maximum(steps.sum(axis=1, keepdims=True), 1e-300)
    channels = len(steps) - 1
    there, won = np.zeros(channels + 1), 0.0
    there[0] = 1
    while there.sum() > 1e-14:
        moved = there @ share
        won += moved[channels]
        there = np.concatenate(([0.0], moved[:channels]))
        there[[each + 1 for each in gone]] = 0
    return won


def random_steps(rng: np.random.Generator, channels: int) -> Floats:
    """Steps of a chain with loops, where some are never taken and everything ends."""
    steps = rng.gamma(0.5, 10, (channels + 1, channels + 2)).round()
    steps[:, channels:] += 1
    return steps


def random_journeys(
    rng: np.random.Generator, channels: int, many: int
) -> list[tuple[tuple[int, ...], bool]]:
    """Journeys with repeated channels and loops."""
    return [
        (tuple(rng.integers(0, channels, rng.integers(1, 7)).tolist()), bool(rng.random() < 0.3))
        for _ in range(many)
    ]


def test_the_published_example() -> None:
    steps = steps_of(JOURNEYS, 3)
    assert conversion_probability(steps) == pytest.approx(1 / 3)
    effects = removal_effects(steps)
    assert effects == pytest.approx([0.5, 1, 1])
    assert effects / effects.sum() == pytest.approx([0.2, 0.4, 0.4])


def test_an_effect_is_what_the_chain_without_the_channel_loses() -> None:
    rng = np.random.default_rng(1)
    for _ in range(200):
        channels = int(rng.integers(1, 7))
        steps = random_steps(rng, channels)
        overall = walked(steps, set())
        assert conversion_probability(steps) == pytest.approx(overall, abs=1e-9)
        expected = [1 - walked(steps, {channel}) / overall for channel in range(channels)]
        assert removal_effects(steps) == pytest.approx(expected, abs=1e-9)


def test_ten_thousand_chains_equal_solving_each_with_each_set_of_channels() -> None:
    rng = np.random.default_rng(2)
    steps = np.stack([random_steps(rng, 4) for _ in range(10_000)])
    share = steps / steps.sum(axis=-1, keepdims=True)
    value = {
        kept: of_set(share, kept) for size in range(5) for kept in combinations(range(4), size)
    }
    overall = conversion_probability(steps)
    np.testing.assert_allclose(overall, value[0, 1, 2, 3], atol=1e-9)
    effects = removal_effects(steps)
    for channel in range(4):
        left = value[tuple(each for each in range(4) if each != channel)]
        np.testing.assert_allclose(effects[:, channel], 1 - left / overall, atol=1e-9)
    expected = np.zeros((10_000, 4))
    for order in permutations(range(4)):
        for place, channel in enumerate(order):
            before, after = (tuple(sorted(order[:end])) for end in (place, place + 1))
            expected[:, channel] += (value[after] - value[before]) / 24
    added = chain_shapley(steps)
    np.testing.assert_allclose(added, expected, atol=1e-9)
    np.testing.assert_allclose(added.sum(axis=-1), overall - value[()], atol=1e-9)
    assert (added > -1e-12).all()


def of_set(share: Floats, kept: tuple[int, ...]) -> Floats:
    """The chance to convert of each chain where touches of other channels end the journey."""
    channels = share.shape[-1] - 2
    rows = share[:, [each + 1 for each in kept]]
    left = np.eye(len(kept)) - rows[:, :, list(kept)]
    chances = np.linalg.solve(left, rows[:, :, [channels]])[..., 0]
    start = share[:, 0, list(kept)]
    return np.asarray(share[:, 0, channels] + (start * chances).sum(axis=-1))


def test_shapley_is_the_mean_over_every_order_of_adding_channels() -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        steps = random_steps(rng, 4)
        expected = np.zeros(4)
        for order in permutations(range(4)):
            for place, channel in enumerate(order):
                without = walked(steps, set(order[place:]))
                expected[channel] += walked(steps, set(order[place + 1 :])) - without
        assert chain_shapley(steps) == pytest.approx(expected / 24, abs=1e-9)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_a_longer_memory_loses_what_walking_without_the_channel_loses(order: int) -> None:
    rng = np.random.default_rng(order)
    for _ in range(30):
        channels = int(rng.integers(1, 5))
        journeys = [*random_journeys(rng, channels, 25), ((0,), True)]
        found = longer_memory.removal_effects(longer(journeys, channels, order))
        overall = walked_back(journeys, order, None)
        expected = [1 - walked_back(journeys, order, each) / overall for each in range(channels)]
        assert found == pytest.approx(expected, abs=1e-9)
        if order == 1:
            assert found == pytest.approx(removal_effects(steps_of(journeys, channels)), abs=1e-9)


def walked_back(
    journeys: list[tuple[tuple[int, ...], bool]], order: int, gone: int | None
) -> float:
    """The chance to convert in a chain over the last touches, as a dictionary, step by step."""
    counted: dict[tuple[int, ...], dict[int | str, float]] = {}
    for touches, won in journeys:
        ends: list[int | str] = [*touches, "won" if won else "lost"]
        for place, end in enumerate(ends):
            counts = counted.setdefault(tuple(touches[max(place - order, 0) : place]), {})
            counts[end] = counts.get(end, 0) + 1
    there: dict[tuple[int, ...], float] = {(): 1.0}
    converted = 0.0
    while sum(there.values()) > 1e-13:
        onward: dict[tuple[int, ...], float] = {}
        for state, mass in there.items():
            total = sum(counted[state].values())
            for end, count in counted[state].items():
                if end == "won":
                    converted += mass * count / total
                elif end not in ("lost", gone):
                    following = (*state, int(end))[-order:]
                    onward[following] = onward.get(following, 0) + mass * count / total
        there = onward
    return converted


def test_where_nothing_converts_nothing_can_be_lost() -> None:
    steps = steps_of([((0, 1), False)], 2)
    assert conversion_probability(steps) == 0
    assert np.isnan(removal_effects(steps)).all()
    assert chain_shapley(steps).tolist() == [0, 0]
    unsold = longer([((0, 1), False)], 2, 2)
    assert np.isnan(longer_memory.removal_effects(unsold)).all()
    assert np.isnan(conversion_probability(np.zeros((3, 4))))


def test_a_channel_that_nobody_comes_to_and_one_of_the_unconverted_have_no_effect() -> None:
    effects = removal_effects(steps_of([((0,), True), ((1,), False)], 3))
    assert effects == pytest.approx([1, 0, 0])


def test_a_channel_that_comes_back_to_itself_counts_once() -> None:
    once = removal_effects(steps_of([((0, 1), True), ((1,), False)], 2))
    again = removal_effects(steps_of([((0, 0, 0, 1), True), ((1,), False)], 2))
    assert again == pytest.approx(once)


@pytest.mark.parametrize(
    "steps",
    [
        np.zeros((3, 3)),
        np.zeros(4),
        np.zeros((1, 2)),
        np.full((2, 3), -1.0),
        np.full((2, 3), np.nan),
    ],
)
def test_what_is_no_chain_is_refused(steps: Floats) -> None:
    with pytest.raises(ValueError, match="steps are"):
        removal_effects(steps)


def test_too_many_channels_for_every_set_are_refused() -> None:
    channels = MOST_CHANNELS + 1
    with pytest.raises(ValueError, match="too many sets"):
        chain_shapley(np.ones((channels + 1, channels + 2)))


@pytest.mark.parametrize(
    ("last", "following", "weight"),
    [
        ([[0, -1]], [1], [1.0]),
        ([[5, 0]], [1], [1.0]),
        ([[0, 0]], [4], [1.0]),
        ([[0, 0]], [1], [-1.0]),
        ([[0, 0]], [1, 1], [1.0]),
        ([[-1, -1]], [0], [1.0]),
    ],
)
def test_steps_that_cannot_be_are_refused(
    last: list[list[int]], following: list[int], weight: list[float]
) -> None:
    with pytest.raises(ValueError, match=r"touch|follows|weights"):
        longer_memory.removal_effects(
            longer_memory.Steps(np.array(last), np.array(following), np.array(weight), 2)
        )
