"""Velocity and follow-up: its numbers are the metrics', and what is missing is said."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from data.engine.draft import Draft
from data.engine.warehouse import open_current
from data.storage.store import Store
from metrics.follow_up.effect import response_effect
from metrics.follow_up.states import follow_up_states
from metrics.period import Period
from metrics.scope import Scope
from pages.explore.answering.parts import PARTS
from tests.metrics.facts import (
    TERMS,
    Facts,
    account,
    change,
    fill,
    given,
    lead,
    next_action,
)
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
        if part == "Conversion":
            effect = response_effect(open_current(Store(company)), SCOPE)
            assert list(app.dataframe[0].value["early"]) == effect["early"].to_list()
            assert "no effect of speed" in "".join(each.value for each in app.caption)


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


def test_each_gap_is_said_with_what_to_do(cockpit: Cockpit, tmp_path: Path) -> None:
    """No owner, no calendar, a reason nobody knows, two owners, and teams that are not named."""
    came, at = datetime(2026, 3, 2, 9), datetime(2026, 3, 3, 10)
    leads = (
        lead("L1", came),
        lead("L2", came, owner="Ana", account_id="A1", region="Elsewhere"),
        lead("L3", came, owner="李雷"),
    )
    facts = Facts(
        account=(account("A1", "Acme", country="Brazil"),),
        lead=leads,
        stage_change=tuple(change("lead", row["lead_id"], "mql", at) for row in leads),
        assignment=(
            given("L3", at, "Inside", owner="李雷", accepted_at=at),
            given("L3", datetime(2026, 3, 3, 11), "Inside", owner="Bo", accepted_at=at),
        ),
        action=(
            next_action("T1", "L2", "Call", None, done_at=at, reason="weather"),
            next_action("T2", "L3", "Call", date(2026, 3, 3)),
        ),
        as_of=datetime(2026, 3, 20),
    )
    store = tmp_path / "store"
    with Store(store).writing() as file, Draft.open(file) as draft:
        fill(draft, facts, TERMS)
    app = cockpit(store, PAGE, start="2026-03-01", end="2026-03-31")
    said = [each.value for each in (*app.warning, *app.caption)]
    for words in (
        "1 MQL has no owner and was given to nobody",
        "1 MQL has no deadline, because the definitions name no calendar",
        "1 MQL is with two owners at once",
    ):
        assert any(words in each for each in said), words
    for part, words in (
        ("Reasons", "1 reason is in no spelling of the definitions"),
        ("Next actions", "Of **2 actions** due in the period"),
        ("Conversion", "choose an earlier period"),
    ):
        app.query_params["follow_up_part"] = part
        app.run()
        assert not app.exception, part
        shown = [each.value for each in (*app.warning, *app.info, *app.markdown)]
        assert any(words in each for each in shown), part
    app.query_params["follow_up_part"] = "In time"
    app.query_params["follow_up_by"] = "Team"
    app.run()
    assert any("name no team" in each.value for each in app.info)


def test_each_answer_of_sales_opens_its_mqls(cockpit: Cockpit, tmp_path: Path) -> None:
    """Thirty MQLs from two sources; the bought ones are rejected, half for what nobody knows."""
    came, at = datetime(2026, 3, 2, 9), datetime(2026, 3, 3, 10)
    rows = [(f"L{n:02}", "Bought" if n < 10 else "Webinar") for n in range(30)]
    bad = {"L02": "budget", "L03": "budget", "L04": "weather", "L05": None, "L20": "budget"}
    facts = Facts(
        lead=tuple(lead(name, came, channel=channel, owner="Ana") for name, channel in rows),
        stage_change=tuple(change("lead", name, "mql", at) for name, _ in rows),
        assignment=tuple(
            given(name, at, "Inside", owner="Ana", rejected_at=at, reason=bad[name])
            if name in bad
            else given(name, at, "Inside", owner="Ana", accepted_at=at)
            for name, _ in rows[:29]
        ),
        as_of=datetime(2026, 3, 20),
    )
    store = tmp_path / "store"
    with Store(store).writing() as file, Draft.open(file) as draft:
        fill(draft, facts, TERMS)
    asked = {"start": "2026-03-01", "end": "2026-03-31", "follow_up_by": "Channel"}
    app = cockpit(store, PAGE, follow_up_part="Accepted or rejected", **asked)
    assert not app.exception
    said = "".join(each.value for each in app.markdown)
    assert "Of **29 MQLs** that sales answered, **24** (82.8%) were accepted" in said
    assert "**5** rejected, most for Budget (3); 1 has no answer" in said
    table = next(each.value for each in app.dataframe if "chance" in each.value)
    assert table["said"].to_list()[:4] == [
        "Accepted", "Rejected: Budget", "Rejected: No reason given", "Rejected: “weather”",
    ]  # fmt: skip
    assert table["leads"].to_list()[:4] == [6, 2, 1, 1]
    app.selectbox(key="follow_up_answers").set_value("Bought × Rejected: Budget")
    app.run()
    assert not app.exception
    records = next(each.value for each in app.dataframe if "lead_id" in each.value)
    assert records["lead_id"].to_list() == ["L02", "L03"]
    app.query_params["follow_up_by"] = "Level"
    app.run()
    assert not app.exception, "a number of another question is left"
