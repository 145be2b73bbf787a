"""Events against like ones: whether a step went better than at events of the same kind."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

import numpy as np
import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.contract import columns
from data.schema.frames import DataFrame, pa
from metrics.estimators.comparing.difference import newcombe
from metrics.estimators.shrinkage import posterior_grid
from metrics.events.funnel import event_funnel
from metrics.events.steps import STEPS, FunnelStep
from metrics.scope import Scope

DRAWS = 4000


class Standing(StrEnum):
    """How a step of an event went, against like events."""

    BETTER = "better"
    WORSE = "worse"
    ALIKE = "alike"
    ALONE = "no similar event"


class EventLikes(pa.DataFrameModel):
    """One row per event that is over and step with a rate, the latest event first.

    `taken` of `tried` took the step, the share `rate`. `like_events` others of the kind tell of the
    same two steps; `like_rate` is the rate of their people together. `shrunk` is the event's own
    rate, drawn towards what is typical of the kind as far as the event is small, with bounds of
    95%. `standing` is better or worse where the true rate is beyond what is typical in 97.5% of
    all that may be true, and the rate is beyond that of the others by more than chance.
    """

    campaign_id: str
    campaign: str
    kind: str
    starts_on: pl.Date
    step: str = pa.Field(isin=STEPS)
    previous_step: str = pa.Field(isin=STEPS)
    taken: int = pa.Field(ge=0)
    tried: int = pa.Field(ge=1)
    rate: float = pa.Field(ge=0, le=1)
    like_events: int = pa.Field(ge=0)
    like_rate: float = pa.Field(ge=0, le=1, nullable=True)
    shrunk: float = pa.Field(ge=0, le=1, nullable=True)
    shrunk_low: float = pa.Field(ge=0, le=1, nullable=True)
    shrunk_high: float = pa.Field(ge=0, le=1, nullable=True)
    standing: str = pa.Field(isin=[each.value for each in Standing])

    class Config:
        """Exactly these columns, one row per event and step."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["campaign_id", "step"]


def event_likes(warehouse: Warehouse, scope: Scope) -> DataFrame[EventLikes]:
    """Which steps of an event went better or worse than at like events, beyond chance?

    Like events are those of one kind that are over and have a rate from the same step to the same
    one. Their true rates are taken to lie around a typical one, Beta(μκ, (1 − μ)κ), with μ and κ
    from all of them, the event included: a small event is drawn far, and a large one hardly. With
    so many events the strongest are not the luckiest. Where all events have the same rate none is
    better, which is what the plain comparison with the others is for.

    Source: Gelman et al., Bayesian Data Analysis (2013), section 5.3, by `posterior_grid`;
    `newcombe` for the comparison with the people of the others.
    """
    told = event_funnel(warehouse, scope).filter(
        pl.col("rate").is_not_null(), ~pl.col("is_running")
    )
    rows = told.select(
        "campaign_id", "campaign", "kind", "starts_on", "step", "previous_step",
        taken=pl.col("people") - pl.col("joined"), tried=pl.col("previous"), rate=pl.col("rate"),
    )  # fmt: skip
    groups = [
        _held(group)
        for _, group in rows.sort("campaign_id").group_by(
            "kind", "previous_step", "step", maintain_order=True
        )
    ]
    schema = pl.Schema(columns(EventLikes))
    found = pl.concat(groups) if groups else pl.DataFrame(schema=schema)
    places = {each.value: each.place for each in FunnelStep}
    ordered = found.cast(schema).sort(
        "starts_on",
        "campaign_id",
        pl.col("step").replace_strict(places, return_dtype=pl.Int64),
        descending=[True, False, False],
    )
    return EventLikes.validate(ordered.select(list(schema)), lazy=True)


def _held(group: pl.DataFrame) -> pl.DataFrame:
    """The events of one kind and step, each against what is typical of them."""
    if len(group) == 1:
        nothing = pl.lit(None, dtype=pl.Float64)
        return group.with_columns(
            like_events=pl.lit(0),
            like_rate=nothing,
            shrunk=nothing,
            shrunk_low=nothing,
            shrunk_high=nothing,
            standing=pl.lit(Standing.ALONE.value),
        )
    taken, tried = (group[name].to_numpy() for name in ("taken", "tried"))
    rng = np.random.default_rng((1, len(group), int(tried.sum())))
    alpha, beta = posterior_grid(taken, tried).draw(DRAWS, rng)
    rates = rng.beta(alpha[:, None] + taken, beta[:, None] + (tried - taken))
    typical = alpha / (alpha + beta)
    low, high = np.quantile(rates, [0.025, 0.975], axis=0)
    below, above = np.quantile(rates - typical[:, None], [0.025, 0.975], axis=0)
    other_taken, other_tried = taken.sum() - taken, tried.sum() - tried
    plain_low, plain_high = newcombe(taken, tried, other_taken, other_tried)
    standing = np.select(
        [(below > 0) & (plain_low > 0), (above < 0) & (plain_high < 0)],
        [Standing.BETTER.value, Standing.WORSE.value],
        Standing.ALIKE.value,
    )
    return group.with_columns(
        like_events=pl.lit(len(group) - 1),
        like_rate=pl.Series(other_taken / other_tried),
        shrunk=pl.Series(rates.mean(axis=0)),
        shrunk_low=pl.Series(low),
        shrunk_high=pl.Series(high),
        standing=pl.Series(standing.astype(str)),
    )
