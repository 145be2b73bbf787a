"""What an event's list takes: e-mails, calls and money."""

from __future__ import annotations

from dataclasses import dataclass, replace

from data.errors import MetricError
from metrics.plan.events.like import LikeEvents
from metrics.plan.events.planner import EventPlan
from metrics.plan.events.steps import EventStep


@dataclass(frozen=True, slots=True)
class Prices:
    """What an e-mail and a call cost, in the base currency; None where it is not given."""

    mail: float | None = None
    call: float | None = None

    def __post_init__(self) -> None:
        for what, price in (("an e-mail", self.mail), ("a call", self.call)):
            if price is not None and price < 0:
                raise MetricError(f"{what} cannot cost {price:g}: give 0 or more")


@dataclass(frozen=True, slots=True)
class Effort:
    """E-mails, calls and cost of an answer; None where it is not known.

    `cost` is made of the prices where all that are needed are given. Else `is_average`: the average
    spend of like events per person at the goal's step, times the goal. With `is_one_each` nobody
    knows how many e-mails a person gets, and one each is counted.
    """

    mails: float | None
    calls: float | None
    cost: float | None
    is_average: bool = False
    is_one_each: bool = False


def effort(plan: EventPlan, like: LikeEvents, prices: Prices) -> Effort:
    """How many e-mails and calls is the answer, and what does it cost?

    Each person on the list gets as many e-mails and calls as those of like events did, on average;
    where these record none but an e-mail has a price, one e-mail. Where the entry is a later step
    than the list, or no number is enough, they are not known.
    """
    if not plan.is_reachable:
        return Effort(None, None, None)
    if plan.entry is EventStep.LISTED:
        is_one_each = like.mails_per_person is None and prices.mail is not None
        mails, calls = (
            None if each is None else plan.volume * each
            for each in (1.0 if is_one_each else like.mails_per_person, like.calls_per_person)
        )
        counted = [(mails, prices.mail), (calls, prices.call)]
        costs = [None if price is None else count * price for count, price in counted if count]
        if costs and None not in costs:
            cost = sum(each for each in costs if each is not None)
            return Effort(mails, calls, cost, is_one_each=is_one_each)
        return replace(_average(plan, like), mails=mails, calls=calls)
    return _average(plan, like)


def _average(plan: EventPlan, like: LikeEvents) -> Effort:
    each = like.cost_per_person.get(plan.goal.step)
    cost = None if each is None else each * plan.goal.people
    return Effort(None, None, cost, is_average=cost is not None)
