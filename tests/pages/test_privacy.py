"""The page Load shows no address and no number of the file, whether its rows are refused or not."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from data.storage.store import Store
from pages.sources.loading import job as jobs
from tests.data.forget.planted import ADDRESSES, FILES, NUMBERS, TYPED, TYPED_FILE, found
from tests.pages.conftest import Cockpit


def shown(app: AppTest) -> bytes:
    """Everything on the page: its texts and the cells of its tables."""
    tables = [each.value.to_csv() for each in app.dataframe]
    return "\n".join([repr(app.main), repr(app.sidebar), *tables]).encode()


@pytest.mark.parametrize("name", ["leads.csv", "interactions.csv", TYPED_FILE])
def test_a_page_with_refused_rows_shows_no_contact(
    cockpit: Cockpit, tmp_path: Path, name: str
) -> None:
    store = tmp_path / "store"
    app = cockpit(store, "sources/load")
    app.file_uploader[0].upload(name, {**FILES, TYPED_FILE: TYPED}[name].encode()).run()
    assert not app.exception
    before = shown(app)
    app.button(key="load_start_false").click().run()
    job = jobs.current_job()
    assert job is not None
    assert not job.wait(120).running
    app.run()
    jobs._jobs.pop(Store(store).path, None)
    after = shown(app)
    assert not app.exception
    assert {each.label: each.value for each in app.metric}["Rejected"] != "0"
    for texts in (before, after):
        assert "•••".encode() in texts
        assert found(texts, (*ADDRESSES, *NUMBERS)) == []
