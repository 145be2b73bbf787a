"""What people agreed to, by channel and purpose, and who must not be contacted at all."""

from __future__ import annotations

from collections import Counter
from functools import partial

import numpy as np
import polars as pl

from data.sample_company.world.chunk import Chunk
from data.sample_company.world.planted import NEVER, SECONDS_PER_DAY, Flags, Integers
from data.sample_company.world.text import choose
from data.sample_company.world.words import CHINA_REGION

EMAIL, PHONE, WECHAT = "Email", "Telemarketing", "WeChat"

MARKETING, EVENTS = "marketing", "events"

_EVENTS, _PHONE, _WECHAT = 0.35, 0.25, 0.5
"""Shares of those who agreed to marketing by e-mail who agreed to more; WeChat is China's."""

_EVENTS_WITHDRAWN, _PHONE_WITHDRAWN, _GRANTED_AGAIN = 0.10, 0.12, 0.4

_SUPPRESSED = 0.008


def draw_consent(chunk: Chunk) -> pl.DataFrame:
    """One row per change: `person` (row), `channel`, `purpose`, `at` in seconds, `granted`.

    Who agrees does so with the first lead. Who unsubscribes withdraws marketing by e-mail at that
    moment, whether it had been granted or not. Some withdraw mail about events or calls only, and
    some of the first agree to events again later.
    """
    random, people = chunk.random(44), chunk.people
    first = people["first_created_at"].to_numpy()
    luck = random.random((6, people.height))
    wait = (random.exponential(120.0, (2, people.height)) * SECONDS_PER_DAY).astype(np.int64) + 3600
    agreed, chinese = chunk.consents, (people["region"] == CHINA_REGION).to_numpy()
    events, phone = agreed & (luck[0] < _EVENTS), agreed & (luck[1] < _PHONE)
    wechat = agreed & chinese & (luck[2] < _WECHAT)
    no_events, no_phone = (
        events & (luck[3] < _EVENTS_WITHDRAWN),
        phone & (luck[4] < _PHONE_WITHDRAWN),
    )
    again = no_events & (luck[5] < _GRANTED_AGAIN)
    withdrawn = people["withdrawn_at"].to_numpy()
    of = partial(_changes, chunk.programme.calendar.cutoff_at)
    return pl.concat(
        [
            of(agreed, first, EMAIL, MARKETING, True),
            of(events, first, EMAIL, EVENTS, True),
            of(phone, first, PHONE, MARKETING, True),
            of(wechat, first, WECHAT, MARKETING, True),
            of(withdrawn < NEVER, withdrawn, EMAIL, MARKETING, False),
            of(no_events, first + wait[0], EMAIL, EVENTS, False),
            of(again, first + wait[0] + wait[1], EMAIL, EVENTS, True),
            of(no_phone, first + wait[1], PHONE, MARKETING, False),
        ]
    ).sort("at", "person", maintain_order=True)


def _changes(
    cutoff: int, who: Flags, at: Integers, channel: str, purpose: str, granted: bool
) -> pl.DataFrame:
    person = np.flatnonzero(who & (at < cutoff))
    words = {"channel": channel, "purpose": purpose}
    return pl.DataFrame({"person": person, "at": at[person]}).with_columns(
        **{name: pl.lit(word) for name, word in words.items()}, granted=pl.lit(granted)
    )


def draw_suppressed(chunk: Chunk) -> Integers:
    """Rows of people whom nobody may contact: at least one of those with a lead."""
    luck = chunk.random(45).random(chunk.people.height)
    luck = np.where(chunk.people["first_created_at"].to_numpy() < NEVER, luck, 2.0)
    return np.flatnonzero((luck < _SUPPRESSED) | (luck == luck.min()))


def count_consent(consent: pl.DataFrame) -> Counter[str]:
    """Changes by channel, purpose and what they say."""
    state = choose(consent["granted"], "granted", "withdrawn")
    names = consent.select(pl.concat_str("channel", "purpose", state, separator=" "))
    return Counter(names.to_series().to_list())
