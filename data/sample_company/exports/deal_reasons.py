"""Why deals of a chunk are won or lost, and which competitor was up against us."""

from __future__ import annotations

import numpy as np
import polars as pl

from data.sample_company.world.chunk import Chunk
from data.sample_company.world.planted import Flags
from data.sample_company.world.text import choose, drawn_words, pick
from data.sample_company.world.words import COMPETITORS, LOST_REASONS

WIN_REASONS = ("Fit", "Price", "Relationship", "Support", "References")

TO_COMPETITOR = "Lost to Competitor"

_NAMED = COMPETITORS[:4]

LOST_TO_SHARES = (0.5, 0.25, 0.15, 0.1)
"""How often each competitor wins a deal that we lose to one."""

NAMED_OTHERWISE = 0.2
"""Deals lost for another reason of which a competitor is named all the same."""


def lost_reasons(random: np.random.Generator, count: int) -> pl.Series:
    """A reason for each deal, as if it were lost."""
    return drawn_words(random, LOST_REASONS, count)


def reason_columns(
    chunk: Chunk, lost: pl.Series, is_won: Flags, is_lost: Flags
) -> dict[str, pl.Series]:
    """The columns `Loss Reason`, `Win Reason` and `Lost To` of the chunk's deals.

    Whoever was lost to a competitor names it; some that were lost for another reason do as well.
    """
    random = chunk.random(61)
    won_for = drawn_words(random, WIN_REASONS, len(lost))
    to = pick(_NAMED, random.choice(len(_NAMED), len(lost), p=LOST_TO_SHARES))
    named = (lost == TO_COMPETITOR).to_numpy() | (random.random(len(lost)) < NAMED_OTHERWISE)
    return {
        "Loss Reason": choose(is_lost, lost, None),
        "Win Reason": choose(is_won, won_for, None),
        "Lost To": choose(is_lost & named, to, None),
    }
