"""Clustering: how much less is known because records of one account convert together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class AccountSums:
    """What a set of records says of its accounts, as sums that an engine can return."""

    accounts: int
    reached: float
    """Records: the sum of n over the accounts."""
    converted: float
    """Records that converted: the sum of c."""
    reached_squared: float
    """The sum of n²."""
    converted_squared: float
    """The sum of c²."""
    converted_by_reached: float
    """The sum of c · n."""

    @staticmethod
    def of(converted: NDArray[np.float64], reached: NDArray[np.float64]) -> AccountSums:
        """The sums over accounts that are at hand, one element each; those without records too.

        >>> AccountSums.of(np.array([2.0, 0.0]), np.array([2.0, 3.0])).converted_squared
        4.0
        """
        return AccountSums(
            accounts=int((reached > 0).sum()),
            reached=float(reached.sum()),
            converted=float(converted.sum()),
            reached_squared=float((reached**2).sum()),
            converted_squared=float((converted**2).sum()),
            converted_by_reached=float((converted * reached).sum()),
        )

    @staticmethod
    def of_records(converted: NDArray[np.bool_], accounts: NDArray[np.int64]) -> AccountSums:
        """The sums over records that are at hand, each with the number of its account.

        >>> AccountSums.of_records(np.array([True, True, False]), np.array([7, 7, 9])).accounts
        2
        """
        _, place = np.unique(accounts, return_inverse=True)
        of_accounts = np.bincount(place, weights=converted.astype(np.float64))
        return AccountSums.of(of_accounts.astype(np.float64), np.bincount(place).astype(np.float64))


def design_effect(sums: AccountSums) -> float:
    """How many records say as much as one, because those of an account convert together?

    At least 1. An interval of the share is that of n ÷ deff records (`proportions`, `difference`).
    deff = max(1, A/(A-1) · Σ_a r_a² / (n p (1-p))) with r_a = c_a - p · n_a over the A accounts.
    1 where all or none converted, since the data then show no difference between accounts. NaN with
    fewer than two accounts: one account does not tell how accounts differ.

    Source: the ratio estimator's variance between clusters (Rao and Scott 1992), against the
    binomial one.

    Ten accounts of three leads that convert all together or not at all:

    >>> deff = design_effect(AccountSums.of(np.array([3.0] * 4 + [0.0] * 6), np.full(10, 3.0)))
    >>> round(deff, 4)
    3.3333
    """
    if sums.accounts < 2:
        return float("nan")
    share = sums.converted / sums.reached
    if share in (0, 1):
        return 1.0
    residuals = (
        sums.converted_squared
        - 2 * share * sums.converted_by_reached
        + share**2 * sums.reached_squared
    )
    binomial = sums.reached * share * (1 - share)
    return max(1.0, sums.accounts / (sums.accounts - 1) * residuals / binomial)


def design_effects(
    accounts: NDArray[np.float64],
    reached: NDArray[np.float64],
    converted: NDArray[np.float64],
    reached_squared: NDArray[np.float64],
    converted_squared: NDArray[np.float64],
    converted_by_reached: NDArray[np.float64],
) -> NDArray[np.float64]:
    """The `design_effect` of many sets of records at once, one element each; NaN of nobody.

    >>> three, none = np.array([3.0, 0.0]), np.zeros(2)
    >>> design_effects(np.array([10.0, 0.0]), 10 * three, 4 * three, 10 * three**2, 4 * three**2,
    ...     4 * three**2).round(4)
    array([3.3333,    nan])
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        share = converted / reached
        residuals = (
            converted_squared - 2 * share * converted_by_reached + share**2 * reached_squared
        )
        binomial = reached * share * (1 - share)
        found = np.maximum(1.0, accounts / (accounts - 1) * residuals / binomial)
    found = np.where((converted <= 0) | (converted >= reached), 1.0, found)
    return np.where((accounts >= 2) & (reached > 0), found, np.nan)
