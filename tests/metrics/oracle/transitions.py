"""Moves between stages, in plain Python: each lead's entries walked through one by one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from metrics.scope import Counting, Scope, Unit
from tests.metrics.oracle.numbers import has
from tests.metrics.oracle.stages import EXITS, STAGES
from tests.metrics.oracle.world import Lead, World

ORDER = STAGES + EXITS

Move = tuple[str | None, str | None, str]
"""From which stage, to which, and what that is called."""


@dataclass(frozen=True)
class Entry:
    """A lead, or a deal of it, entered a stage; `on` is the day on which that counts."""

    stage: str
    on: date


@dataclass(frozen=True)
class _Told:
    at: datetime
    stage: str
    is_creation: bool = False


def entries_of(world: World, lead_id: str) -> list[Entry]:
    """The lead's entries in order, also those into the stage in which it is."""
    own, of_deals = list(_told(world, lead_id)), list(_told_of_deals(world, lead_id))
    first = min((each.at for each in own), default=datetime.min)
    came = world.came_at(lead_id) or datetime.min
    standing = [_Told(first, each.stage) if each.is_creation else each for each in own]
    standing += [_Told(max(each.at, came), each.stage) for each in of_deals]
    by_day: dict[date, list[_Told]] = defaultdict(list)
    for each in standing:
        by_day[_local(each.at, world.zone).date()].append(each)
    found = []
    for day, of_day in sorted(by_day.items()):
        of_day.sort(key=lambda told: ORDER.index(told.stage))
        clocks = {
            moment.time() for told in of_day for moment in (told.at, _local(told.at, world.zone))
        }
        if time() not in clocks:
            of_day.sort(key=lambda told: told.at)
        found += [Entry(told.stage, day) for told in of_day]
    return found


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.replace(tzinfo=ZoneInfo("UTC")).astimezone(zone).replace(tzinfo=None)


def _told(world: World, lead_id: str) -> Iterator[_Told]:
    created = world.lead_rows[lead_id].get("created_at")
    if created is not None:
        yield _Told(created, "lead", is_creation=True)
    for row in world.facts.stage_change:
        at, stage = row["entered_at"], row["stage"]
        if row["subject_kind"] == "lead" and row["subject_id"] == lead_id:
            on_that_day = created is not None and at.date() == created.date()
            yield _Told(at, stage, is_creation=stage == "lead" and on_that_day)


def _told_of_deals(world: World, lead_id: str) -> Iterator[_Told]:
    deals = [each for each in world.deal_leads if lead_id in world.led_to(each)]
    for row in world.facts.stage_change:
        if row["subject_kind"] == "opportunity" and row["subject_id"] in deals:
            yield _Told(row["entered_at"], row["stage"])
    for deal in world.facts.opportunity:
        if deal["opportunity_id"] not in deals:
            continue
        opened, closed = deal.get("created_at"), deal.get("closed_at")
        if deal.get("outcome") not in ("won", "lost"):
            closed = None
        if opened is not None:
            yield _Told(min(opened, closed or opened), "opportunity")
        if closed is not None:
            yield _Told(closed, deal["outcome"])


def moves_of(entries: list[Entry], until: date) -> Iterator[tuple[Move, bool]]:
    """Each move until a day, and whether it is a return; last, that it is still there."""
    here: str | None = None
    been: set[str] = set()
    for entry in entries:
        if entry.on > until:
            break
        if entry.stage != here:
            yield (here, entry.stage, _kind(here, entry.stage, been)), entry.stage in been
        here = entry.stage
        been.add(here)
    if here is not None:
        yield (here, None, "still there"), False


def _kind(start: str | None, end: str, been: set[str]) -> str:
    if start is None:
        return "start"
    if end in EXITS:
        return "recycle" if end == "recycled" else "exit"
    if start in EXITS or start == "won":
        return "re-entry"
    steps = STAGES.index(end) - STAGES.index(start)
    if steps > 0:
        return "forward" if steps == 1 else "skip"
    return "regression" if end in been else "late entry"


@dataclass(frozen=True)
class Counted:
    """Of one move: how often, by how many subjects, and how many were returns."""

    transitions: int
    subjects: int
    returns: int


@dataclass(frozen=True)
class Walked:
    """The moves of all that are counted, and who made each."""

    whole: int
    moves: dict[Move, list[tuple[str, bool]]]

    def counted(self) -> dict[Move, Counted]:
        return {
            move: Counted(
                len(made), len({who for who, _ in made}), sum(returns for _, returns in made)
            )
            for move, made in self.moves.items()
        }

    def detour(self, kind: str, stage: str | None = None) -> tuple[int, int]:
        """How many moves and subjects there are of a kind that passed over or went to a stage."""
        made = [
            who
            for (start, end, named), all_made in self.moves.items()
            for who, _ in all_made
            if named == kind and (stage is None or stage in _about(start, end, named))
        ]
        return len(made), len(set(made))


def _about(start: str | None, end: str | None, kind: str) -> tuple[str, ...]:
    if kind == "skip" and start and end:
        return STAGES[STAGES.index(start) + 1 : STAGES.index(end)]
    return (end,) if end else ()


def walked(world: World, scope: Scope, entries: Mapping[str, list[Entry]]) -> Walked:
    """Every move of those that entered in the period, until the last day observed.

    `entries` are those of every lead.
    """
    members = dict(_members(world, scope))
    moves: dict[Move, list[tuple[str, bool]]] = defaultdict(list)
    for lead_id, subject in members.items():
        for move, returns in moves_of(entries[lead_id], scope.observed_until):
            moves[move].append((subject, returns))
    return Walked(len(set(members.values())), dict(moves))


def _members(world: World, scope: Scope) -> Iterator[tuple[str, str]]:
    """The leads that are counted, each with the subject that it is of."""

    def entered(lead: Lead) -> date | None:
        each = lead.episodes[0]
        moments = each.reached if scope.counting is Counting.REACHED else each.strict
        return world.day(moments[0])

    def counts(lead: Lead) -> bool:
        on = entered(lead)
        return (
            on is not None
            and scope.period.start <= on <= scope.period.end
            and on <= scope.observed_until
            and has(lead.segments, scope.filters)
        )

    leads = [lead for lead in world.leads.values() if lead.episodes]
    if scope.unit is Unit.LEAD:
        yield from ((lead.lead_id, lead.lead_id) for lead in leads if counts(lead))
        return
    accounts: dict[str, list[Lead]] = defaultdict(list)
    for lead in leads:
        if lead.account_id is not None:
            accounts[lead.account_id].append(lead)
    for account_id, own in accounts.items():
        if counts(min(own, key=lambda lead: (entered(lead) or date.max, lead.lead_id))):
            yield from ((lead.lead_id, account_id) for lead in own)
