"""Files of what is known of people and accounts: in any order, taken back, loaded again."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from data.schema.fields import fields
from tests.loaders.loading import Loading, loading_in
from tests.loaders.mappings.export_files import EXPORTS

TABLES = ("consent_event", "tag", "target_account", "account_order")

OLD, NEW = datetime(2026, 2, 1), datetime(2026, 3, 1)


@pytest.fixture(scope="module")
def loading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loading]:
    with loading_in(tmp_path_factory.mktemp("tables")) as loading:
        yield loading


def versions(table: str) -> tuple[str, str]:
    """A file of the table as it was, with less in every other row, and as it is, a row shorter."""
    known = fields(table)
    with (EXPORTS / f"generic/{table}.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    older = [
        [
            "" if number % 2 == 0 and name in known and known[name].nullable else cell
            for name, cell in zip(header, row, strict=True)
        ]
        for number, row in enumerate(rows)
    ]
    return _text([header, *older]), _text([header, *rows[:-1]])


def kept(loading: Loading, table: str) -> list[list[tuple[Any, ...]]]:
    """All that the store keeps of the table."""
    return [loading.rows(f"{table}{kind}") for kind in ("", "_version", "_reported_by")]


def _text(rows: list[list[str]]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(rows)
    return written.getvalue()


@pytest.mark.parametrize("table", TABLES)
def test_neither_order_nor_what_was_taken_back_shows(loading: Loading, table: str) -> None:
    older, newer = versions(table)

    def load(text: str, as_of: datetime) -> str | None:
        name = f"{as_of:%m}.csv"
        return loading.load(name, text, mapping=f"generic_{table}", as_of=as_of).load_id

    first = load(older, OLD)
    alone = kept(loading, table)
    second = load(newer, NEW)
    both = kept(loading, table)
    assert alone[0]
    assert both != alone
    loading.undo(second)
    assert kept(loading, table) == alone
    loading.undo(first)
    assert kept(loading, table) == [[], [], []]
    second, first = load(newer, NEW), load(older, OLD)
    assert kept(loading, table) == both
    loading.undo(first)
    loading.undo(second)
    assert kept(loading, table) == [[], [], []]
