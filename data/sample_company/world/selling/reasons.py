"""Why leads are given up or put off, the same in every system that tells of it."""

from __future__ import annotations

import polars as pl

from data.sample_company.world.chunk import INVALID_EMAIL, PLACEHOLDER, Chunk
from data.sample_company.world.text import choose, drawn_words
from data.sample_company.world.words import (
    DISQUALIFIED_REASONS,
    DUPLICATE_REASON,
    INVALID_REASON,
    RECYCLED_REASONS,
)

FAKE_REASON = "Fake Contact"

AGAIN_AFTER_DAYS = {
    "Timing": 365,
    "Budget Next Year": 180,
    "No Response": 30,
    "Project Postponed": 365,
}
"""When a lead is to be called again, by why it was put off."""


def draw_reasons(chunk: Chunk) -> pl.DataFrame:
    """One row per lead: why it is `disqualified`, and why it is `recycled`, should it be."""
    random, leads = chunk.random(11), chunk.leads
    why = drawn_words(random, DISQUALIFIED_REASONS, leads.height)
    why = choose(leads["duplicate_of"].to_numpy() >= 0, DUPLICATE_REASON, why)
    flaw = leads["flaw"].to_numpy()
    why = choose(flaw == INVALID_EMAIL, INVALID_REASON, why)
    why = choose(flaw == PLACEHOLDER, FAKE_REASON, why)
    put_off = drawn_words(random, RECYCLED_REASONS, leads.height)
    return pl.DataFrame({"disqualified": why, "recycled": put_off})
