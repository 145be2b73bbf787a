"""The backward plan: how many entries a target needs, by when, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from data.errors import MetricError
from metrics.estimators.deal_sizes import DealSizes, draw_totals
from metrics.estimators.first_passage import answer, needed_entries
from metrics.period import Period, in_words
from metrics.plan.calendar import Grid, in_window, months_ahead, profile
from metrics.plan.draws import MONTHS, Draws, sizes_for_revenue
from metrics.plan.history import History
from metrics.plan.in_flight import OTHER_DEALS, InFlight
from metrics.plan.target import Assumptions, Target, TargetKind, Together
from metrics.scope import Stage

TOO_LATE = 0.1
"""Entries of a month are too late when less than this share of their wins comes in time."""


@dataclass(frozen=True, slots=True, eq=False)
class BackwardPlan:
    """The answer, and the draws it is read from.

    `entries` [months] is the answer: how many should enter in each month. `needed` [windows, draws]
    are the entries of the window's months that its target takes, given the answer for the months
    before, and `planned` [windows] what the answer has of them. `win_chances`
    [windows, draws, months] is the chance that an entry of the month wins in the window,
    `in_time` [windows, months] the mean share of the eventual wins that does, and `brought`
    [windows, draws] what exists already brings, in the target's unit.
    """

    target: Target
    assumptions: Assumptions
    entry: Stage
    months: tuple[Period, ...]
    segments: tuple[str, ...]
    mix: NDArray[np.float64]
    entries: NDArray[np.float64]
    needed: NDArray[np.float64]
    planned: NDArray[np.float64]
    win_chances: NDArray[np.float32]
    brought: NDArray[np.float64]
    in_time: NDArray[np.float64]
    sizes: DealSizes
    seed: int

    @property
    def volume(self) -> float:
        """All entries of the answer; infinite where no volume is enough."""
        return round(float(self.entries.sum()), 6)

    @property
    def is_reachable(self) -> bool:
        """Whether any volume reaches the target with the confidence."""
        return bool(np.isfinite(self.volume))

    @property
    def chances(self) -> list[float]:
        """P(hit) of each window by itself, with the answer, on the draws it was found on."""
        return [float(share) for share in self._is_met.mean(axis=1)]

    @property
    def joint_chance(self) -> float:
        """P(hit) of all windows together, with the answer, on the draws it was found on."""
        return float(self._is_met.all(axis=0).mean())

    @property
    def _is_met(self) -> NDArray[np.bool_]:
        """[windows, draws]: whether the answer is enough."""
        enough: NDArray[np.bool_] = self.needed <= self.planned[:, None]
        return enough & np.isfinite(self.needed)

    @property
    def too_late(self) -> NDArray[np.bool_]:
        """[months]: those in which under 10 % of the eventual wins come in time."""
        late: NDArray[np.bool_] = self.in_time.sum(axis=0) < TOO_LATE
        return late

    @property
    def last_useful_month(self) -> Period | None:
        """The last month whose entries are not too late; None where all are."""
        useful = np.flatnonzero(~self.too_late)
        return self.months[useful[-1]] if useful.size else None


def backward_plan(
    history: History,
    draws: Draws,
    brought: InFlight,
    target: Target,
    assumptions: Assumptions | None = None,
) -> BackwardPlan:
    """How many entries does the target need, month by month?

    Per draw and window: q = Σ_m s_m · G_m(window), the chance that an entry of the window's months
    wins in it; k = the won deals that are left to win after what exists, and what the months before
    bring; needed = k + NegBin(k, q). The answer is the γ-quantile of needed: the smallest volume
    with P(hit) ≥ γ on the same draws. The proportions of the months stay; their scale is solved
    window by window. A window whose own months are too late for it is solved with those before.
    With ALL, each window is held to the confidence at which all are met together with γ.

    Raises MetricError for a window that has passed, an unknown segment, months that do not fit,
    and a target in revenue where no won deal has an amount.
    """
    assumed = assumptions or Assumptions()
    months_ahead(history.observed_until, target.windows[0].end)
    months = months_ahead(history.observed_until, target.windows[-1].end)
    if len(months) > MONTHS:
        raise MetricError(
            f"{in_words(target.windows[-1].end)} is {len(months)} months away: choose a deadline"
            f" within {MONTHS} months"
        )
    shares = month_shares(history, months, assumed)
    mix = segment_mix(history, assumed)
    in_revenue = target.kind is TargetKind.REVENUE
    sizes = scaled_sizes(sizes_for_revenue(draws), assumed) if in_revenue else DealSizes.of([1.0])
    in_time = _in_time(draws, months, target, assumed)
    problem = _Problem(
        target,
        _groups(months, target, in_time),
        shares,
        win_chances(draws, months, target.windows, mix, assumed, history),
        _brought(brought, in_revenue, assumed),
        sizes,
        draws.seed,
    )
    entries, needed, planned = problem.solve()
    return BackwardPlan(
        target=target,
        assumptions=assumed,
        entry=history.entry,
        months=months,
        segments=history.segments,
        mix=mix,
        entries=entries,
        needed=needed,
        planned=planned,
        win_chances=problem.win_chances,
        brought=problem.brought,
        in_time=in_time,
        sizes=sizes,
        seed=draws.seed,
    )


def _groups(
    months: tuple[Period, ...], target: Target, in_time: NDArray[np.float64]
) -> list[tuple[list[int], NDArray[np.int64]]]:
    """Windows that are solved together, and the months whose scale meets them.

    The months up to a window's end belong to it. Where all of them are too late for it, the window
    joins the one before.
    """
    groups: list[tuple[list[int], NDArray[np.int64]]] = []
    start = 0
    for place, window in enumerate(target.windows):
        end = sum(month.end <= window.end or month.start <= window.end for month in months)
        own = np.arange(start, end)
        late = own.size == 0 or (in_time[place, own] < TOO_LATE).all()
        if groups and late:
            windows, earlier = groups[-1]
            groups[-1] = ([*windows, place], np.concatenate((earlier, own)))
        else:
            groups.append(([place], own))
        start = end
    return groups


@dataclass(frozen=True, slots=True, eq=False)
class _Problem:
    """A target with everything drawn; what is left is to find the volumes."""

    target: Target
    groups: list[tuple[list[int], NDArray[np.int64]]]
    shares: NDArray[np.float64]
    win_chances: NDArray[np.float32]
    brought: NDArray[np.float64]
    sizes: DealSizes
    seed: int

    def solve(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """The entries by month, and by window the draws of what is needed and what is planned."""
        wanted = self.target.confidence
        found = self._at(wanted)
        if self.target.together is Together.EACH or len(self.target.deadlines) == 1:
            return found
        low, high = wanted, 1 - (1 - wanted) / len(self.target.deadlines)
        found = self._at(high)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            tried = self._at(middle)
            joint = (tried[1] <= tried[2][:, None]).all(axis=0).mean()
            if joint >= wanted:
                high, found = middle, tried
            else:
                low = middle
        return found

    def _at(
        self, confidence: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        rng = np.random.default_rng((self.seed, 3))
        entries = np.zeros(len(self.shares))
        needed, planned = np.zeros_like(self.brought), np.zeros(len(self.brought))
        for windows, months in self.groups:
            shares = self.shares[months]
            shares = (
                shares / shares.sum() if shares.sum() else np.full(len(months), 1 / len(months))
            )
            for place in windows:
                known = self.brought[place]
                if entries.any():
                    known = known + _reached(self.win_chances[place], entries, self.sizes, rng)
                q = np.clip(self.win_chances[place][:, months] @ shares, 0, 1)
                amount = self.target.deadlines[place].amount
                needed[place] = needed_entries(amount, known, q, self.sizes, rng)
            volume = max(answer(needed[place], confidence) for place in windows)
            planned[windows] = volume
            entries[months] = np.where(shares > 0, volume * shares, 0)
            if not np.isfinite(volume):
                entries[months] = np.inf
                return entries, needed, planned
        return entries, needed, planned


HALVINGS = 6
"""How often the confidence of a window is halved in, for all windows together."""


def _reached(
    win_chances: NDArray[np.float32],
    entries: NDArray[np.float64],
    sizes: DealSizes,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """[draws]: what these entries by month bring in one window, by [draws, months] chances."""
    total = round(float(entries.sum()))
    if total == 0:
        return np.zeros(len(win_chances))
    mean = np.clip(win_chances @ (entries / entries.sum()), 0, 1)
    return draw_totals(sizes, rng.binomial(np.int64(total), mean), rng)


def landing(plan: BackwardPlan, entries: NDArray[np.float64]) -> NDArray[np.float64]:
    """[windows, draws]: what is reached with these entries by month, in the target's unit.

    A forward run: who is won, and for how much, is drawn anew.
    """
    rng = np.random.default_rng((plan.seed, 4))
    return np.stack(
        [
            known + _reached(chances, entries, plan.sizes, rng)
            for known, chances in zip(plan.brought, plan.win_chances, strict=True)
        ]
    )


def hit_chance(plan: BackwardPlan, entries: NDArray[np.float64]) -> float:
    """P(hit): in which share of a forward run are all windows met with these entries by month?"""
    amounts = np.array([deadline.amount for deadline in plan.target.deadlines])
    return float((landing(plan, entries) >= amounts[:, None]).all(axis=0).mean())


def most_reachable(plan: BackwardPlan, entries: NDArray[np.float64]) -> float:
    """The largest target, over all windows together, that these entries reach as surely as asked.

    The (1 − γ)-quantile of the landing: as much or more is reached in γ of the draws.
    """
    total = np.sort(landing(plan, entries).sum(axis=0))
    return float(total[int(np.floor((1 - plan.target.confidence) * len(total)))])


def month_shares(
    history: History, months: tuple[Period, ...], assumed: Assumptions
) -> NDArray[np.float64]:
    """[months]: how the entries spread; as assumed, else as the past did."""
    if assumed.weights:
        if len(assumed.weights) != len(months):
            raise MetricError(
                f"the plan has {len(months)} months, {months[0].describe()} to"
                f" {months[-1].describe()}, but {len(assumed.weights)} are given: leave none out"
            )
        weights = np.array(assumed.weights)
        shares: NDArray[np.float64] = weights / weights.sum()
        return shares
    past, counts = full_months(history)
    return profile(months, [month.start for month in past], counts)


def full_months(history: History) -> tuple[list[Period], NDArray[np.int64]]:
    """The past months that the data covers whole, and the entries of each."""
    entered = history.entries.counts[history.entry].sum(axis=1)
    found = []
    for first, count in zip(history.entries.months, entered, strict=True):
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        if last <= history.observed_until:
            found.append((Period(first, last), int(count)))
    # The month in which the data begins may be partial.
    found = found[1:]
    return [month for month, _ in found], np.array([count for _, count in found], dtype=np.int64)


def entries_per_month(history: History) -> float:
    """The mean entries of the last twelve full months; of all days where there is none."""
    _, counts = full_months(history)
    if counts.size:
        return float(counts[-12:].mean())
    first = min(history.entries.months)
    days = (history.observed_until - first).days + 1
    return float(history.entries.counts[history.entry].sum() / days * 30.4375)


def segment_mix(history: History, assumed: Assumptions) -> NDArray[np.float64]:
    """[segments]: the share of entries by segment; as assumed, else of the last twelve months."""
    if assumed.mix:
        given = dict(assumed.mix)
        if unknown := sorted(given.keys() - set(history.segments)):
            raise MetricError(
                f"there is no segment {unknown[0]!r}; there are {', '.join(history.segments)}"
            )
        return np.array([given.get(segment, 0.0) for segment in history.segments])
    entered = history.entries.counts[history.entry][-12:].sum(axis=0).astype(np.float64)
    if entered.sum() == 0:
        entered = history.entries.counts[history.entry].sum(axis=0).astype(np.float64)
    shares: NDArray[np.float64] = entered / entered.sum()
    return shares


def win_chances(
    draws: Draws,
    months: tuple[Period, ...],
    windows: tuple[Period, ...],
    mix: NDArray[np.float64],
    assumed: Assumptions,
    history: History,
) -> NDArray[np.float32]:
    """[windows, draws, months]: the chance that an entry of the month wins in the window."""
    grid = Grid.of((months[-1].end - history.observed_until).days)
    speed = draws.speed(np.rint(grid.ages / assumed.time_to_win).astype(np.int64))
    weights = [in_window(grid, months, window).astype(np.float32) for window in windows]
    eventual = (draws.rates @ mix)[:, None] * draws.months[:, : len(months)] * assumed.win_rate
    eventual = np.clip(eventual, 0, 1).astype(np.float32)
    return np.stack([(speed @ each) * eventual for each in weights])


def scaled_sizes(sizes: DealSizes, assumed: Assumptions) -> DealSizes:
    """The deal sizes times the assumed factor."""
    return DealSizes(sizes.amounts * assumed.deal_size, sizes.bandwidth)


def _brought(brought: InFlight, in_revenue: bool, assumed: Assumptions) -> NDArray[np.float64]:
    sources = brought.revenue if in_revenue else brought.deals
    total = np.sum([np.asarray(each, dtype=np.float64) for each in sources.values()], axis=0)
    others = np.asarray(sources.get(OTHER_DEALS, 0.0), dtype=np.float64)
    changed: NDArray[np.float64] = total + others * (assumed.other_deals - 1)
    return changed


def _in_time(
    draws: Draws, months: tuple[Period, ...], target: Target, assumed: Assumptions
) -> NDArray[np.float64]:
    grid = Grid.of((months[-1].end - months[0].start).days + 1)
    curve = draws.entry.estimate
    ages = np.rint(grid.ages / assumed.time_to_win)
    speed = curve.at(ages) / curve.final if curve.final > 0 else np.zeros(len(ages))
    return np.stack([speed @ in_window(grid, months, window) for window in target.windows])
