"""The pipeline due in a period in plain Python: the life of each deal, change by change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from metrics.period import Period
from tests.metrics.facts import TERMS, Facts, Row

CENT = Decimal("0.01")
ORDER = ("amount", "expected_close_on", "stage")


@dataclass(frozen=True)
class Change:
    """What a change sets in the state of an open deal; `closed` ends it."""

    on: date
    what: str
    value: Any = None
    is_untold: bool = False


@dataclass
class State:
    """A deal while it is open."""

    amount: Decimal | None
    due: date | None
    stage: str | None


class Pipeline:
    """The lives of the deals of some facts; amounts are those of the derived table `deal`."""

    def __init__(self, facts: Facts, deals: list[Row], zone: str = TERMS.time_zone) -> None:
        self.zone = ZoneInfo(zone)
        self.deals = {row["opportunity_id"]: row for row in deals}
        self.records = {row["opportunity_id"]: row for row in facts.opportunity}
        self.changes: dict[str, list[Row]] = defaultdict(list)
        for row in facts.opportunity_change:
            self.changes[row["opportunity_id"]].append(row)
        self.open_stages = {
            self.records[name].get("stage")
            for name, row in self.deals.items()
            if row["outcome"] == "open" and row["opened_at"]
        }

    def day(self, moment: datetime) -> date:
        return moment.replace(tzinfo=UTC).astimezone(self.zone).date()

    def life(self, name: str) -> tuple[date, State, list[Change]] | None:
        """The day of opening, the state then, and all changes in order; None of no such day."""
        deal, record = self.deals[name], self.records[name]
        is_open = deal["outcome"] == "open"
        closed = None if is_open else record.get("closed_at")
        opened = record["created_at"]
        if not is_open:
            if closed is None:
                return None
            opened = min(opened or closed, closed)
        if opened is None:
            return None
        state, first, told = State(None, None, None), {}, {}
        for field in ORDER:
            rows = sorted(
                (row for row in self.changes[name] if row["field"] == field),
                key=lambda row: row["changed_at"],
            )
            mine = [row for row in rows if self._is_first(row, opened)]
            later = [row for row in rows if row not in mine]
            told[field] = later
            if mine:
                first[field] = self._value(name, field, mine[-1].get("new"))
                if self._is_closing(name, mine[-1]):
                    first[field] = None
            elif later:
                first[field] = self._value(name, field, later[0].get("old"))
            else:
                first[field] = self._now(name, field, closed)
        state = State(first["amount"], first["expected_close_on"], first["stage"])
        changes = [
            (row["changed_at"], ORDER.index(field), Change(
                self.day(row["changed_at"]), field, self._value(name, field, row.get("new"))))
            for field in ORDER
            for row in told[field]
            if closed is None or (row["changed_at"] < closed and not self._is_closing(name, row))
        ]  # fmt: skip
        ordered = [change for *_, change in sorted(changes, key=lambda each: each[:2])]
        if closed is not None:
            due_is_told = any(r["field"] == "expected_close_on" for r in self.changes[name])
            known = record.get("expected_close_on")
            is_untold = not due_is_told and known in (None, deal["closed_on"])
            on = self.day(closed)
            ordered.append(Change(on, "amount", deal["amount"]))
            ordered.append(Change(on, "expected_close_on", on, is_untold))
            ordered.append(Change(on, "closed"))
        elif self.changes[name]:
            last = max(row["changed_at"] for row in self.changes[name])
            on = self.day(max(last, opened))
            ordered.append(Change(on, "amount", deal["amount"]))
            ordered.append(Change(on, "expected_close_on", record.get("expected_close_on")))
            ordered.append(Change(on, "stage", record.get("stage")))
        return self.day(opened), state, ordered

    def _is_first(self, row: Row, opened: datetime) -> bool:
        if row["changed_at"] <= opened:
            return True
        return row.get("old") is None and self.day(row["changed_at"]) == self.day(opened)

    def _is_closing(self, name: str, row: Row) -> bool:
        """Whether a change only says, in the word of the stage, that the deal is closed."""
        last = self.records[name].get("stage")
        closed = self.deals[name]["outcome"] != "open"
        is_last = row["field"] == "stage" and last is not None and row.get("new") == last
        return closed and is_last and last not in self.open_stages

    def _value(self, name: str, field: str, text: str | None) -> Any:
        if text is None or field == "stage":
            return text
        if field == "expected_close_on":
            return date.fromisoformat(text)
        deal = self.deals[name]
        if deal["original_amount"]:
            if deal["amount"] is None:
                return None
            rate = float(deal["amount"]) / float(deal["original_amount"])
        elif deal["currency"] == TERMS.base_currency:
            rate = 1.0
        else:
            return None
        return Decimal(repr(float(text) * rate)).quantize(CENT, ROUND_HALF_UP)

    def _now(self, name: str, field: str, closed: datetime | None) -> Any:
        deal, record = self.deals[name], self.records[name]
        if field == "amount":
            return deal["amount"]
        if field == "stage":
            return None if closed else record.get("stage")
        known = record.get("expected_close_on")
        return None if closed and known == deal["closed_on"] else known

    def movement(self, period: Period, seen: date) -> dict[str, list[Any]]:
        """Of each part its deals, deals without an amount, and amount."""
        sums: dict[str, list[Any]] = defaultdict(lambda: [0, 0, Decimal(0)])
        last = min(period.end, seen)
        for name in self.deals:
            for part, *delta in self._moves(name, period, last):
                sums[part] = [a + b for a, b in zip(sums[part], delta, strict=True)]
        return sums

    def _moves(self, name: str, period: Period, last: date) -> Iterator[tuple[Any, ...]]:
        found = self.life(name)
        if found is None:
            return
        opened, state, changes = found

        def here() -> tuple[int, int, Decimal]:
            if state.due is None or not period.start <= state.due <= period.end:
                return 0, 0, Decimal(0)
            return 1, int(state.amount is None), state.amount or Decimal(0)

        if opened > last:
            return
        at_opening = here()
        if at_opening[0]:
            yield ("start" if opened < period.start else "new", *at_opening)
        for change in changes:
            if change.on > last:
                return
            before = here()
            old = state.amount
            if change.what == "closed":
                if before[0]:
                    part = self.deals[name]["outcome"] if change.on >= period.start else "start"
                    yield (part, *(-each for each in before))
                return
            setattr(state, {"expected_close_on": "due"}.get(change.what, change.what), change.value)
            after = here()
            if before == after:
                continue
            part = self._part(name, change, before[0] < after[0], period)
            if change.what == "amount":
                part = "decreased" if (old or 0) > (state.amount or 0) else "increased"
            if change.on < period.start:
                part = "start"
            difference = [b - a for a, b in zip(before, after, strict=True)]  # type: ignore[operator]
            yield (part, *difference)

    def _part(self, name: str, change: Change, comes: bool, period: Period) -> str:
        if change.is_untold:
            opened = self.deals[name]["opened_on"]
            return "new" if opened and opened >= period.start else "untold"
        return "pulled_in" if comes else "pushed_out"

    def spells(self, day: date) -> Iterator[tuple[str, str, date, date | None]]:
        """Deal, stage, since when and until when, null while it lasts, as known on a day."""
        for name in self.deals:
            life = self.life(name)
            if life is None or life[0] > day:
                continue
            since, state, changes = life
            stage = state.stage
            for change in changes:
                if change.on > day:
                    break
                if change.what == "closed" or (change.what == "stage" and change.value != stage):
                    if stage is not None:
                        yield name, stage, since, change.on
                    since = change.on
                    stage = None if change.what == "closed" else change.value
            if stage is not None:
                yield name, stage, since, None

    def due_at(self, day: date, period: Period) -> dict[str, Decimal | None]:
        """The amounts of deals open at the end of a day and due in the period."""
        found: dict[str, Decimal | None] = {}
        for name in self.deals:
            life = self.life(name)
            if life is None or life[0] > day:
                continue
            _, state, changes = life
            is_open = True
            for change in changes:
                if change.on > day:
                    break
                if change.what == "closed":
                    is_open = False
                else:
                    field = {"expected_close_on": "due"}.get(change.what, change.what)
                    setattr(state, field, change.value)
            if is_open and state.due and period.start <= state.due <= period.end:
                found[name] = state.amount
        return found
