"""Rates of an event's steps, drawn: from like events, from what is assumed, and from itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln

from data.errors import MetricError
from metrics.estimators.shrinkage import draw_rates, posterior_grid
from metrics.plan.events.like import LikeEvents
from metrics.plan.events.steps import EventStep

DRAWS = 10_000

SMALLEST = 1e-9
"""No rate of a segment is taken for nearer to 0 or 1, where a beta distribution ends."""


@dataclass(frozen=True, slots=True, eq=False)
class StepRates:
    """What the rate of each step may be at one event to come.

    `steps` is the chain, `rates` [draws, steps - 1] the share of a step that takes the next one:
    NaN where no like event records both and nothing is assumed. `assumed` are the steps whose rate
    is one.
    """

    steps: tuple[EventStep, ...]
    rates: NDArray[np.float64]
    assumed: frozenset[EventStep]
    seed: int

    def entry(self, target: EventStep) -> EventStep:
        """The first step from which every rate to the target is known.

        Raises MetricError where not even the rate of the target itself is.
        """
        place = self._place(target)
        first = place
        while first and not np.isnan(self.rates[0, first - 1]):
            first -= 1
        if first == place:
            raise MetricError(
                f"no similar event tells which share is {target.label.lower()}: choose another"
                " goal, or assume a rate"
            )
        return self.steps[first]

    def between(self, start: EventStep, end: EventStep) -> NDArray[np.float64]:
        """[draws]: the share of one step that gets to a later one; 1 of a step itself."""
        first, last = self.steps.index(start), self.steps.index(end)
        product: NDArray[np.float64] = self.rates[:, first:last].prod(axis=1)
        return product

    def _place(self, step: EventStep) -> int:
        if step not in self.steps:
            known = ", ".join(each.label.lower() for each in self.steps)
            raise MetricError(
                f"these events do not record {step.label.lower()}; they record {known}"
            )
        return self.steps.index(step)


def step_rates(
    like: LikeEvents,
    assumed: Mapping[EventStep, float] | None = None,
    so_far: Mapping[EventStep, int] | None = None,
    *,
    draws: int = DRAWS,
    seed: int = 1,
) -> StepRates:
    """Which share of one step may take the next at the event that is planned?

    Per step p ~ Beta(μκ, (1 − μ)κ), with μ and κ drawn from what the like events say of the
    population they come from: κ holds how much events differ beyond chance, so that the count of an
    event to come is beta-binomial. One like event says little of κ, and the rates spread wide. With
    `so_far`, the counts of the event itself at two steps in turn, the rate is that event's own,
    as far as its counts outweigh the others. Steps are drawn apart from each other.

    For a segment, μ is drawn from its people at all like events, drawn towards the other segments
    as far as they are few, with counts divided by their design effect 1 + (m − 1) ÷ (κ + 1); κ is
    that of all people, because a few of a segment at each event tell nothing of how much events
    differ.

    An assumed rate takes the place of what was learned, has no spread, and may add a step that the
    like events do not record; before a first step that is assumed stands the list.

    Raises MetricError for a rate outside 0 and 1, and for counts that grow from step to step.
    Source: Gelman et al., Bayesian Data Analysis (2013), section 5.3, for the population; Kish
    (1965) for the design effect.
    """
    given = dict(assumed or {})
    for step, rate in given.items():
        if not 0 <= rate <= 1:
            raise MetricError(
                f"a rate of {rate:g} cannot be assumed for {step.label.lower()}: it lies between 0"
                " and 1"
            )
    if EventStep.LISTED in given:
        raise MetricError("the list is the first step: nothing comes before it, so it has no rate")
    counts = checked_counts(so_far or {})
    known = {*like.steps, *given}
    if min(known, key=list(EventStep).index) in given:
        known.add(EventStep.LISTED)
    steps = tuple(step for step in EventStep if step in known)
    columns = [
        np.full(draws, given[after])
        if after in given
        else _learned(like, before, after, counts, draws, seed)
        for before, after in pairwise(steps)
    ]
    return StepRates(steps, np.stack(columns, axis=1), frozenset(given), seed)


def checked_counts(so_far: Mapping[EventStep, int]) -> dict[EventStep, int]:
    """Counts so far in order of the steps.

    Raises MetricError where one is negative, or more than at a step before.
    """
    counts = {step: so_far[step] for step in EventStep if step in so_far}
    for step, count in counts.items():
        if count < 0:
            raise MetricError(f"{count} people cannot be {step.label.lower()}: count from 0")
    for before, after in pairwise(counts):
        if counts[after] > counts[before]:
            raise MetricError(
                f"more people are {after.label.lower()} ({counts[after]}) than"
                f" {before.label.lower()} ({counts[before]}): who takes a step counts in the steps"
                " before it too"
            )
    return counts


def _learned(
    like: LikeEvents,
    before: EventStep,
    after: EventStep,
    counts: Mapping[EventStep, int],
    draws: int,
    seed: int,
) -> NDArray[np.float64]:
    if before not in like.steps or after not in like.steps:
        return np.full(draws, np.nan)
    place = like.steps.index(after) - 1
    if like.steps[place] is not before or not like.tried[:, place].sum():
        return np.full(draws, np.nan)
    own = (counts[after], counts[before]) if {before, after} <= counts.keys() else (0, 0)
    told = like.tried[:, place] > 0
    taken, tried = like.taken[told, place], like.tried[told, place]
    rng = np.random.default_rng((seed, list(EventStep).index(after)))
    if like.segment is None:
        return draw_rates([*taken, own[0]], [*tried, own[1]], draws, rng)[:, -1]
    segment = like.segment
    alpha, beta = posterior_grid(taken, tried).draw(draws, rng)
    # People of one event behave alike, so they are worth fewer.
    alike = np.median(1 / (alpha + beta + 1))
    effect = np.maximum(1, 1 + (segment.together[:, place] - 1) * alike)
    own_taken, own_tried = segment.taken[:, place] / effect, segment.tried[:, place] / effect
    mean = draw_rates(own_taken, own_tried, draws, rng)
    usual = np.clip(mean[:, segment.place], SMALLEST, 1 - SMALLEST)
    alpha, beta = usual * (alpha + beta), (1 - usual) * (alpha + beta)
    if own[1]:
        # Draws under which the event's own counts are likely stand for the others.
        likely = betaln(alpha + own[0], beta + own[1] - own[0]) - betaln(alpha, beta)
        weight = np.exp(likely - likely.max())
        kept = rng.choice(draws, draws, p=weight / weight.sum())
        alpha, beta = alpha[kept], beta[kept]
    return rng.beta(alpha + own[0], beta + own[1] - own[0])
