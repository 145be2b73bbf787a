"""Event planner: the answer, what is assumed, a list of one's own, and an event that runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from data.engine.draft import Draft
from data.storage.store import Store
from metrics.wording import formats
from tests.metrics.facts import Facts, fill, lead
from tests.metrics.plan.events.made_up import EVENT_TERMS, START, fairs
from tests.pages.conftest import Cockpit

PAGE = "plan/event_planner"
SEATS = {"event_people_attended": "20"}


def published(path: Path, facts: Facts) -> Path:
    with Store(path).writing() as part, Draft.open(part) as draft:
        fill(draft, facts, EVENT_TERMS)
    return path


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return published(tmp_path_factory.mktemp("events") / "store", fairs())


def plain(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def said(app: AppTest) -> str:
    parts = (*app.markdown, *app.caption, *app.warning, *app.info, *app.error)
    return " ".join(plain(each.value) for each in parts)


def tiles(app: AppTest) -> dict[str, str]:
    return {each.label: plain(each.value) for each in app.metric}


def needed(app: AppTest) -> int:
    return int(tiles(app)["People on the list"].replace(",", ""))


def test_the_sentence_says_what_the_tiles_say(cockpit: Cockpit, events: Path) -> None:
    app = cockpit(events, PAGE, **SEATS)
    assert not app.exception
    assert not app.error
    shown = tiles(app)
    count = shown["People on the list"]
    assert (
        f"To get 20 people in the room with a chance of 80%, you need {count} people on the list."
        in said(app)
    )
    assert shown["E-mails"] == count
    assert "Each step is learned from 3 similar events or more." in said(app)
    assert f"With {count} people on the list the chance of 20 people in the room" in said(app)


def test_a_surer_goal_needs_more_and_a_better_rate_less(cockpit: Cockpit, events: Path) -> None:
    usual = needed(cockpit(events, PAGE, **SEATS))
    assert needed(cockpit(events, PAGE, **SEATS, event_confidence="95%")) > usual
    better = cockpit(events, PAGE, **SEATS, event_rate_registered="100")
    assert needed(better) < usual
    assert "Assumed, without a range: the rate of registered." in said(better)


def test_a_rate_of_none_is_out_of_reach(cockpit: Cockpit, events: Path) -> None:
    app = cockpit(events, PAGE, **SEATS, event_rate_attended="0")
    assert not app.exception
    assert "no number is enough" in plain(app.error[0].value)


def test_a_list_of_ones_own_runs_forward(cockpit: Cockpit, events: Path) -> None:
    app = cockpit(events, PAGE, **SEATS, event_start="A number of my own", event_list="40")
    assert not app.exception
    assert "With 40 people on the list the chance of 20 people in the room is" in said(app)


def test_prices_take_the_place_of_the_average(cockpit: Cockpit, events: Path) -> None:
    app = cockpit(events, PAGE, **SEATS)
    assert "Average cost" in tiles(app)
    app.number_input(key="event_price_email").set_value(2.0).run()
    assert tiles(app)["Cost"] == formats.money(2 * needed(app), "USD")
    linked = cockpit(events, PAGE, **SEATS, event_price_email="2.0")
    assert tiles(linked)["Cost"] == tiles(app)["Cost"]


def test_the_event_that_runs_is_held_to_the_plan(cockpit: Cockpit, events: Path) -> None:
    app = cockpit(events, PAGE, **SEATS, event_running="Fair 3")
    assert not app.exception
    assert "Every step is within the limits of the plan." in said(app)
    assert "As it stands: to get 20 people in the room with a chance of 80%" in said(app)
    counts = {"event_so_far_valid_contact": "400", "event_so_far_registered": "20"}
    app = cockpit(events, PAGE, **SEATS, event_running="Counts of my own", **counts)
    assert any(
        "Registered is below the plan: 20 of 400" in plain(each.value) for each in app.warning
    )
    app = cockpit(events, PAGE, event_running="Counts of my own", event_so_far_attended="500")
    assert "you need nobody more: what exists already brings it" in said(app)


def test_people_can_be_told_apart(cockpit: Cockpit, events: Path) -> None:
    app = cockpit(events, PAGE, **SEATS, event_by="Region", event_segment="华东")
    assert not app.exception
    # An event's spend is not known by segment.
    assert tiles(app)["Cost"] == "—"
    (segment,) = (each for each in app.selectbox if each.key == "event_segment")
    assert segment.value == "华东"
    assert set(segment.options) == {"华东", "EMEA", "Unassigned"}
    assert "Of 华东, the rate of attended is that of" in said(app)
    filtered = cockpit(events, PAGE, **SEATS, region="华东")
    assert "People whose earliest lead has region 华东." in said(filtered)
    assert needed(filtered) > 0


def test_an_event_can_be_left_out(cockpit: Cockpit, events: Path) -> None:
    app = cockpit(events, PAGE, **SEATS, event_out="Fair 0")
    assert "Each step is learned from 2 similar events or more." in said(app)


def test_without_events_the_page_says_what_to_load(
    cockpit: Cockpit, company: Path, tmp_path: Path
) -> None:
    nothing = published(tmp_path / "store", Facts(lead=(lead("L1", START),)))
    for store in (nothing, company):
        app = cockpit(store, PAGE)
        assert not app.exception
        assert not app.error
        (info,) = app.info
        assert "Load e-mail, call, webinar or badge exports" in plain(info.value)
