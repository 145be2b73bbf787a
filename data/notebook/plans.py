"""Plans, backward from a target, and the scenarios that vary them."""

from __future__ import annotations

import re
from datetime import date, datetime
from enum import StrEnum
from typing import Literal

import msgspec

from data.errors import NotebookError
from data.notebook.notebook import Notebook
from data.notebook.shelf import Kept, Shelf, Written
from data.notebook.version import Kind

_CURRENCY = re.compile("[A-Z]{3}")


class Target(StrEnum):
    """What a plan is to reach: won revenue, or a number of won deals."""

    REVENUE = "revenue"
    DEALS = "deals"


class Deadlines(StrEnum):
    """Each deadline is reached at the plan's confidence by itself, or all of them together."""

    EACH = "each"
    ALL = "all"


class Deadline(Written, frozen=True):
    """What is to be won by the end of a day, after the deadline before: money, or deals."""

    on: date
    amount: float


class PlanLine(Written, frozen=True):
    """One number of a plan's table. `month` is the first day of the month."""

    month: date
    segment: str
    metric: str
    value: float


class Assumption(Written, frozen=True):
    """A number that the plan takes as given, by its name."""

    name: str
    value: float


class Plan(Written, frozen=True):
    """What is needed to reach a target, and all that the answer was made of.

    What is won from `first_day` on counts, each deadline by itself from the day after the last one.
    `scope` is the query string of the page. With `definitions_digest`, `generation`, `seed` and
    `draws` the same numbers come out again. Raises ValueError for what is no plan: no deadline or
    deadlines out of order, a confidence outside 0 to 1, revenue without a currency, a month that
    does not begin on its first day, two lines for one month, segment and metric.
    """

    name: str
    unit: Literal["lead", "account"]
    scope: str
    target: Target
    currency: str | None
    first_day: date
    deadlines: tuple[Deadline, ...]
    confidence: float
    together: Deadlines
    lines: tuple[PlanLine, ...]
    assumptions: tuple[Assumption, ...]
    definitions_digest: str
    generation: str
    seed: int
    draws: int

    def __post_init__(self) -> None:
        days = [each.on for each in self.deadlines]
        if not days or days != sorted(set(days)):
            raise ValueError("a plan has deadlines, each later than the one before")
        if self.first_day > days[0]:
            raise ValueError("the first day that counts is after the first deadline")
        if any(each.amount <= 0 for each in self.deadlines):
            raise ValueError("the amount of a deadline is more than 0")
        if not 0 < self.confidence < 1:
            raise ValueError(f"a confidence lies between 0 and 1, not at {self.confidence}")
        if (self.target is Target.REVENUE) != (self.currency is not None):
            raise ValueError("revenue has a currency, and deals have none")
        if self.currency is not None and not _CURRENCY.fullmatch(self.currency):
            raise ValueError(f"{self.currency!r} is no ISO 4217 code")
        if any(each.month.day != 1 for each in self.lines):
            raise ValueError("a month is named by its first day")
        cells = [(each.month, each.segment, each.metric) for each in self.lines]
        if len(set(cells)) < len(cells):
            raise ValueError("two lines are about one month, segment and metric")
        names = [each.name for each in self.assumptions]
        if len(set(names)) < len(names):
            raise ValueError("an assumption is there twice")
        if self.draws < 1:
            raise ValueError(f"a plan is made of draws, not of {self.draws}")


class Change(Written, frozen=True):
    """Another value of one factor in one segment."""

    factor: str
    segment: str
    value: float


class Scenario(Written, frozen=True):
    """What a plan would be if some factors had other values. It is asked on the plan's draws."""

    name: str
    changes: tuple[Change, ...]


def plans(notebook: Notebook) -> Shelf[Plan]:
    """The plans of a notebook."""
    return Shelf(notebook, Kind.PLAN, Plan, lambda plan: plan.name)


def scenarios(notebook: Notebook) -> Shelf[Scenario]:
    """The scenarios of a notebook, of all plans. Each is saved with `belongs_to` its plan."""
    return Shelf(notebook, Kind.SCENARIO, Scenario, lambda scenario: scenario.name)


def scenarios_of(notebook: Notebook, plan: str) -> tuple[Kept[Scenario], ...]:
    """The scenarios that belong to a plan and are not deleted, by name."""
    return tuple(each for each in scenarios(notebook).all() if each.version.belongs_to == plan)


def duplicate(
    notebook: Notebook, plan: str, entry: str, name: str, *, written_at: datetime
) -> Kept[Plan]:
    """Save a plan as a new one, which may be changed also where the plan is locked.

    Raises NotebookError when there is no such plan, NotebookConflict when there is an entry of the
    new id.
    """
    kept = plans(notebook).read(plan)
    if kept is None:
        raise NotebookError(f"There is no plan {plan} to duplicate.")
    copy = msgspec.structs.replace(kept.value, name=name)
    return plans(notebook).save(entry, copy, based_on=0, written_at=written_at)
