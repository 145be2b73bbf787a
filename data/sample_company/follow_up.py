"""What became of MQLs once they were handed over: with which of them sales did nothing at all."""

from __future__ import annotations

from collections import Counter

import numpy as np
import polars as pl

from data.sample_company.journeys import Touches
from data.sample_company.world.chunk import Chunk
from data.sample_company.world.planted import SECONDS_PER_DAY
from data.sample_company.world.selling.actions import mql_entries
from data.sample_company.world.selling.work import SalesWork

_CONTACTS = ("call_connected", "call_no_answer", "call_voicemail")


def count_follow_up(chunk: Chunk, touches: Touches, work: SalesWork) -> dict[str, Counter[str]]:
    """MQLs that were handed over, and those of them that were left with nothing.

    Nothing: no answer, no action that was done, no later stage, and no call to the person, by the
    agency neither, from the day on which the lead became an MQL.
    """
    last = np.full(chunk.people.height, -1)
    for each in (touches.call, touches.sales):
        calls = each.filter(pl.col("action").is_in(_CONTACTS))
        np.maximum.at(last, calls["person"].to_numpy(), calls["at"].to_numpy())
    silent = work.unanswered(chunk)
    person = chunk.leads["person"].to_numpy()[silent["lead"].to_numpy()]
    day = silent["mql_at"].to_numpy() // SECONDS_PER_DAY * SECONDS_PER_DAY
    nothing = last[person] < day
    return {
        "handed_over": Counter(mqls=mql_entries(chunk).height, and_then_nothing=int(nothing.sum()))
    }
