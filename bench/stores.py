"""The stores and files that benchmarks run on, made once by the product's own commands."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime
from enum import Enum
from pathlib import Path

from bench.report import WORK
from data.notebook.notebook import Notebook
from data.notebook.plans import Deadline, Deadlines, Plan, PlanLine, Target, plans

ROOT = Path(__file__).parents[1]
UNTIL = "2026-10-31"


class Size(Enum):
    """How many leads; interactions are ten times as many."""

    SMALL = 100_000
    MEDIUM = 1_000_000
    LARGE = 10_000_000

    @property
    def label(self) -> str:
        """The size in words."""
        return f"{self.name.lower()} ({self.value:,} leads)"


def run_module(*arguments: str, store: Path | None = None) -> None:
    """Run `python -m …` in the project's folder; its output is shown only when it fails."""
    environment = os.environ | ({"BACKCAST_STORE": str(store)} if store else {})
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")


def sample_folder(size: Size) -> Path:
    """The sample's exports of that size."""
    folder = WORK / f"sample-{size.name.lower()}"
    if not (folder / "truth.json").exists():
        run_module(
            "data", "sample", "--leads", str(size.value), "--out", str(folder), "--until", UNTIL
        )  # fmt: skip
    return folder


def interactions_file(size: Size) -> Path:
    """One CSV of interactions of that size."""
    folder = WORK / f"interactions-{size.name.lower()}"
    path = folder / "interactions.csv"
    if not path.exists():
        run_module(
            "data", "sample", "--leads", str(size.value), "--out", str(folder), "--until", UNTIL,
            "--only", "interactions",
        )  # fmt: skip
    return path


def loaded_store(size: Size) -> Path:
    """A store into which the sample's exports of that size were loaded."""
    store = WORK / f"store-{size.name.lower()}"
    if not (store / "CURRENT").exists():
        files = [path for path in sorted(sample_folder(size).iterdir()) if path.suffix != ".json"]
        run_module("loaders", "load", *map(str, files), store=store)
    return store


def keep_plan(store: Path, size: Size) -> None:
    """Keep a plan of about the usual volume that began half a year before the data ends."""
    shelf = plans(Notebook(store))
    if shelf.all():
        return
    months = [date(2026, month, 1) for month in range(5, 13)]
    leads, revenue = 0.036 * size.value, 36.0 * size.value
    lines = [PlanLine(month, "all", "lead", leads) for month in months]
    lines += [PlanLine(month, "all", "revenue", revenue) for month in months]
    plan = Plan(
        name="Plan",
        unit="lead",
        scope="",
        target=Target.REVENUE,
        currency="USD",
        first_day=months[0],
        deadlines=(Deadline(date(2026, 12, 31), revenue * len(months)),),
        confidence=0.8,
        together=Deadlines.EACH,
        lines=tuple(lines),
        assumptions=(),
        definitions_digest="",
        generation="",
        seed=1,
        draws=10_000,
    )
    shelf.save("plan", plan, based_on=0, written_at=datetime(2026, 4, 30, 18, tzinfo=UTC))
