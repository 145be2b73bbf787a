"""Disagreement of two models: who gains and who loses, and which deals decide it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.errors import MetricError
from data.schema.contract import columns
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.attribution.amounts import amount
from metrics.attribution.credit import Amount, refuse_unconverted_worth
from metrics.attribution.data_driven import weights
from metrics.attribution.models import DATA_DRIVEN
from metrics.attribution.question import Question
from metrics.attribution.rules import credit_steps
from metrics.attribution.usual import settled
from metrics.rates import ratio
from metrics.scope import Scope


@dataclass(frozen=True, slots=True)
class ModelPair:
    """Two models, the second held against the first.

    Raises MetricError for twice the same.

    >>> ModelPair("first", "last").second
    'last'
    """

    first: str
    second: str

    def __post_init__(self) -> None:
        if self.first == self.second:
            raise MetricError(f"{self.first} is both models: name two that may differ")


FIRST_AGAINST_LAST = ModelPair("first", "last")
"""The two that people argue with: what brought somebody in, and what came before the signature."""


class DealDifference(pa.DataFrameModel):
    """One row per segment and conversion of which the two models give the segment unlike credit.

    Segments are in the order of what they gain by the second model, the largest gain first; the
    conversions of a segment by the size of their difference, the largest first. `difference` is
    `second_credit` minus `first_credit`; a segment's rows add up to what it gains in all, and a
    conversion's rows to 0, exactly. `subject_id` is the deal's, or the lead's where leads convert.
    """

    segment: str
    subject_id: str
    account: str = pa.Field(nullable=True)
    converted_on: pl.Date
    worth: Amount
    first_credit: Amount
    second_credit: Amount
    difference: Amount

    class Config:
        """Exactly these columns, one row per segment and conversion."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["segment", "subject_id"]


class Disagreement(pa.DataFrameModel):
    """One row per segment with a touch, what gains most by the second model first.

    `difference` is `second_credit` minus `first_credit`, 0 over all rows; `share_difference` is its
    part of a model's whole credit, null where there is none. `gaining` and `losing` count the
    conversions in which the segment has more, or less, by the second model. `decided_by` is how few
    conversions bring half of all gains of a segment that gains, or half of all losses of one that
    loses; 0 of one that does neither.
    """

    segment: str
    first_credit: Amount
    second_credit: Amount
    difference: Amount
    share_difference: float = pa.Field(ge=-1, le=1, nullable=True)
    conversions: int = pa.Field(ge=1)
    gaining: int = pa.Field(ge=0)
    losing: int = pa.Field(ge=0)
    decided_by: int = pa.Field(ge=0)

    class Config:
        """Exactly these columns, one row per segment."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["segment"]


@dataclass(frozen=True, slots=True, eq=False)
class TwoModels:
    """What two models say of each segment, and the conversions of which they say it."""

    pair: ModelPair
    segments: DataFrame[Disagreement]
    deals: DataFrame[DealDifference]


def disagreement(
    warehouse: Warehouse, scope: Scope, definitions: Definitions
) -> DataFrame[Disagreement]:
    """Which channels gain and which lose when the last touch is credited instead of the first?

    Of the deals won in the period, as in `channel_credit`. See `two_models`.
    """
    question, half_life_days = settled(warehouse, Question(scope), definitions.attribution)
    return two_models(warehouse, question, half_life_days, FIRST_AGAINST_LAST).segments


def deal_differences(
    warehouse: Warehouse, scope: Scope, definitions: Definitions
) -> DataFrame[DealDifference]:
    """Which deals decide what the last touch is credited with instead of the first?

    Of the deals won in the period, as in `channel_credit`. See `two_models`.
    """
    question, half_life_days = settled(warehouse, Question(scope), definitions.attribution)
    return two_models(warehouse, question, half_life_days, FIRST_AGAINST_LAST).deals


def two_models(
    warehouse: Warehouse, question: Question, half_life_days: float, pair: ModelPair
) -> TwoModels:
    """Why does one model say the opposite of another?

    Per segment what it gains by the second model, and per conversion by how much, in whole cents or
    millionths of a conversion as in `credit_of`. Conversions without a touch are credited alike by
    all models, and those without a recorded amount by none: neither is here.

    Raises MetricError for a half-life that is not above 0, for a model that the question does not
    have, and for one that learns from journeys where the question has no lookback or has filters;
    MissingRateError where an amount has no exchange rate.
    """
    if not half_life_days > 0:
        raise MetricError(f"a half-life of {half_life_days} days is none: use more than 0")
    for name in (pair.first, pair.second):
        if name not in question.models:
            raise MetricError(f"there is no model {name!r}; there are {', '.join(question.models)}")
    refuse_unconverted_worth(warehouse, question)
    driven = learned_weights(warehouse, question, pair)
    steps = credit_steps(question, half_life_days, driven, {pair.first, pair.second})
    rows = warehouse.query(Query(*steps, *_compared(pair)))
    amounts = rows.with_columns(
        amount(pl.col(f"{name}_units"), question.worth).alias(
            name if name == "worth" else f"{name}_credit"
        )
        for name in ("worth", "first", "second", "all")
    ).with_columns(difference=pl.col("second_credit") - pl.col("first_credit"))
    segments = _segments(amounts)
    order = segments.select("segment", place=pl.int_range(pl.len()))
    deals = (
        amounts.filter(pl.col("difference") != 0)
        .join(order, on="segment")
        .with_columns(size=pl.col("difference").abs())
        .sort("place", "size", "subject_id", descending=[False, True, False])
        .select(list(columns(DealDifference)))
        .cast(pl.Schema(columns(DealDifference)))
    )
    return TwoModels(pair, segments, DealDifference.validate(deals, lazy=True))


def learned_weights(
    warehouse: Warehouse, question: Question, pair: ModelPair
) -> dict[str, list[float]]:
    """The weights of those of the two models that learn from journeys.

    Raises MetricError where the question leaves no journeys to learn from.
    """
    driven = [name for name in (pair.first, pair.second) if name in DATA_DRIVEN]
    if not driven:
        return {}
    if question.lookback_days is None:
        raise MetricError(
            f"{driven[0]} learns from journeys, which need a lookback: name one, or use a rule"
        )
    learned = weights(warehouse, question, question.lookback_days)
    return {name: learned.of_models[name].tolist() for name in driven}


def _compared(pair: ModelPair) -> tuple[Step, ...]:
    """Steps to `compared`: one row per segment and conversion, with the credit of both models."""
    return (
        Step(
            "of_pair",
            f"""
            SELECT subject_id, segment,
                CAST(sum(CASE WHEN model = '{pair.first}' THEN credit_units END) AS BIGINT)
                    AS first_units,
                CAST(sum(CASE WHEN model = '{pair.second}' THEN credit_units END) AS BIGINT)
                    AS second_units
            FROM credits
            WHERE credit_units IS NOT NULL
            GROUP BY subject_id, segment
            """,
        ),
        Step("everything", "SELECT CAST(sum(units) AS BIGINT) AS units FROM conversions"),
        Step(
            "compared",
            """
            SELECT of_pair.segment, of_pair.subject_id,
                coalesce(account.name, conversions.account_id) AS account,
                conversions.converted_on, conversions.units AS worth_units,
                of_pair.first_units, of_pair.second_units, everything.units AS all_units
            FROM of_pair
            CROSS JOIN everything
            JOIN conversions ON conversions.subject_id = of_pair.subject_id
            LEFT JOIN account ON account.account_id = conversions.account_id
            """,
        ),
    )


def _segments(amounts: pl.DataFrame) -> DataFrame[Disagreement]:
    difference = pl.col("difference")
    # Of a segment that gains, its gains in order of size; of one that loses, its losses.
    way = pl.when(difference.sum() > 0).then(1).when(difference.sum() < 0).then(-1).otherwise(0)
    found = (
        amounts.with_columns(way=way.over("segment"))
        .with_columns(shifted=(difference.cast(pl.Float64) * pl.col("way")).clip(0))
        .group_by("segment")
        .agg(
            pl.col("first_credit", "second_credit", "difference").sum(),
            conversions=pl.len(),
            gaining=(difference > 0).sum(),
            losing=(difference < 0).sum(),
            decided_by=_fewest(pl.col("shifted")),
            total=pl.col("all_credit").first().cast(pl.Float64),
        )
        .with_columns(share_difference=ratio(difference.cast(pl.Float64), pl.col("total")))
        .sort("difference", "segment", descending=[True, False])
        .select(list(columns(Disagreement)))
        .cast(pl.Schema(columns(Disagreement)))
    )
    return Disagreement.validate(found, lazy=True)


def _fewest(shifted: pl.Expr) -> pl.Expr:
    """Of how few, the largest first, the sum is half of the whole or more; 0 of nothing."""
    before = shifted.sort(descending=True).cum_sum().shift(1, fill_value=0)
    return (before < shifted.sum() / 2).sum()
