"""Whether anything in clear outlives a command that was killed: `python -m bench.robustness.kills`.

A file with a marker in personal columns is loaded, or looked at, and the whole group of processes
is killed at a random moment. Afterwards nothing may be left outside the store; and nothing beside
the published generations inside it, once another command has run.
"""

from __future__ import annotations

import argparse
import gzip
import os
import random
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from time import monotonic, sleep, time

import psutil
import xlsxwriter

ROOT = Path(__file__).parents[2]
MARKER = "".join(("Zyxo", "markwv"))
"""In pieces, because a copy of this module in the temporary folder must not hold it."""

FORMATS = ("csv.gz", "zip", "xlsx", "jsonl")
NEXT = (
    ("loaders", "history"),
    ("loaders", "unresolved"),
    ("loaders", "rejects", "none"),
    ("loaders", "undo", "none"),
    ("metrics", "headline"),
    ("metrics", "consent"),
    ("data", "forget", "--email", "nobody@example.com"),
    ("data", "derive"),
)
"""Commands that come after a kill; some have nothing to do."""

_GENERATIONS = (".duckdb", ".abandoned")

_ROWS = 8_000
_SMALL_BYTES = 4096
_LONGEST_SECONDS = 120.0
_HEADER = "lead_id,created_at,channel,first_name,email"


@dataclass(frozen=True, slots=True)
class Grounds:
    """Where commands are killed: files, a store, and a folder for everything temporary."""

    folder: Path

    @property
    def store(self) -> Path:
        """The folder of generations."""
        return self.folder / "store"

    @property
    def temporary(self) -> Path:
        """What commands take for the system's temporary folder."""
        return self.folder / "temporary"

    def prepare(self, rows: int = _ROWS) -> dict[str, Path]:
        """A store with one load in it; returns a file of each format."""
        self.temporary.mkdir()
        first = self.folder / "first.csv"
        first.write_text(f"{_HEADER}\nL0,2026-01-01,Ads,Ann,ann@acme.com\n", encoding="utf-8")
        done = self.run("loaders", "load", str(first))
        if done.returncode:
            raise RuntimeError(done.stderr)
        return {format_: _write(self.folder / f"leads.{format_}", rows) for format_ in FORMATS}

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start `python -m …` as the leader of a group of processes."""
        return subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `python -m …` to its end."""
        return subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def copies(self) -> list[Path]:
        """Files of some size that are neither exports nor part of a database."""
        return [
            each
            for folder in (self.temporary, self.store)
            for each in files_of(folder)
            if ".duckdb" not in each.name and size_of(each) > _SMALL_BYTES
        ]

    def wait_for_copy(self, running: subprocess.Popen[bytes]) -> list[Path]:
        """Wait until a command has written a copy of its file; none when it ends without one."""
        deadline = monotonic() + _LONGEST_SECONDS
        while running.poll() is None and monotonic() < deadline:
            if found := self.copies():
                return found
            sleep(0.002)
        return []

    def left_outside(self, since: float) -> list[str]:
        """Files of the temporary folder, and new ones of the system's that hold the marker."""
        system = Path(gettempdir())
        known = self.folder.resolve()
        new = [
            each
            for each in system.iterdir()
            if _is_new(each, since) and not known.is_relative_to(each.resolve())
        ]
        return [str(each) for each in files_of(self.temporary) if size_of(each)] + [
            str(each)
            for entry in new
            for each in files_of(entry)
            if size_of(each) < 2**27 and _holds_marker(each)
        ]

    def left_inside(self) -> list[str]:
        """Files of the store that hold the marker, or are of some size and no generation.

        A generation that a killed command finished and did not publish is set aside whole; like
        any other, it holds no contact in clear.
        """
        return [
            str(each.relative_to(self.store))
            for each in files_of(self.store)
            if _holds_marker(each)
            or (each.suffix not in _GENERATIONS and size_of(each) > _SMALL_BYTES)
        ]

    def environment(self) -> dict[str, str]:
        """What commands are told: where the store is, and where to put what is temporary."""
        return os.environ | {"BACKCAST_STORE": str(self.store), "TMPDIR": str(self.temporary)}


def kill(running: subprocess.Popen[bytes]) -> None:
    """Kill a command with all its processes, and wait until they are gone."""
    group = [running.pid]
    with suppress(psutil.Error):
        group += (each.pid for each in psutil.Process(running.pid).children(True))
    with suppress(ProcessLookupError):
        os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    psutil.wait_procs(list(_alive(group)), timeout=_LONGEST_SECONDS)


def _alive(group: Sequence[int]) -> Iterator[psutil.Process]:
    for number in group:
        with suppress(psutil.Error):
            yield psutil.Process(number)


def files_of(path: Path) -> list[Path]:
    """The files under a folder, or the file itself; what goes meanwhile is left out."""
    if path.is_symlink():
        return []
    if path.is_dir():
        with suppress(OSError):
            return [found for each in sorted(path.iterdir()) for found in files_of(each)]
        return []
    return [path] if path.is_file() else []


def size_of(path: Path) -> int:
    """Its bytes; none when it is gone."""
    with suppress(OSError):
        return path.stat().st_size
    return 0


def _is_new(path: Path, since: float) -> bool:
    with suppress(OSError):
        return path.lstat().st_mtime >= since
    return False


def _holds_marker(path: Path) -> bool:
    with suppress(OSError):
        return MARKER.encode() in path.read_bytes()
    return False


def _write(path: Path, rows: int) -> Path:
    people = [
        (f"L{row}", "2026-01-01", "Ads", f"{MARKER} {row}", f"{MARKER}{row}@acme.com")
        for row in range(rows)
    ]
    text = "".join(f"{','.join(each)}\n" for each in [_HEADER.split(","), *people]).encode()
    match path.name.partition(".")[2]:
        case "csv.gz":
            # Hardly packed, so that it is not taken for a bomb.
            path.write_bytes(gzip.compress(text, compresslevel=1))
        case "zip":
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("leads.csv", text)
        case "xlsx":
            with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
                sheet = book.add_worksheet("Leads")
                for number, cells in enumerate([_HEADER.split(","), *people]):
                    sheet.write_row(number, 0, cells)
        case _:
            names = _HEADER.split(",")
            pairs = (", ".join(f'"{n}": "{c}"' for n, c in zip(names, each)) for each in people)  # noqa: B905
            # One bad line, so that the good ones are copied.
            path.write_text("".join(f"{{{pair}}}\n" for pair in pairs) + "bad\n", encoding="utf-8")
    return path


def main() -> None:
    """Kill, look, and say how many kills left something where."""
    parser = argparse.ArgumentParser(prog="python -m bench.robustness.kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    outside, inside, amid = 0, 0, 0
    with TemporaryDirectory(prefix="kills-", ignore_cleanup_errors=True) as folder:
        grounds = Grounds(Path(folder))
        paths = grounds.prepare()
        lasting: dict[tuple[str, str], float] = {}
        for number in range(options.kills):
            format_ = FORMATS[number % len(FORMATS)]
            verb = "recognise" if number // len(FORMATS) % 3 == 2 else "load"
            arguments = ("loaders", verb, str(paths[format_]))
            if (verb, format_) not in lasting:
                start = monotonic()
                grounds.run(*arguments, *(["--dry-run"] if verb == "load" else []))
                lasting[verb, format_] = monotonic() - start
            since = time()
            running = grounds.start(*arguments)
            sleep(chance.uniform(0.1, 1.0) * lasting[verb, format_])
            amid += running.poll() is None
            kill(running)
            left = grounds.left_outside(since)
            follower = NEXT[number % len(NEXT)]
            grounds.run(*follower)
            kept = grounds.left_inside()
            outside, inside = outside + bool(left), inside + bool(kept)
            if left or kept:
                print(f"{number}: {verb} {format_}, then {' '.join(follower)}: {left} {kept}")
            for each in files_of(grounds.temporary):
                each.unlink(missing_ok=True)
    print(
        f"{options.kills} kills, {amid} of them amid a command: "
        f"{outside} left something outside the store, {inside} inside it"
    )
    sys.exit(bool(outside or inside))


if __name__ == "__main__":
    main()
