"""In which order values of a dimension are read."""

from __future__ import annotations

import re
from collections.abc import Iterable

from metrics.scope import Dimension

UNASSIGNED = "Unassigned"

IN_BANDS = (Dimension.SIZE_BAND, Dimension.GRADE, Dimension.TIER)
"""Dimensions whose values have an order of their own."""

_NUMBER = re.compile(r"\d+")


def natural_order(values: Iterable[str]) -> list[str]:
    """The values by the numbers in them, then by their letters; what nothing is known of last.

    >>> natural_order(["501+", "Unassigned", "1-50", "1001-5000", "51-500"])
    ['1-50', '51-500', '501+', '1001-5000', 'Unassigned']
    """

    def place(value: str) -> tuple[bool, bool, tuple[int, ...], str]:
        numbers = tuple(int(each) for each in _NUMBER.findall(value.replace(",", "")))
        return value == UNASSIGNED, not numbers, numbers, value

    return sorted(values, key=place)
