"""Telling who is to be told: one message for each destination, with all that it does not know."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from data.alert_log import AlertEntry, AlertLog, AlertState
from data.definitions import Definitions
from metrics.alerts.carried import owed, told
from metrics.alerts.quiet import quiet_until
from metrics.report.send import Delivery, Message, deliver
from metrics.wording import formats


def tell(
    log: AlertLog,
    to: Sequence[str],
    definitions: Definitions,
    now: datetime,
    keep: Callable[[AlertLog], None],
) -> tuple[AlertLog, tuple[Delivery, ...]]:
    """Tell each destination what it does not know yet; the log then, and what came of it.

    Nothing is sent in quiet hours. What could not be delivered stays to be told. The log is kept
    after each destination, so that none of them is told twice when another takes long. Raises
    ReportError for a destination that cannot be understood.
    """
    waiting = {url: news for url in to if (news := owed(log.entries, log.mark(url)))}
    if not waiting:
        return log, ()
    if (until := quiet_until(definitions, now)) is not None:
        number = len({(each.rule, each.about) for news in waiting.values() for each in news})
        waits = formats.counted(number, "alert waits", "alerts wait")
        said = f"Quiet hours until {until:%H:%M}: {waits} for the first check after them."
        return log, (Delivery(said, has_failed=False),)
    done = []
    for place, url in enumerate(to, start=1):
        if url not in waiting:
            continue
        news = waiting[url]
        delivery = deliver(message(news, definitions), url, place)
        done.append(delivery)
        if not delivery.has_failed:
            entries = told(log.entries, owed(log.entries, log.mark(url)), log.mark(url))
            log = msgspec.structs.replace(log, entries=entries)
            keep(log)
    return log, tuple(done)


def message(news: Sequence[AlertEntry], definitions: Definitions) -> Message:
    """What a destination is told: each alert with its sentence, since when, and its link."""
    names = list(dict.fromkeys(each.rule for each in news))
    subject = names[0] if len(names) == 1 else f"{len(names)} alerts: {', '.join(names)}"
    lines = [line for each in news for line in (*_lines(each, definitions), "")]
    return Message(f"Backcast: {subject}", "\n".join(lines).rstrip(), called="alerts")


def _lines(entry: AlertEntry, definitions: Definitions) -> tuple[str, ...]:
    since = _moment(entry.since, definitions)
    when = f"Since {since}"
    if entry.state is AlertState.ENDED and entry.until is not None:
        when = f"From {since} until {_moment(entry.until, definitions)}: it has ended"
    link = f"{(definitions.alerts.address or '').rstrip('/')}{entry.link}"
    about = f" ({entry.about})" if entry.about else ""
    return f"{entry.rule}{about}", entry.sentence, f"{when}.", link


def _moment(moment: datetime, definitions: Definitions) -> str:
    local = moment.astimezone(definitions.zone)
    return f"{local:%Y-%m-%d %H:%M} ({definitions.time_zone})"
