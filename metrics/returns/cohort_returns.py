"""Return of cohorts: what the leads of each month have brought, and what they will have brought."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.contract import Money
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.estimators.deal_sizes import DealSizes, draw_totals
from metrics.estimators.incidence import IncidenceDraws, draw_incidence
from metrics.estimators.projection import projected_rate
from metrics.funnel.ages import Way, age_steps, ages_query, told_days
from metrics.funnel.cohorts import FEWEST_CONVERSIONS, LEVEL, ever
from metrics.funnel.counts import age_counts, horizon_days, together, untold
from metrics.rates import ratio
from metrics.returns.earned import refuse_unconverted_deals, since_begun
from metrics.returns.entered import cohort_money, worth_of_wins
from metrics.returns.known_by import check_known_by, check_spend_is_loaded
from metrics.returns.revenue import MONEY
from metrics.returns.spent import spent
from metrics.scope import Counting, Dimension, Scope, Stage, Unit
from metrics.subjects import subject_steps

WAY: Way = (Stage.LEAD, Stage.WON)

OWN_CONVERSIONS = 30
"""From so many wins on a segment's leads have a curve of their own, else that of all leads."""

DRAWS = 1000

_SEED = 21


class CohortReturn(pa.DataFrameModel):
    """One row per month of entry and segment with leads or spend, months in order.

    `lead` entered in the month, `won` of them have been won until the last day observed, `undated`
    of these on a day that nobody recorded; `open` may still be. `cohort_amount` is what their deals
    were won for so far, null where none of these has a recorded amount. `projected_amount` is that
    and what is expected of the open ones, with the 80% interval low to high; null where too few
    leads were ever won to learn from, or over a tenth of them on unknown days. `is_projected` says
    that some are open, so that it is more than what was observed; else it equals it.
    `roi` is cohort ÷ spend of the month, `projected_roi` projected ÷ spend with its interval.
    """

    month_on: pl.Date
    segment: str
    spend_amount: Money = pa.Field(nullable=True)
    lead: int = pa.Field(ge=0)
    won: int = pa.Field(ge=0)
    undated: int = pa.Field(ge=0)
    open: int = pa.Field(ge=0)
    cohort_amount: Money = pa.Field(nullable=True)
    projected_amount: float = pa.Field(nullable=True)
    projected_low: float = pa.Field(nullable=True)
    projected_high: float = pa.Field(nullable=True)
    is_projected: bool
    roi: float = pa.Field(nullable=True)
    projected_roi: float = pa.Field(ge=0, nullable=True)
    projected_roi_low: float = pa.Field(nullable=True)
    projected_roi_high: float = pa.Field(nullable=True)

    class Config:
        """Exactly these columns, one row per month and segment."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["month_on", "segment"]


def cohort_returns(
    warehouse: Warehouse, scope: Scope, *, by: Dimension = Dimension.CHANNEL
) -> DataFrame[CohortReturn]:
    """What have the leads of each month brought, and what will they have brought in the end?

    Leads of their own segment, beside the spend of their month; no model of credit. Each open
    lead is won with the chance that its age leaves it, as leads of its segment were until the last
    day observed, of all segments where the segment has won fewer than thirty. A win brings what
    wins have brought: amounts of all segments, smoothed on the log scale. A lead
    that shares a deal with its primary lead is won and brings nothing. The interval has the curve's
    uncertainty, each lead's own chance and the spread of amounts, not that the future may differ.
    Unit, basis, counting and window of the scope make no difference.

    Raises what `channel_returns` does for spend.
    Source: `metrics.estimators.projection`, `metrics.estimators.deal_sizes`.
    """
    check_known_by(scope, by)
    check_spend_is_loaded(warehouse, by)
    leads = replace(scope, unit=Unit.LEAD, counting=Counting.REACHED, window_days=None)
    refuse_unconverted_deals(warehouse, since_begun(leads))
    cohorts = _cohorts(warehouse, leads, by)
    keys = ["month_on", "segment"]
    spend = spent(warehouse, scope, by)
    known = spend["segment"].unique()
    spend = spend.filter(pl.col("spend_amount").is_not_null()).select(*keys, "spend_amount")
    rows = (
        cohorts.join(spend, on=keys, how="full", coalesce=True)
        .join(cohort_money(warehouse, leads, by), on=keys, how="left")
        .with_columns(pl.col("lead", "won", "undated", "open").fill_null(0))
        .with_columns(
            spend_amount=pl.when(pl.col("segment").is_in(known.implode())).then(
                pl.col("spend_amount").fill_null(0).cast(MONEY)
            ),
            cohort_amount=pl.when(
                (pl.col("priced").fill_null(0) > 0)
                | (pl.col("unpriced").fill_null(0) + pl.col("undated") == 0)
            ).then(pl.col("cohort_amount").fill_null(0).cast(MONEY)),
        )
    )
    # A month with spend and no lead has nothing to come.
    so_far = pl.col("cohort_amount").cast(pl.Float64)
    names = ("projected_amount", "projected_low", "projected_high")
    rows = rows.with_columns(
        (
            pl.when(pl.col("open") == 0).then(so_far).otherwise(so_far + pl.col(f"later_{name}"))
        ).alias(f"projected_{name}")
        for name in ("amount", "low", "high")
    )
    spends = pl.col("spend_amount").cast(pl.Float64)
    found = rows.with_columns(
        is_projected=pl.col("open") > 0,
        roi=ratio(so_far, spends),
        projected_roi=ratio(pl.col(names[0]), spends),
        projected_roi_low=ratio(pl.col(names[1]), spends),
        projected_roi_high=ratio(pl.col(names[2]), spends),
    ).sort("month_on", pl.col("lead"), "segment", descending=[False, True, False])
    return CohortReturn.validate(found.select(list(CohortReturn.to_schema().columns)), lazy=True)


@dataclass(frozen=True, slots=True, eq=False)
class _Past:
    """What open leads are judged by: the curve of each segment, and what a win has brought."""

    of_segments: dict[str, IncidenceDraws]
    overall: IncidenceDraws
    sizes: DealSizes

    def curve(self, segment: str) -> IncidenceDraws:
        return self.of_segments.get(segment, self.overall)


def _cohorts(warehouse: Warehouse, scope: Scope, by: Dimension) -> pl.DataFrame:
    """One row per month of entry and segment: its leads, and what the open ones may bring."""
    ages = warehouse.query(_ages_of_months(scope, by))
    past = _past(warehouse, scope, by)
    rows = [
        (month, segment, *_cohort(part, past, segment, number))
        for number, ((month, segment), part) in enumerate(
            sorted(ages.partition_by("month_on", by.value, as_dict=True).items())
        )
    ]
    schema = {
        "month_on": pl.Date,
        "segment": pl.String,
        "lead": pl.Int64,
        "won": pl.Int64,
        "undated": pl.Int64,
        "open": pl.Int64,
        "later_amount": pl.Float64,
        "later_low": pl.Float64,
        "later_high": pl.Float64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _ages_of_months(scope: Scope, by: Dimension) -> Query:
    entries = Step(
        "entries",
        "SELECT subjects.*, CAST(date_trunc('month', lead_on) AS DATE) AS month_on FROM subjects",
    )
    carried = ("month_on", by.value)
    return Query(*subject_steps(scope, by), entries, *age_steps((WAY,), "entries", carried))


def _past(warehouse: Warehouse, scope: Scope, by: Dimension) -> _Past | None:
    """None where too few leads have been won, too many on unknown days, or none for an amount."""
    told = told_days(warehouse)
    rows = warehouse.query(ages_query(ever(scope), by, (WAY,), told))
    overall = together(rows)
    worths = worth_of_wins(warehouse, ever(scope))
    too_few = overall["converted"].sum() < FEWEST_CONVERSIONS or not worths.size
    if too_few or untold(overall):
        return None
    parts = rows.partition_by(by.value, as_dict=True)
    return _Past(
        {
            segment: _curve(part)
            for (segment,), part in parts.items()
            if part["converted"].sum() >= OWN_CONVERSIONS and not untold(part)
        },
        _curve(overall),
        DealSizes.of(worths),
    )


def _curve(rows: pl.DataFrame) -> IncidenceDraws:
    counts = age_counts(rows, horizon_days(rows))
    return draw_incidence(counts, DRAWS, np.random.default_rng(_SEED))


def _cohort(
    ages: pl.DataFrame, past: _Past | None, segment: str, number: int
) -> tuple[int, int, int, int, float | None, float | None, float | None]:
    """Leads, won, undated and open of a cohort; mean and bounds of what open ones will bring."""
    undated = int(ages["undated"].sum())
    lead, won = (int(ages[name].sum()) + undated for name in ("records", "converted"))
    if past is None:
        return lead, won, undated, int(ages["open"].sum()), None, None, None
    curve = past.curve(segment)
    counts = np.bincount(ages["age_days"].to_numpy(), ages["open"].to_numpy())
    by_age = counts[: curve.estimate.horizon].astype(np.int64)
    rng = np.random.default_rng((_SEED, number))
    found = projected_rate(won, by_age, curve, rng, size=lead)
    later = np.rint(found.draws * lead).astype(np.int64) - won
    mean = (found.point * lead - won) * float(past.sizes.amounts.mean())
    totals = draw_totals(past.sizes, later, rng)
    low, high = np.quantile(totals, ((1 - LEVEL) / 2, (1 + LEVEL) / 2)).tolist()
    # A win that is possible but unlikely moves the mean, and no quantile.
    return lead, won, undated, int(by_age.sum()), mean, min(low, mean), max(high, mean)
