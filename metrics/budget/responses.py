"""Known responses: what a channel's spend brings, from its experiment, else from its curve."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import isfinite

import numpy as np
import polars as pl

from metrics.budget.curves import ChannelCurves
from metrics.estimators.comparing.estimate import Estimate
from metrics.estimators.response.panel import Floats, Hill

DRAWS = 1000

_SEED = 23
_NORMAL_95 = 1.959964
_HALF_MEAN, _HALF_SD = np.log(0.5), 1.0
"""Prior of κ ÷ the largest spend, on the log scale: that of the curves."""


class Basis(StrEnum):
    """What a channel's response is known by."""

    EXPERIMENT = "experiment"
    CURVE = "curve"
    UNKNOWN = "unknown"


@dataclass(frozen=True, eq=False)
class Responses:
    """Draws of the response of some channels, of one unit and week."""

    channels: tuple[str, ...]
    draws: Hill
    """[draws, channels]"""
    units: int
    basis: tuple[Basis, ...]


def known_responses(
    curves: ChannelCurves | None,
    tested: dict[str, Estimate],
    today: dict[str, float],
    largest: dict[str, float],
) -> Responses:
    """What is known to come of spend on each channel?

    `tested` are MQLs per unit of spend by experiment, `today` and `largest` spend per week. An
    experiment says how high the response at today's spend is. How it bends is the curve's to say,
    where there is one; else it is concave, and half of its most is reached at about half of the
    largest spend (log-normal, σ = 1), which lies between proportional and saturated. A channel with
    neither is left out. Equal arguments give equal draws.
    """
    units = curves.units if curves is not None and curves.channels else 1
    generator = np.random.default_rng(_SEED)
    names, basis, columns = [], [], []
    for channel in sorted(today):
        curve = _curve(curves, channel)
        if channel in tested:
            spent = today[channel] / units
            found = _by_experiment(
                tested[channel], spent, largest[channel] / units, curve, generator
            )
            basis.append(Basis.EXPERIMENT)
        elif curve is not None:
            found = curve
            basis.append(Basis.CURVE)
        else:
            continue
        names.append(channel)
        columns.append(found)
    parts = (
        np.stack(each, axis=1) if each else np.empty((DRAWS, 0))
        for each in (
            [getattr(one, name) for one in columns]
            for name in ("beta", "kappa", "slope", "carryover")
        )
    )
    return Responses(tuple(names), Hill(*parts), units, tuple(basis))


def _curve(curves: ChannelCurves | None, channel: str) -> Hill | None:
    """One channel's draws, [draws]."""
    if curves is None or channel not in curves.channels:
        return None
    place = curves.channels.index(channel)
    drawn = curves.draws
    return Hill(*(x[:, place] for x in (drawn.beta, drawn.kappa, drawn.slope, drawn.carryover)))


def _by_experiment(
    per_spend: Estimate,
    spent: float,
    largest: float,
    curve: Hill | None,
    generator: np.random.Generator,
) -> Hill:
    """A curve through what the experiment found at today's spend."""
    spread = (per_spend.high - per_spend.low) / (2 * _NORMAL_95)
    mean = generator.normal(per_spend.value, spread, DRAWS)
    if curve is None:
        kappa = largest * np.exp(generator.normal(_HALF_MEAN, _HALF_SD, DRAWS))
        slope, carryover = np.ones(DRAWS), np.zeros(DRAWS)
    else:
        kappa, slope, carryover = curve.kappa, curve.slope, curve.carryover
    beta: Floats = mean * spent * (1 + (kappa / spent) ** slope)
    return Hill(beta, kappa, slope, carryover)


def experiment_returns(results: pl.DataFrame) -> dict[str, Estimate]:
    """MQLs per unit of spend by channel, of its newest experiment without a problem.

    `results` are those of `experiment_results`; without a known spend or a finite bound there is
    nothing to go by, and one that counts something else says nothing of MQLs.
    """
    sound = results.filter(pl.col("problems").is_null(), pl.col("outcome") == "mql").drop_nulls(
        ["per_spend", "per_spend_low", "per_spend_high"]
    )
    found: dict[str, Estimate] = {}
    for row in sound.sort("ends_on", "starts_on", "name").iter_rows(named=True):
        bounds = (row["per_spend"], row["per_spend_low"], row["per_spend_high"])
        if all(map(isfinite, bounds)):
            found[row["channel"]] = Estimate(*bounds)
    return found
