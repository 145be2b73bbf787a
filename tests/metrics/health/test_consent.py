"""What the register of consent says is what a plain count over the rows says."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from data.__main__ import main as of_data
from data.definitions import Definitions
from data.derive.rebuild import rebuild
from data.engine.draft import Draft
from data.engine.warehouse import open_current
from data.storage.store import Store
from metrics.__main__ import main
from metrics.health.consent import consent, contacts_after_withdrawal

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
    """The statement on consent that counts, and its date."""
    stated = [each for each in records if each.consent in ("granted", "withdrawn")]
    dated = [each.consent_at for each in stated if each.consent_at]
    if not stated:
        return "unknown", None
    newest = max(dated) if dated else None
    last = {each.consent for each in stated if each.consent_at == newest}
    return ("withdrawn" if "withdrawn" in last else "granted"), newest


def breaches(world: World) -> list[tuple[Contact, datetime]]:
    """The contacts while a withdrawal was in force, and the moment of that withdrawal."""
    key_of = {each.person_id: each.email_key for each in world.people}
    key_of["hub:7"] = key_of["p_001"]
    records = records_of(world)
    found = []
    for each in world.contacts:
        if each.person_id is None or each.action not in ("email_sent", "call_no_answer"):
            continue
        known = records[key_of[each.person_id]]
        said = [one for one in known if one.consent_at and one.consent_at < each.occurred_at]
        state, at = standing(said)
        if state == "withdrawn" and at is not None and each.occurred_at > at:
            found.append((each, at))
    return found


@pytest.mark.parametrize("seed", range(3))
def test_people_are_counted_by_what_holds_for_them_now(tmp_path: Path, seed: int) -> None:
    world = made_up(seed)
    expected: Counter[tuple[str, str]] = Counter()
    for records in records_of(world).values():
        state, at = standing(records)
        expected[state, "people"] += 1
        expected[state, "do_not_contact"] += any(each.do_not_contact for each in records)
        expected[state, "reachable_by_email"] += any(each.by_email for each in records)
        expected[state, "undated"] += state != "unknown" and at is None
    key_of = {each.person_id: each.email_key for each in world.people}
    key_of["hub:7"] = key_of["p_001"]
    contacted = [key_of[each.person_id or ""] for each, _ in breaches(world)]
    state_of = {key: standing(records)[0] for key, records in records_of(world).items()}
    expected.update((state_of[key], "people_contacted_after") for key in set(contacted))
    expected.update((state_of[key], "contacts_after") for key in contacted)
    assert contacted
    counts = consent(open_current(store_of(tmp_path, world)), DEFINITIONS)
    assert counts["consent"].to_list() == ["granted", "withdrawn", "unknown"]
    for row in counts.iter_rows(named=True):
        for name in row.keys() - {"consent", "reachable_by_phone", "reachable_by_wechat"}:
            assert row[name] == expected[row["consent"], name], (row["consent"], name)


@pytest.mark.parametrize("seed", range(3))
def test_every_contact_after_a_withdrawal_is_listed(tmp_path: Path, seed: int) -> None:
    world = made_up(seed)
    expected = [
        (each.interaction_id, at, each.occurred_at, each.channel or "Unassigned")
        for each, at in breaches(world)
    ]
    frame = contacts_after_withdrawal(open_current(store_of(tmp_path, world)), DEFINITIONS)
    assert expected
    assert sorted(
        frame.select("interaction_id", "withdrawn_at", "occurred_at", "channel").rows()
    ) == sorted(expected)
    assert frame["occurred_at"].is_sorted(descending=True)
    theirs = {row["records"] for row in frame.iter_rows(named=True) if row["records"]}
    assert theirs <= {"hub:7"}


def test_a_person_is_shown_by_every_record(tmp_path: Path) -> None:
    """Records stand in order of spelling, with a blank between, whoever of them was contacted."""
    withdrawn = Person("p_1", "key", "withdrawn", START, None, None)
    contact = Contact("i1", "p_1", START + timedelta(days=1), "email_sent", "Email")
    store = store_of(tmp_path, World([withdrawn, replace(withdrawn, person_id="p_001")], [contact]))
    with store.writing() as path, Draft.open(path, memory_limit="300MB") as draft:
        draft.execute(
            "INSERT INTO person_alias (source_system, source_record_id, person_id, matched_by, "
            "confidence, load_id) VALUES ('crm', '9', 'p_1', 'email', 1, 'l')"
        )
        rebuild(draft, DEFINITIONS)
    frame = contacts_after_withdrawal(open_current(store), DEFINITIONS)
    assert frame["records"].to_list() == ["crm:9 hub:7"]


def test_the_command_shows_both_in_every_format(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store = store_of(tmp_path, made_up(0))
    monkeypatch.setenv("BACKCAST_STORE", str(store.path))
    contacts = contacts_after_withdrawal(open_current(store), DEFINITIONS)

    def shown(*arguments: str) -> str:
        assert main(arguments) == 0
        return capsys.readouterr().out

    counts = json.loads(shown("consent", "--format", "json"))
    assert [row["consent"] for row in counts] == ["granted", "withdrawn", "unknown"]
    after = [row["contacts_after"] for row in counts]
    assert sum(after) == contacts.height
    assert after[0], "before they agreed again"
    rows = json.loads(shown("contacts_after_withdrawal", "--format", "json"))
    assert [row["interaction_id"] for row in rows] == contacts["interaction_id"].to_list()
    assert len(shown("consent", "--format", "csv").splitlines()) == 4
    comma = shown("contacts_after_withdrawal", "--format", "csv")
    assert len(comma.splitlines()) == contacts.height + 1
    of_withdrawn = counts[1]
    withdrawn = shown("consent").splitlines()[-3]
    assert [cell.strip() for cell in withdrawn.strip("│").split("│")][-2:] == [
        str(of_withdrawn["people_contacted_after"]),
        str(of_withdrawn["contacts_after"]),
    ]
    text = shown("contacts_after_withdrawal")
    assert all(each in text for each in contacts["interaction_id"])


def test_the_old_spelling_is_gone(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        of_data(["consent"])
    assert ended.value.code == 2
    assert "invalid choice: 'consent'" in capsys.readouterr().err
