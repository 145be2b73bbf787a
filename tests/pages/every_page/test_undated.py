"""A company that exports states and no days of them: pages say that nobody tells when, and why."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from data.storage.store import Store
from tests.pages.company import publish_rows, rows_by_table
from tests.pages.conftest import Cockpit

LEADS = 240
STATES = ("mql", "sql", "opportunity", "won", "disqualified", None)

WHAT_WOULD_TELL = "xport the history of the stages, or a column of days for each"


@pytest.fixture(scope="module")
def states_alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Leads with the state that each is in, without deals and without any entry into a stage."""
    tables = rows_by_table(LEADS) | {"stage_change": [], "opportunity": []}
    for number, row in enumerate(tables["lead"]):
        row["stage"] = STATES[number % len(STATES)]
    path = tmp_path_factory.mktemp("states_alone") / "store"
    publish_rows(Store(path), tables)
    return path


def said(app: AppTest) -> str:
    kinds = (app.caption, app.info, app.markdown, app.text, app.warning, app.error)
    return "\n".join(each.value for kind in kinds for each in kind)


RECORDED = "on a day that nobody recorded"

PAGES: tuple[tuple[str, dict[str, str], str], ...] = (
    ("review/funnel", {"funnel_part": "Cohorts"}, WHAT_WOULD_TELL),
    ("review/funnel", {"funnel_part": "How many, how soon"}, WHAT_WOULD_TELL),
    ("explore/follow_up", {"follow_up_part": "How long"}, "load stage changes"),
    ("explore/quality", {}, WHAT_WOULD_TELL),
    ("explore/quality", {"quality_part": "Value"}, WHAT_WOULD_TELL),
    ("plan/forecast", {}, RECORDED),
    ("plan/backward_plan", {}, RECORDED),
    ("explore/pipeline", {}, "Load opportunities"),
    ("review/channels", {"returns_part": "By cohort, projected"}, WHAT_WOULD_TELL),
    ("explore/journeys", {"journeys_part": "Accounts", "journeys_accounts": "Potential"},
     "oad deals"),
)  # fmt: skip


@pytest.mark.parametrize(("page", "asked", "expected"), PAGES)
def test_each_page_says_that_nobody_tells_when_and_what_would(
    cockpit: Cockpit, states_alone: Path, page: str, asked: dict[str, str], expected: str
) -> None:
    app = cockpit(states_alone, page, period="All data", **asked)
    assert not app.exception
    assert expected in said(app).replace("\\", "")
    for table in app.dataframe:
        # A month of which nobody was won may have brought nothing.
        won = table.value[table.value["won"] > 0] if "won" in table.value else table.value
        shares = won.filter(regex="^(final|rate_[0-9]+|win_rate|won_rate|projected_.*)$")
        assert shares.isna().all(axis=None), page


@pytest.fixture(scope="module")
def states_beside_deals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Deals with their days, and leads of which only the state says that they were qualified."""
    tables = rows_by_table(700)
    qualified = {
        row["subject_id"]: row["stage"]
        for row in tables["stage_change"]
        if row["stage"] in ("mql", "sql")
    }
    for row in tables["lead"]:
        row["stage"] = qualified.get(row["lead_id"])
    tables["stage_change"] = [
        row for row in tables["stage_change"] if row["stage"] not in ("mql", "sql")
    ]
    path = tmp_path_factory.mktemp("states_beside_deals") / "store"
    publish_rows(Store(path), tables)
    return path


def test_wins_are_planned_and_stages_without_days_are_not(
    cockpit: Cockpit, states_beside_deals: Path
) -> None:
    app = cockpit(states_beside_deals, "plan/backward_plan", period="All data")
    assert not app.exception
    words = said(app).replace("\\", "")
    assert "Of MQLs and SQLs nothing is planned, because nobody can tell how soon" in words
    assert WHAT_WOULD_TELL in words
    stages = {stage for each in app.dataframe for stage in each.value.get("stage", ())}
    assert "lead" in stages
    assert not {"mql", "sql"} & stages
    app = cockpit(states_beside_deals, "plan/forecast", period="All data")
    assert not app.exception
    assert "in a stage since an unknown day" in said(app)
