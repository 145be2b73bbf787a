"""Effect of response time: MQLs with an early response against others of their score."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import ClassVar

import numpy as np
import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.contract import columns
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.chance import Cause, causes
from metrics.estimators.comparing.matched import exceeds
from metrics.estimators.comparing.speed import Answered, SpeedEffect, speed_effect
from metrics.follow_up.handed_over import require_told
from metrics.follow_up.ripe import ripe_steps
from metrics.scope import Scope, Stage

LIMITS = ("1 working hour", "4 working hours", "1 working day", "the deadline")
"""Within which a response is early."""

ALIKE = ("tier", "channel", "quarter")
"""What MQLs must share beside their score to be compared."""


class Speed(StrEnum):
    """What may be said of an early response."""

    MORE = "converts more"
    MAY_BE_MORE = "may convert more"
    LESS = "converts less"
    MAY_BE_CHANCE = "may be chance"
    TOO_FEW = "too few to compare"
    CANNOT_BE_TOLD = "cannot be told"


class ResponseEffect(pa.DataFrameModel):
    """One row per limit of response time, the shortest first.

    `early` MQLs had a recorded response within the limit, `others` later or never; `untold` are in
    neither, because only the day of their response is known and the limit lies on it. Rates are of
    those that converted; `raw_difference` is the early rate minus that of the others. `adds` is the
    difference among MQLs alike in score, level, channel and quarter, `matched_early` and
    `matched_others` of them, with bounds of 95%. `placebo` is the same difference in becoming an
    MQL within the median days, which came before any response; `exceeds_placebo` says whether
    `adds` is further from 0 by more than chance (one-sided, 5%). `p_value` is of `adds`, corrected
    for all limits. `reason` says why nothing can be told, or no more.
    """

    within: str = pa.Field(isin=LIMITS, unique=True)
    early: int = pa.Field(ge=0)
    early_rate: float = pa.Field(ge=0, le=1, nullable=True)
    others: int = pa.Field(ge=0)
    other_rate: float = pa.Field(ge=0, le=1, nullable=True)
    untold: int = pa.Field(ge=0)
    raw_difference: float = pa.Field(ge=-1, le=1, nullable=True)
    matched_early: int = pa.Field(ge=0)
    matched_others: int = pa.Field(ge=0)
    adds: float = pa.Field(ge=-1, le=1, nullable=True)
    adds_low: float = pa.Field(ge=-1, le=1, nullable=True)
    adds_high: float = pa.Field(ge=-1, le=1, nullable=True)
    p_value: float = pa.Field(ge=0, le=1, nullable=True)
    placebo: float = pa.Field(ge=-1, le=1, nullable=True)
    placebo_low: float = pa.Field(ge=-1, le=1, nullable=True)
    placebo_high: float = pa.Field(ge=-1, le=1, nullable=True)
    exceeds_placebo: bool = pa.Field(nullable=True)
    verdict: str = pa.Field(isin=[each.value for each in Speed])
    reason: str = pa.Field(nullable=True)

    class Config:
        """Exactly these columns, one row per limit."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def response_effect(
    warehouse: Warehouse, scope: Scope, event: Stage = Stage.OPPORTUNITY
) -> DataFrame[ResponseEffect]:
    """Does an early response make an MQL convert, or are good leads merely called first?

    MQLs handed over in the period whose window is over, as `response_time_conversion` counts them.
    Those with a recorded response within a limit are compared with those of one band of score,
    level, channel and quarter that had it later or never. An SQL or exit without a recorded
    response stands among the others with what became of it: an unlogged call hides some of an
    effect, and never makes one.

    An early response `converts more` when the difference is above 0 with a corrected p-value of at
    most 5%, the placebo's interval holds 0, and the difference exceeds the placebo; where only the
    last fails it `may convert more`. It `converts less` where the first two hold below 0. Where the
    placebo's interval excludes 0, the early ones differed before anybody could respond, and what
    the response adds cannot be told. Under 5 expected events nothing is said. Without scores MQLs
    are alike in level, channel and quarter only.

    Raises MetricError as `require_told` does, and for an event that does not follow the MQL.
    Source: `speed_effect`; Benjamini and Hochberg (1995).
    """
    require_told(warehouse)
    rows = warehouse.query(Query(*ripe_steps(scope, event), _COMPARED)).sort("lead_id", "episode")
    if rows.is_empty():
        return ResponseEffect.validate(pl.DataFrame(schema=_SCHEMA), lazy=True)
    records = _answered(rows)
    effects = [
        speed_effect(records, rows[name].to_numpy().astype(np.float64))
        for name in ("hour", "four_hours", "day_seconds", "deadline_seconds")
    ]
    p_values, said = verdicts(effects)
    found = [
        (limit, *_told(effect, p_value), *verdict)
        for limit, effect, p_value, verdict in zip(LIMITS, effects, p_values, said, strict=True)
    ]
    frame = pl.DataFrame(found, schema=_SCHEMA, orient="row")
    return ResponseEffect.validate(frame.with_columns(pl.col(pl.Float64).fill_nan(None)), lazy=True)


def verdicts(
    effects: Sequence[SpeedEffect],
) -> tuple[list[float], list[tuple[str, str | None]]]:
    """What may be said of limits that are looked at together, and why not more?

    The corrected p-values, and a verdict with its reason for each.
    """
    adjusted, found = causes([each.adds for each in effects], [each.placebo for each in effects])
    return adjusted.tolist(), [_SAID[each] for each in found]


_SAID: dict[Cause, tuple[str, str | None]] = {
    Cause.TOO_FEW: (
        Speed.TOO_FEW.value,
        "fewer than 5 events are to be expected of matched MQLs",
    ),
    Cause.MAY_BE_CHANCE: (Speed.MAY_BE_CHANCE.value, None),
    Cause.PLACEBO_UNKNOWN: (
        Speed.CANNOT_BE_TOLD.value,
        "too little is known of these leads before they were MQLs to see if they differed",
    ),
    Cause.DIFFERED_BEFORE: (
        Speed.CANNOT_BE_TOLD.value,
        "those with an early response differed before anybody could respond",
    ),
    Cause.LESS: (Speed.LESS.value, None),
    Cause.WITHIN_PLACEBO: (
        Speed.MAY_BE_MORE.value,
        "they had been nearly as far ahead before anybody could respond: good leads may only have"
        " been called first",
    ),
    Cause.MORE: (Speed.MORE.value, None),
}


def _told(effect: SpeedEffect, p_value: float) -> tuple[float | int | bool | None, ...]:
    adds, placebo = effect.adds, effect.placebo
    return (
        effect.early, effect.converted / effect.early if effect.early else None,
        effect.others, effect.others_converted / effect.others if effect.others else None,
        effect.untold, effect.raw, adds.treated, adds.others, adds.value, adds.low, adds.high,
        p_value, placebo.value, placebo.low, placebo.high, exceeds(adds, placebo),
    )  # fmt: skip


def _answered(rows: pl.DataFrame) -> Answered:
    """The rows as arrays; before counts who became an MQL within the median days."""
    days = pl.col("days_before")
    whole = rows.with_columns(
        pl.col("took_seconds", "earliest_seconds").cast(pl.Float64).fill_null(float("inf")),
        *(pl.col(name).rank("dense").cast(pl.Int64) for name in (*ALIKE, "account")),
        before=(days <= days.median()).cast(pl.Float64),
    )
    return Answered(
        took=whole["took_seconds"].to_numpy(),
        earliest=whole["earliest_seconds"].to_numpy(),
        converted=(whole["converted"] == 1).to_numpy(),
        score=whole["score"].fill_null(float("nan")).to_numpy(),
        alike=np.stack([whole[name].to_numpy() for name in ALIKE]),
        before=whole["before"].fill_null(float("nan")).to_numpy(),
        account=whole["account"].to_numpy(),
    )


_SCHEMA = pl.Schema(columns(ResponseEffect))

_COMPARED = Step(
    "compared",
    """
    SELECT lead_id, episode, took_seconds, earliest_seconds, 3600 AS hour, 14400 AS four_hours,
        day_seconds, CASE WHEN is_in_time = 1 THEN coalesce(took_seconds, 0) ELSE -1 END
            AS deadline_seconds,
        converted, CAST(score AS DOUBLE) AS score, tier, channel,
        extract(year FROM mql_on) * 4 + extract(quarter FROM mql_on) AS quarter,
        CASE WHEN lead_on <= mql_on THEN date_diff('day', lead_on, mql_on) END AS days_before,
        coalesce(account_id, person_id, lead_id) AS account
    FROM ripe
    """,
)
