"""Touches: whose earn nothing, and the keys that scans of them use."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import md5
from random import Random

from data.terms.touch import ChannelRule
from tests.metrics.facts import TERMS, DraftWarehouse, Facts, Row, account, touch
from tests.metrics.random_facts import random_facts


def at(day: int, hour: int = 9) -> datetime:
    return datetime(2026, 1, day, hour)


def _person(person_id: str, **more: object) -> Row:
    return {"person_id": person_id, **more}


def test_our_own_people_and_machines_earn_nothing(draft: DraftWarehouse) -> None:
    busy = tuple(
        touch(f"M{n}", at(3) + timedelta(minutes=n), None, visitor_id="robot") for n in range(4)
    )
    facts = Facts(
        account=(account("A1", "Acme"), account("A2", "We", domain="we.example")),
        person=(
            _person("p1", account_id="A1"),
            _person("p2", email_domain="We.example"),
            _person("p3", account_id="A2"),
        ),
        interaction=(
            *(touch(f"I{n}", at(n), who) for n, who in enumerate(("p1", "p2", "p3"), start=1)),
            *busy,
            touch("N1", at(4), None, visitor_id="robot"),
            touch("N2", at(3), None, visitor_id="guest"),
            *(touch(f"S{n}", at(3), None) for n in range(4)),
        ),
    )
    own = TERMS.touch.model_copy(update={"own_domains": ("WE.example",), "most_a_day": 3})
    terms = TERMS.model_copy(update={"touch": own})
    draft.hold(facts, terms)
    found = {row["interaction_id"]: row["reason"] for row in draft.table("touch_left_out")}
    assert found == {"I2": "own_staff", "I3": "own_staff"} | dict.fromkeys(
        (f"M{n}" for n in range(4)), "machine"
    )
    # The same visitor on another day, another one on that day, and visits of nobody in particular.
    kept = [row["interaction_id"] for row in draft.table("touch")]
    assert kept == ["I1", "N2", "S0", "S1", "S2", "S3", "N1"]
    assert [row["place"] for row in draft.table("touch")] == [1, 2, 3, 4, 5, 6, 7]


def test_keys_of_touches_tell_people_apart_and_carry_their_group(draft: DraftWarehouse) -> None:
    draft.hold(random_facts(2))
    touches = [row for row in draft.table("touch") if row["person_id"]]
    for kind in ("person", "account"):
        keys = {(row[f"{kind}_id"], row[f"{kind}_key"]) for row in touches if row[f"{kind}_id"]}
        assert len(keys) == len(dict(keys)) == len({key for _, key in keys}) > 10
        for name, key in keys:
            assert key % 256 == int(md5(f"{kind} {name}".encode()).hexdigest()[:2], 16)
        assert all(row[f"{kind}_key"] is None for row in touches if not row[f"{kind}_id"])


def test_what_a_session_came_by_holds_for_all_of_it(draft: DraftWarehouse) -> None:
    """Against a walk over the interactions in order of time, session by session."""
    random = Random(5)
    rows = [
        touch(
            f"I{number}",
            at(1 + random.randrange(2), random.randrange(24)),
            "p1",
            session_id=random.choice((None, *"abcdefghijkl")),
            channel=random.choice((*(None,) * 8, "Webinar")),
            campaign_id=random.choice((None, None, None, "C1", "C9")),
            utm_source=random.choice((None, "Google", "wechat")),
            utm_medium=random.choice((None, "CPC", "social")),
            action=random.choice(("form_submit", "email_sent")),  # which earns nothing, and tells
        )
        for number in range(90)
    ]
    facts = Facts(
        account=(account("A1", "Acme"),),
        person=(_person("p1", account_id="A1"),),
        campaign=({"campaign_id": "C1", "name": "Pumps", "channel": "Display"},),
        interaction=tuple(rows),
    )
    rules = (
        ChannelRule(name="Paid Search", source=("google",), medium=("cpc",)),
        ChannelRule(name="Social", medium=("social",)),
    )
    draft.hold(facts, TERMS.model_copy(update={"channel": rules}))
    told = ("channel", "campaign_id", "utm_source", "utm_medium")
    first: dict[object, Row] = {}
    for row in sorted(rows, key=lambda row: (row["occurred_at"], row["interaction_id"])):
        if any(row[name] for name in told):
            first.setdefault(row["session_id"], row)
    expected = {}
    for row in rows:
        if row["action"] != "form_submit":
            continue
        by = row if row["session_id"] is None else first[row["session_id"]]
        visit = (by["utm_source"] or "").lower(), (by["utm_medium"] or "").lower()
        by_rule = "Paid Search" if visit == ("google", "cpc") else None
        by_rule = "Social" if visit[1] == "social" else by_rule
        by_campaign = "Display" if by["campaign_id"] == "C1" else None
        expected[row["interaction_id"]] = (
            row["channel"] or by["channel"] or by_campaign or by_rule or "Unassigned",
            {"C1": "Pumps", "C9": "C9", None: "Unassigned"}[by["campaign_id"]],
        )
    found = {
        row["interaction_id"]: (row["channel"], row["campaign"]) for row in draft.table("touch")
    }
    assert found == expected
    assert len(set(expected.values())) > 5
