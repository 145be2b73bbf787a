"""Runs commands that stop before a phase, so that something can happen to them in exactly that."""

from __future__ import annotations

import fcntl
import os
import select
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.loaders.process.crashes.forked_command import Command, Nursery

_LONGEST_SECONDS = 120.0


@dataclass(frozen=True)
class Place:
    """Where a command works: its store, its folder for copies, and the files it loads."""

    disk: Path
    """All of these are on it."""

    @property
    def store(self) -> Path:
        return self.disk / "store"

    @property
    def temporary(self) -> Path:
        return self.disk / "temporary"

    @property
    def exports(self) -> Path:
        return self.disk / "exports"


@dataclass(frozen=True)
class Held:
    """A command that waits before a phase: itself, and the readers of files, which wait too."""

    place: Place
    command: int
    holder: int
    """Who is about to begin the phase: the command or a child of it."""

    @property
    def children(self) -> list[int]:
        servers = psutil.Process(self.command).children()
        return [child.pid for server in servers for child in server.children()]


@dataclass(frozen=True)
class Ended:
    """What a command came to."""

    status: int
    out: str
    error: str


class Run:
    """A command at work."""

    def __init__(
        self, nursery: Nursery, place: Place, arguments: Sequence[str], gate: Path, phase: str
    ) -> None:
        self._nursery = nursery
        self._place = place
        # Held until the strike: whoever begins the phase waits for it.
        self._gate = gate.open("w")
        fcntl.flock(self._gate, fcntl.LOCK_EX)
        (self._out, out), (self._error, error), (self._reached, reached) = (
            os.pipe() for _ in range(3)
        )
        environment = {"BACKCAST_STORE": str(place.store), "TMPDIR": str(place.temporary)}
        nursery.start(
            Command(arguments, environment, str(gate), phase), out=out, error=error, reached=reached
        )
        for descriptor in (out, error, reached):
            os.close(descriptor)

    def held(self) -> Held:
        """Wait until the phase is reached."""
        numbers = self._processes(lines=2)
        assert len(numbers) == 2, f"the phase was not reached: {self.end()}"
        return Held(self._place, *numbers)

    def end(self) -> Ended:
        """Let it go on, and wait until it and all its children are gone."""
        self._gate.close()
        self._processes(lines=None)
        out, error = (_all_of(descriptor) for descriptor in (self._out, self._error))
        os.close(self._reached)
        return Ended(self._nursery.status(), out, error)

    def _processes(self, lines: int | None) -> list[int]:
        """Numbers of processes, so many or until nobody is left to report one."""
        numbers = b""
        while lines is None or numbers.count(b"\n") < lines:
            ready, _, _ = select.select([self._reached], [], [], _LONGEST_SECONDS)
            assert ready, f"a process still lives after {_LONGEST_SECONDS:g} seconds"
            if not (piece := os.read(self._reached, 4096)):
                break
            numbers += piece
        return [int(number) for number in numbers.split()]


def _all_of(descriptor: int) -> str:
    with open(descriptor, encoding="utf-8") as pipe:
        return pipe.read()
