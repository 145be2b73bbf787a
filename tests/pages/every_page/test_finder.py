"""A page, a value or a saved view is found by its name, from the keyboard."""

from __future__ import annotations

import shutil
from pathlib import Path

from streamlit.testing.v1 import AppTest

from pages.every_page.finder import KEYS
from tests.pages.conftest import Cockpit


def found(app: AppTest, name: str) -> AppTest:
    app.button(key="find").click().run()
    app.selectbox(key="found").set_value(name).run()
    return app


def test_a_page_is_found(cockpit: Cockpit, company: Path) -> None:
    app = found(cockpit(company, "review/funnel"), "Pipeline · page")
    assert not app.exception
    assert app.title[0].value == "Pipeline"


def test_a_term_is_found_and_leads_nowhere(cockpit: Cockpit, company: Path) -> None:
    app = found(cockpit(company, "review/funnel", region="North"), "MQL · term")
    assert not app.exception
    assert app.title[0].value == "Funnel"
    assert app.multiselect(key="region").value == ["North"]


def test_a_value_is_added_to_its_filter(cockpit: Cockpit, company: Path) -> None:
    app = found(cockpit(company, "review/funnel", region="North"), "East · region")
    assert not app.exception
    assert app.title[0].value == "Funnel"
    assert app.multiselect(key="region").value == ["North", "East"]


def test_a_saved_view_is_found_with_a_link_to_open_it(
    cockpit: Cockpit, company: Path, tmp_path: Path
) -> None:
    own = Path(shutil.copytree(company, tmp_path / "store"))
    app = cockpit(own, "review/funnel", region="North")
    next(each for each in app.text_input if each.label == "Save this view as").set_value("My North")
    next(each for each in app.button if each.label == "Save view").click().run()
    app.multiselect(key="region").set_value([]).run()
    app.button(key="find").click().run()
    assert "My North · saved view" in app.selectbox(key="found").options
    app.selectbox(key="found").set_value("My North · saved view").run()
    assert not app.exception
    assert app.multiselect(key="region").value == []


def test_pages_of_sources_are_left_by_name_too(cockpit: Cockpit, company: Path) -> None:
    app = cockpit(company, "sources/data_health")
    app.button(key="find").click().run()
    options = app.selectbox(key="found").options
    assert "Overview · page" in options
    assert not any(each.endswith("· region") for each in options)


def test_the_keys_are_listed(cockpit: Cockpit, company: Path) -> None:
    app = cockpit(company, "review/funnel")
    app.button(key="keys").click().run()
    shown = " ".join(each.value for each in app.markdown)
    assert all(key in shown and does in shown for key, does in KEYS.items())
