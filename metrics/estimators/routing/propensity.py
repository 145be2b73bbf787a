"""Propensity: how likely each seller was to be given a lead of a kind in a month."""

from __future__ import annotations

import numpy as np

from metrics.estimators.routing.history import LEVEL, MONTH, SEGMENT, SELLER, Floats

ROUNDS = 15

RECORDS_OF_PRIOR = 20.0
"""As many records is what the margins say worth beside the counts of one kind and month."""


def propensities(given: Floats) -> Floats:
    """How likely was each seller to be given a lead of this segment, level and month?

    From counts of [segment, level, month, seller], shares over the sellers of each kind. First they
    are those of a product of what segment, level and month say of each seller, fitted so that it
    adds up to the counts by each (a multinomial logit); then the counts of a kind and month
    themselves are added to it, where there are many.

    Source: Darroch and Ratcliff (1972) for the fit.

    >>> given = np.zeros((1, 1, 2, 2))
    >>> given[0, 0] = [[30, 10], [40, 0]]
    >>> propensities(given)[0, 0].round(2).tolist()
    [[0.75, 0.25], [1.0, 0.0]]
    """
    kinds = given.sum(axis=SELLER, keepdims=True)
    of_all = given.sum(axis=(SEGMENT, LEVEL, MONTH))
    share = np.broadcast_to(of_all / max(of_all.sum(), 1), given.shape)
    for _ in range(ROUNDS):
        for others in ((SEGMENT, LEVEL), (LEVEL, MONTH), (SEGMENT, MONTH)):
            came = given.sum(axis=others, keepdims=True)
            due = (kinds * share).sum(axis=others, keepdims=True)
            share = share * np.divide(came, due, out=np.zeros_like(came), where=due > 0)
            share = share / np.maximum(share.sum(axis=SELLER, keepdims=True), 1e-12)
    found: Floats = (given + RECORDS_OF_PRIOR * share) / (kinds + RECORDS_OF_PRIOR)
    return found
