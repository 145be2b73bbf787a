"""What colleagues wrote on people, accounts and leads by hand."""

from __future__ import annotations

from collections import Counter

import numpy as np
import polars as pl

from data.sample_company.world.channels import CHANNEL_NUMBER
from data.sample_company.world.chunk import Chunk
from data.sample_company.world.planted import NEVER, SECONDS_PER_DAY, Calendar, Integers

CHAMPION, REFERENCE, HOT = "Champion", "Reference customer", "Hot at the booth"

_CHAMPIONS, _REFERENCES, _HOT_LEADS = 0.25, 0.2, 0.15

_HOT_DAYS = 60


def draw_tags(chunk: Chunk) -> pl.DataFrame:
    """One row per tag: `subject_kind`, `subject` (row), `tag`, `starts_at` and `ends_at`, seconds.

    Champions are people whose lead became an opportunity, reference customers are accounts that
    were won, from the day of it on. What was hot at a trade show is so for sixty days.
    """
    random, leads = chunk.random(43), chunk.leads
    opened = leads.filter(pl.col("opportunity_at") < int(NEVER))
    person = opened.group_by("person").agg(pl.col("opportunity_at").min()).sort("person")
    deals = chunk.existing_deals.filter(pl.col("won") & (pl.col("closed_at") < int(NEVER)))
    account = deals.group_by("account").agg(pl.col("closed_at").min()).sort("account")
    show = np.flatnonzero(leads["channel"].to_numpy() == CHANNEL_NUMBER["Trade Show"])
    created = leads["created_at"].to_numpy()[show]
    return pl.concat(
        [
            _tags(random, "person", CHAMPION, _CHAMPIONS, *_rows(person), 0),
            _tags(random, "account", REFERENCE, _REFERENCES, *_rows(account), 0),
            _tags(random, "lead", HOT, _HOT_LEADS, show, created, _HOT_DAYS),
        ]
    )


def _rows(frame: pl.DataFrame) -> tuple[Integers, Integers]:
    subject, starts = (frame.to_series(column).cast(pl.Int64).to_numpy() for column in (0, 1))
    return subject, starts


def _tags(
    random: np.random.Generator,
    kind: str,
    tag: str,
    share: float,
    subject: Integers,
    starts: Integers,
    days: int,
) -> pl.DataFrame:
    """A share of the subjects with the tag, at least one; for so many days, 0 for ever."""
    luck = random.random(len(subject))
    chosen = (luck < share) | (luck == luck.min(initial=2.0))
    count = int(chosen.sum())
    ends = starts[chosen] + days * SECONDS_PER_DAY if days else np.full(count, NEVER)
    return pl.DataFrame(
        {
            "subject_kind": pl.repeat(kind, count, dtype=pl.String, eager=True),
            "subject": subject[chosen],
            "tag": pl.repeat(tag, count, dtype=pl.String, eager=True),
            "starts_at": starts[chosen],
            "ends_at": ends,
        }
    )


def count_tags(calendar: Calendar, tags: pl.DataFrame) -> Counter[str]:
    """Tags by what they say, and how many of all hold no longer on the last day."""
    last_day = calendar.cutoff_at - SECONDS_PER_DAY
    over = tags["ends_at"].to_numpy() // SECONDS_PER_DAY * SECONDS_PER_DAY < last_day
    return Counter(tags["tag"].to_list()) + Counter(over=int(over.sum()))
