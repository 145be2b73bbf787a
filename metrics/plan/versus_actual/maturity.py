"""Late or lost: how many of a cohort convert in the end, given who has left and who has not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def eventual_conversions(
    converted: Floats,
    exited: Floats,
    still_open: Floats,
    due: Floats,
    gone: Floats,
    to_come: Floats,
) -> Floats:
    """How many convert in the end, where what is open may be late and what has exited is lost?

    Elementwise over cohorts. Of the same records at the same ages the plan expects `due` to have
    converted, `gone` to have exited, and `to_come` more to convert later. Where more are open than
    the plan has it, those that were due are late, as far as they can be among the open, and convert
    in the end. Where fewer are open, conversions that came early are not to come any more, and of
    those who exited early the planned share is lost. A cohort that is as the plan has it converts
    as planned; one of which nothing is open any more, as it was seen.

    Thirty were due and none has come, but nobody has left: late. Or they have left: lost.

    >>> seen = np.array([0.0, 0.0]), np.array([50.0, 80.0]), np.array([50.0, 20.0])
    >>> eventual_conversions(*seen, due=np.array(30.0), gone=np.array(50.0), to_come=np.array(5.0))
    array([35.,  5.])
    """
    planned_open = converted + exited + still_open - due - gone
    ahead = converted - due
    excess = still_open - planned_open
    late = np.minimum(np.maximum(-ahead, 0), np.maximum(excess, 0))
    early = np.minimum(np.minimum(np.maximum(ahead, 0), np.maximum(-excess, 0)), to_come)
    # Of those open, not among the early, the planned share converts; of fewer open, as many fewer.
    others = planned_open - early
    kept = np.divide(still_open, others, out=np.ones_like(excess), where=others > 0)
    rest = (to_come - early) * np.clip(kept, 0, 1)
    return np.asarray(converted + rest + late)
