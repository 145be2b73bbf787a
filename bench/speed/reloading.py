"""Benchmark 2: loading a newer snapshot of the interactions, against loading them first."""

from __future__ import annotations

import resource
import shutil
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import mkdtemp
from time import perf_counter

import duckdb

from bench.report import WORK, Line
from bench.stores import Size, interactions_file, run_module

ALLOWED = 1.5
ROUNDS = 3
CHANGED = """
COPY (
    SELECT * REPLACE (
        CASE WHEN hash(interaction_id) % 20 = 0 THEN 'Referral' ELSE channel END AS channel
    )
    FROM read_csv(?, all_varchar = true)
) TO '{target}' (HEADER)
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a command took: seconds on the clock, and of the processors in all its processes."""

    clock: float
    processors: float


def measure_reloading(size: Size) -> list[Line]:
    """A line by the clock and one by processor time; the file's rows differ in 5 of 100."""
    first = interactions_file(size)
    again = WORK / f"again-{size.name.lower()}.csv"
    if not again.exists():
        part = again.with_suffix(".part")
        with duckdb.connect() as connection:
            connection.execute(CHANGED.format(target=part), [str(first)])
        part.rename(again)
    loads: list[Taken] = []
    reloads: list[Taken] = []
    for _ in range(ROUNDS):
        folder = Path(mkdtemp(dir=WORK))
        try:
            loads.append(_load(first, "2026-01-01", folder / "store"))
            reloads.append(_load(again, "2026-02-01", folder / "store"))
        finally:
            shutil.rmtree(folder)

    def line(what: str, ours: float, other: float) -> Line:
        what = f"2 · reload interactions, 5% changed, {what}"
        return Line.within(ALLOWED, what, size.label, ours, "the first load", other)

    return [
        line("clock", median(each.clock for each in reloads), median(each.clock for each in loads)),
        line(
            "processors",
            median(each.processors for each in reloads),
            median(each.processors for each in loads),
        ),
    ]


def _load(path: Path, as_of: str, store: Path) -> Taken:
    """The product's own command, deriving and publishing included."""
    start, before = perf_counter(), _processors()
    run_module("loaders", "load", str(path), "--as-of", as_of, store=store)
    return Taken(clock=perf_counter() - start, processors=_processors() - before)


def _processors() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
