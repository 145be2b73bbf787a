"""Steps that are held: which, and that a query says the same whether or not they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.engine.draft import Draft
from data.engine.held_steps import mentions, reading_held, steps_to_hold
from data.engine.spark import parsed, to_spark
from data.sql import Query, Step

DEEP = Query(
    Step("once", "SELECT CAST(? AS BIGINT) AS number", (3,)),
    Step("unread", "SELECT number FROM once"),
    *(
        Step(
            f"twice_{depth}",
            f"SELECT a.number + b.number AS number FROM {before} AS a CROSS JOIN {before} AS b",
        )
        for depth in range(12)
        for before in [f"twice_{depth - 1}" if depth else "once"]
    ),
)
"""Each step reads the one before twice: 3 × 2 to the power of 12."""


def test_a_query_of_few_mentions_holds_nothing() -> None:
    reads = mentions(parsed(DEEP.upto("twice_3").render()))
    assert reads["twice_2"] == {"twice_1": 2}
    assert steps_to_hold(reads) == []


@pytest.mark.parametrize("largest", [10, 40, 120])
def test_no_plan_is_larger_than_asked_for_and_the_rows_are_the_same(
    tmp_path: Path, largest: int
) -> None:
    reads = mentions(parsed(DEEP.render()))
    steps = steps_to_hold(reads, largest)
    assert steps == sorted(steps, key=list(reads).index)
    held: dict[str, str] = {}
    with Draft.open(tmp_path / "held.duckdb", threads=1) as draft:
        for name in steps:
            part = reading_held(DEEP.upto(name), reads, held)
            assert _size(part) <= largest
            held[name] = f"held_{name}"
            draft.build(held[name], part)
        whole = reading_held(DEEP, reads, held)
        assert _size(whole) <= largest
        assert draft.query(whole)["number"].to_list() == [3 * 2**12]
    assert "unread" not in [step.name for step in whole.steps]
    assert "held_" in to_spark(whole)


def _size(query: Query) -> int:
    sizes: dict[str, int] = {}
    for name, read in mentions(parsed(query.render())).items():
        sizes[name] = 1 + sum(often * sizes.get(each, 1) for each, often in read.items())
    return sizes[query.steps[-1].name]
