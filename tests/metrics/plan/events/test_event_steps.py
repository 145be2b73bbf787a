"""The steps of events: what a plain count over people says, and what cannot be known."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest

from data.sql import Query
from metrics.period import Period
from metrics.plan.events.steps import event_steps
from metrics.scope import Dimension, Filter, Scope, Viewer
from tests.metrics.facts import DraftWarehouse, Facts, Row, account, lead, opportunity, spend
from tests.metrics.plan.events.made_up import (
    EVENT_TERMS,
    START,
    STEPS,
    counted,
    did,
    random_events,
    tables_of,
)
from tests.metrics.scopes import asked

YEAR = Period(date(2026, 1, 1), date(2026, 12, 31))
SEEN = date(2026, 7, 19)

EMEA = (Filter(Dimension.REGION, ("EMEA",)),)
BY_MAIL = (Filter(Dimension.CHANNEL, ("Email",)),)
BY_MAIL_OR_WEB = (Filter(Dimension.CHANNEL, ("Email", "Webinar")),)

WAYS: tuple[tuple[Scope, Dimension | None], ...] = (
    (asked(YEAR, SEEN), None),
    (asked(YEAR, SEEN), Dimension.REGION),
    (asked(YEAR, date(2026, 4, 30)), None),
    (asked(Period(date(2026, 2, 1), date(2026, 3, 1)), SEEN), None),
    (asked(YEAR, SEEN, filters=BY_MAIL), Dimension.REGION),
    (asked(YEAR, SEEN, filters=BY_MAIL, viewer=Viewer("Ana", EMEA)), None),
    (asked(YEAR, SEEN, filters=(*BY_MAIL_OR_WEB, *EMEA)), Dimension.CHANNEL),
)


@pytest.fixture(scope="module")
def draft() -> DraftWarehouse:
    return DraftWarehouse()


def steps_of(draft: DraftWarehouse, scope: Scope, by: Dimension | None = None) -> list[Row]:
    return event_steps(draft, scope, by).rows(named=True)


@pytest.mark.parametrize("seed", range(4))
def test_the_steps_are_those_of_a_count_over_people(draft: DraftWarehouse, seed: int) -> None:
    draft.hold(random_events(seed), EVENT_TERMS)
    tables = tables_of(draft)
    for scope, by in WAYS:
        found = steps_of(draft, scope, by)
        reasons = [row.pop("unknown") for row in found]
        assert found == counted(tables, scope, by)
        for row, reason in zip(found, reasons, strict=True):
            # Every step that is unknown has its reason, and no other has one.
            named = [
                name
                for name in STEPS
                if name.replace("_", " ").capitalize() + ":" in (reason or "")
            ]
            assert named == [name for name in STEPS if row[name] is None]


def test_people_of_all_segments_add_up_and_no_step_has_more_than_the_one_before(
    draft: DraftWarehouse,
) -> None:
    draft.hold(random_events(9), EVENT_TERMS)
    scope = asked(YEAR, SEEN)
    whole, parts = (
        event_steps(draft, scope, by)
        .group_by("campaign_id", "method")
        .agg(pl.col(STEPS).sum())
        .sort("campaign_id", "method")
        for by in (None, Dimension.REGION)
    )
    assert whole.equals(parts)
    for row in steps_of(draft, scope):
        known = [row[name] for name in STEPS if row[name] is not None]
        assert known == sorted(known, reverse=True)


def fair() -> Facts:
    """A fair in March with a list, and one in April of which only badges were scanned."""
    done = [
        did(1, 10, "p1", "email_sent", "F1"),
        did(2, 10, "p1", "email_delivered", "F1"),
        did(3, 11, "p1", "email_open", "F1"),
        did(4, 12, "p1", "event_registered", "F1"),
        did(5, 70, "p1", "event_attended", "F1"),
        did(6, 70.1, "p1", "booth_visited", "F1"),
        did(7, 10, "p2", "email_sent", "F1"),
        did(8, 10, "p2", "email_bounce", "F1"),
        did(9, 15, "p2", "call_wrong_number", "F1"),
        did(10, 15, "p3", "call_no_answer", "F1"),
        did(11, 16, "p3", "call_connected", "F1"),
        did(12, 70, "p3", "event_attended", "F1"),  # came without registering
        did(13, 70, "p4", "event_attended", "F1"),  # was not on the list
        did(14, 10, "p5", "email_sent", "F1"),
        did(15, 10, "p5", "email_delivered", "F1"),
        did(16, 100, "p6", "event_attended", "F2"),
        did(17, 100, "p1", "event_attended", "F2"),
    ]
    return Facts(
        account=(account("A1", "Birch"), account("A2", "Cedar")),
        campaign=(
            {"campaign_id": "F1", "name": "Spring fair", "kind": "Fair",
             "starts_on": date(2026, 3, 1), "ends_on": date(2026, 3, 14)},
            {"campaign_id": "F2", "name": "Easter fair", "kind": "Fair"},
        ),
        campaign_spend=(spend("F1", date(2026, 3, 1), "900"), spend("F2", date(2026, 4, 1), "100")),
        person=tuple({"person_id": f"p{n}", "account_id": "A1" if n in (3, 4) else "A2"}
                     for n in range(1, 7)),
        lead=(lead("L1", START, person_id="p1", account_id="A2"),),
        opportunity=(
            opportunity("O1", START + timedelta(days=75), primary_lead_id="L1", account_id="A2"),
            opportunity("O2", START + timedelta(days=160), account_id="A1"),  # the 90th day
            opportunity("O3", START + timedelta(days=161), account_id="A1"),
        ),
        interaction=tuple(done),
    )  # fmt: skip


def test_another_value_of_a_filter_is_another_sum_of_the_same_rows(
    draft: DraftWarehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft.hold(random_events(5), EVENT_TERMS)
    questions = []
    query = draft.query

    def noted(question: Query) -> pl.DataFrame:
        questions.append((question.values, question.render()))
        return query(question)

    monkeypatch.setattr(draft, "query", noted)
    found = [
        steps_of(draft, asked(YEAR, SEEN, filters=(Filter(Dimension.CHANNEL, (channel,)),)))
        for channel in ("Email", "Webinar")
    ]
    assert found[0] != found[1]
    assert questions[0] == questions[1]


def test_a_fair_counted_by_hand(draft: DraftWarehouse) -> None:
    draft.hold(fair(), EVENT_TERMS)
    found = steps_of(draft, asked(YEAR, date(2026, 10, 1)))
    steps = {
        (row["campaign_id"], row["method"]): tuple(row[name] for name in STEPS) for row in found
    }
    # O2 goes to the first of its account who came; p3 and p4 came at once, so by name.
    assert steps == {
        ("F1", "email"): (2, 2, 1, 1, 1, 1, 1),
        ("F1", "both"): (1, 0, 0, 0, 0, 0, 0),
        ("F1", "call"): (1, 1, 1, 1, 1, 1, 1),
        ("F1", "uninvited"): (None, None, None, 1, 1, 0, 0),
        ("F2", "unknown"): (None, None, None, None, 2, 0, 0),
    }
    calls = {
        row["method"]: (row["mails"], row["calls"]) for row in found if row["cost_amount"] == 900
    }
    assert calls["both"] == (1, 1)
    assert calls["call"] == (0, 2)
    (easter,) = (row for row in found if row["campaign_id"] == "F2")
    assert easter["cost_amount"] == 100
    assert easter["unknown"] == (
        "Listed: no e-mail sent and no call is recorded;"
        " Valid contact: no e-mail sent and no call is recorded; Reached: not recorded;"
        " Registered: no registration is recorded"
    )


def test_what_is_too_young_to_tell_is_unknown_and_not_zero(draft: DraftWarehouse) -> None:
    draft.hold(fair(), EVENT_TERMS)
    days = {"high_value": 30, "opportunity": 90}
    for name, needed in days.items():
        for late, known in ((needed - 1, False), (needed, True)):
            scope = asked(YEAR, date(2026, 3, 14) + timedelta(days=late))
            rows = [row for row in steps_of(draft, scope) if row["campaign_id"] == "F1"]
            assert [row[name] is not None for row in rows] == [known] * len(rows)


def test_registrations_of_a_running_event_say_nothing_of_attendance(draft: DraftWarehouse) -> None:
    draft.hold(fair(), EVENT_TERMS)
    rows = steps_of(draft, asked(YEAR, date(2026, 2, 20)))
    assert {row["is_running"] for row in rows} == {True}
    (by_mail,) = (row for row in rows if row["method"] == "email")
    assert (by_mail["registered"], by_mail["attended"]) == (1, None)
    assert "Attended: has not taken place" in by_mail["unknown"]


def test_without_leads_events_are_known_all_the_same(draft: DraftWarehouse) -> None:
    facts = fair()
    draft.hold(Facts(campaign=facts.campaign, interaction=facts.interaction), EVENT_TERMS)
    rows = steps_of(draft, asked(YEAR, date(2026, 10, 1)))
    assert sum(row["attended"] for row in rows) == 5
    assert {row["opportunity"] for row in rows} == {None}
    assert all("Opportunity: no opportunity is loaded" in row["unknown"] for row in rows)


def test_without_anyone_it_could_have_followed_an_opportunity_is_unknown(
    draft: DraftWarehouse,
) -> None:
    rows = (did(1, 10, "p1", "email_sent", "E"), did(2, 10, "p1", "email_bounce", "E"))
    deal = opportunity("O1", START + timedelta(days=20), account_id="A1")
    draft.hold(Facts(interaction=rows, opportunity=(deal,)), EVENT_TERMS)
    (found,) = steps_of(draft, asked(YEAR, SEEN))
    assert (found["valid_contact"], found["reached"], found["opportunity"]) == (0, None, None)
    assert "Opportunity: whom it would have followed is not recorded" in found["unknown"]


@pytest.mark.parametrize(
    ("done", "valid"),
    [
        (("email_sent", "email_bounce"), 0),
        (("email_sent", "email_sent", "email_bounce"), 1),  # one of two arrived
        (("email_sent", "email_bounce", "call_voicemail"), 1),
        (("email_sent", "email_bounce", "event_attended"), 1),
        (("call_wrong_number",), 0),
        (("call_wrong_number", "call_no_answer"), 1),
    ],
)
def test_a_contact_is_valid_when_something_may_have_arrived(
    draft: DraftWarehouse, done: tuple[str, ...], valid: int
) -> None:
    rows = tuple(did(number, 10 + number, "p1", each, "E") for number, each in enumerate(done))
    draft.hold(Facts(interaction=rows, lead=(lead("L1", START),)), EVENT_TERMS)
    (found,) = steps_of(draft, asked(YEAR, SEEN))
    assert (found["listed"], found["valid_contact"]) == (1, valid)


def test_without_events_there_is_no_row(draft: DraftWarehouse) -> None:
    draft.hold(Facts(lead=(lead("L1", START),)), EVENT_TERMS)
    assert steps_of(draft, asked(YEAR, SEEN)) == []
