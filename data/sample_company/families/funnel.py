"""How leads go from stage to stage before there is a deal, and where they leave."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import betaincinv, expit, logit, ndtri

from data.sample_company.families.entries import Entries
from data.sample_company.families.life import Life
from data.sample_company.families.luck import draw_luck
from data.sample_company.families.nature import BREAK_FACTORS, LOOSENED_ODDS, Family, Nature
from data.sample_company.families.records import NEVER, Exit, Stage
from data.sample_company.world.planted import Flags, Integers, Numbers

ACCOUNT_SHARE = 0.15
"""Correlation of the luck of two leads of one account at a step."""

SIZE_SHARE = 0.2
"""How much the size of a deal stands against winning it, as a correlation."""

_LAG_SIGMA = (1.0, 0.9, 0.8)

_RECYCLED = 0.30
"""Share of the MQLs that go no further which are recycled; of all others some are disqualified."""

_DISQUALIFIED = (0.45, 0.32, 0.75)
"""Share of those who go no further, by the stage they stay in."""

_EXIT_DAYS, _EXIT_SIGMA = 14.0, 0.9

_LOOK_BACK_DAYS = 60
"""How old a lead may be to be judged again when the definition changes."""


@dataclass(frozen=True, slots=True, eq=False)
class Paths:
    """One entry per lead: `entered` is leads × the stages up to opportunity; `exit`, `exited`."""

    entered: Integers
    exit: Integers
    exited: Integers


def rates_by_month(random: np.random.Generator, nature: Nature, life: Life) -> Numbers:
    """Rate of each step for those who enter its first stage in a month: months × channels × steps.

    The odds of winning grow as planted. Where rates are overdispersed, the rates of a month and
    step are at one quantile of their Beta in all channels: what makes a month good makes it good
    everywhere. A break is not in them (`spared`), nor is a new definition of MQL.
    """
    odds = np.repeat(logit(nature.rates)[None], life.months, axis=0)
    odds[:, :, Stage.OPPORTUNITY] += np.log(nature.odds_growth) * np.arange(life.months)[:, None]
    rates: Numbers = expit(odds)
    if nature.rate_dispersion:
        precision = 1 / nature.rate_dispersion - 1
        quantile = random.random((life.months, 1, rates.shape[2]))
        rates = betaincinv(precision * rates, precision * (1 - rates), quantile)
    return rates


def draw_paths(
    random: np.random.Generator,
    nature: Nature,
    life: Life,
    entries: Entries,
    rates: Numbers,
    account_luck: Numbers,
) -> Paths:
    """Draw the stages up to opportunity. `account_luck` is standard normal, steps × leads.

    A lead goes on when its luck is below the normal quantile of the rate, so that rates hold
    exactly although the leads of an account are alike at each step. A step takes a log-normal time
    and ends on a weekday. Some of those who do not go on are disqualified or recycled.
    """
    count = len(entries.day)
    normal, uniform = draw_luck(random, count, 8, 7)
    own, pace, leaves, spared_by = normal[:3], normal[3:7], uniform[:3], uniform[3:6]
    entered = np.full((count, 4), NEVER)
    entered[:, Stage.LEAD] = entries.day
    exit_, exited = np.zeros(count, dtype=np.int64), np.full(count, NEVER)
    for step in range(3):
        rows = np.flatnonzero(entered[:, step] < NEVER)
        since = entered[rows, step]
        rate = rates[life.month_of(since), entries.channel[rows], step]
        luck = luck_of(account_luck[step, rows], own[step, rows])
        goes = luck < ndtri(rate)
        days = nature.lag_days[step] * np.exp(_LAG_SIGMA[step] * pace[step, rows])
        reached = on_weekday(life, since + days.astype(np.int64))
        kept = spared(nature, life, step, reached, spared_by[step, rows])
        entered[rows[goes & kept], step + 1] = reached[goes & kept]

        recycled = (step == Stage.MQL) & (leaves[step, rows] > 1 - _RECYCLED)
        stops = ~goes & ((leaves[step, rows] < _DISQUALIFIED[step]) | recycled)
        away = _EXIT_DAYS * np.exp(_EXIT_SIGMA * pace[3, rows]) * np.where(recycled, 2, 1)
        last = np.where(stops, on_weekday(life, since + away.astype(np.int64)), NEVER)
        last = np.where(goes & ~kept, reached, last)
        exited[rows] = last
        kind = np.where(recycled & stops, Exit.RECYCLED, Exit.DISQUALIFIED)
        exit_[rows] = np.where(last < NEVER, kind, Exit.NONE)
    paths = Paths(entered, exit_, exited)
    if nature.family is Family.DEFINITION_CHANGE:
        return _redefined(nature, life, entries, paths, pace=normal[7], luck=uniform[6])
    return paths


def luck_of(account_luck: Numbers, own: Numbers, size: Numbers | None = None) -> Numbers:
    """Standard normal luck of leads from that of the account, their own, and a deal's size."""
    of_account: Numbers = ACCOUNT_SHARE**0.5 * account_luck
    of_size: Numbers | float = 0.0 if size is None else SIZE_SHARE * size
    rest = 1 - ACCOUNT_SHARE - (0.0 if size is None else SIZE_SHARE**2)
    luck: Numbers = of_account + of_size + rest**0.5 * own
    return luck


def spared(nature: Nature, life: Life, step: int, reached: Integers, luck: Numbers) -> Flags:
    """Which of the events of a step a break leaves: all before it, and a share after.

    So a break acts by the calendar, on what is in flight as on what comes: from its day on the
    hazard of the event is the planted one times a factor.
    """
    if nature.family is not Family.BREAK or nature.change_month is None:
        return np.ones(len(reached), dtype=bool)
    since = life.month_starts[nature.change_month]
    left: Flags = (reached < since) | (luck < BREAK_FACTORS[step])
    return left


def on_weekday(life: Life, days: Integers) -> Integers:
    """Each day, or the Monday after it."""
    moved: Integers = days + np.array([0, 0, 0, 0, 0, 2, 1])[life.weekday(days)]
    return moved


def _redefined(
    nature: Nature, life: Life, entries: Entries, paths: Paths, *, pace: Numbers, luck: Numbers
) -> Paths:
    """Enter more leads as MQL from the change on, and sooner; all else stays as it was."""
    change = int(life.month_starts[nature.change_month or 0])
    entered, exited = paths.entered.copy(), paths.exited.copy()
    day, mql = entries.day, entered[:, Stage.MQL]
    sooner = (day >= change) & (mql < NEVER)
    quicker = on_weekday(life, day + (0.6 * (mql - day)).astype(np.int64))
    entered[sooner, Stage.MQL] = quicker[sooner]

    rate = nature.rates[entries.channel, Stage.LEAD]
    loose = expit(logit(rate) + np.log(LOOSENED_ODDS))
    more = (mql == NEVER) & (luck < (loose - rate) / (1 - rate))
    judged_again = more & (day < change) & (day >= change - _LOOK_BACK_DAYS) & (exited >= change)
    new = more & (day >= change)
    lag = (0.6 * nature.lag_days[0] * np.exp(_LAG_SIGMA[0] * pace)).astype(np.int64)
    added = on_weekday(life, np.where(new, day + lag, change))
    entered[new | judged_again, Stage.MQL] = added[new | judged_again]
    left = exited < NEVER
    after = np.where(new, exited + added - day, np.maximum(exited, added + 1))
    exited = np.where((new | judged_again) & left, after, exited)
    return replace(paths, entered=entered, exited=exited)
