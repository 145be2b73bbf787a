"""Which company belongs to which: groups with subsidiaries, and two that name each other."""

from __future__ import annotations

from collections import Counter

import numpy as np

from data.sample_company.world.chunk import Chunk
from data.sample_company.world.planted import Integers

_SIZE = 5
"""Companies of a group: its head, three subsidiaries, and one of the first of these."""

_PER_ACCOUNT = 0.008

NO_PARENT = -1


def draw_parents(chunk: Chunk) -> Integers:
    """The row of the parent of each account, `NO_PARENT` for most.

    The largest accounts of the CRM head groups: of the four others three belong to the head, and
    the last to the first of the three. Two more accounts name each other, by mistake. Where the CRM
    has too few accounts, there is none of this.
    """
    random, parent = chunk.random(41), np.full(chunk.accounts.height, NO_PARENT)
    listed = listed_accounts(chunk)
    if len(listed) < _SIZE + 2:
        return parent
    largest = np.argsort(-chunk.accounts["employees"].to_numpy()[listed], kind="stable")
    groups = min(max(1, round(len(listed) * _PER_ACCOUNT)), (len(listed) - 2) // _SIZE)
    heads, others = listed[largest[:groups]], random.permutation(listed[largest[groups:]])
    below = others[: groups * (_SIZE - 1)].reshape(groups, _SIZE - 1)
    parent[below[:, :-1]] = heads[:, None]
    parent[below[:, -1]] = below[:, 0]
    one, other = others[-2:]
    parent[[one, other]] = other, one
    return parent


def listed_accounts(chunk: Chunk) -> Integers:
    """Rows of the accounts that are in the CRM whatever comes of them, without the own one."""
    return np.flatnonzero(chunk.accounts["listed"].to_numpy()[:-1])


def count_groups(parent: Integers) -> Counter[str]:
    """Groups, the companies below their heads at any depth, and companies that are in a circle."""
    has_parent = parent >= 0
    in_circle = has_parent & (parent[parent] == np.arange(len(parent)))
    below = has_parent & ~in_circle
    heads = np.unique(parent[below])
    return Counter(
        groups=int((~has_parent[heads]).sum()),
        subsidiaries=int(below.sum()),
        in_circle=int(in_circle.sum()),
    )
