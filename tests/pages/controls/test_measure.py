"""A metric is asked once per scope and generation, and a page shows one generation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from data.definitions import BUILT_IN
from data.engine.warehouse import DuckDBWarehouse, Warehouse, open_current
from data.errors import MetricError
from data.sql import Query, Step
from data.storage.store import Store
from metrics.horizon import horizon
from metrics.scope import Basis, Dimension, Filter, Scope, Viewer
from pages.controls.measure import (
    current_warehouse,
    definitions,
    filter_values,
    measure,
    measure_all,
    remembering_warehouse,
)
from tests.pages.company import publish

asked: list[object] = []


def counting(warehouse: Warehouse, scope: Scope, *rest: object) -> pl.DataFrame:
    asked.append((warehouse.generation, scope, *rest))
    return pl.DataFrame({"asked": [len(asked)]})


def failing(warehouse: Warehouse, scope: Scope) -> pl.DataFrame:
    asked.append(scope)
    raise MetricError("not now")


@pytest.fixture
def scope(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scope:
    monkeypatch.setenv("BACKCAST_STORE", str(tmp_path / "store"))
    st.cache_data.clear()
    asked.clear()
    publish(Store.from_environment(), leads=5)
    loaded = horizon(open_current(Store.from_environment()))
    return Scope(loaded.everything, loaded.last)


def test_the_same_question_is_asked_once(scope: Scope) -> None:
    first = measure(counting, scope)
    assert measure(counting, scope) is first, "a copy of a large frame takes time"
    assert len(asked) == 1


def leads(warehouse: Warehouse, more: int = 0) -> pl.DataFrame:
    asked.append(more)
    return warehouse.query(Query(Step("leads", f"SELECT count(*) + {more} AS leads FROM lead")))


def half_the_leads(warehouse: Warehouse) -> pl.DataFrame:
    return leads(warehouse) / 2


def test_metrics_of_all_data_share_their_queries(
    scope: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    queries: list[str] = []
    query = DuckDBWarehouse.query

    def counted(self: DuckDBWarehouse, question: Query) -> pl.DataFrame:
        queries.append(question.render())
        return query(self, question)

    monkeypatch.setattr(DuckDBWarehouse, "query", counted)
    assert measure_all(leads).item() == 5
    assert measure_all(leads).item() == 5
    assert measure_all(half_the_leads).item() == 2.5
    assert measure_all(leads, 1).item() == 6
    assert asked == [0, 0, 1], "a metric's frame is kept; another metric asks again"
    assert len([each for each in queries if "FROM lead" in each]) == 2
    publish(Store.from_environment(), leads=5)
    assert measure_all(leads).item() == 10, "another generation has other rows"


def test_what_shares_its_steps_is_asked_once(scope: Scope, monkeypatch: pytest.MonkeyPatch) -> None:
    asked_at_once: list[int] = []
    query_each = DuckDBWarehouse.query_each

    def counted(
        self: DuckDBWarehouse, shared: Sequence[Step], ends: Sequence[Sequence[Step]]
    ) -> list[pl.DataFrame]:
        asked_at_once.append(len(ends))
        return query_each(self, shared, ends)

    monkeypatch.setattr(DuckDBWarehouse, "query_each", counted)
    shared = (Step("known", "SELECT lead_id FROM lead"),)
    count = Step("counted", "SELECT count(*) AS leads FROM known")
    last = Step("last_of", "SELECT max(lead_id) AS last FROM known")
    earliest = Step("first_of", "SELECT min(lead_id) AS first FROM known")
    first = remembering_warehouse().query_each(shared, [(count,)])
    assert first[0].item() == 5
    more = remembering_warehouse().query_each(shared, [(count,), (last,), (earliest,)])
    again = remembering_warehouse().query_each(shared, [(earliest,), (last,), (count,)])
    assert [each.rows() for each in again] == [each.rows() for each in reversed(more)]
    assert remembering_warehouse().query(Query(*shared, count)).item() == 5
    assert asked_at_once == [1, 3], "also where one of them was known"


def test_every_part_of_the_question_counts(scope: Scope) -> None:
    viewer = Viewer("ada", (Filter(Dimension.REGION, ("North",)),))
    measure(counting, scope)
    measure(counting, Scope(scope.period, scope.observed_until, basis=Basis.FLOW))
    measure(counting, Scope(scope.period, scope.observed_until, viewer=viewer))
    measure(counting, scope, Dimension.CHANNEL)
    measure(counting, scope, Dimension.REGION)
    assert len(asked) == 5


def test_each_viewer_has_values_of_its_own_to_choose_from(scope: Scope) -> None:
    publish(Store.from_environment(), leads=60)

    def regions(*allowed: str) -> list[str]:
        restrictions = (Filter(Dimension.REGION, allowed),) if allowed else ()
        return sorted(filter_values(Viewer("ada", restrictions)).get(Dimension.REGION, []))

    # One after the other from the same generation: none is answered with what another may see.
    assert regions() == ["East", "North", "South", "West"]
    assert regions("East", "West") == ["East", "West"]
    assert regions("North", "South") == ["North", "South"]
    assert regions() == ["East", "North", "South", "West"]


def test_a_new_generation_is_asked_again(scope: Scope) -> None:
    measure(counting, scope)
    publish(Store.from_environment(), leads=1)
    measure(counting, scope)
    assert len(asked) == 2


def test_under_other_definitions_everything_is_asked_again(
    scope: Scope, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "terms.toml"
    text = BUILT_IN.read_text("utf-8")
    own.write_text(text, "utf-8")
    monkeypatch.setenv("BACKCAST_DEFINITIONS", str(own))
    measure(counting, scope)
    own.write_text(text + "\n# the same terms", "utf-8")
    measure(counting, scope)
    assert len(asked) == 1, "another file that says the same"
    own.write_text(text.replace("mql = 60", "mql = 45"), "utf-8")
    assert definitions().windows.mql == 45, "without a minute's wait"
    measure(counting, scope)
    measure_all(leads)
    assert len(asked) == 3


def test_a_failure_is_not_remembered(scope: Scope) -> None:
    for _ in range(2):
        with pytest.raises(MetricError):
            measure(failing, scope)
    assert len(asked) == 2


def test_a_page_that_a_load_overtakes_is_drawn_again(scope: Scope) -> None:
    def page() -> None:
        import streamlit as st

        from data.storage.store import Store
        from pages.controls.measure import current_warehouse, one_generation
        from tests.pages.company import publish

        with one_generation():
            st.session_state["runs"] = st.session_state.get("runs", 0) + 1
            if st.session_state["runs"] == 1:
                before = current_warehouse().generation
                publish(Store.from_environment(), leads=1)
                assert current_warehouse().generation == before, "one state in a run"
            st.write(current_warehouse().generation)

    app = AppTest.from_function(page, default_timeout=60).run()
    assert not app.exception
    assert app.session_state["runs"] == 2
    assert app.markdown[0].value == current_warehouse().generation


def test_a_page_that_other_definitions_overtake_is_drawn_again(
    scope: Scope, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "terms.toml"
    own.write_text(BUILT_IN.read_text("utf-8"), "utf-8")
    monkeypatch.setenv("BACKCAST_DEFINITIONS", str(own))

    def page() -> None:
        import os
        from pathlib import Path

        import streamlit as st

        from pages.controls.measure import definitions, one_generation

        with one_generation():
            st.session_state["runs"] = st.session_state.get("runs", 0) + 1
            if st.session_state["runs"] == 1:
                path = Path(os.environ["BACKCAST_DEFINITIONS"])
                path.write_text(path.read_text("utf-8").replace("mql = 60", "mql = 45"), "utf-8")
                assert definitions().windows.mql == 60, "one state in a run"
            st.write(definitions().windows.mql)

    app = AppTest.from_function(page, default_timeout=60).run()
    assert not app.exception
    assert app.session_state["runs"] == 2
    assert app.markdown[0].value == "`45`"
