"""Decay of content: how soon an asset finds only half as many new people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from math import isnan
from typing import ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.engine.warehouse import Warehouse
from data.schema.contract import columns
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.content.uses import use_steps
from metrics.estimators.half_life import FEWEST_EVENTS, FEWEST_WEEKS, half_life
from metrics.scope import Scope

_MONDAY = date(1970, 1, 5)


class ContentWeek(pa.DataFrameModel):
    """One row per asset and week, assets by name, weeks in order from the first one on.

    `new_people` met the asset for the first time in the week from `week_on`, a Monday. Weeks are
    whole and without a gap: one without anybody counts 0.
    """

    content_id: str
    content: str
    week_on: pl.Date
    new_people: int = pa.Field(ge=0)

    class Config:
        """Exactly these columns, one row per asset and week."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["content_id", "week_on"]


class ContentDecay(pa.DataFrameModel):
    """One row per asset that somebody met in the period, those that fade fastest first.

    `new_people` met it for the first time, from the week of `first_on` (a Monday) for `weeks` whole
    weeks; `last_week_people` in the last of them. `half_life_weeks` is how soon so many a week have
    come down to half, with bounds of 95%; without an upper bound they may not come down at all.
    All are null where it is not told, and `reason` says why.
    """

    content_id: str
    content: str
    first_on: pl.Date
    weeks: int = pa.Field(ge=0)
    new_people: int = pa.Field(ge=0)
    last_week_people: int = pa.Field(ge=0, nullable=True)
    half_life_weeks: float = pa.Field(gt=0, nullable=True)
    half_life_low: float = pa.Field(gt=0, nullable=True)
    half_life_high: float = pa.Field(gt=0, nullable=True)
    reason: str = pa.Field(nullable=True)

    class Config:
        """Exactly these columns, one row per asset."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["content_id"]


def content_decay(warehouse: Warehouse, scope: Scope) -> DataFrame[ContentDecay]:
    """How soon does an asset find only half as many new people a week?

    From the week in which the first person met it until the last whole week of the period, also
    weeks before the period. Weeks begin on Monday; one without anybody counts 0. Visitors are left
    out, since one who comes back may be a new one. Nothing is told of fewer than 5 people or 6
    weeks.

    Source: `half_life`.
    """
    rows = [_row(each) for each in _weekly(warehouse, scope)]
    frame = pl.DataFrame(rows, schema=pl.Schema(columns(ContentDecay)), orient="row")
    ordered = frame.sort("half_life_weeks", "content", "content_id", nulls_last=True)
    return ContentDecay.validate(ordered, lazy=True)


def content_weeks(warehouse: Warehouse, scope: Scope) -> DataFrame[ContentWeek]:
    """How many new people does each asset find, week by week?

    The counts that `content_decay` tells the half-life from, of the same assets and weeks.
    """
    parts = [
        pl.DataFrame(
            {
                "content_id": each.content_id,
                "content": each.content,
                "week_on": [each.first_on + timedelta(weeks=n) for n in range(len(each.counts))],
                "new_people": each.counts,
            },
            schema=_WEEKS,
        )
        for each in _weekly(warehouse, scope)
    ]
    return ContentWeek.validate(pl.concat([pl.DataFrame(schema=_WEEKS), *parts]), lazy=True)


@dataclass(frozen=True, slots=True, eq=False)
class _Weeks:
    """New people of an asset in each whole week from that of `first_on`, a Monday."""

    content_id: str
    content: str
    first_on: date
    counts: NDArray[np.int64]


def _weekly(warehouse: Warehouse, scope: Scope) -> Iterator[_Weeks]:
    found = warehouse.query(Query(*use_steps(scope), *_NEW))
    after = _week(min(scope.period.end, scope.observed_until) + timedelta(days=1))
    grouped = found.sort("content", "content_id", "first_on").group_by(
        "content_id", "content", maintain_order=True
    )
    for (content_id, content), of_asset in grouped:
        week = (of_asset["first_on"] - _MONDAY).dt.total_days().to_numpy() // 7
        start = int(week.min())
        counts = np.bincount(week[week < after] - start, minlength=max(after - start, 0))
        yield _Weeks(str(content_id), str(content), _MONDAY + timedelta(weeks=start), counts)


def _row(weeks: _Weeks) -> tuple[object, ...]:
    counts = weeks.counts
    told = half_life(counts) if len(counts) else half_life([0])
    known = not isnan(told.weeks)
    reason = None
    if len(counts) < FEWEST_WEEKS:
        reason = f"fewer than {FEWEST_WEEKS} whole weeks"
    elif counts.sum() < FEWEST_EVENTS:
        reason = f"fewer than {FEWEST_EVENTS} people"
    elif isnan(told.decline):
        reason = "all came in the first week: it faded faster than weeks can tell"
    elif not known:
        reason = "new people do not grow fewer"
    return (
        weeks.content_id,
        weeks.content,
        weeks.first_on,
        len(counts),
        int(counts.sum()),
        int(counts[-1]) if len(counts) else None,
        told.weeks if known else None,
        told.low if known else None,
        told.high if known and np.isfinite(told.high) else None,
        reason,
    )


def _week(day: date) -> int:
    """The number of the day's week, which begins on Monday."""
    return (day - _MONDAY).days // 7


_WEEKS = pl.Schema(columns(ContentWeek))

_NEW = (
    Step(
        "first_uses",
        """
        SELECT content_id, person_key, min(used_on) AS first_on, max(used_on) AS last_on,
            period_start
        FROM known_uses
        WHERE person_key IS NOT NULL
        GROUP BY content_id, person_key, period_start
        """,
    ),
    Step(
        "living",
        """
        SELECT content_id FROM first_uses
        GROUP BY content_id, period_start
        HAVING max(last_on) >= period_start
        """,
    ),
    Step(
        "new_people",
        """
        SELECT first_uses.content_id, content_asset.content, first_uses.first_on
        FROM first_uses
        JOIN living ON living.content_id = first_uses.content_id
        JOIN content_asset ON content_asset.content_id = first_uses.content_id
        """,
    ),
)
