"""Two events compared, step by step: is the difference more than chance?"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import polars as pl

from data.engine.warehouse import Warehouse
from data.errors import MetricError, did_you_mean
from data.schema.contract import columns
from data.schema.frames import DataFrame, pa
from metrics.chance import Verdict, judged
from metrics.estimators.comparing.difference import expected_events, newcombe, p_value
from metrics.events.funnel import event_funnel
from metrics.events.steps import STEPS, FunnelStep
from metrics.scope import Scope


class EventsCompared(pa.DataFrameModel):
    """One row per step after the list, in order: a rate at two events, and its difference.

    At the first event `first_taken` of the `first_tried` at `previous_step` took the step. The
    `difference` is the first rate minus the second, in shares, with bounds of 95%; `p_value` is
    corrected for all steps, and `verdict` is by it. All are null where a step is not known of both
    events, or some may still take it; `because` says so.
    """

    step: str = pa.Field(isin=STEPS)
    previous_step: str = pa.Field(isin=STEPS, nullable=True)
    first: str
    first_taken: int = pa.Field(ge=0, nullable=True)
    first_tried: int = pa.Field(ge=0, nullable=True)
    first_rate: float = pa.Field(ge=0, le=1, nullable=True)
    second: str
    second_taken: int = pa.Field(ge=0, nullable=True)
    second_tried: int = pa.Field(ge=0, nullable=True)
    second_rate: float = pa.Field(ge=0, le=1, nullable=True)
    difference: float = pa.Field(ge=-1, le=1, nullable=True)
    difference_low: float = pa.Field(ge=-1, le=1, nullable=True)
    difference_high: float = pa.Field(ge=-1, le=1, nullable=True)
    p_value: float = pa.Field(ge=0, le=1, nullable=True)
    verdict: str = pa.Field(isin=[each.value for each in Verdict])
    because: str = pa.Field(nullable=True)

    class Config:
        """Exactly these columns, one row per step."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["step"]


def events_compared(
    warehouse: Warehouse, scope: Scope, first: str | None = None, second: str | None = None
) -> DataFrame[EventsCompared]:
    """Did people of one event go further than those of another, by more than chance?

    `first` and `second` are ids of events, or names that one event has. Without them they are the
    two latest of one kind that are over: of the kind of which people came and most is known.
    People are taken to decide independently of each other: where a few companies sent most of
    them, the bounds are too narrow. Under 5 expected people in the thinnest cell nothing is
    claimed.

    Raises MetricError for an event that is not in the period, and for one against itself.
    Source: `newcombe`, `p_value`; Benjamini and Hochberg (1995) over the steps.
    """
    found = event_funnel(warehouse, scope)
    pair = _pair(found, first, second)
    if pair is None:
        return EventsCompared.validate(pl.DataFrame(schema=columns(EventsCompared)), lazy=True)
    sides = [found.filter(campaign_id=each) for each in pair]
    return EventsCompared.validate(_held(*sides), lazy=True)


def _held(first: pl.DataFrame, second: pl.DataFrame) -> pl.DataFrame:
    parts = [
        side.select(
            "step",
            pl.col("campaign").alias(name),
            (pl.col("people") - pl.col("joined")).alias(f"{name}_taken"),
            pl.col("previous").alias(f"{name}_tried"),
            pl.col("rate").alias(f"{name}_rate"),
            pl.col("previous_step").alias(f"{name}_step"),
            _because(name).alias(f"{name}_because"),
        )
        for name, side in (("first", first), ("second", second))
    ]
    rows = parts[0].join(parts[1], on="step", maintain_order="left")
    rows = rows.filter(pl.col("step") != FunnelStep.LISTED.value)
    other = pl.when(pl.col("first_step") != pl.col("second_step")).then(
        pl.lit("the events do not record the same step before it")
    )
    rows = rows.with_columns(
        because=pl.coalesce("first_because", "second_because", other),
        previous_step=pl.when(pl.col("first_step") == pl.col("second_step")).then("first_step"),
    )
    counts = [
        pl.when(pl.col("because").is_null()).then(pl.col(name)).cast(pl.Float64)
        for name in ("first_taken", "first_tried", "second_taken", "second_tried")
    ]
    x, n, y, m = rows.select(counts).fill_null(np.nan).to_numpy().T
    with np.errstate(invalid="ignore"):
        low, high = newcombe(x, n, y, m)
        p_values, verdicts = judged(p_value(x, n, y, m), expected_events(x, n, y, m))
    made = rows.with_columns(
        difference=pl.Series(x / np.where(n > 0, n, np.nan) - y / np.where(m > 0, m, np.nan)),
        difference_low=pl.Series(low),
        difference_high=pl.Series(high),
        p_value=pl.Series(p_values),
        verdict=pl.Series([each.value for each in verdicts], dtype=pl.String),
    ).with_columns(pl.col(pl.Float64).fill_nan(None))
    return made.select(list(EventsCompared.to_schema().columns))


def _because(name: str) -> pl.Expr:
    """Why a step of an event has no rate; null where it has one."""
    reason = (
        pl.when(pl.col("because").is_not_null())
        .then(pl.col("because"))
        .when(pl.col("previous_step").is_null())
        .then(pl.lit("it is the first step that is known"))
        .when(pl.col("open") > 0)
        .then(pl.lit("some may still take it"))
        .when(pl.col("previous") == 0)
        .then(pl.lit("nobody took the step before it"))
    )
    return pl.when(reason.is_not_null()).then(pl.concat_str(pl.lit(f"{name} event: "), reason))


def _pair(found: pl.DataFrame, first: str | None, second: str | None) -> tuple[str, str] | None:
    """The ids of the two events; None where none are asked for and no two are alike."""
    if first is not None and second is not None:
        pair = event_id(found, first), event_id(found, second)
        if pair[0] == pair[1]:
            raise MetricError("an event is not compared with itself: choose two")
        return pair
    if first is not None or second is not None:
        raise MetricError("two events are compared: name both")
    over = (
        found.filter(~pl.col("is_running"))
        .group_by("kind", "campaign_id")
        .agg(
            ends_on=pl.col("ends_on").first(),
            held=pl.col("people").filter(step=FunnelStep.ATTENDED.value).sum() > 0,
            known=pl.col("rate").count(),
        )
        .sort("held", "ends_on", "campaign_id", descending=[True, True, False])
    )
    pairs = (
        over.group_by("kind", maintain_order=True)
        .agg(
            ids=pl.col("campaign_id").head(2),
            held=pl.col("held").head(2).min(),
            known=pl.col("known").head(2).min(),
            ends_on=pl.col("ends_on").head(2).min(),
        )
        .filter(pl.col("ids").list.len() == 2)
        .sort("held", "known", "ends_on", "kind", descending=[True, True, True, False])
    )
    if pairs.is_empty():
        return None
    one, other = pairs["ids"][0]
    return one, other


def event_id(found: pl.DataFrame, asked: str) -> str:
    """The id of the event with this id, or of the only one with this name.

    Raises MetricError for one that is not there, and for a name that several have.
    """
    named = found.filter((pl.col("campaign_id") == asked) | (pl.col("campaign") == asked))
    ids: list[str] = named["campaign_id"].unique().sort().to_list()
    if len(ids) == 1:
        return ids[0]
    if ids:
        raise MetricError(f"several events are called {asked!r}: give one's id, {', '.join(ids)}")
    names = found["campaign"].unique().sort().to_list()
    raise MetricError(
        f"there is no event {asked!r} in the period.{did_you_mean(asked, names)}"
        " Choose another one, or widen the period"
    )
