"""Like events: how many of one step took the next, event by event, and what that cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.errors import MetricError
from metrics.plan.events.steps import INVITED, EventStep, Method


@dataclass(frozen=True, slots=True, eq=False)
class SegmentCounts:
    """Counts by segment over all like events, and the place of the one that is planned for.

    `taken` and `tried` are [segments, steps - 1]; `together` is how many of a segment, at the step
    before, were at one event with a typical one of them: Σ n² ÷ Σ n over the events.
    """

    name: str
    place: int
    taken: NDArray[np.int64]
    tried: NDArray[np.int64]
    together: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class LikeEvents:
    """What a plan learns from past events.

    `steps` is the chain: every step that one of the events records, in order. `taken` and `tried`
    [events, steps - 1] are how many took each step after the first, of how many at the step before;
    both are 0 for an event that does not record the two. They are of all people, of whom `segment`
    may be one part. `mails_per_person` and `calls_per_person`
    are the averages over who was on a list, `cost_per_person` the average spend per person at a
    step over the events that have both; None, or absent, where nothing is recorded.
    """

    names: tuple[str, ...]
    steps: tuple[EventStep, ...]
    taken: NDArray[np.int64]
    tried: NDArray[np.int64]
    mails_per_person: float | None
    calls_per_person: float | None
    cost_per_person: Mapping[EventStep, float]
    segment: SegmentCounts | None = None

    def events_behind(self, step: EventStep) -> int:
        """How many events tell the rate of a step: those with anyone at the step before."""
        place = self.steps.index(step) - 1
        return int((self.tried[:, place] > 0).sum()) if place >= 0 else 0

    def people_behind(self, step: EventStep) -> int:
        """Of how many people at the step before the rate of a step is learned."""
        place = self.steps.index(step) - 1
        if place < 0:
            return 0
        if self.segment is not None:
            return int(self.segment.tried[self.segment.place, place])
        return int(self.tried[:, place].sum())


def like_events(
    found: pl.DataFrame,
    methods: Iterable[Method] = INVITED,
    segment: str | None = None,
    *,
    is_whole: bool = True,
) -> LikeEvents:
    """What do these events tell of each step, for people invited by these methods?

    `found` has the columns of `EventSteps`. Events that are still running are left out, since their
    people have not had the time. With a `segment` the plan is for its people, and the others tell
    how much events differ. An event's spend is not known by segment; where `found` has a part of
    all people only, `is_whole` is False.

    Raises MetricError where no event is over, or none records two steps for the methods.
    """
    over = found.filter(~pl.col("is_running"))
    if over.is_empty():
        raise MetricError(
            "no event or campaign that is over is among these: a plan needs at least one to learn"
            " from. Choose another kind, or widen the period"
        )
    asked = over.filter(pl.col("method").is_in([each.value for each in methods]))
    steps = tuple(step for step in EventStep if asked[step.value].count())
    if len(steps) < 2:
        known = steps[0].label.lower() if steps else "no step"
        raise MetricError(
            f"these events record {known} only for this method: a rate needs two steps. Choose"
            " another method, or load who was invited, who registered and who came"
        )
    events = asked.select("campaign_id", "campaign").unique("campaign_id", maintain_order=True)
    taken, tried = _pairs(asked, "campaign_id", events["campaign_id"].to_list(), steps)
    whose = pl.lit(True) if segment is None else pl.col("segment") == segment
    listed = asked.filter(pl.col("listed").is_not_null(), whose)
    people = int(listed["listed"].sum())
    return LikeEvents(
        names=tuple(events["campaign"]),
        steps=steps,
        taken=taken,
        tried=tried,
        mails_per_person=int(listed["mails"].sum()) / people if people else None,
        calls_per_person=int(listed["calls"].sum()) / people if people else None,
        cost_per_person=_costs(over) if is_whole and segment is None else {},
        segment=None if segment is None else _segments(asked, segment, steps),
    )


def _segments(asked: pl.DataFrame, segment: str, steps: tuple[EventStep, ...]) -> SegmentCounts:
    names = asked["segment"].unique().sort().to_list()
    if segment not in names:
        raise MetricError(
            f"there is no segment {segment!r} among these events; there are {', '.join(names)}"
        )
    taken, tried = _pairs(asked, "segment", names, steps)
    events = asked["campaign_id"].unique().to_list()
    squares = np.stack(
        [
            (_pairs(asked.filter(segment=name), "campaign_id", events, steps)[1] ** 2).sum(axis=0)
            for name in names
        ]
    )
    together = squares / np.maximum(tried, 1)
    return SegmentCounts(segment, names.index(segment), taken, tried, together)


def counts_so_far(
    found: pl.DataFrame, campaign_id: str, methods: Iterable[Method] = INVITED
) -> dict[EventStep, int]:
    """How many people of one event took each step so far, by these methods.

    A step that is unknown for one of the methods is left out. Raises MetricError where nobody of
    the event was invited, registered or came by these methods.
    """
    rows = found.filter(
        pl.col("campaign_id") == campaign_id,
        pl.col("method").is_in([each.value for each in methods]),
    )
    if rows.is_empty():
        raise MetricError("nothing is recorded of this event for this method: choose another")
    return {
        step: int(rows[step.value].sum())
        for step in EventStep
        if rows[step.value].null_count() == 0
    }


def _pairs(
    asked: pl.DataFrame, key: str, keys: list[str], steps: tuple[EventStep, ...]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    order = pl.DataFrame({key: keys})
    columns = []
    for place, (before, after) in enumerate(pairwise(steps)):
        needed = [before, after]
        if before is EventStep.HIGH_VALUE:
            # Value after coming is another thing than value after a call.
            needed += steps[max(0, place - 1) : place]
        both = asked.filter(pl.all_horizontal(pl.col(each.value).is_not_null() for each in needed))
        sums = both.group_by(key).agg(
            tried=pl.col(before.value).sum(), taken=pl.col(after.value).sum()
        )
        columns.append(order.join(sums, on=key, how="left", maintain_order="left").fill_null(0))
    return tuple(  # type: ignore[return-value]
        np.stack([each[name].to_numpy() for each in columns], axis=1).astype(np.int64)
        for name in ("taken", "tried")
    )


def _costs(over: pl.DataFrame) -> dict[EventStep, float]:
    paid = over.filter(pl.col("cost_amount").is_not_null())
    found = {}
    for step in EventStep:
        of_event = (
            paid.filter(pl.col(step.value).is_not_null())
            .group_by("campaign_id")
            .agg(pl.col(step.value).sum().alias("people"), pl.col("cost_amount").first())
        )
        people = int(of_event["people"].sum())
        if people:
            found[step] = float(of_event["cost_amount"].sum()) / people
    return found
