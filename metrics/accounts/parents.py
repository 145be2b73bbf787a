"""Parents: to which group each company belongs, and which companies are each other's parents."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Per company: the place of the one at the top, and of the circle it is in, else -1."""

    top: Places
    circle: Places


def groups(parent: Places) -> Groups:
    """Who is at the top of each company's group?

    `parent` has the place of each company's parent, -1 for none. Companies in a circle have no top
    of their own: each stands for itself, and a circle is known by its first place. Who is below one
    belongs to the company of the circle that is met first on the way up. A company that is its own
    parent is a circle of one.

    Works by doubling: as many passes over the array as a number of companies has binary digits.

    >>> found = groups(np.array([-1, 0, 1, 4, 3, 4, 6]))
    >>> found.top.tolist(), found.circle.tolist()
    ([0, 0, 0, 3, 4, 4, 6], [-1, -1, -1, 3, 3, -1, 6])
    """
    own = np.arange(len(parent))
    up = np.where(parent < 0, own, parent)
    is_round = np.zeros(len(parent), dtype=bool)
    last = _far_up(up)
    # Far enough up there are only tops and companies of circles; of these, all are somebody's end.
    is_round[last] = True
    is_round &= parent >= 0
    circle = np.where(is_round, _first_met(up), -1)
    return Groups(_far_up(np.where(is_round, own, up)), circle)


def _passes(up: Places) -> range:
    return range(len(up).bit_length())


def _far_up(up: Places) -> Places:
    """Where each arrives after at least as many steps as there are companies."""
    for _ in _passes(up):
        up = up[up]
    return up


def _first_met(up: Places) -> Places:
    """The smallest place that each meets on its way."""
    first = np.minimum(np.arange(len(up)), up)
    for _ in _passes(up):
        first = np.minimum(first, first[up])
        up = up[up]
    return first
