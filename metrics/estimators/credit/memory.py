"""Memory of a chain: on how many of the last touches does the next step depend?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metrics.estimators.credit.longer_memory import Steps, coded

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]

PRIOR = 1.0
"""So many steps are added to each state, as the next shorter memory expects them."""


@dataclass(frozen=True, slots=True)
class Memory:
    """How well chains of each order foretell steps they have not seen, order 1 first.

    `log_loss` is the mean of −ln(chance of what followed), the smaller the better; `excess_error`
    the standard error of its distance from the best order. `auc` is the chance that an end with a
    conversion was given a higher chance of one than an end without; NaN where all ends are alike.
    `order` is the shortest memory that is within one standard error of the best.
    """

    order: int
    log_loss: tuple[float, ...]
    excess_error: tuple[float, ...]
    auc: tuple[float, ...]


def memory_of(steps: Steps, folds: Numbers) -> Memory:
    """Which order describes the steps best, without describing chance?

    `folds` puts each row into a part that is held out in turn; rows of one account belong into one.
    A state that was seldom seen leans on the next shorter memory, so that no step is impossible.
    Raises ValueError for fewer than two folds, or a length that differs.

    Source: cross-validated log loss with the one-standard-error rule (Hastie, Tibshirani, Friedman:
    The Elements of Statistical Learning, 7.10), the error taken of the paired differences.

    Who came by 0 goes to 2 and who came by 1 to a conversion, whatever is between:

    >>> last = np.array([[-1, -1], [-1, 0], [-1, 1], [0, 2], [1, 2], [-1, -1]] * 4)
    >>> following = np.array([0, 2, 2, 4, 3, 1] * 4)
    >>> folds = np.repeat(np.arange(4), 6)
    >>> memory_of(Steps(last, following, np.full(24, 50.0), 3), folds).order
    2
    """
    if len(folds) != len(steps.weight):
        raise ValueError("folds and steps differ in length")
    names, fold = np.unique(folds, return_inverse=True)
    if len(names) < 2:
        raise ValueError("to hold a part out takes two folds or more")
    orders = steps.last.shape[1]
    losses = np.zeros((len(names), orders))
    share = np.zeros(len(names))
    won, lost = (np.zeros((orders, len(steps.weight))) for _ in range(2))
    for part in range(len(names)):
        out = fold == part
        weight = steps.weight * ~out
        for order, chances in enumerate(_chances(steps, weight, out)):
            losses[part, order] = -(np.log(chances[0]) * steps.weight[out]).sum()
            won[order, out], lost[order, out] = chances[1:]
        share[part] = steps.weight[out].sum()
    losses /= np.maximum(share, np.finfo(float).tiny)[:, None]
    mean = np.average(losses, axis=0, weights=share)
    best = int(mean.argmin())
    excess = losses - losses[:, [best]]
    error = excess.std(axis=0, ddof=1) / np.sqrt(len(names))
    near = mean - mean[best] <= error
    auc = [_auc(steps, one / (one + other)) for one, other in zip(won, lost, strict=True)]
    return Memory(
        int(near.argmax()) + 1,
        tuple(mean.tolist()),
        tuple(error.tolist()),
        tuple(auc),
    )


def _chances(
    steps: Steps, weight: Floats, out: NDArray[np.bool_]
) -> list[tuple[Floats, Floats, Floats]]:
    """Of rows held out, by order: the chance of what followed, of a conversion, and of an end."""
    kinds = steps.channels + 2
    ends = (steps.following, np.full(len(out), kinds - 2), np.full(len(out), kinds - 1))
    overall = np.asarray(np.bincount(steps.following, weight, kinds) + PRIOR, dtype=np.float64)
    overall /= overall.sum()
    shorter: list[Floats] = [overall[each[out]] for each in ends]
    found: list[tuple[Floats, Floats, Floats]] = []
    for order in range(1, steps.last.shape[1] + 1):
        states, state = np.unique(
            coded(steps.last[:, -order:], steps.channels), return_inverse=True
        )
        seen = np.bincount(state, weight, len(states))[state[out]]
        keys, key = np.unique(state * kinds + steps.following, return_inverse=True)
        counts = np.bincount(key, weight, len(keys))
        for place, following in enumerate(ends):
            asked = (state * kinds + following)[out]
            at = np.minimum(np.searchsorted(keys, asked), len(keys) - 1)
            came = np.where(keys[at] == asked, counts[at], 0)
            shorter[place] = (came + PRIOR * shorter[place]) / (seen + PRIOR)
        found.append((shorter[0], shorter[1], shorter[2]))
    return found


def _auc(steps: Steps, score: Floats) -> float:
    """The area under the ROC curve of ends, by weight; ties count half."""
    _, place = np.unique(score, return_inverse=True)
    won, lost = (
        np.bincount(place, steps.weight * (steps.following == steps.channels + kind))
        for kind in (0, 1)
    )
    if not (won.sum() and lost.sum()):
        return float("nan")
    below = np.cumsum(lost) - lost / 2
    return float((won * below).sum() / (won.sum() * lost.sum()))
