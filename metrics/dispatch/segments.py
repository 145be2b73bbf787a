"""Seller segments: what each seller makes of each segment, and who gets how much of it."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from metrics.dispatch.learning import past
from metrics.scope import Dimension, Scope

DRAWS, SEED = 2_000, 20_261


class SellerSegment(pa.DataFrameModel):
    """One row per segment and seller with leads in history, the best rate of a segment first.

    `leads` were first given to them, `reached` of these became an opportunity within the windows of
    SQL and opportunity. `rate` is what is expected of them with the segment's usual leads, in the
    light of all sellers and segments, between bounds of 95%, and `rank` its place; `chance_best`
    how likely the seller's true rate is the highest. `share` of the segment's leads are given to
    them, `share_proposed` would be, what stays as it is included.
    """

    segment: str
    seller: str
    leads: int = pa.Field(ge=1)
    reached: int = pa.Field(ge=0)
    rate: float = pa.Field(ge=0, le=1)
    rate_low: float = pa.Field(ge=0, le=1)
    rate_high: float = pa.Field(ge=0, le=1)
    rank: int = pa.Field(ge=1)
    chance_best: float = pa.Field(ge=0, le=1)
    share: float = pa.Field(ge=0, le=1)
    share_proposed: float = pa.Field(ge=0, le=1)

    class Config:
        """Exactly these columns, one row per segment and seller."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["segment", "seller"]


def seller_segments(
    warehouse: Warehouse,
    scope: Scope,
    definitions: Definitions,
    by: Dimension = Dimension.INDUSTRY,
) -> DataFrame[SellerSegment]:
    """Which seller makes the most of which segment, and how sure is that?

    Of leads given in the last two years that had their days, whatever the period; with an owner
    nobody names, the route stands for the seller. Rates are those of like leads: what segment,
    level and month let expect is taken off first. Of one seller there is a rate as well, its own.

    Raises MetricError where no assignment is loaded.
    Source: `metrics.estimators.routing.seller_rates`.
    """
    known = past(warehouse, scope, definitions, by)
    names = list(SellerSegment.to_schema().columns)
    types = {n: c.dtype.type for n, c in SellerSegment.to_schema().columns.items()}
    if not known.history.given.sum():
        return SellerSegment.validate(pl.DataFrame(schema=types))
    given, reached = (each.sum(axis=(1, 2)) for each in known.history.counted)
    policy = known.policy
    rng = np.random.default_rng(SEED)
    kinds = known.history.counted[0].sum(axis=3)
    base = (policy.rates.expected * kinds).sum(axis=(1, 2)) / kinds.sum(axis=(1, 2))
    around = np.sqrt(base * (1 - base) / kinds.sum(axis=(1, 2)))
    beyond = np.swapaxes(policy.rates.beyond.draw(DRAWS, rng), 1, 2)
    drawn = base[:, None] + beyond + (around * rng.standard_normal((DRAWS, len(base))))[..., None]
    drawn = np.where(given > 0, np.clip(drawn, 0, 1), -1.0)
    best = (drawn.argmax(axis=2)[..., None] == np.arange(drawn.shape[2])).mean(axis=0)
    low, high = np.quantile(drawn, (0.025, 0.975), axis=0)
    rate = np.clip(base[:, None] + policy.rates.beyond.expected.T, 0, 1)
    share = given / given.sum(axis=1, keepdims=True)
    proposed = policy.shares + (1 - policy.shares.sum(axis=1, keepdims=True)) * share
    segment, seller = np.nonzero(given > 0)
    rows = pl.DataFrame(
        {
            "segment": [known.segment_names[place] for place in segment],
            "seller": [known.seller_names[place] for place in seller],
            "leads": given[segment, seller],
            "reached": reached[segment, seller],
            "rate": rate[segment, seller],
            "rate_low": np.minimum(low, rate)[segment, seller],
            "rate_high": np.maximum(high, rate)[segment, seller],
            "chance_best": best[segment, seller],
            "share": share[segment, seller],
            "share_proposed": np.clip(proposed, 0, 1)[segment, seller],
        }
    ).with_columns(rank=pl.col("rate").rank("ordinal", descending=True).over("segment"))
    rows = rows.with_columns(pl.col(name).cast(types[name]) for name in names)
    return SellerSegment.validate(rows.sort("segment", "rank").select(names), lazy=True)
