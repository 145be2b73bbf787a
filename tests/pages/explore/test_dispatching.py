"""The parts about dispatch: their numbers are the metrics', and what is missing is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from data.engine.draft import Draft
from data.engine.warehouse import open_current
from data.storage.store import Store
from metrics.dispatch.routes import dispatch_routes
from metrics.dispatch.unrouted import unrouted_leads
from pages.explore.dispatching.moved import _said
from tests.metrics.dispatch.test_dispatch import PLANTED, planted
from tests.metrics.facts import TERMS, Facts, fill
from tests.metrics.twelve_leads import TWELVE

PARTS = {
    "show_routes": "given",
    "show_unrouted": "given",
    "show_sellers": "given",
    "show_rerouting": "moved",
}

Shown = Callable[[Path, str], AppTest]


def publish(path: Path, facts: Facts) -> Path:
    with Store(path).writing() as part, Draft.open(part) as draft:
        fill(draft, facts, TERMS)
    return path


@pytest.fixture(scope="module")
def skilled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish(tmp_path_factory.mktemp("skilled") / "store", planted())


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Shown:
    def show(path: Path, part: str) -> AppTest:
        monkeypatch.setenv("BACKCAST_STORE", str(path))
        st.cache_data.clear()
        st.cache_resource.clear()
        script = (
            f"from pages.explore.dispatching.{PARTS[part]} import {part}\n"
            "from pages.controls.problems import explained\n"
            "from tests.metrics.dispatch.test_dispatch import PLANTED\n"
            f"with explained():\n    {part}(PLANTED)\n"
        )
        return AppTest.from_string(script, default_timeout=60).run()

    return show


def said(app: AppTest) -> str:
    return "\n".join(each.value for each in (*app.markdown, *app.caption, *app.info, *app.error))


def test_each_tab_shows_its_numbers(shown: Shown, skilled: Path) -> None:
    warehouse = open_current(Store(skilled))
    for part in PARTS:
        app = shown(skilled, part)
        assert not app.exception, part
        assert not app.error, part
        assert app.dataframe, part
        if part == "show_routes":
            routes = dispatch_routes(warehouse, PLANTED, TERMS)
            assert app.dataframe[0].value["leads"].sum() == routes["leads"].sum()
        if part == "show_unrouted":
            lying = len(unrouted_leads(warehouse, PLANTED))
            assert f"**{lying} open leads** lie with nobody" in said(app)
        if part == "show_rerouting":
            assert "which is more than chance" in said(app)
            assert set(app.dataframe[2].value["proposed_owner"]) == {"Ana", "李雷"}


def test_without_assignments_each_says_what_to_load(shown: Shown, tmp_path: Path) -> None:
    publish(tmp_path / "store", Facts(lead=TWELVE.lead[:1], as_of=TWELVE.as_of))
    for part in PARTS:
        app = shown(tmp_path / "store", part)
        assert not app.exception, part
        assert "load assignments" in app.info[0].value, part


def test_what_cannot_be_told_is_said_with_the_reason() -> None:
    sentence = _said({"because": "too few leads"})
    assert sentence == "What re-routing would bring cannot be told: too few leads."
