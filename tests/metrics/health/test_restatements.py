"""What is said of closed months that changed is what the log holds, in words and in order."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from metrics.health.restatements import restatements, restating_loads
from tests.metrics.facts import DraftWarehouse, Facts, Row

JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)


def load(load_id: str, finished_at: datetime) -> Row:
    counts = dict.fromkeys(("rows_read", "rows_kept", "rows_changed", "rows_rejected"), 1)
    texts = {"file_name": f"{load_id}.csv", "sha256": load_id, "mapping": f"kind {load_id}"}
    return {
        "load_id": load_id, **counts, **texts,
        "as_of": finished_at, "started_at": finished_at, "finished_at": finished_at,
    }  # fmt: skip


def entry(
    load_id: str | None, month: date, segment: str, before: float | None, after: float, cause: str
) -> Row:
    return {
        "load_id": load_id, "month_on": month, "metric": "lead", "segment": segment,
        "dimension": "total" if segment == "total" else "channel",
        "before": before, "after": after, "cause": cause,
    }  # fmt: skip


@pytest.fixture
def logged(draft: DraftWarehouse) -> DraftWarehouse:
    warehouse = draft.hold(Facts())
    warehouse.put("load", load("old", datetime(2026, 3, 1)), load("new", datetime(2026, 4, 1)))
    warehouse.put(
        "restatement",
        entry("new", JANUARY, "Email", 5, 4, "changed_rows"),
        entry("new", JANUARY, "Email", 2, 5, "new_rows"),
        entry("new", JANUARY, "total", 4, 6, "new_rows"),
        entry("new", JANUARY, "total", 6, 5, "changed_rows"),
        entry("new", FEBRUARY, "Event", None, 1, "new_rows"),
        entry("old", JANUARY, "Email", 0, 2, "first_load"),
        entry(None, FEBRUARY, "Event", 1, 0, "definition"),
    )
    return warehouse


def test_each_part_of_a_change_has_its_row_the_newest_month_first(logged: DraftWarehouse) -> None:
    found = restatements(logged).select(
        "month_on", "segment", "before", "after", "cause", "load_id"
    )
    assert found.rows() == [
        (FEBRUARY, "Event", 0, 1, "new_rows", "new"),
        (FEBRUARY, "Event", 1, 0, "definition", None),
        (JANUARY, "total", 4, 6, "new_rows", "new"),
        (JANUARY, "total", 6, 5, "changed_rows", "new"),
        (JANUARY, "Email", 0, 2, "first_load", "old"),
        (JANUARY, "Email", 2, 5, "new_rows", "new"),
        (JANUARY, "Email", 5, 4, "changed_rows", "new"),
    ]


def test_a_load_is_summed_over_months_and_channels_once(logged: DraftWarehouse) -> None:
    found = restating_loads(logged)
    assert found.select(
        "file_name", "cause", "first_month_on", "last_month_on", "months", "added", "removed"
    ).rows() == [
        (None, "definition", FEBRUARY, FEBRUARY, 1, 0, -1),
        ("new.csv", "new_rows", JANUARY, FEBRUARY, 2, 4, 0),
        ("new.csv", "changed_rows", JANUARY, JANUARY, 1, 0, -1),
        ("old.csv", "first_load", JANUARY, JANUARY, 1, 2, 0),
    ]
    assert (found["added"] + found["removed"]).equals(found["change"])
