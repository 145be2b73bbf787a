"""A proposal for the budget: today's spend, what may change, and what the change is worth."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from scipy.optimize import brentq

from data.engine.warehouse import Warehouse
from data.errors import MetricError
from metrics.budget.curves import channel_curves
from metrics.budget.responses import Basis, Responses, experiment_returns, known_responses
from metrics.budget.weeks import spend_weeks
from metrics.estimators.comparing.estimate import Estimate
from metrics.estimators.response.allocation import LEAST, MOST, Allocation, allocate
from metrics.estimators.response.panel import Floats
from metrics.experiments.results import experiment_results
from metrics.returns.known_by import check_known_by, check_spend_is_loaded
from metrics.returns.spent import period_spend
from metrics.scope import Dimension, Scope

CHANGE = 100_000.0
"""The next amount, where none is named."""

CAUTION = 0.5
"""λ, where none is named."""

RUNNING_WEEKS = 4
"""The largest spend seen is that of so many weeks running, per week."""


@dataclass(frozen=True, eq=False)
class Proposal:
    """Spend on each channel in as many days as the period has, today and as proposed."""

    channels: tuple[str, ...]
    basis: tuple[Basis, ...]
    today: Floats
    proposed: Floats
    low: Floats
    """NaN, like `high`, where the response is not known."""
    high: Floats
    least: Floats
    most: Floats
    largest: Floats
    asked: float
    """By how much the whole is to change."""
    now: Estimate | None
    """MQLs that go with the spend whose response is known; None without two such channels."""
    then: Estimate | None
    weeks: float
    found: Allocation | None
    """Per week."""

    @property
    def placed(self) -> float:
        """By how much the whole changes within the bounds."""
        return float(self.proposed.sum() - self.today.sum())


def proposal(
    warehouse: Warehouse,
    scope: Scope,
    change: float,
    caution: float,
    held: Collection[str] = (),
) -> Proposal:
    """How is today's budget and `change` best spread over the channels?

    Today's spend is that of the days of the period that are observed. Channels whose response is
    known share their part anew (`allocate`); the others keep today's shares of the whole, for
    nothing speaks for more or less. No channel leaves 0.7 to 1.3 times today's spend, nor its
    largest, that of any four weeks running at their pace, and one that is `held` gets no more than
    today; as much of the change as these bounds hold is placed.

    Raises MetricError for a caution outside 0 to 1, and as `channel_returns` does.
    """
    if not 0 <= caution <= 1:
        raise MetricError(f"caution lies between 0 and 1, not at {caution:g}: choose 0.5")
    check_known_by(scope, Dimension.CHANNEL)
    check_spend_is_loaded(warehouse)
    everything = replace(scope, filters=())
    seen = scope.seen
    spent = period_spend(warehouse, scope, Dimension.CHANNEL).filter(pl.col("spend_amount") > 0)
    channels = tuple(spent["segment"].sort())
    amounts = dict(spent.select("segment", pl.col("spend_amount").cast(pl.Float64)).iter_rows())
    today = np.array([amounts[each] for each in channels])
    weeks = seen.days / 7 if seen else 1.0
    found = spend_weeks(warehouse, everything)
    largest = today.copy()
    if found is not None:
        run = min(RUNNING_WEEKS, found.weeks)
        sums = np.cumsum(np.pad(found.whole, ((0, 0), (1, 0))), axis=1)
        most = dict(
            zip(found.channels, (sums[:, run:] - sums[:, :-run]).max(axis=1) / run, strict=True)
        )
        largest = np.maximum(largest, [most.get(each, 0.0) * weeks for each in channels])
    is_held = np.isin(channels, list(held))
    least, high = LEAST * today, np.where(is_held, today, np.minimum(MOST * today, largest))
    asked = float(np.clip(change, least.sum() - today.sum(), high.sum() - today.sum()))
    same = _same_shares(today, least, high, float(today.sum()) + asked)
    known = known_responses(
        channel_curves(found) if found is not None else None,
        experiment_returns(experiment_results(warehouse)),
        dict(zip(channels, today / weeks, strict=True)),
        dict(zip(channels, largest / weeks, strict=True)),
    )
    blank = Proposal(
        channels=channels,
        basis=tuple(_basis(known, each) for each in channels),
        today=today,
        proposed=same,
        low=np.full(len(channels), np.nan),
        high=np.full(len(channels), np.nan),
        least=least,
        most=high,
        largest=largest,
        asked=change,
        now=None,
        then=None,
        weeks=weeks,
        found=None,
    )
    return _spread(blank, known, caution) if len(known.channels) > 1 else blank


def _basis(known: Responses, channel: str) -> Basis:
    if channel not in known.channels:
        return Basis.UNKNOWN
    return known.basis[known.channels.index(channel)]


def _same_shares(today: Floats, least: Floats, most: Floats, budget: float) -> Floats:
    """The budget in today's shares, as far as the bounds let them stay the same."""
    if not len(today) or least.sum() >= budget:
        return np.array(least)
    if most.sum() <= budget:
        return np.array(most)
    factor = brentq(lambda one: np.clip(one * today, least, most).sum() - budget, LEAST, MOST)
    return np.asarray(np.clip(factor * today, least, most))


def _spread(same: Proposal, known: Responses, caution: float) -> Proposal:
    """The part of the channels whose response is known, shared anew."""
    places = [same.channels.index(each) for each in known.channels]
    weeks, units = same.weeks, known.units
    today = same.today[places] / weeks
    # A part in today's shares lies within the bounds; rounding may not.
    budget = float(same.proposed[places].sum()) / weeks
    found = allocate(known.draws, today, same.most[places] / weeks, units, caution, budget)
    spend = np.array([each.value for each in found.spend])
    proposed, low, high = same.proposed.copy(), same.low.copy(), same.high.copy()
    proposed[places] = spend * weeks
    # Bounds are found in hundredths of what may move: they hold the proposal nevertheless.
    low[places] = [min(each.low, each.value) * weeks for each in found.spend]
    high[places] = [max(each.high, each.value) * weeks for each in found.spend]

    def outcome(per_week: Floats) -> Estimate:
        draws = weeks * units * known.draws.response(per_week / units).sum(axis=-1)
        return Estimate.of(float(draws.mean()), draws)

    return replace(
        same,
        proposed=proposed,
        low=low,
        high=high,
        now=outcome(today),
        then=outcome(spend),
        found=found,
    )
