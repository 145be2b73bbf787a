"""Nothing in clear outlives a load or a preview, whatever kills it."""

from __future__ import annotations

import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import time

import pytest

from bench.robustness.kills import MARKER, NEXT, Grounds, files_of, kill

pytestmark = pytest.mark.xdist_group("work folders")

KILLS = [
    ("load", "csv.gz"),
    ("load", "zip"),
    ("load", "xlsx"),
    ("load", "jsonl"),
    ("recognise", "csv.gz"),
    ("recognise", "zip"),
    ("recognise", "xlsx"),
    ("recognise", "jsonl"),
]


@dataclass(frozen=True)
class Killed:
    """What was seen of a command that was killed when a copy of its file stood somewhere."""

    copies: list[Path]
    open_to_others: list[Path]
    """Copies that another user could reach."""
    outside: list[str]
    inside: list[str]
    """Left in the store after the next command."""


@pytest.fixture(scope="module")
def grounds(tmp_path_factory: pytest.TempPathFactory) -> Grounds:
    return Grounds(tmp_path_factory.mktemp("grounds"))


@pytest.fixture(scope="module")
def files(grounds: Grounds) -> dict[str, Path]:
    return grounds.prepare()


@pytest.fixture(scope="module")
def killed(grounds: Grounds, files: dict[str, Path]) -> dict[str, Killed]:
    """Each command is killed once, and followed by a command of another kind."""
    return {
        f"{verb} {format_}, then {' '.join(follower)}": kill_and_look(
            grounds, ("loaders", verb, str(files[format_])), follower
        )
        for (verb, format_), follower in zip(KILLS, NEXT, strict=True)
    }


def kill_and_look(
    grounds: Grounds, arguments: tuple[str, ...], follower: tuple[str, ...]
) -> Killed:
    since = time()
    running = grounds.start(*arguments)
    copies = grounds.wait_for_copy(running)
    exposed = [each for each in copies if not is_private(each, grounds.folder)]
    kill(running)
    outside = grounds.left_outside(since)
    grounds.run(*follower)
    inside = grounds.left_inside()
    for each in files_of(grounds.temporary):
        each.unlink(missing_ok=True)
    return Killed(copies, exposed, outside, inside)


def is_private(path: Path, within: Path) -> bool:
    """Whether a folder above the file lets nobody else in."""
    above = [each for each in path.parents if each.is_relative_to(within) and each != within]
    return any(not stat.S_IMODE(each.stat().st_mode) & 0o077 for each in above if each.exists())


@pytest.fixture
def running(grounds: Grounds) -> Iterator[list[subprocess.Popen[bytes]]]:
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for each in started:
        kill(each)


def test_copies_of_a_file_stand_in_the_store_where_nobody_else_can_read_them(
    grounds: Grounds, killed: dict[str, Killed]
) -> None:
    astray = {
        name: each
        for name, found in killed.items()
        for each in found.copies
        if not each.is_relative_to(grounds.store)
    }
    assert astray == {}
    assert {
        name: found.open_to_others for name, found in killed.items() if found.open_to_others
    } == {}


def test_a_killed_command_leaves_nothing_outside_the_store(killed: dict[str, Killed]) -> None:
    assert {name: found.outside for name, found in killed.items() if found.outside} == {}


def test_the_next_command_of_any_kind_clears_the_store(killed: dict[str, Killed]) -> None:
    assert {name: found.inside for name, found in killed.items() if found.inside} == {}


@pytest.mark.parametrize("verb", ["load", "recognise"])
def test_a_command_at_work_keeps_its_copies_while_others_come_and_go(
    grounds: Grounds,
    files: dict[str, Path],
    running: list[subprocess.Popen[bytes]],
    verb: str,
) -> None:
    arguments = ("loaders", verb, str(files["csv.gz"]))
    dry = ("--dry-run",) if verb == "load" else ()
    running.append(grounds.start(*arguments, *dry))
    grounds.wait_for_copy(running[0])
    for follower in NEXT[:2]:
        assert grounds.run(*follower).returncode == 0
    assert running[0].wait(timeout=120) == 0
    assert grounds.left_inside() == []


def test_a_marker_is_in_every_file_that_is_killed(files: dict[str, Path]) -> None:
    assert MARKER.encode() in files["jsonl"].read_bytes()
