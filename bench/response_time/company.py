"""Companies whose sales call good leads first, and what an answer within a day truly adds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from metrics.estimators.comparing.speed import Answered, Floats

DAY = 8.0
"""Working hours of a day."""

CHANNELS, OWNERS, QUARTERS = 5, 8, 4


@dataclass(frozen=True, slots=True)
class World:
    """What is planted, on the logit scale where not said otherwise.

    Sales see a score, which goes with how good a lead is. How soon they call falls with the score
    by `first` (on the log scale), and with what the score does not show by `unseen`. Good leads
    convert more by `good`. An answer within a day adds `adds`. A share `unlogged` of answers leaves
    no trace.
    """

    leads: int = 3_000
    base: float = -1.6
    good: float = 1.0
    first: float = 0.8
    unseen: float = 0.0
    adds: float = 0.0
    unlogged: float = 0.1


def company(world: World, rng: np.random.Generator) -> tuple[Answered, float]:
    """Its leads, and by how much their share truly rises when all those answered within a day are.

    The score goes with the goodness by 0.8. Channels differ in both, accounts have 1.5 leads that
    share their luck, and one lead in ten is answered by nobody.
    """
    size = world.leads
    channel = rng.integers(0, CHANNELS, size)
    owner = rng.integers(0, OWNERS, size)
    quarter = rng.integers(0, QUARTERS, size)
    account = rng.integers(0, int(size / 1.5), size)
    score = rng.standard_normal(size) + 0.3 * (channel - 2)
    hidden = rng.standard_normal(size)
    good = 0.8 * score + 0.6 * hidden
    busy = 0.4 * rng.standard_normal((OWNERS, QUARTERS))[owner, quarter]
    hours = np.exp(
        np.log(10.0)
        - world.first * score
        - world.unseen * hidden
        + 0.3 * (channel - 2)
        + busy
        + rng.standard_normal(size)
    )
    never = rng.random(size) < expit(-2.2 - 0.5 * world.first * score)
    logged = rng.random(size) >= world.unlogged
    luck = 0.5 * rng.standard_normal(size)[account]
    plain = world.base + world.good * good + 0.2 * (channel - 2) + luck
    is_early = (hours <= DAY) & ~never
    chance = expit(plain + world.adds * is_early)
    seen = is_early & logged
    true = float((expit(plain + world.adds) - expit(plain))[seen].mean())
    took = np.where(never | ~logged, np.inf, hours)
    records = Answered(
        took=took,
        earliest=took,
        converted=rng.random(size) < chance,
        score=np.round(50 + 15 * score),
        alike=np.stack([channel, quarter]),
        before=(rng.random(size) < expit(0.8 * good)).astype(np.float64),
        account=account,
    )
    return records, true


def within_a_day(records: Answered) -> Floats:
    """The limit of each record."""
    return np.full(len(records.took), DAY)
