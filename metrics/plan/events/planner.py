"""The event planner: how many invitations for so many in the room, and what a list brings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.errors import MetricError
from data.schema.frames import DataFrame, pa
from metrics.estimators.deal_sizes import DealSizes
from metrics.estimators.first_passage import answer, chance, needed_entries
from metrics.plan.events.like import LikeEvents
from metrics.plan.events.rates import StepRates, checked_counts, step_rates
from metrics.plan.events.steps import EventStep

ONE = DealSizes.of([1.0])


@dataclass(frozen=True, slots=True)
class Goal:
    """So many people at a step, and how sure that should be.

    Raises MetricError for none, and for a confidence that is not between 0.5 and 0.99.
    """

    step: EventStep
    people: int
    confidence: float = 0.8

    def __post_init__(self) -> None:
        if self.people < 1:
            raise MetricError(f"{self.people} people are nothing to plan for: set at least one")
        if not 0.5 <= self.confidence <= 0.99:
            raise MetricError(
                f"a confidence of {self.confidence:.0%} cannot be planned for: choose 50% to 99%"
            )


@dataclass(frozen=True, slots=True, eq=False)
class EventPlan:
    """How many people at the entry step the goal takes, and the draws that is read from.

    `needed` [draws] are those that are enough in each draw, beyond `brought` [draws]: what exists
    already brings to the goal's step.
    """

    goal: Goal
    entry: EventStep
    rates: StepRates
    needed: NDArray[np.float64]
    brought: NDArray[np.float64]

    @property
    def volume(self) -> float:
        """The answer: the smallest number that is as sure as asked; infinite where none is."""
        return answer(self.needed, self.goal.confidence)

    @property
    def is_reachable(self) -> bool:
        """Whether any number reaches the goal as surely as asked."""
        return bool(np.isfinite(self.volume))

    def chance_with(self, people: float) -> float:
        """P(goal) with so many at the entry step, on the draws the answer was found on."""
        return chance(self.needed, people)


class EventForecast(pa.DataFrameModel):
    """One row per step from the entry on.

    `low`, `middle` and `high` are the 10%, 50% and 90% quantiles of the people at the step, and
    `rate_low`, `rate_middle` and `rate_high` of the share of the step before that gets there; null
    at the entry, and from the first step on whose rate nobody knows. `events` and `people` are what
    the rate is learned from; both are 0 where it `is_assumed`.
    """

    step: str = pa.Field(isin=[each.value for each in EventStep])
    low: float = pa.Field(ge=0, nullable=True)
    middle: float = pa.Field(ge=0, nullable=True)
    high: float = pa.Field(ge=0, nullable=True)
    rate_low: float = pa.Field(ge=0, le=1, nullable=True)
    rate_middle: float = pa.Field(ge=0, le=1, nullable=True)
    rate_high: float = pa.Field(ge=0, le=1, nullable=True)
    events: int = pa.Field(ge=0)
    people: int = pa.Field(ge=0)
    is_assumed: bool

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def event_plan(rates: StepRates, goal: Goal) -> EventPlan:
    """How many people must be on the list for so many at a later step?

    The entry is the first step from which every rate to the goal is known: the list, where the like
    events have one. Per draw, q is the product of the rates; needed = k + NegBin(k, q) for k people
    at the goal's step. The answer is the γ-quantile of it: the smallest list with P(goal) ≥ γ on
    the same draws. Raises MetricError where the goal's step is not recorded, or its rate unknown.
    """
    return _plan(rates, goal, np.zeros(len(rates.rates)))


def plan_from_here(
    like: LikeEvents,
    goal: Goal,
    so_far: Mapping[EventStep, int],
    assumed: Mapping[EventStep, float] | None = None,
    *,
    seed: int = 1,
) -> EventPlan:
    """How many more people would it take now, given the counts so far of an event that runs?

    Rates are the event's own as far as its counts outweigh those of like events. Who is at the last
    step with a count may still go on; who stopped at a step before it counts as staying there, so
    that the answer is on the safe side while invitations are still being answered. What is at the
    goal's step already needs no one. Raises MetricError for counts that grow from step to step, and
    for what `event_plan` refuses.
    """
    counts = checked_counts(so_far)
    rates = step_rates(like, assumed, counts, seed=seed)
    order = list(EventStep)
    brought = np.zeros(len(rates.rates))
    before = [step for step in counts if order.index(step) <= order.index(goal.step)]
    if before and goal.step in rates.steps and before[-1] in rates.steps:
        going_on = rates.between(before[-1], goal.step)
        if np.isnan(going_on).any():
            raise MetricError(
                f"no similar event tells how many of those {before[-1].label.lower()} are"
                f" {goal.step.label.lower()} in the end: assume a rate"
            )
        rng = np.random.default_rng((seed, 20))
        brought = rng.binomial(counts[before[-1]], going_on).astype(np.float64)
    return _plan(rates, goal, brought)


def _plan(rates: StepRates, goal: Goal, brought: NDArray[np.float64]) -> EventPlan:
    entry = rates.entry(goal.step)
    rng = np.random.default_rng((rates.seed, 21))
    q = rates.between(entry, goal.step)
    needed = needed_entries(goal.people, brought, q, ONE, rng)
    return EventPlan(goal, entry, rates, needed, brought)


def arrivals(rates: StepRates, entry: EventStep, people: int) -> NDArray[np.float64]:
    """[draws, steps from the entry on]: who gets to each step; NaN where a rate is unknown.

    A forward run: who goes on is drawn anew.
    """
    rng = np.random.default_rng((rates.seed, 22))
    first = rates.steps.index(entry)
    columns = [np.full(len(rates.rates), float(people))]
    for rate in rates.rates[:, first:].T:
        before = columns[-1]
        if np.isnan(rate).any() or np.isnan(before).any():
            columns.append(np.full(len(rate), np.nan))
        else:
            columns.append(rng.binomial(before.astype(np.int64), rate).astype(np.float64))
    return np.stack(columns, axis=1)


def event_forecast(
    rates: StepRates, like: LikeEvents, entry: EventStep, people: int
) -> DataFrame[EventForecast]:
    """What do so many people at the entry step become, step by step?

    Raises MetricError for fewer than none, and for a step that is not in the chain.
    """
    if people < 0:
        raise MetricError(f"a list of {people} cannot be: count from 0")
    if entry not in rates.steps:
        raise MetricError(f"these events do not record {entry.label.lower()}")
    found = arrivals(rates, entry, people)
    first = rates.steps.index(entry)
    rows = []
    for place, step in enumerate(rates.steps[first:]):
        rate = rates.rates[:, first + place - 1] if place else np.full(1, np.nan)
        is_assumed = bool(place) and step in rates.assumed
        learned = bool(place) and not is_assumed and step in like.steps
        rows.append(
            {
                "step": step.value,
                **dict(zip(("low", "middle", "high"), _quantiles(found[:, place]), strict=True)),
                **dict(
                    zip(("rate_low", "rate_middle", "rate_high"), _quantiles(rate), strict=True)
                ),
                "events": like.events_behind(step) if learned else 0,
                "people": like.people_behind(step) if learned else 0,
                "is_assumed": is_assumed,
            }
        )
    schema = {name: each.dtype.type for name, each in EventForecast.to_schema().columns.items()}
    return EventForecast.validate(pl.DataFrame(rows, schema=schema), lazy=True)


def _quantiles(values: NDArray[np.float64]) -> list[float | None]:
    """The 10%, 50% and 90% quantiles: values that were drawn, so people stay whole."""
    if np.isnan(values).any():
        return [None, None, None]
    return [float(each) for each in np.quantile(values, [0.1, 0.5, 0.9], method="inverted_cdf")]
