"""Return by keyword, as far as visits tell it."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.errors import MetricError
from data.schema.contract import Money, columns
from data.schema.frames import DataFrame, pa
from data.schema.tables import DERIVED
from data.sql import Query, Step
from metrics.returns.earned import LINEAR, earned, realised
from metrics.returns.known_by import check_known_by
from metrics.returns.revenue import MONEY, amount, sums
from metrics.scope import Dimension, Scope


class KeywordReturn(pa.DataFrameModel):
    """One row per keyword, the largest revenue first.

    `touches` are those of the period that came by the keyword, null where a filter is on something
    that touches are not recorded by. `revenue_amount` is the credit for deals won in the period,
    `won_deals` had a touch of the keyword, `unpriced_deals` of them have no recorded amount.
    `realised_amount` is what the period's touches have earned so far.
    """

    keyword: str
    touches: int = pa.Field(ge=0, nullable=True)
    won_deals: int = pa.Field(ge=0)
    unpriced_deals: int = pa.Field(ge=0)
    revenue_amount: Money = pa.Field(nullable=True)
    realised_amount: Money = pa.Field(nullable=True)

    class Config:
        """Exactly these columns, one row per keyword."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["keyword"]


def keyword_returns(
    warehouse: Warehouse, scope: Scope, definitions: Definitions, *, model: str = LINEAR
) -> DataFrame[KeywordReturn]:
    """Which keywords brought visits, and what have these earned?

    Keywords are those that addresses of visits carry (utm_term), without regard to case. Credit is
    that of the channels' touches, each of which has one keyword or none: what came without one is
    not here. Spend and clicks by keyword are in no file that is read, so no cost is told.

    Raises MetricError where no visit has a keyword, and for a model or filter that there is not;
    MissingRateError where an amount has no exchange rate.
    """
    check_known_by(scope, Dimension.CHANNEL)
    named = warehouse.query(Query(_NAMED))
    if named.is_empty():
        raise MetricError(
            "no visit has a keyword: load visits whose addresses carry utm_term, such as an export"
            " of GA4"
        )
    terms = definitions.attribution
    won = earned(warehouse, scope, Dimension.CHANNEL, model, terms)
    so_far = realised(warehouse, scope, Dimension.CHANNEL, model, terms, won)
    parts = (
        _touches(warehouse, scope),
        sums(won.rows.join(named, on="interaction_id"), "keyword").select(
            "keyword",
            amount(pl.col("units")).alias("revenue_amount"),
            pl.col("deals").alias("won_deals"),
            pl.col("unpriced").alias("unpriced_deals"),
        ),
        sums(so_far.rows.join(named, on="interaction_id"), "keyword").select(
            "keyword",
            amount(pl.col("units")).alias("realised_amount"),
            pl.col("deals").alias("realised_deals"),
        ),
    )
    found = pl.concat([part.select("keyword") for part in parts]).unique()
    for part in parts:
        found = found.join(part, on="keyword", how="left")
    nothing = pl.lit(0).cast(MONEY)
    known = _is_of_touches(scope)
    found = found.with_columns(
        touches=pl.col("touches").fill_null(0) if known else pl.lit(None, pl.Int64),
        revenue_amount=pl.when(pl.col("won_deals").is_null())
        .then(nothing)
        .otherwise("revenue_amount"),
        realised_amount=pl.when(pl.col("realised_deals").is_null())
        .then(nothing)
        .otherwise("realised_amount"),
    ).with_columns(pl.col("won_deals", "unpriced_deals").fill_null(0))
    ordered = found.sort(
        pl.col("revenue_amount").fill_null(0),
        pl.col("touches").fill_null(0),
        "keyword",
        descending=[True, True, False],
    )
    return KeywordReturn.validate(
        ordered.select(list(KeywordReturn.to_schema().columns)), lazy=True
    )


_NAMED = Step(
    "named",
    """
    SELECT interaction_id, lower(trim(utm_term)) AS keyword
    FROM interaction
    WHERE trim(utm_term) <> ''
    """,
)


def _is_of_touches(scope: Scope) -> bool:
    """Whether touches are recorded by all that the scope filters on."""
    carried = columns(DERIVED["touch"])
    filters = (*scope.filters, *scope.viewer.restrictions)
    return all(each.dimension.value in carried for each in filters)


def _touches(warehouse: Warehouse, scope: Scope) -> pl.DataFrame:
    """The period's touches by keyword; of none where they cannot be told."""
    if not _is_of_touches(scope):
        return pl.DataFrame(schema={"keyword": pl.String, "touches": pl.Int64})
    return warehouse.query(
        Query(
            scope.step("touch"),
            _NAMED,
            Step(
                "counted",
                """
                SELECT named.keyword, count(*) AS touches
                FROM scoped
                JOIN named ON named.interaction_id = scoped.interaction_id
                WHERE occurred_on BETWEEN period_start AND period_end
                    AND occurred_on <= observed_until
                GROUP BY named.keyword
                """,
            ),
        )
    )
