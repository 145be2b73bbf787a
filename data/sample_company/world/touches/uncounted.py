"""Touches that say nothing of the market: of the company's own people, and of machines."""

from __future__ import annotations

import numpy as np
import polars as pl

from data.sample_company.world.channels import CHANNEL_NUMBER
from data.sample_company.world.chunk import Chunk
from data.sample_company.world.planted import NEVER, SECONDS_PER_DAY, Integers

MACHINES = 10**10
"""The numbers of visitors that are machines begin here."""

_MACHINES_PER_LEAD = 0.0004

_HITS_A_DAY = (230, 420)

_SESSIONS_OF_STAFF, _DOWNLOADS_OF_STAFF, _WEBINARS_OF_STAFF = 14.0, 2.0, 1.5


def uncounted_visits(chunk: Chunk) -> pl.DataFrame:
    """Website events of staff, who are known, and of machines, which are not, as `web_touches`."""
    random = chunk.random(6)
    return pl.concat([_of_staff(random, chunk), _of_machines(random, chunk)])


def staff_downloads(chunk: Chunk) -> pl.DataFrame:
    """Downloads of gated content by staff, with the columns of `download_touches`."""
    random = chunk.random(8)
    person, at = _staff(random, chunk, _DOWNLOADS_OF_STAFF)
    none = np.full(len(person), -1)
    return pl.DataFrame(
        {
            "lead": none,
            "person": person,
            "at": at,
            "action": _repeated("content_download", len(person)),
            "channel": np.full(len(person), CHANNEL_NUMBER["Direct"]),
            "campaign": none,
            "content": chunk.programme.content_at(random.random(len(person)), at),
        }
    )


def staff_webinars(chunk: Chunk) -> pl.DataFrame:
    """Webinars that staff listens to, with the columns of `webinar_touches`."""
    random, programme = chunk.random(9), chunk.programme
    person, at = _staff(random, chunk, _WEBINARS_OF_STAFF)
    webinar = programme.next_webinar(at)
    starts = programme.webinar_starts(webinar)
    channel = np.full(len(person), CHANNEL_NUMBER["Webinar"])
    return pl.DataFrame(
        {
            "lead": np.full(len(person), -1),
            "person": person,
            "at": np.where(starts + 7_200 < programme.calendar.cutoff_at, at, NEVER),
            "action": _repeated("webinar_registered", len(person)),
            "channel": channel,
            "campaign": programme.campaign_at(channel, np.zeros_like(person), starts),
            "content": programme.webinar_content(webinar),
            "webinar": webinar,
            "joined_at": starts + random.integers(-400, 300, len(person)),
            "minutes": random.integers(20, 58, len(person)),
        }
    )


def _staff(random: np.random.Generator, chunk: Chunk, each: float) -> tuple[Integers, Integers]:
    """Rows of staff, one per thing that they do, of which each does about so many, and when."""
    rows = np.flatnonzero(chunk.people["staff"].to_numpy())
    person = np.repeat(rows, random.poisson(each, len(rows)))
    return person, chunk.programme.calendar.draw_times(random, len(person))


def _of_staff(random: np.random.Generator, chunk: Chunk) -> pl.DataFrame:
    person, start = _staff(random, chunk, _SESSIONS_OF_STAFF)
    events = 1 + random.poisson(1.5, len(person))
    of = np.repeat(np.arange(len(person)), events)
    position = np.arange(len(of)) - np.repeat(np.cumsum(events) - events, events)
    visitor = chunk.people["visitor"].to_numpy()[person]
    place = np.full(len(of), chunk.accounts.height - 1)
    return _views(random, start[of] + position * 45, start[of], person[of], visitor[of], place)


def _of_machines(random: np.random.Generator, chunk: Chunk) -> pl.DataFrame:
    """Each machine comes on one to three days, and on each makes hundreds of requests."""
    calendar = chunk.programme.calendar
    machines = max(1, round(chunk.leads.height * _MACHINES_PER_LEAD))
    days = np.minimum(random.integers(1, 4, machines), calendar.days)
    machine = np.repeat(np.arange(machines), days)
    first = random.integers(0, calendar.days - days + 1)
    day = first[machine] + np.arange(len(machine)) - np.repeat(np.cumsum(days) - days, days)
    hits = random.integers(*_HITS_A_DAY, len(machine))
    of = np.repeat(np.arange(len(machine)), hits)
    position = np.arange(len(of)) - np.repeat(np.cumsum(hits) - hits, hits)
    start = calendar.start_at + day * SECONDS_PER_DAY + random.integers(0, 6 * 3600, len(machine))
    visitor = MACHINES + chunk.number * 10**6 + machine
    place = random.integers(0, chunk.accounts.height, machines)[machine]
    nobody = np.full(len(of), -1)
    return _views(random, start[of] + position * 120, start[of], nobody, visitor[of], place[of])


def _views(
    random: np.random.Generator,
    at: Integers,
    session: Integers,
    person: Integers,
    visitor: Integers,
    place: Integers,
) -> pl.DataFrame:
    none = np.full(len(at), -1)
    return pl.DataFrame(
        {
            "lead": none,
            "person": person,
            "at": at,
            "action": _repeated("page_view", len(at)),
            "channel": np.full(len(at), CHANNEL_NUMBER["Direct"]),
            "campaign": none,
            "content": none,
            "session": session,
            "visitor": visitor,
            "known": person >= 0,
            "page": random.integers(0, 1000, len(at)),
            "place": place,
        }
    )


def _repeated(action: str, count: int) -> pl.Series:
    return pl.repeat(action, count, dtype=pl.String, eager=True)
