"""From when on outcomes are told, a second time: plain Python over canonical rows, no SQL.

Written from the rule in words. All entries are looked at one by one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from tests.metrics.facts import Row
from tests.metrics.oracle.stages import EXITS, STAGES
from tests.metrics.oracle.world import World


@dataclass(frozen=True)
class Entry:
    """A lead or a deal entered a stage, as one way of telling has it."""

    kind: str
    subject: tuple[str, str]
    told_by: str
    at: datetime

    @property
    def way(self) -> tuple[str, str]:
        return self.subject[0], self.told_by


def entries_of(world: World) -> list[Entry]:
    found = [
        Entry(
            row["stage"],
            (row["subject_kind"], row["subject_id"]),
            row["inferred_from"],
            row["entered_at"],
        )
        for row in world.facts.stage_change
    ]
    for row in world.facts.opportunity:
        subject = ("opportunity", row["opportunity_id"])
        if row.get("created_at"):
            found.append(Entry("opportunity", subject, "record", row["created_at"]))
        if row.get("outcome") in ("won", "lost") and row.get("closed_at"):
            found.append(Entry(row["outcome"], subject, "record", row["closed_at"]))
    return found


def source_window(world: World) -> list[Row]:
    """`source_window` without snapshots, row by row."""
    entries = entries_of(world)
    started = {
        ("lead", name): row["created_at"]
        for name, row in world.lead_rows.items()
        if row.get("created_at")
    }
    starts = dict(started)
    for deal in world.deals:
        of_lead = starts.get(("lead", deal.lead_id or ""))
        opened = of_lead or deal.opened_at
        if opened:
            starts["opportunity", deal.opportunity_id] = opened
    firsts = [*started.values(), *(deal.opened_at for deal in world.deals if deal.opened_at)]
    records_from = world.day(min(firsts, default=None))
    rows = []
    for kind in (*STAGES[1:], *EXITS):
        own = [entry for entry in entries if entry.kind == kind]
        row: Row = {
            "kind": kind,
            "record_count": len({entry.subject for entry in own}),
            "told_by": ", ".join(
                sorted({f"{who} {'dates' if by == 'date_column' else by}" for who, by in ways(own)})
            ),
            "records_from": records_from,
            "first_on": None,
            "last_on": None,
            "observed_from": None,
            "begins_late": None,
        }
        if own and records_from:
            row["first_on"] = world.day(min(entry.at for entry in own))
            row["last_on"] = world.day(max(entry.at for entry in own))
            row["observed_from"] = _observed_from(world, entries, own, records_from, starts)
            row["begins_late"] = row["observed_from"] > records_from
        rows.append(row)
    return rows


def ways(entries: Sequence[Entry]) -> set[tuple[str, str]]:
    return {entry.way for entry in entries}


def _observed_from(
    world: World,
    entries: Sequence[Entry],
    own: Sequence[Entry],
    records_from: date,
    starts: dict[tuple[str, str], datetime],
) -> date:
    told_by: dict[tuple[str, str], set[str]] = defaultdict(set)
    for entry in own:
        told_by[entry.subject].add(entry.told_by)
    until = _day(world, max(entry.at for entry in entries))
    begins, needed = {}, set()
    for way in ways(own):
        since = records_from
        if way[1] == "history":
            pooled = [entry for entry in entries if entry.way == way]
            since = _begun(world, pooled, records_from, until, starts)
        of_way = [entry for entry in own if entry.way == way]
        begins[way] = _begun(world, of_way, since, until, starts)
        if any(len(told_by[entry.subject]) == 1 for entry in of_way):
            needed.add(way)
    return max(begins[way] for way in needed) if needed else min(begins.values())


def _begun(
    world: World,
    entries: Sequence[Entry],
    since: date,
    until: date,
    starts: dict[tuple[str, str], datetime],
) -> date:
    ordered = sorted(entries, key=lambda entry: entry.at)
    waits = [
        max(0, (entry.at.date() - starts[entry.subject].date()).days)
        if entry.subject in starts
        else 0
        for entry in ordered
    ]
    found = before = since
    for place, entry in enumerate(ordered):
        today = [each for each in ordered if each.at.date() < entry.at.date()]
        if len(today) > len(ordered) / 100:
            break
        if len(today) < place:
            continue  # the day's first entry stands for it
        day = _day(world, entry.at)
        empty = float((day - before).days)
        if place == 0:
            empty -= sum(waits) / len(waits)
        elif empty < 90:
            empty = 0
        follow = (until - day).days + 1
        if empty > 0 and (follow / (empty + follow)) ** (len(ordered) - place) < 0.01:
            found = day
        before = max(before, day)
    return found


def _day(world: World, moment: datetime) -> date:
    day = world.day(moment)
    assert day is not None
    return day
