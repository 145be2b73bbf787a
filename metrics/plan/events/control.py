"""An event held to its plan while it runs: which step is out of control?"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import ClassVar

import numpy as np
import polars as pl
from scipy.stats import binom

from data.errors import MetricError
from data.schema.frames import DataFrame, pa
from metrics.plan.events.rates import StepRates, checked_counts
from metrics.plan.events.steps import EventStep

LEVEL = 0.95


class StepControl(pa.DataFrameModel):
    """One row per step that can be looked at: how many took it, against the plan.

    Of `tried` people at the step before, `taken` took it. `planned` is the plan's rate, the median
    of what was drawn; `low` and `high` are the fewest and the most that this rate leaves within
    control. `usual_low` and `usual_high` are the same for an event that differs from the plan as
    like events differ among themselves. `state` is below, above, or within the limits of the plan.
    """

    step: str = pa.Field(isin=[each.value for each in EventStep])
    tried: int = pa.Field(ge=0)
    taken: int = pa.Field(ge=0)
    rate: float = pa.Field(ge=0, le=1)
    planned: float = pa.Field(ge=0, le=1)
    low: int = pa.Field(ge=0)
    high: int = pa.Field(ge=0)
    usual_low: int = pa.Field(ge=0)
    usual_high: int = pa.Field(ge=0)
    state: str = pa.Field(isin=("below", "within", "above"))

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def step_control(
    rates: StepRates, so_far: Mapping[EventStep, int], level: float = LEVEL
) -> DataFrame[StepControl]:
    """Which step of an event that runs is out of the limits of its plan?

    One row per two steps in turn that both have a count, with anyone at the first. Limits are exact
    binomial ones: as many may fall below, and as many above, with a chance of at most
    (1 − level) ÷ 2 ÷ m each, of m steps looked at. So where everything goes as planned, any step
    is out in at most 1 − level of the cases (Bonferroni). Steps whose rate nobody knows are left
    out.

    Raises MetricError for counts that grow from step to step, and for a level outside 0.5 and 1.
    """
    if not 0.5 <= level < 1:
        raise MetricError(f"limits at {level:.0%} cannot be drawn: choose 50% to under 100%")
    counts = checked_counts(so_far)
    looked_at = [
        (place, before, after)
        for place, (before, after) in enumerate(pairwise(rates.steps))
        if {before, after} <= counts.keys()
        and counts[before] > 0
        and not np.isnan(rates.rates[0, place])
    ]
    rows = []
    for place, before, after in looked_at:
        tail = (1 - level) / 2 / len(looked_at)
        drawn = rates.rates[:, place]
        planned = float(np.median(drawn))
        tried, taken = counts[before], counts[after]
        low, high = (int(binom.ppf(each, tried, planned)) for each in (tail, 1 - tail))
        usual = _usual(tried, drawn, tail, (rates.seed, 30, place))
        rows.append(
            {
                "step": after.value,
                "tried": tried,
                "taken": taken,
                "rate": taken / tried,
                "planned": planned,
                "low": low,
                "high": high,
                "usual_low": min(usual[0], low),
                "usual_high": max(usual[1], high),
                "state": "below" if taken < low else "above" if taken > high else "within",
            }
        )
    schema = {name: each.dtype.type for name, each in StepControl.to_schema().columns.items()}
    return StepControl.validate(pl.DataFrame(rows, schema=schema), lazy=True)


def _usual(
    tried: int,
    drawn: np.ndarray[tuple[int], np.dtype[np.float64]],
    tail: float,
    seed: tuple[int, ...],
) -> tuple[int, int]:
    counts = np.random.default_rng(seed).binomial(tried, drawn)
    low, high = np.quantile(counts, [tail, 1 - tail], method="inverted_cdf")
    return int(low), int(high)
