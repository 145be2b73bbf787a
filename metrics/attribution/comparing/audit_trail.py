"""The audit trail of one conversion: everything its people did, and the weight each model gave."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.engine.warehouse import Warehouse
from data.errors import MetricError
from data.schema.contract import Timestamp, columns
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.attribution.amounts import amount, units_of_one
from metrics.attribution.comparing.trail_steps import Standing, conversion_of, trail_steps
from metrics.attribution.credit import Amount, refuse_unconverted_worth
from metrics.attribution.data_driven import weights
from metrics.attribution.question import Question, Worth
from metrics.attribution.rules import credit_steps
from metrics.scope import Stage


class TrailTouch(pa.DataFrameModel):
    """One row per thing that people of the conversion did, in order of time, then of id.

    `standing` says whether it earns credit, and if not why; the first reason that holds of: the
    action is not eligible, somebody else's, after the event, used up, before the lookback, the
    person's second of the day, collapsed. `place` counts those that do from 1, else null.
    `is_first`, `is_before_lead`, `is_before_deal` and `is_last` are the milestones that fell on it.
    `days_before` the conversion is negative after it. `occurred_at` is UTC.
    """

    place: int = pa.Field(ge=1, nullable=True)
    standing: str = pa.Field(isin=[each.value for each in Standing])
    interaction_id: str
    occurred_at: Timestamp
    occurred_on: pl.Date
    days_before: int
    person_id: str
    job_title: str = pa.Field(nullable=True)
    action: str
    value_tier: str = pa.Field(isin=("high", "low"), nullable=True)
    channel: str
    campaign: str
    content: str
    segment: str
    is_first: bool
    is_before_lead: bool
    is_before_deal: bool
    is_last: bool

    class Config:
        """Exactly these columns, one row per interaction."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["interaction_id"]


class TouchWeight(pa.DataFrameModel):
    """One row per model and touch that counts, models in their order, touches in theirs.

    A model's weights add up to exactly 1, and its credits to the conversion's worth; credits are
    null where the amount is not recorded.
    """

    model: str
    place: int = pa.Field(ge=1)
    interaction_id: str
    segment: str
    weight: Amount = pa.Field(ge=0, le=1)
    credit: Amount = pa.Field(nullable=True)

    class Config:
        """Exactly these columns, one row per model and touch."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["model", "interaction_id"]


@dataclass(frozen=True, slots=True)
class AuditedConversion:
    """What is known of the conversion; moments are UTC.

    `after` is when the same account last converted before, by which touches are used up.
    """

    subject_id: str
    account: str | None
    converted_on: date
    lead_at: datetime | None
    opened_at: datetime | None
    after: datetime | None
    worth: Decimal | None
    """In conversions, or in the base currency; None for an amount that is not recorded."""


@dataclass(frozen=True, slots=True, eq=False)
class AuditTrail:
    """A conversion, what its people did, and what each model made of it."""

    conversion: AuditedConversion
    touches: DataFrame[TrailTouch]
    weights: DataFrame[TouchWeight]


def audit_trail(
    warehouse: Warehouse, question: Question, subject_id: str, half_life_days: float
) -> AuditTrail:
    """Which touches has a conversion, which of them count, and what does each model give them?

    `subject_id` is the deal's, or the lead's where leads convert. Models that learn from journeys
    are there for a question with a lookback and without filters, as in `credit_of`.

    Raises MetricError when nothing of that id converts in the period, or for a half-life that is
    not above 0, and MissingRateError where an amount of that day has no exchange rate.
    """
    if not half_life_days > 0:
        raise MetricError(f"a half-life of {half_life_days} days is none: use more than 0")
    rows = warehouse.query(Query(*conversion_of(question, subject_id)))
    if rows.is_empty():
        what = "deal" if question.is_of_deals else "lead"
        raise MetricError(
            f"no {what} {subject_id!r} {happened(question.event)} in the period, of those asked"
            " about: widen the period, or remove filters"
        )
    row = rows.row(0, named=True)
    day = row["converted_on"]
    # The other conversions of the period tell nothing of this one's touches.
    scope = replace(question.scope, period=replace(question.scope.period, start=day, end=day))
    of_day = replace(question, scope=scope)
    refuse_unconverted_worth(warehouse, of_day)
    driven: dict[str, NDArray[np.float64]] = {}
    if question.lookback_days is not None and not question.scope.filters:
        driven = weights(warehouse, question, question.lookback_days).of_models
    trail = warehouse.query(Query(*trail_steps(of_day, subject_id)))
    touches = (
        trail.sort("occurred_at", "interaction_id")
        .select(list(columns(TrailTouch)))
        .cast(pl.Schema(columns(TrailTouch)))
    )
    counted = touches.filter(pl.col("place").is_not_null())
    counts = replace(of_day, worth=Worth.COUNT)
    shares = _credits(warehouse, counts, half_life_days, subject_id, driven)
    credit = shares
    if question.worth is Worth.AMOUNT:
        credit = _credits(warehouse, of_day, half_life_days, subject_id, driven)
    weighed = (
        counted.select("interaction_id", "place", "segment")
        .join(shares, on="interaction_id")
        .join(credit, on=["interaction_id", "model"], suffix="_of_worth")
        .with_columns(
            weight=amount(pl.col("credit_units"), Worth.COUNT),
            credit=amount(pl.col("credit_units_of_worth"), question.worth),
        )
        .sort(pl.col("model").cast(pl.Enum(question.models)), "place")
        .select(list(columns(TouchWeight)))
        .cast(pl.Schema(columns(TouchWeight)))
    )
    worth = None if row["units"] is None else Decimal(row["units"]) / units_of_one(question.worth)
    known = {name: row[name] for name in ("account", "lead_at", "opened_at", "after")}
    return AuditTrail(
        AuditedConversion(subject_id=subject_id, converted_on=day, worth=worth, **known),
        TrailTouch.validate(touches, lazy=True),
        TouchWeight.validate(weighed, lazy=True),
    )


def happened(event: Stage) -> str:
    """What became of a deal or lead, within a sentence.

    >>> happened(Stage.WON), happened(Stage.MQL)
    ('was won', 'became an MQL')
    """
    return "was won" if event is Stage.WON else f"became an {event.word}"


def _credits(
    warehouse: Warehouse,
    question: Question,
    half_life_days: float,
    subject_id: str,
    driven: Mapping[str, Iterable[float]],
) -> pl.DataFrame:
    """Whole units by model and touch."""
    steps = credit_steps(question, half_life_days, driven)
    found = warehouse.query(Query(*steps, _UNITS)).filter(subject_id=subject_id)
    return found.drop("subject_id")


_UNITS = Step(
    "units",
    """
    SELECT subject_id, model, interaction_id, CAST(credit_units AS BIGINT) AS credit_units
    FROM credits
    """,
)
