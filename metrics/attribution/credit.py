"""Credit: what each channel, campaign or content earns by each model."""

from __future__ import annotations

from typing import Annotated, ClassVar

import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.errors import MetricError
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.attribution.bounds import GROUPED, SETS, UNATTRIBUTED, share_bounds_of
from metrics.attribution.chains import MOST_GROUPED
from metrics.attribution.data_driven import weights
from metrics.attribution.models import DATA_DRIVEN
from metrics.attribution.paths import UNITS_OF_A_CONVERSION, path_steps
from metrics.attribution.question import Question, Worth
from metrics.attribution.rules import segment_step, shared_steps
from metrics.attribution.usual import settled
from metrics.money import refuse_unconverted, unconverted
from metrics.scope import Scope, Stage

Amount = Annotated[pl.Decimal, 18, 6]

FEWEST_TOUCHED = 20
"""Data-driven credit of a segment is told from so many conversions that it touched."""


class Credit(pa.DataFrameModel):
    """One row per model and segment, the largest credit first, `Unattributed` last.

    `credit` is in conversions or in the base currency; a model's rows add up to all conversions of
    the period, exactly. `conversions` had a touch of the segment, or none at all for
    `Unattributed`; `unpriced` of them have no recorded amount, so that nobody earns credit for
    them. `share` is of the model's credit, null where there is none, `share_low` and `share_high`
    its 90% bounds, null where they are not computed. `is_told` says whether a data-driven credit
    rests on enough: `FEWEST_TOUCHED` conversions, and bounds within half of the share on either
    side; rules say what they say of few as well.
    """

    model: str
    segment: str
    conversions: int = pa.Field(ge=0)
    unpriced: int = pa.Field(ge=0)
    credit: Amount
    share: float = pa.Field(nullable=True)
    share_low: float = pa.Field(nullable=True)
    share_high: float = pa.Field(nullable=True)
    is_told: bool

    class Config:
        """Exactly these columns, one row per model and segment."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["model", "segment"]


def channel_credit(
    warehouse: Warehouse, scope: Scope, definitions: Definitions
) -> DataFrame[Credit]:
    """Which channels earn the credit for what was won, by each model?

    Of the deals won in the period, with the touches of everyone at the account, each used up by the
    first win after it. How far back they count and fade is what the definitions fix, else what is
    usual in the data (`usual_days`); the definitions' own models stand beside the known ones.
    Models that learn from journeys are left out where the scope has filters. See `credit_of`.
    """
    return credit_of(warehouse, *settled(warehouse, Question(scope), definitions.attribution))


def credit_of(warehouse: Warehouse, question: Question, half_life_days: float) -> DataFrame[Credit]:
    """Which segments of touches earn the credit for a question's conversions, by each model?

    Credit of a conversion is shared in whole cents, or millionths of a conversion, so that its
    touches' credits add up to its worth exactly (largest remainder; of equal ones the smallest
    interaction id). The data-driven models need the journeys that did not convert: they are there
    for a question with a lookback and without filters. Credit is no causation: it says which
    touches were there, not what they added.

    Bounds come from drawing groups of accounts again, conversions and journeys together. They are
    not computed for chains of a longer memory, nor of more than `MOST_GROUPED` segments for any
    model that learns.

    Raises MetricError for a half-life that is not above 0, and MissingRateError where an amount has
    no exchange rate.
    """
    if not half_life_days > 0:
        raise MetricError(f"a half-life of {half_life_days} days is none: use more than 0")
    refuse_unconverted_worth(warehouse, question)
    learned = None
    if question.lookback_days is not None and not question.scope.filters:
        learned = weights(warehouse, question, question.lookback_days)
    driven = learned.of_models if learned else {}
    codes = segment_step(question)
    shared = shared_steps(question.rules, half_life_days, driven, paths=_TRACED.name)
    ends = [(codes, *shared, _EARNED), (_BY_SEGMENT,)]
    if learned and len(learned.segments) <= MOST_GROUPED:
        ends.append((codes, *SETS))
    earned, touched, *sets = warehouse.query_each((*path_steps(question), _TRACED), ends)
    left = touched.filter(segment=UNATTRIBUTED).select("segment", "grouped", "units")
    if left.is_empty():
        left = pl.DataFrame([(UNATTRIBUTED, "00", 0)], schema=left.schema, orient="row")
    names = [name for name in question.models if name not in DATA_DRIVEN or name in driven]
    models = pl.DataFrame({"model": names})
    by_group = pl.concat([earned, models.join(left, how="cross").select(earned.columns)])
    bounds = share_bounds_of(question, by_group, learned, next(iter(sets), None))
    per_unit = UNITS_OF_A_CONVERSION if question.worth is Worth.COUNT else 100
    rows = (
        by_group.group_by("model", "segment")
        .agg(pl.col("units").sum())
        .join(_counted(touched), on="segment", how="left")
        .with_columns(pl.col("conversions", "unpriced").fill_null(0))
        .join(bounds, on=["model", "segment"], how="left")
        .with_columns(
            rank=pl.col("model").replace_strict(
                {name: place for place, name in enumerate(names)}, return_dtype=pl.Int64
            ),
            last=pl.col("segment") == UNATTRIBUTED,
            total=pl.col("units").sum().over("model"),
        )
        .sort("rank", "last", "units", "segment", descending=[False, False, True, False])
        .with_columns(share=pl.when(pl.col("total") > 0).then(pl.col("units") / pl.col("total")))
        .select(
            "model",
            "segment",
            "conversions",
            "unpriced",
            "share",
            "share_low",
            "share_high",
            credit=(pl.col("units").cast(pl.Decimal(18, 6)) / per_unit).cast(pl.Decimal(18, 6)),
            is_told=_is_told(),
        )
        .select(list(Credit.to_schema().columns))
    )
    return Credit.validate(rows, lazy=True)


def _is_told() -> pl.Expr:
    rule = ~pl.col("model").is_in(DATA_DRIVEN) | (pl.col("segment") == UNATTRIBUTED)
    half = pl.max_horizontal(
        pl.col("share_high") - pl.col("share"), pl.col("share") - pl.col("share_low")
    )
    narrow = (half <= pl.col("share") / 2).fill_null(value=False)
    return rule | ((pl.col("conversions") >= FEWEST_TOUCHED) & narrow)


_TRACED = Step(
    "traced",
    f"""
    SELECT conversions.subject_id, conversions.units, {GROUPED} AS grouped,
        paths.interaction_id, paths.segment, paths.is_direct, paths.place, paths.places,
        paths.lead_place, paths.deal_place, paths.days_before
    FROM conversions
    LEFT JOIN paths ON paths.subject_id = conversions.subject_id
    """,
)
"""Every conversion with its touches; one row without for those that have none."""

_EARNED = Step(
    "earned",
    """
    SELECT credits.model, credits.segment, groups.grouped,
        CAST(coalesce(sum(credits.credit_units), 0) AS BIGINT) AS units
    FROM credits
    JOIN (SELECT DISTINCT subject_id, grouped FROM traced) AS groups
        ON groups.subject_id = credits.subject_id
    GROUP BY credits.model, credits.segment, groups.grouped
    """,
)

_BY_SEGMENT = Step(
    "conversions_by_segment",
    f"""
    SELECT coalesce(segment, '{UNATTRIBUTED}') AS segment, grouped,
        count(DISTINCT subject_id) AS conversions,
        count(DISTINCT CASE WHEN units IS NULL THEN subject_id END) AS unpriced,
        CAST(coalesce(sum(CASE WHEN segment IS NULL THEN units END), 0) AS BIGINT) AS units
    FROM traced
    GROUP BY coalesce(segment, '{UNATTRIBUTED}'), grouped
    """,
)


def _counted(touched: pl.DataFrame) -> pl.DataFrame:
    """How many conversions each segment touched; a conversion is of one group of accounts."""
    return touched.group_by("segment").agg(pl.col("conversions", "unpriced").sum())


def refuse_unconverted_worth(warehouse: Warehouse, question: Question) -> None:
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
