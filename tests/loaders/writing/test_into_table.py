"""What several loads report of a record is kept once, in any order, and can be taken back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.engine.draft import Draft
from data.sql import Query, Step
from loaders.writing.into_table import merge_into
from loaders.writing.take_out import take_out

FIRST = datetime(2026, 1, 1)

Rows: TypeAlias = dict[str, tuple[str | None, str | None]]
"""What a load reports: by lead its owner and channel."""

Kept: TypeAlias = dict[str, set[tuple[str | None, ...]]]


@dataclass(frozen=True)
class Report:
    """A load: where it stands among the loads, and its rows."""

    place: int
    rows: Rows

    @property
    def load_id(self) -> str:
        # Out of the order of the loads, so that an order by name would be seen.
        return f"l{9 - self.place}"


@pytest.fixture(scope="module")
def opened() -> Iterator[Draft]:
    with Draft.open(Path(":memory:"), threads=1) as draft:
        yield draft


@pytest.fixture
def draft(opened: Draft) -> Draft:
    empty(opened)
    return opened


def empty(draft: Draft) -> None:
    for table in ("lead", "lead_version", "lead_reported_by", "load"):
        draft.execute(f"DELETE FROM {table}")


def load(draft: Draft, report: Report) -> int:
    """Merge a load's rows; returns how many known rows changed.

    Two loads in three are of the same moment and ordered by their digest.
    """
    as_of = FIRST + timedelta(days=report.place // 3)
    draft.execute(
        "INSERT INTO load SELECT ?, 'a.csv', ?, 'test', 0, 0, 0, 0, ?, ?, ?, NULL, NULL",
        (report.load_id, f"digest {report.place}", as_of, as_of, as_of),
    )
    lines = ", ".join(
        "(" + ", ".join("NULL" if cell is None else f"'{cell}'" for cell in (lead, *cells)) + ")"
        for lead, cells in report.rows.items()
    )
    names = "account_id person_id created_at campaign_id content_id region product score tier grade"
    names += " budget authority need timeline competitor self_reported_source status stage"
    missing = ", ".join(f"NULL AS {name}" for name in names.split())
    rows = Step(
        "reported_rows",
        f"SELECT lead_id, owner, channel, {missing}, '{report.load_id}' AS load_id "
        f"FROM (VALUES {lines}) AS reported(lead_id, owner, channel)",
    )
    return merge_into(draft, "lead", Query(rows), report.load_id)


def undo(draft: Draft, report: Report) -> None:
    take_out(draft, report.load_id)


def kept(draft: Draft) -> Kept:
    """All that the store keeps of leads; a row that were there twice would raise."""
    found: Kept = {}
    for table, names in (
        ("lead", "lead_id, owner, channel, load_id"),
        ("lead_version", "lead_id, owner, channel, load_id"),
        ("lead_reported_by", "lead_id, load_id, same_as"),
    ):
        rows = draft.query(f"SELECT {names} FROM {table}").rows()
        assert len(set(rows)) == len(rows), f"{table} has a row twice"
        found[table] = set(rows)
    return found


def expected(loads: Sequence[Report]) -> Kept:
    """The same, worked out from the loads as a set."""
    result: Kept = {"lead": set(), "lead_version": set(), "lead_reported_by": set()}
    reports_of: dict[str, list[tuple[str, tuple[str | None, str | None]]]] = {}
    for report in sorted(loads, key=lambda each: each.place):
        for lead, cells in report.rows.items():
            reports_of.setdefault(lead, []).append((report.load_id, cells))
    for lead, reports in reports_of.items():
        merged: list[str | None] = [None, None]
        first: dict[tuple[str | None, str | None], str] = {}
        for load_id, cells in reports:
            merged = [
                known if cell is None else cell for cell, known in zip(cells, merged, strict=True)
            ]
            if first.setdefault(cells, load_id) != load_id:
                result["lead_reported_by"].add((lead, load_id, first[cells]))
        result["lead"].add((lead, *merged, reports[0][0]))
        if len(first) > 1:
            result["lead_version"] |= {(lead, *cells, each) for cells, each in first.items()}
    return result


CELL = st.sampled_from([None, "x", "y"])

LEADS = st.dictionaries(st.sampled_from(["L1", "L2"]), st.tuples(CELL, CELL), min_size=1)

LOADS = st.lists(LEADS, min_size=2, max_size=7).map(
    lambda each: [Report(place, rows) for place, rows in enumerate(each)]
)


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_loads_and_undos_in_any_order_leave_what_the_others_alone_would(
    opened: Draft, data: st.DataObject
) -> None:
    """After each step: the merge, the versions that differ, and who reported them, row by row."""
    empty(opened)
    waiting: list[Report] = data.draw(st.permutations(data.draw(LOADS)))
    there: list[Report] = []
    for _ in range(len(waiting) * 2):
        if waiting and (not there or data.draw(st.integers(0, 3))):
            there.append(waiting.pop())
            load(opened, there[-1])
        else:
            undo(opened, there.pop(data.draw(st.integers(0, len(there) - 1))))
        assert kept(opened) == expected(there)
        if not there and not waiting:
            break


def test_a_record_reported_again_is_not_stored_again(draft: Draft) -> None:
    for place in range(3):
        load(draft, Report(place, {"L1": ("Ann", "Web"), "L2": ("Bob", None)}))
    assert kept(draft) == {
        "lead": {("L1", "Ann", "Web", "l9"), ("L2", "Bob", None, "l9")},
        "lead_version": set(),
        "lead_reported_by": {
            (lead, load_id, "l9") for lead in ("L1", "L2") for load_id in ("l8", "l7")
        },
    }


def test_contents_that_come_back_are_kept_once_and_count_as_the_latest(draft: Draft) -> None:
    loads = [
        Report(place, {"L1": (owner, None)}) for place, owner in enumerate(("Ann", "Bob", "Ann"))
    ]
    assert [load(draft, each) for each in loads] == [0, 1, 1]
    assert kept(draft) == {
        "lead": {("L1", "Ann", None, "l9")},
        "lead_version": {("L1", "Ann", None, "l9"), ("L1", "Bob", None, "l8")},
        "lead_reported_by": {("L1", "l7", "l9")},
    }
    undo(draft, loads[0])
    assert kept(draft)["lead"] == {("L1", "Ann", None, "l8")}
    undo(draft, loads[2])
    assert kept(draft)["lead"] == {("L1", "Bob", None, "l8")}
    assert not kept(draft)["lead_version"]


def test_an_earlier_load_of_the_same_takes_the_record_over(draft: Draft) -> None:
    load(draft, Report(5, {"L1": ("Ann", None)}))
    known = len(kept(draft)["lead"])
    changed = load(draft, Report(2, {"L1": ("Ann", None), "L2": (None, None)}))
    new = len(kept(draft)["lead"]) - known
    assert (new, changed) == (1, 0)
    assert kept(draft)["lead"] == {("L1", "Ann", None, "l7"), ("L2", None, None, "l7")}
    assert kept(draft)["lead_reported_by"] == {("L1", "l4", "l7")}
