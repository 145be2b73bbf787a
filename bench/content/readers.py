"""Companies whose people read, some of them keener than others, and what an asset truly adds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from metrics.content.matching import NEVER, ActiveDays, Asked, Numbers, People, Study


@dataclass(frozen=True, slots=True)
class World:
    """What is planted: how much keenness differs, and what the asset adds.

    Somebody of keenness k acts at a rate, and becomes an MQL at one, that are both in proportion
    to k. An action is with the asset by a chance that is the same for all, or, where `chosen` is
    above 0, that grows as the power of k. Reading it makes an MQL within 60 days more likely, by
    the factor `lift`.
    """

    people: int = 3_000
    days: int = 365
    window: int = 60
    spread: float = 0.8
    actions_a_day: float = 0.03
    share: float = 0.007
    chosen: float = 0.0
    base: float = 0.35
    lift: float = 1.0


def company(world: World, rng: np.random.Generator) -> tuple[Study, Numbers]:
    """The study of a company of the world, and on which day each person first read the asset."""
    keen = np.exp(world.spread * rng.standard_normal(world.people))
    began = rng.integers(-180, world.days - world.window, world.people)
    rows = []
    for day in range(-180, world.days):
        number = rng.poisson(world.actions_a_day * keen) * (began <= day)
        number[began == day] = np.maximum(number[began == day], 1)
        who = np.flatnonzero(number)
        rows.append(np.stack([who, np.full(len(who), day), number[who]]))
    person, day, actions = np.concatenate(rows, axis=1)
    order = np.lexsort((day, person))
    person, day, actions = person[order], day[order], actions[order]
    chance = np.minimum(world.share * keen**world.chosen, 1)
    first = np.full(world.people, NEVER)
    read = rng.random(len(person)) < 1 - (1 - chance[person]) ** actions
    read &= day >= 0
    np.minimum.at(first, person[read], day[read])
    hazard = -np.log(1 - world.base) / world.window * keen / np.mean(keen**2) * np.mean(keen)
    outcome = began + 1 + np.floor(rng.exponential(1 / hazard)).astype(np.int64)
    if world.lift > 1:
        outcome = _lifted(world, rng, first, outcome, hazard)
    outcome = np.where(outcome < world.days, outcome, NEVER)
    people = People(
        account=rng.integers(0, world.people // 3, world.people),
        persona=rng.integers(0, 3, world.people),
        stages=began[None, :] + rng.integers(0, 120, (1, world.people)),
        outcome=outcome,
    )
    asked = Asked(0, world.days - 1, world.days - 1, world.window)
    return Study(ActiveDays(person, day, actions), people, asked), first


def _lifted(
    world: World, rng: np.random.Generator, first: Numbers, outcome: Numbers, hazard: np.ndarray
) -> Numbers:
    """Outcomes, where readers have one within the window by the factor more often."""
    open_still = (first < NEVER) & (outcome > first)
    none_within = open_still & (outcome > first + world.window)
    share = 1 - np.exp(-hazard * world.window)
    more = np.minimum(share * (world.lift - 1), 1 - share) / (1 - share)
    made = none_within & (rng.random(len(first)) < more)
    return np.where(made, first + 1 + rng.integers(0, world.window, len(first)), outcome)
