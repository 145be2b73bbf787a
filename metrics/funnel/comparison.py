"""Comparison of segments at one age, so that a young one is not taken for a bad one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.engine.warehouse import Warehouse
from data.errors import MetricError
from data.schema.contract import columns
from data.schema.frames import DataFrame, pa
from metrics.chance import FEWEST, Verdict, judged
from metrics.estimators.age_counts import AgeCounts
from metrics.estimators.effective_records import effective_records
from metrics.estimators.incidence import incidence
from metrics.estimators.shrinkage import posterior_grid
from metrics.funnel.ages import Way, ages_query, told_days, way_in
from metrics.funnel.counts import THINNEST_RISK, age_counts, untold
from metrics.funnel.differences import differences, known
from metrics.funnel.incidence import AGES, by_size
from metrics.funnel.segments import Group, Segment, step_segments
from metrics.scope import Dimension, Scope

Floats = NDArray[np.float64]

YOUNGEST = AGES[0]
"""A segment that cannot be followed so many days is not compared, and holds no other back."""


class SegmentIncidence(pa.DataFrameModel):
    """One row per segment, the one that converts best first; those not compared last, by size.

    `rate` and `others_rate` are the shares converted within `age_days`, the same age for all rows,
    of the segment and of everyone else; low and high bound their difference with 95%. `p_value` is
    corrected for all segments. What the verdict says cannot be told is null. `shrunk_rate` is what
    the rate is expected to be, given that segments are alike to a degree that the data tell: it
    orders the rows, for the best of many small ones is mostly lucky. `horizon_days` is how far the
    segment by itself can be followed.
    """

    segment: str
    records: int = pa.Field(ge=1)
    converted: int = pa.Field(ge=0)
    horizon_days: int = pa.Field(ge=0)
    age_days: int = pa.Field(ge=1, nullable=True)
    rate: float = pa.Field(ge=0, le=1, nullable=True)
    others_rate: float = pa.Field(ge=0, le=1, nullable=True)
    difference: float = pa.Field(ge=-1, le=1, nullable=True)
    difference_low: float = pa.Field(ge=-1, le=1, nullable=True)
    difference_high: float = pa.Field(ge=-1, le=1, nullable=True)
    p_value: float = pa.Field(ge=0, le=1, nullable=True)
    chance: str = pa.Field(isin=[each.value for each in Verdict])
    shrunk_rate: float = pa.Field(ge=0, le=1, nullable=True)

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


@dataclass(frozen=True, slots=True, eq=False)
class _Course:
    """A segment's counts by age, and those of everyone else."""

    name: str
    own: AgeCounts
    others: AgeCounts
    horizon: int
    segment: Segment
    is_told: bool

    @property
    def is_compared(self) -> bool:
        """It has enough records, for long enough, and tells when they convert."""
        enough = self.segment.own.reached >= FEWEST and self.horizon >= YOUNGEST
        return self.is_told and enough


def segment_incidence(
    warehouse: Warehouse,
    scope: Scope,
    way: Way | None = None,
    by: Dimension = Dimension.CHANNEL,
) -> DataFrame[SegmentIncidence]:
    """Which segments convert better than all others of the same age, more than by chance?

    One row per segment of those that reached the way's first stage in the period. All are compared
    at the largest age to which each can be followed: ten records, of under forty a quarter, are at
    risk at it, or nobody is open any more. Segments of fewer than 20 records, and those that cannot
    be followed 30 days, are not compared. A difference is tested by the effective records of both
    curves, divided by the design effect of accounts; under five expected events nothing is said.
    Basis and window do not matter. The way is by default the unit's whole way. A segment of which
    over a tenth converted on an unknown day is not compared, nor among the others of any.

    Raises ValueError when the unit has no such way, and MetricError where of all segments together
    over a tenth converted on an unknown day.
    Source: Newcombe (1998); Benjamini and Hochberg (1995); shrinkage by `posterior_grid`.
    """
    way = way_in(scope, way)
    ages = warehouse.query(ages_query(scope, by, (way,), told_days(warehouse)))
    counted = step_segments(warehouse, replace(scope, window_days=None), way, (by,))
    if why := untold(ages):
        raise MetricError(why)
    courses = _courses(ages, by, {each.value: each for each in counted.segments})
    compared = [each for each in courses if each.is_compared and each.segment.others.reached]
    age = min((each.horizon for each in compared), default=None)
    rows = {
        each.name: {
            "segment": each.name,
            "records": int(each.segment.own.reached),
            "converted": int(each.segment.own.converted),
            "horizon_days": each.horizon,
            "chance": (
                Verdict.TOO_FEW if each.segment.own.reached < FEWEST else Verdict.UNTESTED
            ).value,
        }
        for each in courses
    }
    if age is not None:
        _compare(compared, max(1, age), rows)
    found = pl.DataFrame(list(rows.values()), schema=columns(SegmentIncidence))
    ordered = found.sort(
        "shrunk_rate", "records", "segment", descending=[True, True, False], nulls_last=True
    )
    return SegmentIncidence.validate(ordered, lazy=True)


def _courses(ages: pl.DataFrame, by: Dimension, segments: dict[str, Segment]) -> list[_Course]:
    if ages.is_empty():
        return []
    last = max(1, int(ages["age_days"].max()))  # type: ignore[arg-type]
    parts = [
        (name, age_counts(rows, last, part_of=ages), not untold(rows))
        for name, rows in by_size(ages, by)
        if name in segments
    ]
    told = [counts for _, counts, is_told in parts if is_told]
    whole = AgeCounts.of([], [], [], [], [], last)
    for counts in told:
        whole = whole + counts
    return [
        _Course(
            name,
            counts,
            _less(whole, counts) if is_told else whole,
            _followed(counts) if is_told else 0,
            segments[name],
            is_told,
        )
        for name, counts, is_told in parts
    ]


def _less(whole: AgeCounts, part: AgeCounts) -> AgeCounts:
    """Everyone who is not in the part."""
    return AgeCounts(
        whole.entered - part.entered,
        whole.converted - part.converted,
        whole.exited - part.exited,
        whole.censored - part.censored,
    )


def _followed(counts: AgeCounts) -> int:
    """The last age at which enough records are at risk, or nobody is open any more."""
    records = int(counts.entered.sum())
    enough = counts.at_risk >= min(THINNEST_RISK, records / 4)
    settled = incidence(counts).open <= 1e-12
    return int(np.flatnonzero(enough | settled)[-1])


def _compare(compared: Sequence[_Course], age: int, rows: dict[str, dict[str, object]]) -> None:
    """Fill in what the comparison at this age says."""
    groups = [
        (_at(each.own, age, each.segment.own), _at(each.others, age, each.segment.others))
        for each in compared
    ]
    found = differences(groups)
    p_values, verdicts = judged(found.p_value, found.expected)
    shrunk = _shrunk([own for own, _ in groups])
    for place, (each, (own, others)) in enumerate(zip(compared, groups, strict=True)):
        if verdicts[place] in (Verdict.MAY_BE_CHANCE, Verdict.MORE_THAN_CHANCE):
            rows[each.name] |= {
                "difference": own.rate - others.rate,
                "difference_low": known(found.low[place]),
                "difference_high": known(found.high[place]),
            }
        rows[each.name] |= {
            "age_days": age,
            "rate": own.rate,
            "others_rate": others.rate,
            "p_value": known(p_values[place]),
            "chance": verdicts[place].value,
            "shrunk_rate": known(shrunk[place]),
        }


def _at(counts: AgeCounts, age: int, group: Group) -> Group:
    """The share converted by an age, as of so many records that would all have been seen to it."""
    converted, records = effective_records(counts, age)
    return Group(records, converted, group.design_effect)


def _shrunk(groups: Sequence[Group]) -> Floats:
    """The expected rate of each group; NaN where all are of one account."""
    effective = np.array([each.effective for each in groups])
    told = ~np.isnan(effective[:, 0])
    found = np.full(len(groups), np.nan)
    if not told.any():
        return found
    grid = posterior_grid(effective[told, 0], effective[told, 1])
    alpha = grid.mean[:, None] * grid.concentration
    for place in np.flatnonzero(told):
        converted, records = effective[place]
        mean = (alpha + converted) / (grid.concentration + records)
        found[place] = float((grid.weight * mean).sum())
    return found
