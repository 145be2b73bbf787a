"""How much processor time one monstrous cell or line costs, and how that grows with its length.

    python -m bench.robustness.monsters [--kinds …] [--places …] [--characters …]

Each file has one usual row and one monster. The exponent is that of the time beyond a small
file's, between the longest two lengths that were measured: 1 is linear, 2 is the square.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import TypeAlias

import psutil

from bench.robustness.monster_files import KINDS, PLACES, write_monster

ROOT = Path(__file__).parents[2]

CHARACTERS = (25_000, 50_000, 100_000, 200_000, 400_000)

SUPER_LINEAR = 1.4

_NOISE_SECONDS = 0.25

_BASE_SECONDS = 0.4
"""What a small file costs."""


_STARTING_SECONDS = 8.0

_LOOK_SECONDS = 0.05


def cost(path: Path, store: Path, limit: float) -> float | None:
    """The processor time of reading one file, without that of starting; None at the limit."""
    work = _recognise if "unknown" in path.name else _load
    (spent,), _ = work([path], store, limit)
    return spent


@dataclass(frozen=True, slots=True)
class Growth:
    """Seconds of processor time by length; None where the limit was reached."""

    kind: str
    place: str
    seconds: dict[int, float | None]

    @property
    def exponent(self) -> float | None:
        """Of growth between the longest two lengths; None where the time is lost in noise."""
        known = [(length, taken) for length, taken in self.seconds.items() if taken is not None]
        if len(known) < 2:
            return math.inf
        base = min(_BASE_SECONDS, *(taken for _, taken in known))
        (shorter, before), (longer, after) = known[-2:]
        if after - base < _NOISE_SECONDS:
            return None
        beyond = max(before - base, _NOISE_SECONDS / 3)
        return math.log((after - base) / beyond) / math.log(longer / shorter)

    @property
    def is_super_linear(self) -> bool:
        """Whether a limit was reached, or the time grows clearly faster than the length."""
        exponent = self.exponent
        return None in self.seconds.values() or (exponent or 0.0) > SUPER_LINEAR


def measure(
    place: str, kinds: Sequence[str], lengths: Sequence[int], folder: Path, limit: float
) -> tuple[list[Growth], float | None]:
    """The processor time of each kind of monster in a place, and of deriving the last of them.

    A length that reaches the limit is the last one of its kind.
    """
    work = _recognise if place.startswith("unknown") else _load
    waiting = [
        (kind, length, write_monster(folder / f"{number}-{length}.csv", kind, place, length))
        for length in sorted(lengths)
        for number, kind in enumerate(kinds)
    ]
    seconds: dict[str, dict[int, float | None]] = {kind: {} for kind in kinds}
    deriving: float | None = None
    while waiting:
        taken, deriving = work([path for _, _, path in waiting], folder / "store", limit)
        for (kind, length, _), spent in zip(waiting, taken, strict=False):
            seconds[kind][length] = spent
        over = {kind for kind, spent in seconds.items() if None in spent.values()}
        waiting = [each for each in waiting[len(taken) :] if each[0] not in over]
    return [Growth(kind, place, spent) for kind, spent in seconds.items()], deriving


Taken: TypeAlias = tuple[list[float | None], float | None]
"""Seconds of each file up to the one that reached the limit, and of what follows the files."""


def _recognise(paths: Sequence[Path], store: Path, limit: float) -> Taken:
    taken: list[float | None] = []
    for path in paths:
        with command(["recognise", str(path)], store) as running:
            spent = _watch(running, limit, lambda running: running.communicate())
        taken.append(spent)
        if spent is None:
            break
    return taken, None


def _watch(
    running: subprocess.Popen[str], limit: float, listen: Callable[[subprocess.Popen[str]], object]
) -> float | None:
    """The processor time of a command, while somebody listens to it; None at the limit."""
    thread = Thread(target=listen, args=(running,), daemon=True)
    thread.start()
    spent = 0.0
    while thread.is_alive() and spent < limit:
        thread.join(_LOOK_SECONDS)
        spent = max(spent, processor_seconds(running.pid))
    end(running)
    thread.join()
    return spent if spent < limit else None


class _Course:
    """What a command that loads files had spent at the start of each, and in the end."""

    def __init__(self) -> None:
        self.begun: dict[str, float] = {}
        self.spent = 0.0

    def listen(self, running: subprocess.Popen[str]) -> None:
        assert running.stdout is not None
        for line in running.stdout:
            with suppress(ValueError):
                event = json.loads(line)
                phase = str(event.get("phase", ""))
                self.spent = processor_seconds(running.pid) or self.spent
                if phase == "opening":  # a new process that tries a file again begins it again
                    self.begun[str(event["file_name"])] = self.spent
                elif phase.startswith(_DERIVING):
                    self.begun.setdefault(_DERIVING, self.spent)


_DERIVING = "deriving"


def _load(paths: Sequence[Path], store: Path, limit: float) -> Taken:
    """One command loads all; its phases say when the next file begins."""
    course = _Course()
    arguments = ["load", "--dry-run", "--progress", "json", *map(str, paths)]
    with command(arguments, store) as running:
        thread = Thread(target=course.listen, args=(running,), daemon=True)
        thread.start()
        over = False
        while thread.is_alive() and not over:
            thread.join(_LOOK_SECONDS)
            since = max(course.begun.values(), default=0.0)
            over = processor_seconds(running.pid) - since > max(limit, _STARTING_SECONDS)
        end(running)
        thread.join()
    ends = [*list(course.begun.values())[1:], course.spent]
    spans = {
        name: after - before
        for (name, before), after in zip(course.begun.items(), ends, strict=True)
    }
    deriving = spans.pop(_DERIVING, None)
    taken: list[float | None] = [*spans.values()]
    if over and deriving is None and taken:
        taken[-1] = None
    return taken, deriving


def command(arguments: Sequence[str], store: Path) -> subprocess.Popen[str]:
    """Start a command of the loaders."""
    return subprocess.Popen(
        [sys.executable, "-m", "loaders", *arguments],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
        env=os.environ | {"BACKCAST_STORE": str(store), "PYTHONUNBUFFERED": "1"},
    )


def processor_seconds(process: int) -> float:
    """What a process and its children, also those that ended, have spent; 0 when it is gone."""
    with suppress(psutil.Error):
        asked = psutil.Process(process)
        times = asked.cpu_times()
        spent = times.user + times.system + times.children_user + times.children_system
        for child in asked.children(recursive=True):
            with suppress(psutil.Error):
                spent += sum(child.cpu_times()[:2])
        return float(spent)
    return 0.0


def end(running: subprocess.Popen[str]) -> None:
    """End a command and its children."""
    with suppress(psutil.Error):
        for each in psutil.Process(running.pid).children(recursive=True):
            each.kill()
    running.kill()


def _row(growth: Growth, lengths: Sequence[int], limit: float) -> str:
    def shown(length: int) -> str:
        if length not in growth.seconds:
            return ""
        taken = growth.seconds[length]
        return f"> {limit:g}" if taken is None else f"{taken:.2f}"

    exponent = growth.exponent
    grown = "–" if exponent is None else f"{exponent:.1f}" if math.isfinite(exponent) else "∞"
    mark = " **super-linear**" if growth.is_super_linear else ""
    return f"| {' | '.join((growth.place, growth.kind, *map(shown, lengths), grown + mark))} |"


def main() -> None:
    """Measure and print a table in Markdown."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.robustness.monsters", description=__doc__
    )
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--places", nargs="+", choices=PLACES, default=PLACES)
    parser.add_argument("--characters", nargs="+", type=int, default=CHARACTERS)
    parser.add_argument("--limit", type=float, default=60.0, help="seconds for one file (60)")
    options = parser.parse_args()
    lengths = sorted(options.characters)
    print(f"| place | kind | {' | '.join(f'{each:,}' for each in lengths)} | exponent |")
    print("|" + " --- |" * (len(lengths) + 3), flush=True)
    for place in options.places:
        with TemporaryDirectory() as folder:
            found, deriving = measure(place, options.kinds, lengths, Path(folder), options.limit)
        for growth in found:
            print(_row(growth, lengths, options.limit), flush=True)
        if deriving is not None:
            print(f"| {place} | deriving the last ones | {deriving:.2f} |", flush=True)


if __name__ == "__main__":
    main()
