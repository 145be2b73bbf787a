"""Early warning: when a shortfall of entries, which nobody misses yet, hits revenue."""

from __future__ import annotations

from datetime import date, timedelta
from typing import ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from metrics.period import Period
from metrics.plan.attainment.counted import counted_by_day
from metrics.plan.attainment.kept_plan import KeptPlan
from metrics.plan.attainment.versus_actual import Series, everything, with_totals
from metrics.plan.calendar import Grid, in_windows
from metrics.plan.draws import entry_curve, sizes_to_come
from metrics.plan.past.entry_steps import EVERYTHING
from metrics.plan.past.history import history
from metrics.plan.working_days import MONDAY_TO_FRIDAY, WorkingDays
from metrics.scope import Scope

FELT = 0.1
"""A month feels a shortfall when it loses at least this share of what is lost in the end."""


class EarlyWarning(pa.DataFrameModel):
    """One row per month of entries that is short of its plan.

    `due` is what the plan wanted by now, `entered` what came, `missing` the rest of it. In the end
    it costs `deals` and `amount`; `first_on` and `last_on` are the first and the last month that
    feel it, `worst_on` the one that loses most, `worst_amount`. Amounts are null where no won deal
    has one.
    """

    entered_on: pl.Date
    due: float = pa.Field(ge=0)
    entered: float = pa.Field(ge=0)
    missing: float = pa.Field(gt=0)
    deals: float = pa.Field(ge=0)
    amount: float = pa.Field(nullable=True)
    first_on: pl.Date
    worst_on: pl.Date
    last_on: pl.Date
    worst_amount: float = pa.Field(nullable=True)

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def early_warning(
    warehouse: Warehouse, scope: Scope, plan: KeptPlan, working: WorkingDays = MONDAY_TO_FRIDAY
) -> DataFrame[EarlyWarning]:
    """In which month will today's shortfall of entries be missed as revenue?

    The missing entries of each month that has begun, convolved with the share of entries that wins
    by each age (the direct curve, or the chained one where wins are few), times the mean won
    amount. Of a month that is not over, the plan's share by its pace is due. A month that is on
    plan has no row. Raises what `plan_versus_actual` does.
    """
    short = missing_entries(warehouse, scope, plan, working)
    if short.is_empty():
        return EarlyWarning.validate(_framed([]), lazy=True)
    past = history(warehouse, everything(scope), entry=plan.entry)
    won_by_age = entry_curve(past).converted
    sizes = sizes_to_come(past.deals, past.observed_until)
    size = float(sizes.amounts.mean()) if sizes is not None else None
    return EarlyWarning.validate(
        _framed(
            [
                row | felt(row["entered_on"], row["missing"], won_by_age, size)
                for row in short.iter_rows(named=True)
            ]
        ),
        lazy=True,
    )


def missing_entries(
    warehouse: Warehouse, scope: Scope, plan: KeptPlan, working: WorkingDays
) -> pl.DataFrame:
    """The months whose entries are fewer than what is due: entered_on, due, entered, missing."""
    counted = counted_by_day(warehouse, everything(scope), plan)
    series = Series.of(counted, EVERYTHING, plan.entry.value, plan, scope.observed_until, working)
    targets = with_totals(plan.targets).filter(
        pl.col("segment") == EVERYTHING, pl.col("metric") == plan.entry.value
    )
    planned = dict(targets.select("month_on", "target").iter_rows())
    rows = []
    for month in plan.months:
        if max(month.start, series.begins_on) <= scope.observed_until:
            due = planned.get(month.start, 0.0) * series.pace(month)
            rows.append((month.start, due, series.within(month)))
    schema = {"entered_on": pl.Date, "due": pl.Float64, "entered": pl.Float64}
    found = pl.DataFrame(rows, schema=schema, orient="row")
    return found.with_columns(missing=pl.col("due") - pl.col("entered")).filter(
        pl.col("missing") > 0
    )


def felt(
    entered_on: date, missing: float, won_by_age: NDArray[np.float64], size: float | None
) -> dict[str, object]:
    """What missing entries of a month cost, and in which months.

    `won_by_age` is the share of entries won by each age in days from 0. Ten leads that are missing
    in January would have won half at once and half in sixty days:

    >>> curve = np.array([0.25] * 60 + [0.5])
    >>> found = felt(date(2026, 1, 1), 10, curve, 100.0)
    >>> found["deals"], found["amount"], found["worst_on"].month, found["last_on"].month
    (5.0, 500.0, 1, 3)
    """
    month = Period(entered_on, _end_of(entered_on))
    grid = Grid.of(len(won_by_age) + month.days)
    curve = won_by_age[np.minimum(grid.ages, len(won_by_age) - 1)]
    windows = [month]
    while (windows[-1].end - month.start).days < len(won_by_age) + month.days:
        first = windows[-1].end + timedelta(days=1)
        windows.append(Period(first, _end_of(first)))
    lost = (curve @ in_windows(grid, [month], windows))[:, 0] * missing
    deals = float(missing * won_by_age[-1])
    places = np.flatnonzero(lost >= FELT * deals) if deals > 0 else np.array([0])
    worst = int(lost.argmax())
    felt_in = places if places.size else np.array([worst])
    return {
        "deals": deals,
        "amount": None if size is None else deals * size,
        "first_on": windows[int(felt_in[0])].start,
        "worst_on": windows[worst].start,
        "last_on": windows[int(felt_in[-1])].start,
        "worst_amount": None if size is None else float(lost[worst]) * size,
    }


def _end_of(first: date) -> date:
    return (first.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _framed(rows: list[dict[str, object]]) -> pl.DataFrame:
    schema = {name: column.dtype.type for name, column in EarlyWarning.to_schema().columns.items()}
    return pl.DataFrame(rows, schema=schema).sort("entered_on")
