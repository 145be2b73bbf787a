"""How long a memory is: that of the chain that made the journeys, and no longer."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from numpy.typing import NDArray

from metrics.estimators.credit.longer_memory import Steps
from metrics.estimators.credit.memory import memory_of

CHANNELS = 4
WON, LOST = CHANNELS, CHANNELS + 1

Walks = list[list[int]]


def walks(order: int, journeys: int, seed: int) -> Walks:
    """Journeys of a chain whose next step depends on the last `order` touches."""
    rng = np.random.default_rng(seed)
    steps: dict[tuple[int, ...], NDArray[np.float64]] = {}
    found = []
    for _ in range(journeys):
        path: list[int] = []
        while not path or path[-1] < CHANNELS:
            state = tuple(path[-order:])
            if state not in steps:
                steps[state] = rng.dirichlet(np.full(CHANNELS + 2, 0.5))
            path.append(int(rng.choice(CHANNELS + 2, p=steps[state])))
        found.append(path)
    return found


def counted(journeys: Walks) -> tuple[Steps, NDArray[np.int64]]:
    """Their steps by the last three touches, each journey in one of ten folds."""
    rows: Counter[tuple[int, ...]] = Counter()
    for number, path in enumerate(journeys):
        touches = [-1, -1, -1, *path]
        for place, following in enumerate(path):
            rows[(number % 10, *touches[place : place + 3], following)] += 1
    table = np.array(list(rows))
    weight = np.array(list(rows.values()), dtype=float)
    return Steps(table[:, 1:4], table[:, 4], weight, CHANNELS), table[:, 0]


@pytest.mark.parametrize("order", [1, 2, 3])
def test_the_memory_is_that_of_the_chain(order: int) -> None:
    found = memory_of(*counted(walks(order, 6000, seed=order)))
    assert found.order == order
    assert len(found.log_loss) == len(found.auc) == 3
    assert found.log_loss[order - 1] <= min(found.log_loss) + found.excess_error[order - 1]


def test_the_loss_is_that_of_plain_python() -> None:
    journeys = walks(1, 60, seed=7)
    found = memory_of(*counted(journeys))
    losses, steps, pairs = 0.0, 0, []
    for fold in range(10):
        known = [path for number, path in enumerate(journeys) if number % 10 != fold]
        every = Counter(step for path in known for step in path)
        after = Counter(pair for path in known for pair in zip([-1, *path[:-1]], path, strict=True))
        left = Counter(before for path in known for before in [-1, *path[:-1]])

        def chance(
            before: int,
            step: int,
            every: Counter[int] = every,
            after: Counter[tuple[int, int]] = after,
            left: Counter[int] = left,
        ) -> float:
            overall = (every[step] + 1) / (every.total() + CHANNELS + 2)
            return (after[before, step] + overall) / (left[before] + 1)

        for path in journeys[fold::10]:
            for before, step in zip([-1, *path[:-1]], path, strict=True):
                losses -= np.log(chance(before, step))
                steps += 1
            last = [-1, *path][-2]
            to_win = chance(last, WON)
            pairs.append((path[-1] == WON, to_win / (to_win + chance(last, LOST))))
    assert found.log_loss[0] == pytest.approx(losses / steps)
    compared = [
        (high > low) + (high == low) / 2
        for won, high in pairs
        if won
        for other, low in pairs
        if not other
    ]
    assert found.auc[0] == pytest.approx(np.mean(compared))


def test_ends_that_are_all_alike_have_no_auc() -> None:
    steps = Steps(np.array([[-1], [0]] * 2), np.array([0, 1] * 2), np.ones(4), 1)
    assert np.isnan(memory_of(steps, np.array([0, 0, 1, 1])).auc).all()


@pytest.mark.parametrize(("folds", "message"), [([0, 0], "two folds"), ([0], "differ in length")])
def test_what_cannot_be_held_out_is_refused(folds: list[int], message: str) -> None:
    steps = Steps(np.array([[-1], [0]]), np.array([0, 1]), np.ones(2), 1)
    with pytest.raises(ValueError, match=message):
        memory_of(steps, np.array(folds))
