"""The backward plan: how many entries a target needs, by when, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.errors import MetricError
from metrics.estimators.deal_sizes import DealSizes
from metrics.estimators.deal_sums import DealSums
from metrics.period import Period, in_words
from metrics.plan.backward.solve import TOO_LATE, Problem, Solution, groups_of, reached, too_near
from metrics.plan.calendar import Grid, in_windows, months_ahead
from metrics.plan.draws import MONTHS, Draws, sums_for_revenue
from metrics.plan.in_flight import OTHER_DEALS, InFlight
from metrics.plan.past.history import History
from metrics.plan.target import Assumptions, Target, TargetKind
from metrics.plan.turns import Turn
from metrics.plan.volumes import month_shares, segment_mix
from metrics.plan.worth import worth_to_come
from metrics.scope import Stage


@dataclass(frozen=True, slots=True, eq=False)
class BackwardPlan:
    """The answer, and the draws it is read from.

    `too_near` [windows] says which windows what exists decides, because new entries win later.
    `entries` [months] is the answer: how many should enter in each month. `needed` [windows, draws]
    are the entries of the window's months that its target takes, given the answer for the other
    months, and `planned` [windows] what the answer has of them. `win_chances`
    [windows, draws, months] is the chance that an entry of the month wins in the window,
    `in_time` [windows, months] the mean share of the eventual wins that does, and `brought`
    [windows, draws] what exists already brings, in the target's unit. `sizes` are those of the
    deals that new entries bring, `window_sizes` the same by window: what is won soon is smaller.
    """

    target: Target
    assumptions: Assumptions
    entry: Stage
    months: tuple[Period, ...]
    segments: tuple[str, ...]
    mix: NDArray[np.float64]
    solution: Solution
    too_near: NDArray[np.bool_]
    win_chances: NDArray[np.float32]
    brought: NDArray[np.float64]
    in_time: NDArray[np.float64]
    sums: DealSums
    window_sums: tuple[DealSums, ...]
    seed: int

    @property
    def month_shares(self) -> NDArray[np.float64]:
        """[months]: how days spread over the months, for a volume that goes on day by day."""
        days = np.array([month.days for month in self.months], dtype=np.float64)
        shares: NDArray[np.float64] = days / days.sum()
        return shares

    @property
    def entries(self) -> NDArray[np.float64]:
        """[months]: how many should enter."""
        return self.solution.entries

    @property
    def needed(self) -> NDArray[np.float64]:
        """[windows, draws]: the entries of the window's months that its target takes."""
        return self.solution.needed

    @property
    def planned(self) -> NDArray[np.float64]:
        """[windows]: the answer's entries in the window's months."""
        return self.solution.planned

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
        return [float(share) for share in self.solution.is_met.mean(axis=1)]

    @property
    def decided(self) -> list[tuple[Period, float]]:
        """The windows that what exists decides, and their P(hit)."""
        pairs = zip(self.target.windows, self.too_near, self.chances, strict=True)
        return [(window, chance) for window, near, chance in pairs if near]

    @property
    def joint_chance(self) -> float:
        """P(hit) of all windows together, with the answer, on the draws it was found on."""
        return self.solution.joint_chance

    @property
    def too_late(self) -> NDArray[np.bool_]:
        """[months]: those in which under 10% of the eventual wins come in time."""
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
    window by window, for the months most of whose wins fall in it.
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
    sums = (
        sums_for_revenue(draws).times(assumed.deal_size)
        if in_revenue
        else DealSums.of(DealSizes.of([1.0]), draws.size, np.random.default_rng(draws.seed))
    )
    worth = np.ones(len(target.windows) + 1)
    if in_revenue:
        whole = Period(target.windows[0].start, target.windows[-1].end)
        worth = worth_to_come(
            history, draws, history.entry, [*target.windows, whole], assumed.time_to_win
        )
    *of_windows, of_all = (sums.times(float(each)) for each in worth)
    in_time = _in_time(draws, months, target, assumed)
    groups = groups_of(in_time)
    problem = Problem(
        target,
        groups,
        shares,
        win_chances(draws, months, target.windows, mix, assumed, history),
        _brought(brought, in_revenue, assumed),
        tuple(of_windows),
        draws.seed,
        too_near(in_time, groups),
    )
    solution = problem.solve()
    return BackwardPlan(
        target=target,
        assumptions=assumed,
        entry=history.entry,
        months=months,
        segments=history.segments,
        mix=mix,
        solution=solution,
        too_near=problem.too_near,
        win_chances=problem.win_chances,
        brought=problem.brought,
        in_time=in_time,
        sums=of_all,
        window_sums=problem.sums,
        seed=draws.seed,
    )


def landing(plan: BackwardPlan, entries: NDArray[np.float64]) -> NDArray[np.float64]:
    """[windows, draws]: what is reached with these entries by month, in the target's unit.

    A forward run: who is won is drawn anew, and the deals are none that the answer was found on.
    """
    rng = np.random.default_rng((plan.seed, 4))
    return np.stack(
        [
            known + reached(chances, entries, sums, Turn.FORWARD.of(place), rng)
            for place, (known, chances, sums) in enumerate(
                zip(plan.brought, plan.win_chances, plan.window_sums, strict=True)
            )
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
    weights = in_windows(grid, months, windows).astype(np.float32)
    eventual = (draws.rates @ mix)[:, None] * draws.months[:, : len(months)] * assumed.win_rate
    eventual = np.clip(eventual, 0, 1).astype(np.float32)
    return np.stack([(speed @ each) * eventual for each in weights])


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
    # Differences of sums miss 0 by rounding.
    return np.asarray(np.maximum(speed @ in_windows(grid, months, target.windows), 0))
