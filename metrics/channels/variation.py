"""Natural variation: what one more unit of spend went with, where the past shows a curve."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from metrics.budget.curves import channel_curves
from metrics.budget.weeks import SpendWeeks, spend_weeks
from metrics.estimators.comparing.estimate import Estimate
from metrics.period import Period
from metrics.returns.cohort_returns import cohort_returns
from metrics.returns.entered import stages_reached
from metrics.scope import Dimension, Scope
from metrics.verdicts.evidence import NaturalVariation

_SEED = 24


def natural_variation(
    warehouse: Warehouse, scope: Scope, definitions: Definitions, spend: dict[str, float]
) -> dict[str, NaturalVariation]:
    """What did one more unit of spend on each channel go with, as its spend varied by itself?

    Only of channels whose response curve passes its gate (`spend_response`), and only where the
    definitions state a gross margin. `spend` is that of the observed days of the period; the slope
    of the curve there is in MQLs. An MQL is worth what leads of the weeks that the curve is learnt
    from will have been won for in the end ÷ their MQLs; its bounds are those of as many wins, of
    amounts that vary as much as their mean. Raises what `cohort_returns` does.
    """
    seen = scope.seen
    everything = replace(scope, filters=())
    found = spend_weeks(warehouse, everything) if definitions.gross_margin and seen else None
    if found is None or definitions.gross_margin is None or seen is None:
        return {}
    curves = channel_curves(found)
    if not curves.channels:
        return {}
    worth = _worth_of_mql(warehouse, everything, found, len(curves.draws.beta))
    if worth is None:
        return {}
    per_week = np.array([spend.get(each, 0.0) for each in curves.channels]) * 7 / seen.days
    with np.errstate(divide="ignore", invalid="ignore"):
        slopes = curves.draws.marginal(per_week / curves.units)
    returned = slopes * worth[:, None] * definitions.gross_margin
    return {
        channel: NaturalVariation(
            curves.observed, Estimate.of(float(returned[:, place].mean()), returned[:, place])
        )
        for place, channel in enumerate(curves.channels)
        if per_week[place] > 0
    }


def _worth_of_mql(
    warehouse: Warehouse, scope: Scope, found: SpendWeeks, draws: int
) -> NDArray[np.float64] | None:
    """Draws of the final revenue per MQL; None where nothing was won, or too little to project."""
    last = scope.observed_until - timedelta(days=scope.windows.mql)
    if last < found.first_on:
        return None
    asked = replace(scope, period=Period(found.first_on, last))
    cohorts = cohort_returns(warehouse, asked)
    mqls = int(stages_reached(warehouse, asked, Dimension.CHANNEL)["mql"].sum())
    won = int(cohorts["won"].sum())
    revenue = cohorts["projected_amount"].sum()
    if not mqls or not won or cohorts["projected_amount"].null_count():
        return None
    drawn = np.random.default_rng(_SEED).gamma(won / 2, 2 / won, draws)
    return np.asarray(float(revenue) / mqls * drawn)
