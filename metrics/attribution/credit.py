"""Credit: what each channel, campaign or content earns by each model."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, ClassVar

import numpy as np
import polars as pl

from data.engine.warehouse import Warehouse
from data.errors import MetricError
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.attribution.paths import UNITS_OF_A_CONVERSION, path_steps
from metrics.attribution.question import Question, Worth
from metrics.attribution.rules import RULES, credit_steps
from metrics.money import refuse_unconverted, unconverted
from metrics.scope import Scope, Stage

Amount = Annotated[pl.Decimal, 18, 6]

UNATTRIBUTED = "Unattributed"
"""What conversions without a touch are credited to, so that credit adds up to the CRM's."""

LOOKBACK_SHARE = 0.9
"""Of conversions, the share whose first touch the usual lookback reaches."""


class Credit(pa.DataFrameModel):
    """One row per model and segment, the largest credit first, `Unattributed` last.

    `credit` is in conversions or in the base currency; a model's rows add up to all conversions of
    the period, exactly. `conversions` had a touch of the segment, or none at all for
    `Unattributed`; `unpriced` of them have no recorded amount, so that nobody earns credit for
    them. `share` is of the model's credit, null where there is none.
    """

    model: str = pa.Field(isin=[rule.name for rule in RULES])
    segment: str
    conversions: int = pa.Field(ge=0)
    unpriced: int = pa.Field(ge=0)
    credit: Amount = pa.Field(ge=0)
    share: float = pa.Field(ge=0, le=1, nullable=True)

    class Config:
        """Exactly these columns, one row per model and segment."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["model", "segment"]


class UsualDays(pa.DataFrameModel):
    """One row: how long before a conversion its first touch was, in days; null without any.

    `lookback_days` reaches the first touch of nine conversions in ten, `half_life_days` is half of
    the median. `share_cut` of the touches were earlier than the lookback.
    """

    touched_conversions: int = pa.Field(ge=0)
    lookback_days: int = pa.Field(ge=1, nullable=True)
    half_life_days: float = pa.Field(gt=0, nullable=True)
    share_cut: float = pa.Field(ge=0, le=1, nullable=True)

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def channel_credit(warehouse: Warehouse, scope: Scope) -> DataFrame[Credit]:
    """Which channels earn the credit for what was won, by each rule?

    Of the deals won in the period, with the touches of everyone at the account, each used up by the
    first win after it, as far back as is usual in the data (`usual_days`). See `credit_of`.
    """
    question = Question(scope)
    usual = usual_days(warehouse, question).row(0, named=True)
    if usual["lookback_days"] is None:
        return credit_of(warehouse, question, 1)
    asked = replace(question, lookback_days=usual["lookback_days"])
    return credit_of(warehouse, asked, usual["half_life_days"])


def credit_of(warehouse: Warehouse, question: Question, half_life_days: float) -> DataFrame[Credit]:
    """Which segments of touches earn the credit for a question's conversions, by each rule?

    Credit of a conversion is shared in whole cents, or millionths of a conversion, so that its
    touches' credits add up to its worth exactly (largest remainder; of equal ones the smallest
    interaction id). Credit is no causation: it says which touches were there, not what they added.

    Raises MetricError for a half-life that is not above 0, and MissingRateError where an amount has
    no exchange rate.
    """
    if not half_life_days > 0:
        raise MetricError(f"a half-life of {half_life_days} days is none: use more than 0")
    _refuse_unconverted(warehouse, question)
    earned = warehouse.query(
        Query(
            *credit_steps(question, half_life_days),
            Step(
                "earned",
                """
                SELECT model, segment, count(DISTINCT subject_id) AS conversions,
                    count(DISTINCT CASE WHEN credit_units IS NULL THEN subject_id END) AS unpriced,
                    CAST(coalesce(sum(credit_units), 0) AS BIGINT) AS units
                FROM credits
                GROUP BY model, segment
                """,
            ),
        )
    )
    left = warehouse.query(
        Query(
            *path_steps(question),
            Step(
                "untouched",
                f"""
                SELECT '{UNATTRIBUTED}' AS segment, count(*) AS conversions,
                    count(*) - count(conversions.units) AS unpriced,
                    CAST(coalesce(sum(conversions.units), 0) AS BIGINT) AS units
                FROM conversions
                LEFT JOIN (SELECT DISTINCT subject_id FROM paths) AS touched
                    ON touched.subject_id = conversions.subject_id
                WHERE touched.subject_id IS NULL
                """,
            ),
        )
    )
    models = pl.DataFrame({"model": [rule.name for rule in RULES]})
    unattributed = models.join(left, how="cross").select(earned.columns)
    per_unit = UNITS_OF_A_CONVERSION if question.worth is Worth.COUNT else 100
    rows = (
        pl.concat([earned, unattributed])
        .with_columns(
            rank=pl.col("model").replace_strict(
                {rule.name: place for place, rule in enumerate(RULES)}, return_dtype=pl.Int64
            ),
            last=pl.col("segment") == UNATTRIBUTED,
            total=pl.col("units").sum().over("model"),
        )
        .sort("rank", "last", "units", "segment", descending=[False, False, True, False])
        .select(
            "model",
            "segment",
            "conversions",
            "unpriced",
            credit=(pl.col("units").cast(pl.Decimal(18, 6)) / per_unit).cast(pl.Decimal(18, 6)),
            share=pl.when(pl.col("total") > 0).then(pl.col("units") / pl.col("total")),
        )
    )
    return Credit.validate(rows, lazy=True)


def usual_days(warehouse: Warehouse, question: Question) -> DataFrame[UsualDays]:
    """How long before a conversion does its first touch usually lie?

    Of the question's conversions that have a touch, whatever its lookback. Quantiles are values
    that occur: the smallest day that so many conversions do not exceed.
    """
    counted = warehouse.query(
        Query(
            *path_steps(replace(question, lookback_days=None)),
            Step(
                "days",
                """
                SELECT days_before, count(*) AS touches,
                    count(CASE WHEN place = 1 THEN 1 END) AS firsts
                FROM paths
                GROUP BY days_before
                ORDER BY days_before
                """,
            ),
        )
    )
    days, touches, firsts = (counted[name].to_numpy() for name in counted.columns)
    conversions = int(firsts.sum())
    row: dict[str, float | int | None] = {"touched_conversions": conversions}
    if conversions:
        reached = np.cumsum(firsts)
        lookback = max(int(days[np.searchsorted(reached, LOOKBACK_SHARE * conversions)]), 1)
        median = float(days[np.searchsorted(reached, conversions / 2)])
        cut = float(touches[days > lookback].sum() / touches.sum())
        row |= {
            "lookback_days": lookback,
            "half_life_days": max(median, 1) / 2,
            "share_cut": cut,
        }
    schema = {name: column.dtype.type for name, column in UsualDays.to_schema().columns.items()}
    return UsualDays.validate(pl.DataFrame([row], schema=schema), lazy=True)


def _refuse_unconverted(warehouse: Warehouse, question: Question) -> None:
    """Raises MissingRateError for deals whose amount is credited and has no rate."""
    if question.worth is Worth.COUNT:
        return
    day = "opened_on" if question.event is Stage.OPPORTUNITY else "closed_on"
    happened = "TRUE" if question.event is Stage.OPPORTUNITY else "outcome = 'won'"
    condition = f"""{happened} AND original_amount IS NOT NULL AND amount IS NULL
        AND {day} BETWEEN period_start AND period_end AND {day} <= observed_until"""
    step = Step("unconverted", f"SELECT {unconverted(condition, day)} FROM scoped")
    found = warehouse.query(Query(question.scope.step("deal"), step)).row(0, named=True)
    refuse_unconverted("deals", found)
