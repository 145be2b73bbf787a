"""How deals go, what they are worth, and what sellers say of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from data.sample_company.families.entries import Entries
from data.sample_company.families.funnel import Paths, luck_of, on_weekday, spared
from data.sample_company.families.life import Life
from data.sample_company.families.luck import draw_luck
from data.sample_company.families.nature import BREAK_LAG_FACTOR, Family, Nature
from data.sample_company.families.records import NEVER, Deals, Exit, Records, Stage
from data.sample_company.world.planted import Flags, Integers, Numbers

STAGE_STARTS = np.array([0.0, 0.16, 0.42, 0.72])
"""When a deal enters each of its stages, as a part of the time in which it would be won."""

_LAST_STAGE = {
    "lost": np.array([0.3, 0.3, 0.25, 0.15]),
    "zombie": np.array([0.25, 0.35, 0.25, 0.15]),
}
"""Where deals end or stay that are not won: share by stage."""

_PACE_SIGMA = 0.6

_LOST_DAYS, _LOST_SIGMA = 35.0, 0.7

_AMOUNT_SIGMA = 0.75

_AMENDED = 0.4
"""Share of the deals whose amount changes, if they come as far as a proposal."""

_QUARTER_END_DAYS = 10


@dataclass(frozen=True, slots=True, eq=False)
class _Course:
    """One entry per deal: when it was opened, its pace in days, its last stage and its end."""

    opened: Integers
    pace: Numbers
    last_stage: Integers
    won: Flags
    ended: Integers


def draw_deals(
    random: np.random.Generator,
    nature: Nature,
    life: Life,
    entries: Entries,
    paths: Paths,
    rates: Numbers,
    account_luck: Numbers,
) -> Records:
    """Draw a deal for each lead that reached opportunity, and put everything on record.

    Larger deals take longer and are won less often. Amounts shrink on average between the first
    word and the close. Expected closes and probabilities are what sellers write: too early and
    too high.
    """
    count = len(entries.day)
    lead = np.flatnonzero(paths.entered[:, Stage.OPPORTUNITY] < NEVER)
    normal, uniform = draw_luck(random, count, 6, 8)
    luck = _Luck(*normal[:, lead], *uniform[:, lead])
    opened = paths.entered[lead, Stage.OPPORTUNITY]
    month = life.month_of(opened)

    pace = nature.lag_days[3] * np.exp(_PACE_SIGMA * luck.pace + 0.25 * luck.size)
    if nature.family is Family.BREAK and nature.change_month is not None:
        pace *= np.where(month >= nature.change_month, BREAK_LAG_FACTOR, 1.0)
    rate = rates[month, entries.channel[lead], Stage.OPPORTUNITY]
    of_account = account_luck[Stage.OPPORTUNITY, lead]
    wins = luck_of(of_account, luck.own, luck.size) < ndtri(rate)
    course = _course(nature, life, opened, pace, wins, luck)

    entered = np.concatenate([paths.entered, np.full((count, 1), NEVER)], axis=1)
    entered[lead[course.won], Stage.WON] = course.ended[course.won]
    exit_, exited = paths.exit.copy(), paths.exited.copy()
    lost = ~course.won & (course.ended < NEVER)
    exit_[lead[lost]], exited[lead[lost]] = Exit.LOST, course.ended[lost]
    deals = _priced(nature, month, lead, course, luck)
    return Records(entries.channel, entries.account, entered, exit_, exited, deals)


@dataclass(frozen=True, slots=True, eq=False)
class _Luck:
    """One entry per deal: what is drawn for it, normal and uniform.

    It is drawn for every lead, so that a change of the family leaves the luck of other deals alone.
    """

    size: Numbers
    own: Numbers
    pace: Numbers
    late: Numbers
    optimism: Numbers
    guess: Numbers
    quarter_end: Numbers
    spared: Numbers
    zombie: Numbers
    last_stage: Numbers
    amends: Numbers
    amended_by: Numbers
    amended_at: Numbers
    push: Numbers


def _course(
    nature: Nature,
    life: Life,
    opened: Integers,
    pace: Numbers,
    wins: Flags,
    luck: _Luck,
) -> _Course:
    would_win = _at_quarter_end(life, opened + pace.astype(np.int64), luck.quarter_end, nature)
    kept = spared(nature, life, Stage.OPPORTUNITY, would_win, luck.spared)
    zombie = ~wins & (luck.zombie < nature.zombie_share)
    last = np.where(
        zombie,
        np.searchsorted(np.cumsum(_LAST_STAGE["zombie"])[:-1], luck.last_stage),
        np.searchsorted(np.cumsum(_LAST_STAGE["lost"])[:-1], luck.last_stage),
    )
    last = np.where(wins, len(STAGE_STARTS) - 1, last)
    until_lost = STAGE_STARTS[last] * pace + _LOST_DAYS * np.exp(_LOST_SIGMA * luck.late)
    lost = on_weekday(life, opened + until_lost.astype(np.int64))
    ended = np.where(wins, would_win, np.where(zombie, NEVER, lost))
    return _Course(opened, pace, last, wins & kept, ended)


def _at_quarter_end(life: Life, days: Integers, luck: Numbers, nature: Nature) -> Integers:
    """The weekday of each win; a share waits for one of the last days of its quarter."""
    days = on_weekday(life, days)
    waits = luck < nature.quarter_end_share
    part = np.where(waits, luck / nature.quarter_end_share, 0.0)
    chosen = life.quarter_end(days) - (part * _QUARTER_END_DAYS).astype(np.int64)
    friday = chosen - np.array([0, 0, 0, 0, 0, 1, 2])[life.weekday(chosen)]
    return np.where(waits, np.maximum(days, friday), days)


def _priced(nature: Nature, month: Integers, lead: Integers, course: _Course, luck: _Luck) -> Deals:
    later = _hundreds(_amounts(nature, luck.size) * nature.price_growth**month)
    changes = luck.amends < _AMENDED
    first = np.where(changes, _hundreds(later * (0.9 + 0.7 * luck.amended_by)), later)
    part = STAGE_STARTS[2] + (0.9 - STAGE_STARTS[2]) * luck.amended_at
    amended = course.opened + (part * course.pace).astype(np.int64)
    amends = changes & (course.last_stage >= 2) & (amended <= course.ended)
    entered = course.opened[:, None] + (STAGE_STARTS * course.pace[:, None]).astype(np.int64)
    entered[course.last_stage[:, None] < np.arange(len(STAGE_STARTS))] = NEVER
    usual = nature.lag_days[3]
    guess = 0.8 * usual * np.sqrt(course.pace / usual) * np.exp(0.5 * luck.guess)
    return Deals(
        lead=lead,
        stage_entered=entered,
        first_amount=first,
        later_amount=np.where(amends, later, first),
        amended=np.where(amends, amended, NEVER),
        first_close=course.opened + np.maximum(guess, 14).astype(np.int64),
        push_days=30 * (1 + (3 * luck.push).astype(np.int64)),
        optimism=0.05 + 0.05 * luck.optimism,
    )


def _amounts(nature: Nature, size: Numbers) -> Numbers:
    """Amounts with the planted mean and rank `size`: log-normal, or Pareto from the least on."""
    amounts: Numbers = nature.median_amount * np.exp(_AMOUNT_SIGMA * size)
    if nature.tail_index is None:
        return amounts
    mean = nature.median_amount * np.exp(_AMOUNT_SIGMA**2 / 2)
    least = mean * (nature.tail_index - 1) / nature.tail_index
    heavy: Numbers = least * ndtr(-size) ** (-1 / nature.tail_index)
    return heavy


def _hundreds(amounts: Numbers) -> Integers:
    return np.maximum(1, np.round(amounts / 100)).astype(np.int64) * 100
