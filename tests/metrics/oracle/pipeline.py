"""What was in the pipeline before each past quarter, in plain Python over the rows of changes."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from tests.metrics.facts import Row
from tests.metrics.oracle.world import Deal, World


@dataclass
class Line:
    """The numbers of a quarter and a stage."""

    deals: int = 0
    untold_deals: int = 0
    due_deals: int = 0
    unpriced_deals: int = 0
    unrated_deals: int = 0
    amount: float | None = None
    weighted_amount: float | None = None
    closed_deals: int = 0
    won_deals: int = 0


Key = tuple[date, str | None]
"""First day of a quarter, and a stage."""


def past_pipeline(world: World, seen: date) -> dict[Key, Line]:
    """Every quarter that is over on the day `seen`, by stage."""
    begins = {
        field: min(days)
        for field in ("stage", "probability", "expected_close_on")
        if (days := [_day(world, row["changed_at"]) for row in _changes(world, field=field)])
    }
    if "expected_close_on" not in begins or len(begins) < 2:
        return {}
    told = max(
        begins["expected_close_on"],
        min(begins[each] for each in ("stage", "probability") if each in begins),
    )
    found: dict[Key, Line] = {}
    for year in range(told.year, seen.year + 1):
        for month in (1, 4, 7, 10):
            start = date(year, month, 1)
            end = _next_quarter(start) - timedelta(days=1)
            if start > told and end <= seen:
                found |= _before(world, start, end)
    return found


def _next_quarter(start: date) -> date:
    return date(start.year + start.month // 10, (start.month + 2) % 12 + 1, 1)


def _before(world: World, start: date, end: date) -> dict[Key, Line]:
    origin = start - timedelta(days=1)
    lines: dict[str | None, Line] = defaultdict(Line)
    for deal in world.deals:
        opened_on = world.day(deal.opened_at)
        is_open = deal.outcome == "open" or (deal.closed_on is not None and deal.closed_on > origin)
        if opened_on is None or opened_on > origin or not is_open:
            continue
        record = next(
            row for row in world.facts.opportunity if row["opportunity_id"] == deal.opportunity_id
        )
        _add(lines[_stage(world, deal, record, origin)], world, deal, record, (start, end))
    for stage, line in lines.items():
        for deal in world.deals:
            if deal.outcome == "open" or deal.closed_on is None or deal.closed_on > origin:
                continue
            if stage is not None and stage in _stages_until(world, deal, origin):
                line.closed_deals += 1
                line.won_deals += deal.outcome == "won"
    return {(start, stage): line for stage, line in lines.items()}


def _add(line: Line, world: World, deal: Deal, record: Row, quarter: tuple[date, date]) -> None:
    start, end = quarter
    origin = start - timedelta(days=1)
    line.deals += 1
    told, close = _value(world, deal, "expected_close_on", origin)
    expected = date.fromisoformat(close) if told and close else None
    if not told:
        stands = record.get("expected_close_on")
        if deal.outcome == "open" or stands != deal.closed_on:
            expected = stands
        else:
            line.untold_deals += 1
    if expected is None or not start <= expected <= end:
        return
    line.due_deals += 1
    told, amount = _value(world, deal, "amount", origin)
    base = None if deal.amount is None else float(deal.amount)
    if told:
        rate = base / float(deal.original_amount) if base and deal.original_amount else None
        base = float(amount) * rate if amount is not None and rate is not None else None
    told, chance = _value(world, deal, "probability", origin)
    if not told:
        chance = record.get("probability") if deal.outcome == "open" else None
    if chance is None:
        line.unrated_deals += 1
    if base is None:
        line.unpriced_deals += 1
        return
    line.amount = (line.amount or 0.0) + base
    if chance is not None:
        line.weighted_amount = (line.weighted_amount or 0.0) + base * float(chance)


def _stage(world: World, deal: Deal, record: Row, origin: date) -> str | None:
    told, value = _value(world, deal, "stage", origin)
    stage: str | None = value if told else record.get("stage")
    return stage if told or deal.outcome == "open" else None


def _value(world: World, deal: Deal, field: str, origin: date) -> tuple[bool, Any]:
    """Whether changes tell a value as of the end of a day, and which."""
    rows = _changes(world, deal.opportunity_id, field)
    if not rows:
        return False, None
    until = [row for row in rows if _day(world, row["changed_at"]) <= origin]
    return True, until[-1].get("new") if until else rows[0].get("old")


def _stages_until(world: World, deal: Deal, origin: date) -> set[str]:
    rows = _changes(world, deal.opportunity_id, "stage")
    passed = [row.get("new") for row in rows if _day(world, row["changed_at"]) <= origin]
    return {each for each in (*passed, *(row.get("old") for row in rows[:1])) if each is not None}


def _changes(world: World, opportunity_id: str | None = None, field: str = "") -> list[Row]:
    """The changes of a field, of one deal or of all, in order."""
    rows = [
        row
        for row in world.facts.opportunity_change
        if row["field"] == field and opportunity_id in (None, row["opportunity_id"])
    ]
    return sorted(rows, key=lambda row: row["changed_at"])


def _day(world: World, moment: datetime) -> date:
    found = world.day(moment)
    assert found is not None
    return found
