"""A company whose sellers differ by a known measure, and who was given which leads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from metrics.estimators.routing.history import Floats, History
from metrics.estimators.routing.rerouting import Policy, Sellers

GROUPS = 100
LEVELS, MONTHS = 3, 24


@dataclass(frozen=True, slots=True)
class World:
    """What is planted: on the logit scale, how far sellers differ, in all and by segment.

    `chosen` says how far who is given a lead depends on its segment and level, so that some sellers
    have the better leads; `alike` how far leads of an account share their luck.
    """

    of_seller: float = 0.3
    by_segment: float = 0.4
    chosen: float = 0.7
    alike: float = 0.4


@dataclass(frozen=True, slots=True)
class Company:
    """The history, whom leads may go to, and the true rate of every cell."""

    history: History
    sellers: Sellers
    rates: Floats
    skill: Floats

    def gain(self, policy: Policy) -> float:
        """What the policy truly adds to the share of leads that get so far."""
        given, _ = self.history.counted
        moved = policy.moved
        promised = (moved * self.rates).sum(axis=3)
        now = moved.sum(axis=3) * (given * self.rates).sum(axis=3)
        return float(((given.sum(axis=3) * promised) - now).sum() / given.sum())


def company(world: World, rng: np.random.Generator) -> Company:
    """A company of 3 to 8 segments, 3 to 10 sellers and 2,000 to 20,000 leads in two years.

    Sellers come and go; accounts have one to six leads, all of one segment.
    """
    segments, sellers = int(rng.integers(3, 9)), int(rng.integers(3, 11))
    leads = int(np.exp(rng.uniform(np.log(2_000), np.log(20_000))))
    shape = (segments, LEVELS, MONTHS, sellers)
    skill = world.of_seller * rng.standard_normal(sellers)[:, None]
    skill = skill + world.by_segment * rng.standard_normal((sellers, segments))
    base = logit(rng.uniform(0.08, 0.3)) + 0.3 * rng.standard_normal(segments)[:, None, None]
    base = base + np.array([-0.6, 0.0, 0.7])[:, None] + 0.15 * rng.standard_normal(MONTHS)
    chosen = world.chosen * rng.standard_normal((segments, 1, 1, sellers))
    chosen = chosen + world.chosen * rng.standard_normal((1, LEVELS, 1, sellers))
    there = np.ones((MONTHS, sellers), dtype=bool)
    for each in range(2, sellers):
        if rng.random() < 0.3:
            there[: rng.integers(3, 15), each] = False
    odds = np.exp(np.broadcast_to(chosen, shape)) * there
    propensity = odds / odds.sum(axis=3, keepdims=True)
    account = np.repeat(np.arange(leads), rng.integers(1, 7, leads))[:leads]
    of_segment = rng.choice(segments, p=rng.dirichlet(np.full(segments, 3.0)), size=leads)[account]
    level = rng.choice(LEVELS, p=(0.5, 0.35, 0.15), size=leads)
    month = rng.integers(0, MONTHS, leads)
    drawn = propensity[of_segment, level, month].cumsum(axis=1) < rng.random(leads)[:, None]
    seller = drawn.sum(axis=1).clip(0, sellers - 1)
    eta = base[of_segment, level, month] + skill[seller, of_segment]
    luck = world.alike * rng.standard_normal(leads)[account]
    reached = (rng.random(leads) < expit(eta + luck)).astype(np.float64)
    cell = np.ravel_multi_index((of_segment, level, month, seller), shape)
    spread = world.alike * np.linspace(-2.5, 2.5, 21)
    weight = np.exp(-0.5 * np.linspace(-2.5, 2.5, 21) ** 2)
    whole = base[..., None] + skill.T[:, None, None, :]
    rates = (expit(whole[..., None] + spread) * (weight / weight.sum())).sum(axis=-1)
    by_month = np.stack([np.bincount(month[seller == a], minlength=MONTHS) for a in range(sellers)])
    history = History(cell, account % GROUPS, np.ones(leads), reached, shape)
    may_take = (by_month[:, -3:].sum(axis=1) > 0) & (by_month.sum(axis=1) >= 20)
    return Company(
        history, Sellers(may_take, by_month.max(axis=1).astype(np.float64)), rates, skill
    )
