"""Self-reported: what people said brought them, beside what the touches say."""

from __future__ import annotations

from typing import Annotated, ClassVar

import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.attribution.bounds import UNATTRIBUTED
from metrics.attribution.paths import UNITS_OF_A_CONVERSION, path_steps
from metrics.attribution.question import Question, Worth
from metrics.attribution.rules import credit_steps
from metrics.attribution.usual import settled
from metrics.scope import Scope

Count = Annotated[pl.Decimal, 18, 6]

NOT_SAID = "Not said"
"""What those are counted under who were not asked, or gave no answer."""


class SelfReported(pa.DataFrameModel):
    """One row per model, answer and channel: the conversions that people said came from `said`.

    `credit` is the part of them that the model gives to `segment`, in conversions: each answer is a
    row of the agreement matrix of a model, and a model's rows add up to all conversions. `agrees`
    where both are the same channel.
    """

    model: str
    said: str
    segment: str
    credit: Count = pa.Field(ge=0)
    agrees: bool

    class Config:
        """Exactly these columns, one row per model, answer and channel."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["model", "said", "segment"]


def self_reported(
    warehouse: Warehouse, scope: Scope, definitions: Definitions
) -> DataFrame[SelfReported]:
    """What did people say brought them, and does the touched channel agree?

    Of the deals won in the period, by the answer on their primary lead, against every rule by which
    touches share credit (`channel_credit`). Answers are the channels that the definitions map them
    to, whatever their case, else as given. An answer is what somebody remembers and wants to say;
    it knows of word of mouth, of which no touch does.
    """
    terms = definitions.attribution
    question, half_life = settled(warehouse, Question(scope, worth=Worth.COUNT), terms)
    credited = Query(*credit_steps(question, half_life), *_SAID, _CREDITED)
    untouched = warehouse.query(Query(*path_steps(question), *_SAID, _UNTOUCHED))
    models = pl.DataFrame({"model": [rule.name for rule in question.rules]})
    channel_of = {said.casefold(): channel for said, channel in terms.self_reported.items()}
    parts = pl.concat([warehouse.query(credited), models.join(untouched, how="cross")])
    answers = parts.select("said").unique().to_series().to_list()
    channels = {
        said: NOT_SAID if said is None else channel_of.get(said.strip().casefold(), said.strip())
        for said in answers
    }
    rows = (
        parts.with_columns(
            pl.col("said").replace_strict(channels, return_dtype=pl.String)
            if answers
            else pl.col("said")
        )
        .group_by("model", "said", "segment")
        .agg(pl.col("units").sum())
        .with_columns(
            rank=pl.col("model").replace_strict(
                {rule.name: place for place, rule in enumerate(question.rules)},
                return_dtype=pl.Int64,
            ),
            of_said=pl.col("units").sum().over("model", "said"),
        )
        .sort(
            "rank",
            "of_said",
            "said",
            "units",
            "segment",
            descending=[False, True, False, True, False],
        )
        .select(
            "model",
            "said",
            "segment",
            credit=(pl.col("units").cast(pl.Decimal(18, 6)) / UNITS_OF_A_CONVERSION).cast(
                pl.Decimal(18, 6)
            ),
            agrees=pl.col("said") == pl.col("segment"),
        )
    )
    return SelfReported.validate(rows, lazy=True)


_SAID = (
    Step(
        "said",
        """
        SELECT conversions.subject_id, lead.self_reported_source AS said
        FROM conversions
        LEFT JOIN deal ON deal.opportunity_id = conversions.subject_id
        LEFT JOIN lead ON lead.lead_id = deal.lead_id
        """,
    ),
)

_CREDITED = Step(
    "credited",
    """
    SELECT credits.model, said.said, credits.segment,
        CAST(sum(credits.credit_units) AS BIGINT) AS units
    FROM credits
    JOIN said ON said.subject_id = credits.subject_id
    GROUP BY credits.model, said.said, credits.segment
    """,
)

_UNTOUCHED = Step(
    "untouched",
    f"""
    SELECT said.said, '{UNATTRIBUTED}' AS segment,
        CAST(count(*) * {UNITS_OF_A_CONVERSION} AS BIGINT) AS units
    FROM said
    LEFT JOIN (SELECT DISTINCT subject_id FROM paths) AS touched
        ON touched.subject_id = said.subject_id
    WHERE touched.subject_id IS NULL
    GROUP BY said.said
    """,
)
