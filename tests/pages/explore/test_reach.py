"""Reach: its numbers are the metrics', audiences are kept, and what is gone or changed is said."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from data.definitions import BUILT_IN, Definitions
from data.engine.warehouse import open_current
from data.notebook.audiences import AskedOf, Audience, audiences
from data.notebook.notebook import Notebook
from data.storage.store import Store
from metrics.activity.lists import activity_lists
from metrics.period import Period
from metrics.reach.contactable import contactable
from metrics.scope import Scope
from metrics.wording import formats
from pages.explore.audience.active import exported
from pages.explore.audience.asked import EVERYBODY
from pages.explore.audience.parts import PARTS
from tests.pages.company import publish_rows, rows_by_table
from tests.pages.conftest import Cockpit

PAGE = "explore/reach"
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
SCOPE = Scope(Period(date(2025, 4, 1), date(2026, 3, 31)), date(2026, 3, 31))


@pytest.fixture(scope="module")
def contacted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small company with mails and calls to its people, some after they had opted out."""
    tables = rows_by_table(300)
    people = [row["person_id"] for row in tables["person"]]
    template = dict.fromkeys(tables["interaction"][0])
    rows = []
    for number in range(1200):
        at = datetime(2025, 6, 1, 8) + timedelta(hours=6 * number)
        who = people[number * 7 % len(people)]
        actions = (("email_sent", "email_open"), ("call_connected",), ("email_sent", "email_click"))
        for place, action in enumerate(actions[number % 3]):
            rows.append(
                template
                | {
                    "interaction_id": f"R{number}-{place}",
                    "person_id": who,
                    "occurred_at": at + timedelta(minutes=place),
                    "action": action,
                    "channel": "Email" if action.startswith("email") else "Telemarketing",
                    "campaign_id": ("K1", "K2", None)[number % 3],
                    "load_id": tables["interaction"][0]["load_id"],
                }
            )
    tables["interaction"] += rows
    tables["consent_event"] = [
        {
            "person_id": who,
            "channel": "Email",
            "purpose": "all",
            "changed_at": datetime(2025, 5, 1),
            "state": state,
            "load_id": tables["interaction"][0]["load_id"],
        }
        for who, state in zip(people, ("granted", "granted", "withdrawn") * 200, strict=False)
    ]
    path = tmp_path_factory.mktemp("contacted") / "store"
    publish_rows(Store(path), tables)
    return path


def said(app: AppTest) -> str:
    return "\n".join(
        each.value for each in (*app.markdown, *app.caption, *app.info, *app.warning, *app.error)
    )


def opened(cockpit: Cockpit, store: Path, **more: str) -> AppTest:
    app = cockpit(store, PAGE, **more)
    assert not app.exception
    return app


def test_the_sentence_and_the_table_are_the_metrics(cockpit: Cockpit, contacted: Path) -> None:
    app = opened(cockpit, contacted)
    found = contactable(open_current(Store(contacted)), SCOPE, Definitions.load())
    best = found.filter(pl.col("state") == "may", pl.col("purpose") == "all")["people"].max()
    assert (
        f"**{formats.count(int(str(best)))}** of **300 people** may be contacted by Email"
        in said(app)
    )
    assert "of them after the person had opted out" in said(app)
    assert len(app.metric) == 5
    shown = app.dataframe[0].value
    assert shown["people"].sum() == found["people"].sum()
    for part in PARTS:
        app.query_params["reach_part"] = part
        app.run()
        assert not app.exception, part
        assert not app.error, part
        assert app.dataframe, part


def test_of_nothing_contacted_it_says_so(cockpit: Cockpit, company: Path) -> None:
    app = opened(cockpit, company, reach_part="Opted out")
    assert not app.error
    assert "No file says that anybody was contacted in the period" in said(app)
    assert "may be contacted: load consents" in said(app)
    values = {each.label: each.value for each in app.metric}
    assert {values[name] for name in ("Reachable by Email", "After opting out")} == {"—"}


def test_a_list_leaves_as_references_that_a_source_finds_again(contacted: Path) -> None:
    found = activity_lists(open_current(Store(contacted)), SCOPE, Definitions.load())
    people = exported(found.filter(kind="person"), "person")
    assert people.columns[:3] == ["source_system", "source_record_id", "state"]
    companies = exported(found.filter(kind="account"), "account")
    assert companies.columns[:2] == ["account_id", "account"]
    assert len(companies) == len(found.filter(kind="account")) > 0
    assert not any("@" in str(value) for row in people.rows() for value in row)


def keep(store: Path, name: str, dimension: str, *values: str) -> None:
    digest = Definitions.load().digest
    audience = Audience(name, (AskedOf(dimension, values),), digest)
    entry = name.lower()
    before = Notebook(store).read(entry)
    audiences(Notebook(store)).save(
        entry, audience, based_on=before.number if before else 0, written_at=NOW
    )


def test_filters_are_saved_as_an_audience_and_chosen_again(
    cockpit: Cockpit, contacted: Path
) -> None:
    app = opened(cockpit, contacted, region="North")
    name = next(each for each in app.text_input if each.label == "Name")
    name.input("The North")
    next(each for each in app.button if each.label == "Save audience").click().run()
    (kept,) = [
        each.value
        for each in audiences(Notebook(contacted)).all()
        if each.value.name == "The North"
    ]
    assert kept.filters == (AskedOf("region", ("North",)),)
    narrow = app.metric[0].value
    app.multiselect(key="region").set_value([]).run()
    assert app.selectbox(key="reach_audience").value == EVERYBODY
    assert int(app.metric[0].value.replace(",", "")) > int(narrow)
    app.selectbox(key="reach_audience").set_value("The North").run()
    assert "People with a lead of region North" in said(app)
    assert app.metric[0].value == narrow


def test_an_audience_of_what_is_no_longer_loaded_is_refused(
    cockpit: Cockpit, contacted: Path
) -> None:
    keep(contacted, "Gone", "tool", "Mailer")
    app = opened(cockpit, contacted, reach_audience="Gone")
    (info,) = app.info
    assert "and no tool is loaded any more" in info.value
    assert not app.metric, "an audience that cannot be told is not everybody"


def test_definitions_that_change_while_the_page_is_open_are_said(
    cockpit: Cockpit, contacted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(contacted, "East", "region", "East")
    app = opened(cockpit, contacted, reach_audience="East")
    assert "have changed while this page was open" not in said(app)
    path = tmp_path / "terms.toml"
    text = BUILT_IN.read_text("utf-8").replace("contact_cap = 8", "contact_cap = 1")
    path.write_text(text, "utf-8")
    monkeypatch.setenv("BACKCAST_DEFINITIONS", str(path))
    st.cache_resource.clear()
    app.run()
    assert "have changed while this page was open" in said(app)
    assert "contacted more often than 1 time within 30 days" in said(app)
    assert "saved under other definitions than today's" in said(app)
    assert "have changed while this page was open" not in said(app.run())
    path.write_text(text.replace("contact_cap = 1", "contact_cap = 99"), "utf-8")
    st.cache_resource.clear()
    app.run()
    assert not app.exception
    assert "is 99" in said(app), "what is wrong is named"
