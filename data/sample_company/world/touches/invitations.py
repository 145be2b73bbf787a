"""Who was invited to the company's events, and what people did before, at and after them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from data.sample_company.world.channels import CHANNEL_NUMBER
from data.sample_company.world.chunk import Chunk
from data.sample_company.world.events import (
    FIRST_WEBINAR,
    OPENS,
    Event,
    events,
)
from data.sample_company.world.planted import NEVER, SECONDS_PER_DAY, Integers, seconds
from data.sample_company.world.touches.reach import first_leads, may_be_mailed
from data.sample_company.world.touches.reading import in_gap
from data.sample_company.world.touches.web import within_calendar

_BOUNCES = 0.03

_WEBINAR_HOUR, _DOORS = 14 * 3600, 8 * 3600


@dataclass(frozen=True)
class Invitations:
    """What each system has of the events of a chunk, with the columns of its touches.

    `event` is the log of the event platform: registrations and visits of customer days, and what
    people did there, with the common columns.
    """

    email: pl.DataFrame
    webinar: pl.DataFrame
    download: pl.DataFrame
    event: pl.DataFrame

    @classmethod
    def of(cls, chunk: Chunk) -> Invitations:
        """Everything about all events of the calendar, as far as it has happened."""
        answers = [
            _answers(chunk, number, each)
            for number, each in enumerate(events(chunk.programme.calendar))
        ]
        people = pl.concat([_NOBODY, *answers])
        at_desk = people.filter("is_webinar")
        on_site = people.filter(~pl.col("is_webinar"))
        return cls(
            *(
                within_calendar(chunk, frame)
                for frame in (
                    _mails(people),
                    _webinars(at_desk),
                    _downloads(at_desk),
                    _log(on_site),
                )
            )
        )


def _answers(chunk: Chunk, number: int, event: Event) -> pl.DataFrame:
    """One row per person on the list of an event, with when each thing happened, `NEVER` if not."""
    random, programme = chunk.random(50 + number), chunk.programme
    starts = seconds(event.starts_on) + (_WEBINAR_HOUR if event.is_webinar else _DOORS)
    invited_at = seconds(event.invited_on) + 9 * 3600
    lead = first_leads(chunk)
    known = may_be_mailed(chunk, lead, np.full(len(lead), invited_at))
    if event.region is not None:
        known &= chunk.leads["region"].to_numpy()[lead] == event.region
    lead = lead[known]
    lead = np.sort(lead[random.random(len(lead)) < event.invited])
    count = len(lead)
    sent = invited_at + random.integers(0, 900, count)
    arrives = random.random(count) >= _BOUNCES
    opened = sent + 600 + (random.exponential(1.5, count) * SECONDS_PER_DAY).astype(np.int64)
    opens = arrives & (random.random(count) < OPENS) & (opened < starts - 3600)
    registers = opens & (random.random(count) < event.registers)
    wait = (random.exponential(3.0, count) * SECONDS_PER_DAY).astype(np.int64) + 90
    registered = np.minimum(opened + wait, starts - 1800)
    attends = registers & (random.random(count) < event.attends)
    acts = attends & (random.random(count) < event.acts)
    joined = starts + random.integers(-300, 900, count)
    person = chunk.leads["person"].to_numpy()[lead]
    registers &= ~in_gap(chunk, person, registered)
    attends &= registers & ~in_gap(chunk, person, joined)
    acted = joined + random.integers(3600, 6 * 3600, count)
    acts &= attends & ~in_gap(chunk, person, acted)
    campaign = programme.event_campaigns[number]
    about = programme.content_about(event.product, starts)
    channel = CHANNEL_NUMBER[event.channel]

    def when(happens: np.ndarray, at: Integers) -> Integers:
        return np.where(happens, at, NEVER)

    return pl.DataFrame(
        {
            "lead": lead,
            "person": person,
            "sent": sent,
            "delivered": when(arrives, sent + 15),
            "bounced": when(~arrives, sent + 15),
            "opened": when(opens, opened),
            "clicked": when(registers, registered - 60),
            "registered": when(registers, registered),
            "joined_at": when(attends, joined),
            "acted": when(acts, acted),
            "talks": random.random(count) < 0.6,
            "minutes": random.integers(12, 58, count),
            **{
                name: np.full(count, value)
                for name, value in (
                    ("channel", channel), ("campaign", campaign), ("content", about),
                    ("webinar", FIRST_WEBINAR + number),
                )
            },
            "is_webinar": np.full(count, event.is_webinar),
        }
    )  # fmt: skip


_NOBODY = pl.DataFrame(
    schema={
        **dict.fromkeys(
            ("lead", "person", "sent", "delivered", "bounced", "opened", "clicked", "registered",
             "joined_at", "acted"),
            pl.Int64,
        ),
        "talks": pl.Boolean,
        **dict.fromkeys(("minutes", "channel", "campaign", "content", "webinar"), pl.Int64),
        "is_webinar": pl.Boolean,
    }
)  # fmt: skip


def _mails(people: pl.DataFrame) -> pl.DataFrame:
    frames = [
        people.filter(pl.col(time) < int(NEVER)).select(
            "lead",
            pl.col(time).alias("at"),
            action=pl.lit(f"email_{event}"),
            content=pl.lit(-1, dtype=pl.Int64),
            issue=pl.lit(1, dtype=pl.Int64),
            person="person",
            channel=pl.lit(CHANNEL_NUMBER["Email"], dtype=pl.Int64),
            campaign="campaign",
        )
        for event, time in (
            ("sent", "sent"),
            ("delivered", "delivered"),
            ("bounce", "bounced"),
            ("open", "opened"),
            ("click", "clicked"),
        )
    ]
    return pl.concat(frames)


def _done(people: pl.DataFrame, time: str, action: str, *more: str) -> pl.DataFrame:
    return people.filter(pl.col(time) < int(NEVER)).select(
        "lead", "person", pl.col(time).alias("at"), pl.lit(action).alias("action"),
        "channel", "campaign", "content", *more,
    )  # fmt: skip


def _webinars(people: pl.DataFrame) -> pl.DataFrame:
    more = ("webinar", "joined_at", "minutes")
    return _done(people, "registered", "webinar_registered", *more)


def _downloads(people: pl.DataFrame) -> pl.DataFrame:
    return _done(people, "acted", "content_download")


def _log(people: pl.DataFrame) -> pl.DataFrame:
    there = people.with_columns(content=pl.lit(-1, dtype=pl.Int64))
    return pl.concat(
        [
            _done(there, "registered", "event_registered"),
            _done(there, "joined_at", "event_attended"),
            _done(there.filter("talks"), "acted", "booth_visited"),
            _done(there.filter(~pl.col("talks")), "acted", "session_attended"),
        ]
    )
