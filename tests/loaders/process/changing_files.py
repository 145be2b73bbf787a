"""Commands in which a file is changed at an exact point of its load.

Every process of the command runs `_AT_START`. It changes a file when that file is opened by Python
for the n-th time, or when the process that reads it is about to say that a phase begins, and does
so before that process goes on.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import duckdb

ROOT = Path(__file__).parents[3]


class Change(Enum):
    """What happens to a file."""

    REPLACED = "replaced"
    DISGUISED = "disguised"
    """Replaced by one of the same size and the same time of change."""
    REWRITTEN = "rewritten"
    """Written anew in its place, with its old size and time."""
    CUT = "cut"
    APPENDED = "appended"


@dataclass(frozen=True)
class Point:
    """When it happens: before a phase, or at an opening of the file, counted from 1."""

    phase: str = ""
    opening: int = 0

    def __str__(self) -> str:
        return self.phase or f"opening {self.opening}"


@dataclass(frozen=True)
class Case:
    """A file, what is done to it, and what it then holds."""

    path: Path
    change: Change
    point: Point
    after: bytes
    rows: Mapping[str, int]
    """Rows by the digest of what the file holds, before and after."""

    def __str__(self) -> str:
        return f"{self.path.name}: {self.change.value} at {self.point}"


@dataclass(frozen=True)
class Ended:
    """What a command came to."""

    status: int
    out: str
    error: str

    def outcomes(self) -> dict[str, dict[str, Any]]:
        """What became of each file, by name."""
        events = [json.loads(line) for line in self.out.splitlines()]
        outcomes = [event["outcome"] for event in events if event["event"] == "outcome"]
        return {outcome["file_name"]: outcome for outcome in outcomes}


@dataclass(frozen=True)
class Place:
    """A folder with a store, and with what changes files."""

    folder: Path

    @property
    def store(self) -> Path:
        return self.folder / "store"

    def run(self, *arguments: str, cases: Sequence[Case] = ()) -> Ended:
        """Run `python -m loaders` and change the files of the cases amid it."""
        hooks = self.folder / "hooks"
        hooks.mkdir(exist_ok=True)
        (hooks / "sitecustomize.py").write_text(_AT_START, encoding="utf-8")
        environment = os.environ | {"BACKCAST_STORE": str(self.store)}
        if cases:
            plan = self.folder / "plan.json"
            plan.write_text(json.dumps({str(each.path): _step(each) for each in cases}))
            environment |= {"PYTHONPATH": str(hooks), "PLAN_OF_CHANGES": str(plan)}
        done = subprocess.run(
            [sys.executable, "-m", "loaders", *arguments],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    def loads(self) -> dict[str, tuple[str, int]]:
        """Digest and number of rows of every load, by the file's name."""
        with self._reading() as connection:
            found = connection.execute("SELECT file_name, sha256, rows_read FROM load").fetchall()
        return {name: (digest, rows) for name, digest, rows in found}

    def as_of(self, name: str) -> float | None:
        """When a loaded file was true; None where it was not loaded."""
        with self._reading() as connection:
            found = connection.execute(
                "SELECT epoch(as_of) FROM load WHERE file_name = ?", [name]
            ).fetchone()
        return float(found[0]) if found else None

    @contextmanager
    def _reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The current generation, or an empty table of loads where there is none."""
        pointer = self.store / "CURRENT"
        if pointer.exists():
            with duckdb.connect(
                str(self.store / pointer.read_text().strip()), read_only=True
            ) as it:
                yield it
        else:
            with duckdb.connect() as empty:
                empty.execute(
                    "CREATE TABLE load "
                    "(file_name TEXT, sha256 TEXT, rows_read INT, as_of TIMESTAMP)"
                )
                yield empty


def happened(case: Case) -> bool:
    """Whether the file was changed."""
    return case.path.with_name(f".{case.path.name}.changed").exists()


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _step(case: Case) -> dict[str, Any]:
    aside = case.path.with_name(f".{case.path.name}.after")
    if not aside.exists():
        aside.write_bytes(case.after)
    return {
        "change": case.change.value,
        "phase": case.point.phase,
        "opening": case.point.opening,
        "after": str(aside),
        "changed": str(case.path.with_name(f".{case.path.name}.changed")),
    }


_AT_START = """
import json, os, sys

PLAN = json.load(open(os.environ["PLAN_OF_CHANGES"]))
opened = dict.fromkeys(PLAN, 0)
busy = []

def change(path):
    step = PLAN[path]
    if busy or os.path.exists(step["changed"]):
        return
    busy.append(path)
    before = os.stat(path)
    after = open(step["after"], "rb").read()
    if step["change"] in ("replaced", "disguised"):
        if step["change"] == "disguised":
            os.utime(step["after"], ns=(before.st_atime_ns, before.st_mtime_ns))
        os.replace(step["after"], path)
    elif step["change"] == "cut":
        os.truncate(path, len(after))
    elif step["change"] == "appended":
        with open(path, "ab") as file:
            file.write(after[before.st_size:])
    else:
        with open(path, "r+b") as file:
            file.write(after)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    open(step["changed"], "w").close()
    busy.clear()

def watch(event, arguments):
    if event == "open" and not busy:
        path = str(arguments[0])
        if path in opened:
            opened[path] += 1
            if opened[path] == PLAN[path]["opening"]:
                change(path)

sys.addaudithook(watch)

def change_first(file):
    write = file.write

    def write_after(text):
        for path, step in PLAN.items():
            phase, name = step["phase"], json.dumps(os.path.basename(path))
            if phase and f'"phase":"{phase}' in text and f'"file_name":{name}' in text:
                change(path)
        return write(text)

    file.write = write_after
    return file

plain = os.fdopen

def fdopen(descriptor, mode="r", *arguments, **named):
    file = plain(descriptor, mode, *arguments, **named)
    return change_first(file) if mode == "w" else file

os.fdopen = fdopen
"""
