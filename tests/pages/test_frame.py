"""What the frame shows around every page."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.storage.store import Store
from tests.pages.company import publish
from tests.pages.conftest import Cockpit

PAGES = (
    "review/overview",
    "review/funnel",
    "plan/event_planner",
    "sources/load",
    "sources/data_health",
)


def published(folder: Path, *, times: int) -> Store:
    store = Store(folder / "store")
    for _ in range(times):
        publish(store, leads=5)
    return store


@pytest.mark.parametrize("page", PAGES)
def test_every_page_names_a_damaged_generation_once(
    cockpit: Cockpit, tmp_path: Path, page: str
) -> None:
    store = published(tmp_path, times=2)
    assert not cockpit(store.path, page).error
    store.current().path.write_bytes(b"damaged")
    app = cockpit(store.path, page)
    assert not app.exception
    (error,) = app.error
    for words in ("damaged", "Version 00001 of its data is shown", "data mend"):
        assert words in error.value
    store.mend()
    assert not cockpit(store.path, page).error


@pytest.mark.parametrize("page", PAGES)
def test_a_store_that_cannot_be_read_is_said_once(
    cockpit: Cockpit, tmp_path: Path, page: str
) -> None:
    store = published(tmp_path, times=1)
    store.current().path.write_bytes(b"damaged")
    app = cockpit(store.path, page)
    assert not app.exception
    assert "No version of the data" in app.error[0].value
    assert not any("is shown" in each.value for each in app.error)
