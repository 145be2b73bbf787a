"""One line of a benchmark, and how lines are printed."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Self

import psutil

VERSIONED = ("duckdb", "polars", "streamlit", "pyarrow", "pandera")
ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Line:
    """What was measured, ours and the other side in seconds, and what is allowed.

    `other` is a peer's time or a fixed limit; `against` says which. `ratio` is ours ÷ other.
    """

    what: str
    size: str
    ours: float
    against: str
    other: float | None
    budget: str
    met: bool
    peak_megabytes: float | None = None

    @classmethod
    def within(
        cls, allowed: float, what: str, size: str, ours: float, against: str, other: float
    ) -> Self:
        """A line whose budget is so many times what the other side takes."""
        budget = f"≤ {allowed:.2f} ×"
        return cls(what, size, ours, against, other, budget, ours <= allowed * other)

    @property
    def cells(self) -> tuple[str, ...]:
        """The line as the cells of a table."""
        ratio = f"{self.ours / self.other:.2f} ×" if self.other else ""
        other = f"{_seconds(self.other)} ({self.against})" if self.other else self.against
        peak = f"{self.peak_megabytes:,.0f} MB" if self.peak_megabytes else ""
        verdict = "met" if self.met else "missed"
        return (self.what, self.size, _seconds(self.ours), other, ratio, self.budget, verdict, peak)


HEADINGS = ("what", "size", "ours", "against", "ratio", "budget", "", "peak memory")


def _seconds(value: float) -> str:
    return f"{value:.2f} s" if value >= 1 else f"{value * 1000:.0f} ms"


def in_turn(*sides: Callable[[], object], rounds: int = ROUNDS) -> list[float]:
    """The median seconds of each side, run in turn so that both meet the same machine."""
    times: list[list[float]] = [[] for _ in sides]
    for _ in range(rounds):
        for side, taken in zip(sides, times, strict=True):
            start = perf_counter()
            side()
            taken.append(perf_counter() - start)
    return [median(taken) for taken in times]


def percentile_95(times: Sequence[float]) -> float:
    """The value that 95% of the times do not exceed."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))]


def markdown(lines: Sequence[Line]) -> str:
    """The lines as a Markdown table."""
    rows = [HEADINGS, tuple("---" for _ in HEADINGS), *(line.cells for line in lines)]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def machine() -> str:
    """The machine and the versions a result was measured with."""
    memory = psutil.virtual_memory().total / 2**30
    versions = ", ".join(f"{name} {version(name)}" for name in VERSIONED)
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GiB memory, {platform.system()},"
        f" Python {platform.python_version()}, {versions}"
    )


def peak_megabytes(process: psutil.Popen, stop: Callable[[], bool]) -> float:
    """The largest resident memory of one process of the tree, sampled until `stop` says so."""
    peak = 0.0
    while not stop():
        for each in [process, *_children(process)]:
            try:
                peak = max(peak, each.memory_info().rss / 2**20)
            except psutil.Error:
                continue
        try:
            process.wait(timeout=0.05)
        except psutil.TimeoutExpired:
            continue
    return peak


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        children: list[psutil.Process] = process.children(recursive=True)
    except psutil.Error:
        return []
    return children


WORK = Path(__file__).with_name("work")
"""Where benchmarks keep their files; not in git."""
