"""Whether differences are more than chance, a second time: formulas of the textbooks, no arrays."""

from __future__ import annotations

from collections.abc import Sequence
from math import erfc, sqrt

from tests.metrics.oracle.numbers import wilson

Counted = tuple[float, float] | None
"""Successes and trials, as many as independent ones would be; None where that cannot be told."""


def p_value(first: Counted, second: Counted) -> float | None:
    """The two-sided score test of two proportions, by N - 1 (Campbell 2007)."""
    if first is None or second is None or not first[1] or not second[1]:
        return None
    (x, n), (y, m) = first, second
    together = (x + y) / (n + m)
    if together in (0, 1):
        return 1.0
    variance = together * (1 - together) * (1 / n + 1 / m) * (n + m) / (n + m - 1)
    return erfc(abs(x / n - y / m) / sqrt(variance) / sqrt(2))


def expected(first: Counted, second: Counted) -> float | None:
    """The smallest of the four counts that equal proportions would give."""
    if first is None or second is None or not first[1] or not second[1]:
        return None
    (x, n), (y, m) = first, second
    share = (x + y) / (n + m)
    return min(size * each for size in (n, m) for each in (share, 1 - share))


def lower_bound(first: tuple[float, float], second: tuple[float, float]) -> float:
    """The lower 95% bound of the difference: Newcombe's tenth method, of two Wilson intervals."""
    (x, n), (y, m) = first, second
    low, _ = wilson(x, n)
    _, high = wilson(y, m)
    return x / n - y / m - sqrt((x / n - low) ** 2 + (high - y / m) ** 2)


def verdicts(found: Sequence[tuple[float | None, float | None]]) -> list[str]:
    """Of p-values and expected events. Largest p-value first, p · m ÷ rank, never rising."""
    tested = sorted(
        p for p, events in found if p is not None and events is not None and events >= 5
    )
    adjusted: dict[float, float] = {}
    lowest = 1.0
    for rank in range(len(tested), 0, -1):
        lowest = min(lowest, tested[rank - 1] * len(tested) / rank)
        adjusted.setdefault(tested[rank - 1], lowest)
    said = []
    for p, events in found:
        if p is None or events is None:
            said.append("untested")
        elif events < 5:
            said.append("too few to compare")
        else:
            said.append("more than chance" if adjusted[p] <= 0.05 else "may be chance")
    return said
