"""Re-routing: what sending each segment to whom it fares best with would bring."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from metrics.dispatch.learning import GROUPS, Past, past
from metrics.estimators.routing.rerouting import Rerouted, gain_draws, rerouted
from metrics.scope import Dimension, Scope

ALL = "All"

FEWEST_LEADS, FEWEST_REACHED, FEWEST_EFFECTIVE, LEAST_OVERLAP = 200, 30, 50, 0.5
"""Below any of these nothing is said; of one segment half of the numbers is enough."""

UNTOLD = "of all segments together it cannot be told"

DRAWS, SEED = 2_000, 20_262


class Rerouting(pa.DataFrameModel):
    """One row per segment, the largest first, after `All`.

    `rate_now` of `leads` in history became an opportunity in time; re-routing adds `gain` to it (a
    difference of shares), between bounds of 80 and 95%. `gain_by_weights` is the same by weights
    alone, as a check. `overlap` is the part of the leads meant to move of which history can tell,
    because the new seller was given such leads too; the others count as unmoved. `effective_leads`
    is what the weighted leads are worth. Where `because` says why, there is no gain. `verdict` is
    more than chance when the 95% interval excludes none, of segments corrected for their number.
    """

    segment: str = pa.Field(unique=True)
    leads: int = pa.Field(ge=0)
    reached: int = pa.Field(ge=0)
    rate_now: float = pa.Field(ge=0, le=1, nullable=True)
    gain: float = pa.Field(nullable=True)
    gain_low: float = pa.Field(nullable=True)
    gain_low_80: float = pa.Field(nullable=True)
    gain_high_80: float = pa.Field(nullable=True)
    gain_high: float = pa.Field(nullable=True)
    gain_by_weights: float = pa.Field(nullable=True)
    overlap: float = pa.Field(ge=0, nullable=True)
    effective_leads: float = pa.Field(ge=0)
    verdict: str = pa.Field(isin=("more than chance", "may be chance", "cannot be told"))
    because: str = pa.Field(nullable=True)

    class Config:
        """Exactly these columns, one row per segment."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def rerouting(
    warehouse: Warehouse,
    scope: Scope,
    definitions: Definitions,
    by: Dimension = Dimension.INDUSTRY,
) -> DataFrame[Rerouting]:
    """What would it bring to send each segment to the seller or route it fares best with?

    Accounts are divided in five; on four parts it is learned who does best with what, up to each
    seller's busiest month, and the fifth tells what that is worth: its leads that happened to go
    where they would be sent stand for those that did not, weighted by how likely that was for their
    segment, level and month. What differs otherwise between leads of two sellers is not corrected.

    Raises MetricError where no assignment is loaded.
    Source: `metrics.estimators.routing.rerouting`.
    """
    return Rerouting.validate(told(past(warehouse, scope, definitions, by)), lazy=True)


def told(known: Past) -> pl.DataFrame:
    """The rows of `Rerouting` for a past that was read already."""
    types = {n: c.dtype.type for n, c in Rerouting.to_schema().columns.items()}
    refused = known.refused()
    if refused is not None:
        given, reached = known.history.given.sum(), known.history.reached.sum()
        row = [ALL, given, reached, *[None] * 8, 0.0, "cannot be told", refused]
        return pl.DataFrame([row], schema=list(types), orient="row", strict=False).cast(types)
    sums = rerouted(known.history, known.sellers, GROUPS)
    order = np.argsort(-sums.given.sum(axis=1), kind="stable")
    whole = _row(ALL, sums, np.arange(len(order)), None)
    of_one = len(order) if whole[-1] is None else 0
    rows = [whole]
    rows += [_row(known.segment_names[s], sums, np.array([s]), of_one) for s in order]
    return pl.DataFrame(rows, schema=list(types), orient="row", infer_schema_length=None).cast(
        types
    )


def _row(
    name: str, sums: Rerouted, segments: np.ndarray, compared: int | None
) -> tuple[object, ...]:
    """One row; `compared` with how many others, None of all, 0 where all together tell nothing."""

    def total(of: np.ndarray) -> float:
        return float(of[segments].sum())

    given, reached, meant, moved = map(total, (sums.given, sums.reached, sums.meant, sums.moved))
    weight = total(sums.weight)
    effective = weight**2 / total(sums.squares) if weight else 0.0
    overlap = moved / meant if meant else None
    because = _why_not(given, reached, overlap, effective, 1 if compared is None else 2)
    because = UNTOLD if compared == 0 and because is None else because
    head = (name, given, reached, reached / given if given else None)
    if because is not None:
        return (*head, *[None] * 6, overlap, effective, "cannot be told", because)
    gain, of = sums.gain[segments].sum(axis=0), sums.given[segments].sum(axis=0)
    drawn = gain_draws(gain, of, DRAWS, np.random.default_rng(SEED))
    tail = 0.025 / (compared or 1)
    low, low_80, high_80, high = np.quantile(drawn, (0.025, 0.1, 0.9, 0.975)).tolist()
    surely_low, surely_high = np.quantile(drawn, (tail, 1 - tail))
    verdict = "more than chance" if surely_low > 0 or surely_high < 0 else "may be chance"
    weighted = (total(sums.weighted) / weight * moved - total(sums.replaced)) / given
    numbers = (gain.sum() / given, low, low_80, high_80, high, weighted)
    return (*head, *map(float, numbers), overlap, effective, verdict, None)


def _why_not(
    given: float, reached: float, overlap: float | None, effective: float, smaller: int
) -> str | None:
    """Why nothing can be said of these leads; None where it can."""
    if given < FEWEST_LEADS / smaller:
        return f"too few leads: {given:.0f} of at least {FEWEST_LEADS / smaller:.0f}"
    if reached < FEWEST_REACHED / smaller:
        return f"too few opportunities: {reached:.0f} of at least {FEWEST_REACHED / smaller:.0f}"
    if overlap is None:
        return "nobody with room for more leads is expected to do better"
    if overlap < LEAST_OVERLAP:
        return f"of {1 - overlap:.0%} to be moved, none like them went where they would be sent"
    if effective < FEWEST_EFFECTIVE / smaller:
        return f"too few leads like those to be moved went there: they are worth {effective:.0f}"
    return None
