"""How far removal effects of orders 1 to 3 and Shapley values lie from solving chains anew."""

from __future__ import annotations

from collections import Counter
from itertools import permutations

import numpy as np

from metrics.estimators.credit import chain, longer_memory

Path = tuple[int, ...]
Counted = dict[Path, Counter[int]]


def farthest_off(chains: int, rng: np.random.Generator) -> dict[str, float]:
    """The largest distance of any effect from brute force, by model, over random chains.

    Each chain is counted from 5 to 40 random journeys over 1 to 4 channels, with repeated channels
    and loops. Brute force takes each channel's touches out of a dictionary of last touches and
    solves what is left as a dense system; Shapley values are means over all orders of channels.
    """
    worst = dict.fromkeys(("markov_1", "markov_2", "markov_3", "shapley"), 0.0)
    for _ in range(chains):
        channels = int(rng.integers(1, 5))
        journeys = _journeys(channels, int(rng.integers(5, 41)), rng)
        for order in (1, 2, 3):
            counted = _counted(journeys, order, channels)
            found = longer_memory.removal_effects(_steps(counted, order, channels))
            if order == 1:
                simple = chain.removal_effects(_matrix(counted, channels))
                worst["markov_1"] = max(worst["markov_1"], float(abs(simple - found).max()))
            overall = _chance(counted, channels, set())
            lost = [1 - _chance(counted, channels, {each}) / overall for each in range(channels)]
            name = f"markov_{order}"
            worst[name] = max(worst[name], float(abs(found - lost).max()))
        worst["shapley"] = max(worst["shapley"], _shapley_off(journeys, channels))
    return worst


def _journeys(channels: int, many: int, rng: np.random.Generator) -> list[tuple[Path, bool]]:
    found: list[tuple[Path, bool]] = [((0,), True)]
    for _ in range(many):
        path = rng.integers(0, channels, rng.integers(1, 7))
        found.append((tuple(path.tolist()), bool(rng.random() < 0.3)))
    return found


def _counted(journeys: list[tuple[Path, bool]], order: int, channels: int) -> Counted:
    """How often each touch or end (`channels` converts, one more does not) follows the last."""
    found: Counted = {}
    for path, won in journeys:
        for place, following in enumerate([*path, channels + (not won)]):
            found.setdefault(path[max(place - order, 0) : place], Counter())[following] += 1
    return found


def _steps(counted: Counted, order: int, channels: int) -> longer_memory.Steps:
    rows = [
        ((longer_memory.NONE,) * (order - len(last)) + last, following, count)
        for last, after in counted.items()
        for following, count in after.items()
    ]
    last, following, weight = zip(*rows, strict=True)
    return longer_memory.Steps(
        np.array(last), np.array(following), np.array(weight, dtype=float), channels
    )


def _matrix(counted: Counted, channels: int) -> chain.Floats:
    found = np.zeros((channels + 1, channels + 2))
    for last, after in counted.items():
        for following, count in after.items():
            found[last[0] + 1 if last else 0, following] += count
    return found


def _chance(counted: Counted, channels: int, gone: set[int]) -> float:
    """The chance to convert where a touch of a channel that is gone ends the journey."""
    place = {last: number for number, last in enumerate(counted)}
    order = max(map(len, place))
    left, converts = np.eye(len(place)), np.zeros(len(place))
    for last, after in counted.items():
        for following, count in after.items():
            share = count / after.total()
            if following == channels:
                converts[place[last]] = share
            elif following < channels and following not in gone:
                left[place[last], place[(*last, following)[-order:]]] -= share
    return float(np.linalg.solve(left, converts)[place[()]])


def _shapley_off(journeys: list[tuple[Path, bool]], channels: int) -> float:
    counted = _counted(journeys, 1, channels)
    expected = np.zeros(channels)
    orders = list(permutations(range(channels)))
    value: dict[frozenset[int], float] = {}

    def worth(gone: frozenset[int]) -> float:
        if gone not in value:
            value[gone] = _chance(counted, channels, set(gone))
        return value[gone]

    for each in orders:
        for place, channel in enumerate(each):
            before, after = frozenset(each[place:]), frozenset(each[place + 1 :])
            expected[channel] += (worth(after) - worth(before)) / len(orders)
    return float(abs(chain.chain_shapley(_matrix(counted, channels)) - expected).max())
