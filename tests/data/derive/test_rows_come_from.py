"""Queries that are not asked because nothing can come of them would have given no row."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from data.derive.rebuild import ROWS_COME_FROM, derived_tables
from data.engine.draft import Draft
from tests.metrics.facts import TERMS, fill
from tests.metrics.random_facts import random_facts


@pytest.fixture(scope="module")
def draft() -> Iterator[Draft]:
    with Draft.open(Path(":memory:"), threads=1) as opened:
        fill(opened, random_facts(1), TERMS)
        yield opened


@pytest.mark.parametrize("table", ROWS_COME_FROM)
def test_without_what_its_rows_come_from_a_table_is_empty(draft: Draft, table: str) -> None:
    draft.execute("BEGIN")
    for source in ROWS_COME_FROM[table]:
        draft.execute(f"DELETE FROM {source}")
    found = draft.query(derived_tables(TERMS)[table])
    draft.execute("ROLLBACK")
    assert found.is_empty()


def test_every_derived_table_says_what_its_rows_come_from() -> None:
    assert ROWS_COME_FROM.keys() == derived_tables(TERMS).keys()
