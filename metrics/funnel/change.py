"""Change: what explains that a rate is another one than before, by its own rates or by the mix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.contract import columns
from data.schema.frames import DataFrame, pa
from metrics.chance import Verdict, judged
from metrics.estimators.kitagawa import Explanation, RateChange, explanation, rate_change, surprise
from metrics.funnel.ages import Way, way_in
from metrics.funnel.differences import differences, known
from metrics.funnel.segments import Group, Segment, StepSegments, step_segments
from metrics.scope import Comparison, Dimension, Scope


class RateDifference(pa.DataFrameModel):
    """One row: a rate before and now, and the difference with its 95% interval.

    `rate` is `converted` ÷ `reached`. Low, high and the verdict count the records of an account as
    the fewer independent ones that they are worth; they are null where that cannot be told, as are
    rates of nobody.
    """

    reached_before: int = pa.Field(ge=0)
    converted_before: int = pa.Field(ge=0)
    rate_before: float = pa.Field(ge=0, le=1, nullable=True)
    reached: int = pa.Field(ge=0)
    converted: int = pa.Field(ge=0)
    rate: float = pa.Field(ge=0, le=1, nullable=True)
    difference: float = pa.Field(ge=-1, le=1, nullable=True)
    difference_low: float = pa.Field(ge=-1, le=1, nullable=True)
    difference_high: float = pa.Field(ge=-1, le=1, nullable=True)
    chance: str = pa.Field(isin=[each.value for each in Verdict])

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


class ChangePart(pa.DataFrameModel):
    """One row per dimension and value: what it adds to the change of a rate.

    `rate_part` is added because the value converts better or worse, `mix_part` because it is a
    larger or smaller part of all; over a dimension they sum to the change. Each has its verdict,
    corrected for all that are tested here. `rank` orders the dimensions: first those of which few
    values, marked by `explains`, explain at least two thirds of the change (`explained_share`), the
    most surprising one first. A dimension of one value explains nothing and is not there. Parts are
    null where one side has nobody.
    """

    rank: int = pa.Field(ge=1)
    dimension: str = pa.Field(isin=[each.value for each in Dimension])
    value: str
    reached_before: int = pa.Field(ge=0)
    converted_before: int = pa.Field(ge=0)
    reached: int = pa.Field(ge=0)
    converted: int = pa.Field(ge=0)
    rate_before: float = pa.Field(ge=0, le=1, nullable=True)
    rate: float = pa.Field(ge=0, le=1, nullable=True)
    rate_part: float = pa.Field(ge=-1, le=1, nullable=True)
    mix_part: float = pa.Field(ge=-1, le=1, nullable=True)
    rate_chance: str = pa.Field(isin=[each.value for each in Verdict])
    mix_chance: str = pa.Field(isin=[each.value for each in Verdict])
    explains: bool
    explained_share: float = pa.Field(nullable=True)
    dimension_surprise: float = pa.Field(ge=0, nullable=True)

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def rate_difference(
    warehouse: Warehouse, scope: Scope, way: Way | None = None
) -> DataFrame[RateDifference]:
    """Is a step's rate another one than before, more than by chance?

    One row. Of those that reached the way's first stage in the period the share that reached its
    second, within the scope's window; before is the period that the scope is compared with, by
    default the one just before, seen at the same age. The way is by default the unit's whole way.
    Basis makes no difference: the rate is of a cohort.

    Raises ValueError when the unit has no such way.
    Source: Newcombe (1998), with the design effect of `metrics.estimators.comparing.clustering`.
    """
    way = way_in(scope, way)
    before, now = (step_segments(warehouse, each, way, ()).whole for each in periods(scope))
    found = differences([(now, before)])
    _, (verdict,) = judged(found.p_value, found.expected)
    row = {
        **_counts(before, now),
        "difference": known(now.rate - before.rate),
        "difference_low": known(found.low[0]),
        "difference_high": known(found.high[0]),
        "chance": verdict.value,
    }
    return RateDifference.validate(pl.DataFrame([row], schema=columns(RateDifference)), lazy=True)


def explained_change(
    warehouse: Warehouse,
    scope: Scope,
    way: Way | None = None,
    dimensions: Sequence[Dimension] = tuple(Dimension),
) -> DataFrame[ChangePart]:
    """What explains that a step's rate changed: which values convert otherwise, or weigh more?

    One row per dimension and value, the dimension that explains the change best first, in it the
    largest part. The two periods are those of `rate_difference`; the parts of each dimension sum to
    its difference. Verdicts count the records of an account as the fewer that they are worth, and
    are corrected for all values and both kinds of part. Two dimensions may tell one story twice.

    Raises ValueError when the unit has no such way.
    Source: Kitagawa (1955); the ranking Bhagwan et al. (2014), Adtributor.
    """
    way = way_in(scope, way)
    before, now = (step_segments(warehouse, each, way, dimensions) for each in periods(scope))
    splits = [_split(each, before, now) for each in dimensions]
    splits = sorted(
        (each for each in splits if len(each.values) > 1),
        key=lambda each: (-each.surprise, each.dimension),
    )
    rows = [row for rank, each in enumerate(splits, start=1) for row in _rows(rank, each)]
    pairs = [pair for each in splits for value in each.values for pair in value.tested]
    found = differences(pairs)
    _, verdicts = judged(found.p_value, found.expected)
    for row, rate, mix in zip(rows, verdicts[::2], verdicts[1::2], strict=True):
        row |= {"rate_chance": rate.value, "mix_chance": mix.value}
    ordered = pl.DataFrame(rows, schema=columns(ChangePart)).sort(
        "rank",
        (pl.col("rate_part") + pl.col("mix_part")).abs(),
        "value",
        descending=[False, True, False],
    )
    return ChangePart.validate(ordered, lazy=True)


def periods(scope: Scope) -> tuple[Scope, Scope]:
    """The scope it is compared with, by default of the period before, and the scope itself."""
    comparison = scope.comparison
    if comparison is Comparison.NONE:
        comparison = Comparison.PREVIOUS_PERIOD
    before = replace(scope, comparison=comparison).compared()
    assert before is not None
    return before, scope


@dataclass(frozen=True, slots=True)
class _Value:
    """A value of a dimension in both periods."""

    name: str
    before: Group
    now: Group
    weight_before: Group
    weight: Group

    @property
    def tested(self) -> tuple[tuple[Group, Group], tuple[Group, Group]]:
        """What is compared: its rates, and its shares of the whole."""
        return (self.now, self.before), (self.weight, self.weight_before)


@dataclass(frozen=True, slots=True, eq=False)
class _Split:
    """A dimension's values, and what they add to the change."""

    dimension: Dimension
    values: tuple[_Value, ...]
    change: RateChange
    explanation: Explanation | None

    @property
    def surprise(self) -> float:
        """Of the values that explain the change; below any where none do."""
        return self.explanation.surprise if self.explanation else -1.0


def _split(dimension: Dimension, before: StepSegments, now: StepSegments) -> _Split:
    values = _values(dimension, before, now)
    converted_before = np.array([each.before.converted for each in values])
    reached_before = np.array([each.before.reached for each in values])
    converted = np.array([each.now.converted for each in values])
    reached = np.array([each.now.reached for each in values])
    change = rate_change(converted_before, reached_before, converted, reached)
    surprises = surprise(converted_before, converted) + surprise(reached_before, reached)
    return _Split(dimension, values, change, explanation(change.parts, surprises))


def _values(dimension: Dimension, before: StepSegments, now: StepSegments) -> tuple[_Value, ...]:
    earlier, later = (
        {each.value: each for each in found.segments if each.dimension is dimension}
        for found in (before, now)
    )

    def groups(segment: Segment | None, whole: Group) -> tuple[Group, Group]:
        """A value without records in a period has nobody, and no part of the whole."""
        if segment is None:
            return Group(0.0, 0.0, float("nan")), replace(whole, converted=0.0, design_effect=1.0)
        return segment.own, segment.weight

    found = []
    for name in sorted(earlier.keys() | later.keys()):
        own_before, weight_before = groups(earlier.get(name), before.whole)
        own, weight = groups(later.get(name), now.whole)
        found.append(_Value(name, own_before, own, weight_before, weight))
    return tuple(found)


def _rows(rank: int, split: _Split) -> list[dict[str, Any]]:
    """The columns of ChangePart but for the verdicts."""
    named = split.explanation.segments if split.explanation else ()
    return [
        {
            "rank": rank,
            "dimension": split.dimension.value,
            "value": value.name,
            **_counts(value.before, value.now),
            "rate_part": known(split.change.rate[place]),
            "mix_part": known(split.change.mix[place]),
            "explains": place in named,
            "explained_share": split.explanation.share if split.explanation else None,
            "dimension_surprise": split.explanation.surprise if split.explanation else None,
        }
        for place, value in enumerate(split.values)
    ]


def _counts(before: Group, now: Group) -> dict[str, Any]:
    return {
        "reached_before": int(before.reached),
        "converted_before": int(before.converted),
        "rate_before": known(before.rate),
        "reached": int(now.reached),
        "converted": int(now.converted),
        "rate": known(now.rate),
    }
