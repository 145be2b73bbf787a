"""Division: who should be given which leads so that most is gained and nobody has too many."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog

from metrics.estimators.routing.history import Floats


def division(gain: Floats, supply: Floats, room: Floats, staying: Floats | None = None) -> Floats:
    """How many leads of each kind should each seller be given?

    `gain` [kind, seller] is what one lead brings more there than where it is, `supply` [kind] how
    many leads there are, `room` [seller] how many each can take on. With `staying`, the shares of
    [kind, seller] by which leads are given now, what is moved away from a seller makes room there.
    Leads that gain nothing, or find no room, stay. Without `staying` whole numbers give whole ones.

    Raises ValueError where a supply is negative.
    Source: the transportation problem, Hitchcock (1941).

    >>> gain = np.array([[0.2, 0.1], [0.05, 0.0]])
    >>> division(gain, np.array([5.0, 5]), np.array([4.0, 9])).tolist()
    [[4.0, 1.0], [0.0, 0.0]]
    """
    if (supply < 0).any():
        raise ValueError("a supply is negative")
    kind, seller = np.nonzero(gain > 0)
    found: Floats = np.zeros(gain.shape)
    if not len(kind) or not supply.any():
        return found
    kinds, sellers = gain.shape
    limits = np.zeros((kinds + sellers, len(kind)))
    limits[kind, np.arange(len(kind))] = 1
    limits[kinds + seller, np.arange(len(kind))] = 1
    if staying is not None:
        limits[kinds:] -= staying[kind].T
    bounds = np.concatenate((supply, np.maximum(room, 0)))
    solved = linprog(-gain[kind, seller], A_ub=limits, b_ub=bounds, method="highs")
    found[kind, seller] = np.round(np.maximum(solved.x, 0), 9)
    return found
