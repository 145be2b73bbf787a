"""Who is at the top of each company's group, by walking up one step at a time."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from metrics.accounts.parents import groups

PARENTS = st.integers(0, 12).flatmap(
    lambda size: st.lists(st.integers(-1, max(-1, size - 1)), min_size=size, max_size=size)
)


def walked(parent: list[int]) -> tuple[list[int], list[int]]:
    """Top and circle of each: walk up until there is no parent, or somebody is met again."""
    circle = [-1] * len(parent)
    for place in range(len(parent)):
        way, here = [place], parent[place]
        while here >= 0 and here not in way:
            way.append(here)
            here = parent[here]
        if here == place:
            circle[place] = min(way)
    top = []
    for place in range(len(parent)):
        here = place
        while parent[here] >= 0 and circle[here] < 0:
            here = parent[here]
        top.append(here)
    return top, circle


@given(PARENTS)
def test_it_is_where_a_walk_ends(parent: list[int]) -> None:
    found = groups(np.array(parent, dtype=np.int64))
    assert (found.top.tolist(), found.circle.tolist()) == walked(parent)


def test_a_long_chain_has_one_top_and_a_long_circle_none() -> None:
    chain = np.arange(-1, 99_999)
    assert set(groups(chain).top.tolist()) == {0}
    round_ = np.roll(np.arange(100_000), 1)
    found = groups(round_)
    assert set(found.circle.tolist()) == {0}
    assert found.top.tolist() == list(range(100_000))
