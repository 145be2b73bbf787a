"""Credit of weighted paths in plain Python, written from the models' definitions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import permutations
from random import Random

from tests.metrics.facts import Facts, Row


@dataclass(frozen=True)
class Told:
    """A path as a file tells it."""

    channels: tuple[str, ...]
    conversions: Decimal
    value: Decimal | None
    nulls: Decimal


def told(channels: str, conversions: str, value: str | None = None, nulls: str = "0") -> Told:
    """A path whose channels are letters; `D` stands for Direct."""
    names = tuple("Direct" if each == "D" else each for each in channels)
    return Told(names, Decimal(conversions), None if value is None else Decimal(value),
                Decimal(nulls))  # fmt: skip


def random_paths(seed: int, many: int, *, whole: bool = False) -> list[Told]:
    """Paths of one to six touches of five channels, with weights of up to six decimals."""
    random = Random(seed)

    def weight(most: int) -> Decimal:
        if random.random() < 0.2:
            return Decimal(0)
        return Decimal(random.randint(1, most if whole else most * 1_000_000)) / (
            1 if whole else 1_000_000
        )

    found = []
    for _ in range(many):
        channels = random.choices(["A", "B", "C", "Direct", "E"], k=random.choice((1, 2, 3, 4, 6)))
        conversions = weight(9)
        value = weight(5000) if conversions and random.random() < 0.9 else None
        found.append(Told(tuple(channels), conversions, value, weight(20)))
    return found


def facts_of(paths: list[Told], system: str = "web") -> Facts:
    """The canonical rows; positions begin at 0 and leave gaps, which mean nothing."""
    rows, touches = [], []
    for number, path in enumerate(paths):
        key: Row = {"source_system": system, "path_id": f"p{number:04}"}
        weights = {"conversions": path.conversions, "nulls": path.nulls, "value_amount": path.value}
        rows.append(key | weights)
        touches += [
            key | {"position": 2 * place, "channel": channel}
            for place, channel in enumerate(path.channels)
        ]
    return Facts(path=tuple(rows), path_touch=tuple(touches))


def shares(model: str, channels: tuple[str, ...]) -> list[Fraction]:
    """The share of each touch by a rule, adding up to 1."""
    many = len(channels)
    raw = [Fraction(0)] * many
    match model:
        case "first":
            raw[0] = Fraction(1)
        case "last":
            raw[-1] = Fraction(1)
        case "last_non_direct":
            known = [place for place, each in enumerate(channels) if each != "Direct"]
            raw[known[-1] if known else -1] = Fraction(1)
        case "linear":
            raw = [Fraction(1)] * many
        case "unique_linear":
            raw = [Fraction(1, channels.count(each)) for each in channels]
        case "first_and_last":
            raw[0] += 1
            raw[-1] += 1
        case "u_shaped" | "j_shaped" | "inverse_j":
            first, last = {"u_shaped": (40, 40), "j_shaped": (20, 60), "inverse_j": (60, 20)}[model]
            raw[0] += first
            raw[-1] += last
            for place in range(1, many - 1):
                raw[place] += Fraction(20, many - 2)
        case _:
            raise ValueError(model)
    return [each / sum(raw) for each in raw]


def units(worth: Decimal, parts: list[Fraction]) -> list[int]:
    """Whole millionths that add up to the worth: largest remainder, of equal ones the earliest."""
    whole_worth = int(worth * 1_000_000)
    exact = [whole_worth * each for each in parts]
    whole = [int(round(each, 6)) for each in exact]
    order = sorted(
        range(len(parts)), key=lambda place: (-(round(exact[place], 6) - whole[place]), place)
    )
    for place in order[: whole_worth - sum(whole)]:
        whole[place] += 1
    return whole


def chance(paths: list[Told], order: int, gone: frozenset[str]) -> float:
    """The chance to convert in a chain over the last touches, without the touches of channels."""
    counted: dict[tuple[str, ...], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for path in paths:
        for place, channel in enumerate(path.channels):
            state = path.channels[max(place - order, 0) : place]
            counted[state][f"to {channel}"] += float(path.conversions + path.nulls)
        end = path.channels[-order:]
        counted[end]["won"] += float(path.conversions)
        counted[end]["lost"] += float(path.nulls)
    there: dict[tuple[str, ...], float] = {(): 1.0}
    converted = 0.0
    while sum(there.values()) > 1e-13:
        onward: dict[tuple[str, ...], float] = defaultdict(float)
        for state, mass in there.items():
            total = sum(counted[state].values())
            for following, weight in counted[state].items():
                if not weight:
                    continue
                if following == "won":
                    converted += mass * weight / total
                elif following != "lost" and following.removeprefix("to ") not in gone:
                    after = (*state, following.removeprefix("to "))[-order:]
                    onward[after] += mass * weight / total
        there = onward
    return converted


def channels_of(paths: list[Told]) -> list[str]:
    """Every channel once, in the order of their names."""
    return sorted({channel for path in paths for channel in path.channels})


def removal(paths: list[Told], order: int) -> dict[str, float]:
    """Each channel's removal effect."""
    whole = chance(paths, order, frozenset())
    return {
        each: 1 - chance(paths, order, frozenset([each])) / whole for each in channels_of(paths)
    }


def shapley(paths: list[Told]) -> dict[str, float]:
    """Each channel's mean contribution over every order of adding channels to the chain."""
    names = channels_of(paths)
    orders = list(permutations(names))
    known: dict[frozenset[str], float] = {}
    added = dict.fromkeys(names, 0.0)
    for order in orders:
        for place, channel in enumerate(order):
            sets = frozenset(order[place:]), frozenset(order[place + 1 :])
            for each in sets:
                if each not in known:
                    known[each] = chance(paths, 1, each)
            added[channel] += (known[sets[1]] - known[sets[0]]) / len(orders)
    return added


def by_weight(weight: dict[str, float], channels: tuple[str, ...]) -> Iterator[float]:
    """The share of each touch where a path is shared by the weights of its channels."""
    whole = sum(weight[each] for each in set(channels))
    for each in channels:
        yield weight[each] / channels.count(each) / whole if whole > 0 else 1 / len(channels)
