"""Previewing and deriving: the command line in a process of its own, followed while it runs.

There is one of each per store at a time, known to the whole server: who reloads the page finds it,
and its result until it is put away.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from data.definition_changes.preview import Preview
from data.storage.store import Store

_CODE = Path(__file__).parents[3]

_LINES_OF_COMPLAINT = 5

PREVIEW, DERIVE = "preview", "derive"


@dataclass(frozen=True, slots=True)
class State:
    """How far a work is. `problem` says why it failed; `found` is what a preview found."""

    phase: str = "starting"
    share: float = 0.0
    running: bool = True
    problem: str | None = None
    found: Preview | None = None


class Work:
    """A command of `python -m data` at work on a text. It ends by itself, or by `stop`."""

    def __init__(self, title: str, arguments: list[str], text: str | None = None) -> None:
        self.title = title
        self.text = text
        self._folder = tempfile.TemporaryDirectory(prefix="backcast-")
        if text is not None:
            file = Path(self._folder.name) / "definitions.toml"
            file.write_bytes(text.encode())
            arguments = [*arguments, str(file)]
        self.state = State()
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the process ends
        self._process = subprocess.Popen(
            [sys.executable, "-m", "data", *arguments, "--progress", "json"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            text=True,
            encoding="utf-8",
            cwd=_CODE,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def wait(self, seconds: float) -> State:
        """The state when it has ended, or after so many seconds."""
        self._listener.join(seconds)
        return self.state

    def stop(self) -> None:
        """End it. The store stays as it was."""
        self._process.terminate()

    def _listen(self) -> None:
        if self._process.stdout is not None:
            for line in self._process.stdout:
                self._note(json.loads(line))
        status = self._process.wait()
        problem = self._problem(status) if status else None
        self._complaints.close()
        self._folder.cleanup()
        self.state = replace(self.state, running=False, problem=problem)

    def _note(self, said: dict[str, object]) -> None:
        match said:
            case {"event": "progress", "phase": str(phase), "share": float(share)}:
                self.state = replace(self.state, phase=phase, share=min(share, 1.0))
            case {"event": "waiting", "text": str(text)}:
                self.state = replace(self.state, phase=text)
            case {"event": "preview", "preview": found}:
                self.state = replace(self.state, found=msgspec.convert(found, Preview))

    def _problem(self, status: int) -> str:
        self._complaints.seek(0)
        lines = self._complaints.read().decode("utf-8", "replace").strip().splitlines()
        if status < 0:
            return "It was stopped. The data is as it was."
        if lines and lines[0].startswith("Traceback"):
            return f"It failed: {lines[-1]}. The data is as it was."
        return " ".join(lines[:_LINES_OF_COMPLAINT]) or "It failed without giving a reason."


_works: dict[tuple[Path, str], Work] = {}

_starting = threading.Lock()


def current(kind: str) -> Work | None:
    """The store's work of a kind, or the last one until it is put away."""
    return _works.get((Store.from_environment().path, kind))


def start_preview(text: str) -> None:
    """Preview a text, in place of an earlier preview, which is stopped."""
    _start(PREVIEW, "Previewing the change", ["definitions", "preview"], text, instead=True)


def start_deriving() -> None:
    """Derive anew under the definitions in force. Nothing happens while that is at work."""
    _start(DERIVE, "Deriving under the definitions in force", ["derive"])


def _start(
    kind: str, title: str, arguments: list[str], text: str | None = None, *, instead: bool = False
) -> None:
    key = (Store.from_environment().path, kind)
    with _starting:
        work = _works.get(key)
        if work is not None and work.state.running:
            if not instead:
                return
            work.stop()
        _works[key] = Work(title, arguments, text)


def put_away(kind: str) -> None:
    """Forget what came of the last work of a kind."""
    work = current(kind)
    if work is not None and not work.state.running:
        _works.pop((Store.from_environment().path, kind), None)
