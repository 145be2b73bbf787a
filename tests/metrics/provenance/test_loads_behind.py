"""The loads behind tables: each file with the rows that stand, and no other."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import pytest

from metrics.provenance.loads_behind import loads_behind
from tests.metrics.facts import DraftWarehouse, Facts, account, lead
from tests.metrics.twelve_leads import at

JANUARY = datetime(2026, 1, 31, 12)
NEVER = "never"


def load(name: str, days: int) -> dict[str, object]:
    """A load of `leads_NAME.csv`, so many days after January."""
    counts: dict[str, object] = dict.fromkeys(
        ("rows_read", "rows_kept", "rows_changed", "rows_rejected"), 9
    )
    moments = {"as_of": JANUARY, "started_at": JANUARY}
    texts = {"load_id": name, "file_name": f"leads_{name}.csv", "sha256": name * 64, "mapping": "m"}
    return texts | counts | moments | {"finished_at": JANUARY + timedelta(days=days)}


LEADS = [("L1", "a"), ("L2", "b"), ("L3", "b"), ("L4", "b")]
ACCOUNTS = [("A1", "b"), ("A2", "a")]


@pytest.fixture(scope="module")
def warehouse() -> DraftWarehouse:
    found = DraftWarehouse().hold(Facts())
    found.put("load", load("a", 1), load("b", 2), load(NEVER[0], 3))
    found.put("lead", *(lead(key, at(1, 5)) | {"load_id": load_id} for key, load_id in LEADS))
    found.put("account", *(account(key) | {"load_id": load_id} for key, load_id in ACCOUNTS))
    found.put("derived_load", {"load_id": "a", "definitions": "d" * 64})
    return found


@pytest.mark.parametrize("tables", [["lead"], ["account"], ["lead", "account"], ["touch_nothing"]])
def test_rows_are_counted_by_the_file_they_stand_for(
    warehouse: DraftWarehouse, tables: list[str]
) -> None:
    known = {"lead": LEADS, "account": ACCOUNTS}
    if unknown := set(tables) - known.keys():
        with pytest.raises(ValueError, match=f"no file feeds {unknown.pop()}"):
            loads_behind(warehouse, tables)
        return
    rows = Counter(load_id for table in tables for _, load_id in known[table])
    into = {
        name: [table for table in sorted(tables) if name in {each for _, each in known[table]}]
        for name in rows
    }
    found = loads_behind(warehouse, [*tables, *tables]).rows(named=True)
    newest_first = sorted(rows, reverse=True)
    assert [each["load_id"] for each in found] == newest_first
    for each in found:
        name = each["load_id"]
        assert each["row_count"] == rows[name]
        assert each["loaded_into"] == ", ".join(into[name])
        assert each["file_name"] == f"leads_{name}.csv"
        assert each["definitions"] == ("d" * 64 if name == "a" else None)
        assert each["exported_at"] == JANUARY


def test_no_tables_have_no_files(warehouse: DraftWarehouse) -> None:
    assert loads_behind(warehouse, []).is_empty()
    assert loads_behind(warehouse, ["plan"]).is_empty()
