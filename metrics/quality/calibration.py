"""The score held against what became of leads: tenths of it, in order or not."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.contract import columns
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.estimators.scoring.logistic import logistic
from metrics.quality.outcomes import STAGES, Outcome, Standing, outcomes, standings
from metrics.scope import Scope

TENTHS = 10


class ScoreTenth(pa.DataFrameModel):
    """One row per tenth of the score and stage, the highest scores first.

    Leads with one score are in one tenth, so that tenths are not of one size. `score_low` and
    `score_high` are its lowest and highest score. `rate` is the share that reaches the stage within
    `days`, with 95% bounds, null under twenty leads. `expected` is the rate of a line through all
    tenths, straight in the log-odds: what the score promises. `standing` holds a tenth against the
    next lower one.
    """

    tenth: int = pa.Field(ge=1, le=TENTHS)
    score_low: float
    score_high: float
    leads: int = pa.Field(ge=0)
    stage: str = pa.Field(isin=[stage.value for stage in STAGES])
    days: int = pa.Field(ge=1, nullable=True)
    converted: int = pa.Field(ge=0)
    rate: float = pa.Field(ge=0, le=1, nullable=True)
    rate_low: float = pa.Field(ge=0, le=1, nullable=True)
    rate_high: float = pa.Field(ge=0, le=1, nullable=True)
    expected: float = pa.Field(ge=0, le=1, nullable=True)
    lift: float = pa.Field(ge=0, nullable=True)
    standing: str = pa.Field(isin=list(Standing), nullable=True)

    class Config:
        """Exactly these columns, one row per tenth and stage."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["tenth", "stage"]


def score_calibration(warehouse: Warehouse, scope: Scope) -> DataFrame[ScoreTenth]:
    """Do leads with higher scores convert better, tenth by tenth?

    Of leads with a score that came in within the period. Tenths are of all leads with a score,
    whatever the scope. The score is that of the scoring model in force when the lead came in, else
    that of the newest file: one that was raised after the lead had moved on looks better than it
    is. No row where no lead has a score.

    Source: `outcomes` for rates and the test; `logistic` for the line.
    """
    found = outcomes(warehouse, scope, "score_tenth")
    edges = warehouse.query(Query(scope.step("lead_quality"), _EDGES))
    bounds = {row[0]: row[1:] for row in edges.iter_rows()}
    ordered = [str(tenth) for tenth in range(TENTHS, 0, -1) if str(tenth) in found.groups]
    standing = standings(found, ordered)
    rows = []
    for stage in STAGES:
        expected = _line({name: found.groups[name][stage] for name in ordered}, bounds)
        for name in ordered:
            outcome = found.groups[name][stage]
            low, high, _ = bounds[int(name)]
            rows.append(
                {
                    "tenth": int(name),
                    "score_low": low,
                    "score_high": high,
                    "leads": outcome.leads,
                    "stage": stage.value,
                    "days": outcome.days,
                    "converted": outcome.converted,
                    "rate": outcome.rate,
                    "rate_low": outcome.low,
                    "rate_high": outcome.high,
                    "expected": expected.get(name),
                    "lift": found.lift(name, stage),
                    "standing": standing.get((name, stage)),
                }
            )
    return ScoreTenth.validate(pl.DataFrame(rows, schema=columns(ScoreTenth)), lazy=True)


def _line(
    outcome: dict[str, Outcome], bounds: dict[int, tuple[float, float, float]]
) -> dict[str, float]:
    """The chance of each tenth by a line through those with a rate; none through fewer than two."""
    rated = [name for name, each in outcome.items() if not np.isnan(each.effective[1])]
    means = np.array([bounds[int(name)][2] for name in rated])
    came, records = np.array([outcome[name].effective for name in rated]).reshape(-1, 2).T
    if len(rated) < 2 or np.ptp(means) == 0 or not 0 < came.sum() < records.sum():
        return {}
    scaled = ((means - means.mean()) / means.std())[:, None]
    found = logistic(scaled, came, records - came, ridge=_RIDGE)
    return dict(zip(rated, found.chance(scaled).tolist(), strict=True))


_RIDGE = 1e-6
"""Keeps the line from being infinitely steep where a tenth has all events."""


_EDGES = Step(
    "edges",
    """
    SELECT score_tenth, min(score) AS score_low, max(score) AS score_high, avg(score) AS mean
    FROM scoped
    WHERE lead_on BETWEEN period_start AND period_end AND lead_on <= observed_until
        AND score IS NOT NULL
    GROUP BY score_tenth
    ORDER BY score_tenth
    """,
)
