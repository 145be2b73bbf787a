"""How good each lead is held to be: its level, and when that was another."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import polars as pl

from data.sample_company.world.channels import step_rates
from data.sample_company.world.chunk import Chunk
from data.sample_company.world.planted import (
    NEVER,
    SECONDS_PER_DAY,
    Integers,
    Numbers,
    draw_choices,
)


@dataclass(frozen=True)
class Level:
    """A level: its share of leads, and how often they go on, as a multiple of all leads' rate."""

    name: str
    share: float
    to_mql: float
    to_sql: float


LEVELS = (
    Level("High value", 0.14, 1.70, 1.35),
    Level("High potential", 0.24, 0.62, 0.65),
    Level("Nurture", 0.30, 1.22, 1.05),
    Level("Verify", 0.20, 0.90, 0.85),
    Level("Low conversion", 0.12, 0.45, 0.60),
)
"""The best first. Multiples are in proportion: brought to what all leads make together."""

WORSE_THAN_NEXT = "High potential"
"""The level that converts worse than the one below it."""

DAYS_AGO = 180
"""How long before `until` levels were told before."""

_MOVED, _MOVED_AFTER_DAYS = 0.3, 110.0

_LIKELIEST = 0.98
"""No rate is above this, whatever the multiple."""


def draw_levels(chunk: Chunk) -> pl.DataFrame:
    """One row per lead: `level` (number) it has now, `level_before` it, and when it `moved_at`.

    How far a lead gets is settled already, so its level is drawn given that: with the chances that
    the planted multiples of its channel's rates would have left. Some moved by one level, mostly up
    where the lead became an MQL, mostly down where it did not.
    """
    random, leads = chunk.random(70), chunk.leads
    level = draw_choices(random, _chances(leads["channel"].to_numpy(), leads["depth"].to_numpy()))
    count = leads.height
    up = random.random(count) < np.where(leads["depth"].to_numpy() > 0, 0.7, 0.35)
    before = np.clip(level + np.where(up, 1, -1), 0, len(LEVELS) - 1)
    wait = (random.exponential(_MOVED_AFTER_DAYS, count) * SECONDS_PER_DAY).astype(np.int64)
    moved_at = leads["created_at"].to_numpy() + SECONDS_PER_DAY + wait
    moves = (random.random(count) < _MOVED) & (before != level)
    moves &= moved_at < chunk.programme.calendar.cutoff_at
    return pl.DataFrame(
        {
            "level": level,
            "level_before": np.where(moves, before, level),
            "moved_at": np.where(moves, moved_at, NEVER),
        }
    )


def _chances(channel: Integers, depth: Integers) -> Numbers:
    """Chance of each level by lead, given its channel and how far it gets."""
    share = np.array([each.share for each in LEVELS])
    to_mql, to_sql = multiples()
    rates = step_rates()[channel]
    mql = np.minimum(rates[:, :1] * to_mql, _LIKELIEST)
    sql = np.minimum(rates[:, 1:2] * to_sql, _LIKELIEST)
    far = depth[:, None]
    likely = np.select([far == 0, far == 1], [1 - mql, mql * (1 - sql)], mql * sql)
    weights = share * likely
    chances: Numbers = weights / weights.sum(axis=1, keepdims=True)
    return chances


def multiples() -> tuple[Numbers, Numbers]:
    """By level: its rate to MQL, and from there to SQL, as a multiple of that of all leads.

    >>> [[round(float(each), 2) for each in step] for step in multiples()]
    [[1.72, 0.63, 1.24, 0.91, 0.46], [1.35, 0.65, 1.05, 0.85, 0.6]]
    """
    share = np.array([each.share for each in LEVELS])
    to_mql = np.array([each.to_mql for each in LEVELS])
    to_mql = to_mql / (share * to_mql).sum()
    to_sql = np.array([each.to_sql for each in LEVELS])
    return to_mql, to_sql / (share * to_mql * to_sql).sum()


def level_at(levels: pl.DataFrame, at: int) -> Integers:
    """Number of each lead's level at a time."""
    now, before = levels["level"].to_numpy(), levels["level_before"].to_numpy()
    return np.where(levels["moved_at"].to_numpy() < at, now, before)


def told_before(chunk: Chunk, levels: pl.DataFrame) -> tuple[Integers, Integers]:
    """Leads (rows) that had another level `DAYS_AGO`, and the number of that level."""
    then = chunk.programme.calendar.cutoff_at - DAYS_AGO * SECONDS_PER_DAY
    before, now = level_at(levels, then), level_at(levels, int(NEVER))
    rows = np.flatnonzero((chunk.leads["created_at"].to_numpy() < then) & (before != now))
    return rows, before[rows]


def count_levels(chunk: Chunk, levels: pl.DataFrame) -> dict[str, Counter[str]]:
    """Leads by their level now, those of them that became SQLs, and moves that the exports show."""
    names = [each.name for each in LEVELS]
    now = levels["level"].to_numpy()
    facts = {"levels": _counted(names, now)}
    facts["levels_of_sqls"] = _counted(names, now[chunk.leads["sql_at"].to_numpy() < NEVER])
    rows, before = told_before(chunk, levels)
    up = int((now[rows] < before).sum())
    return facts | {"level_moves": Counter(up=up, down=len(rows) - up)}


def _counted(names: list[str], numbers: Integers) -> Counter[str]:
    counts = np.bincount(numbers, minlength=len(names)).tolist()
    return Counter(dict(zip(names, counts, strict=True)))
