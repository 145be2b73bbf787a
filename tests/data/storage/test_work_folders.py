"""A work folder belongs to its owner while one of its processes lives, then anybody sweeps it."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from data.errors import StoreError
from data.storage.lock import try_lock
from data.storage.store import NothingToPublish, Store
from data.storage.work_folders import WorkFolder, sweep

OWNER = """
import subprocess, sys
from pathlib import Path
from data.storage.work_folders import WorkFolder

folder = WorkFolder(Path(sys.argv[1]))
(folder.path / "copy").write_text("clear")
sleep = [sys.executable, "-c", "import sys; print(sys.stdin.read())"]
child = subprocess.Popen(sleep, stdin=sys.stdin, pass_fds=(folder.descriptor,))
print(child.pid, flush=True)
child.wait()
"""


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


def left(store: Path) -> list[str]:
    return sorted(each.name for each in store.rglob("*"))


def test_nobody_else_can_enter_it(store: Path) -> None:
    store.mkdir(mode=0o755)
    with WorkFolder(store) as folder:
        assert folder.path.is_relative_to(store)
        for each in (folder.path, folder.path.parent):
            assert stat.S_IMODE(each.stat().st_mode) == 0o700


def test_the_store_is_made_for_it_and_nothing_is_left_when_it_is_closed(store: Path) -> None:
    with WorkFolder(store) as first, WorkFolder(store) as second:
        assert stat.S_IMODE(store.stat().st_mode) == 0o700
        assert first.path != second.path
        (first.path / "deep").mkdir()
        (first.path / "deep" / "copy").write_text("clear")
    assert left(store) == []
    first.close()


def test_it_is_removed_when_nobody_refers_to_it(store: Path) -> None:
    folder = WorkFolder(store)
    path = folder.path
    del folder
    assert not path.exists()


def test_the_lock_is_held_as_long_as_one_process_of_the_owner_lives(store: Path) -> None:
    command = [sys.executable, "-c", OWNER, str(store)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        child = int(owner.stdout.readline())
        sweep(store)
        assert "copy" in left(store)
        owner.kill()
        owner.wait()
        sweep(store)
        assert "copy" in left(store)
        os.kill(child, signal.SIGKILL)
        owner.stdout.read()  # until the child is gone
        sweep(store)
    assert left(store) == []


@pytest.mark.parametrize("name", ["0123", "0123.lock"])
def test_what_was_left_half_made_or_half_removed_is_swept(store: Path, name: str) -> None:
    work = store / "work"
    work.mkdir(parents=True)
    if name.endswith(".lock"):
        (work / name).touch()
    else:
        (work / name).mkdir()
        (work / name / "copy").write_text("clear")
    with WorkFolder(store) as mine:
        sweep(store)
        assert left(store) == sorted(["work", mine.path.name, f"{mine.path.name}.lock"])
    assert left(store) == []


def test_a_half_written_file_is_swept_unless_a_writer_is_at_work(store: Path) -> None:
    store.mkdir()
    half = ["00001-00000000.duckdb.part", "00001-00000000.duckdb.part.tmp", "identity.key.x.part"]
    for name in half:
        (store / name).write_text("rows")
    held = try_lock(store / "LOCK")
    assert held is not None
    sweep(store)
    assert {*half} <= {*left(store)}
    os.close(held)
    sweep(store)
    assert left(store) == ["LOCK"]


def test_a_writer_sweeps_too(store: Path) -> None:
    work = store / "work" / "0123"
    work.mkdir(parents=True)
    with Store(store).writing():
        assert not work.parent.exists()
        raise NothingToPublish


def test_a_store_that_is_not_there_or_may_not_be_written_to_is_left_alone(store: Path) -> None:
    sweep(store)
    assert not store.exists()
    store.write_text("no folder")
    sweep(store)
    with pytest.raises(StoreError, match="store cannot be used"):
        WorkFolder(store)


def test_many_make_and_sweep_at_once(store: Path) -> None:
    lost: list[str] = []

    def work(number: int) -> None:
        for _ in range(30):
            with WorkFolder(store) as folder:
                (folder.path / "copy").write_text("clear")
                sweep(store)
                if not (folder.path / "copy").exists():
                    lost.append(f"of {number}")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lost == []
    assert left(store) == []
