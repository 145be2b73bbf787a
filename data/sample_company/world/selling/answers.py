"""What those say to whom leads are given, and how soon: later, the more they have to do."""

from __future__ import annotations

import numpy as np
import polars as pl

from data.sample_company.world.chunk import Chunk
from data.sample_company.world.funnel import in_office
from data.sample_company.world.planted import (
    NEVER,
    SECONDS_PER_DAY,
    UTC_OFFSET_HOURS,
    Integers,
    Numbers,
)
from data.sample_company.world.selling.assignments import given_between
from data.sample_company.world.selling.sellers import NAMES, SELF_SERVICE, SELLERS
from data.sample_company.world.text import choose, drawn_words
from data.sample_company.world.words import DISQUALIFIED_REASONS

_HOURS = (8.0, 12.0, 30.0, 0.0)
"""Median hours to an answer, by route."""

_SPREAD = 0.9

LOAD_DAYS, LOAD_SLOWS = 7, 1.0
"""Twice as many leads as usual in so many days take so many times twice as long."""

SILENT, NOTHING = 0.22, 0.35
"""Shares without an answer where nothing else happens: of leads, and of MQLs."""

_REJECTED, _REJECTED_ALONE = 0.4, 0.08
"""Shares rejected: of those who are given up later, and of those of whom nothing more is heard."""

_EVENTS = ("sql_at", "opportunity_at", "disqualified_at", "recycled_at")


def with_answers(chunk: Chunk, given: pl.DataFrame, reasons: pl.DataFrame) -> pl.DataFrame:
    """The assignments with `accepted_at` and `rejected_at` (`NEVER` for neither) and `reason`."""
    random = chunk.random(74)
    lead, at = given["lead"].to_numpy(), given["at"].to_numpy()
    route, seller = given["route"].to_numpy(), given["seller"].to_numpy()
    following = np.minimum(next_event(chunk, lead, at), given_between(lead, at))
    is_quiet = following >= NEVER
    answered = answers(random, chunk, lead, seller, route, at, following)
    silent = is_quiet & (random.random(len(lead)) < np.where(given["on_mql"], NOTHING, SILENT))
    answered = np.where(silent & (route != SELF_SERVICE), NEVER, answered)
    answered = np.where(route == SELF_SERVICE, at, answered)
    given_up = chunk.leads["disqualified_at"].to_numpy()[lead] < NEVER
    last = given_between(lead, at) >= NEVER
    rejects = random.random(len(lead)) < np.where(given_up, _REJECTED, _REJECTED_ALONE)
    rejects &= (given_up | is_quiet) & last & (route != SELF_SERVICE) & (answered < NEVER)
    alone = drawn_words(random, DISQUALIFIED_REASONS, len(lead))
    why = choose(given_up, reasons["disqualified"].gather(lead), alone)
    return given.with_columns(
        accepted_at=np.where(rejects, NEVER, answered),
        rejected_at=np.where(rejects, answered, NEVER),
        reason=choose(rejects, why, None),
    )


def answers(
    random: np.random.Generator,
    chunk: Chunk,
    lead: Integers,
    seller: Integers,
    route: Integers,
    at: Integers,
    following: Integers,
) -> Integers:
    """When whoever has a lead does something about it: in office hours, before what follows.

    `NEVER` where that is not before `until`.
    """
    slow = np.ones(len(NAMES) + 1)
    slow[: len(SELLERS)] = [each.slowness for each in SELLERS]
    busy = load(seller, at) ** LOAD_SLOWS
    hours = np.array(_HOURS)[route] * slow[seller] * busy
    hours = hours * np.exp(random.normal(0.0, _SPREAD, len(lead)))
    offset = UTC_OFFSET_HOURS[chunk.leads["region"].to_numpy()[lead]] * 3600
    done = in_office(at + (hours * 3600).astype(np.int64) + 60, at, offset)
    earlier = at + np.maximum((following - at) * 4 // 5, 1)
    done = np.where(done < following, done, earlier)
    return np.where(done < chunk.programme.calendar.cutoff_at, done, NEVER)


def load(seller: Integers, at: Integers) -> Numbers:
    """How many leads each seller was given in the days up to each, as a multiple of the usual."""
    order = np.lexsort((at, seller))
    who, when = seller[order], at[order]
    span = int(when.max() - when.min()) + LOAD_DAYS * SECONDS_PER_DAY + 1 if len(when) else 1
    line = who * span + when - (when.min() if len(when) else 0)
    earliest = np.searchsorted(line, line - LOAD_DAYS * SECONDS_PER_DAY)
    firsts = np.searchsorted(who, who)
    recent = np.arange(len(line)) - np.maximum(earliest, firsts) + 1
    usual = np.bincount(who + 1, weights=recent) / np.maximum(np.bincount(who + 1), 1)
    times = np.empty(len(line))
    times[order] = np.clip(recent / np.maximum(usual[who + 1], 1), 0.3, 3.0)
    return times


def next_event(chunk: Chunk, lead: Integers, after: Integers) -> Integers:
    """What is first recorded of each lead after a moment, `NEVER` without anything."""
    times = [chunk.leads[name].to_numpy()[lead] for name in _EVENTS]
    later = [np.where(each > after, each, NEVER) for each in times]
    first: Integers = np.minimum.reduce(later)
    return first
