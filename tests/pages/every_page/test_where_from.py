"""Every page says where its numbers are from, without doing anything for it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from data.engine.warehouse import DuckDBWarehouse
from data.sql import Query
from data.storage.store import Store
from pages.every_page.where_from import METRIC, OPEN, QUERY
from tests.pages.company import publish
from tests.pages.conftest import FRAME, SECONDS, Cockpit

PAGES = re.findall(r'HERE / "((?:review|plan|explore)/\w+)\.py"', FRAME.read_text("utf-8"))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("small") / "store"
    publish(Store(path), leads=60)
    return path


def metrics_of(app: AppTest) -> list[str]:
    found: list[str] = app.selectbox(key=METRIC).options
    return found


def test_every_page_says_where_its_numbers_are_from(cockpit: Cockpit, small: Path) -> None:
    assert len(PAGES) > 10
    app = cockpit(small, where_from="true")
    without = set()
    for page in PAGES:
        app.switch_page(str(FRAME.parent / f"{page}.py"))
        app.query_params[OPEN] = "true"
        app.run(timeout=SECONDS)
        assert not app.exception, page
        if not [each for each in app.expander if "Where these" in each.label]:
            assert not app.metric, page
            assert not app.dataframe, page
            without.add(page)
            continue
        first = metrics_of(app)
        assert any(each.value.startswith("WITH\n") for each in app.code), page
        files = set(app.dataframe[-1].value["file_name"])
        assert files <= {"leads.csv", "deals.csv", "webinar <b>visitors</b>.csv", "spend.csv"}
        assert files, page
        app.run(timeout=SECONDS)
        assert set(metrics_of(app)) == set(first), f"{page} remembers, and tells the same"
    assert len(without) < len(PAGES) / 3, "only who has nothing to say of this company"


def test_a_metric_is_said_with_question_sql_values_and_files(
    cockpit: Cockpit, company: Path
) -> None:
    app = cockpit(company, "review/overview", where_from="true", channel="Webinar")
    said = next(each.value for each in app.markdown if each.value.startswith("This page asked"))
    assert re.search(r"asked \*\*\d+ metrics\*\* in \*\*\d+ queries", said)
    assert "**4 files**" in said
    assert "1 Apr 2026** at 06:33 UTC" in said
    app.selectbox(key=METRIC).select("headline").run()
    assert any(each.value.startswith("**What did the period") for each in app.markdown)
    sql, values = (each.value for each in app.code if each.language == "sql")
    assert sql.startswith("WITH\nscoped AS (")
    assert "1: '2025-04-01'\n" in values
    assert "'Webinar'" in values
    files = app.dataframe[-1].value
    assert dict(zip(files["file_name"], files["row_count"], strict=True))["spend.csv"] == 354
    assert set(files["definitions"]) == {"built in"}
    app.selectbox(key=QUERY).select_index(1).run()
    assert not app.exception
    assert next(each.value for each in app.code if each.language == "sql") != sql


def test_it_costs_nothing_until_it_is_opened(
    cockpit: Cockpit, company: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Query] = []
    answer = DuckDBWarehouse.query

    def counting(self: DuckDBWarehouse, query: Query) -> object:
        asked.append(query)
        return answer(self, query)

    monkeypatch.setattr(DuckDBWarehouse, "query", counting)
    app = cockpit(company)
    closed = len(asked)
    assert not [each for each in asked if "table_rows" in {step.name for step in each.steps}]
    app.query_params[OPEN] = "true"
    app.run()
    assert [step.name for step in asked[-1].steps] == ["table_rows", "load_rows"]
    assert len(asked) <= closed + 2, "only the files are asked for"


def test_what_somebody_typed_is_masked(cockpit: Cockpit, company: Path) -> None:
    app = cockpit(company, "explore/journeys", journeys_find="ann@example.com", where_from="true")
    assert not app.exception
    shown = [each.value for each in app.code]
    assert shown
    assert not any("ann@example.com" in each for each in shown)
