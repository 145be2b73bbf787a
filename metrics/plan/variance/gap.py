"""Why is the plan missed? The gap of a period's won revenue, part by part."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.schema.contract import Money
from data.schema.frames import DataFrame, pa
from metrics.estimators.shapley import shapley_product, to_the_cent
from metrics.period import Period
from metrics.plan.attainment.kept_plan import KeptPlan
from metrics.plan.variance.chance import chance_of, parts_by_chance
from metrics.plan.variance.comparison import comparison
from metrics.plan.variance.sides import Comparison
from metrics.plan.variance.split import gap_parts
from metrics.plan.working_days import MONDAY_TO_FRIDAY, WorkingDays
from metrics.scope import Scope, Stage

Floats = NDArray[np.float64]

PLANNED, RESERVE, ACTUAL = "planned", "reserve", "actual"
"""Rows that are no part of the gap: the target, what the plan has beyond it, and what came."""

OPENING, VOLUME, MIX, TIMING, SIZE = "opening", "volume", "mix", "timing", "size"
CURRENCY, RESTATEMENT = "currency", "restatement"

FALSE_ALARMS = 0.05


def part_names(steps: tuple[Stage, ...]) -> tuple[str, ...]:
    """The parts in their order; the rate of a step is called like the stage it leads to.

    >>> part_names((Stage.WON,))
    ('opening', 'volume', 'mix', 'rate_won', 'timing', 'size', 'currency', 'restatement')
    """
    rates = (f"rate_{stage.value}" for stage in steps)
    return (OPENING, VOLUME, MIX, *rates, TIMING, SIZE, CURRENCY, RESTATEMENT)


class RevenueGap(pa.DataFrameModel):
    """One row per part of the gap, between a row of the planned revenue and one of the actual.

    Amounts are in the base currency; planned + all parts = actual, to the cent. `reserve` is what
    the plan's own entries would bring on average beyond its target. `low` and `high` are the bounds
    of a part less what chance makes of it, `strength` is how many times as far as chance goes it
    lies from what is usual, `is_more_than_chance` whether its p-value, corrected for the number of
    parts, is at most 5%; all are null for what is a fact and not tested. `reason` says why a part
    is 0 where that is not plain.
    """

    part: str
    amount: Money
    low: float = pa.Field(nullable=True)
    high: float = pa.Field(nullable=True)
    strength: float = pa.Field(ge=0, nullable=True)
    p_value: float = pa.Field(ge=0, le=1, nullable=True)
    is_more_than_chance: bool = pa.Field(nullable=True)
    reason: str = pa.Field(nullable=True)

    class Config:
        """Exactly these columns, one row per part."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["part"]


class GapLeaf(pa.DataFrameModel):
    """One row per cohort month, segment and factor of revenue: what it adds to the gap.

    `planned` and `actual` are the factor's values, null where it is not defined: a rate of a stage
    that nobody reached, the size of deals that nobody won.
    """

    month_on: pl.Date
    segment: str
    part: str
    planned: float = pa.Field(nullable=True)
    actual: float = pa.Field(nullable=True)
    amount: float

    class Config:
        """Exactly these columns, one row per leaf and part."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["month_on", "segment", "part"]


def revenue_gap(
    warehouse: Warehouse,
    scope: Scope,
    plan: KeptPlan,
    definitions: Definitions,
    period: Period | None = None,
    working: WorkingDays = MONDAY_TO_FRIDAY,
) -> DataFrame[RevenueGap]:
    """Why does the won revenue of a period differ from the plan?

    By default of the plan's days so far. By entry cohort, revenue = opening + Σ volume × mix × the
    rate of each step × timing × deal size + currency + restatement. Planned are the plan's entries
    by month and segment, and the rates, lags and amounts that dated facts told on the day before
    them, times what the plan assumed; of a month that runs, what is due by its `working` days.
    Actual are the entries that came; the rates to which they
    convert in the end, as far as they have not left (`eventual_conversions`): who has exited is
    lost, who is merely not yet won is late; the share of the eventual wins that came in the period;
    and their mean amount at the plan's exchange rates. The parts are exact Shapley shares at the
    level of cohort month and segment (`gap_parts`). What chance makes of each is drawn
    (`parts_by_chance`), and the parts are tested together (Benjamini and Hochberg).

    Raises MetricError for a plan that has not begun, one of wins alone, and one before which
    nothing had been won; MissingRateError where a won deal's amount has no exchange rate.
    """
    found = comparison(warehouse, scope, plan, definitions, period, working)
    parts = gap_parts(found.planned, found.actual)
    drawn = parts_by_chance(found)
    names = part_names(found.steps)
    is_tested = np.array([name not in (CURRENCY, RESTATEMENT) for name in names])
    chance = chance_of(parts, drawn, is_tested)
    cents = _in_cents(found, parts)
    rows = [_fact(PLANNED, cents[0]), _fact(RESERVE, cents[1])]
    for place, name in enumerate(names):
        row = _fact(name, cents[2 + place], _reason(found, name, parts[place]))
        if is_tested[place]:
            row |= {
                "low": float(chance.low[place]),
                "high": float(chance.high[place]),
                "strength": _known(chance.strength[place]),
                "p_value": float(chance.p_value[place]),
                "is_more_than_chance": bool(chance.adjusted[place] <= FALSE_ALARMS),
            }
        rows.append(row)
    rows.append(_fact(ACTUAL, sum(cents)))
    schema = {name: column.dtype.type for name, column in RevenueGap.to_schema().columns.items()}
    return RevenueGap.validate(pl.DataFrame(rows, schema=schema), lazy=True)


def _in_cents(found: Comparison, parts: Floats) -> list[int]:
    """The planned revenue, the reserve and the parts, which together are the actual revenue."""
    expected = found.total - float(parts.sum())
    planned = round((expected if found.target is None else found.target) * 100)
    actual = round(found.total * 100)
    between = np.concatenate(([expected - planned / 100], parts))
    return [planned, *to_the_cent(between, (actual - planned) / 100).tolist()]


def _fact(part: str, cents: int, reason: str | None = None) -> dict[str, object]:
    return {
        "part": part,
        "amount": Decimal(int(cents)) / 100,
        "low": None,
        "high": None,
        "strength": None,
        "p_value": None,
        "is_more_than_chance": None,
        "reason": reason,
    }


def _reason(found: Comparison, name: str, amount: float) -> str | None:
    if name == RESTATEMENT:
        return found.restated.reason
    if name == CURRENCY and amount == 0:
        return "no deal of the period was won in a currency whose rate has changed since"
    return None


def revenue_gap_leaves(
    warehouse: Warehouse,
    scope: Scope,
    plan: KeptPlan,
    definitions: Definitions,
    period: Period | None = None,
    working: WorkingDays = MONDAY_TO_FRIDAY,
) -> DataFrame[GapLeaf]:
    """In which cohort months and segments does the gap arise?

    The parts of `revenue_gap` that are factors, before they are added up. Raises what `revenue_gap`
    does.
    """
    found = comparison(warehouse, scope, plan, definitions, period, working)
    amounts = shapley_product(found.planned.leaves, found.actual.leaves)
    names = part_names(found.steps)[1:-2]
    rows = [
        {
            "month_on": month.start.replace(day=1),
            "segment": segment,
            "part": part,
            "planned": _known(found.planned.leaves[row, column, place]),
            "actual": _known(found.actual.leaves[row, column, place]),
            "amount": float(amounts[row, column, place]),
        }
        for row, month in enumerate(found.cohorts.months)
        for column, segment in enumerate(found.segments)
        for place, part in enumerate(names)
    ]
    schema = {name: column.dtype.type for name, column in GapLeaf.to_schema().columns.items()}
    return GapLeaf.validate(pl.DataFrame(rows, schema=schema), lazy=True)


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
