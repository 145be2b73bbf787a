"""Whatever happens to a command, in whichever phase: the store stays, and the next one is as ever.

The phases are those that the command itself reports when nothing happens to it.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from data.engine.warehouse import open_current
from data.schema.tables import TABLES
from data.sql import Query, Step
from data.storage.files import remove
from data.storage.store import Store
from loaders.history import loads
from loaders.load import load
from loaders.progress import _WEIGHTS
from loaders.protocol import EVENT, Loaded
from tests.loaders.process.crashes.forked_command import STARTING, Nursery
from tests.loaders.process.crashes.kill_points import CHILD_KILLED, DISK_FULL, STRIKES, Strike
from tests.loaders.process.crashes.running import Ended, Place, Run

HEADER = "lead_id,created_at,channel,email,phone,country,first_name,last_name\n"

FIRST = HEADER + (
    "L1,2026-01-01,Email,a@example.com,+49 30 1000001,Germany,Ann,Lee\n"
    "L2,2026-01-02,Ads,b@example.com,+49 30 1000002,France,Bo,Li\n"
)

SECOND = FIRST.replace("Ads", "Event") + "L3,2026-01-03,Ads,c@example.com,,Spain,Zoë,Ruiz\n"

TIMES = ["started_at", "finished_at"]


Content = dict[str, pl.DataFrame]


@dataclass(frozen=True)
class Runner:
    """Runs commands in one place."""

    nursery: Nursery
    place: Place
    gate: Path

    def start(self, arguments: tuple[str, ...], phase: str = "") -> Run:
        return Run(self.nursery, self.place, arguments, self.gate, phase)

    def finish(self, arguments: tuple[str, ...]) -> Ended:
        ended = self.start(arguments).end()
        assert ended.status == 0, ended
        return ended

    def loading(self, export: str) -> tuple[str, ...]:
        return ("load", "--progress", "json", str(self.place.exports / export))


@dataclass(frozen=True)
class Undisturbed:
    """What a command does when nothing happens to it: its phases, and what a reader finds then."""

    phases: tuple[str, ...]
    content: Content


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    nursery = Nursery()
    yield nursery
    nursery.close()


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A store that holds one load, and the files to load next."""
    place = Place(tmp_path_factory.mktemp("origin"))
    place.temporary.mkdir()
    place.exports.mkdir()
    for encoding in ("utf-8", "utf-16"):
        (place.exports / f"{encoding}.csv").write_text(SECOND, encoding=encoding)
    first = place.disk / "first.csv"
    first.write_text(FIRST, encoding="utf-8")
    load(Store(place.store), [first])
    return place


@pytest.fixture(scope="module")
def undoing(origin: Place) -> tuple[str, ...]:
    """The command that takes out the load."""
    (load_id,) = loads(Store(origin.store))["load_id"]
    return ("undo", "--progress", "json", load_id)


@pytest.fixture(scope="module")
def undisturbed(
    nursery: Nursery,
    origin: Place,
    undoing: tuple[str, ...],
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Undisturbed]:
    """What loading each file, or taking out the load, does by itself; by the last argument."""
    folder = tmp_path_factory.mktemp("undisturbed")
    found = {}
    for name in ("utf-8.csv", "utf-16.csv", "undo"):
        place = Place(folder / name)
        shutil.copytree(origin.disk, place.disk)
        runner = Runner(nursery, place, folder / "gate")
        ended = runner.finish(undoing if name == "undo" else runner.loading(name))
        found[name] = Undisturbed((STARTING, *phases(ended)), content(Store(place.store)))
    return found


@pytest.fixture
def runner(nursery: Nursery, origin: Place, tmp_path: Path, strike: Strike) -> Iterator[Runner]:
    """A copy of the store to strike at, on a disk of its own where that is to be filled."""
    place = Place(tmp_path / "disk")
    place.disk.mkdir()
    on_disk = small_disk(place.disk) if strike is DISK_FULL else None
    shutil.copytree(origin.disk, place.disk, dirs_exist_ok=True)
    yield Runner(nursery, place, tmp_path / "gate")
    if on_disk:
        subprocess.run(["umount", str(place.disk)], check=True)


def small_disk(folder: Path) -> bool:
    """Whether this user may mount one."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(folder)]
    with suppress(FileNotFoundError):
        return subprocess.run(mount, capture_output=True, check=False).returncode == 0
    return False


def phases(ended: Ended) -> list[str]:
    """The phases that a command reported."""
    events = [json.loads(line) for line in ended.out.splitlines()]
    return [event["phase"] for event in events if event["event"] == "progress"]


def content(store: Store) -> Content:
    """What a reader finds, but for the times of loading."""
    with open_current(store) as warehouse:
        return {
            table: warehouse.query(
                Query(Step("asked", f'SELECT * FROM "{table}" ORDER BY ALL'))
            ).drop(TIMES, strict=False)
            for table in TABLES
        }


def differences(found: Content, expected: Content) -> list[str]:
    return [table for table in expected if not found[table].equals(expected[table])]


def files(store: Path) -> dict[str, bytes]:
    """The files of a store that readers look at."""
    return {
        each.name: each.read_bytes()
        for each in store.iterdir()
        if ".part" not in each.name and each.name not in {"LOCK", "work"}
    }


def drafts(store: Path) -> list[str]:
    """What is in the store and not a generation yet."""
    return sorted(each.name for each in store.iterdir() if ".part" in each.name)


def work(store: Path) -> list[Path]:
    """Copies in clear, and what else commands at work have."""
    return [*store.glob("work/**/*")]


def copies(place: Place) -> list[Path]:
    return [each for each in place.temporary.rglob("*") if each.is_file()]


def said(ended: Ended) -> str:
    """What a user reads of a failure, on one line."""
    events = [EVENT.validate_json(line) for line in ended.out.splitlines() if '"outcome"' in line]
    outcomes = [event.outcome.message for event in events if isinstance(event, Loaded)]
    return " ".join(" ".join([*outcomes, ended.error]).split())


def strike_each_phase(
    runner: Runner, strike: Strike, arguments: tuple[str, ...], undisturbed: Undisturbed
) -> None:
    """Have it happen in one phase after the other, each time to what the time before left.

    A killed child is struck in all of them, by the others deriving is struck in its first table and
    its last.
    Whenever that is something else than before, the command is run to its end from there.
    """
    place, store = runner.place, Store(runner.place.store)
    before, current = files(place.store), store.current()
    continued: set[tuple[str, ...]] = set()
    phases = undisturbed.phases if strike is CHILD_KILLED else told_apart(undisturbed.phases)
    for phase in phases:
        run = runner.start(arguments, phase)
        held = run.held()
        begun = {name.partition(".part")[0] for name in drafts(place.store)}
        assert len(begun) == 1, f"{phase}: of the one before there is still {begun}"
        if strike is CHILD_KILLED and not held.children:
            assert phase == "publishing"
            run.end()
            break
        with strike.happens(held):
            ended = run.end()
        context = (phase, ended)
        assert ended.status == strike.status, context
        assert re.search(strike.said, said(ended)), context
        assert (store.current(), store.fallback()) == (current, None), context
        assert files(place.store).items() >= before.items(), context
        assert copies(place) == [], context
        if strike.clears_away:
            assert drafts(place.store) == [], context
            assert work(place.store) == [], context
        if (left := kinds_left(place.store, before)) not in continued:
            continued.add(left)
            assert_goes_on(runner, arguments, undisturbed)
            restore(place.store, before)
        if phase == strike.last:
            break


def told_apart(phases: tuple[str, ...]) -> list[str]:
    """The phases, of the tables derived only the first and the last."""
    deriving = [phase for phase in phases if phase.startswith("deriving")]
    return [phase for phase in phases if phase not in deriving[1:-1]]


def kinds_left(store: Path, before: dict[str, bytes]) -> tuple[str, ...]:
    """What there is more in a store than before, but for the numbers of generations."""
    more = {each.name for each in store.iterdir()} - before.keys() - {"LOCK"}
    return tuple(sorted(name.partition(".")[2] for name in more))


def assert_goes_on(runner: Runner, arguments: tuple[str, ...], undisturbed: Undisturbed) -> None:
    """The same command now does what it does when nothing ever happened."""
    runner.finish(arguments)
    place = runner.place
    assert differences(content(Store(place.store)), undisturbed.content) == []
    names = sorted(each.suffix or each.name for each in place.store.iterdir())
    assert names == [".duckdb", ".duckdb", ".key", "CURRENT", "LOCK"]
    assert copies(place) == []


def restore(store: Path, before: dict[str, bytes]) -> None:
    """Make the store what it was."""
    for each in store.iterdir():
        remove(each)
    for name, content in before.items():
        (store / name).write_bytes(content)
        (store / name).chmod(0o600)


def test_the_phases_are_all_that_there_are(undisturbed: dict[str, Undisturbed]) -> None:
    reported = {
        phase.partition(" ")[0] for command in undisturbed.values() for phase in command.phases
    }
    assert reported == {STARTING, *_WEIGHTS, "taking", "deriving", "publishing"}


@pytest.mark.parametrize("strike", STRIKES, ids=str)
def test_a_load_that_is_struck_in_any_phase_leaves_the_store_as_it_was(
    runner: Runner, strike: Strike, undisturbed: dict[str, Undisturbed]
) -> None:
    strike_each_phase(runner, strike, runner.loading(strike.export), undisturbed[strike.export])


@pytest.mark.parametrize("strike", [each for each in STRIKES if each.last is None], ids=str)
def test_taking_out_a_load_is_as_safe(
    runner: Runner,
    strike: Strike,
    undoing: tuple[str, ...],
    undisturbed: dict[str, Undisturbed],
) -> None:
    """In the phases that loading does not have."""
    taking_out, of_loads = undisturbed["undo"], undisturbed["utf-8.csv"].phases
    own = tuple(phase for phase in taking_out.phases if phase not in of_loads)
    strike_each_phase(runner, strike, undoing, Undisturbed(own, taking_out.content))
