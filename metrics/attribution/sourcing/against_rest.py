"""Sourced deals against the rest: win rate, cycle and size, and whether more than chance."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.schema.contract import columns
from data.schema.frames import DataFrame, pa
from metrics.attribution.sourcing.deals import SOURCED, Definition, deals_of
from metrics.chance import Verdict, judged
from metrics.estimators.comparing.clustering import AccountSums, design_effect
from metrics.estimators.comparing.difference import expected_events, newcombe, p_value
from metrics.estimators.comparing.medians import median_difference, median_interval
from metrics.estimators.comparing.proportions import wilson
from metrics.scope import Scope

Floats = NDArray[np.float64]
Accounts = NDArray[np.int64]


class Measure(StrEnum):
    """What is compared: a share, days, or money in the base currency."""

    WIN_RATE = "win_rate"
    CYCLE_DAYS = "cycle_days"
    DEAL_AMOUNT = "deal_amount"


class SourcedAgainstRest(pa.DataFrameModel):
    """One row per definition of sourced and measure.

    The win rate is won ÷ closed of the deals closed in the period; the cycle is the median of days
    from opening to winning, the size the median amount, of those won in it. `deals` and
    `rest_deals` are those compared: with both days for the cycle, with an amount for the size.
    Bounds are of 95%, with the deals of one account counted as what they say together; null where
    there are too few. `difference` is sourced minus the rest. `p_value` is corrected for all rows.
    """

    definition: str = pa.Field(isin=[each.value for each in SOURCED])
    measure: str = pa.Field(isin=[each.value for each in Measure])
    deals: int = pa.Field(ge=0)
    value: float = pa.Field(nullable=True)
    low: float = pa.Field(nullable=True)
    high: float = pa.Field(nullable=True)
    rest_deals: int = pa.Field(ge=0)
    rest_value: float = pa.Field(nullable=True)
    rest_low: float = pa.Field(nullable=True)
    rest_high: float = pa.Field(nullable=True)
    difference: float = pa.Field(nullable=True)
    difference_low: float = pa.Field(nullable=True)
    difference_high: float = pa.Field(nullable=True)
    p_value: float = pa.Field(ge=0, le=1, nullable=True)
    chance: str = pa.Field(isin=[each.value for each in Verdict])

    class Config:
        """Exactly these columns, one row per definition and measure."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["definition", "measure"]


def sourced_against_rest(
    warehouse: Warehouse,
    scope: Scope,
    definitions: Definitions,
    lookback_days: int | None = None,
) -> DataFrame[SourcedAgainstRest]:
    """Are deals that marketing sourced won more often, sooner or larger than others?

    Of the deals closed in the period, whatever the scope's basis and unit, by each definition of
    `marketing_sourced`; deals of which it is not known are left out. Sourced deals differ from
    others in more than who sourced them: a difference is no effect of marketing. Influenced and
    accelerated ones are not compared, since a deal that is open for longer is touched more.

    A difference is more than chance when its p-value, corrected for all rows, is at most 5%; of
    fewer than five expected events nothing is said.

    Raises MetricError for a lookback of less than a day, and MissingRateError where an amount has
    no exchange rate.
    Source: Newcombe (1998) for rates, Woodruff (1952) and Mood (1950) for medians; Benjamini and
    Hochberg (1995).
    """
    deals = deals_of(warehouse, scope, definitions.touch.sales_channels, lookback_days)
    return against_rest_of(deals)


def against_rest_of(deals: pl.DataFrame) -> DataFrame[SourcedAgainstRest]:
    """The comparison of each definition of sourced and measure, over the deals of `deals_of`."""
    compared = [
        (definition, measure, _compared(_measured(deals, measure), definition, measure))
        for definition in SOURCED
        for measure in Measure
    ]
    p_values, verdicts = judged(
        np.array([each.p_value for *_, each in compared]),
        np.array([each.expected for *_, each in compared]),
    )
    rows = [
        (definition.value, measure.value, *each.own, *each.rest, *each.difference, chance, verdict)
        for (definition, measure, each), chance, verdict in zip(
            compared, p_values.tolist(), (each.value for each in verdicts), strict=True
        )
    ]
    found = pl.DataFrame(rows, schema=pl.Schema(columns(SourcedAgainstRest)), orient="row")
    return SourcedAgainstRest.validate(found.fill_nan(None), lazy=True)


@dataclass(frozen=True, slots=True)
class _Comparison:
    """Of both sides the deals, value and bounds; the difference and its bounds."""

    own: tuple[int, float, float, float]
    rest: tuple[int, float, float, float]
    difference: tuple[float, float, float]
    p_value: float
    expected: float


def _measured(deals: pl.DataFrame, measure: Measure) -> pl.DataFrame:
    """The deals that have the measure, as `measured`, and a number for each account."""
    won = pl.col("outcome") == "won"
    days = (pl.col("closed_on") - pl.col("opened_on")).dt.total_days().clip(0)
    value = {
        Measure.WIN_RATE: won,
        Measure.CYCLE_DAYS: pl.when(won).then(days),
        Measure.DEAL_AMOUNT: pl.when(won).then(pl.col("amount")),
    }[measure]
    # A deal without an account is one of its own.
    alone = pl.concat_str(pl.lit("deal "), "opportunity_id")
    account = pl.coalesce(pl.concat_str(pl.lit("account "), "account_id"), alone)
    return (
        deals.filter("closed")
        .with_columns(measured=value.cast(pl.Float64), account=account.rank("dense").cast(pl.Int64))
        .filter(pl.col("measured").is_not_null())
    )


def _compared(measured: pl.DataFrame, definition: Definition, measure: Measure) -> _Comparison:
    sides = [
        (each["measured"].to_numpy(), each["account"].to_numpy())
        for each in (
            measured.filter(pl.col(definition.value)),
            measured.filter(~pl.col(definition.value)),
        )
    ]
    return (_rates if measure is Measure.WIN_RATE else _medians)(*sides[0], *sides[1])


def _rates(own: Floats, accounts: Accounts, rest: Floats, rest_accounts: Accounts) -> _Comparison:
    counts = (*_effective(own, accounts), *_effective(rest, rest_accounts))
    first, second = _bounded(own, *wilson(*counts[:2])), _bounded(rest, *wilson(*counts[2:]))
    low, high = newcombe(*counts)
    return _Comparison(
        first,
        second,
        (first[1] - second[1], low.item(), high.item()),
        p_value(*counts).item(),
        expected_events(*counts).item(),
    )


def _bounded(won: Floats, low: Floats, high: Floats) -> tuple[int, float, float, float]:
    rate = float(won.mean()) if len(won) else float("nan")
    return len(won), rate, low.item(), high.item()


def _effective(won: Floats, accounts: Accounts) -> tuple[Floats, Floats]:
    """Won and all deals, as many as independent ones would be."""
    deff = design_effect(AccountSums.of_records(won > 0, accounts))
    return np.array([won.sum() / deff]), np.array([len(won) / deff])


def _medians(own: Floats, accounts: Accounts, rest: Floats, rest_accounts: Accounts) -> _Comparison:
    first, second = median_interval(own, accounts), median_interval(rest, rest_accounts)
    between = median_difference(own, accounts, rest, rest_accounts)
    return _Comparison(
        (len(own), first.value, first.low, first.high),
        (len(rest), second.value, second.low, second.high),
        (between.value, between.low, between.high),
        between.p_value,
        between.expected,
    )
