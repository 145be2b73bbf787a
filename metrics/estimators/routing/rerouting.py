"""Re-routing: what history says that another division of leads would have brought."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from metrics.estimators.comparing.bootstrap import ratio_draws
from metrics.estimators.routing.division import division
from metrics.estimators.routing.history import LEVEL, MONTH, SEGMENT, Floats, History
from metrics.estimators.routing.propensity import propensities
from metrics.estimators.routing.seller_rates import SellerRates, seller_rates

FOLDS = 5

LEAST_PROPENSITY = 0.02
"""A seller who was given fewer leads of a kind in a month was no real possibility there."""


@dataclass(frozen=True, slots=True, eq=False)
class Sellers:
    """Whom leads may be sent to, and how many a month: one element each per seller."""

    may_take: NDArray[np.bool_]
    busiest_month: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Policy:
    """Which share of each segment goes to which seller, [segment, seller]; the rest stays."""

    shares: Floats
    rates: SellerRates
    propensity: Floats

    @property
    def moved(self) -> Floats:
        """The shares where the seller was a real possibility: [segment, level, month, seller]."""
        there = self.propensity >= LEAST_PROPENSITY
        found: Floats = self.shares[:, None, None, :] * there
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Rerouted:
    """Sums of each group of accounts, [segment, group], and what they rest on.

    `gain` is what re-routing adds, `given` and `reached` what there was. `weight` and `weighted`
    are the weights of leads that went where the policy sends them, and those that reached it;
    `replaced` what of `reached` the policy replaces. `meant` and `moved` are how many leads it
    means to move, and of how many history can tell. `squares` are those of the weights.
    """

    gain: Floats
    given: Floats
    reached: Floats
    weight: Floats
    weighted: Floats
    squares: Floats
    replaced: Floats
    meant: Floats
    moved: Floats


def learned(history: History, sellers: Sellers, propensity: Floats | None = None) -> Policy:
    """Who should be given which share of each segment, by what history says?

    Each segment goes to whom it has the best expected rates with, as far as a seller's busiest
    month lasts, with all segments weighed together. What gains nothing stays as it is. The
    propensities are those of the history unless they are known.
    """
    given, reached = history.counted
    rates = seller_rates(given, reached)
    by_segment = given.sum(axis=(LEVEL, MONTH))
    supply = by_segment.sum(axis=1)
    present = by_segment / np.maximum(supply, 1)[:, None]
    beyond = rates.beyond.expected.T
    gain = beyond - (present * beyond).sum(axis=1, keepdims=True)
    months = max(int((given.sum(axis=(SEGMENT, LEVEL)).sum(axis=1) > 0).sum()), 1)
    monthly = supply / months
    room = sellers.busiest_month - present.T @ monthly
    moved = division(np.where(sellers.may_take, gain, 0.0), monthly, room, present)
    shares = moved / np.maximum(monthly, 1e-12)[:, None]
    return Policy(shares, rates, propensities(given) if propensity is None else propensity)


def rerouted(history: History, sellers: Sellers, groups: int) -> Rerouted:
    """What would re-routing have brought, judged on leads that the policy was not learned on?

    Accounts are divided in FOLDS. For each, the policy, the rates and the propensities are learned
    on the other folds; its leads then tell what the policy is worth: what the rates expect of it,
    corrected by the leads that happened to go where it sends them, each weighted by 1 ÷ its
    propensity. So it is right where either the rates or the propensities are.

    Source: Robins, Rotnitzky and Zhao (1994); Chernozhukov et al. (2018) for the folds.
    """
    found = np.zeros((9, history.shape[SEGMENT] * groups))
    fold = history.group % FOLDS
    propensity = propensities(history.counted[0])
    for each in np.unique(fold):
        rest = history.of(fold != each)
        if part := rest.given.sum() / history.given.sum():
            smaller = replace(sellers, busiest_month=part * sellers.busiest_month)
            policy = learned(rest, smaller, propensity)
            found += _valued(history.of(fold == each), policy, groups)
    return Rerouted(*found.reshape(9, history.shape[SEGMENT], groups))


def _valued(history: History, policy: Policy, groups: int) -> Floats:
    """The sums of `Rerouted` over the leads of one fold, [9, segment × group]."""
    moved = policy.moved
    rates = policy.rates.rates
    weight = np.divide(moved, policy.propensity, out=np.zeros_like(moved), where=moved > 0)
    of_kind = moved.sum(axis=3, keepdims=True)
    promised = (moved * rates).sum(axis=3, keepdims=True) - weight * rates
    observed = weight - of_kind
    here = history.cell
    n, y = history.given, history.reached
    w, kept = weight.ravel()[here], np.broadcast_to(of_kind, moved.shape).ravel()[here]
    segment = here // int(np.prod(history.shape[1:]))
    meant = policy.shares.sum(axis=1)[segment]
    columns = (
        n * promised.ravel()[here] + y * observed.ravel()[here],
        n, y, n * w, y * w, n * w**2, y * kept, n * meant, n * kept,
    )  # fmt: skip
    place, size = segment * groups + history.group, history.shape[SEGMENT] * groups
    return np.stack([np.bincount(place, each, size) for each in columns])


def gain_draws(gain: Floats, given: Floats, draws: int, rng: np.random.Generator) -> Floats:
    """What may one lead gain on average? Draws over groups of accounts, [draws].

    Sums of each group; groups without leads say nothing. By the Bayesian bootstrap, the draws
    spread by √2 around the estimate: a group is judged by a policy that others taught, and teaches
    the policy that judges them. So where sellers hardly differ, what two groups say of each other
    is counted twice, and the variance with it. Where sellers differ clearly it is less than that.
    """
    there = given > 0
    drawn = ratio_draws(gain[there], given[there], rng, draws)
    estimate = gain[there].sum() / given[there].sum()
    found: Floats = estimate + np.sqrt(2) * (drawn - estimate)
    return found
