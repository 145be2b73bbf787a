"""Stores to look at, and the cockpit run on them without a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from inspect import signature
from pathlib import Path

import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest, local_script_runner
from streamlit.testing.v1.local_script_runner import LocalScriptRunner

from data.storage.store import Store
from pages.sources.loading import job as jobs
from pages.sources.loading.mapping import known_mappings
from tests.pages.company import publish

ROOT = Path(__file__).parents[2]
FRAME = ROOT / "pages" / "frame.py"

Cockpit = Callable[..., AppTest]

SECONDS = 120
"""How long a load may take."""


@pytest.fixture(scope="session", autouse=True)
def quick_app_tests() -> Iterator[None]:
    """Each AppTest would read what every installed package says of itself, and ask a thousand
    times a second whether the script has ended."""
    timed_out = local_script_runner.require_widgets_deltas

    def wait(runner: LocalScriptRunner, timeout: float = 3) -> None:
        thread = runner._script_thread
        assert thread is not None
        thread.join(timeout)
        timed_out(runner, 1 if not thread.is_alive() else 0)

    with pytest.MonkeyPatch.context() as patch:
        scan = manifest_scanner.scan_component_manifests
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(scan))
        patch.setattr(local_script_runner, "require_widgets_deltas", wait)
        yield


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store of a small company. Tests read it; who writes makes one of their own."""
    path = tmp_path_factory.mktemp("company") / "store"
    publish(Store(path))
    return path


@pytest.fixture
def remembered(request: pytest.FixtureRequest) -> Iterator[None]:
    """What pages measured stays between tests of a store, unless a test replaces something."""
    replaces = "monkeypatch" in signature(request.function).parameters
    if replaces:
        st.cache_data.clear()
        st.cache_resource.clear()
    yield
    if replaces:
        st.cache_data.clear()
        st.cache_resource.clear()


@pytest.fixture
def cockpit(monkeypatch: pytest.MonkeyPatch, remembered: None) -> Cockpit:
    """Opens a page of the cockpit on a store: `cockpit(store, "review/funnel", region="North")`."""

    def open_page(store: Path, page: str = "", **parameters: str | list[str]) -> AppTest:
        monkeypatch.setenv("BACKCAST_STORE", str(store))
        monkeypatch.delenv("BACKCAST_MAPPINGS", raising=False)
        known_mappings.clear()
        app = AppTest.from_file(str(FRAME), default_timeout=60)
        if page:
            # At once, as a link does: the frame's own first page need not be drawn before.
            app.switch_page(str(FRAME.parent / f"{page}.py"))
        for name, value in parameters.items():
            app.query_params[name] = value
        return app.run()

    return open_page


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Path]:
    """Where a page may make a store; a load that is still at work is stopped after the test."""
    path = tmp_path / "store"
    yield path
    job = jobs._jobs.pop(Store(path).path, None)
    if job is not None:
        job.stop()
        job.wait(SECONDS)


def finished(app: AppTest) -> AppTest:
    """The page once the job at work has ended."""
    job = jobs.current_job()
    assert job is not None
    assert not job.wait(SECONDS).running
    return app.run()
