"""By which age so many have converted: of all records, or of those who ever do."""

from __future__ import annotations

import numpy as np

from metrics.estimators.incidence import Incidence


def age_reached(curve: Incidence, share: float) -> float | None:
    """By which age has this share of all records converted? None where fewer ever do.

    Records that are still open count, so that a backlog never makes the others look quick.

    >>> curve = Incidence(np.arange(3), np.array([0.0, 0.1, 0.2]), np.zeros(3), np.ones(3))
    >>> age_reached(curve, 0.1), age_reached(curve, 0.5)
    (1.0, None)
    """
    # Sums of shares miss their exact value by rounding, and would miss the age with it.
    reached = np.flatnonzero(curve.converted >= share * (1 - 1e-12))
    return float(curve.age[reached[0]]) if len(reached) else None


def time_to_convert(curve: Incidence, share: float) -> float | None:
    """By which age, in days, has this share of the eventual converters converted?

    The first age with F(age) ≥ share · F(horizon); None where nobody converts. A median of all
    records does not exist when fewer than half convert; this one does.

    >>> curve = Incidence(np.arange(3), np.array([0.0, 0.1, 0.2]), np.zeros(3), np.ones(3))
    >>> time_to_convert(curve, 0.5)
    1.0
    """
    if not 0 < share <= 1:
        raise ValueError(f"a share lies over 0 and up to 1, not {share}")
    if curve.final == 0:
        return None
    return age_reached(curve, share * curve.final)
