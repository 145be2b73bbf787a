"""A record that a full export lacks has vanished; nothing vanishes from any other file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from data.errors import SourceError
from data.privacy.keys import Keys
from data.standing.now import keep_what_stands
from loaders.protocol import LoadTask
from loaders.writing.file import load_file
from tests.loaders.loading import Loading, loading_in

ZOHO = "记录 ID,商机名称,阶段,创建时间,结束日期,金额,币种\n"


@pytest.fixture
def loading(tmp_path: Path) -> Iterator[Loading]:
    with loading_in(tmp_path) as loading:
        yield loading


def load(loading: Loading, name: str, deals: str, day: int, *, full: bool = False) -> str:
    rows = "".join(
        f"{deal},泵,谈判/审核,2026-01-20 10:00:00,2026-05-10,1200,CNY\n" for deal in deals
    )
    path = loading.write(name, ZOHO + rows)
    task = LoadTask(path=path, as_of=datetime(2026, 4, day), full_export=full)
    keys = Keys.of(loading.folder)
    outcome = load_file(loading.draft, task, keys, loading.company, loading.phases.append)
    assert outcome.load_id is not None
    return outcome.load_id


def deals(loading: Loading) -> str:
    keep_what_stands(loading.draft)
    ids = (row[0] for row in loading.rows("opportunity", "opportunity_id"))
    return "".join(each.removeprefix("zoho:") for each in ids)


def test_only_a_full_export_lets_records_vanish(loading: Loading) -> None:
    load(loading, "1.csv", "123", 1)
    load(loading, "2.csv", "2", 2)
    assert deals(loading) == "123"
    full = load(loading, "3.csv", "24", 3, full=True)
    assert deals(loading) == "24"
    assert {row[2] for row in loading.rows("retired_record")} == {"vanished"}
    back = load(loading, "4.csv", "3", 4)
    assert deals(loading) == "234"
    load(loading, "0.csv", "15", 1)
    assert deals(loading) == "234"
    loading.undo(back)
    loading.undo(full)
    assert deals(loading) == "1235"


def test_the_newest_full_export_counts_in_any_order_of_arrival(loading: Loading) -> None:
    load(loading, "3.csv", "12", 3, full=True)
    load(loading, "2.csv", "23", 2, full=True)
    load(loading, "1.csv", "1234", 1)
    assert deals(loading) == "12"


def test_another_kind_of_export_that_has_the_record_keeps_it(loading: Loading) -> None:
    load(loading, "1.csv", "12", 1)
    own = "opportunity_id,created_at,outcome\nzoho:1,2026-01-20,open\n"
    loading.load("own.csv", own, as_of=datetime(2026, 4, 3))
    load(loading, "2.csv", "2", 2, full=True)
    assert deals(loading) == "12"
    load(loading, "3.csv", "24", 4, full=True)
    assert deals(loading) == "24"


def test_two_full_exports_of_one_moment_are_refused(loading: Loading) -> None:
    load(loading, "1.csv", "12", 1, full=True)
    before = loading.everything()
    with pytest.raises(SourceError) as refused:
        load(loading, "2.csv", "1", 1, full=True)
    assert "2.csv is a full export" in str(refused.value)
    assert "so is 1.csv" in str(refused.value)
    assert "--as-of" in str(refused.value)
    assert loading.everything() == before
    load(loading, "2.csv", "1", 1)


def test_the_same_file_may_be_declared_full_later(loading: Loading) -> None:
    load(loading, "1.csv", "123", 1)
    load(loading, "2.csv", "1", 2)
    assert deals(loading) == "123"
    load(loading, "2.csv", "1", 2, full=True)
    assert deals(loading) == "1"
    assert len(loading.rows("load")) == 2
