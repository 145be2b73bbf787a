"""Budget pace: spend to date against the budget, and against what the days gone ask for."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.errors import MetricError
from data.named_tables import CAMPAIGNS, named_steps
from data.schema.contract import UNASSIGNED, Money
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.money import refuse_unconverted, unconverted
from metrics.rates import ratio
from metrics.returns.known_by import OF_NO_REGION, check_known_by
from metrics.returns.revenue import MONEY
from metrics.scope import Dimension, Scope

RECENT_DAYS = 28
"""What is spent per day goes on as in so many last days."""

CLOSE = 0.1
"""Spend within this part of its pace is on pace."""


class Pace(StrEnum):
    """Where spend stands against its budget."""

    NO_BUDGET = "no budget"
    NO_DATES = "no first or last day"
    TO_COME = "not started"
    UNDER = "under pace"
    ON = "on pace"
    OVER = "over pace"
    ENDED = "ended"
    ENDED_OVER = "ended over budget"


class BudgetPace(pa.DataFrameModel):
    """One row per segment: the largest budget first, then the largest spend.

    Of campaigns that run in the period and have a budget, or were spent on in it. `budget_amount`
    is the sum of the budgets on record, `budgeted` of the `campaigns` have one. `spend_amount` is
    what these have spent on the days of their run until the last day observed, `unbudgeted_amount`
    what was spent in the period beside: by campaigns without a budget, or outside of the run.

    Of those with a budget and both dates: `asked_amount` is budget × days gone ÷ days of the run,
    `pace` their spend ÷ that, `projected_amount` their spend to date and what it will be with the
    daily spend of the last 28 days (or of the days since the start) until the end,
    `projected_share` that ÷ their budget; all null where there is none of them, `pace` also before
    the first day. Within 10% spend is on pace.
    """

    segment: str
    state: str = pa.Field(isin=[each.value for each in Pace])
    campaigns: int = pa.Field(ge=1)
    budgeted: int = pa.Field(ge=0)
    starts_on: pl.Date = pa.Field(nullable=True)
    ends_on: pl.Date = pa.Field(nullable=True)
    budget_amount: Money = pa.Field(ge=0, nullable=True)
    spend_amount: Money
    unbudgeted_amount: Money
    asked_amount: float = pa.Field(ge=0, nullable=True)
    pace: float = pa.Field(ge=0, nullable=True)
    projected_amount: float = pa.Field(nullable=True)
    projected_share: float = pa.Field(ge=0, nullable=True)

    class Config:
        """Exactly these columns, one row per segment."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["segment"]


def budget_pace(
    warehouse: Warehouse, scope: Scope, *, by: Dimension = Dimension.CAMPAIGN
) -> DataFrame[BudgetPace]:
    """Is spend on pace with the budget, and where will it end?

    By campaign, channel, product, tool or region; a segment is the sum of its campaigns. A budget
    is taken to be spent evenly over the days of the run, in the base currency. A plan's own budget
    by month is held against spend by `plan_versus_actual`. Unit and basis make no difference.

    Raises MetricError where neither a budget nor spend is loaded, and for a dimension or filter
    that spend is not recorded by; MissingRateError where a day of spend has no exchange rate.
    """
    check_known_by(scope, by)
    _check_loaded(warehouse, by)
    rows = _campaigns(warehouse, scope)
    for each in (*scope.filters, *scope.viewer.restrictions):
        rows = rows.filter(each.holds(pl.col(each.dimension.value)))
    found = _summed(_paced(rows, scope), by)
    ordered = found.sort(
        pl.col("budget_amount").fill_null(0),
        pl.col("spend_amount") + pl.col("unbudgeted_amount"),
        "segment",
        descending=[True, True, False],
    )
    names = list(BudgetPace.to_schema().columns)
    return BudgetPace.validate(ordered.select(names), lazy=True)


def _check_loaded(warehouse: Warehouse, by: Dimension) -> None:
    """Raise MetricError where there is neither a budget nor spend, or by region none of any."""
    loaded = """
        SELECT (SELECT count(budget_amount) FROM campaign) + (SELECT count(*) FROM spend)
                AS rows_of,
            (SELECT count(region) FROM campaign) AS of_regions
    """
    found = warehouse.query(Query(Step("loaded", loaded))).row(0, named=True)
    if by is Dimension.REGION and not found["of_regions"]:
        raise MetricError(
            "no campaign names a region, so no budget is known by region: load campaigns with their"
            " region (campaign_id, region)"
        )
    if not found["rows_of"]:
        raise MetricError(
            "neither a budget nor spend is loaded: load campaigns with their budget, first and last"
            " day (campaign_id, budget_amount, starts_on, ends_on), and a file of spend"
        )


def _campaigns(warehouse: Warehouse, scope: Scope) -> pl.DataFrame:
    """One row per campaign that has a budget or was spent on, with its run and what was spent.

    Raises MissingRateError when a day of spend that counts has no exchange rate.
    """
    steps = (
        Step(
            "asked",
            "SELECT CAST(? AS DATE) AS period_start, CAST(? AS DATE) AS period_end,"
            " CAST(? AS DATE) AS observed_until",
            (scope.period.start, scope.period.end, scope.observed_until),
        ),
        *named_steps(CAMPAIGNS),
        _RUNS,
        _DAYS,
    )
    refused = Step("refused", f"SELECT {unconverted('cost_amount IS NULL', 'spend_on')} FROM days")
    row = warehouse.query(Query(*steps, refused)).row(0, named=True)
    refuse_unconverted("days of spend", row)
    runs = warehouse.query(Query(*steps[:-1], _OF_RUNS))
    days = warehouse.query(Query(*steps, _OF_DAYS))
    names = ("channel", "campaign", "product", "tool", "campaign_region")
    return (
        runs.join(days, on="campaign_id", how="full", coalesce=True, suffix="_of_spend")
        .with_columns(pl.coalesce(name, f"{name}_of_spend").alias(name) for name in names)
        .with_columns(region=pl.col("campaign_region").fill_null(OF_NO_REGION))
        .with_columns(
            pl.col("run_amount", "other_amount").fill_null(0),
            pl.col("recent_amount").fill_null(0),
        )
        .filter(pl.col("is_on").fill_null(value=False) | (pl.col("other_amount") > 0))
    )


def _believed(column: str) -> str:
    """What the campaign's own row says, else one that gives it by its name."""
    own = f"max(CASE WHEN meant.reference = meant.campaign_id THEN campaign.{column} END)"
    return f"coalesce({own}, max(campaign.{column})) AS {column}"


_RUNS = Step(
    "runs",
    f"""
    SELECT meant.campaign_id, {", ".join(map(_believed, ("budget_amount", "starts_on", "ends_on")))}
    FROM campaign
    JOIN campaign_references AS meant ON meant.reference = campaign.campaign_id
    GROUP BY meant.campaign_id
    """,
)

_OF_RUNS = Step(
    "of_runs",
    f"""
    SELECT runs.campaign_id, coalesce(campaigns.channel, '{UNASSIGNED}') AS channel,
        coalesce(campaigns.name, runs.campaign_id) AS campaign,
        coalesce(campaigns.product, '{UNASSIGNED}') AS product,
        coalesce(campaigns.tool, '{UNASSIGNED}') AS tool,
        campaigns.region AS campaign_region,
        runs.budget_amount, runs.starts_on, runs.ends_on,
        (runs.starts_on IS NULL OR runs.starts_on <= asked.period_end)
            AND (runs.ends_on IS NULL OR runs.ends_on >= asked.period_start) AS is_on
    FROM runs
    CROSS JOIN asked
    JOIN campaigns ON campaigns.reference = runs.campaign_id
    WHERE runs.budget_amount IS NOT NULL
    """,
)

_DAYS = Step(
    "days",
    f"""
    SELECT spend.campaign_id, spend.channel, spend.campaign, spend.product, spend.tool,
        spend.campaign_region, spend.spend_on, spend.cost_amount, spend.currency,
        runs.budget_amount IS NOT NULL AND (runs.starts_on IS NULL
            OR spend.spend_on >= runs.starts_on) AND (runs.ends_on IS NULL
            OR spend.spend_on <= runs.ends_on) AS is_of_run,
        date_diff('day', spend.spend_on, asked.observed_until) < {RECENT_DAYS} AS is_recent
    FROM spend
    CROSS JOIN asked
    LEFT JOIN runs ON runs.campaign_id = spend.campaign_id
    WHERE spend.spend_on <= asked.observed_until
        AND (spend.spend_on BETWEEN asked.period_start AND asked.period_end
            OR runs.budget_amount IS NOT NULL
                AND (runs.starts_on IS NULL OR spend.spend_on >= runs.starts_on)
                AND (runs.ends_on IS NULL OR spend.spend_on <= runs.ends_on))
    """,
)

_OF_DAYS = Step(
    "of_days",
    """
    SELECT campaign_id, channel, campaign, product, tool, campaign_region,
        CAST(sum(CASE WHEN is_of_run THEN cost_amount END) AS DECIMAL(18, 2)) AS run_amount,
        CAST(sum(CASE WHEN NOT is_of_run THEN cost_amount END) AS DECIMAL(18, 2)) AS other_amount,
        CAST(sum(CASE WHEN is_of_run AND is_recent THEN cost_amount END) AS DECIMAL(18, 2))
            AS recent_amount
    FROM days
    GROUP BY campaign_id, channel, campaign, product, tool, campaign_region
    """,
)


def _paced(rows: pl.DataFrame, scope: Scope) -> pl.DataFrame:
    """What the days gone ask for of each campaign, and what its spend comes to by its end."""
    seen = pl.lit(scope.observed_until)
    total = (pl.col("ends_on") - pl.col("starts_on")).dt.total_days() + 1
    gone = ((seen - pl.col("starts_on")).dt.total_days() + 1).clip(0, pl.col("total_days"))
    budget = pl.col("budget_amount").cast(pl.Float64)
    spend = pl.col("run_amount").cast(pl.Float64)
    recent = pl.col("recent_amount").cast(pl.Float64)
    daily = recent / pl.min_horizontal(pl.lit(RECENT_DAYS), pl.col("gone_days"))
    timed = pl.col("budget_amount").is_not_null() & (pl.col("total_days") > 0)
    return (
        rows.with_columns(total_days=total)
        .with_columns(gone_days=gone, is_timed=timed.fill_null(value=False))
        .with_columns(
            asked=pl.when("is_timed").then(budget * pl.col("gone_days") / pl.col("total_days")),
            timed_spend=pl.when("is_timed").then(spend),
            timed_budget=pl.when("is_timed").then(budget),
            to_come=pl.when("is_timed").then(
                pl.when(pl.col("gone_days") > 0)
                .then(daily * (pl.col("total_days") - pl.col("gone_days")))
                .otherwise(0.0)
            ),
        )
    )


def _summed(rows: pl.DataFrame, by: Dimension) -> pl.DataFrame:
    """The campaigns of each segment together."""
    timed = pl.col("is_timed")
    some = timed.any()
    found = rows.group_by(pl.col(by.value).alias("segment")).agg(
        campaigns=pl.len().cast(pl.Int64),
        budgeted=pl.col("budget_amount").count().cast(pl.Int64),
        starts_on=pl.col("starts_on").min(),
        ends_on=pl.col("ends_on").max(),
        budget_amount=pl.when(pl.col("budget_amount").count() > 0)
        .then(pl.col("budget_amount").sum())
        .cast(MONEY),
        spend_amount=pl.col("run_amount").sum().cast(MONEY),
        unbudgeted_amount=pl.col("other_amount").sum().cast(MONEY),
        asked_amount=pl.when(some).then(pl.col("asked").sum()),
        timed_spend=pl.when(some).then(pl.col("timed_spend").sum()),
        timed_budget=pl.when(some).then(pl.col("timed_budget").sum()),
        to_come=pl.when(some).then(pl.col("to_come").sum()),
        has_begun=(timed & (pl.col("gone_days") > 0)).any(),
        has_ended=(~timed | (pl.col("gone_days") == pl.col("total_days"))).all(),
    )
    found = found.with_columns(
        pace=ratio(pl.col("timed_spend"), pl.col("asked_amount")),
        projected_amount=pl.col("timed_spend") + pl.col("to_come"),
    )
    return found.with_columns(
        projected_share=ratio(pl.col("projected_amount"), pl.col("timed_budget")),
        state=_state(),
    )


def _state() -> pl.Expr:
    over = pl.col("timed_spend") > pl.col("timed_budget")
    states = (
        (pl.col("budgeted") == 0, Pace.NO_BUDGET),
        (pl.col("asked_amount").is_null(), Pace.NO_DATES),
        (~pl.col("has_begun"), Pace.TO_COME),
        (pl.col("has_ended") & over, Pace.ENDED_OVER),
        (pl.col("has_ended"), Pace.ENDED),
        (pl.col("timed_spend") < (1 - CLOSE) * pl.col("asked_amount"), Pace.UNDER),
        (pl.col("timed_spend") > (1 + CLOSE) * pl.col("asked_amount"), Pace.OVER),
    )
    return pl.coalesce(
        *(pl.when(condition).then(pl.lit(state.value)) for condition, state in states),
        pl.lit(Pace.ON.value),
    )
