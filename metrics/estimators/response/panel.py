"""Panel: outcome and spend by unit and period, from which response curves are learnt."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import orth
from scipy.signal import lfilter

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Panel:
    """What came, and what was spent on each channel, in each unit and period.

    Units are regions (or one, the whole company), periods weeks or months in order. Units should
    be of like size, or their numbers per head: one curve holds for all. Each unit has a level of
    its own. `controls` are what else moves the outcome, such as a trend and the season.

    Raises ValueError where shapes differ, for NaN, and for a negative spend.
    """

    channels: tuple[str, ...]
    outcome: Floats
    """[units, periods]"""
    spend: Floats
    """[channels, units, periods]"""
    controls: Floats
    """[controls, units, periods]"""

    def __post_init__(self) -> None:
        if self.outcome.ndim != 2 or self.spend.shape != (len(self.channels), *self.outcome.shape):
            raise ValueError("one spend per channel, unit and period of the outcome")
        if self.controls.shape[1:] != self.outcome.shape:
            raise ValueError("one number of each control per unit and period")
        columns = (self.outcome, self.spend, self.controls)
        if not all(np.isfinite(each).all() for each in columns):
            raise ValueError("a number of the panel is missing: give 0 where nothing came")
        if (self.spend < 0).any():
            raise ValueError("spend is not negative")

    @property
    def observations(self) -> int:
        """Units times periods."""
        return self.outcome.size

    @property
    def parameters(self) -> int:
        """Four per channel (height, half, slope, carryover), a level per unit, controls, noise."""
        return 4 * len(self.channels) + len(self.outcome) + len(self.controls) + 1

    @property
    def nuisance(self) -> Floats:
        """The levels of the units and the controls as columns [units × periods, …]."""
        levels = np.repeat(np.eye(len(self.outcome)), self.outcome.shape[1], axis=0)
        return np.column_stack((levels, self.controls.reshape(-1, self.observations).T))

    def within(self, values: Floats) -> Floats:
        """Numbers per unit and period, [..., units, periods], without levels and controls.

        What least squares leaves of them: a panel's outcome and curves are compared so.
        """
        values = values - values.mean(axis=-1, keepdims=True)
        flat = values.reshape(*values.shape[:-2], self.observations)
        return np.asarray(flat - (flat @ self._directions) @ self._directions.T)

    @cached_property
    def _directions(self) -> Floats:
        """Orthogonal directions in which the controls move within units, as columns."""
        moved = self.controls - self.controls.mean(axis=-1, keepdims=True)
        columns = moved.reshape(len(moved), self.observations).T
        return np.asarray(orth(columns)) if len(moved) else np.empty((self.observations, 0))

    def until(self, periods: int) -> Panel:
        """The panel of the first so many periods."""
        return Panel(
            self.channels,
            self.outcome[:, :periods],
            self.spend[..., :periods],
            self.controls[..., :periods],
        )


def adstock(spend: Floats, carryover: float) -> Floats:
    """How much spend works in each period, when a share of it carries over to the next?

    Periods on the last axis. Geometric, with weights that sum to 1: a steady spend works as itself.
    Before the first period the spend is taken to have been that of the first.

    Source: Broadbent (1979).

    >>> adstock(np.array([0.0, 100, 0, 0]), 0.5)
    array([ 0. , 50. , 25. , 12.5])
    """
    before = carryover * spend[..., :1]
    found, _ = lfilter([1 - carryover], [1, -carryover], spend, zi=before)
    return np.asarray(found)


@dataclass(frozen=True, eq=False)
class Hill:
    """Curves f(x) = β x^s / (κ^s + x^s) of a unit, [..., channels]: one set, or draws of them."""

    beta: Floats
    """Outcome per period that no spend exceeds."""
    kappa: Floats
    """Spend per period that brings half of it."""
    slope: Floats
    """s: 1 or less is concave from the first unit of spend on, more begins slowly."""
    carryover: Floats
    """Share of spend that works a period later (`adstock`)."""

    def response(self, spend: Floats) -> Floats:
        """What a steady spend brings per period, [..., channels].

        >>> one = np.array([1.0])
        >>> Hill(8 * one, 100 * one, one, 0 * one).response(np.array([300.0]))
        array([6.])
        """
        with np.errstate(divide="ignore", over="ignore"):
            return np.asarray(self.beta / (1 + (self.kappa / spend) ** self.slope))

    def marginal(self, spend: Floats) -> Floats:
        """What one more unit of a steady spend brings per period, [..., channels]; spend > 0.

        >>> one = np.array([1.0])
        >>> Hill(8 * one, 100 * one, one, 0 * one).marginal(np.array([100.0]))
        array([0.02])
        """
        reached = self.response(spend) / self.beta
        return np.asarray(self.beta * self.slope * reached * (1 - reached) / spend)
