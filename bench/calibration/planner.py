"""A made-up company as the plan engine sees it: its history as arrays, without a warehouse."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from data.sample_company.families.nature import CHANNELS
from data.sample_company.families.records import NEVER, Exit
from data.sample_company.families.records import Stage as Recorded
from data.sample_company.families.snapshot import Snapshot
from metrics.estimators.age_counts import AgeCounts
from metrics.estimators.log_slope import LogGroups
from metrics.funnel.counts import THINNEST_RISK, THINNEST_SHARE, Cohorts
from metrics.plan.past.deal_steps import BANDS, STALE_AFTER
from metrics.plan.past.deals import AtClose, ByDay, Deals, OpenDeals
from metrics.plan.past.history import Entries, History, OpenLeads
from metrics.scope import Stage

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

STAGES = tuple(Stage)
"""The product's stages, in the order of the records' own."""


def planner_history(seen: Snapshot) -> History:
    """What does the past of a company tell a plan on the day of a snapshot?

    The same as `metrics.plan.past.history` makes of its exports by channel from the first day on,
    from the arrays at once. Channels are ordered by their leads, those without any left out. A lead
    that was recycled may come back, so it has not left.
    """
    records = seen.records
    left = np.where(records.exit == Exit.RECYCLED, NEVER, records.exited)
    leads = np.bincount(records.channel, minlength=len(CHANNELS))
    order = sorted(
        np.flatnonzero(leads).tolist(), key=lambda place: (-leads[place], CHANNELS[place])
    )
    segment_of = np.full(len(CHANNELS), -1)
    segment_of[order] = np.arange(len(order))
    fates = {
        (start, end): _Fates.of(seen, records.entered[:, start], records.entered[:, end], left)
        for start in Recorded
        for end in Recorded
        if end > start
    }
    to_won = fates[Recorded.LEAD, Recorded.WON]
    horizon = _horizon(to_won)
    segment = segment_of[records.channel]
    month = seen.life.month_of(records.entered[:, Recorded.LEAD])
    later = list(Recorded)[1:]
    following = list(zip(list(Recorded)[:-1], later, strict=True))
    return History(
        observed_until=seen.life.date_of(seen.day),
        entry=Stage.LEAD,
        segments=tuple(CHANNELS[place] for place in order),
        to_won=to_won.counts_by(segment, len(order), horizon),
        reached={STAGES[end]: fates[Recorded.LEAD, end].counts(horizon) for end in later},
        next_step={STAGES[start]: fates[start, end].counts(horizon) for start, end in following},
        won_from={
            STAGES[start]: fates[start, Recorded.WON].counts(horizon) for start, _ in following
        },
        open_leads=_open_leads(seen, segment, left),
        entries=_entries(seen, segment, len(order)),
        cohorts=_cohorts(seen, to_won, month, horizon),
        to_deal=_cohorts(seen, fates[Recorded.LEAD, Recorded.OPPORTUNITY], month, horizon),
        deals=_deals(seen),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Fates:
    """One entry per record that entered a state: its row, its age at its end, and which end."""

    row: Integers
    age: Integers
    is_converted: Flags
    is_exited: Flags

    @classmethod
    def of(cls, seen: Snapshot, since: Integers, converted: Integers, left: Integers) -> _Fates:
        row = np.flatnonzero(since < NEVER)
        since, converted, left = since[row], converted[row], left[row]
        is_converted = converted < NEVER
        ended = np.where(is_converted, converted, np.minimum(left, seen.day))
        return cls(row, np.maximum(ended - since, 0), is_converted, ~is_converted & (left < NEVER))

    def counts(self, horizon: int) -> AgeCounts:
        return self.counts_by(np.zeros(self.row.max(initial=0) + 1, dtype=np.int64), 1, horizon)[0]

    def counts_by(self, group: Integers, groups: int, horizon: int) -> tuple[AgeCounts, ...]:
        """The counts of each group; `group` has one entry per record there is."""
        of_row, within = group[self.row], self.age <= horizon
        is_open = ~self.is_converted & ~self.is_exited

        def by_age(kept: Flags) -> Integers:
            cell = of_row[kept] * (horizon + 1) + self.age[kept]
            counts = np.bincount(cell, minlength=groups * (horizon + 1)).astype(np.int64)
            return counts.reshape(groups, horizon + 1)

        entered = np.zeros((groups, horizon + 1), dtype=np.int64)
        entered[:, 0] = np.bincount(of_row, minlength=groups)
        columns = (
            entered,
            by_age(self.is_converted & within),
            by_age(self.is_exited & within),
            by_age(is_open & within),
        )
        return tuple(AgeCounts(*rows) for rows in zip(*columns, strict=True))


def _horizon(fates: _Fates) -> int:
    """The last age at which enough records are at risk."""
    if not fates.row.size:
        return 1
    at_risk = fates.counts(max(1, int(fates.age.max()))).at_risk
    enough = max(1.0, min(THINNEST_RISK, THINNEST_SHARE * at_risk.max()))
    return max(1, int(np.flatnonzero(at_risk >= enough)[-1]))


def _cohorts(seen: Snapshot, fates: _Fates, month: Integers, horizon: int) -> Cohorts:
    known, place = np.unique(month, return_inverse=True)
    return Cohorts(
        tuple(_first_of(seen, number) for number in known.tolist()),
        fates.counts_by(place.astype(np.int64), len(known), horizon),
    )


def _first_of(seen: Snapshot, month: int) -> date:
    return seen.life.date_of(int(seen.life.month_starts[month]))


def _open_leads(seen: Snapshot, segment: Integers, left: Integers) -> OpenLeads:
    entered = seen.records.entered
    rows = np.flatnonzero((entered[:, Recorded.OPPORTUNITY] == NEVER) & (left == NEVER))
    stage = (entered[rows] < NEVER).sum(axis=1) - 1
    age = seen.day - entered[rows, stage]
    cells, leads = np.unique(np.stack([segment[rows], stage, age]), axis=1, return_counts=True)
    names = np.array([each.value for each in STAGES])
    return OpenLeads(cells[0], names[cells[1]], cells[2], leads.astype(np.int64))


def _entries(seen: Snapshot, segment: Integers, segments: int) -> Entries:
    counts = {}
    shape = (seen.life.months, segments)
    for stage in Recorded:
        rows = np.flatnonzero(seen.records.entered[:, stage] < NEVER)
        if rows.size:
            month = seen.life.month_of(seen.records.entered[rows, stage])
            cell = month * segments + segment[rows]
            counts[STAGES[stage]] = np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape)
    kept = np.flatnonzero(np.sum([each.sum(axis=1) for each in counts.values()], axis=0))
    return Entries(
        tuple(_first_of(seen, month) for month in kept.tolist()),
        {stage: each[kept].astype(np.int64) for stage, each in counts.items()},
    )


def _deals(seen: Snapshot) -> Deals:
    opened, closed, won = seen.opened, seen.closed, seen.is_won
    amount = seen.amount.astype(np.float64)
    is_closed = closed < NEVER
    stale_days = None
    bounds = np.zeros(2)
    is_stale = np.zeros(len(opened), dtype=bool)
    idle = seen.day - seen.last_activity
    if won.any():
        stale_days = int(np.ceil(np.quantile((closed - opened)[won], STALE_AFTER)))
        is_stale = ~is_closed & (idle > stale_days)
    first = seen.records.deals.first_amount.astype(np.float64)
    is_first = seen.records.deals.amended == NEVER
    # In this order, as the engine has it: a ratio first, and the first amount by way of it.
    ratio = np.where(is_first, 1.0, amount / first)
    first = amount / ratio
    if is_closed.any():
        bounds = np.quantile(first[is_closed], [0.3333333333, 0.6666666667])
    band = 1 + (first[:, None] > bounds).sum(axis=1)
    left = np.where(is_stale, seen.last_activity + (stale_days or 0), np.where(won, NEVER, closed))
    fates = _Fates.of(seen, opened, np.where(won, closed, NEVER), left)
    horizon = _horizon(fates)
    still = ~is_closed & ~is_stale
    open_cells, open_deals = np.unique(
        np.stack([band[still], (seen.day - opened)[still], seen.amount[still], is_first[still]]),
        axis=1,
        return_counts=True,
    )
    ratios, moved = np.unique(np.floor(100 * ratio[won] + 0.5) / 100, return_counts=True)
    amounts, deals = np.unique(_three_digits(amount[won]), return_counts=True)
    return Deals(
        ages=fates.counts(horizon),
        bands=fates.counts_by(band, len(BANDS), horizon),
        cohorts=_cohorts(seen, fates, seen.life.month_of(opened), horizon),
        opened=_by_day(seen, opened, amount),
        won=_by_day(seen, closed[won], amount[won]),
        without_lead=_by_day(seen, np.zeros(0, dtype=np.int64), np.zeros(0)),
        open=OpenDeals(
            open_cells[0],
            open_cells[1],
            open_deals.astype(np.int64),
            open_cells[2].astype(np.float64),
            open_cells[3].astype(bool),
        ),
        won_amounts=amounts,
        won_deals=deals.astype(np.int64),
        at_close=AtClose(ratios, moved.astype(np.int64)),
        paces=LogGroups.of(np.log1p((closed - opened)[won]), amount[won]),
        prices=LogGroups.of(
            -(seen.day - seen.life.month_starts[seen.life.month_of(opened)]) / 365.25, first
        ),
        stale_days=stale_days,
        stale_deals=int(is_stale.sum()),
        stale_amount=float(amount[is_stale].sum()),
        undated_deals=0,
    )


def _three_digits(amounts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each amount to three digits, halves upward."""
    unit = 10.0 ** (np.floor(np.log10(amounts)) - 2)
    rounded: NDArray[np.float64] = np.floor(amounts / unit + 0.5) * unit
    return rounded


def _by_day(seen: Snapshot, days: Integers, amounts: NDArray[np.float64]) -> ByDay:
    known, place = np.unique(days, return_inverse=True)
    return ByDay(
        tuple(seen.life.date_of(int(day)) for day in known),
        np.bincount(place, minlength=len(known)).astype(np.int64),
        np.bincount(place, weights=amounts, minlength=len(known)).astype(np.float64),
    )
