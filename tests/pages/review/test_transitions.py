"""Transitions on the Funnel page: the sentence, the matrix, the named ones, and what is missing."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import prod
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from data.engine.warehouse import open_current
from data.storage.store import Store
from metrics.funnel.conversion import stage_conversion
from metrics.funnel.transitions import stage_transitions
from metrics.horizon import horizon
from metrics.scope import Scope
from metrics.wording import formats
from tests.pages.company import publish_rows, rows_by_table
from tests.pages.conftest import Cockpit


def opened(cockpit: Cockpit, store: Path, **more: str) -> AppTest:
    app = cockpit(store, "review/funnel", funnel_part="Transitions", **more)
    assert not app.exception
    assert not app.error
    return app


def said(app: AppTest) -> str:
    return "\n".join(each.value for each in (*app.markdown, *app.caption, *app.info))


@pytest.fixture(scope="module")
def winding(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of thirty leads of March, of which three go other ways than straight."""
    tables = rows_by_table(30)
    tables["stage_change"], tables["opportunity"] = [], []
    paths = {
        0: ("mql", "sql", "mql"),
        1: ("sql", "lost", "sql"),
        2: ("opportunity",),
        3: ("mql",),
    }
    for number, row in enumerate(tables["lead"]):
        row["created_at"] = datetime(2026, 3, 1, 9) + timedelta(hours=number)
        for day, stage in enumerate(paths.get(number, ()), start=2):
            entry = {"subject_kind": "lead", "subject_id": row["lead_id"], "stage": stage}
            known = {"inferred_from": "history", "load_id": "L1"}
            tables["stage_change"].append(
                entry | known | {"entered_at": datetime(2026, 3, day + 3, 9)}
            )
    path = tmp_path_factory.mktemp("winding") / "store"
    publish_rows(Store(path), tables)
    return path


def test_the_sentence_says_who_skipped_went_back_and_came_back(
    cockpit: Cockpit, winding: Path
) -> None:
    app = opened(cockpit, winding)
    assert (
        "Of 30 leads, **2** skipped a stage (MQL 2, SQL 1), **1** went back to an earlier stage "
        "(MQL 1), **1** re-entered the funnel (SQL 1) and none entered a stage late." in said(app)
    )
    accounts = said(opened(cockpit, winding, unit="Accounts"))
    assert "had a lead that skipped a stage (MQL 2, SQL 1), " in accounts
    assert "none had a lead that entered a stage late." in accounts


def test_what_is_off_the_straight_way_is_named(cockpit: Cockpit, winding: Path) -> None:
    app = opened(cockpit, winding)
    named = next(each.value for each in app.dataframe if "passed_over" in each.value)
    rows = named[["move", "from_stage", "to_stage", "passed_over", "transitions"]]
    assert {tuple(row) for row in rows.itertuples(index=False)} == {
        ("Skip", "Lead", "SQL", "MQL", 1),
        ("Skip", "Lead", "Opportunity", "MQL, SQL", 1),
        ("Regression", "SQL", "MQL", "", 1),
        ("Re-entry", "Lost", "SQL", "", 1),
    }


def test_the_matrix_has_every_transition(cockpit: Cockpit, company: Path) -> None:
    app = opened(cockpit, company)
    warehouse = open_current(Store(company))
    loaded = horizon(warehouse)
    scope = Scope(loaded.default_period, loaded.last)
    found = stage_transitions(warehouse, scope)
    charts = "".join(each.proto.spec for each in app.get("plotly_chart")[-2:])
    for count in found.drop_nulls("from_stage")["transitions"]:
        assert f'"{formats.count(count)}' in charts
    # The steps multiplied stand beside what happened.
    conversion = stage_conversion(warehouse, scope)
    direct = formats.share(conversion["rate_first"][-1])
    assert f"**{direct}** of the leads of the period were won so far" in said(app)
    assert f"multiplied, say {formats.share(prod(conversion['rate_previous'][1:]))}." in said(app)


def test_a_company_that_goes_straight_says_so(cockpit: Cockpit, company: Path) -> None:
    app = opened(cockpit, company)
    assert "none skipped a stage, none went back to an earlier stage" in said(app)
    assert "Nobody skipped a stage, went back or came back." in said(app)


def test_a_stage_that_nobody_entered_may_not_be_told(cockpit: Cockpit, tmp_path: Path) -> None:
    tables = rows_by_table(40)
    tables["stage_change"] = []
    publish_rows(Store(tmp_path), tables)
    app = opened(cockpit, tmp_path)
    assert "Nobody's entry into MQL or SQL is recorded here." in said(app)


def test_without_a_step_taken_nothing_is_multiplied(cockpit: Cockpit, tmp_path: Path) -> None:
    tables = rows_by_table(10)
    tables["stage_change"], tables["opportunity"] = [], []
    publish_rows(Store(tmp_path), tables)
    assert "so nothing is multiplied" in said(opened(cockpit, tmp_path))


def test_deals_have_no_transitions_and_the_page_says_why(cockpit: Cockpit, company: Path) -> None:
    app = opened(cockpit, company, unit="Deals")
    assert "a deal is opened and closed, and has no stage to skip" in said(app)
