"""From one check to the next: what goes on, comes up and ends, and who is still to be told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from data.alert_log import AlertEntry, AlertState
from metrics.alerts.reading import Reading

_Key = tuple[str, str, bool]


def carried(
    before: Iterable[AlertEntry], found: Sequence[Reading], now: datetime, marks: Sequence[str]
) -> tuple[AlertEntry, ...]:
    """The alerts as they stand now, given how they stood at the last check.

    One that goes on holding keeps since when it does and who was told, so that nobody is told
    twice; so does one without a number now. One that comes back has nobody who was told. One that
    ended before all destinations, of which `marks` are given, were told stays until they are, as
    ENDED. Where a rule is broken, what it found before stays; that it is no longer broken is not
    told. Alerts of rules that are no more are left out.
    """
    known = {_key_of_entry(each): each for each in before}
    broken = {each.rule for each in found if each.state is AlertState.BROKEN}
    entries: dict[_Key, AlertEntry] = {}
    for reading in found:
        key = _key(reading.rule, reading.about, reading.state)
        entries[key] = _next(known.get(key), reading, now, marks)
    rules = {each.rule for each in found}
    for key, old in known.items():
        if key in entries or old.rule not in rules:
            continue
        if old.rule in broken:
            entries[key] = old
        elif (ended := _ended(old, now, marks)) is not None:
            entries[key] = ended
    return tuple(entries.values())


def owed(entries: Iterable[AlertEntry], mark: str) -> tuple[AlertEntry, ...]:
    """Which alerts a destination is still to be told."""
    is_news = (AlertState.HOLDS, AlertState.BROKEN, AlertState.ENDED)
    return tuple(each for each in entries if each.state in is_news and mark not in each.told)


def told(
    entries: Iterable[AlertEntry], news: Sequence[AlertEntry], mark: str
) -> tuple[AlertEntry, ...]:
    """The same alerts, of which a destination was now told the news."""
    return tuple(
        msgspec.structs.replace(each, told=(*each.told, mark)) if each in news else each
        for each in entries
    )


def _next(
    old: AlertEntry | None, reading: Reading, now: datetime, marks: Sequence[str]
) -> AlertEntry:
    fresh = AlertEntry(
        reading.rule,
        reading.about,
        reading.state,
        now,
        reading.value,
        reading.sentence,
        reading.link.address(""),
    )
    if old is None:
        return fresh
    if reading.state is AlertState.UNKNOWN and old.state in (AlertState.HOLDS, AlertState.ENDED):
        return old
    if reading.state.is_active:
        goes_on = old.state.is_active or (old.state is AlertState.ENDED and not old.told)
        return msgspec.structs.replace(fresh, since=old.since, told=old.told) if goes_on else fresh
    if old.state.is_active or old.state is AlertState.ENDED:
        return _ended(old, now, marks) or fresh
    return msgspec.structs.replace(fresh, since=old.since) if old.state is fresh.state else fresh


def _ended(old: AlertEntry, now: datetime, marks: Sequence[str]) -> AlertEntry | None:
    """The alert as one that has ended, while somebody is to be told that it was so."""
    if old.state not in (AlertState.HOLDS, AlertState.ENDED) or set(marks) <= set(old.told):
        return None
    return msgspec.structs.replace(old, state=AlertState.ENDED, until=old.until or now)


def _key_of_entry(entry: AlertEntry) -> _Key:
    return _key(entry.rule, entry.about, entry.state)


def _key(rule: str, about: str, state: AlertState) -> _Key:
    """That a rule is broken is another alert than what it is about."""
    return rule, about, state is AlertState.BROKEN
