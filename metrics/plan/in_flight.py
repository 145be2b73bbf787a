"""What exists already brings by each deadline: wins so far, open deals, leads, and other deals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from metrics.period import Period
from metrics.plan.calendar import Grid, in_windows, months_ahead
from metrics.plan.chances import between, chance_by, quarters_luck
from metrics.plan.draws import Draws, with_odds
from metrics.plan.one_by_one import ONE_BY_ONE, wins_one_by_one
from metrics.plan.past.history import History
from metrics.plan.turns import Turn
from metrics.plan.worth import worth_in_flight, worth_to_come
from metrics.scope import Stage

MOST_CELLS, MOST_AMOUNTS = 24, 6
"""Open records are judged at so many ages of each kind, deals of a band and age at so many sums."""


@dataclass(frozen=True, slots=True, eq=False)
class InFlight:
    """Draws of what each source brings in each window: [windows, draws], deals and revenue.

    The sources are `won so far`, `open deals`, each stage of open leads, and `deals without a lead`
    that are still to come.
    """

    deals: dict[str, NDArray[np.int64]]
    revenue: dict[str, NDArray[np.float64]]

    @property
    def all_deals(self) -> NDArray[np.int64]:
        """[windows, draws]: the deals of all sources."""
        total: NDArray[np.int64] = np.sum(list(self.deals.values()), axis=0)
        return total

    @property
    def all_revenue(self) -> NDArray[np.float64]:
        """[windows, draws]: the revenue of all sources."""
        total: NDArray[np.float64] = np.sum(list(self.revenue.values()), axis=0)
        return total


MONTHS_OF_OTHERS = 12
"""Deals without a lead go on being opened as in up to so many past full months."""

WON = "won so far"
OPEN_DEALS = "open deals"
OTHER_DEALS = "deals without a lead"


def lead_source(stage: Stage) -> str:
    """What the open leads of a stage are called as a source.

    >>> lead_source(Stage.MQL)
    'open MQLs'
    """
    plural = "opportunities" if stage is Stage.OPPORTUNITY else f"{stage.label}s"
    return f"open {plural if stage in (Stage.MQL, Stage.SQL) else plural.lower()}"


def in_flight(
    history: History,
    draws: Draws,
    windows: Sequence[Period],
    more: Mapping[str, NDArray[np.int64]] | None = None,
) -> InFlight:
    """How many deals and how much revenue does what exists bring within each window?

    Windows are apart and in order. A record counts once: a deal by its own age and amount, a lead
    only while it has no deal, by its latest stage and the days since. A lead must first reach its
    next stage, then win from there. Stale deals bring nothing. New deals that name no lead keep
    being opened as in the last twelve full months, unless the plan itself starts from
    opportunities. `more` are deals of entries to come, [windows, draws]. All deals without an
    amount of their own share what a draw says of deal sizes, and are smaller if they are won soon.
    """
    rng = np.random.default_rng((draws.seed, 2))
    open_deals, priced, unpriced = _open_deals(history, draws, windows, rng)
    known = dict.fromkeys(history.open_leads.stage.tolist())
    stages = {lead_source(Stage(each)): Stage(each) for each in known}
    drawn = {name: _leads(history, draws, each, windows, rng) for name, each in stages.items()}
    worths = {name: worth_in_flight(history, draws, each, windows) for name, each in stages.items()}
    if history.entry is not Stage.OPPORTUNITY:
        drawn[OTHER_DEALS] = _others(history, draws, windows, rng)
        worths[OTHER_DEALS] = worth_to_come(history, draws, Stage.OPPORTUNITY, windows)
    if more:
        worths |= dict.fromkeys(more, worth_to_come(history, draws, history.entry, windows))
    drawn |= more or {}
    groups = np.concatenate([unpriced, *drawn.values()])
    amounts = draws.sums.totals(groups.T, Turn.IN_FLIGHT, rng).T
    of_open, *others = amounts.reshape(len(drawn) + 1, *unpriced.shape)
    others = [each * worths[name][:, None] for name, each in zip(drawn, others, strict=True)]
    won, won_amount = _won(history, draws, windows)
    return InFlight(
        {WON: won, OPEN_DEALS: open_deals, **drawn},
        {WON: won_amount, OPEN_DEALS: priced + of_open, **dict(zip(drawn, others, strict=True))},
    )


def _days(history: History, windows: Sequence[Period]) -> list[tuple[int, int]]:
    """The first and last day of each window, counted from the day the data ends."""
    return [
        (
            max(0, (window.start - history.observed_until).days - 1),
            max(0, (window.end - history.observed_until).days),
        )
        for window in windows
    ]


def _won(
    history: History, draws: Draws, windows: Sequence[Period]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    known = [history.deals.won.within(window) for window in windows]
    deals = np.array([[deals] for deals, _ in known], dtype=np.int64)
    revenue = np.array([[amount] for _, amount in known], dtype=np.float64)
    return np.tile(deals, draws.size), np.tile(revenue, draws.size)


def _open_deals(
    history: History,
    draws: Draws,
    windows: Sequence[Period],
    rng: np.random.Generator,
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """[windows, draws]: won deals, the amounts of those that have one, and those that have none."""
    open_deals = history.deals.open
    shape = (len(windows), draws.size)
    deals, revenue = np.zeros(shape, dtype=np.int64), np.zeros(shape)
    unpriced = np.zeros(shape, dtype=np.int64)
    shocks = quarters_luck(draws, windows)
    for band in np.unique(open_deals.band):
        of_band = open_deals.band == band
        ages, groups = _grouped(open_deals.age[of_band], open_deals.deals[of_band])
        amounts, sums = open_deals.amount[of_band], open_deals.deals[of_band]
        firsts = open_deals.is_first[of_band]
        for place, age in enumerate(ages):
            here = groups == place
            odds = draws.deal_odds[:, band]
            chances = [
                with_odds(between(draws.by_band[band], age, start, end), odds * luck)
                for (start, end), luck in zip(_days(history, windows), shocks, strict=True)
            ]
            for is_first in (True, False):
                part = here & (firsts == is_first)
                factor = np.resize(draws.at_close, draws.size) if is_first else 1.0
                for amount, number in _by_amount(amounts[part], sums[part]):
                    won = wins_in_turn(number, chances, draws.size, rng)
                    deals += won
                    if band:
                        revenue += won * amount * factor
                    else:
                        unpriced += won
    return deals, revenue, unpriced


def _grouped(
    ages: NDArray[np.int64], records: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Up to MOST_CELLS mean ages, and which of them each row belongs to.

    Cells widen with age in proportion: what is young changes by the day, and is few beside the old.
    """
    known, place = np.unique(ages, return_inverse=True)
    if len(known) > MOST_CELLS:
        cell = np.floor(np.log1p(known) / np.log1p(known[-1]) * (MOST_CELLS - 1e-9)).astype(
            np.int64
        )
        _, cell = np.unique(cell, return_inverse=True)
        place = cell[place]
    total = np.bincount(place, weights=records)
    return np.bincount(place, weights=records * ages) / total, place


def _by_amount(amounts: NDArray[np.float64], deals: NDArray[np.int64]) -> list[tuple[float, int]]:
    """Mean amounts and how many deals have them; few deals each by its own amount."""
    if not len(amounts):
        return []
    order = np.argsort(amounts)
    parts = np.array_split(order, min(len(order), MOST_AMOUNTS))
    return [
        (float(amounts[part] @ deals[part] / deals[part].sum()), int(deals[part].sum()))
        for part in parts
    ]


def wins_in_turn(
    records: int | NDArray[np.int64],
    chances: Sequence[NDArray[np.float64]],
    draws: int,
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """[windows, draws]: the wins of so many records, each of which wins in one window at most.

    `chances` has each window's chance per draw, over again where there are fewer of them.
    """
    if isinstance(records, int) and records <= ONE_BY_ONE:
        return wins_one_by_one(records, chances, draws, rng)
    left = np.full(draws, records, dtype=np.int64)
    gone = np.zeros(draws)
    found = []
    for chance in chances:
        here = np.resize(chance, draws)
        part = np.divide(here, 1 - gone, out=np.zeros(draws), where=gone < 1).clip(0, 1)
        won = rng.binomial(left, part)
        found.append(won)
        left -= won
        gone += here
    return np.array(found, dtype=np.int64)


def _leads(
    history: History,
    draws: Draws,
    stage: Stage,
    windows: Sequence[Period],
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """[windows, draws]: the wins of open leads of one stage."""
    of_stage = history.open_leads.stage == stage.value
    ages, groups = _grouped(history.open_leads.age[of_stage], history.open_leads.leads[of_stage])
    leads = np.bincount(groups, weights=history.open_leads.leads[of_stage]).astype(np.int64)
    edges = sorted({day for days in _days(history, windows) for day in days})
    odds = draws.lead_odds[stage][:, None]
    by_edge = {day: with_odds(chance_by(draws, stage, ages, day), odds) for day in edges}
    deals = np.zeros((len(windows), draws.size), dtype=np.int64)
    shocks = quarters_luck(draws, windows)
    for place, number in enumerate(leads):
        chances = [
            with_odds(np.maximum(by_edge[end][:, place] - by_edge[start][:, place], 0), luck)
            for (start, end), luck in zip(_days(history, windows), shocks, strict=True)
        ]
        deals += wins_in_turn(int(number), chances, draws.size, rng)
    return deals


def _others(
    history: History, draws: Draws, windows: Sequence[Period], rng: np.random.Generator
) -> NDArray[np.int64]:
    """[windows, draws]: wins of deals that are still to be opened and name no lead.

    Each month ahead opens as many as a past one, drawn anew; they win by the curve of all deals,
    with the odds of now.
    """
    won = np.zeros((len(windows), draws.size), dtype=np.int64)
    past = history.deals.opened.whole_months(history.observed_until)[-MONTHS_OF_OTHERS:]
    if not past:
        return won
    opened = np.array([history.deals.without_lead.within(month)[0] for month in past])
    end = max(window.end for window in windows)
    grid = Grid.of((end - history.observed_until).days)
    odds = draws.lead_odds[Stage.OPPORTUNITY][:, None]
    curve = with_odds(draws.deals.at(grid.ages).astype(np.float64), odds)
    months = months_ahead(history.observed_until, end)
    by_window = in_windows(grid, months, windows)
    for place, month in enumerate(months):
        whole = (month.start + timedelta(days=31)).replace(day=1) - month.start.replace(day=1)
        picked = opened[rng.integers(len(past), size=draws.size)]
        number = rng.binomial(picked, month.days / whole.days)
        past_chances = [curve @ each[:, place] for each in by_window]
        chances = [with_odds(each, draws.deal_drift) for each in past_chances]
        won += wins_in_turn(number, chances, draws.size, rng)
    return won
