"""The score fitted anew: what it would be, and whether it foretells better than the present one."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import ClassVar

import numpy as np
import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.contract import columns
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from data.terms.quality import COUNT_FEATURES, WORD_FEATURES
from metrics.estimators.scoring.out_of_time import Fates, Judged, Refit, fate_weights, refitted
from metrics.funnel.ages import ALWAYS
from metrics.period import Period
from metrics.quality.features import Feature, features_of, matrix
from metrics.rates import Z_95
from metrics.scope import Scope

BEFORE = 0.7
"""This share of the leads that can be followed long enough come before the split."""

SCALE = 10.0
"""Points for one unit of log-odds."""


class Advice(StrEnum):
    """What to do with the score."""

    ADOPT = "adopt the refitted score"
    KEEP = "keep the present score"
    TOO_FEW = "too few to say"


class ScoreRefit(pa.DataFrameModel):
    """One row per score: the present one, and the refitted one.

    Both are fitted on `leads_before` that came in up to `split_on`, as they were seen on that day,
    and judged on `leads_after` that came later, of which `came_after` are seen to be SQLs within
    `days`. `brier` is the mean square by which the chance misses, `slope` whether chances spread as
    widely as what came (1), with 95% bounds. `reduction` is by how much the refitted score misses
    less, with bounds. Null where too few are known.
    """

    score: str = pa.Field(isin=("present", "refitted"))
    advice: str = pa.Field(isin=list(Advice))
    days: int = pa.Field(ge=1)
    split_on: pl.Date = pa.Field(nullable=True)
    leads_before: int = pa.Field(ge=0)
    leads_after: int = pa.Field(ge=0)
    came_after: int = pa.Field(ge=0)
    brier: float = pa.Field(ge=0, nullable=True)
    slope: float = pa.Field(nullable=True)
    slope_low: float = pa.Field(nullable=True)
    slope_high: float = pa.Field(nullable=True)
    reduction: float = pa.Field(nullable=True)
    reduction_low: float = pa.Field(nullable=True)
    reduction_high: float = pa.Field(nullable=True)

    class Config:
        """Exactly these columns, one row per score."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["score"]


class ScoreWeight(pa.DataFrameModel):
    """One row per weight of the refitted score, after the base that every lead has.

    `points` are ten for one unit of log-odds, with 95% bounds, for leads that have the `value`, or
    `at_least` so many of what is counted, against those of the most frequent value or fewer.
    """

    kind: str = pa.Field(isin=("base", "fit", "engagement"))
    feature: str
    value: str = pa.Field(nullable=True)
    at_least: int = pa.Field(nullable=True, ge=1)
    leads: int = pa.Field(ge=0)
    points: float
    points_low: float
    points_high: float

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def score_refit(warehouse: Warehouse, scope: Scope) -> DataFrame[ScoreRefit]:
    """Would a score fitted anew foretell better who becomes an SQL, and should it be adopted?

    A logistic regression on what was known when a lead came in: seniority, department, persona,
    industry, size, country, region, channel, product, and touches before. Of all leads that came in
    until the last day observed: the period makes no difference. Fitted on the older ones as they
    were seen on the day of the split, judged on the newer ones. A lead whose fate is not known yet
    is told by those of its age. It is adopted only if it misses less by more than chance, and its
    chances spread as widely as what came.

    The present score is that of the newest file where no scoring model is in force: if it was
    raised after the lead had moved on, it looks better here than it is, and is rather kept.

    Source: `metrics.estimators.scoring.out_of_time`.
    """
    made = _make(warehouse, scope)
    advice = Advice.TOO_FEW
    if made.refit is not None:
        advice = Advice.ADOPT if made.refit.is_better else Advice.KEEP
    shared = {
        "advice": advice.value,
        "days": made.days,
        "split_on": made.split_on,
        "leads_before": made.leads_before,
        "leads_after": made.leads_after,
        "came_after": made.came_after,
    }
    rows = [
        {"score": "present"} | shared | _judged(made.refit.present if made.refit else None),
        {"score": "refitted"} | shared | _judged(made.refit.refitted if made.refit else None),
    ]
    if made.refit is not None:
        reduction = made.refit.reduction
        rows[1] |= {
            "reduction": reduction.value,
            "reduction_low": reduction.low,
            "reduction_high": reduction.high,
        }
    return ScoreRefit.validate(pl.DataFrame(rows, schema=columns(ScoreRefit)), lazy=True)


def score_weights(warehouse: Warehouse, scope: Scope) -> DataFrame[ScoreWeight]:
    """Which weights would a score have that is fitted anew?

    Those of `score_refit`, whether or not it is to be adopted; no row where too few are known.
    Points go with becoming an SQL and need not be its cause.
    """
    made = _make(warehouse, scope)
    rows: list[dict[str, object]] = []
    if made.refit is not None:
        model = made.refit.model
        spread = Z_95 * np.sqrt(np.diag(model.covariance).clip(0))
        points = [model.intercept, *model.coefficients.tolist()]
        for place, (each, point) in enumerate(zip((None, *made.features), points, strict=True)):
            rows.append(
                {
                    "kind": each.kind if each else "base",
                    "feature": each.name if each else "base",
                    "value": each.value if each else None,
                    "at_least": each.at_least if each else None,
                    "leads": made.with_feature[place - 1] if each else made.leads_before,
                    "points": SCALE * point,
                    "points_low": SCALE * (point - float(spread[place])),
                    "points_high": SCALE * (point + float(spread[place])),
                }
            )
    return ScoreWeight.validate(pl.DataFrame(rows, schema=columns(ScoreWeight)), lazy=True)


def scoring_terms(weights: pl.DataFrame, since: date) -> str:
    """The weights as a scoring model of the definitions, in force from a day on.

    >>> rows = {"kind": ["base", "fit"], "feature": ["base", "channel"], "value": [None, "Fair"],
    ...         "at_least": [None, None], "points": [-12.04, 8.0]}
    >>> print(scoring_terms(pl.DataFrame(rows), date(2026, 12, 1)))
    [[quality.scoring]]
    since = 2026-12-01
    base = -12.0
    <BLANKLINE>
    [[quality.scoring.weight]]
    kind = "fit"
    feature = "channel"
    values = ["Fair"]
    points = 8.0
    """
    base = weights.filter(pl.col("kind") == "base")["points"]
    lines = ["[[quality.scoring]]", f"since = {since}", f"base = {round(float(base[0]), 1)}"]
    for row in weights.filter(pl.col("kind") != "base").iter_rows(named=True):
        lines += ["", "[[quality.scoring.weight]]", f'kind = "{row["kind"]}"']
        lines.append(f'feature = "{row["feature"]}"')
        if row["at_least"] is None:
            lines.append(f"values = [{_quoted(str(row['value']))}]")
        else:
            lines.append(f"at_least = {row['at_least']}")
        lines.append(f"points = {round(row['points'], 1)}")
    return "\n".join(lines)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class _Made:
    """The refit, and what it was made of."""

    days: int
    split_on: date | None
    leads_before: int = 0
    leads_after: int = 0
    came_after: int = 0
    features: tuple[Feature, ...] = ()
    with_feature: tuple[int, ...] = ()
    refit: Refit | None = None


def _make(warehouse: Warehouse, scope: Scope) -> _Made:
    days = scope.windows.mql + scope.windows.sql
    whole = replace(scope, period=Period(ALWAYS, scope.observed_until))
    leads = warehouse.query(Query(whole.step("lead_quality"), _LEADS))
    seen = scope.observed_until
    followed = leads.filter(pl.col("lead_on") <= seen - timedelta(days=days))["lead_on"].sort()
    if followed.is_empty():
        return _Made(days, None)
    split_on: date = followed[min(int(BEFORE * len(followed)), len(followed) - 1)]
    before = leads.filter(pl.col("lead_on") <= split_on)
    after = leads.filter(pl.col("lead_on") > split_on)
    features = features_of(before)
    earlier = _fates(before, features, split_on, days)
    later = _fates(after, features, seen, days)
    refit = refitted(earlier, later) if features else None
    counted = tuple(int(each) for each in earlier.features.sum(axis=0))
    return _Made(
        days, split_on, len(before), len(after), later.known[0], tuple(features), counted, refit
    )


def _fates(leads: pl.DataFrame, features: list[Feature], seen: date, days: int) -> Fates:
    """The leads as they were seen on a day."""
    event = pl.when(pl.col("sql_on") <= seen).then(
        pl.max_horizontal((pl.col("sql_on") - pl.col("lead_on")).dt.total_days(), pl.lit(0))
    )
    aged = leads.select(
        age=event.cast(pl.Float64).fill_null(np.nan),
        followed=(pl.lit(seen) - pl.col("lead_on")).dt.total_days().cast(pl.Float64),
        score=pl.col("score").fill_null(np.nan),
    )
    came, weight = fate_weights(aged["age"].to_numpy(), aged["followed"].to_numpy(), days)
    return Fates(matrix(features, leads), aged["score"].to_numpy(), came, weight)


def _judged(judged: Judged | None) -> dict[str, float | None]:
    if judged is None:
        return {}
    slope = judged.slope
    bounds = {"slope": slope.value, "slope_low": slope.low, "slope_high": slope.high}
    return {"brier": judged.brier} | {
        name: None if np.isnan(value) else value for name, value in bounds.items()
    }


_FEATURES = ", ".join((*WORD_FEATURES, *COUNT_FEATURES))

_LEADS = Step(
    "leads",
    f"""
    SELECT lead_id, lead_on, CASE WHEN sql_on <= observed_until THEN sql_on END AS sql_on, score,
        {_FEATURES}
    FROM scoped
    WHERE lead_on <= observed_until
    ORDER BY lead_on, lead_id
    """,
)
