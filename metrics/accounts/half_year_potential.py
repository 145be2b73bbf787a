"""Half-year potential: what the accounts of each group are likely to bring in 183 days."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.engine.warehouse import Warehouse
from data.errors import MetricError
from data.schema.contract import columns
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.estimators.comparing.proportions import wilson
from metrics.estimators.deal_sizes import DealSizes, draw_totals
from metrics.estimators.effective_records import effective_records
from metrics.estimators.incidence import Incidence, IncidenceDraws, draw_incidence, incidence
from metrics.funnel.ages import ages_query, told_days
from metrics.funnel.counts import age_counts, horizon_days
from metrics.money import refuse_unconverted, unconverted
from metrics.period import Period
from metrics.scope import Counting, Dimension, Scope, Stage, Unit

HALF_YEAR_DAYS = 183

GROUPED_BY = (
    Dimension.INDUSTRY,
    Dimension.SIZE_BAND,
    Dimension.RELATIONSHIP,
    Dimension.COUNTRY,
    Dimension.REGION,
)
"""What groups accounts: what their records say of them."""

FEWEST_WON = 5
"""Of fewer accounts won a group has the curve and the amounts of all."""

DRAWS = 2_000

_SEED = 20260101
_EVER = date(1900, 1, 1)
_OPPORTUNITY, _WON = (Stage.LEAD, Stage.OPPORTUNITY), (Stage.LEAD, Stage.WON)


class HalfYearPotential(pa.DataFrameModel):
    """One row per group of accounts, the largest expected amount first.

    `accounts` came in until the last day observed, by their first lead; `open_accounts` of them are
    neither won nor lost. `opportunity_rate` and `won_rate` are the shares with a first opportunity,
    or win, within 183 days of their first lead, with bounds of 95 %; null where nobody was followed
    for so long. `wins` is how many of the open ones are to be won in the 183 days after the last
    day observed, `amount` what they bring, in the base currency, with bounds of 80 %. A won deal
    brings `usual_amount`, null where none is known. `is_own` says that the group's own accounts
    tell the chances and amounts; else those of all groups do, as it has too few won.
    """

    segment: str
    accounts: int = pa.Field(ge=1)
    open_accounts: int = pa.Field(ge=0)
    opportunity_rate: float = pa.Field(ge=0, le=1, nullable=True)
    opportunity_rate_low: float = pa.Field(ge=0, le=1, nullable=True)
    opportunity_rate_high: float = pa.Field(ge=0, le=1, nullable=True)
    won_rate: float = pa.Field(ge=0, le=1, nullable=True)
    won_rate_low: float = pa.Field(ge=0, le=1, nullable=True)
    won_rate_high: float = pa.Field(ge=0, le=1, nullable=True)
    wins: float = pa.Field(ge=0, nullable=True)
    wins_low: float = pa.Field(ge=0, nullable=True)
    wins_high: float = pa.Field(ge=0, nullable=True)
    usual_amount: float = pa.Field(ge=0, nullable=True)
    amount: float = pa.Field(ge=0, nullable=True)
    amount_low: float = pa.Field(ge=0, nullable=True)
    amount_high: float = pa.Field(ge=0, nullable=True)
    is_own: bool

    class Config:
        """Exactly these columns, one row per group."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["segment"]


def half_year_potential(
    warehouse: Warehouse, scope: Scope, by: Dimension = Dimension.INDUSTRY
) -> DataFrame[HalfYearPotential]:
    """What is each group of accounts likely to bring in the next half year?

    First passages, from an account's first lead to its first opportunity and to its first win, of
    all accounts that came in by the last day of the period observed: its start makes no difference.
    Young accounts are censored, accounts all of whose leads are lost have left. An open account of
    age a is won within 183 days with the chance (F(a + 183) − F(a)) ÷ S(a); beyond the oldest age
    followed nothing is expected. Accounts once won are not expected again: what they may buy again
    is the installed base's to say. Bounds are of draws of the curve, of the wins and of their
    amounts, the same for the same data.

    Raises MetricError for a dimension that does not group accounts, and MissingRateError where an
    amount has no exchange rate.
    Source: `metrics.estimators.incidence`; Rubin (1981) for the amounts; Wilson (1927).
    """
    if by not in GROUPED_BY:
        names = ", ".join(each.label for each in GROUPED_BY)
        raise MetricError(f"accounts are not grouped by {by.label}: use one of {names}")
    until = min(scope.period.end, scope.observed_until)
    every = replace(
        scope, period=Period(min(_EVER, until), until), observed_until=until,
        unit=Unit.ACCOUNT, counting=Counting.REACHED, window_days=None,
    )  # fmt: skip
    ages = warehouse.query(ages_query(every, by, (_OPPORTUNITY, _WON), told_days(warehouse)))
    amounts = _won_amounts(warehouse, every, by)
    pooled = _Group.of(ages.drop(by.value), amounts["amount"])
    rows = []
    segments = ages[by.value].unique().sort().to_list()
    for place, segment in enumerate(segments):
        own = _Group.of(
            ages.filter(pl.col(by.value) == segment),
            amounts.filter(pl.col("segment") == segment)["amount"],
        )
        if own.accounts:
            rng = np.random.default_rng((_SEED, place))
            rows.append({"segment": segment, **_row(own, pooled, rng)})
    found = pl.DataFrame(rows, schema=columns(HalfYearPotential)).sort(
        "amount", "wins", "segment", descending=[True, True, False], nulls_last=True
    )
    return HalfYearPotential.validate(found, lazy=True)


@dataclass(frozen=True, slots=True, eq=False)
class _Group:
    """The ages of a group's accounts by way, and the amounts of its won deals."""

    to_opportunity: pl.DataFrame
    to_won: pl.DataFrame
    amounts: NDArray[np.float64]

    @classmethod
    def of(cls, ages: pl.DataFrame, amounts: pl.Series) -> _Group:
        """Of the rows of both ways."""
        first, won = (_by_age(ages.filter(to_stage=end.value)) for _, end in (_OPPORTUNITY, _WON))
        return cls(first, won, amounts.drop_nulls().to_numpy())

    @property
    def accounts(self) -> int:
        return int(self.to_won["records"].sum())

    @property
    def won(self) -> int:
        return int(self.to_won["converted"].sum())


def _by_age(rows: pl.DataFrame) -> pl.DataFrame:
    counts = pl.col("records", "converted", "exited", "open")
    return rows.group_by("age_days").agg(counts.sum()).sort("age_days")


def _row(own: _Group, pooled: _Group, rng: np.random.Generator) -> dict[str, Any]:
    """The columns after the segment."""
    is_own = own.won >= FEWEST_WON and len(own.amounts) >= FEWEST_WON
    told = own if is_own else pooled
    still_open = own.to_won.filter(pl.col("open") > 0)
    row: dict[str, Any] = dict.fromkeys(list(HalfYearPotential.to_schema().columns)[1:])
    row |= {
        "accounts": own.accounts,
        "open_accounts": int(still_open["open"].sum()),
        "is_own": is_own,
        **_rate("opportunity", own.to_opportunity),
        **_rate("won", own.to_won),
    }
    horizon = horizon_days(told.to_won)
    if horizon < HALF_YEAR_DAYS:
        return row
    ages, records = (still_open[name].to_numpy() for name in ("age_days", "open"))
    curve = draw_incidence(age_counts(told.to_won, horizon), DRAWS, rng)
    estimate = curve.estimate
    expected = float(records @ _chance(estimate, ages))
    drawn = rng.binomial(records, _chance(curve, ages)).sum(axis=1)
    low, high = np.quantile(drawn, [0.1, 0.9], method="inverted_cdf")
    row |= {"wins": expected, "wins_low": float(low), "wins_high": float(high)}
    if len(told.amounts):
        usual = float(told.amounts.mean())
        totals = draw_totals(DealSizes.of(told.amounts), drawn, rng)
        low, high = np.quantile(totals, [0.1, 0.9])
        row |= {"usual_amount": usual, "amount": expected * usual}
        row |= {"amount_low": float(low), "amount_high": float(high)}
    return row


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
    if horizon < HALF_YEAR_DAYS:
        return {}
    counts = age_counts(rows, horizon)
    converted, records = effective_records(counts, HALF_YEAR_DAYS)
    low, high = wilson(np.array(converted), np.array(records))
    share = float(incidence(counts).at([HALF_YEAR_DAYS])[0])
    return {
        f"{name}_rate": share, f"{name}_rate_low": min(float(low), share),
        f"{name}_rate_high": max(float(high), share),
    }  # fmt: skip


def _won_amounts(warehouse: Warehouse, scope: Scope, by: Dimension) -> pl.DataFrame:
    """One row per deal won with an amount: its segment and its amount."""
    missing = "amount IS NULL AND original_amount IS NOT NULL"
    won = Step(
        "won_deals",
        f"""
        SELECT {by.value} AS segment, opportunity_id, amount, original_amount, currency, closed_on
        FROM scoped
        WHERE outcome = 'won' AND closed_on <= observed_until
        """,
    )
    without = Step("without_rate", f"SELECT {unconverted(missing, 'closed_on')} FROM won_deals")
    first = scope.step("deal")
    refuse_unconverted("won deals", warehouse.query(Query(first, won, without)).row(0, named=True))
    priced = Step(
        "priced",
        """
        SELECT segment, opportunity_id, CAST(amount AS DOUBLE) AS amount
        FROM won_deals WHERE amount IS NOT NULL
        """,
    )
    return warehouse.query(Query(first, won, priced)).sort("segment", "opportunity_id")
