"""One check: what every rule finds, what of it is new, and who is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from data.alert_log import (
    AlertEntry,
    AlertLog,
    AlertState,
    checking_alone,
    read_alert_log,
    write_alert_log,
)
from metrics.alerts.carried import carried
from metrics.alerts.deliver import tell
from metrics.alerts.reading import Asked
from metrics.alerts.readings import readings
from metrics.report.send import Delivery, check
from metrics.wording import formats

BUSY_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Checked:
    """The alerts as they stand, those that are active now and were not before, and deliveries."""

    log: AlertLog
    news: tuple[AlertEntry, ...]
    deliveries: tuple[Delivery, ...]

    @property
    def is_well(self) -> bool:
        """Whether every rule could be checked, and everybody who was to be told was."""
        broken = any(each.state is AlertState.BROKEN for each in self.log.entries)
        return not broken and not any(each.has_failed for each in self.deliveries)


def check_alerts(asked: Asked, store: Path, to: Sequence[str], *, dry_run: bool = False) -> Checked:
    """Check every rule, keep what it finds in the store, and tell the destinations what is new.

    The same alert is told once while it holds, and again when it has ended and come back. In a dry
    run nothing is kept and nobody is told. Raises ReportError for a destination that cannot be
    understood, before anything is checked; StoreError when the log cannot be read or written, or
    another check does not end.
    """
    check(to)
    if dry_run:
        log, news = _checked(asked, read_alert_log(store), to)
        return Checked(log, news, ())
    with checking_alone(store, BUSY_SECONDS):
        log, news = _checked(asked, read_alert_log(store), to)
        write_alert_log(store, log)
        log, deliveries = tell(
            log, to, asked.definitions, asked.now, lambda each: write_alert_log(store, each)
        )
    return Checked(log, news, deliveries)


def _checked(
    asked: Asked, before: AlertLog | None, to: Sequence[str]
) -> tuple[AlertLog, tuple[AlertEntry, ...]]:
    start = before or AlertLog(asked.now, ())
    marks = [start.mark(each) for each in to]
    entries = carried(start.entries, readings(asked), asked.now, marks)
    log = AlertLog(asked.now, entries, start.salt)
    return log, tuple(each for each in entries if each.state.is_active and each.since == asked.now)


def sentences(checked: Checked, rules: int) -> tuple[str, ...]:
    """What a check found, in words: how many rules, what is new, what was sent and what not."""
    holding, broken = (
        {each.rule for each in checked.log.entries if each.state is state}
        for state in (AlertState.HOLDS, AlertState.BROKEN)
    )
    of = formats.counted(rules, "alert was", "alerts were")
    said = f"{of} checked, {formats.counted(len(holding), 'holds', 'hold')}"
    said += f", {len(broken)} cannot be checked." if broken else "."
    new = [f"New: {each.rule}{_about(each)}. {each.sentence}" for each in checked.news]
    return (said, *new, *(each.said for each in checked.deliveries))


def _about(entry: AlertEntry) -> str:
    return f" ({entry.about})" if entry.about else ""
