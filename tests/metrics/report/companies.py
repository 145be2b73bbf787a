"""Companies that reports are made of, and a plan that is kept of one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from data.definitions import Definitions
from data.notebook.notebook import Notebook
from data.notebook.plans import PlanLine, plans
from tests.metrics.facts import TERMS, Facts, Row, change, lead, opportunity, spend, touch
from tests.metrics.plan import kept

SEEN = kept.SEEN
EURO = Definitions.model_validate(TERMS.model_dump() | {"base_currency": "EUR"})
FORMULA, MARKUP, SCRIPT = '=cmd("x")', "#let x = *[", "<script>alert(1)</script>"
HOSTILE = (FORMULA, MARKUP, SCRIPT, r"\u{0} $1_2$ //x")


def dollars() -> Facts:
    """The company of steady months, with a touch of every lead before its deal was opened."""
    found = kept.company()
    named = tuple(row | {"person_id": f"P{row['lead_id']}"} for row in found.lead)
    touches = tuple(
        touch(f"T{row['lead_id']}", row["created_at"], row["person_id"], channel=row["channel"])
        for row in named
    )
    return replace(found, lead=named, interaction=touches)


def planned(leads: float = 60.0, revenue: float = 90_000.0) -> tuple[PlanLine, ...]:
    """Half a year of a plan that wants three times as many leads as come."""
    return tuple(
        PlanLine(date(2026, month, 1), "all", metric, value)
        for month in range(1, 7)
        for metric, value in (("lead", leads), ("revenue", revenue), ("spend", 600.0))
    )


def with_plan(folder: Path, name: str = MARKUP, *, locked: bool = False) -> Notebook:
    """A notebook that keeps the plan under a name."""
    notebook = Notebook(folder)
    value = kept.keep(*planned(), name=name).value
    plans(notebook).save("plan", value, based_on=0, written_at=kept.MADE_AT)
    if locked:
        notebook.lock("plan", based_on=1, written_at=datetime(2026, 1, 1, tzinfo=UTC))
    return notebook


def euros(*, touched: bool = True, spent: bool = True) -> Facts:
    """Four leads of March 2026, of which two won 1,234.56 and 8,000 euros; names are hostile."""
    leads: list[Row] = []
    changes: list[Row] = []
    for place, channel in enumerate(HOSTILE):
        came = datetime(2026, 3, 2 + place, 9)
        leads.append(lead(f"L{place}", came, channel=channel, person_id=f"P{place}"))
        changes.append(change("lead", f"L{place}", "mql", datetime(2026, 3, 10)))
    deals = tuple(
        opportunity(
            f"O{place}",
            datetime(2026, 3, 12),
            primary_lead_id=f"L{place}",
            outcome="won",
            closed_at=datetime(2026, 3, 20),
            original_amount=amount,
            currency="EUR",
        )
        for place, amount in enumerate((Decimal("1234.56"), Decimal(8_000)))
    )
    touches = tuple(
        touch(f"T{place}", datetime(2026, 3, 2 + place, 8), f"P{place % 2}", channel=channel)
        for place, channel in enumerate(HOSTILE)
    )
    return Facts(
        lead=tuple(leads),
        stage_change=tuple(changes),
        opportunity=deals,
        campaign=({"campaign_id": "c1", "name": MARKUP, "channel": FORMULA},),
        campaign_spend=(spend("c1", date(2026, 3, 3), "400.00", "EUR"),) if spent else (),
        interaction=touches if touched else (),
        as_of=datetime(2026, 3, 31, 12),
    )
