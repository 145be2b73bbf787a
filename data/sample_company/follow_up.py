"""What became of MQLs once they were handed over: with which of them sales did nothing at all."""

from __future__ import annotations

from collections import Counter

import numpy as np
import polars as pl

from data.sample_company.journeys import Touches
from data.sample_company.world.chunk import Chunk
from data.sample_company.world.planted import NEVER, SECONDS_PER_DAY
from data.sample_company.world.selling.actions import mql_entries
from data.sample_company.world.selling.work import SalesWork

_CONTACTS = ("call_connected", "call_no_answer", "call_voicemail")


def count_follow_up(chunk: Chunk, touches: Touches, work: SalesWork) -> dict[str, Counter[str]]:
    """MQLs that were handed over, and those of them that were left with nothing.

    A lead that joined a deal which was open already was an opportunity before it was an MQL, and is
    left out. Nothing: no answer, no action that was done, no later stage, and no call to the
    person, by the agency neither, from the day on which the lead became an MQL.
    """
    last = np.full(chunk.people.height, -1)
    for each in (touches.call, touches.sales):
        calls = each.filter(pl.col("action").is_in(_CONTACTS))
        np.maximum.at(last, calls["person"].to_numpy(), calls["at"].to_numpy())
    silent = work.unanswered(chunk)
    person = chunk.leads["person"].to_numpy()[silent["lead"].to_numpy()]
    day = silent["mql_at"].to_numpy() // SECONDS_PER_DAY * SECONDS_PER_DAY
    nothing = last[person] < day
    handed = _handed_over(chunk)
    return {"handed_over": Counter(mqls=handed, and_then_nothing=int(nothing.sum()))}


def _handed_over(chunk: Chunk) -> int:
    entries, deal = mql_entries(chunk), chunk.leads["deal"].to_numpy()
    opened = np.append(chunk.deals["created_at"].to_numpy(), NEVER)[deal]
    return int((opened[entries["lead"].to_numpy()] >= entries["mql_at"].to_numpy()).sum())
