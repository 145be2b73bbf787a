"""The Events page: its sentences and numbers are the metrics', and it says what it cannot know."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from data.engine.draft import Draft
from data.storage.store import Store
from pages.explore.occasions.behind import PARTS
from tests.metrics.events.conftest import events_by_hand
from tests.metrics.events.webinars import to_come
from tests.metrics.facts import Facts, fill, lead
from tests.metrics.plan.events.made_up import EVENT_TERMS, START, did
from tests.pages.conftest import Cockpit

PAGE = "explore/events"


def published(path: Path, facts: Facts) -> Path:
    with Store(path).writing() as part, Draft.open(part) as draft:
        fill(draft, facts, EVENT_TERMS)
    return path


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return published(tmp_path_factory.mktemp("events") / "store", events_by_hand())


def plain(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text).replace("\u00a0", " ").replace("\u2060", "")


def said(app: AppTest) -> str:
    parts = (*app.markdown, *app.caption, *app.warning, *app.info, *app.error)
    return " ".join(plain(each.value) for each in parts)


def opened(cockpit: Cockpit, store: Path, **more: str) -> AppTest:
    app = cockpit(store, PAGE, **more)
    assert not app.exception
    assert not app.error
    return app


def test_two_webinars_are_compared_in_one_sentence(cockpit: Cockpit, events: Path) -> None:
    app = opened(
        cockpit, events,
        events_event="Webinar A", events_part="Two events", events_other="Webinar B",
    )  # fmt: skip
    assert (
        "Not the same, by more than chance: at Webinar A 30 of 100 (30.0%) did something of high"
        " value, at Webinar B 80 of 100 (80.0%), a difference of −50.0 pts (95% interval"
        " −60.5 pts to −36.9 pts)."
    ) in said(app)
    assert {each.label: each.value for each in app.metric} == {
        "Registered": "100",
        "Attended": "100",
        "High value": "30",
        "Opportunity": "0",
    }


def test_an_event_without_a_list_says_where_it_starts(cockpit: Cockpit, events: Path) -> None:
    app = opened(cockpit, events, events_event="Webinar S")
    assert (
        "**Webinar S**: 5 registered, 3 came, 1 did something of high value, and nobody got an"
        " opportunity. Most are lost before attended: 2, mainly: registered, did not come"
        " (2)."
    ) in said(app)
    assert "The funnel starts at registered, because the event has no list" in said(app)
    (losses,) = (each.value for each in app.dataframe if "share" in each.value)
    assert losses["people"].tolist() == [2, 2, 1]


PART_WORDS = {
    "Follow up": "Nobody is waiting for a call",
    "Two events": "at Webinar A 30 of 100",
    "Against similar events": "Against 3 other events of the kind Webinar",
    "Segments and methods": "How far did people go",
    "Costs": "Per person at the step attended that is $25.00",
    "Events to come": "No event to come has a registration",
}


@pytest.mark.parametrize("part", PARTS)
def test_each_part_answers(cockpit: Cockpit, events: Path, part: str) -> None:
    app = opened(cockpit, events, events_event="Webinar A", events_part=part)
    assert PART_WORDS[part] in said(app) + " ".join(each.value for each in app.header)


def test_without_events_it_says_what_to_load(cockpit: Cockpit, tmp_path: Path) -> None:
    store = published(tmp_path / "store", Facts(lead=(lead("L1", START),)))
    app = opened(cockpit, store)
    assert "Nobody is on record for any event or campaign. Load e-mail, call" in said(app)


def test_one_person_with_chinese_letters_and_an_event_to_come(
    cockpit: Cockpit, tmp_path: Path
) -> None:
    begins = (START + timedelta(days=60)).date()
    coming = to_come("展会 & <b>峰会</b>", begins)
    one = Facts(
        interaction=(did(1, 10, "p1", "webinar_registered", "一"),
                     did(2, 20, "p1", "webinar_attended", "一"),),
        campaign=({"campaign_id": "一", "name": "线上 *研讨会*", "kind": "Webinar"},),
        as_of=START + timedelta(days=41),
    )  # fmt: skip
    store = published(tmp_path / "store", replace(one.plus(coming), as_of=one.as_of))
    app = opened(cockpit, store, events_part="Events to come")
    assert "**线上 *研讨会***: 1 registered and 1 came" in said(app)
    assert "3 people have registered for Coming 展会 & <b>峰会</b>, " in said(app)
    app = opened(cockpit, store, events_event="Coming 展会 & <b>峰会</b>")
    assert "nobody can have come yet" in said(app)
    assert "6 may still go on, and are not counted as lost" in said(app)
