"""Two channels of equal effect, of which one takes far longer: what are their shares?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from bench.attribution.chain import Chain
from bench.attribution.company import Held, Shape, company
from data.definitions import Definitions
from data.terms.attribution import AttributionTerms
from metrics.attribution.chains import chances_to_come, first_order_steps
from metrics.attribution.credit import credit_of
from metrics.attribution.journeys import chain_counts
from metrics.attribution.question import Question, Worth
from metrics.attribution.usual import settled
from metrics.estimators.credit.chain import removal_effects
from metrics.period import Period
from metrics.scope import Scope

CHANNELS = ("Channel 0", "Channel 1", "Channel 2")
"""Fast, slow, and one between that follows either."""


@dataclass(frozen=True)
class Lags:
    """Shares of the fast channel, of what the fast and the slow one have together."""

    journeys: int
    conversions: int
    lookback_days: int
    shares: dict[str, float]
    effects: float
    """By removal effects themselves, before deals are shared by them."""
    as_lost: float
    """The same if open journeys were counted as lost."""


def equal_lift(
    fast: float, slow: float, journeys: int, seed: int, lookback_days: int | None = None
) -> Lags:
    """Shares in a year of a company that has been there for four, by the usual lookback or another.

    Journeys begin with the fast or the slow channel, and go through the third one or not, with the
    same chances; only the days that follow them differ.
    """
    steps = np.array(
        [
            [0.45, 0.45, 0.10, 0.00, 0.00],
            [0.00, 0.15, 0.20, 0.20, 0.45],
            [0.15, 0.00, 0.20, 0.20, 0.45],
            [0.15, 0.15, 0.00, 0.20, 0.50],
        ]
    )
    chain = Chain(steps, np.array([fast, slow, 20.0]))
    shape = Shape(journeys, begin_within=1460, seen=1460, amount_sigma=0.0)
    rng = np.random.default_rng(seed)
    warehouse = Held(Definitions.load()).hold(company(chain, shape, rng), shape.last)
    year = Period(shape.last - timedelta(days=364), shape.last)
    scope = Scope(year, shape.last)
    asked = Question(scope, worth=Worth.COUNT, lookback_days=lookback_days)
    question, half_life = settled(warehouse, asked, AttributionTerms())
    found = credit_of(warehouse, question, half_life)
    by_model = {}
    for (model,), rows in found.group_by("model", maintain_order=True):
        share = dict(rows.select("segment", "share").iter_rows())
        one, other = (share.get(name, 0.0) for name in CHANNELS[:2])
        by_model[str(model)] = one / (one + other)
    counts = chain_counts(warehouse, question, question.lookback_days or 1)
    by_chance = first_order_steps(counts, chances_to_come(counts)).sum(axis=0)
    lost = by_chance.copy()
    converted = np.zeros(len(lost) - 1)
    for row in counts.ends.filter("converted").iter_rows(named=True):
        converted[row["before_1"] - 1] += row["journeys"]
    lost[1:, -1] += lost[1:, -2] - converted
    lost[1:, -2] = converted
    return Lags(
        counts.journeys,
        counts.conversions,
        question.lookback_days or 0,
        by_model,
        _fast(by_chance),
        _fast(lost),
    )


def _fast(steps: np.ndarray) -> float:
    effects = removal_effects(steps)
    return float(effects[0] / (effects[0] + effects[1]))
