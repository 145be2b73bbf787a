"""Whether work takes time in proportion to its text, by processor time."""

from __future__ import annotations

from collections.abc import Callable
from time import process_time

TIMES_LONGER = 8
TIMES_DEARER = 30
"""Allowed of what is `TIMES_LONGER` as long; the square would be 64 times as dear."""

_FLOOR_SECONDS = 0.004
"""Less than this is lost in noise."""


def check_growth(
    work: Callable[[str], object], unit: str, end: str = "", length: int = 5_000
) -> None:
    """Assert that work on `unit`, repeated to so many characters and to eight times as many, with
    `end` behind it, is no dearer than in proportion."""
    shorter, longer = (
        _seconds(work, (unit * characters)[:characters] + end)
        for characters in (length, length * TIMES_LONGER)
    )
    allowed = TIMES_DEARER * max(shorter, _FLOOR_SECONDS)
    assert longer < allowed, f"{unit!r}: {shorter:.3f} and {longer:.3f} seconds"


def _seconds(work: Callable[[str], object], text: str) -> float:
    """The quickest of two runs."""
    taken = []
    for _ in range(2):
        begun = process_time()
        work(text)
        taken.append(process_time() - begun)
    return min(taken)
