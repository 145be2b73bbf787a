"""An event plan in words, for the page and the shell."""

from __future__ import annotations

import polars as pl

from metrics.plan.events.effort import Effort
from metrics.plan.events.like import LikeEvents
from metrics.plan.events.planner import EventPlan
from metrics.plan.events.steps import EventStep

_PEOPLE = {
    EventStep.LISTED: ("person on the list", "people on the list"),
    EventStep.VALID_CONTACT: ("valid contact", "valid contacts"),
    EventStep.REACHED: ("person reached", "people reached"),
    EventStep.REGISTERED: ("registration", "registrations"),
    EventStep.ATTENDED: ("person in the room", "people in the room"),
    EventStep.HIGH_VALUE: ("person of high value", "people of high value"),
    EventStep.OPPORTUNITY: ("opportunity", "opportunities"),
}


def people_at(step: EventStep, count: float) -> str:
    """So many people at a step.

    >>> people_at(EventStep.ATTENDED, 120), people_at(EventStep.REGISTERED, 1)
    ('120 people in the room', '1 registration')
    """
    one, many = _PEOPLE[step]
    return f"{count:,.0f} {one if count == 1 else many}"


def answer_words(plan: EventPlan, *, more: bool = False) -> str:
    """What the goal takes; `more` where it is on top of what exists."""
    wanted = people_at(plan.goal.step, plan.goal.people)
    goal = f"To get {wanted} with a chance of {plan.goal.confidence:.0%}"
    if not plan.is_reachable:
        return f"{goal}, no number is enough: one of the rates is 0."
    if plan.volume == 0:
        return f"{goal}, you need nobody more: what exists already brings it."
    found = people_at(plan.entry, plan.volume)
    if more:
        number, _, rest = found.partition(" ")
        found = f"{number} more {rest}"
    return f"{goal}, you need {found}."


def effort_words(found: Effort, money: str | None) -> str:
    """E-mails, calls and cost; `money` is the cost as it is written. Empty where nothing is known.

    >>> effort_words(Effort(538.0, 0.0, 807.0), "$807")
    'That is 538 e-mails, at a cost of $807.'
    """
    parts = [
        f"{count:,.0f} {many if round(count) != 1 else many[:-1]}"
        for count, many in ((found.mails, "e-mails"), (found.calls, "calls"))
        if count
    ]
    cost = ""
    if money is not None:
        cost = (
            f"Similar events spent {money} on as many people, on average."
            if found.is_average
            else f"at a cost of {money}"
        )
    if not parts:
        return cost if found.is_average else ""
    said = f"That is {' and '.join(parts)}"
    said += ", one each" if found.is_one_each else ""
    if found.is_average or not cost:
        return f"{said}. {cost}".strip()
    return f"{said}, {cost}."


def rests_on(like: LikeEvents, plan: EventPlan) -> str:
    """What the answer is learned from, and how little that may be."""
    steps = plan.rates.steps
    used = steps[steps.index(plan.entry) + 1 : steps.index(plan.goal.step) + 1]
    learned = [step for step in used if step not in plan.rates.assumed]
    assumed = [step.label.lower() for step in used if step in plan.rates.assumed]
    notes = []
    if learned:
        fewest = min(learned, key=like.events_behind)
        count = like.events_behind(fewest)
        if count == 1:
            notes.append(
                f"Only one similar event tells which share is {fewest.label.lower()}: how much"
                " events differ is not known, so the range is wide and the answer large."
            )
        else:
            notes.append(f"Each step is learned from {count} similar events or more.")
        if like.segment is not None:
            fewest = min(learned, key=like.people_behind)
            people = like.people_behind(fewest)
            notes.append(
                f"Of {like.segment.name}, the rate of {fewest.label.lower()} is that of"
                f" {people:,} people, drawn towards the other segments."
            )
    if assumed:
        notes.append(f"Assumed, without a range: the rate of {' and '.join(assumed)}.")
    if plan.entry is not EventStep.LISTED:
        notes.append(
            "How many must be invited for that is not known, because no similar event records the"
            f" steps before {plan.entry.label.lower()}. Assume a rate to plan from the list."
        )
    return " ".join(notes)


def control_words(control: pl.DataFrame) -> str:
    """Which step is out of control, of a frame as `StepControl` has it."""
    if control.is_empty():
        return "No two steps in turn have a count yet: there is nothing to hold against the plan."
    out = control.filter(pl.col("state") != "within")
    if out.is_empty():
        return "Every step is within the limits of the plan."
    said = [
        f"{EventStep(row['step']).label} is {row['state']} the plan: {row['taken']:,} of"
        f" {row['tried']:,}, where {row['low']:,} to {row['high']:,} were to be expected"
        + (
            ", though similar events differ as much."
            if row["usual_low"] <= row["taken"] <= row["usual_high"]
            else "."
        )
        for row in out.rows(named=True)
    ]
    return " ".join(said)
