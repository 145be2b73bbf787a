"""Budget allocation: where the next amount would go, and whether that beats today's shares."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar

import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.schema.contract import Money
from data.schema.frames import DataFrame, pa
from metrics.budget.proposal import CAUTION, CHANGE, Proposal, proposal
from metrics.budget.responses import Basis
from metrics.budget.words import sentence
from metrics.scope import Scope

_CENTS = pl.Decimal(18, 2)


class BudgetAllocation(pa.DataFrameModel):
    """One row per channel with spend in the period, the most spend first.

    Money is in the base currency, for as many days as the period has. `basis` is what the response
    to its spend is known by: an experiment, a curve, or unknown. `proposed_low` and `proposed_high`
    are the 95% bounds of what would be best if the response were known; null where it is unknown,
    or nothing is known to weigh it against. `share` are of the whole. `least_amount` and
    `most_amount` are how far it may move, `largest_amount` is the largest spend seen, of any four
    weeks running at their pace.
    """

    channel: str
    basis: str = pa.Field(isin=[each.value for each in Basis])
    today_amount: Money = pa.Field(ge=0)
    today_share: float = pa.Field(ge=0, le=1)
    proposed_amount: Money = pa.Field(ge=0)
    proposed_low: float = pa.Field(ge=0, nullable=True)
    proposed_high: float = pa.Field(ge=0, nullable=True)
    proposed_share: float = pa.Field(ge=0, le=1)
    change_amount: Money
    least_amount: float = pa.Field(ge=0)
    most_amount: float = pa.Field(ge=0)
    largest_amount: float = pa.Field(ge=0)

    class Config:
        """Exactly these columns, one row per channel."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["channel"]


class BudgetOutcome(pa.DataFrameModel):
    """One row: the whole budget, and what the proposal is worth beside today's shares of it.

    Money is in the base currency, for as many days as the period has. `asked_amount` is the change
    that was asked for, `placed_amount` what of it the bounds hold. `now`, `then` and `gain` are
    MQLs with 95% bounds, of the `known_channels`, whose response is known: with today's spend,
    with the proposal, and by how much the proposal is better than the same money in today's shares.
    `probability_better` is of that, `regret` how many MQLs it costs on average if it is worse. All
    null where fewer than two channels' responses are known. Only where `is_distinguishable` is the
    proposal better by more than chance. `sentence` says so.
    """

    today_amount: Money = pa.Field(ge=0)
    asked_amount: float
    placed_amount: Money
    known_channels: int = pa.Field(ge=0)
    now: float = pa.Field(nullable=True)
    now_low: float = pa.Field(nullable=True)
    now_high: float = pa.Field(nullable=True)
    then: float = pa.Field(nullable=True)
    then_low: float = pa.Field(nullable=True)
    then_high: float = pa.Field(nullable=True)
    gain: float = pa.Field(nullable=True)
    gain_low: float = pa.Field(nullable=True)
    gain_high: float = pa.Field(nullable=True)
    probability_better: float = pa.Field(ge=0, le=1, nullable=True)
    regret: float = pa.Field(ge=0, nullable=True)
    is_distinguishable: bool
    sentence: str

    class Config:
        """Exactly these columns, one row."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def budget_allocation(
    warehouse: Warehouse,
    scope: Scope,
    *,
    change: float = CHANGE,
    caution: float = CAUTION,
    held: Collection[str] = (),
) -> DataFrame[BudgetAllocation]:
    """Where would the next amount go, channel by channel, and within which bounds?

    `change` is added to the period's spend, or taken from it where it is below 0; with 0 today's
    budget is shared anew. `caution`, 0 to 1, weighs the worst fifth of what may come against the
    mean. A response is known by an experiment without a problem, else by a curve behind its gate;
    other channels keep today's shares. Channels that are `held`, those to cut for example, get no
    more than today. Unit, basis and counting of the scope make no difference.

    Raises MetricError for a caution outside 0 to 1, where no spend is loaded and for a filter that
    spend is not recorded by; MissingRateError where an amount has no exchange rate.
    Source: `metrics.estimators.response.allocation`.
    """
    found = proposal(warehouse, scope, change, caution, held)
    whole, then = float(found.today.sum()) or 1.0, float(found.proposed.sum()) or 1.0
    frame = pl.DataFrame(
        {
            "channel": pl.Series(found.channels, dtype=pl.String),
            "basis": pl.Series([each.value for each in found.basis], dtype=pl.String),
            "today_amount": found.today,
            "today_share": found.today / whole,
            "proposed_amount": found.proposed,
            "proposed_low": found.low,
            "proposed_high": found.high,
            "proposed_share": found.proposed / then,
            "least_amount": found.least,
            "most_amount": found.most,
            "largest_amount": found.largest,
        }
    )
    rounded = frame.with_columns(
        pl.col("today_amount", "proposed_amount").round(2).cast(_CENTS),
        pl.col("proposed_low", "proposed_high").fill_nan(None),
    ).with_columns(change_amount=(pl.col("proposed_amount") - pl.col("today_amount")).cast(_CENTS))
    ordered = rounded.sort("today_amount", "channel", descending=[True, False])
    names = list(BudgetAllocation.to_schema().columns)
    return BudgetAllocation.validate(ordered.select(names), lazy=True)


def budget_outcome(
    warehouse: Warehouse,
    scope: Scope,
    definitions: Definitions,
    *,
    change: float = CHANGE,
    caution: float = CAUTION,
    held: Collection[str] = (),
) -> DataFrame[BudgetOutcome]:
    """What would the proposed budget bring, how surely is it better than today's, and at what risk?

    Of the same proposal as `budget_allocation`, whose errors it raises. That nothing is
    distinguishable from today is an answer.
    """
    found = proposal(warehouse, scope, change, caution, held)
    columns = BudgetOutcome.to_schema().columns.items()
    types = {name: column.dtype.type for name, column in columns}
    money = {"today_amount": pl.Float64, "placed_amount": pl.Float64}
    frame = pl.DataFrame(
        [_outcome(found, definitions.base_currency)], schema=types | money, orient="row"
    )
    cents = pl.col("today_amount", "placed_amount").round(2).cast(_CENTS)
    return BudgetOutcome.validate(frame.with_columns(cents), lazy=True)


def _outcome(found: Proposal, currency: str) -> dict[str, Any]:
    row: dict[str, Any] = {
        "today_amount": float(found.today.sum()),
        "asked_amount": found.asked,
        "placed_amount": found.placed,
        "known_channels": sum(each is not Basis.UNKNOWN for each in found.basis),
        "is_distinguishable": False,
        "sentence": sentence(found, currency),
    }
    best = found.found
    if best is None or found.now is None or found.then is None:
        return row
    gain = best.gain.times(found.weeks)
    for name, each in (("now", found.now), ("then", found.then), ("gain", gain)):
        row |= {name: each.value, f"{name}_low": each.low, f"{name}_high": each.high}
    return row | {
        "probability_better": best.probability_better,
        "regret": best.regret * found.weeks,
        "is_distinguishable": best.distinguishable,
    }
