"""What the register of consent says is what a plain count over the rows says."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from data.__main__ import main
from data.definitions import Definitions
from data.derive.rebuild import rebuild
from data.engine.draft import Draft
from data.engine.warehouse import open_current
from data.storage.store import Store
from metrics.health.consent import consent_counts, contacts_after_withdrawal

START = datetime(2026, 1, 1)

DEFINITIONS = Definitions.load()

ACTIONS = ("email_sent", "call_no_answer", "page_view", "email_open")


@dataclass(frozen=True)
class Person:
    person_id: str
    email_key: str
    consent: str | None
    consent_at: datetime | None
    do_not_contact: bool | None
    by_email: bool | None


@dataclass(frozen=True)
class Contact:
    interaction_id: str
    person_id: str | None
    occurred_at: datetime
    action: str
    channel: str | None


@dataclass(frozen=True)
class World:
    people: list[Person]
    contacts: list[Contact]


def made_up(seed: int) -> World:
    """People with two records under one e-mail each, and what was done to them."""
    pick = random.Random(seed)
    people = [
        Person(
            f"p_{number:03d}",
            f"key{number % 25}",
            pick.choice(["granted", "withdrawn", "withdrawn", "unknown", None]),
            pick.choice([None, *(START + timedelta(days=pick.randint(0, 4)) for _ in range(4))]),
            pick.choice([True, False, None]),
            pick.choice([True, False, None]),
        )
        for number in range(50)
    ]
    references = [*(each.person_id for each in people), "hub:7", None]
    contacts = [
        Contact(
            f"i{number}",
            pick.choice(references),
            START + timedelta(days=pick.randint(0, 14)),
            pick.choice(ACTIONS),
            pick.choice(["Email", None]),
        )
        for number in range(400)
    ]
    return World(people, contacts)


def store_of(folder: Path, world: World) -> Store:
    store = Store(folder / "store")
    with store.writing() as path, Draft.open(path, memory_limit="300MB") as draft:
        for person in world.people:
            draft.execute(
                "INSERT INTO person (person_id, email_key, consent, consent_at, do_not_contact, "
                "reachable_by_email, load_id) VALUES (?, ?, ?, ?, ?, ?, 'l')",
                [
                    person.person_id,
                    person.email_key,
                    person.consent,
                    person.consent_at,
                    person.do_not_contact,
                    person.by_email,
                ],
            )
        draft.execute(
            "INSERT INTO person_alias (source_system, source_record_id, person_id, matched_by, "
            "confidence, load_id) VALUES ('hub', '7', 'p_001', 'email', 1, 'l')"
        )
        for each in world.contacts:
            draft.execute(
                "INSERT INTO interaction (interaction_id, person_id, occurred_at, action, channel, "
                "load_id) VALUES (?, ?, ?, ?, ?, 'l')",
                [each.interaction_id, each.person_id, each.occurred_at, each.action, each.channel],
            )
        rebuild(draft, DEFINITIONS)
    return store


def records_of(world: World) -> dict[str, list[Person]]:
    """The records of each person, by e-mail."""
    found: dict[str, list[Person]] = {}
    for person in world.people:
        found.setdefault(person.email_key, []).append(person)
    return found


def standing(records: list[Person]) -> tuple[str, datetime | None]:
    """The word on consent that counts, and its date."""
    words = [each for each in records if each.consent in ("granted", "withdrawn")]
    dated = [each.consent_at for each in words if each.consent_at]
    if not words:
        return "unknown", None
    newest = max(dated) if dated else None
    last = {each.consent for each in words if each.consent_at == newest}
    return ("withdrawn" if "withdrawn" in last else "granted"), newest


@pytest.mark.parametrize("seed", range(3))
def test_people_are_counted_by_what_holds_for_them_now(tmp_path: Path, seed: int) -> None:
    world = made_up(seed)
    expected: Counter[tuple[str, str]] = Counter()
    for records in records_of(world).values():
        consent, at = standing(records)
        expected[consent, "people"] += 1
        expected[consent, "do_not_contact"] += any(each.do_not_contact for each in records)
        expected[consent, "reachable_by_email"] += any(each.by_email for each in records)
        expected[consent, "undated"] += consent != "unknown" and at is None
    counts = consent_counts(open_current(store_of(tmp_path, world)))
    assert counts["consent"].to_list() == ["granted", "withdrawn", "unknown"]
    for row in counts.iter_rows(named=True):
        for name in ("people", "do_not_contact", "reachable_by_email", "undated"):
            assert row[name] == expected[row["consent"], name], (row["consent"], name)


@pytest.mark.parametrize("seed", range(3))
def test_every_contact_after_a_withdrawal_is_listed(tmp_path: Path, seed: int) -> None:
    world = made_up(seed)
    key_of = {each.person_id: each.email_key for each in world.people}
    key_of["hub:7"] = key_of["p_001"]
    records = records_of(world)
    expected = []
    for each in world.contacts:
        if each.person_id is None or each.action not in ("email_sent", "call_no_answer"):
            continue
        consent, at = standing(records[key_of[each.person_id]])
        if consent == "withdrawn" and at is not None and each.occurred_at > at:
            expected.append((each.interaction_id, at, each.occurred_at, each.channel))
    frame = contacts_after_withdrawal(open_current(store_of(tmp_path, world)), DEFINITIONS)
    assert expected
    assert sorted(
        frame.select("interaction_id", "withdrawn_at", "occurred_at", "channel").rows()
    ) == sorted((*each[:3], each[3] or "Unassigned") for each in expected)
    assert frame["occurred_at"].is_sorted(descending=True)
    theirs = {row["records"] for row in frame.iter_rows(named=True) if row["records"]}
    assert theirs <= {"hub:7"}


def test_the_command_tells_both_in_every_format(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store = store_of(tmp_path, made_up(0))
    monkeypatch.setenv("BACKCAST_STORE", str(store.path))
    contacts = contacts_after_withdrawal(open_current(store), DEFINITIONS)
    assert main(["consent", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [row["consent"] for row in told["consent"]] == ["granted", "withdrawn", "unknown"]
    assert len(told["contacted_after_withdrawal"]) == contacts.height
    assert main(["consent", "--format", "csv"]) == 0
    first, second = capsys.readouterr().out.split("\n\n")
    assert (len(first.splitlines()), len(second.splitlines())) == (4, contacts.height + 1)
    assert main(["consent"]) == 0
    text = capsys.readouterr().out
    assert f"Contacted after withdrawing consent: {contacts.height:,} times" in text
    assert all(each in text for each in contacts["interaction_id"])
