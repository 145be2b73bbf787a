"""Views and notes: kept beside the data, opened again, shown on charts over time."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import plotly.graph_objects as go
import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button, TextInput

from data.notebook.notebook import Notebook
from data.notebook.notes import notes
from data.notebook.views import views
from pages.charts.notes import days_drawn, with_notes
from tests.pages.conftest import Cockpit


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
