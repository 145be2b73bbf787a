"""Which assets people meet: those made for them, one that adds, one that only seems to.

What is asked of people's stages is settled before, so that reading changes nothing of it: who went
on soon after is drawn to have read the one asset more often.
"""

from __future__ import annotations

import numpy as np

from data.sample_company.world.campaigns import Programme
from data.sample_company.world.chunk import Chunk
from data.sample_company.world.planted import NEVER, SECONDS_PER_DAY, Flags, Integers
from data.sample_company.world.words import PERSONAS

GAP_PERSONA, GAP_STAGE = "Procurement", "mql"
"""People of this persona meet no content while their lead is at this stage."""

ADDING, PRAISED = 2, 4
"""Numbers of the asset after which people more often become MQLs, and of the one that is read by
those who have become MQLs anyway, and adds nothing."""

_FITTING = 0.5
"""Share of the assets met that were made for the persona, beside those that are by chance."""

_MOVED_WITHIN = 45 * SECONDS_PER_DAY

_ADDING_BEFORE, _ADDING_ELSE = 0.36, 0.04
"""Chance that an asset met is the adding one: of those who become an MQL soon, and of others."""

_PRAISED_AFTER, _PRAISED_ELSE = 0.25, 0.03


def planted_content(programme: Programme) -> dict[str, str]:
    """The persona and stage without content, and the ids of the two assets."""
    ids = programme.content["id"]
    return {
        "gap_persona": GAP_PERSONA,
        "gap_stage": GAP_STAGE,
        "adding": ids[ADDING],
        "praised": ids[PRAISED],
    }


def for_persona(
    random: np.random.Generator, chunk: Chunk, person: Integers, content: Integers
) -> Integers:
    """The assets, some of them exchanged for a slightly older one that was made for the persona."""
    persona = np.where(person >= 0, chunk.people["persona"].to_numpy()[person], -1)
    count = len(PERSONAS)
    older = content - (content - persona) % count
    fits = (persona >= 0) & (content >= 0) & (older >= 0) & (random.random(len(content)) < _FITTING)
    return np.where(fits, older, content)


def telling(
    random: np.random.Generator, chunk: Chunk, person: Integers, at: Integers, content: Integers
) -> Integers:
    """The assets, some of them exchanged for the adding one or the praised one."""
    moved = _first(chunk, "mql_at")[np.maximum(person, 0)]
    soon = (moved > at) & (moved <= at + _MOVED_WITHIN)
    luck = random.random((2, len(content)))
    met = (person >= 0) & (content >= 0)
    adding = met & (luck[0] < np.where(soon, _ADDING_BEFORE, _ADDING_ELSE))
    praised = met & (luck[1] < np.where(moved <= at, _PRAISED_AFTER, _PRAISED_ELSE))
    return np.select([adding, praised], [ADDING, PRAISED], content)


def in_gap(chunk: Chunk, person: Integers, at: Integers) -> Flags:
    """Which moments lie in the gap: of people of the persona, on days at the stage."""
    who = np.maximum(person, 0)
    gap = PERSONAS.index(GAP_PERSONA)
    since = _first(chunk, "mql_at")[who] // SECONDS_PER_DAY * SECONDS_PER_DAY
    later = [_first(chunk, name)[who] for name in ("sql_at", "opportunity_at", "won_at")]
    until = np.minimum.reduce(later) // SECONDS_PER_DAY * SECONDS_PER_DAY
    of_persona = chunk.people["persona"].to_numpy()[who] == gap
    inside: Flags = (person >= 0) & of_persona & (at >= since) & (at < until)
    return inside


def _first(chunk: Chunk, column: str) -> Integers:
    """When each person first reached a stage, by any lead."""
    first = np.full(chunk.people.height, NEVER)
    np.minimum.at(first, chunk.leads["person"].to_numpy(), chunk.leads[column].to_numpy())
    return first
