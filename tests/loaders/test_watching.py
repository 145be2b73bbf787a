"""A watched folder: files are loaded when they are complete, once, and each is reported."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from data.engine.warehouse import open_current
from data.errors import SourceError
from data.sql import Query, Step
from data.storage.store import Store
from loaders.language.library import read_mappings
from loaders.language.model import Mapping
from loaders.load import LoadOptions
from loaders.watching import Watch, watch
from tests.loaders.loading import load_here

ROOT = Path(__file__).parents[2]
HEADER = "lead_id,created_at,channel\n"


@dataclass
class Folder:
    """A watched folder, and what happens in it between one look and the next."""

    path: Path
    store: Store
    said: list[str] = field(default_factory=list)
    alerts: tuple[str, ...] = ()

    def put(self, name: str, lead: str = "L1") -> Path:
        path = self.path / name
        path.write_text(f"{HEADER}{lead},2026-01-01,Email\n", encoding="utf-8")
        os.utime(path, (1_700_000_000, 1_700_000_000))
        return path

    def watch(self, *between: Callable[[], object], once: bool = False) -> bool:
        """Watch, doing these things before each further look, until they are done."""
        self.said.clear()
        things = iter([*between])
        stopped = False

        def wait() -> None:
            nonlocal stopped
            thing = next(things, None)
            stopped = thing is None
            if thing is not None:
                thing()

        hands = Watch(
            wait=wait,
            stopped=lambda: stopped,
            say=self.said.append,
            after_load=lambda: self.alerts,
        )
        return watch(self.path, self.store, LoadOptions(), hands, once=once)

    def leads(self) -> list[str]:
        if not self.store.generations():
            return []
        with open_current(self.store) as warehouse:
            found = warehouse.query(Query(Step("asked", "SELECT lead_id FROM lead ORDER BY 1")))
        return found["lead_id"].to_list()


def nothing() -> None:
    """Time passes."""


@pytest.fixture(scope="module")
def mappings() -> dict[str, Mapping]:
    return read_mappings(None)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mappings: dict[str, Mapping]) -> Folder:
    """Its files are loaded in this process; only the commands below have one of their own."""
    monkeypatch.setattr("loaders.watching.load", load_here)
    monkeypatch.setattr("loaders.writing.file.read_mappings", lambda _: mappings)
    (tmp_path / "in").mkdir()
    return Folder(tmp_path / "in", Store(tmp_path / "store"))


def test_a_file_is_loaded_when_two_looks_find_it_the_same(folder: Folder) -> None:
    path = folder.put("a.csv")
    folder.alerts = ("1 alert was checked, 0 hold.",)

    def grow() -> None:
        with path.open("a") as file:
            file.write("L2,2026-01-01,Email\n")

    assert folder.watch(grow)
    assert (folder.said, folder.leads()) == ([], [])
    assert folder.watch(nothing, nothing)
    loaded = "loaded: a.csv as generic_lead, 2 rows kept, 0 rejected"
    assert folder.said == [loaded, *folder.alerts]
    assert folder.leads() == ["L1", "L2"]
    assert path.exists()


def test_a_file_that_keeps_its_size_but_not_its_time_is_not_complete(folder: Folder) -> None:
    path = folder.put("a.csv")
    folder.watch(lambda: os.utime(path, (1_700_000_001, 1_700_000_001)))
    assert folder.said == []
    folder.watch(nothing)
    assert folder.leads() == ["L1"]


def test_a_file_replaced_by_one_of_the_same_size_and_time_is_read_again(folder: Folder) -> None:
    folder.put("a.csv")
    folder.watch(nothing)
    folder.put("aside.part", "L2").replace(folder.path / "a.csv")
    folder.watch(nothing)
    assert folder.said == ["loaded: a.csv as generic_lead, 1 rows kept, 0 rejected"]
    assert folder.leads() == ["L1", "L2"]


def test_what_is_not_an_export_yet_is_passed_over(folder: Folder) -> None:
    names = ["a.csv.part", "b.tmp", "~$c.xlsx", "d.csv.crdownload", ".e.csv", "f.csv~", "G.PART"]
    for name in names:
        folder.put(name)
    (folder.path / "sub").mkdir()
    (folder.path / "sub" / "h.csv").write_text(HEADER + "L9,2026-01-01,Email\n")
    folder.watch(nothing, nothing)
    assert (folder.said, folder.leads()) == ([], [])
    (folder.path / "a.csv.part").rename(folder.path / "a.csv")
    folder.watch(nothing)
    assert folder.said == ["loaded: a.csv as generic_lead, 1 rows kept, 0 rejected"]


def test_each_file_is_dealt_with_once_also_after_a_restart(folder: Folder) -> None:
    folder.put("a.csv")
    (folder.path / "bad.csv").write_text("x,y\n1,2\n")
    assert not folder.watch(nothing, nothing, nothing)
    assert [line.split(":")[0] for line in folder.said] == ["loaded", "failed"]
    assert "bad.csv: no mapping fits" in folder.said[1]
    assert folder.watch(nothing, nothing)
    assert folder.said == []
    assert len(folder.store.generations()) == 1


def test_a_failed_file_is_tried_again_when_it_changes(folder: Folder) -> None:
    (folder.path / "a.csv").write_text("x,y\n1,2\n")
    folder.watch(nothing)
    folder.put("a.csv")
    folder.watch(nothing)
    assert folder.said == ["loaded: a.csv as generic_lead, 1 rows kept, 0 rejected"]


def test_without_its_notes_the_store_still_knows_what_is_loaded(folder: Folder) -> None:
    folder.put("a.csv")
    folder.watch(nothing)
    notes = folder.store.path.with_name("store.watched.json")
    assert "a.csv" in notes.read_text()
    for damage in ("", "[1]", '{"a": 1}', "\0"):
        notes.write_text(damage)
        folder.watch(nothing)
        assert folder.said == ["already loaded: a.csv as generic_lead"]
    assert len(folder.store.generations()) == 1


def test_files_that_came_together_are_one_generation_and_a_stop_comes_between_them(
    folder: Folder,
) -> None:
    for number in range(3):
        folder.put(f"{number}.csv", f"L{number}")
    folder.watch(nothing)
    assert folder.leads() == ["L0", "L1", "L2"]
    assert len(folder.store.generations()) == 1
    asked = iter([False, False, False, True])  # while, after waiting, first file, second file
    for number in range(3, 6):
        folder.put(f"{number}.csv", f"L{number}")
    hands = Watch(wait=nothing, stopped=lambda: next(asked, True), say=folder.said.append)
    watch(folder.path, folder.store, LoadOptions(), hands)
    assert folder.leads() == ["L0", "L1", "L2", "L3"]
    folder.watch(nothing)
    assert folder.leads() == [f"L{number}" for number in range(6)]


def test_what_hinders_is_said_once_and_waited_out(folder: Folder) -> None:
    aside = folder.path.with_name("aside")
    folder.put("a.csv")
    steps = (lambda: folder.path.rename(aside), nothing, lambda: aside.rename(folder.path))
    folder.watch(*steps, nothing)
    assert "No such file" in folder.said[0]
    assert folder.said[1:] == ["loaded: a.csv as generic_lead, 1 rows kept, 0 rejected"]


def test_there_must_be_a_folder(folder: Folder) -> None:
    folder.path.rmdir()
    with pytest.raises(SourceError, match="is not a folder"):
        folder.watch()


# The command


def command(tmp_path: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "loaders", "watch", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"BACKCAST_STORE": str(tmp_path / "store")},
    )


def test_once_looks_twice_and_ends_with_what_became_of_the_files(
    folder: Folder, tmp_path: Path
) -> None:
    folder.put("a.csv")
    with command(tmp_path, str(folder.path), "--once", "--every", "0.01") as watching:
        assert watching.communicate()[0].startswith("loaded: a.csv")
        assert watching.returncode == 0
    (folder.path / "bad.csv").write_text("x,y\n1,2\n")
    with command(tmp_path, str(folder.path), "--once", "--every", "0.01") as watching:
        assert watching.communicate()[0].startswith("failed: bad.csv")
        assert watching.returncode == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_without_a_complaint(
    folder: Folder, tmp_path: Path, number: signal.Signals
) -> None:
    folder.put("a.csv")
    with command(tmp_path, str(folder.path), "--every", "0.05") as watching:
        assert watching.stdout is not None
        assert watching.stdout.readline().startswith("loaded: a.csv")
        watching.send_signal(number)
        assert watching.wait(timeout=60) == 0
    assert folder.leads() == ["L1"]
