"""What leads that are still open are worth now, by level and by the stage where they stand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.schema.contract import UNASSIGNED, columns
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.estimators.age_counts import AgeCounts
from metrics.estimators.incidence import IncidenceDraws, draw_incidence
from metrics.funnel.ages import ALWAYS, age_steps, told_days
from metrics.funnel.counts import age_counts, horizon_days, untold
from metrics.period import Period
from metrics.scope import Scope, Stage
from metrics.subjects import is_undated, known_days_step

Floats = NDArray[np.float64]

STEPS = tuple(pairwise(Stage))
"""Every stage and the next."""

DRAWS = 400

FEWEST_ENTRIES = 20
"""Of fewer leads at a step nothing is foretold."""

FEWEST_WINS = 5
"""Of fewer wins no deal size is told."""

_SEED = 20_240_601


class LeadValue(pa.DataFrameModel):
    """One row per level and stage where open leads stand, levels from the best to the worst.

    `open_leads` stand there on the last day observed. `win_rate` is the chance of one of them to be
    won yet, the mean over their ages. `deal_size` is what a won lead brings, in the base currency,
    and `value` the two multiplied: of one such lead, with 95% bounds. `total` is the value of all
    of them. Null where too few have gone before to say; `new_value` is that of a lead of the level
    that stands there since today. A lead that is in its stage since an unknown day stands nowhere,
    and where over a tenth went on from a stage on one, nothing is told from there.
    """

    level: str
    stage: str = pa.Field(isin=[stage.value for stage, _ in STEPS])
    open_leads: int = pa.Field(ge=0)
    win_rate: float = pa.Field(ge=0, le=1, nullable=True)
    win_rate_low: float = pa.Field(ge=0, le=1, nullable=True)
    win_rate_high: float = pa.Field(ge=0, le=1, nullable=True)
    deal_size: float = pa.Field(nullable=True)
    value: float = pa.Field(nullable=True)
    value_low: float = pa.Field(nullable=True)
    value_high: float = pa.Field(nullable=True)
    total: float = pa.Field(nullable=True)
    new_value: float = pa.Field(nullable=True)

    class Config:
        """Exactly these columns, one row per level and stage."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["level", "stage"]


def lead_value(
    warehouse: Warehouse, scope: Scope, definitions: Definitions
) -> DataFrame[LeadValue]:
    """What is a lead, an MQL, an SQL or an opportunity of each level worth now?

    Of leads that are open on the last day observed, whenever they came in: the period makes no
    difference. The chance to be won is that of the next step, given how long the lead has stood
    where it is, times those of the steps after it, each within the longest time that enough leads
    can be followed. The past of all leads of the level is asked, and steps are taken to be
    independent of each other. The size of a deal is the mean of won leads of all levels, so that a
    level is not judged by one large deal; money of a deal with several leads counts once.

    Source: Aalen and Johansen (1978) for the chances, Walker and Muliere (1997) for their draws,
    Rubin (1981) for those of the mean amount.
    """
    scope = replace(scope, period=Period(ALWAYS, scope.observed_until))
    told = told_days(warehouse)
    past = warehouse.query(
        Query(
            scope.step("lead_quality"),
            known_days_step("scoped"),
            *age_steps(STEPS, "subjects", ("level",), told),
        )
    )
    standing = warehouse.query(
        Query(scope.step("lead_quality"), known_days_step("scoped"), _STANDING)
    )
    amounts = warehouse.query(Query(scope.step("lead_quality"), _AMOUNTS))["amount"].to_numpy()
    rng = np.random.default_rng(_SEED)
    sizes = _sizes(amounts.astype(np.float64), rng)
    names = [level.name for level in definitions.quality.level]
    seen = set(past["level"]) | set(standing["level"])
    rows = []
    for name in [*names, *([UNASSIGNED] if UNASSIGNED in seen else [])]:
        if name not in seen:
            continue
        curves = _curves(past.filter(pl.col("level") == name), rng)
        for place, (stage, _) in enumerate(STEPS):
            there = standing.filter(pl.col("level") == name, pl.col("stage") == stage.value)
            rows.append(
                {"level": name, "stage": stage.value} | _valued(there, curves[place:], sizes)
            )
    return LeadValue.validate(pl.DataFrame(rows, schema=columns(LeadValue)), lazy=True)


@dataclass(frozen=True, slots=True, eq=False)
class _Sizes:
    """The mean amount that a won lead brings, and draws of it; none of too few."""

    mean: float
    draws: Floats


def _sizes(amounts: Floats, rng: np.random.Generator) -> _Sizes | None:
    if len(amounts) < FEWEST_WINS:
        return None
    # With many wins the Bayesian bootstrap's mean is normal.
    if len(amounts) > 2_000:
        spread = amounts.std() / np.sqrt(len(amounts))
        return _Sizes(float(amounts.mean()), amounts.mean() + spread * rng.standard_normal(DRAWS))
    weights = rng.standard_exponential((DRAWS, len(amounts)))
    return _Sizes(float(amounts.mean()), (weights @ amounts) / weights.sum(axis=1))


def _curves(past: pl.DataFrame, rng: np.random.Generator) -> list[IncidenceDraws | None]:
    """Draws of each step's incidence; none where too few came to it, or went on when is unknown."""
    found: list[IncidenceDraws | None] = []
    for start, end in STEPS:
        rows = past.filter(pl.col("from_stage") == start.value, pl.col("to_stage") == end.value)
        if rows["records"].sum() < FEWEST_ENTRIES or untold(rows):
            found.append(None)
            continue
        counts: AgeCounts = age_counts(rows, horizon_days(rows))
        found.append(draw_incidence(counts, DRAWS, rng))
    return found


def _valued(
    there: pl.DataFrame, curves: list[IncidenceDraws | None], sizes: _Sizes | None
) -> dict[str, float | int | None]:
    """The columns after level and stage."""
    leads = there["leads"].to_numpy().astype(np.float64)
    row: dict[str, float | int | None] = {"open_leads": int(leads.sum())}
    known = [curve for curve in curves if curve is not None]
    if len(known) < len(curves):
        return row
    later = np.prod([curve.final for curve in known[1:]], axis=0, dtype=np.float64)
    later_point = float(np.prod([curve.estimate.final for curve in known[1:]]))
    new = known[0].estimate.final * later_point
    if sizes is not None:
        row |= {"deal_size": sizes.mean, "new_value": new * sizes.mean}
    if not leads.sum():
        return row
    ages = there["age_days"].to_numpy()
    point = _going_on(known[0].estimate.at(ages), known[0].estimate.open_at(ages),
                      known[0].estimate.final)  # fmt: skip
    drawn = _going_on(known[0].at(ages), known[0].open_at(ages), known[0].final[:, None])
    chance = float((point * leads).sum() / leads.sum()) * later_point
    chances = (drawn @ leads) / leads.sum() * later
    low, high = np.quantile(chances, [0.025, 0.975])
    row |= {
        "win_rate": chance,
        "win_rate_low": min(float(low), chance),
        "win_rate_high": max(float(high), chance),
    }
    if sizes is None:
        return row
    value = chance * sizes.mean
    low, high = np.quantile(chances * sizes.draws, [0.025, 0.975])
    return row | {
        "value": value,
        "value_low": min(max(float(low), 0.0), value),
        "value_high": max(float(high), value),
        "total": value * float(leads.sum()),
    }


def _going_on(
    converted: NDArray[Any], still_open: NDArray[Any], final: NDArray[Any] | float
) -> Floats:
    """The chance to go on yet, of who is open at an age; none where nobody stays open so long."""
    rest = np.maximum(np.asarray(final) - converted, 0)
    found: Floats = np.divide(
        rest, still_open, out=np.zeros(np.shape(rest), np.float64), where=still_open > 1e-9
    )
    return found.clip(0, 1)


_STAGE = " ".join(
    f"WHEN {stage.value}_on <= observed_until THEN '{stage.value}'"
    for stage in reversed(list(Stage))
)

_SINCE = " ".join(
    f"WHEN {stage.value}_on <= observed_until THEN {stage.value}_on"
    for stage in reversed(list(Stage))
)

_HIDDEN = " OR ".join(is_undated(stage) for stage in list(Stage)[1:])

_STANDING = Step(
    "standing",
    f"""
    SELECT level, stage, date_diff('day', since_on, observed_until) AS age_days, count(*) AS leads
    FROM (
        SELECT level, observed_until, CASE {_STAGE} END AS stage, CASE {_SINCE} END AS since_on
        FROM subjects
        WHERE coalesce(exit_on > observed_until, TRUE) AND NOT ({_HIDDEN})
    ) AS open_leads
    WHERE stage <> 'won'
    GROUP BY level, stage, date_diff('day', since_on, observed_until)
    ORDER BY level, stage, age_days
    """,
)

_AMOUNTS = Step(
    "amounts",
    """
    SELECT CAST(coalesce(won_amount, 0) AS DOUBLE) AS amount
    FROM scoped
    WHERE won_on <= observed_until AND (won_amount IS NOT NULL OR NOT is_primary)
    ORDER BY amount
    """,
)
