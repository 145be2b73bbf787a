"""Benchmark 1: loading a CSV of interactions, against DuckDB's plain read and against dlt."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import mkdtemp
from threading import Thread
from time import perf_counter

import psutil

from bench.report import ROUNDS, WORK, Line, peak_megabytes
from bench.stores import ROOT, Size, interactions_file

PLAIN_READ = """
import sys, duckdb
connection = duckdb.connect(sys.argv[2])
connection.execute("CREATE TABLE interaction AS SELECT * FROM read_csv(?)", [sys.argv[1]])
connection.execute("CHECKPOINT")
connection.close()
"""

DLT = """
import sys, dlt
from dlt.sources.filesystem import filesystem, read_csv_duckdb
from pathlib import Path
path = Path(sys.argv[1])
source = filesystem(bucket_url=path.parent.as_uri(), file_glob=path.name) | read_csv_duckdb(
    use_pyarrow=True
)
pipeline = dlt.pipeline(
    "bench", destination=dlt.destinations.duckdb(sys.argv[2]), dataset_name="bench",
    pipelines_dir=str(Path(sys.argv[2]).parent / "dlt"),
)
pipeline.run(source.with_name("interaction"))
"""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one side: seconds to the append, to the end, and the largest memory."""

    appended: float
    total: float
    peak_megabytes: float


def measure_loading(size: Size) -> list[Line]:
    """Lines for the append, for the whole load and against dlt, each from runs in turn."""
    path = interactions_file(size)
    sides: dict[str, Callable[[Path], Run]] = {
        "ours": lambda folder: _ours(path, folder),
        "limit": lambda folder: _script(PLAIN_READ, path, folder),
    }
    if find_spec("dlt"):
        sides["dlt"] = lambda folder: _script(DLT, path, folder)
    runs: dict[str, list[Run]] = {name: [] for name in sides}
    for _ in range(ROUNDS):
        for name, side in sides.items():
            folder = Path(mkdtemp(dir=WORK))
            try:
                runs[name].append(side(folder))
            finally:
                shutil.rmtree(folder)
    appended = median(run.appended for run in runs["ours"])
    total = median(run.total for run in runs["ours"])
    limit = median(run.total for run in runs["limit"])
    peak = max(run.peak_megabytes for run in runs["ours"])

    def line(what: str, ours: float, against: str, other: float, allowed: float) -> Line:
        name = f"1 · load interactions, {what}"
        budget = f"≤ {allowed:.2f} ×"
        return Line(name, size.label, ours, against, other, budget, ours <= allowed * other, peak)

    lines = [
        line("to the append", appended, "DuckDB's plain read", limit, 1 / 0.5),
        line("with deriving", total, "DuckDB's plain read", limit, 1 / 0.35),
    ]
    if "dlt" in runs:
        peer = median(run.total for run in runs["dlt"])
        lines.append(line("to the append", appended, "dlt", peer, 0.5))
    return lines


def _ours(path: Path, folder: Path) -> Run:
    """The product's own command. Deriving starts when its progress says so."""
    command = [sys.executable, "-m", "loaders", "load", str(path), "--progress", "json"]
    start = perf_counter()
    process = psutil.Popen(
        command,
        cwd=ROOT,
        env=os.environ | {"BACKCAST_STORE": str(folder / "store")},
        stdout=subprocess.PIPE,
        text=True,
    )
    marks: dict[str, float] = {}

    def follow() -> None:
        for line in process.stdout:
            phase = json.loads(line).get("phase")
            if phase:
                marks.setdefault(phase, perf_counter() - start)

    reader = Thread(target=follow)
    reader.start()
    peak = peak_megabytes(process, lambda: process.poll() is not None)
    reader.join()
    total = perf_counter() - start
    if process.returncode:
        raise SystemExit(f"loading {path} failed")
    return Run(appended=marks["deriving"], total=total, peak_megabytes=peak)


def _script(script: str, path: Path, folder: Path) -> Run:
    """Another side, in a process of its own as well."""
    start = perf_counter()
    process = psutil.Popen(
        [sys.executable, "-c", script, str(path), str(folder / "peer.duckdb")],
        cwd=folder,
        stdout=subprocess.DEVNULL,
    )
    peak = peak_megabytes(process, lambda: process.poll() is not None)
    total = perf_counter() - start
    if process.returncode:
        raise SystemExit(f"the other side failed on {path}")
    return Run(appended=total, total=total, peak_megabytes=peak)
