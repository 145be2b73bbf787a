"""When something goes wrong: what happened, what to do, and never a traceback."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from data.errors import EngineError
from metrics.funnel import conversion
from tests.pages.conftest import Cockpit


def failing(name: str) -> None:
    import streamlit as st

    from data import errors
    from pages.controls.problems import explained

    raised = {
        "store": errors.StoreError("The disk is full: free 2 GB in `/data`, then *load again*."),
        "engine": errors.EngineError("no column x\n\nLINE 6: …", step="scoped", sql="SELECT x"),
        "several": errors.MappingError("line 1: a; b *c*", "line 2: d"),
        "unexpected": ZeroDivisionError("secret detail"),
    }
    with explained():
        st.write("before")
        raise raised[name]
    st.write("after")


def page(name: str) -> AppTest:
    return AppTest.from_function(failing, args=(name,)).run()


def test_the_rest_of_the_page_goes_on() -> None:
    app = page("store")
    assert [each.value for each in app.markdown] == ["before", "after"]


def test_an_error_that_can_be_acted_on_is_shown_as_it_is_as_text() -> None:
    shown = page("store").error[0].value
    assert "free 2 GB" in shown
    assert "*load again*" not in shown
    assert r"\*load again\*" in shown


def test_several_problems_are_one_bullet_each() -> None:
    first, second = page("several").error[0].value.splitlines()
    assert first == r"- line 1\: a\; b \*c\*"
    assert second == r"- line 2\: d"


def test_a_failed_query_shows_its_reason_and_leaves_the_sql_to_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR, "backcast.pages"):
        shown = page("engine").error[0].value
    assert "no column x" in shown
    assert "LINE 6" not in shown
    reference = caplog.records[-1].args
    assert isinstance(reference, tuple)
    assert str(reference[0]) in shown


def test_what_nobody_expected_shows_no_detail_but_a_reference(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR, "backcast.pages"):
        app = page("unexpected")
    assert not app.exception
    assert "secret detail" not in app.error[0].value
    assert "ZeroDivisionError" not in app.error[0].value
    assert caplog.records[-1].exc_info is not None


@pytest.mark.parametrize("where", ["", "review/funnel"])
def test_a_metric_that_fails_does_not_break_the_frame(
    cockpit: Cockpit, company: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise EngineError("out of memory", step="counted", sql="SELECT 1")

    monkeypatch.setattr(conversion, "_rated", broken)
    app = cockpit(company, where)
    assert not app.exception
    assert "out of memory" in app.error[0].value
    assert app.title
    assert app.multiselect(key="channel")


def test_a_damaged_store_is_said_on_every_page(cockpit: Cockpit, tmp_path: Path) -> None:
    store = tmp_path / "store"
    store.mkdir()
    (store / "00001-0123abcd.duckdb").write_bytes(b"not a database" * 1000)
    for where in ("", "review/funnel", "sources/load", "sources/data_health"):
        app = cockpit(store, where)
        assert not app.exception
        assert "can be read" in app.error[0].value
