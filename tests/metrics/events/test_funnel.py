"""The funnel of events, its losses and segments: against people one by one, and by hand."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest

from metrics.events.compared import events_compared
from metrics.events.costs import event_costs
from metrics.events.follow_up import event_follow_up
from metrics.events.funnel import event_funnel, event_losses
from metrics.events.likes import event_likes
from metrics.events.registrations import registration_outlook
from metrics.events.segments import event_segments
from metrics.events.words import coming_words, funnel_words, start_words
from metrics.horizon import dimension_values
from metrics.period import Period
from metrics.plan.events.steps import event_steps
from metrics.scope import Dimension, Filter, Scope, Viewer
from tests.metrics.events.attendees import STEPS, attendees, funnel_of, losses_of
from tests.metrics.events.conftest import BEGINS, SEEN, YEAR, Company
from tests.metrics.facts import DraftWarehouse, Facts, Row, lead
from tests.metrics.plan.events.made_up import EVENT_TERMS, START, did
from tests.metrics.scopes import asked

EMEA = (Filter(Dimension.REGION, ("EMEA",)),)
COUNTS = ("people", "previous", "lost", "open", "joined")

WAYS = (
    asked(YEAR, SEEN),
    asked(YEAR, date(2026, 4, 30), filters=EMEA),
    asked(YEAR, SEEN, viewer=Viewer("Ana", EMEA)),
)


def counts(rows: pl.DataFrame, *keys: str) -> dict[tuple[str, ...], Row]:
    names = (*COUNTS, "previous_step")
    return {
        tuple(row[name] for name in keys): {name: row[name] for name in names}
        for row in rows.rows(named=True)
    }


@pytest.mark.parametrize("scope", WAYS)
def test_counts_and_losses_are_those_of_people_one_by_one(
    companies: list[Company], scope: Scope
) -> None:
    reasons = set()
    for company in companies:
        found = attendees(company.tables, company.facts, scope, None)
        funnel = event_funnel(company.warehouse, scope)
        assert counts(funnel, "campaign_id", "step") == funnel_of(found)
        losses = event_losses(company.warehouse, scope)
        by_reason = {
            (row["campaign_id"], row["step"], row["reason"]): row["people"]
            for row in losses.rows(named=True)
        }
        assert by_reason == losses_of(found)
        reasons |= set(losses["reason"])
    assert len(reasons) > 8


def test_segments_are_those_of_people_one_by_one(companies: list[Company]) -> None:
    company = companies[0]
    for by in (None, Dimension.REGION):
        found = attendees(company.tables, company.facts, company.scope, by)
        rows = event_segments(company.warehouse, company.scope, by)
        expected = funnel_of(found, "segment" if by else "method")
        assert counts(rows, "campaign_id", "segment", "step") == expected
        assert rows["dimension"].unique().to_list() == ["region" if by else "method"]


def test_what_is_true_of_any_events(companies: list[Company]) -> None:
    for company in companies[1:]:
        funnel = event_funnel(company.warehouse, company.scope)
        known = funnel.drop_nulls("previous")
        after = known["people"] + known["lost"] + known["open"]
        assert (known["previous"] + known["joined"]).equals(after, check_names=False)
        # The losses of a step are those of its reasons.
        losses = event_losses(company.warehouse, company.scope)
        by_step = losses.group_by("campaign_id", "step").agg(pl.col("people").sum())
        both = funnel.filter(pl.col("lost") > 0).join(by_step, on=["campaign_id", "step"])
        assert len(both) == len(by_step) > 0
        assert (both["lost"] == both["people_right"]).all()
        # The planner of events counts the same people.
        planned = event_steps(company.warehouse, company.scope, None)
        for step in STEPS[:-1]:
            sums = dict(planned.group_by("campaign_id").agg(pl.col(step).sum()).iter_rows())
            rows = funnel.filter(pl.col("step") == step, pl.col("people").is_not_null())
            assert {row["campaign_id"]: row["people"] for row in rows.rows(named=True)} == {
                each: sums[each] for each in rows["campaign_id"]
            }
        _segments_add_up(company, funnel)
        _narrower_is_never_more(company, funnel)


def _segments_add_up(company: Company, funnel: pl.DataFrame) -> None:
    for by in (None, Dimension.CHANNEL):
        rows = event_segments(company.warehouse, company.scope, by)
        names = ("people",) if by is None else COUNTS
        sums = rows.group_by("campaign_id", "step").agg(pl.col(names).sum())
        known = funnel.drop_nulls("people").select("campaign_id", "step", *names)
        both = known.join(sums, on=["campaign_id", "step"])
        assert len(both) == len(known) > 0
        for name in names:
            assert (both[name].fill_null(0) == both[f"{name}_right"]).all(), (by, name)


def _narrower_is_never_more(company: Company, funnel: pl.DataFrame) -> None:
    narrow = asked(YEAR, SEEN, filters=EMEA)
    part = event_funnel(company.warehouse, narrow)
    both = part.join(funnel, on=["campaign_id", "step"]).drop_nulls(["people", "people_right"])
    assert (both["people"] <= both["people_right"]).all()
    assert both["people"].sum() < both["people_right"].sum()


def test_a_filter_on_tags_takes_whoever_has_one_of_them(companies: list[Company]) -> None:
    warehouse = companies[1].warehouse
    of_any = {
        each: event_funnel(
            warehouse,
            asked(
                YEAR,
                SEEN,
                filters=(Filter(each, tuple(dimension_values(warehouse, each, Viewer()))),),
            ),
        )
        for each in (Dimension.TAGS, Dimension.REGION)
    }
    assert of_any[Dimension.TAGS].equals(of_any[Dimension.REGION])
    tags = dimension_values(warehouse, Dimension.TAGS, Viewer())
    assert len(tags) > 1
    one = event_funnel(warehouse, asked(YEAR, SEEN, filters=(Filter(Dimension.TAGS, (tags[0],)),)))
    assert 0 < one["people"].sum() < of_any[Dimension.TAGS]["people"].sum()


def steps_of(rows: pl.DataFrame, event: str, *names: str) -> dict[str, tuple[object, ...]]:
    of_event = rows.filter(campaign_id=event)
    return {row["step"]: tuple(row[name] for name in names) for row in of_event.rows(named=True)}


def test_a_fair_counted_by_hand(by_hand: DraftWarehouse) -> None:
    scope = asked(YEAR, date(2026, 10, 1))
    found = steps_of(event_funnel(by_hand, scope), "F1", *COUNTS)
    # p1 and p5 by e-mail, p2 by both in vain, p3 by call; p4 was not on the list. The fair knows
    # nobody who was written to and called without bouncing, so each step is known of everyone.
    assert found == {
        "listed": (4, None, 0, 0, 0),
        "valid_contact": (3, 4, 1, 0, 0),
        "reached": (2, 3, 1, 0, 0),
        "registered": (3, 2, 0, 0, 1),
        "attended": (3, 3, 0, 0, 0),
        "high_value": (2, 3, 1, 0, 0),
        "opportunity": (2, 2, 0, 0, 0),
        "won": (0, 2, 0, 2, 0),
    }
    losses = event_losses(by_hand, scope).filter(campaign_id="F1")
    assert losses.select("step", "reason", "people", "share").rows() == [
        ("valid_contact", "e-mail bounced", 1, 1.0),
        ("reached", "did not open the e-mail", 1, 1.0),
        ("high_value", "did nothing more", 1, 1.0),
    ]


def test_an_event_without_a_list_says_where_its_funnel_starts(by_hand: DraftWarehouse) -> None:
    scope = asked(YEAR, date(2026, 3, 1))
    funnel, losses = (
        metric(by_hand, scope).filter(campaign_id="S") for metric in (event_funnel, event_losses)
    )
    assert funnel.drop_nulls("people")["step"][0] == "registered"
    assert start_words(funnel).startswith(
        "The funnel starts at registered, because the event has no list: no e-mail sent and no call"
        " is recorded. Load the e-mails or calls"
    )
    assert funnel_words(funnel, losses) == (
        "5 registered, 3 came, and 1 did something of high value. Most are lost before attended: 2,"
        " mainly: registered, did not come (2)."
    )
    assert start_words(event_funnel(by_hand, scope).filter(campaign_id="F1")) == ""


@pytest.mark.parametrize("days", [42, 12])
def test_an_event_to_come_loses_nobody_who_may_still_come(
    by_hand: DraftWarehouse, days: int
) -> None:
    seen = BEGINS - timedelta(days=days)
    scope = asked(YEAR, seen)
    funnel, losses = (
        metric(by_hand, scope).filter(campaign_id="C") for metric in (event_funnel, event_losses)
    )
    found = steps_of(funnel, "C", *COUNTS)
    assert found["listed"] == (10, None, 0, 0, 0)
    assert found["valid_contact"] == (9, 10, 1, 0, 0)
    assert found["registered"] == (3, 9, 0, 6, 0)
    assert found["attended"] == (None,) * 5
    assert steps_of(funnel, "C", "because")["attended"] == ("has not taken place",)
    assert losses.select("step", "reason", "people").rows() == [
        ("valid_contact", "e-mail bounced", 1)
    ]
    assert coming_words(funnel, seen).startswith(f"It begins in {days} days: nobody can have come")
    assert "6 may still go on, and are not counted as lost." in funnel_words(funnel, losses)


def test_an_event_to_come_is_of_a_period_that_reaches_today(by_hand: DraftWarehouse) -> None:
    seen = BEGINS - timedelta(days=12)
    of = {
        end: set(event_funnel(by_hand, asked(Period(YEAR.start, end), seen))["campaign_id"])
        for end in (seen, date(2026, 1, 25))
    }
    assert "C" in of[seen]
    assert "C" not in of[date(2026, 1, 25)]


def test_reasons_of_deals_and_leads_are_those_recorded(by_hand: DraftWarehouse) -> None:
    losses = event_losses(by_hand, asked(YEAR, SEEN)).filter(kind="Dinner")
    found: dict[str, dict[str, list[str]]] = {}
    for row in losses.rows(named=True):
        found.setdefault(row["campaign_id"], {}).setdefault(row["step"], []).append(row["reason"])
    before = ["lead left: No budget", "no lead exists"]
    assert found == {
        "D1": {"opportunity": before, "won": ["deal lost: 价格"]},
        "D2": {"opportunity": before, "won": ["unknown"]},
        "D3": {"opportunity": before},
        "D4": {"opportunity": before},
    }
    funnel = event_funnel(by_hand, asked(YEAR, SEEN)).filter(kind="Dinner", step="won")
    assert funnel.sort("campaign_id")["people"].to_list() == [0, 0, 1, 0]
    assert funnel.sort("campaign_id")["open"].to_list() == [0, 0, 0, 1]
    assert funnel.sort("campaign_id")["rate"].to_list() == [0, 0, 1, None]


def test_a_refusal_counts_by_when_and_what_it_was_about(by_hand: DraftWarehouse) -> None:
    losses = event_losses(by_hand, asked(YEAR, SEEN)).filter(campaign_id="R")
    found = {(row["step"], row["reason"]): row["people"] for row in losses.rows(named=True)}
    assert found == {
        ("valid_contact", "invalid address"): 1,
        ("valid_contact", "not delivered"): 1,
        # off, gone, email and snapshot
        ("reached", "unsubscribed"): 4,
        ("reached", "must not be contacted"): 1,
        # back, late, wechat, news, phone and undated
        ("reached", "did not open the e-mail"): 6,
        ("high_value", "did nothing more"): 1,
    }


def test_of_nobody_there_is_no_row() -> None:
    draft = DraftWarehouse().hold(Facts(lead=(lead("L1", START),)), EVENT_TERMS)
    for metric in (
        event_losses, event_likes, events_compared, event_costs, event_follow_up,
        registration_outlook,
    ):  # fmt: skip
        assert metric(draft, asked(YEAR, SEEN)).is_empty()


def test_one_person_of_an_event_that_nobody_declared() -> None:
    one = Facts(interaction=(did(1, 10, "p1", "event_attended", "姓名 E"),))
    draft = DraftWarehouse().hold(one, EVENT_TERMS)
    row = event_funnel(draft, asked(YEAR, SEEN)).drop_nulls("people").row(0, named=True)
    assert (row["campaign"], row["step"], row["people"]) == ("姓名 E", "attended", 1)
