"""A plan that is kept of the small company, so that pages have something to compare."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from data.notebook.notebook import Notebook
from data.notebook.plans import Deadline, Deadlines, Plan, PlanLine, Target, plans

MONTHS = tuple(date(2025 + (8 + n) // 12, (8 + n) % 12 + 1, 1) for n in range(9))


def keep_winter_plan(store: Path) -> None:
    """Keep a plan that was made in August 2025, for the nine months after it."""
    lines = [PlanLine(month, "all", "lead", 120.0) for month in MONTHS]
    lines += [PlanLine(month, "all", "revenue", 400_000.0) for month in MONTHS]
    plan = Plan(
        name="Winter <b>plan</b>",
        unit="lead",
        scope="",
        target=Target.REVENUE,
        currency="USD",
        first_day=MONTHS[0],
        deadlines=(Deadline(date(2026, 5, 31), 3_600_000.0),),
        confidence=0.8,
        together=Deadlines.EACH,
        lines=tuple(lines),
        assumptions=(),
        definitions_digest="0" * 64,
        generation="then",
        seed=1,
        draws=1000,
    )
    made_at = datetime(2025, 8, 31, 18, tzinfo=UTC)
    plans(Notebook(store)).save("winter", plan, based_on=0, written_at=made_at)
