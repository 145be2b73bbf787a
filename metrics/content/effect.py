"""What an asset adds: its readers against matched people who had not read it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import ClassVar

import numpy as np
import polars as pl

from data.engine.warehouse import Warehouse
from data.errors import MetricError
from data.schema.contract import columns
from data.schema.frames import DataFrame, pa
from data.sql import Query
from metrics.chance import Cause, causes
from metrics.content.matching import NEVER, Effect
from metrics.content.study import READS, day_number, study_of
from metrics.content.uses import use_steps
from metrics.estimators.comparing.matched import exceeds
from metrics.scope import Scope, Stage


class Adds(StrEnum):
    """What may be said of an asset."""

    ADDS = "adds"
    MAY_ADD = "may add"
    LESSENS = "goes with less"
    MAY_BE_CHANCE = "may be chance"
    TOO_FEW = "too few to compare"
    CANNOT_BE_TOLD = "cannot be told"


class ContentEffect(pa.DataFrameModel):
    """One row per asset that somebody first read in the period, those that add the most first.

    Shares are of people, differences in shares. Of `readers` who had not had the outcome, and whose
    window has passed, `converted` had it within the window, the share `reader_rate`;
    `raw_difference` is that share minus the one of all who never read it. `adds` is the difference
    to matched people, `matched_readers` and `matched_others` (days of people), with bounds of 95%.
    `placebo` is the same difference in the window that had ended before the asset was read, which
    reading it cannot have made; `exceeds_placebo` says whether `adds` is further from 0 by more
    than chance (one-sided, 5%). `p_value` is of `adds`, corrected for all assets. `reason` says
    why nothing can be told, or no more.
    """

    content_id: str
    content: str
    readers: int = pa.Field(ge=0)
    converted: int = pa.Field(ge=0)
    reader_rate: float = pa.Field(ge=0, le=1, nullable=True)
    raw_difference: float = pa.Field(ge=-1, le=1, nullable=True)
    matched_readers: int = pa.Field(ge=0)
    matched_others: int = pa.Field(ge=0)
    adds: float = pa.Field(ge=-1, le=1, nullable=True)
    adds_low: float = pa.Field(ge=-1, le=1, nullable=True)
    adds_high: float = pa.Field(ge=-1, le=1, nullable=True)
    p_value: float = pa.Field(ge=0, le=1, nullable=True)
    placebo_readers: int = pa.Field(ge=0)
    placebo: float = pa.Field(ge=-1, le=1, nullable=True)
    placebo_low: float = pa.Field(ge=-1, le=1, nullable=True)
    placebo_high: float = pa.Field(ge=-1, le=1, nullable=True)
    exceeds_placebo: bool = pa.Field(nullable=True)
    verdict: str = pa.Field(isin=[each.value for each in Adds])
    reason: str = pa.Field(nullable=True)

    class Config:
        """Exactly these columns, one row per asset."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["content_id"]


def content_effect(
    warehouse: Warehouse, scope: Scope, event: Stage = Stage.MQL
) -> DataFrame[ContentEffect]:
    """Does an asset add to the chance of becoming an MQL, or do keen people read it?

    People who first read an asset on a day of the period are compared with people who did something
    else in the same week and had not read it yet. Both are of one persona and stage, had last been
    active as lately and in 90 days as often, do as much on the day, and have not had the outcome.
    It counts from the next day on, within the scope's window, else the usual one of the step. The
    outcome is becoming an MQL, or with `event` another stage.

    Among alike people the difference is freed of how often they had acted since they were first
    known.

    An asset may add when the difference is above 0 with a corrected p-value of at most 5% and the
    placebo's interval holds 0; it `goes with less` where this holds below 0. It `adds` where the
    difference exceeds the placebo, too, by more than chance: keen people who choose the asset are
    ahead before they read it. Where the placebo's interval excludes 0, readers differed before they
    read, and what the asset adds cannot be told. Under 5 expected events nothing is said.

    Raises MetricError for the event lead, which has no window.
    Source: `matched_difference`; Benjamini and Hochberg (1995); Lipsitch, Tchetgen and Cohen (2010)
    for the placebo as a negative control.
    """
    if event is Stage.LEAD:
        raise MetricError("a lead is no outcome of reading: use mql, sql, opportunity or won")
    assets = warehouse.query(Query(*use_steps(scope), *READS))
    reads = assets.filter(pl.col("first_on").is_between(scope.period.start, scope.period.end))
    titles = reads.select("content_id", "content").unique().sort("content_id")
    if titles.is_empty():
        return ContentEffect.validate(pl.DataFrame(schema=_SCHEMA), lazy=True)
    study, whose = study_of(warehouse, scope, event)
    numbered = assets.join(whose, on="person_key").with_columns(day=day_number("first_on"))
    effects = []
    for name in titles["content_id"]:
        of_asset = numbered.filter(pl.col("content_id") == name)
        first = np.full(len(whose), NEVER)
        first[of_asset["person"].to_numpy()] = of_asset["day"].to_numpy()
        effects.append(study.effect(first))
    p_values, said = verdicts(effects)
    rows = [
        (*title, *_told(effect), *verdict)
        for title, effect, verdict in zip(titles.rows(), effects, said, strict=True)
    ]
    found = pl.DataFrame(rows, schema=_SCHEMA_UNJUDGED, orient="row").with_columns(
        pl.Series("p_value", p_values)
    )
    order = {each.value: place for place, each in enumerate(Adds)}
    ordered = (
        found.select(list(_SCHEMA))
        .with_columns(pl.col(pl.Float64).fill_nan(None))
        .sort(
            pl.col("verdict").replace_strict(order, return_dtype=pl.Int64),
            pl.col("adds").fill_null(-2),
            "content",
            "content_id",
            descending=[False, True, False, False],
        )
    )
    return ContentEffect.validate(ordered, lazy=True)


def verdicts(
    effects: Sequence[Effect],
) -> tuple[list[float], list[tuple[str, str | None]]]:
    """What may be said of assets that are looked at together, and why not more?

    The corrected p-values, and a verdict with its reason for each.
    """
    adjusted, found = causes([each.adds for each in effects], [each.placebo for each in effects])
    return adjusted.tolist(), [_SAID[each] for each in found]


_SAID: dict[Cause, tuple[str, str | None]] = {
    Cause.TOO_FEW: (
        Adds.TOO_FEW.value,
        "fewer than 5 events are to be expected of matched people",
    ),
    Cause.MAY_BE_CHANCE: (Adds.MAY_BE_CHANCE.value, None),
    Cause.PLACEBO_UNKNOWN: (
        Adds.CANNOT_BE_TOLD.value,
        "too few readers were known a window earlier to see if they had been ahead before",
    ),
    Cause.DIFFERED_BEFORE: (
        Adds.CANNOT_BE_TOLD.value,
        "readers differed from matched people before they read it",
    ),
    Cause.LESS: (Adds.LESSENS.value, None),
    Cause.WITHIN_PLACEBO: (
        Adds.MAY_ADD.value,
        "readers had been nearly as far ahead before they read it: keen people may only have"
        " chosen it",
    ),
    Cause.MORE: (Adds.ADDS.value, None),
}


_SCHEMA = pl.Schema(columns(ContentEffect))
_SCHEMA_UNJUDGED = {name: kind for name, kind in _SCHEMA.items() if name != "p_value"}


def _told(effect: Effect) -> tuple[float | int | bool | None, ...]:
    rate = effect.converted / effect.readers if effect.readers else None
    adds, placebo = effect.adds, effect.placebo
    return (
        effect.readers, effect.converted, rate, effect.raw, adds.treated, adds.others,
        adds.value, adds.low, adds.high,
        placebo.treated, placebo.value, placebo.low, placebo.high, exceeds(adds, placebo),
    )  # fmt: skip
