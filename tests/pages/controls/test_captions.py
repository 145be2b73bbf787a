"""What is loaded and in no number is told under what a page is about, and listed on Data health."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from data.storage.store import Store
from tests.pages.company import publish_rows, rows_by_table
from tests.pages.conftest import Cockpit

TOLD = (
    "Of all that is loaded, 4 leads without a date are in no period and no cohort; "
    "3 stage entries are of leads that are not loaded. Data health lists them."
)


@pytest.fixture(scope="module")
def messy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("messy") / "store"
    tables = rows_by_table(60)
    known = tables["lead"][0]
    tables["lead"] += [
        {"lead_id": f"無日{each}", "created_at": None, "load_id": known["load_id"]}
        for each in range(4)
    ]
    entry = {
        "subject_kind": "lead", "stage": "mql", "inferred_from": "history",
        "load_id": known["load_id"],
    }  # fmt: skip
    tables["stage_change"] += [
        entry | {"subject_id": f"X9{each}", "entered_at": datetime(2026, 3, each + 1)}
        for each in range(3)
    ]
    publish_rows(Store(path), tables)
    return path


@pytest.mark.parametrize(
    "page", ["", "review/funnel", "explore/segments", "plan/forecast", "plan/backward_plan"]
)
def test_what_counts_nowhere_is_told_under_the_scope(
    cockpit: Cockpit, messy: Path, page: str
) -> None:
    app = cockpit(messy, page=page)
    assert not app.exception
    assert TOLD in [each.value.replace("\\", "").partition(" ")[2] for each in app.caption]


def test_lead_quality_tells_which_leads_have_no_day(cockpit: Cockpit, messy: Path) -> None:
    app = cockpit(messy, page="explore/quality")
    assert not app.exception
    told = "Of all that is loaded, 4 leads without a date are in no period and no cohort. "
    assert any(told in each.value.replace("\\", "") for each in app.caption)
