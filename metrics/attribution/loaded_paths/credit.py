"""Credit of loaded paths: what each channel earns by the models that need no times."""

from __future__ import annotations

from typing import Annotated, ClassVar

import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.errors import MetricError
from data.schema.contract import columns
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.attribution.bounds import UNATTRIBUTED
from metrics.attribution.credit import FEWEST_TOUCHED
from metrics.attribution.data_driven import learned
from metrics.attribution.loaded_paths.question import PathQuestion
from metrics.attribution.loaded_paths.steps import chain_counts_of_paths, touch_steps
from metrics.attribution.loaded_paths.totals import loaded_paths
from metrics.attribution.models import DATA_DRIVEN, own_rules
from metrics.attribution.paths import UNITS_OF_A_CONVERSION
from metrics.attribution.question import Worth
from metrics.attribution.rules import shared_steps

Amount = Annotated[pl.Decimal, 38, 6]


class PathCredit(pa.DataFrameModel):
    """One row per source system, model and segment, the largest credit first, `Unattributed` last.

    `credit` is in conversions or in the base currency, to the millionth; a model's rows add up to
    all that the system's paths stand for, exactly. `paths` hold the segment, `conversions` and
    `nulls` are their weights, and `unpriced` are those of the conversions whose value is not
    recorded, so that nobody earns credit for it. `share` is of the model's credit, null where there
    is none. `is_told` says whether a data-driven credit rests on `FEWEST_TOUCHED` conversions.

    There are no bounds: whose journeys they were is not loaded, so that nobody knows which of them
    belong together and would be drawn again together.
    """

    source_system: str
    model: str
    segment: str
    paths: int = pa.Field(ge=0)
    conversions: Amount = pa.Field(ge=0)
    nulls: Amount = pa.Field(ge=0)
    unpriced: Amount = pa.Field(ge=0)
    credit: Amount = pa.Field(ge=0)
    share: float = pa.Field(ge=0, le=1, nullable=True)
    is_told: bool

    class Config:
        """Exactly these columns, one row per system, model and segment."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["source_system", "model", "segment"]


def path_credit(warehouse: Warehouse, definitions: Definitions) -> DataFrame[PathCredit]:
    """Which channels earn the credit for the conversions of loaded paths, by each model?

    Of every source system by itself. See `path_credit_of`.
    """
    return _of_all_systems(warehouse, definitions, Worth.COUNT)


def path_value_credit(warehouse: Warehouse, definitions: Definitions) -> DataFrame[PathCredit]:
    """Which channels earn the credit for the value of loaded paths, by each model?

    Of every source system by itself that reports any value. See `path_credit_of`.
    """
    return _of_all_systems(warehouse, definitions, Worth.AMOUNT)


def _of_all_systems(
    warehouse: Warehouse, definitions: Definitions, worth: Worth
) -> DataFrame[PathCredit]:
    known = pl.lit(1) if worth is Worth.COUNT else pl.col("value_amount")
    systems = loaded_paths(warehouse).filter(known.is_not_null())["source_system"]
    rules = own_rules(definitions.attribution.model)
    found = [
        path_credit_of(
            warehouse, PathQuestion(each, worth, own_rules=rules), definitions.base_currency
        )
        for each in systems
    ]
    nothing = pl.DataFrame(schema=columns(PathCredit))
    return PathCredit.validate(pl.concat([nothing, *found]), lazy=True)


def path_credit_of(
    warehouse: Warehouse, question: PathQuestion, base_currency: str
) -> DataFrame[PathCredit]:
    """Which segments of touches earn the credit for what a system's paths stand for, by each model?

    The rules are those of `channel_credit` that need no times (`PathQuestion.not_answered` has the
    others). The worth of a path is shared in whole millionths, so that its touches' credits add up
    to it exactly (largest remainder; of equal ones the earliest touch). Models that learn take all
    paths, each as often as it converted or not; they learn from conversions, also where the credit
    is in money. Paths without a touch are `Unattributed`. Credit is no causation.

    Raises MetricError for values in another currency than `base_currency`: paths have no day, so
    that no exchange rate holds.
    """
    if question.worth is Worth.AMOUNT:
        _refuse_foreign(warehouse, question.source_system, base_currency)
    counts, chances = chain_counts_of_paths(warehouse, question)
    driven = learned(counts, chances, groups=1).of_models if counts.segments else {}
    before = touch_steps(question)
    shared = shared_steps(question.rules, 1.0, driven)
    earned = warehouse.query(Query(*before, *shared, *_EARNED))
    left = warehouse.query(Query(*before, _UNTOUCHED))
    names = [name for name in question.models if name not in DATA_DRIVEN or name in driven]
    models = pl.DataFrame({"model": names})
    untouched = models.join(left, how="cross").select(earned.columns)
    rows = (
        pl.concat([earned, untouched.cast(earned.schema)])
        .with_columns(
            source_system=pl.lit(question.source_system),
            rank=pl.col("model").replace_strict(
                {name: place for place, name in enumerate(names)}, return_dtype=pl.Int64
            ),
            last=pl.col("segment") == UNATTRIBUTED,
            credit=_in_ones(pl.col("units")),
        )
        .sort("rank", "last", "credit", "segment", descending=[False, False, True, False])
        .with_columns(of=pl.col("credit").sum().over("model"))
        .with_columns(
            share=pl.when(pl.col("of") > 0).then(
                pl.col("credit").cast(pl.Float64) / pl.col("of").cast(pl.Float64)
            ),
            is_told=~pl.col("model").is_in(DATA_DRIVEN)
            | pl.col("last")
            | (pl.col("conversions") >= FEWEST_TOUCHED),
        )
        .select(list(columns(PathCredit)))
    )
    return PathCredit.validate(rows, lazy=True)


def _in_ones(units: pl.Expr) -> pl.Expr:
    """Millionths as a decimal number, exact."""
    return (units.cast(pl.Decimal(38, 6)) / UNITS_OF_A_CONVERSION).cast(pl.Decimal(38, 6))


_SUMS = """CAST(coalesce(sum(loaded.conversions), 0) AS DECIMAL(38, 6)) AS conversions,
            CAST(coalesce(sum(loaded.nulls), 0) AS DECIMAL(38, 6)) AS nulls"""

_EARNED = (
    Step(
        "by_segment",
        """
        SELECT model, segment, subject_id, CAST(sum(credit_units) AS BIGINT) AS units
        FROM credits
        GROUP BY model, segment, subject_id
        """,
    ),
    Step(
        "ranked",
        """
        SELECT by_segment.model, by_segment.segment, by_segment.subject_id, by_segment.units,
            loaded.units - CAST(sum(by_segment.units)
                OVER (PARTITION BY by_segment.subject_id, by_segment.model) AS BIGINT) AS missing,
            row_number() OVER (
                PARTITION BY by_segment.subject_id, by_segment.model
                ORDER BY by_segment.units DESC, by_segment.segment
            ) AS by_size
        FROM by_segment
        JOIN loaded ON loaded.subject_id = by_segment.subject_id
        """,
    ),
    # Shares are DOUBLE: of worths beyond its 15 digits the largest segment takes what is missing.
    Step(
        "by_path",
        """
        SELECT model, segment, subject_id,
            CAST(units + CASE WHEN by_size = 1 THEN missing ELSE 0 END AS DECIMAL(38, 0)) AS units
        FROM ranked
        """,
    ),
    Step(
        "earned",
        f"""
        SELECT by_path.model, by_path.segment, count(*) AS paths, {_SUMS},
            CAST(coalesce(sum(CASE WHEN by_path.units IS NULL THEN loaded.conversions END), 0)
                AS DECIMAL(38, 6)) AS unpriced,
            CAST(coalesce(sum(by_path.units), 0) AS DECIMAL(38, 0)) AS units
        FROM by_path
        JOIN loaded ON loaded.subject_id = by_path.subject_id
        GROUP BY by_path.model, by_path.segment
        """,
    ),
)

_UNTOUCHED = Step(
    "untouched",
    f"""
    SELECT '{UNATTRIBUTED}' AS segment, count(*) AS paths, {_SUMS},
        CAST(coalesce(sum(CASE WHEN loaded.units IS NULL THEN loaded.conversions END), 0)
            AS DECIMAL(38, 6)) AS unpriced,
        CAST(coalesce(sum(loaded.units), 0) AS DECIMAL(38, 0)) AS units
    FROM loaded
    LEFT JOIN (SELECT DISTINCT subject_id FROM paths) AS touched
        ON touched.subject_id = loaded.subject_id
    WHERE touched.subject_id IS NULL
    """,
)


def _refuse_foreign(warehouse: Warehouse, source_system: str, base_currency: str) -> None:
    foreign = Step(
        "foreign_values",
        """
        SELECT count(*) AS paths, min(currency) AS currency
        FROM path
        WHERE source_system = ? AND currency <> ? AND value_amount > 0
        """,
        (source_system, base_currency),
    )
    found = warehouse.query(Query(foreign)).row(0, named=True)
    if found["paths"]:
        raise MetricError(
            f"{found['paths']} paths of {source_system} have their value in {found['currency']}, "
            f"and the base currency is {base_currency}: a path has no day whose exchange rate "
            "would hold. Convert the values in the file, or ask for conversions."
        )
