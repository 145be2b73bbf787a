"""Velocity and follow-up: its numbers are the metrics', and what is missing is said."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from data.engine.warehouse import open_current
from data.storage.store import Store
from metrics.follow_up.states import follow_up_states
from metrics.period import Period
from metrics.scope import Scope
from pages.explore.answering.parts import PARTS
from tests.pages.conftest import Cockpit

PAGE = "explore/follow_up"
SCOPE = Scope(Period(date(2025, 4, 1), date(2026, 3, 31)), date(2026, 3, 31))


def test_the_sentence_and_the_tiles_are_the_metrics(cockpit: Cockpit, company: Path) -> None:
    app = cockpit(company, PAGE)
    assert not app.exception
    found = follow_up_states(open_current(Store(company)), SCOPE)
    handed, none = int(found["handed_over"].sum()), int(found["overdue"].sum())
    assert any(f"**{handed:,} MQLs** were handed over" in each.value for each in app.markdown)
    values = {each.label: each.value for each in app.metric}
    assert values["No response"] == f"{none:,}"
    assert len(values) == 5
    for part in PARTS:
        app.query_params["follow_up_part"] = part
        app.run()
        assert not app.exception, part
        assert all("no file says to whom leads were given" in each.value for each in app.error), (
            part
        )


def test_no_mql_in_the_period_is_said_and_the_questions_stay(
    cockpit: Cockpit, company: Path
) -> None:
    app = cockpit(company, PAGE, channel="Nowhere", start="2019-01-01", end="2019-01-31")
    for part in PARTS:
        app.query_params["follow_up_part"] = part
        app.run()
        assert not app.exception, part
        assert not app.error, part
    assert [tab.label for tab in app.tabs] == list(PARTS)
