"""Saved budgets: what was proposed to be spent on each channel, and on what that rested."""

from __future__ import annotations

import re
from datetime import date

from data.notebook.notebook import Notebook
from data.notebook.shelf import Shelf, Written
from data.notebook.version import Kind

_CURRENCY = re.compile("[A-Z]{3}")


class BudgetLine(Written, frozen=True):
    """Spend on one channel, today and as proposed. `basis` is what its response is known by."""

    channel: str
    basis: str
    today_amount: float
    proposed_amount: float


class Budget(Written, frozen=True):
    """A proposed budget for as many days as a period has, and all that the answer was made of.

    Spend of the days from `period_from` to `period_to` is what `today_amount` means, in `currency`.
    `change` is what was added to it, and `caution`, 0 to 1, how much the worst fifth of what may
    come counted. `scope` is the query string of the page, `sentence` what it said. Raises
    ValueError for what is no budget: without a name or a line, days out of order, a caution outside
    0 to 1, no currency, an amount below 0, two lines for one channel.
    """

    name: str
    scope: str
    currency: str
    period_from: date
    period_to: date
    change: float
    caution: float
    lines: tuple[BudgetLine, ...]
    sentence: str
    is_distinguishable: bool
    definitions_digest: str
    generation: str

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise ValueError("a budget has a name")
        if self.period_to < self.period_from:
            raise ValueError(f"a period from {self.period_from} does not end {self.period_to}")
        if not 0 <= self.caution <= 1:
            raise ValueError(f"a caution lies between 0 and 1, not at {self.caution}")
        if not _CURRENCY.fullmatch(self.currency):
            raise ValueError(f"{self.currency!r} is no ISO 4217 code")
        channels = [each.channel for each in self.lines]
        if not channels or len(set(channels)) < len(channels):
            raise ValueError("a budget has channels, each of them once")
        if any(each.today_amount < 0 or each.proposed_amount < 0 for each in self.lines):
            raise ValueError("nobody spends less than nothing on a channel")


def budgets(notebook: Notebook) -> Shelf[Budget]:
    """The saved budgets of a notebook."""
    return Shelf(notebook, Kind.BUDGET, Budget, lambda budget: budget.name)
