"""Uses of content: who met which asset on which day, by hand and against plain Python."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from tests.metrics.content.use_oracle import stage_days_of, uses_of
from tests.metrics.facts import TERMS, DraftWarehouse, Facts, Row, change, lead, terms, touch
from tests.metrics.random_facts import random_facts


def at(month: int, day: int, hour: int = 9, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour)


FACTS = Facts(
    person=(
        {"person_id": "p1", "persona": "Buyer"},
        {"person_id": "p2"},
        {"person_id": "p3", "email_domain": "we.example"},
    ),
    content=(
        {"content_id": "T1", "title": "White Paper", "kind": "Paper", "persona": "Buyer"},
        {"content_id": "T2", "published_on": date(2026, 1, 1)},
    ),
    interaction=(
        touch("I1", at(1, 5, 8), "p1", action="ad_click"),
        touch("I2", at(1, 5), "p1", content_id="name:white paper"),
        touch("I3", at(1, 5, 10), "p1", content_id="T1", action="email_sent"),
        touch("I4", at(4, 5), "p1", content_id="T1", action="ad_click"),
        touch("I5", at(1, 5), "p1", content_id="T1", channel="Email"),
        touch("I6", at(2, 5), "p2", content_id="T3", action="email_sent"),
        touch("I7", at(2, 5), None, content_id="T1", visitor_id="V1"),
        touch("I8", at(2, 5), None, content_id="T1"),  # of nobody
        touch("I9", at(2, 5), "p3", content_id="T1"),  # our own
        touch("I10", at(2, 5), "p3", content_id="T1", action="email_sent"),
    ),
    lead=(
        lead("L1", at(1, 20), person_id="p1", grade="A"),
        lead("L2", at(1, 20), person_id="p1", grade="C", tier="high value"),
        lead("L3", at(1, 20), person_id="p2", grade="C"),
    ),
    stage_change=(change("lead", "L1", "mql", at(4, 5)),),
)
OWN = TERMS.model_copy(
    update={"touch": TERMS.touch.model_copy(update={"own_domains": ("we.example",)})}
)


KEY = ("content_id", "person_id", "used_on", "channel", "campaign")


def _told(row: Row) -> tuple[object, ...]:
    names = ("content_id", "person_id", "used_on", "channel", "actions", "is_read", "is_downloaded")
    return tuple(row[name] for name in names)


def test_uses_by_hand(draft: DraftWarehouse) -> None:
    rows = draft.hold(FACTS, OWN).table("content_use")
    january, february, april = date(2026, 1, 5), date(2026, 2, 5), date(2026, 4, 5)
    assert sorted(map(_told, rows), key=str) == sorted(
        [
            ("T1", "p1", january, "Webinar", 2, True, True),
            ("T1", "p1", january, "Email", 1, True, True),
            ("T1", "p1", april, "Webinar", 1, True, False),
            ("T1", None, february, "Webinar", 1, True, True),
            # A mail with it is exposure, and no reading.
            ("T3", "p2", february, "Webinar", 1, False, False),
        ],
        key=str,
    )
    of = {(row["content_id"], row["person_id"], row["used_on"]): row for row in rows}
    first, later = of["T1", "p1", january], of["T1", "p1", april]
    assert (first["is_new"], first["is_reactivated"], first["stage"]) == (True, False, None)
    assert (later["is_new"], later["is_reactivated"], later["stage"]) == (False, True, "mql")
    # Grade A of one lead under the first rule; the tier of another and the persona under the next.
    assert (first["is_effective"], first["is_effective_now"]) == (True, True)
    mailed = of["T3", "p2", february]
    # No tier and no persona are known of p2.
    assert (mailed["is_effective"], mailed["is_effective_now"]) == (None, None)
    assert (mailed["persona"], mailed["is_new"]) == ("Unassigned", False)
    visitor = of["T1", None, february]
    assert visitor["visitor_key"] == 1
    assert visitor["persona"] is visitor["is_new"] is visitor["is_effective"] is None


def test_assets_are_those_described_and_those_named(draft: DraftWarehouse) -> None:
    rows = draft.hold(FACTS, OWN).table("content_asset")
    assert [tuple(row.values()) for row in rows] == [
        ("T1", "White Paper", "Paper", None, "Buyer", None),
        ("T2", "T2", None, None, None, date(2026, 1, 1)),
        ("T3", "T3", None, None, None, None),
    ]


def test_without_rules_nobody_knows_who_is_effective(draft: DraftWarehouse) -> None:
    rows = draft.hold(FACTS, OWN.model_copy(update={"effective": ()})).table("content_use")
    assert {(row["is_effective"], row["is_effective_now"]) for row in rows} == {(None, None)}


@pytest.mark.parametrize(("seed", "zone"), [(1, "UTC"), (2, "Asia/Shanghai")])
def test_uses_are_those_of_the_oracle(draft: DraftWarehouse, seed: int, zone: str) -> None:
    facts = random_facts(seed, leads=150)
    draft.hold(facts, terms(zone))
    expected = uses_of(facts, stage_days_of(draft.table("journey")), terms(zone))
    found = {
        tuple(
            row[each] for each in ("content_id", "person_id", "used_on", "channel", "campaign")
        ): row
        for row in draft.table("content_use")
    }
    assert len(found) == len(expected) > 80
    for use in expected:
        row = found[use.content_id, use.person_id, use.used_on, use.channel, use.campaign]
        assert row["actions"] == len(use.actions)
        assert row["is_downloaded"] == ("form_submit" in use.actions)
        assert row["is_read"] == any(each in ("form_submit", "ad_click") for each in use.actions)
        for name in ("persona", "stage", "is_new", "is_reactivated", "is_effective"):
            assert row[name] == getattr(use, name), (name, use)
        assert row["is_effective_now"] == use.is_effective_now, use
        at_it = row["engaged_milliseconds"]
        assert at_it == (1000 * sum(use.engaged) if use.engaged else None), use
    assert {row["is_effective"] for row in found.values()} == {True, False, None}
    assert any(row["is_reactivated"] for row in found.values())
    assert len({row["campaign"] for row in found.values()}) > 3
    assert {row["engaged_milliseconds"] for row in found.values()} >= {None, 0, 12_500, 1_800_000}


def test_keys_are_those_of_touches(draft: DraftWarehouse) -> None:
    draft.hold(random_facts(3, leads=100))
    of_touches = {row["person_id"]: row["person_key"] for row in draft.table("touch")}
    uses = draft.table("content_use")
    assert all(
        row["person_key"] == of_touches.get(row["person_id"], row["person_key"]) for row in uses
    )
    assert len({row["person_key"] for row in uses}) == len({row["person_id"] for row in uses}) > 20
