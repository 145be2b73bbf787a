"""Every table and column has a title to read, and no two columns of a table have one title."""

from __future__ import annotations

import re

import pytest

from data.schema.contract import columns
from data.schema.tables import CANONICAL, DERIVED
from data.terms.titles import TABLES, column_name, table_title

_OF_MACHINES = re.compile(r"_|\b(at|id)$")


def test_every_table_has_a_title() -> None:
    assert TABLES.keys() == CANONICAL.keys() | DERIVED.keys()
    assert not any("_" in table_title(table) for table in TABLES)


@pytest.mark.parametrize("table", CANONICAL)
def test_columns_of_a_table_have_titles_of_their_own(table: str) -> None:
    names = [column_name(table, column) for column in columns(CANONICAL[table])]
    assert len(names) == len(set(names))
    assert not [
        name
        for name in names
        if _OF_MACHINES.search(name) and name != "id" and not name.startswith("utm_")
    ]
