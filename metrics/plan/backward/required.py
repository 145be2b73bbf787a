"""The required funnel: what a plan's entries become, month by month and stage by stage."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.errors import MetricError
from data.schema.frames import DataFrame, pa
from metrics.estimators.incidence import IncidenceDraws
from metrics.plan.backward.plan import BackwardPlan
from metrics.plan.calendar import Grid, in_windows
from metrics.plan.draws import RATE_DRAWS, Draws
from metrics.scope import Stage


class RequiredFunnel(pa.DataFrameModel):
    """One row per month of the plan and stage from the entry stage on.

    `low`, `middle` and `high` are the 10%, 50% and 90% quantiles of how many planned entries
    reach the stage in the month. Of the entry stage they are the plan itself. `in_time` is the
    share of an entry month's eventual wins that falls in the target's windows, `is_too_late` where
    that is under 10%; both are null for the later stages.
    """

    month_on: pl.Date
    last_on: pl.Date
    stage: str = pa.Field(isin=[stage.value for stage in Stage])
    low: float = pa.Field(ge=0)
    middle: float = pa.Field(ge=0)
    high: float = pa.Field(ge=0)
    in_time: float = pa.Field(ge=0, nullable=True)
    is_too_late: bool = pa.Field(nullable=True)

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def required_funnel(plan: BackwardPlan, draws: Draws) -> DataFrame[RequiredFunnel]:
    """How many leads, MQLs, SQLs, opportunities and wins does the plan take in each month?

    The plan's entries, run forward on the same draws. What is in flight already comes on top: these
    are the planned entries alone. A stage of which nobody tells when it is reached
    (`History.untold`) is not there. Raises MetricError where no volume reaches the target.
    """
    if not plan.is_reachable:
        raise MetricError("no volume of entries reaches this target, so there is no funnel for it")
    rows: list[dict[str, object]] = []
    in_time = plan.in_time.sum(axis=0)
    for place in range(len(plan.months)):
        planned = float(plan.entries[place])
        rows.append(
            _row(plan, place, plan.entry, planned, planned, planned)
            | {"in_time": float(in_time[place]), "is_too_late": bool(plan.too_late[place])}
        )
    rng = np.random.default_rng((plan.seed, 5))
    grid = Grid.of((plan.months[-1].end - plan.months[0].start).days + 1)
    ages, arriving = np.asarray(grid.ages, dtype=np.float64), _arriving(plan, grid)
    for stage in list(Stage)[list(Stage).index(plan.entry) + 1 :]:
        if stage is not Stage.WON and stage not in draws.reached:
            continue
        arrived = rng.poisson(np.maximum(_curve(plan, draws, stage, ages) @ arriving, 0))
        for place, (low, middle, high) in enumerate(
            np.quantile(arrived, [0.1, 0.5, 0.9], axis=0).T
        ):
            rows.append(_row(plan, place, stage, float(low), float(middle), float(high)))
    schema = {
        name: column.dtype.type for name, column in RequiredFunnel.to_schema().columns.items()
    }
    return RequiredFunnel.validate(pl.DataFrame(rows, schema=schema), lazy=True)


def _row(
    plan: BackwardPlan, place: int, stage: Stage, low: float, middle: float, high: float
) -> dict[str, object]:
    month = plan.months[place]
    return {
        "month_on": month.start,
        "last_on": month.end,
        "stage": stage.value,
        "low": low,
        "middle": middle,
        "high": high,
        "in_time": None,
        "is_too_late": None,
    }


def _arriving(plan: BackwardPlan, grid: Grid) -> NDArray[np.float64]:
    """[grid, months]: a curve @ this is the expected arrivals of the plan's entries by month."""
    found: NDArray[np.float64] = in_windows(grid, plan.months, plan.months) @ plan.entries
    return found.T


def _curve(
    plan: BackwardPlan, draws: Draws, stage: Stage, ages: NDArray[np.float64]
) -> NDArray[np.float64]:
    """[rate draws, grid]: the share of entries that has reached the stage by each age."""
    if stage is not Stage.WON:
        curve: IncidenceDraws = draws.reached[stage]
        return curve.at(ages).astype(np.float64)
    assumed = plan.assumptions
    speed = draws.speed(np.rint(ages / assumed.time_to_win).astype(np.int64))[:RATE_DRAWS]
    eventual = (draws.rates[:RATE_DRAWS] @ plan.mix) * assumed.win_rate
    return speed.astype(np.float64) * np.clip(eventual, 0, 1)[:, None]
