"""The file: for its owner only, made whole, and refused rather than half believed."""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from data.errors import OtherVersionError, StoreError
from data.notebook import file as notebook_file
from data.notebook.file import FILE_NAME, SCHEMA_VERSION
from data.notebook.notebook import Notebook
from data.notebook.version import Kind

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture
def notebook(tmp_path: Path) -> Notebook:
    """With one plan in it."""
    notebook = Notebook(tmp_path / "store")
    notebook.write(Kind.PLAN, "q1", "Q1", b'{"a":1}', based_on=0, written_at=NOW)
    return notebook


def change(notebook: Notebook, statement: str) -> None:
    with sqlite3.connect(notebook.path) as connection:
        connection.execute(statement)
    connection.close()


def add(notebook: Notebook) -> None:
    notebook.write(Kind.PLAN, "q2", "Q2", b"2", based_on=0, written_at=NOW)


def test_nobody_else_may_read_it_and_nothing_else_is_left(notebook: Notebook) -> None:
    assert [each.name for each in notebook.store.iterdir()] == [FILE_NAME]
    assert stat.S_IMODE(notebook.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(notebook.store.stat().st_mode) == 0o700
    assert notebook.path.stat().st_nlink == 1


def test_its_log_is_for_its_owner_only_too(notebook: Notebook) -> None:
    with notebook_file.writing(notebook.store, 1) as connection:
        connection.execute("INSERT INTO entry (id, kind) VALUES ('x', 'note')")
        for each in notebook.store.iterdir():
            assert stat.S_IMODE(each.stat().st_mode) == 0o600, each


def test_it_has_a_write_ahead_log_and_keys_hold(notebook: Notebook) -> None:
    with notebook_file.writing(notebook.store, 1) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
        with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
            connection.execute(
                "INSERT INTO version VALUES ('none', 1, 'n', 'now', 'open', '1', 'd')"
            )
        connection.execute("ROLLBACK")
        connection.execute("BEGIN")


def test_a_reader_cannot_write(notebook: Notebook) -> None:
    with notebook_file.reading(notebook.store, 1) as connection:
        assert connection is not None
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            connection.execute("INSERT INTO entry (id, kind) VALUES ('x', 'note')")


def test_a_file_of_a_newer_version_is_refused_and_left_as_it_is(notebook: Notebook) -> None:
    change(notebook, f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    before = notebook.path.read_bytes()
    with pytest.raises(OtherVersionError, match="newer version of Backcast"):
        notebook.entries()
    with pytest.raises(OtherVersionError, match="nothing was changed"):
        add(notebook)
    assert notebook.path.read_bytes() == before


def cut_to_nothing(path: Path) -> None:
    path.write_bytes(b"")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:6000])


def overwrite(path: Path) -> None:
    path.write_bytes(b"no database at all" * 300)


def blank_the_schema(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[110:2000] = b"\xff" * 1890
    path.write_bytes(content)


def other_database(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE version (id)")
    connection.close()


def other_text(path: Path) -> None:
    content = path.read_bytes()
    assert content.count(b'{"a":1}') == 1
    path.write_bytes(content.replace(b'{"a":1}', b'{"a":2}'))


def no_text(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b'{"a":1}', b'{"a\xff:1}'))


@pytest.mark.parametrize(
    "damage",
    [cut_to_nothing, cut, overwrite, blank_the_schema, other_database, other_text, no_text],
)
def test_a_damaged_file_is_named_and_never_taken_for_an_empty_one(
    notebook: Notebook, damage: object
) -> None:
    assert callable(damage)
    damage(notebook.path)
    before = notebook.path.read_bytes()
    with pytest.raises(StoreError, match=r"damaged: .* Restore it from a backup"):
        notebook.entries()
    with pytest.raises(StoreError, match="damaged"):
        notebook.write(Kind.PLAN, "q1", "Q1", b"2", based_on=1, written_at=NOW)
    assert notebook.path.read_bytes() == before


@pytest.mark.parametrize("column", ["name = 'x'", "written_at = '2020-01-01'", "state = 'deleted'"])
def test_a_version_that_somebody_changed_is_told_apart(notebook: Notebook, column: str) -> None:
    change(notebook, "DROP TRIGGER version_stays")
    change(notebook, f"UPDATE version SET {column}")
    with pytest.raises(StoreError, match="version 1 of q1"):
        notebook.read("q1")


def test_a_log_without_its_file_is_no_empty_notebook(notebook: Notebook) -> None:
    notebook.path.rename(notebook.path.with_name(f"{FILE_NAME}-wal"))
    with pytest.raises(StoreError, match=r"it is missing, and notebook\.sqlite-wal"):
        notebook.entries()
    with pytest.raises(StoreError, match="it is missing"):
        add(notebook)
    assert not notebook.path.exists()


def test_a_notebook_that_another_writer_makes_meanwhile_is_no_log_without_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the first look at a file there is none, the other writer's is there, log and all."""
    mine = Notebook(tmp_path / "store")
    exists = Path.exists

    def exists_then_made_by_another(path: Path) -> bool:
        there = exists(path)
        monkeypatch.setattr(Path, "exists", exists)
        with notebook_file.writing(mine.store, 1) as connection:
            connection.execute("INSERT INTO entry (id, kind) VALUES ('x', 'note')")
        Path(f"{mine.path}-wal").touch()
        return there

    monkeypatch.setattr(Path, "exists", exists_then_made_by_another)
    with notebook_file.writing(mine.store, 1) as connection:
        assert connection.execute("SELECT id FROM entry").fetchall() == [("x",)]


def test_without_a_place_to_write_the_message_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(StoreError, match="cannot be used"):
        add(Notebook(tmp_path / "file"))

    def full(_: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(notebook_file, "synchronise", full)
    with pytest.raises(StoreError, match=r"is full\. Free some space"):
        add(Notebook(tmp_path / "store"))
    monkeypatch.undo()
    assert Notebook(tmp_path / "store").entries() == ()
    assert list((tmp_path / "store").iterdir()) == []


@pytest.fixture
def sealed(notebook: Notebook) -> Iterator[Notebook]:
    """In a folder that nobody may write to, not even root."""
    folder = str(notebook.store)
    if os.geteuid():
        notebook.store.chmod(0o500)
        yield notebook
        notebook.store.chmod(0o700)
        return
    bound = subprocess.run(["mount", "--bind", folder, folder], check=False)
    if bound.returncode:
        pytest.skip("root may not mount here")
    subprocess.run(["mount", "-o", "remount,bind,ro", folder], check=True)
    yield notebook
    subprocess.run(["umount", folder], check=True)


def test_what_may_only_be_read_can_be_read(sealed: Notebook) -> None:
    assert [each.id for each in sealed.entries()] == ["q1"]
    with pytest.raises(StoreError, match=r"may not be used: notebook\.sqlite: "):
        add(sealed)
    assert [each.name for each in sealed.store.iterdir()] == [FILE_NAME]


def fill_the_disk(notebook: Notebook) -> None:
    with notebook_file.writing(notebook.store, 1) as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")
        connection.execute("INSERT INTO entry (id, kind) VALUES ('q2', 'plan')")
        connection.execute(
            "INSERT INTO version VALUES ('q2', 1, 'n', 'now', 'open', hex(zeroblob(99999)), 'd')"
        )


def test_a_full_disk_keeps_nothing_of_what_was_written(notebook: Notebook) -> None:
    with pytest.raises(StoreError, match="is full"):
        fill_the_disk(notebook)
    assert [each.id for each in notebook.entries()] == ["q1"]
    add(notebook)
