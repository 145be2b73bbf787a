"""Late or lost: how many of some cohorts convert in the end, given who has left and who has not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LEAVES = (-3, -2)
"""The axes over which what is late is found: the months and segments of the cohorts."""


def eventual_conversions(
    converted: Floats,
    still_open: Floats,
    records: Floats,
    due: Floats,
    planned_open: Floats,
    to_come: Floats,
) -> Floats:
    """How many convert in the end, where what is open may be late and what has exited is lost?

    All are [..., months, segments, steps], and so is the answer. Of the same `records` at the same
    ages the plan expects `due` to have converted, `planned_open` to be open, and `to_come` of these
    to convert later; those that never convert are open in the share o of all that never do.

    Where D conversions that were due are missing, L of them are late and the others lost. A late
    one is open, a lost one in the share o, so that the open exceed the plan by L + (D − L) · o:
    hence L, within 0 and D. Where conversions are ahead, some came early, and are not to come any
    more, likewise. Where fewer are open than that leaves, more have exited, and what was to come of
    them is lost. L is found for all leaves of a step together, since a leaf has too few records to
    tell; it is spread over what is open, as is what is to come.

    Thirty were due and none has come, but they are open: late. Or they have left: lost.

    >>> records, due, planned_open, to_come = np.array([100.0, 30, 20, 20]).reshape(4, 1, 1, 1)
    >>> planned = {"due": due, "planned_open": planned_open, "to_come": to_come}
    >>> none = np.zeros((1, 1, 1))
    >>> float(eventual_conversions(none, planned_open + due, records, **planned).item())
    50.0
    >>> float(eventual_conversions(none, planned_open, records, **planned).item())
    20.0
    """
    never = _sum(records) - _sum(due) - _sum(to_come)
    share = np.clip(_quotient(_sum(planned_open) - _sum(to_come), never), 0, 1)
    ahead = _sum(converted) - _sum(due)
    excess = _sum(still_open) - _sum(planned_open)
    behind, before = np.maximum(-ahead, 0), np.maximum(ahead, 0)
    late = np.clip(_quotient(excess - behind * share, 1 - share), 0, behind)
    early = np.clip(_quotient(-excess - before * share, 1 - share), 0, before)
    early = np.minimum(early, _sum(to_come))
    explained = late + (behind - late) * share - early - (before - early) * share
    gone = np.maximum(explained - excess, 0)
    kept = np.clip(1 - _quotient(gone, _sum(planned_open) - early), 0, 1)
    rest = (_sum(to_come) - early) * kept
    odds = _quotient(to_come, planned_open) * still_open
    found = converted + _spread(rest, odds) + _spread(late, still_open)
    return np.asarray(np.minimum(found, converted + still_open))


def _sum(values: Floats) -> Floats:
    return np.asarray(values.sum(axis=LEAVES, keepdims=True))


def _spread(total: Floats, weights: Floats) -> Floats:
    """The total over the leaves by weight; nothing where there is no weight."""
    return total * _quotient(weights, _sum(weights))


def _quotient(part: Floats, whole: Floats) -> Floats:
    part, whole = np.broadcast_arrays(part, whole)
    return np.divide(part, whole, out=np.zeros(part.shape), where=whole > 1e-12)
