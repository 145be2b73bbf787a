"""Segments of a step a second time: plain Python over canonical rows, no SQL."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from metrics.scope import Dimension, Scope
from tests.metrics.oracle.numbers import Subject, entered, stages_of, went_on


@dataclass(frozen=True)
class Member:
    """One who reached the step's first stage in the period; a missing account is its own."""

    account: object
    segments: dict[str, str]
    month: str
    converted: bool


def members(subjects: Sequence[Subject], scope: Scope, start: str, end: str) -> list[Member]:
    first, last = stages_of(scope).index(start), stages_of(scope).index(end)
    return [
        Member(
            number if each.account_id is None else each.account_id,
            each.segments,
            str(each.days[first])[:7],
            went_on(each.days[first], each.days[last], scope),
        )
        for number, each in enumerate(subjects)
        if entered(each.days[first], scope)
    ]


def values(found: Sequence[Member], by: Dimension) -> list[str]:
    return sorted({each.segments[by.value] for each in found})


def design_effect(found: Sequence[Member], has: Callable[[Member], bool]) -> float | None:
    """A/(A − 1) · Σ (c_a − p n_a)² ÷ (n p (1 − p)), at least 1; None of one account."""
    size: Counter[object] = Counter(each.account for each in found)
    having: Counter[object] = Counter(each.account for each in found if has(each))
    if len(size) < 2:
        return None
    share = sum(having.values()) / len(found)
    if share in (0, 1):
        return 1.0
    residuals = sum((having[account] - share * size[account]) ** 2 for account in size)
    spread = len(found) * share * (1 - share)
    return max(1.0, len(size) / (len(size) - 1) * residuals / spread)
