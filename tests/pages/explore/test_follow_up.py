"""Velocity and follow-up: its numbers are the metrics', and what is missing is said."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

from data.engine.draft import Draft
from data.engine.warehouse import open_current
from data.storage.store import Store
from metrics.follow_up.effect import response_effect
from metrics.follow_up.feedback import feedback_reasons, feedback_reasons_by
from metrics.follow_up.grouping import Doer, GroupBy
from metrics.follow_up.mql_records import mql_records
from metrics.follow_up.response_times import response_times
from metrics.follow_up.sales_answers import sales_answers
from metrics.follow_up.states import follow_up_states
from metrics.period import Period
from metrics.scope import Dimension, Scope
from pages.charts.dispatching.states import state_bars
from pages.explore.answering.accepted import answer_words, answers_counted
from pages.explore.answering.feedback import reasons_counted
from pages.explore.answering.parts import PARTS
from pages.explore.answering.responses import ALL, STATE_OF, STATES, TIME_OF, TIMED, TIMES
from tests.metrics.facts import (
    TERMS,
    DraftWarehouse,
    Facts,
    account,
    change,
    fill,
    given,
    lead,
    next_action,
)
from tests.metrics.random_facts import random_facts
from tests.metrics.scopes import asked as asked_for
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
        assert all("No file says to whom leads were given" in each.value for each in app.error), (
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
    app.selectbox(key="follow_up_answers").set_value("Bought")
    app.selectbox(key="follow_up_answers_as").set_value("Rejected: Budget")
    app.run()
    assert not app.exception
    records = next(each.value for each in app.dataframe if "lead_id" in each.value)
    assert records["lead_id"].to_list() == ["L02", "L03"]
    app.query_params["follow_up_by"] = "Level"
    app.run()
    assert not app.exception, "a number of another question is left"


@pytest.mark.parametrize("by", [Dimension.CHANNEL, Dimension.OWNER, Doer.TEAM])
def test_every_number_has_as_many_mqls_behind_it(by: GroupBy) -> None:
    seen = date(2025, 6, 30)
    scope = asked_for(Period(date(2023, 1, 1), date(2027, 12, 31)), seen)
    held = DraftWarehouse().hold(random_facts(4))
    records = mql_records(held, scope)

    def behind(segment: str, counted: pl.Expr) -> int:
        return records.filter(pl.col(by.value) == segment, counted).height

    for row in follow_up_states(held, scope, by).rows(named=True):
        assert behind(row["segment"], STATES[ALL]) == row["handed_over"]
        for column, label in STATE_OF.items():
            if not column.endswith("_rate"):
                assert behind(row["segment"], STATES[label]) == row[column], column
    for bar in state_bars(follow_up_states(held, scope, by)).data:
        for (segment, state), many in zip(bar.customdata, bar.x, strict=True):
            assert behind(segment, STATES[state]) == many, "a part of a bar opens its MQLs"
    for row in response_times(held, scope, by).rows(named=True):
        assert behind(row["segment"], TIMES[TIMED]) == row["mqls"]
        for column, label in TIME_OF.items():
            assert behind(row["segment"], TIMES[label]) == row[column], column
    answers = sales_answers(held, scope, by).with_columns(said=answer_words())
    counted = answers_counted(answers)
    for row in answers.rows(named=True):
        assert behind(row["segment"], counted[row["said"]]) == row["leads"]
    reasons = reasons_counted(feedback_reasons(held, scope))
    found = feedback_reasons_by(held, scope, by)
    assert len(found)
    for row in found.rows(named=True):
        said = row["reason"] if row["is_known"] else f"“{row['reason']}”"
        assert behind(row[by.value], reasons[said]) == row["leads"]


@pytest.mark.parametrize(
    ("part", "key", "counted", "expected"),
    [
        ("In time", "follow_up_state_mqls", "In time", ["L1"]),
        ("Response times", "follow_up_time_mqls", "Without", ["L2"]),
        ("Reasons", "feedback_segment_mqls", "Budget", ["L1"]),
    ],
)
def test_a_number_of_a_segment_opens_its_mqls(
    cockpit: Cockpit, tmp_path: Path, part: str, key: str, counted: str, expected: list[str]
) -> None:
    came, at = datetime(2026, 3, 2, 9), datetime(2026, 3, 3, 10)
    facts = Facts(
        lead=tuple(lead(name, came, owner="Ana") for name in ("L1", "L2")),
        stage_change=tuple(change("lead", name, "mql", at) for name in ("L1", "L2")),
        action=(next_action("T1", "L1", "Call", None, done_at=at, reason="budget"),),
        as_of=datetime(2026, 3, 20),
    )
    store = tmp_path / "store"
    with Store(store).writing() as file, Draft.open(file) as draft:
        fill(draft, facts, TERMS)
    chosen = {key: "Ana", f"{key}_as": counted, "follow_up_by": "Owner"}
    app = cockpit(store, PAGE, start="2026-03-01", end="2026-03-31", follow_up_part=part, **chosen)
    assert not app.exception
    records = next(each.value for each in app.dataframe if "lead_id" in each.value)
    assert records["lead_id"].to_list() == expected
