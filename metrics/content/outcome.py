"""Outcome of content: the MQLs, pipeline and revenue that an asset is credited with."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.errors import MetricError
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.attribution.bounds import UNATTRIBUTED
from metrics.attribution.credit import Amount, refuse_unconverted_worth
from metrics.attribution.paths import UNITS_OF_A_CONVERSION
from metrics.attribution.question import Question, Worth
from metrics.attribution.rules import credit_steps
from metrics.attribution.usual import settled
from metrics.scope import Dimension, Scope, Stage

LINEAR = "linear"
"""The model by default: it takes no side among the touches of a path."""

_CREDITED = {
    "mqls": (Stage.MQL, Worth.COUNT),
    "pipeline_amount": (Stage.OPPORTUNITY, Worth.AMOUNT),
    "revenue_amount": (Stage.WON, Worth.AMOUNT),
}


class ContentOutcome(pa.DataFrameModel):
    """One row per title, the largest revenue first, `Unattributed` last.

    Credit of the period's MQLs, of the amounts of deals opened and of those won, in the base
    currency, exact to the millionth and the cent: each column adds up to all of the period.
    `Unassigned` are touches without an asset, `Unattributed` what had no touch. `won_deals` had a
    touch with the asset, `unpriced_deals` of them have no recorded amount.
    """

    content: str
    mqls: Amount = pa.Field(ge=0)
    pipeline_amount: Amount
    revenue_amount: Amount
    won_deals: int = pa.Field(ge=0)
    unpriced_deals: int = pa.Field(ge=0)

    class Config:
        """Exactly these columns, one row per title."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["content"]


def content_outcome(
    warehouse: Warehouse, scope: Scope, definitions: Definitions, *, model: str = LINEAR
) -> DataFrame[ContentOutcome]:
    """What followed each asset: which MQLs, pipeline and revenue is it credited with?

    By one model of attribution that shares by a rule, as `credit_of` does. Models that learn are
    not asked: what they learn of each of hundreds of assets is too little. Assets of one title are
    one row. Credit is no causation: `content_effect` says what an asset adds.

    Raises MetricError for another model, and MissingRateError where an amount has no exchange rate.
    """
    parts = [
        _credited(warehouse, scope, definitions, model, event, worth).select(
            "segment",
            pl.col("credit").alias(name),
            *(
                (
                    pl.col("conversions").alias("won_deals"),
                    pl.col("unpriced").alias("unpriced_deals"),
                )
                if event is Stage.WON
                else ()
            ),
        )
        for name, (event, worth) in _CREDITED.items()
    ]
    found = pl.concat([part.select("segment") for part in parts]).unique()
    for part in parts:
        found = found.join(part, on="segment", how="left")
    nothing = pl.lit(0).cast(pl.Decimal(18, 6))
    rows = found.with_columns(
        pl.col(list(_CREDITED)).fill_null(nothing),
        pl.col("won_deals", "unpriced_deals").fill_null(0),
        last=pl.col("segment") == UNATTRIBUTED,
    ).sort(
        "last", "revenue_amount", "pipeline_amount", "mqls", "segment",
        descending=[False, True, True, True, False],
    )  # fmt: skip
    named = rows.rename({"segment": "content"}).select(list(ContentOutcome.to_schema().columns))
    return ContentOutcome.validate(named, lazy=True)


def _credited(
    warehouse: Warehouse,
    scope: Scope,
    definitions: Definitions,
    model: str,
    event: Stage,
    worth: Worth,
) -> pl.DataFrame:
    """Credit by title, with the conversions that it touched, and what nothing touched."""
    question = Question(scope, event=event, worth=worth, by=Dimension.CONTENT)
    asked, half_life_days = settled(warehouse, question, definitions.attribution)
    rules = [rule.name for rule in asked.rules]
    if model not in rules:
        raise MetricError(
            f"{model!r} is no model that shares by a rule; there are {', '.join(rules)}"
        )
    refuse_unconverted_worth(warehouse, asked)
    steps = credit_steps(asked, half_life_days, models={model})
    per_unit = UNITS_OF_A_CONVERSION if worth is Worth.COUNT else 100
    return warehouse.query(Query(*steps, _BY_TITLE)).with_columns(
        credit=(pl.col("units").cast(pl.Decimal(18, 6)) / per_unit).cast(pl.Decimal(18, 6))
    )


_BY_TITLE = Step(
    "by_title",
    f"""
    SELECT segment, count(DISTINCT subject_id) AS conversions,
        count(DISTINCT CASE WHEN credit_units IS NULL THEN subject_id END) AS unpriced,
        CAST(coalesce(sum(credit_units), 0) AS BIGINT) AS units
    FROM credits
    GROUP BY segment
    UNION ALL
    SELECT '{UNATTRIBUTED}' AS segment, count(*) AS conversions,
        count(*) - count(conversions.units) AS unpriced,
        CAST(coalesce(sum(conversions.units), 0) AS BIGINT) AS units
    FROM conversions
    LEFT JOIN (SELECT DISTINCT subject_id FROM paths) AS touched
        ON touched.subject_id = conversions.subject_id
    WHERE touched.subject_id IS NULL
    """,
)
