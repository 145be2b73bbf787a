"""Sending a report or alerts by mail or webhook: the one module that knows Apprise.

Where these go is a secret: an address holds a password or a token. What is said of one names
its scheme alone, and the server where that cannot be a token.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote, urlsplit

from data.errors import ReportError

if TYPE_CHECKING:
    from apprise import Apprise, NotifyBase

VARIABLE = "BACKCAST_REPORT_TO"
"""The variable of the environment that holds where reports go, with blanks between."""

SECONDS = 60
"""A server that does not answer for so long is given up."""

MASK = "****"

_SERVER_IS_NO_SECRET = re.compile(r"(mailto|json|xml|form)s?", re.IGNORECASE)

_SHORTEST_SECRET = 3


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent: a subject, a text, a file where there is one, and what messages call it."""

    subject: str
    text: str
    attachment: Path | None = None
    called: str = "report"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What came of sending to one destination, in a sentence without secrets."""

    said: str
    has_failed: bool


def destinations(
    given: Iterable[str], environment: Mapping[str, str], variables: Sequence[str] = (VARIABLE,)
) -> tuple[str, ...]:
    """Where something goes: what is given, else what the first variable that is set says, once.

    >>> destinations([], {VARIABLE: "mailto://a.example  json://b.example"})
    ('mailto://a.example', 'json://b.example')
    """
    found = list(given)
    for variable in variables:
        found = found or environment.get(variable, "").split()
    return tuple(dict.fromkeys(found))


def send(message: Message, to: Sequence[str]) -> tuple[str, ...]:
    """Send the message to every destination; what came of each that went well, in words.

    Nothing is sent where one of them cannot be understood. One that fails does not keep the others
    from being sent. Raises ReportError, which names each that failed without its secrets.
    """
    check(to)
    done = [deliver(message, url, place) for place, url in enumerate(to, start=1)]
    sent = [each.said for each in done if not each.has_failed]
    if failed := [each.said for each in done if each.has_failed]:
        raise ReportError(*(each.rstrip(".") for each in (*failed, *sent)))
    return tuple(sent)


def deliver(message: Message, url: str, place: int) -> Delivery:
    """Send the message to one destination, the first of which has the place 1.

    Raises ReportError for one that cannot be understood. That it cannot be reached is told.
    """
    sender, name = _sender(url, place), named(url, place)
    if reason := _failure(sender, message, url):
        return Delivery(
            f"The {message.called} could not be sent to {name}: {reason}. Check that the server can"
            " be reached from here and that name, password and port are right.",
            has_failed=True,
        )
    service: NotifyBase = sender[0]
    takes_it = message.attachment is None or service.attachment_support
    return Delivery(f"Sent to {name}{'' if takes_it else ', as text: it takes no files'}.", False)


def check(to: Sequence[str]) -> None:
    """Raises ReportError for a destination that cannot be understood; sends nothing."""
    for place, url in enumerate(to, start=1):
        _sender(url, place)


def _sender(url: str, place: int) -> Apprise:
    import apprise  # takes a second, and only who sends needs it

    sender = apprise.Apprise(asset=apprise.AppriseAsset(app_id="Backcast", storage_mode="memory"))
    if sender.add(url):
        return sender
    raise ReportError(
        f"{named(url, place)} is no destination that anything can be sent to. Examples are"
        " mailtos://NAME:PASSWORD@smtp.example.com?from=reports@example.com&to=head@example.com"
        " and jsons://hooks.example.com/TOKEN; special characters are written as in %40 for @"
    )


def _failure(sender: Apprise, message: Message, url: str) -> str | None:
    """Why the message could not be sent, without secrets; None when it was."""
    result = sender.notify(
        body=message.text,
        title=message.subject,
        body_format="text",
        attach=str(message.attachment) if message.attachment else None,
        timeout=SECONDS,
    )
    with result:
        if result:
            return None
        said = [entry.message for each in result.results for entry in each.logs()]
    reasons = dict.fromkeys(masked(each, url).rstrip(". ") for each in said)
    return "; ".join(reasons) or "it did not answer in time"


def named(url: str, place: int) -> str:
    """What a destination is called in a message.

    >>> named("mailtos://me:secret@smtp.example.com:465?to=head@example.com", 1)
    'destination 1 (mailtos://smtp.example.com)'
    >>> named("slack://T1/B2/token", 2), named("no address", 3)
    ('destination 2 (slack://…)', 'destination 3')
    """
    parts = _split(url)
    if parts is None or not parts.scheme:
        return f"destination {place}"
    server = parts.hostname if _SERVER_IS_NO_SECRET.fullmatch(parts.scheme) else None
    return f"destination {place} ({parts.scheme}://{server or '…'})"


def masked(text: str, url: str) -> str:
    """The text without any part of the destination that may be a secret.

    >>> masked("401 for me at hooks.example.com/token", "json://me1:pw@hooks.example.com/token")
    '401 for me at hooks.example.com/****'
    """
    parts = _split(url)
    if parts is None:
        return MASK
    found = [parts.username, parts.password, *parts.path.split("/"), parts.fragment]
    found += [pair.partition("=")[2] for pair in parts.query.split("&")]
    if not _SERVER_IS_NO_SECRET.fullmatch(parts.scheme):
        found.append(parts.netloc.rpartition("@")[2])
    secrets = {each for part in found if part for each in (part, unquote(part))}
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST_SECRET:
            text = re.sub(re.escape(secret), MASK, text, flags=re.IGNORECASE)
    return text


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        parts.hostname, parts.port  # noqa: B018 - a wrong one is found out when it is asked for
    except ValueError:
        return None
    return parts
