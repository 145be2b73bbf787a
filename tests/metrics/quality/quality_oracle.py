"""What becomes of leads, in plain Python: day by day, who is at risk and who goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from math import sqrt
from typing import Any

from metrics.scope import Scope
from tests.metrics.oracle.stages import STAGES

Lead = Mapping[str, Any]


def entered(leads: Sequence[Lead], scope: Scope) -> list[Lead]:
    """Who came in within the period."""
    last = min(scope.period.end, scope.observed_until)
    return [
        lead
        for lead in leads
        if lead["lead_on"] is not None and scope.period.start <= lead["lead_on"] <= last
    ]


def fates(
    leads: Sequence[Lead], scope: Scope, start: str, end: str, told: date | None
) -> list[tuple[int, int, str]]:
    """Per lead the age at which it comes under observation and leaves it, and how."""
    found = []
    for lead in leads:
        began, seen = lead[f"{start}_on"], scope.observed_until
        if began is None or began > seen:
            continue
        came, left = lead[f"{end}_on"], lead["exit_on"]
        if came is not None and came <= seen:
            gone, how = came, "came"
        elif left is not None and left <= seen:
            gone, how = left, "left"
        else:
            gone, how = seen, "open"
        if (told is not None and gone < told) or is_undated(lead, end, seen):
            continue
        first = max(0, (told - began).days) if told is not None else 0
        found.append((first, max(0, (gone - began).days), how))
    return found


def is_undated(lead: Lead, stage: str, seen: date) -> bool:
    """Whether it had reached a stage for certain, on a day that nobody recorded."""
    day, furthest = lead[f"{stage}_on"], lead["undated_stage"]
    if furthest is None or (day is not None and day <= seen) or lead["known_on"] > seen:
        return False
    return STAGES.index(furthest) >= STAGES.index(stage) and day is None


def is_untold(leads: Sequence[Lead], ways: Sequence[tuple[int, int, str]], scope: Scope,
              start: str, end: str) -> bool:  # fmt: skip
    """Whether over a tenth of those who went a way did so on such a day."""
    seen = scope.observed_until
    began = [each for each in leads if each[f"{start}_on"] and each[f"{start}_on"] <= seen]
    hidden = sum(is_undated(each, end, seen) for each in began)
    return hidden * 10 > hidden + sum(how == "came" for _, _, how in ways)


def share_by(fates: Sequence[tuple[int, int, str]], days: int) -> float:
    """The share that has come by an age: Aalen and Johansen."""
    still, share = 1.0, 0.0
    for age in range(days + 1):
        at_risk = sum(1 for first, last, _ in fates if first <= age <= last)
        if not at_risk:
            continue
        came = sum(1 for _, last, how in fates if last == age and how == "came")
        left = sum(1 for _, last, how in fates if last == age and how == "left")
        share += still * came / at_risk
        still *= 1 - (came + left) / at_risk
    return min(share, 1.0)


def longest(fates: Sequence[tuple[int, int, str]]) -> int:
    """The last age at which ten, or of few a tenth, are at risk."""
    oldest = max(last for _, last, _ in fates)
    at_risk = [
        sum(1 for first, last, _ in fates if first <= age <= last) for age in range(oldest + 1)
    ]
    enough = max(1.0, min(10, 0.1 * max(at_risk)))
    return max(1, max(age for age, number in enumerate(at_risk) if number >= enough))


def wilson(successes: float, trials: float) -> tuple[float, float]:
    z = 1.959963984540054
    share = successes / trials
    middle = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    half = (
        z
        / (1 + z * z / trials)
        * sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    )
    return max(0.0, middle - half), min(1.0, middle + half)
