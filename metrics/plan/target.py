"""What a plan aims at, and what it assumes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from data.errors import MetricError
from metrics.period import Period
from metrics.scope import Stage


class TargetKind(StrEnum):
    """What is to be reached: revenue in the base currency, or a number of won deals."""

    REVENUE = "revenue"
    DEALS = "deals"


class Together(StrEnum):
    """EACH deadline is met with the confidence by itself; ALL are met together with it."""

    EACH = "each"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Deadline:
    """What is to be won on the days of a window, its first and last included."""

    window: Period
    amount: float

    def __post_init__(self) -> None:
        if not self.amount > 0:
            raise MetricError(
                f"a target of {self.amount:,.0f} is nothing to plan for: set one over 0"
            )


@dataclass(frozen=True, slots=True)
class Target:
    """Deadlines in order, apart from each other, and how sure their being met should be.

    Raises MetricError for none, for windows that overlap or are out of order, and for a confidence
    that is not between 0.5 and 0.99.
    """

    kind: TargetKind
    deadlines: tuple[Deadline, ...]
    confidence: float = 0.8
    together: Together = Together.EACH

    def __post_init__(self) -> None:
        if not self.deadlines:
            raise MetricError("a plan needs a target: an amount and the day by which to win it")
        for before, after in zip(self.deadlines, self.deadlines[1:], strict=False):
            if after.window.start <= before.window.end:
                raise MetricError(
                    f"the targets for {before.window.describe()} and {after.window.describe()}"
                    " overlap: give each day to one of them"
                )
        if not 0.5 <= self.confidence <= 0.99:
            raise MetricError(
                f"a confidence of {self.confidence:.0%} cannot be planned for: choose 50% to 99%"
            )

    @property
    def windows(self) -> tuple[Period, ...]:
        """The windows of the deadlines."""
        return tuple(each.window for each in self.deadlines)

    @property
    def total(self) -> float:
        """The amounts of all deadlines."""
        return sum(each.amount for each in self.deadlines)


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What a plan assumes beyond history; everything is history where nothing is changed.

    `win_rate`, `time_to_win` and `deal_size` multiply what history shows. `mix` has the share of
    entries by segment, `weights` the entries by month in proportion, and `other_deals` multiplies
    the deals that will come without a lead.
    """

    win_rate: float = 1.0
    time_to_win: float = 1.0
    deal_size: float = 1.0
    other_deals: float = 1.0
    mix: tuple[tuple[str, float], ...] = ()
    weights: tuple[float, ...] = ()

    def scaled(self, factors: Mapping[str, float]) -> Assumptions:
        """The same with these factors. Raises MetricError for one that there is not.

        >>> Assumptions().scaled({"deal_size": 1.1}).deal_size
        1.1
        """
        if unknown := sorted(factors.keys() - set(FACTORS)):
            raise MetricError(
                f"a plan has no factor {unknown[0]!r}; there are {', '.join(FACTORS)}"
            )
        changes: dict[str, Any] = dict(factors)
        return replace(self, **changes)

    def __post_init__(self) -> None:
        for name in ("win_rate", "time_to_win", "deal_size"):
            if not 0 < getattr(self, name) < 100:
                raise MetricError(
                    f"{name.replace('_', ' ')} × {getattr(self, name):g} cannot be assumed: the"
                    " factor lies over 0 and under 100"
                )
        if self.other_deals < 0:
            raise MetricError("deals without a lead cannot be fewer than none")
        if any(share < 0 for _, share in self.mix):
            raise MetricError("a share of the mix is below 0")
        if self.mix and not abs(sum(share for _, share in self.mix) - 1) < 1e-6:
            total = sum(share for _, share in self.mix)
            raise MetricError(f"the shares of the mix add up to {total:.1%}, not to 100%")
        if self.weights and (min(self.weights) < 0 or sum(self.weights) <= 0):
            raise MetricError("the months need weights of 0 or more, and one over 0")


FACTORS = ("win_rate", "time_to_win", "deal_size", "other_deals")
"""The factors that multiply what history shows."""


def plural(stage: Stage) -> str:
    """The entries of a stage, several of them.

    >>> plural(Stage.MQL), plural(Stage.OPPORTUNITY)
    ('MQLs', 'opportunities')
    """
    if stage is Stage.OPPORTUNITY:
        return "opportunities"
    if stage is Stage.WON:
        return "wins"
    return f"{stage.label}s" if stage is not Stage.LEAD else "leads"
