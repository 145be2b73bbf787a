"""A date column that says another day than before corrects it: only the newest export counts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from itertools import permutations
from pathlib import Path

import pytest

from data.derive.rebuild import rebuild
from tests.loaders.loading import Loading, loading_in
from tests.metrics.facts import TERMS

MAPPING = """
name = "contacts"
title = "Contacts with a date for each stage"
source_system = "crm"
[recognise]
columns = ["id", "mql"]
[columns]
id = "Record ID"
created = "Create Date"
mql = "Became an MQL"
sql = "Became an SQL"
[[table]]
into = "lead"
lead_id = "{id}"
created_at = "{created}"
[[table]]
into = "stage_change"
subject_kind = "lead"
subject_id = "{id}"
stage = "mql"
entered_at = "{mql}"
inferred_from = "date_column"
[[table]]
into = "stage_change"
subject_kind = "lead"
subject_id = "{id}"
stage = "sql"
entered_at = "{sql}"
inferred_from = "date_column"
"""

HEADER = "Record ID,Create Date,Became an MQL,Became an SQL\n"

SNAPSHOTS = (
    "L1,2026-01-01,2026-01-05,2026-01-20\nL2,2026-01-01,2026-01-06,\n",
    "L1,2026-01-01,2026-01-09,2026-01-20\nL2,2026-01-01,2026-01-06,\n",
    "L1,2026-01-01,2026-01-05,\nL2,2026-01-01,,2026-01-30\n",
)
"""The same contacts, exported a month later each time."""


@pytest.fixture
def mappings(tmp_path: Path) -> Path:
    folder = tmp_path / "mappings"
    folder.mkdir()
    (folder / "contacts.toml").write_text(MAPPING, encoding="utf-8")
    return folder


@pytest.fixture
def loading(tmp_path: Path, mappings: Path) -> Iterator[Loading]:
    with loading_in(tmp_path, mappings) as loading:
        yield loading


def load(loading: Loading, month: int) -> str:
    """Load the snapshot of a month, counted from 1."""
    text = HEADER + SNAPSHOTS[month - 1]
    outcome = loading.load(f"contacts {month}.csv", text, as_of=datetime(2026, month, 28))
    assert outcome.load_id is not None
    return outcome.load_id


def reached(loading: Loading, lead: str = "L1") -> tuple[int | None, int | None]:
    """The days of January on which a lead became an MQL and an SQL."""
    rebuild(loading.draft, TERMS)
    entered = {row[0]: row[1:] for row in loading.rows("journey", "lead_id", "mql_at", "sql_at")}
    mql, sql = (moment and moment.day for moment in entered[lead])
    return mql, sql


@pytest.mark.parametrize("order", list(permutations((1, 2))))
def test_a_corrected_date_replaces_the_first_in_any_order_of_arrival(
    loading: Loading, order: tuple[int, ...]
) -> None:
    for month in order:
        load(loading, month)
    assert reached(loading) == (9, 20)
    assert reached(loading, "L2") == (6, None)
    entries = loading.rows("lead_stage_entry", "lead_id", "place", "stage", "since_on")
    assert entries == [
        ("L1", 1, "lead", date(2026, 1, 1)),
        ("L1", 2, "mql", date(2026, 1, 9)),
        ("L1", 3, "sql", date(2026, 1, 20)),
        ("L2", 1, "lead", date(2026, 1, 1)),
        ("L2", 2, "mql", date(2026, 1, 6)),
    ]


@pytest.mark.parametrize("order", list(permutations((1, 2, 3))))
def test_a_correction_that_is_taken_back_counts_no_more(
    loading: Loading, order: tuple[int, ...]
) -> None:
    for month in order:
        load(loading, month)
    assert reached(loading) == (5, None)
    assert reached(loading, "L2") == (30, 30)


@pytest.mark.parametrize("order", list(permutations((1, 2))))
def test_undoing_the_correction_gives_back_the_first_date(
    loading: Loading, order: tuple[int, ...]
) -> None:
    loads = {month: load(loading, month) for month in order}
    loading.undo(loads[2])
    assert reached(loading) == (5, 20)
    load(loading, 2)
    assert reached(loading) == (9, 20)
    loading.undo(loads[1])
    assert reached(loading) == (9, 20)


def test_entries_of_a_history_are_all_kept(loading: Loading) -> None:
    history = "subject_kind,subject_id,stage,entered_at,reason\nlead,L1,mql,2026-01-{},\n"
    loading.load("history 1.csv", history.format("05"), as_of=datetime(2026, 1, 1))
    loading.load("history 2.csv", history.format("08"), as_of=datetime(2026, 2, 1))
    load(loading, 1)
    load(loading, 2)
    assert reached(loading) == (5, 20)


def test_dates_that_one_export_tells_together_all_count(loading: Loading) -> None:
    header = "subject_kind,subject_id,stage,entered_at,inferred_from\n"
    row = "lead,L1,recycled,2026-02-{},date_column\n"
    load(loading, 1)
    loading.load("dates.csv", header + row.format("01") + row.format("11"))
    rebuild(loading.draft, TERMS)
    assert loading.rows("journey", "lead_id", "exit_at")[0] == ("L1", datetime(2026, 2, 11))
