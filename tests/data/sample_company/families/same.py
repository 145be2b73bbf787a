"""Whether two companies have the same on record."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from data.sample_company.families.records import Deals, Records


def same(one: Records | Deals, other: Records | Deals) -> bool:
    """Whether all arrays are equal."""
    pairs = [(getattr(one, each.name), getattr(other, each.name)) for each in fields(one)]
    return all(
        same(left, right) if isinstance(left, Deals) else bool(np.array_equal(left, right))
        for left, right in pairs
    )
