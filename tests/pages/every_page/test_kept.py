"""Views and notes: kept beside the data, opened again, shown on charts over time."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import parse_qs

import plotly.graph_objects as go
import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button, TextInput

from data.notebook.notebook import Notebook
from data.notebook.notes import notes
from data.notebook.views import SavedView, saved_views, views
from pages.charts.notes import days_drawn, with_notes
from tests.pages.conftest import FRAME, Cockpit


@pytest.fixture
def own_company(company: Path, tmp_path: Path) -> Path:
    """A copy of the company's store, whose notebook may be written."""
    return Path(shutil.copytree(company, tmp_path / "store"))


def pressed(app: AppTest, label: str) -> Button:
    return next(each for each in app.button if each.label == label)


def typed(app: AppTest, label: str) -> TextInput:
    return next(each for each in app.text_input if each.label == label)


def test_a_view_keeps_the_page_and_what_is_chosen(cockpit: Cockpit, own_company: Path) -> None:
    app = cockpit(own_company, "review/funnel", region="North")
    typed(app, "Save this view as").set_value("North")
    pressed(app, "Save view").click().run()
    (kept,) = views(Notebook(own_company)).all()
    assert (kept.value.name, kept.value.page) == ("North", "Funnel")
    assert "region=North" in kept.value.query
    app.button(key=f"view_delete_{kept.version.id}").click().run()
    assert not views(Notebook(own_company)).all()
    app.button(key="kept_undo").click().run()
    assert not app.exception
    (again,) = views(Notebook(own_company)).all()
    assert (again.version.id, again.value) == (kept.version.id, kept.value)
    assert not [each for each in app.button if each.key == "kept_undo"]


def test_a_view_is_renamed_shared_replaced_and_opened_first(
    cockpit: Cockpit, own_company: Path
) -> None:
    app = cockpit(own_company, "review/funnel", region=["North", "East"], compare="Nothing")
    typed(app, "Save this view as").set_value("North")
    pressed(app, "Save view").click().run()
    (kept,) = views(Notebook(own_company)).all()
    entry = kept.version.id
    assert app.code[-1].value == f"/funnel?{kept.value.query}"
    assert parse_qs(kept.value.query)["region"] == ["North", "East"]

    typed(app, "Name").set_value("North & East")
    app.button(key=f"view_rename_{entry}").click().run()
    app.button(key=f"view_first_{entry}").click().run()
    typed(app, "Save this view as").set_value("north & east")
    pressed(app, "Save view").click().run()
    assert not app.exception
    (kept,) = saved_views(Notebook(own_company))
    assert (kept.version.id, kept.value.name) == (entry, "north & east")

    fresh = cockpit(own_company)
    assert not fresh.exception
    assert fresh.title[0].value == "Funnel"
    assert fresh.query_params["region"] == ["North", "East"]
    fresh.switch_page(str(FRAME.parent / "review" / "overview.py")).run()
    assert fresh.title[0].value == "Overview", "it opens first, not again"
    assert cockpit(own_company, compare="Nothing").title[0].value == "Overview"


def test_a_name_that_is_taken_or_empty_is_refused(cockpit: Cockpit, own_company: Path) -> None:
    app = cockpit(own_company)
    pressed(app, "Save view").click().run()
    assert "a name first" in app.warning[0].value
    shelf = views(Notebook(own_company))
    for name in ("North", "South"):
        value = SavedView(name, "Overview", "")
        shelf.save(name.lower(), value, based_on=0, written_at=datetime.now(UTC))
    app.run()
    app.text_input(key="view_name_south").set_value("NORTH")
    app.button(key="view_rename_south").click().run()
    assert "Another view is called" in app.warning[0].value
    assert [each.value.name for each in shelf.all()] == ["North", "South"]


def test_a_note_shows_on_charts_over_time_of_its_days(cockpit: Cockpit, own_company: Path) -> None:
    app = cockpit(own_company)
    next(each for each in app.date_input if each.label == "Note on a day").set_value(
        date(2026, 1, 14)
    )
    typed(app, "What happened").set_value("New pricing page")
    pressed(app, "Add note").click().run()
    app.run()
    assert not app.exception
    (kept,) = notes(Notebook(own_company)).all()
    assert kept.value.on == date(2026, 1, 14)
    app.button(key=f"note_delete_{kept.version.id}").click().run()
    assert not notes(Notebook(own_company)).all()
    app.button(key="kept_undo").click().run()
    shown = [each.value for each in app.caption if "Notes" in each.value]
    assert len(shown) == 1
    assert "New pricing page" in shown[0]


def test_a_note_with_a_contact_is_refused(cockpit: Cockpit, own_company: Path) -> None:
    app = cockpit(own_company)
    next(each for each in app.date_input if each.label == "Note on a day").set_value(
        date(2026, 1, 14)
    )
    typed(app, "What happened").set_value("ask ann@example.com")
    pressed(app, "Add note").click().run()
    assert app.error
    assert not notes(Notebook(own_company)).all()


def test_a_note_without_a_day_is_asked_for_it(cockpit: Cockpit, own_company: Path) -> None:
    app = cockpit(own_company)
    typed(app, "What happened").set_value("New pricing page")
    pressed(app, "Add note").click().run()
    assert any("a day and a text" in each.value for each in app.warning)


def test_only_charts_over_time_have_days() -> None:
    assert days_drawn(go.Figure([{"type": "bar", "x": ["a", "b"], "y": [1, 2]}])) is None
    over_time = go.Figure([{"type": "bar", "x": [date(2026, 1, 1)], "y": [1]}])
    assert days_drawn(over_time) == (date(2026, 1, 1), date(2026, 2, 1))
    noted = with_notes(over_time, [(date(2026, 1, 9), 1)])
    assert noted.layout.shapes[0].x0 == "2026-01-09"
    assert noted.layout.annotations[0].text == "1"
