"""Expected wins: what open accounts of a group are likely to bring in half a year, by draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from metrics.estimators.comparing.proportions import wilson
from metrics.estimators.deal_sizes import DealSizes, draw_totals
from metrics.estimators.effective_records import effective_records
from metrics.estimators.incidence import Incidence, IncidenceDraws, draw_incidence, incidence
from metrics.funnel.counts import age_counts, horizon_days, together, untold
from metrics.scope import Stage

HALF_YEAR_DAYS = 183

FEWEST_WON = 5
"""Of fewer accounts won a group has the curve and the amounts of all."""

DRAWS = 2_000

TO_OPPORTUNITY, TO_WON = (Stage.LEAD, Stage.OPPORTUNITY), (Stage.LEAD, Stage.WON)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """The ages of a group's accounts by way, and the amounts of its won deals."""

    to_opportunity: pl.DataFrame
    to_won: pl.DataFrame
    amounts: Floats

    @classmethod
    def of(cls, ages: pl.DataFrame, amounts: pl.Series) -> Group:
        """Of the rows of both ways."""
        first, won = (
            together(ages.filter(to_stage=end.value)) for _, end in (TO_OPPORTUNITY, TO_WON)
        )
        return cls(first, won, amounts.drop_nulls().to_numpy())

    @property
    def accounts(self) -> int:
        """How many accounts there are."""
        return int(self.to_won["records"].sum()) + int(self.to_won["undated"].sum())

    @property
    def still_open(self) -> pl.DataFrame:
        """The ages that have an open account."""
        return self.to_won.filter(pl.col("open") > 0)

    @property
    def is_own(self) -> bool:
        """Whether enough were won to tell the chances and amounts of the group, and when."""
        won = int(self.to_won["converted"].sum())
        return not untold(self.to_won) and won >= FEWEST_WON and len(self.amounts) >= FEWEST_WON

    def curve(self, rng: np.random.Generator) -> IncidenceDraws | None:
        """Draws of first wins by age; None where none was won, or when, or followed for so long."""
        horizon = horizon_days(self.to_won)
        if horizon < HALF_YEAR_DAYS or untold(self.to_won) or not self.to_won["converted"].sum():
            return None
        return draw_incidence(age_counts(self.to_won, horizon), DRAWS, rng)


@dataclass(frozen=True, slots=True, eq=False)
class Pooled:
    """All groups as one, and the draws of their curve, which are the same for every group."""

    group: Group
    curve: IncidenceDraws | None

    @classmethod
    def of(cls, group: Group, rng: np.random.Generator) -> Pooled:
        """With its curve drawn once."""
        return cls(group, group.curve(rng))


@dataclass(frozen=True, slots=True, eq=False)
class Expected:
    """Wins of the half year and what they bring: what is expected, and its draws.

    None where it is not known: no account was won, or followed for long enough, or no won amount
    is known.
    """

    is_own: bool
    wins: float | None = None
    drawn: Floats | None = None
    usual: float | None = None
    amount: float | None = None
    totals: Floats | None = None


def expectation(group: Group, pooled: Pooled, rng: np.random.Generator) -> Expected:
    """What the open accounts of a group are to bring, by its own curve or by everybody's."""
    is_own = group.is_own
    told, curve = (group, group.curve(rng)) if is_own else (pooled.group, pooled.curve)
    if curve is None:
        return Expected(is_own)
    ages, records = (group.still_open[name].to_numpy() for name in ("age_days", "open"))
    wins = float(records @ _chance(curve.estimate, ages))
    drawn = rng.binomial(records, _chance(curve, ages)).sum(axis=1)
    if not len(told.amounts):
        return Expected(is_own, wins, drawn.astype(np.float64))
    usual = float(told.amounts.mean())
    totals = draw_totals(DealSizes.of(told.amounts), drawn, rng)
    return Expected(is_own, wins, drawn.astype(np.float64), usual, wins * usual, totals)


def total(groups: Sequence[Expected]) -> Expected:
    """The sum of what groups are to bring, draw by draw; what is not known of one is of none.

    Draws of groups by their own curves are independent; those of groups by everybody's curve are of
    the same curve, so that these rise and fall together.

    >>> one = Expected(True, 1.0, np.array([0.0, 2.0]), 5.0, 5.0, np.array([0.0, 10.0]))
    >>> both = total([one, one])
    >>> both.wins, both.amount, both.usual
    (2.0, 10.0, 5.0)
    >>> total([one, Expected(True)]).wins is None
    True
    """
    wins = [each.wins for each in groups if each.wins is not None]
    drawn = [each.drawn for each in groups if each.drawn is not None]
    if len(wins) < len(groups):
        return Expected(True)
    amounts = [each.amount for each in groups if each.amount is not None]
    totals = [each.totals for each in groups if each.totals is not None]
    if len(amounts) < len(groups):
        return Expected(True, sum(wins), np.sum(drawn, axis=0))
    usual = sum(amounts) / sum(wins) if sum(wins) else None
    return Expected(
        True, sum(wins), np.sum(drawn, axis=0), usual, sum(amounts), np.sum(totals, axis=0)
    )


def row(group: Group, expected: Expected) -> dict[str, Any]:
    """The columns of a group after its segments, with bounds of 80% of what is expected."""
    found: dict[str, Any] = {
        "accounts": group.accounts,
        "open_accounts": int(group.still_open["open"].sum()),
        "is_own": expected.is_own,
        "wins": expected.wins,
        "usual_amount": expected.usual,
        "amount": expected.amount,
        **_rate("opportunity", group.to_opportunity),
        **_rate("won", group.to_won),
    }
    if expected.drawn is not None:
        low, high = np.quantile(expected.drawn, [0.1, 0.9], method="inverted_cdf")
        found |= {"wins_low": float(low), "wins_high": float(high)}
    if expected.totals is not None:
        low, high = np.quantile(expected.totals, [0.1, 0.9])
        found |= {"amount_low": float(low), "amount_high": float(high)}
    return found


def _chance(curve: Incidence | IncidenceDraws, ages: NDArray[np.int64]) -> NDArray[np.float64]:
    """The chance of each age, of one curve or of each draw of it, to be won in the half year."""
    rest = (curve.at(ages + HALF_YEAR_DAYS) - curve.at(ages)).astype(np.float64)
    still_open = curve.open_at(ages).astype(np.float64)
    chance: NDArray[np.float64] = np.zeros_like(rest)
    np.divide(rest, still_open, out=chance, where=still_open > 1e-9)
    return chance.clip(0, 1)


def _rate(name: str, rows: pl.DataFrame) -> dict[str, float | None]:
    """The share of a way within the half year, and its bounds; nothing is known beforehand."""
    horizon = horizon_days(rows)
    if horizon < HALF_YEAR_DAYS or untold(rows):
        return {}
    counts = age_counts(rows, horizon)
    converted, records = effective_records(counts, HALF_YEAR_DAYS)
    low, high = wilson(np.array(converted), np.array(records))
    share = float(incidence(counts).at([HALF_YEAR_DAYS])[0])
    return {
        f"{name}_rate": share, f"{name}_rate_low": min(float(low), share),
        f"{name}_rate_high": max(float(high), share),
    }  # fmt: skip
