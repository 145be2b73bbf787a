"""Consent, opting out, bad contacts and mailings against plain Python."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from metrics.period import Period
from metrics.reach.bad_contacts import BROUGHT_BY, bad_contact_records, bad_contacts
from metrics.reach.contactable import contactable
from metrics.reach.mail_funnel import STEPS, mail_funnel
from metrics.reach.opted_out import opt_out_breaches, suppressed
from tests.metrics.facts import Row
from tests.metrics.reach.conftest import Asked
from tests.metrics.reach.reach_facts import REACH
from tests.metrics.reach.reach_oracle import Reach

KINDS = {"Email": "email", "Phone": "phone", "WeChat": "wechat"}


def _reason(oracle: Reach, person: str, way: str, purpose: str) -> str:
    if any(row.get("do_not_contact") for row in oracle.records(person)):
        return "do not contact"
    said = oracle.state(person, way, purpose, oracle.end)
    address = oracle.address(person, KINDS[way])
    if said is not None and said[1] == "withdrawn":
        return "withdrawn"
    if address == "bad":
        return "bad address"
    if said is None:
        return "nothing said"
    return "granted" if address == "good" else "no address known"


def test_who_may_be_contacted_is_as_in_plain_python(each: Asked) -> None:
    oracle = each.oracle
    purposes = {"all", *(row["purpose"].lower() for row in each.facts.consent_event)}
    counted = Counter(
        (way, purpose, _reason(oracle, person, way, purpose))
        for person in oracle.people
        for way in KINDS
        for purpose in purposes
    )
    rows = contactable(each.warehouse, each.scope, REACH).rows(named=True)
    assert len(rows) == 3 * len(purposes) * 6
    for row in rows:
        assert row["people"] == counted[row["way"], row["purpose"], row["reason"]], row
        assert row["of_people"] == len(oracle.people)
    assert [row["way"] for row in rows[:: 6 * len(purposes)]] == ["Email", "Phone", "WeChat"]
    if not each.scope.filters:
        assert {row["reason"] for row in rows if row["people"]} == {row["reason"] for row in rows}


def _breaches(oracle: Reach) -> dict[str, tuple[str, datetime | None]]:
    """Way and moment of opting out by contact; of a promotion also from marketing."""
    found = {}
    for contact in oracle.contacts:
        is_promotion = contact.channel != "Outbound Sales" and oracle.campaign_of(contact)
        purpose = "marketing" if is_promotion else "all"
        said = oracle.state(contact.person, contact.way, purpose, contact.at, dated=True)
        if said is not None and said[1] == "withdrawn":
            found[contact.key] = (contact.way, said[0])
    return found


def _of_every_purpose(each: Asked, *purposes: str) -> Reach:
    """The oracle without statements on other purposes."""
    events = tuple(row for row in each.facts.consent_event if row["purpose"].lower() in purposes)
    facts = replace(each.facts, consent_event=events)
    return Reach(facts, REACH, each.scope, each.oracle.only)


def test_breaches_are_those_of_the_oracle(each: Asked) -> None:
    oracle = _of_every_purpose(each, "all", "marketing")
    expected = _breaches(oracle)
    if not each.scope.filters:
        assert expected != _breaches(_of_every_purpose(each, "all"))
    found = opt_out_breaches(each.warehouse, each.scope, REACH)
    assert {row["contact_id"]: (row["way"], row["opted_out_at"]) for row in found.to_dicts()} == (
        expected
    )
    assert found["contact_at"].is_sorted(descending=True)
    oracle = _of_every_purpose(each, "all")
    rows = suppressed(each.warehouse, each.scope, REACH).rows(named=True)
    assert sum(row["contacts_after"] for row in rows) == len(expected) > 3
    assert sum(row["contacts"] for row in rows) == len(oracle.contacts)
    for row in rows:
        way = row["way"]
        out = {
            person: said
            for person in oracle.people
            if (said := oracle.state(person, way, "all", oracle.end)) and said[1] == "withdrawn"
        }
        kind = KINDS.get(way)
        assert row["people"] == len(oracle.people)
        assert row["suppressed"] == sum(
            any(one.get("do_not_contact") for one in oracle.records(person))
            for person in oracle.people
        )
        assert row["opted_out"] == len(out)
        assert row["opted_out_in_period"] == sum(
            moment is not None and moment >= oracle.start for moment, _ in out.values()
        )
        assert row["bad_address"] == sum(
            kind is not None and oracle.address(person, kind) == "bad" for person in oracle.people
        )
        mine = [one for one in oracle.contacts if one.key in expected and one.way == way]
        assert row["people_contacted_after"] == len({one.person for one in mine})
    assert {row["way"] for row in rows} == {*KINDS, "Other"}


def test_bad_contacts_are_those_of_the_oracle(each: Asked) -> None:
    period = Period(date(2024, 1, 1), each.scope.period.end)
    scope, oracle = replace(each.scope, period=period), each.oracle
    files = {row["lead_id"]: row["entered_file"] for row in each.warehouse.table("lead_quality")}
    journeys = [
        {**row, "entered_file": files[row["lead_id"]]}
        for row in each.warehouse.table("journey")
        if row["episode"] == 1 and row["lead_on"] and period.start <= row["lead_on"] <= period.end
    ]
    asked_of = [row for row in journeys if not each.scope.filters or row["owner"] == "Ana"]
    per_channel = Counter(row["channel"] for row in journeys)
    spent: dict[str, float] = defaultdict(float)
    for priced in oracle.world.spends:
        if period.start <= priced.spend_on <= period.end:
            spent[priced.segments["channel"]] += float(priced.amount or 0)
    rows = bad_contacts(each.warehouse, scope, REACH).rows(named=True)
    assert each.scope.filters or any(row["unreachable"] and row["cost"] for row in rows)
    for kind, column in BROUGHT_BY.items():
        mine = {row["value"]: row for row in rows if row["brought_by"] == kind}
        assert set(mine) == {row[column] for row in asked_of}
        for value, row in mine.items():
            leads = [one for one in asked_of if one[column] == value]
            known = [(one, _known(oracle, one["person_id"])) for one in leads]
            judged = [one for one, told in known if told != {None}]
            bad = [one for one, told in known if "bad" in told]
            assert row["unreachable"] == sum("bad" in t and "good" not in t for _, t in known)
            assert (row["leads"], row["judged"], row["bad"]) == (len(leads), len(judged), len(bad))
            if bad and kind in ("file", "owner"):
                found = bad_contact_records(
                    each.warehouse, scope, REACH, kind, value, limit=len(bad) + 5
                )
                assert set(found["lead_id"]) == {one["lead_id"] for one in bad}
                assert found["is_unreachable"].sum() == row["unreachable"]
            if all(one["channel"] in spent for one in bad):
                cost = sum(spent[one["channel"]] / per_channel[one["channel"]] for one in bad)
                assert row["cost"] == pytest.approx(cost)
            else:
                assert row["cost"] is None
    months = [row for row in rows if row["brought_by"] == "month"]
    assert sum(row["leads"] for row in months) == len(asked_of)
    assert [row["value"] for row in months] == sorted(row["value"] for row in months)


def _known(oracle: Reach, person: str | None) -> set[str | None]:
    """What is known of somebody's mailbox and phone; of who has no record nothing."""
    if person is None or not oracle.records(person):
        return {None}
    return {oracle.known(person, "email"), oracle.known(person, "phone")}


def test_the_mail_funnel_is_that_of_the_oracle(each: Asked) -> None:
    oracle, mail = each.oracle, REACH.reach.mail
    kinds = (*mail.sent, *mail.delivered, *mail.bounced, *mail.opened, *mail.clicked)
    mails: dict[tuple[str, str | None], list[Row]] = defaultdict(list)
    for row in each.facts.interaction:
        if row["action"] in kinds and oracle.counts(row) and row["occurred_at"] < oracle.seen:
            key = (oracle.world.person(row["person_id"]) or "", row.get("campaign_id"))
            mails[key].append(row)
    reached: dict[str, list[str]] = defaultdict(list)
    for (person, _), rows in mails.items():
        if not oracle.within(min(row["occurred_at"] for row in rows)):
            continue
        done = {str(row["action"]) for row in rows}
        clicked = "email_click" in done
        opened = clicked or "email_open" in done
        came = opened or "email_delivered" in done or (
            "email_sent" in done and "email_bounce" not in done
        )  # fmt: skip
        form_on = _form_after(oracle, person, rows) if clicked else None
        leads = [
            row["lead_on"]
            for row in each.warehouse.table("journey")
            if row["person_id"] == person and row["episode"] == 1 and row["lead_on"]
        ]
        has_lead = form_on is not None and any(
            form_on <= day <= form_on + timedelta(days=7) for day in leads
        )
        steps = {
            "sent": True, "delivered": came, "opened": opened, "clicked": clicked,
            "form": form_on is not None, "lead": has_lead,
        }  # fmt: skip
        for step, is_there in steps.items():
            reached[step] += [person] * is_there
    found = mail_funnel(each.warehouse, each.scope, REACH).rows(named=True)
    assert [row["step"] for row in found] == [*STEPS]
    for row in found:
        people = reached[row["step"]]
        assert (row["mails"], row["people"]) == (len(people), len(set(people)))
        assert row["is_logged"]
    counts = [row["mails"] for row in found]
    assert counts == sorted(counts, reverse=True)
    if not each.scope.filters:
        assert counts[0] > counts[1] > counts[2] > counts[3] > counts[4] > 0


def _form_after(oracle: Reach, person: str, rows: list[Row]) -> date | None:
    clicked = min(row["occurred_at"] for row in rows if row["action"] == "email_click")
    days = [
        row["occurred_at"].date()
        for row in oracle.touches
        if row["action"] == "form_submit"
        and oracle.world.person(row["person_id"]) == person
        and clicked <= row["occurred_at"] < oracle.seen
        and row["occurred_at"].date() - clicked.date() <= timedelta(days=7)
    ]
    return min(days, default=None)
