"""What is connected has one label, whatever the shape of the graph."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.engine.draft import Draft
from data.identity.components import connect

NODES = st.integers(0, 30).map(lambda number: f"n{number:02}")


@pytest.fixture(scope="module")
def engine() -> Draft:
    return Draft.open(Path(":memory:"), threads=1)


def components(engine: Draft, edges: list[tuple[str, str]]) -> dict[str, str]:
    frame = pl.DataFrame(edges, schema={"hub": pl.String, "spoke": pl.String}, orient="row")
    engine.attach("edges", frame)
    connect(engine, "edges", "component")
    return dict(engine.query("SELECT node, label FROM component").rows())


def union_find(edges: list[tuple[str, str]]) -> dict[str, str]:
    """The oracle: each node's smallest connected node, by merging one edge after the other."""
    parent: dict[str, str] = {}

    def root(node: str) -> str:
        while parent[node] != node:
            node = parent[node]
        return node

    for one, other in edges:
        if one != other:
            parent.setdefault(one, one)
            parent.setdefault(other, other)
            low, high = sorted((root(one), root(other)))
            parent[high] = low
    return {node: root(node) for node in parent}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(NODES, NODES), max_size=40))
def test_components_are_the_oracles(engine: Draft, edges: list[tuple[str, str]]) -> None:
    assert components(engine, edges) == union_find(edges)


def test_a_long_chain_is_one_component(engine: Draft) -> None:
    """Numbered so that neighbours are far apart in the order of labels."""
    names = [f"{number * 7919 % 1009:04}" for number in range(1009)]
    chain = list(pairwise(names))
    assert set(components(engine, chain).values()) == {"0000"}
