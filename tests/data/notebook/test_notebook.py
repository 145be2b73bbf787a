"""Every version stays; the newest counts; who is late is told; nothing personal is taken."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import BackcastError, NotebookConflict, NotebookError
from data.notebook.notebook import Notebook
from data.notebook.texts import checked_body
from data.notebook.version import Kind, State, Version

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture
def notebook(tmp_path: Path) -> Notebook:
    return Notebook(tmp_path / "store")


def write(
    notebook: Notebook, body: str = "{}", based_on: int = 0, *, entry: str = "q1", name: str = "Q1"
) -> Version:
    return notebook.write(Kind.PLAN, entry, name, body.encode(), based_on=based_on, written_at=NOW)


def test_reading_a_notebook_that_is_not_there_gives_nothing_and_makes_nothing(
    notebook: Notebook,
) -> None:
    assert notebook.entries() == ()
    assert notebook.read("q1") is None
    assert notebook.history("q1") == ()
    assert not notebook.store.exists()


def test_every_version_stays_and_the_newest_counts(notebook: Notebook) -> None:
    first = write(notebook, '{"b": 1, "a": 2}')
    later = NOW + timedelta(minutes=5)
    second = notebook.write(Kind.PLAN, "q1", "Q1 bold", b"[]", based_on=1, written_at=later)
    assert first == Version(Kind.PLAN, "q1", "Q1", 1, NOW, State.OPEN, b'{"a":2,"b":1}')
    assert second == Version(Kind.PLAN, "q1", "Q1 bold", 2, later, State.OPEN, b"[]")
    again = Notebook(notebook.store)
    assert again.history("q1") == (first, second)
    assert again.read("q1") == second
    assert again.read("q1", 1) == first
    assert again.read("q1", 3) is None
    assert again.entries() == (second,)


def test_entries_are_listed_by_kind_and_name(notebook: Notebook) -> None:
    write(notebook, entry="z", name="A")
    write(notebook, entry="a", name="B")
    notebook.write(Kind.NOTE, "n", "Z", b"1", based_on=0, written_at=NOW)
    assert [each.id for each in notebook.entries()] == ["n", "z", "a"]
    assert [each.id for each in notebook.entries(Kind.PLAN)] == ["z", "a"]


def test_moments_are_kept_in_utc(notebook: Notebook) -> None:
    shanghai = NOW.astimezone(timezone(timedelta(hours=8)))
    notebook.write(Kind.NOTE, "n", "N", b"1", based_on=0, written_at=shanghai)
    (kept,) = notebook.entries()
    assert kept.written_at == NOW
    assert kept.written_at.utcoffset() == timedelta(0)
    with pytest.raises(ValueError, match="no time zone"):
        notebook.write(Kind.NOTE, "m", "M", b"1", based_on=0, written_at=datetime(2026, 1, 1))


def test_who_is_late_is_told_who_was_faster_and_nothing_is_saved(notebook: Notebook) -> None:
    write(notebook, "1")
    faster = write(notebook, "2", 1)
    for based_on, yours in ((1, "based on version 1"), (0, "based on a new entry")):
        with pytest.raises(NotebookConflict) as caught:
            write(notebook, "3", based_on)
        said = str(caught.value)
        assert 'The plan "Q1" (q1) is newer' in said
        assert "version 2, written at 2026-03-02 09:30 UTC, stands" in said
        assert yours in said
        assert "Nothing was saved. Open version 2" in said
    assert notebook.read("q1") == faster
    assert isinstance(caught.value, BackcastError)
    assert write(notebook, "3", 2).number == 3


@pytest.mark.parametrize("step", [Notebook.lock, Notebook.delete])
def test_locking_and_deleting_a_version_that_is_not_the_newest_is_late_too(
    notebook: Notebook, step: object
) -> None:
    write(notebook, "1")
    write(notebook, "2", 1)
    assert callable(step)
    with pytest.raises(NotebookConflict):
        step(notebook, "q1", based_on=1, written_at=NOW)
    assert len(notebook.history("q1")) == 2


def test_nobody_changes_what_is_not_there(notebook: Notebook) -> None:
    with pytest.raises(NotebookError, match="no version 4 of q1"):
        write(notebook, "1", 4)
    write(notebook)
    for step in (notebook.lock, notebook.unlock, notebook.delete):
        with pytest.raises(NotebookError, match=r'no entry q1x\. Did you mean "q1"'):
            step("q1x", based_on=1, written_at=NOW)
    assert [each.id for each in notebook.entries()] == ["q1"]


def test_a_locked_entry_takes_nothing_but_unlocking(notebook: Notebook) -> None:
    write(notebook, "1")
    locked = notebook.lock("q1", based_on=1, written_at=NOW)
    assert (locked.number, locked.state, locked.body) == (2, State.LOCKED, b"1")
    for based_on in (1, 2):
        with pytest.raises(
            NotebookError, match=r'"Q1" \(q1\) is locked since 2026-03-02 09:30 UTC'
        ):
            write(notebook, "2", based_on)
    for step in (notebook.lock, notebook.delete):
        with pytest.raises(NotebookError, match="is locked"):
            step("q1", based_on=2, written_at=NOW)
    assert write(notebook, "2", entry="q1-bold").number == 1
    assert notebook.unlock("q1", based_on=2, written_at=NOW).state is State.OPEN
    assert write(notebook, "2", 3).number == 4
    with pytest.raises(NotebookError, match="is not locked"):
        notebook.unlock("q1", based_on=4, written_at=NOW)


def test_what_is_deleted_can_be_read_and_brought_back(notebook: Notebook) -> None:
    first = write(notebook, "1")
    deleted = notebook.delete("q1", based_on=1, written_at=NOW)
    assert deleted == replace(first, number=2, state=State.DELETED)
    assert notebook.entries() == (deleted,)
    assert notebook.history("q1") == (first, deleted)
    with pytest.raises(NotebookError, match="deleted already"):
        notebook.delete("q1", based_on=2, written_at=NOW)
    with pytest.raises(NotebookError, match="deleted already"):
        notebook.lock("q1", based_on=2, written_at=NOW)
    assert write(notebook, "1", 2).state is State.OPEN


def test_an_id_is_of_one_kind(notebook: Notebook) -> None:
    write(notebook)
    with pytest.raises(NotebookError, match=r"is no note\. Choose another id"):
        notebook.write(Kind.NOTE, "q1", "Note", b"1", based_on=1, written_at=NOW)


def test_a_scenario_belongs_to_a_plan_that_is_there(notebook: Notebook) -> None:
    write(notebook)

    def scenario(plan: str, entry: str, based_on: int = 0) -> Version:
        return notebook.write(
            Kind.SCENARIO, entry, "S", b"1", based_on=based_on, written_at=NOW, belongs_to=plan
        )

    assert scenario("q1", "s").belongs_to == "q1"
    assert scenario("q1", "s", 1).belongs_to == "q1"
    with pytest.raises(NotebookError, match="no entry q2 for t to belong to"):
        scenario("q2", "t")
    assert notebook.read("t") is None


@pytest.mark.parametrize("entry", ["", "Q1", "a b", "a/b", "-a", "a" * 81, "ä"])
def test_an_id_is_a_slug(notebook: Notebook, entry: str) -> None:
    with pytest.raises(ValueError, match="small letters"):
        write(notebook, entry=entry)
    assert not notebook.path.exists()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (" ", "a name is missing"),
        ("n" * 201, "has 201 characters"),
        ("a\nb", "control character"),
        ("a\x1b[31m", "control character"),
        ("for ann@acme.com", "‹e-mail›"),
        ("call +49 30 901820", "‹phone›"),
        ("13812345678", "‹phone›"),
    ],
)
def test_a_name_can_stand_in_a_list_and_is_of_nobody(
    notebook: Notebook, name: str, reason: str
) -> None:
    with pytest.raises(NotebookError, match=reason) as caught:
        write(notebook, name=name)
    assert "acme.com" not in str(caught.value)
    assert "Nothing was saved" in str(caught.value)
    assert not notebook.path.exists()


@pytest.mark.parametrize(
    "body",
    [
        '"ask ann@acme.com"',
        '[{"text": "ask ann＠acme.com"}]',
        '{"deep": [["tel 030 901820 33"]]}',
        '{"ann@acme.com": 1}',
        '"\\u0061nn\\u0040acme.com"',
        '"owner=ann%40acme.com&from=2026-01-01"',
        '"called=%2B49+30+901820"',
    ],
)
def test_no_text_in_a_body_holds_a_contact(notebook: Notebook, body: str) -> None:
    with pytest.raises(NotebookError, match="e-mail address or a phone number") as caught:
        write(notebook, body)
    assert "acme.com" not in str(caught.value)
    assert "901820" not in str(caught.value)
    assert not notebook.path.exists()


@pytest.mark.parametrize(
    "body",
    [
        '"from=2026-01-01&to=2026-03-31&region=Bavaria&channel=Paid+Search"',
        '"2026-03-02T09:30:00.123456+00:00"',
        f'"{"0123456789abcdef" * 4}"',
        '"12 000 000 EUR until 2026-12-31, P80"',
        '"campaign=13812345678"',
        "[13812345678, 0.5]",
    ],
)
def test_days_digests_amounts_and_ids_are_no_contacts(notebook: Notebook, body: str) -> None:
    assert write(notebook, body).number == 1


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs", "Nd"], exclude_characters="@＠%")),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc中"), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(JSON)
def test_a_body_has_one_spelling_and_the_same_meaning(value: object) -> None:
    body = json.dumps(value, indent=3).encode()
    once = checked_body(body)
    assert json.loads(once) == value
    assert checked_body(once) == once


def test_what_is_no_json_is_a_mistake_of_the_caller(notebook: Notebook) -> None:
    for body in ("{", "NaN", ""):
        with pytest.raises(ValueError, match="JSON"):
            write(notebook, body)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE version SET body = '2'",
        "UPDATE OR REPLACE version SET number = 1 WHERE number = 2",
        "DELETE FROM version",
        "UPDATE entry SET kind = 'note'",
        "DELETE FROM entry",
        "INSERT OR REPLACE INTO entry (id, kind) VALUES ('q1', 'note')",
        "INSERT OR IGNORE INTO entry (id, kind) VALUES ('q1', 'note')",
        "INSERT OR REPLACE INTO version SELECT id, 2, name, written_at, state, '9', digest "
        "FROM version WHERE number = 1",
        "INSERT INTO version SELECT id, 2, name, written_at, state, '9', digest "
        "FROM version WHERE number = 1 ON CONFLICT DO UPDATE SET body = '9'",
        "INSERT INTO version SELECT id, 4, name, written_at, state, '9', digest "
        "FROM version WHERE number = 1",
        "INSERT INTO version SELECT id, 3, name, written_at, 'gone', '9', digest "
        "FROM version WHERE number = 1",
    ],
)
def test_the_file_itself_refuses_to_forget(notebook: Notebook, statement: str) -> None:
    """Also on a connection without any of our settings."""
    write(notebook, "1")
    write(notebook, "2", 1)
    before = notebook.history("q1")
    with sqlite3.connect(notebook.path) as connection, pytest.raises(sqlite3.IntegrityError):
        connection.execute(statement)
    connection.close()
    assert notebook.history("q1") == before


def test_a_forecast_is_said_once(notebook: Notebook) -> None:
    notebook.write(Kind.FORECAST, "f", "F", b"1", based_on=0, written_at=NOW)
    for step in (notebook.lock, notebook.delete):
        with pytest.raises(NotebookError, match="stays as it was said"):
            step("f", based_on=1, written_at=NOW)
    with pytest.raises(NotebookError, match="stays as it was said"):
        notebook.write(Kind.FORECAST, "f", "F", b"2", based_on=1, written_at=NOW)
    with (
        sqlite3.connect(notebook.path) as connection,
        pytest.raises(sqlite3.IntegrityError, match="a forecast has one version"),
    ):
        connection.execute(
            "INSERT INTO version SELECT id, 2, name, written_at, state, '9', digest FROM version"
        )
    connection.close()
    assert len(notebook.history("f")) == 1
