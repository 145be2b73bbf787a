"""Visits to the website: the sessions of the people of one chunk, and of anonymous visitors."""

from __future__ import annotations

import numpy as np
import polars as pl

from data.sample_company.world.channels import (
    BRAND,
    CHANNEL_NUMBER,
    PARTNER,
    SALES,
    marketing_shares,
)
from data.sample_company.world.chunk import Chunk
from data.sample_company.world.planted import SECONDS_PER_DAY, Calendar, Integers, draw_choices
from data.sample_company.world.text import pick
from data.sample_company.world.touches.reading import for_persona, in_gap, telling
from data.sample_company.world.touches.uncounted import MACHINES, uncounted_visits

ACTIONS = ("page_view", "scroll", "video_start", "file_download", "form_submit")

_VIEW, _VIDEO, _DOWNLOAD, _SUBMIT = 0, 2, 3, 4

_SHARES = (0.78, 0.10, 0.05, 0.07)

_DIRECT = CHANNEL_NUMBER["Direct"]

_OFFLINE = [CHANNEL_NUMBER[name] for name in ("Telemarketing", "Trade Show", "", SALES, PARTNER)]

_ORGANIC, _BRAND = CHANNEL_NUMBER["Organic Search"], CHANNEL_NUMBER[BRAND]

_LATE_BRAND = 0.05
"""Share of the later visits of leads that come by an advertisement on the company's name."""

_FAR = 3
"""Stages after which nearly everybody has said who they are."""

_ENGAGED_SECONDS = {"page_view": 18.0, "scroll": 9.0, "video_start": 45.0}
"""Median seconds in view; of other actions none are measured."""

_MEASURED = 0.9
"""Share of visits of which the browser tells the time in view."""

_STRANGERS = 0.09
"""Sessions of people who never say who they are, per session of a lead."""


def web_touches(chunk: Chunk) -> pl.DataFrame:
    """Website events, in sessions. See `sample_touches` for the common columns.

    Beside them: `session` (start in seconds), `visitor` (number), `known` (the lead's id is
    attached), `page` (number), `place` (row of the account the visitor comes from), `engaged`
    (milliseconds in view, -1 where it was not measured). A lead of an
    online channel is created by the `form_submit` that ends its first session. Of who asks for the
    company by name, another channel brought an earlier one. Staff and machines are among them.
    """
    random, programme = chunk.random(1), chunk.programme
    sessions = _sessions(random, chunk)
    lead, start = sessions["lead"].to_numpy(), sessions["start"].to_numpy()
    events, pace = sessions["events"].to_numpy(), sessions["pace"].to_numpy()
    of = np.repeat(np.arange(sessions.height), events)
    position = np.arange(len(of)) - np.repeat(np.cumsum(events) - events, events)
    at = start[of] + position * pace[of]
    action = np.where(position == 0, _VIEW, random.choice(len(_SHARES), len(of), p=_SHARES))
    submits = sessions["converts"].to_numpy()[of] & (position == events[of] - 1)
    action = np.where(submits, _SUBMIT, action)
    reads = np.isin(action, (_VIDEO, _DOWNLOAD))
    reads = reads | ((action == _VIEW) & (random.random(len(of)) < 0.25))
    asset = programme.content_at(random.random(len(of)), at)
    created = chunk.leads["created_at"].to_numpy()[lead]
    person = np.where(lead >= 0, chunk.leads["person"].to_numpy()[lead], -1)
    campaign = programme.campaign_at(
        sessions["channel"].to_numpy(), sessions["product"].to_numpy(), start
    )
    visits = pl.DataFrame(
        {
            "lead": lead[of],
            "person": person[of],
            "at": at,
            "action": pick(ACTIONS, action),
            "channel": sessions["channel"].to_numpy()[of],
            "campaign": campaign[of],
            "content": np.where(reads, asset, -1),
            "session": start[of],
            "visitor": sessions["visitor"].to_numpy()[of],
            "known": sessions["identified"].to_numpy()[of] & (at >= created[of] - 10),
            "page": np.where(submits, -1, random.integers(0, 1000, len(of))),
            "place": sessions["place"].to_numpy()[of],
        }
    )
    shown = within_calendar(chunk, pl.concat([visits, uncounted_visits(chunk)]))
    return _engaged(chunk, _assets(chunk, shown))


def _assets(chunk: Chunk, visits: pl.DataFrame) -> pl.DataFrame:
    """The visits with the assets that people of their persona meet, and that tell what they add."""
    random = chunk.random(48)
    person, at, content = (visits[name].to_numpy() for name in ("person", "at", "content"))
    content = for_persona(random, chunk, person, content)
    content = telling(random, chunk, person, at, content)
    return visits.with_columns(content=np.where(in_gap(chunk, person, at), -1, content))


def _engaged(chunk: Chunk, visits: pl.DataFrame) -> pl.DataFrame:
    """How long each page was in view, and videos longer; not measured of machines and of others."""
    random = chunk.random(47)
    median = visits["action"].replace_strict(_ENGAGED_SECONDS, default=0.0).to_numpy()
    seconds = np.exp(random.normal(0.0, 0.8, visits.height)) * median
    is_machine = visits["visitor"].to_numpy() >= MACHINES
    measured = (median > 0) & ~is_machine & (random.random(visits.height) < _MEASURED)
    return visits.with_columns(
        engaged=np.where(measured, (np.minimum(seconds, 1800) * 1000).astype(np.int64), -1)
    )


def _sessions(random: np.random.Generator, chunk: Chunk) -> pl.DataFrame:
    """One row per session, those of strangers (lead -1) last."""
    leads, calendar = chunk.leads, chunk.programme.calendar
    visits = 1 + random.poisson(0.75 + 0.5 * leads["depth"].to_numpy())
    later = np.repeat(np.arange(leads.height), visits)
    begun = np.flatnonzero(leads["channel"].to_numpy() == _BRAND)
    own = np.concatenate([later, begun])
    strangers = round(len(own) * _STRANGERS)
    lead = np.concatenate([own, np.full(strangers, -1)])
    count = len(lead)
    of_lead = leads[own]
    person = np.where(lead >= 0, leads["person"].to_numpy()[lead], -1)
    created, channel = of_lead["created_at"].to_numpy(), of_lead["channel"].to_numpy()
    first = np.diff(later, prepend=-1) > 0
    others = np.zeros(len(begun) + strangers, bool)
    converts = np.concatenate([first & ~np.isin(channel[: len(later)], _OFFLINE), others])
    begins = (np.arange(count) >= len(later)) & (lead >= 0)
    region = np.concatenate([of_lead["region"].to_numpy(), random.integers(0, 3, strangers)])
    likely = np.concatenate([channel, np.full(strangers, _DIRECT)])
    start = np.concatenate(
        [
            around(random, created, of_lead["depth"].to_numpy()),
            calendar.draw_times(random, strangers),
        ]
    )
    created_at = leads["created_at"].to_numpy()[lead]
    start = np.where(begins, _beginnings(random, calendar, created_at), start)
    visited = touch_channels(random, likely, region)
    visited = np.where(begins, _origins(random, region), visited)
    late = (lead >= 0) & (start > created_at) & (random.random(count) < _LATE_BRAND)
    visited = np.where(late, _BRAND, visited)
    visited = np.where(chunk.withheld(person, visited, start), _DIRECT, visited)
    events, pace = 1 + random.poisson(1.55, count), random.integers(12, 150, count)
    submitted_at = created_at - 4
    product = leads["product"].to_numpy()[lead]
    device = chunk.people["visitor"].to_numpy()[person]
    second_device = device + 10**9
    far = leads["depth"].to_numpy()[lead] >= _FAR
    return pl.DataFrame(
        {
            "lead": lead,
            "converts": converts,
            "channel": np.where(converts, likely, visited),
            "product": np.where(random.random(count) < 0.7, product, random.integers(0, 3, count)),
            "events": events,
            "pace": pace,
            "start": np.where(converts, submitted_at - (events - 1) * pace, start),
            "visitor": np.where(
                lead >= 0,
                np.where(random.random(count) < 0.12, second_device, device),
                random.integers(2 * 10**9, 3 * 10**9, count),
            ),
            "identified": (lead >= 0) & (device % np.where(far, 16, 4) > 0),
            "place": np.where(
                lead >= 0,
                leads["account"].to_numpy()[lead],
                random.integers(0, chunk.accounts.height, count),
            ),
        }
    )


def _beginnings(random: np.random.Generator, calendar: Calendar, created: Integers) -> Integers:
    """Times at which people come to know the company who ask for it by name later."""
    earlier = (random.exponential(25.0, len(created)) * SECONDS_PER_DAY).astype(np.int64)
    first = np.minimum(calendar.start_at + 60, created - 3600)
    begun: Integers = np.maximum(created - 2 * SECONDS_PER_DAY - earlier, first)
    return begun


def _origins(random: np.random.Generator, region: Integers) -> Integers:
    """Channels by which people come to know the company on its website."""
    drawn = draw_choices(random, marketing_shares(origins=True)[region])
    return np.where(np.isin(drawn, _OFFLINE), _ORGANIC, drawn)


def around(random: np.random.Generator, created: Integers, depth: Integers) -> Integers:
    """Times around the creation of a lead: a third before it, later for those who go far."""
    before = random.random(len(created)) < 0.35
    earlier = random.exponential(18 * SECONDS_PER_DAY, len(created)).astype(np.int64) + 3600
    later = random.exponential((20 + 25 * depth) * SECONDS_PER_DAY).astype(np.int64) + 60
    return np.where(before, created - earlier, created + later)


def touch_channels(
    random: np.random.Generator, lead_channel: Integers, region: Integers
) -> Integers:
    """Channels of visits: often direct, often the lead's own, else the mix of the region.

    None is by an advertisement on the company's name, which finds only who knows it.
    """
    count = len(lead_channel)
    mixed = draw_choices(random, marketing_shares(origins=True)[region])
    lead_channel = np.where(lead_channel == _BRAND, _ORGANIC, lead_channel)
    luck = random.random(count)
    channel = np.select([luck < 0.35, luck < 0.6], [np.full(count, _DIRECT), lead_channel], mixed)
    return np.where(np.isin(channel, _OFFLINE), _DIRECT, channel)


def within_calendar(chunk: Chunk, touches: pl.DataFrame) -> pl.DataFrame:
    """Marketing's touches that lie in the calendar, in order of time, where it may touch."""
    calendar, lead = chunk.programme.calendar, touches["lead"].to_numpy()
    quiet = np.where(lead >= 0, chunk.leads["quiet_until"].to_numpy()[lead], 0)
    return touches.filter(
        (pl.col("at") >= np.maximum(quiet, calendar.start_at)) & (pl.col("at") < calendar.cutoff_at)
    ).sort("at", "lead", maintain_order=True)
