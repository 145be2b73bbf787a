"""Evidence on channels: spend, credit, costs, return, experiments, and the test to make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.sql import Query, Step
from metrics.attribution.bounds import UNATTRIBUTED
from metrics.attribution.conversion_paths.seen import SeenPaths, usual_paths
from metrics.channels.own_brand import own_brand_shares
from metrics.channels.variation import natural_variation
from metrics.estimators.comparing.estimate import Estimate
from metrics.estimators.comparing.poisson import poisson_bounds
from metrics.experiments.outcomes import Outcome
from metrics.experiments.results import experiment_results
from metrics.period import Period
from metrics.returns.channel_returns import channel_returns
from metrics.scope import Scope, Stage
from metrics.verdicts.deciding import DecidingTest, People, Regions, deciding_test
from metrics.verdicts.evidence import Cost, Evidence, Experiment, Harvest, Kind

COSTED = (Stage.MQL, Stage.OPPORTUNITY)
"""What one of costs in a channel is held against the others."""

WEEKS = 52
"""A test by regions learns from so many weeks before."""

MOST_CREDITED = 0.95
"""A channel that alone touched its deals may still not have made all of them."""

SELDOM_FIRST = 0.5
"""Who begins paths less than so often as chance would have it meets what others began."""

_SEED = 20


def channel_evidence(
    warehouse: Warehouse, scope: Scope, definitions: Definitions
) -> tuple[Evidence, ...]:
    """What is known of each channel with spend, from experiments down to credit?

    Credit is the linear model's, of the deals won in the period; costs are spend ÷ the leads of the
    period that have reached the stage, against all other channels with spend together. ROMI is
    there where the definitions state a margin. At stake is the spend. A channel is said to come
    after others where it begins paths less than half as often as chance would have it, and to begin
    demand where that is surely not so; it meets who looks for the company by the share of its spend
    on the own name (`own_brand_shares`). The test to make is of the channel's own leads: of as many
    people as came in the period, or by regions.

    Natural variation is there where the response curve passes its gate (`natural_variation`).
    Raises what `channel_returns` does.
    """
    returns = channel_returns(warehouse, scope, definitions)
    spent = returns.filter(pl.col("spend_amount") > 0, pl.col("segment") != UNATTRIBUTED)
    whole = float(spent["spend_amount"].sum())
    revenue = float(returns["revenue_amount"].sum())
    seen = usual_paths(warehouse, scope, definitions)
    harvests, credited = _harvests(seen), _credited(returns, seen)
    experiments = _experiments(experiment_results(warehouse), definitions.gross_margin)
    spend = {row["segment"]: float(row["spend_amount"]) for row in spent.iter_rows(named=True)}
    varied = natural_variation(warehouse, scope, definitions, spend)
    own_brand = own_brand_shares(warehouse, scope, definitions)
    weeks = weekly_mqls(warehouse, scope)
    return tuple(
        Evidence(
            channel=row["segment"],
            spend=float(row["spend_amount"]),
            spend_share=float(row["spend_amount"]) / whole,
            credit_share=_share(row, revenue, len(seen.conversions)),
            at_stake=float(row["spend_amount"]),
            costs=tuple(_costs(row, spent, whole)),
            romi=_estimate(row, "romi"),
            won=row["won_deals"],
            harvest=replace(
                harvests.get(row["segment"], _UNKNOWN), own_brand=own_brand.get(row["segment"])
            ),
            experiments=experiments.get(row["segment"], ()),
            variation=varied.get(row["segment"]),
            deciding=_deciding(row, credited.get(row["segment"]), weeks, scope),
        )
        for row in spent.iter_rows(named=True)
    )


_UNKNOWN = Harvest(None, None)


def _share(row: Mapping[str, float | None], revenue: float, conversions: int) -> Estimate:
    """Of all won revenue; unknown where no touch of the channel is on record.

    Of a channel that touched no won deal the high bound is that of none among so many.
    """
    value, low, high = row["revenue_amount"], row["revenue_low"], row["revenue_high"]
    if revenue == 0 or value is None:
        return Estimate(np.nan, np.nan, np.nan)
    if low is None or high is None:
        _, none = poisson_bounds(np.zeros(1))
        return Estimate(float(value) / revenue, 0, min(float(none[0]) / conversions, 1))
    return Estimate(float(value) / revenue, low / revenue, high / revenue)


def _estimate(row: Mapping[str, float | None], name: str) -> Estimate | None:
    value, low, high = row[name], row[f"{name}_low"], row[f"{name}_high"]
    return None if value is None or low is None or high is None else Estimate(value, low, high)


def _costs(row: Mapping[str, float], spent: pl.DataFrame, whole: float) -> list[Cost]:
    """What one outcome costs here and elsewhere, where either has any."""
    found = []
    for stage in COSTED:
        own, every = row[stage.value], int(spent[stage.value].sum())
        spend = float(row["spend_amount"])
        if own and every > own:
            costs = (_cost(spend, own), _cost(whole - spend, every - own))
            found.append(Cost(stage.word, *costs))
    return found


def _cost(spend: float, count: float) -> Estimate:
    low, high = (float(bound[0]) for bound in poisson_bounds(np.array([float(count)])))
    return Estimate(spend / count, spend / high, spend / low)


def _harvests(seen: SeenPaths) -> dict[str, Harvest]:
    """Of each segment, whether it begins paths or comes after others.

    Held against how often it would begin them if the segments of each path came in any order: on
    long paths hardly anybody comes first. Who surely begins less than half as often comes after
    others, in the share of the conversions it touched; who surely begins more often begins demand.
    Of few conversions neither is sure.
    """
    order = pl.col("segment").n_unique().over("subject_id")
    firsts = (
        seen.steps.with_columns(among=order)
        .group_by("subject_id", "segment", "among")
        .agg(first=pl.col("place").min())
        .group_by("segment")
        .agg(
            conversions=pl.len(),
            began=(pl.col("first") == 1).sum(),
            expected=(1 / pl.col("among")).sum(),
        )
    )
    low, high = poisson_bounds(firsts["began"].cast(pl.Float64).to_numpy())
    seldom = pl.col("expected") * SELDOM_FIRST
    told = firsts.with_columns(low=pl.Series(low), high=pl.Series(high)).select(
        "segment",
        pl.when(pl.col("high") < seldom).then(1 - pl.col("began") / pl.col("conversions")),
        begins=pl.col("low") >= seldom,
    )
    return {segment: Harvest(after, None, begins) for segment, after, begins in told.iter_rows()}


def _credited(returns: pl.DataFrame, seen: SeenPaths) -> dict[str, float]:
    """Of the worth of the conversions that each segment touched, the part it is credited with."""
    worth = seen.members.group_by("segment").agg(pl.col("worth").sum())
    found = returns.join(worth, on="segment").filter(pl.col("worth") > 0)
    parts = found.select(
        "segment", pl.col("revenue_amount").cast(pl.Float64) / pl.col("worth").cast(pl.Float64)
    )
    return dict(parts.drop_nulls().iter_rows())


def _experiments(results: pl.DataFrame, margin: float | None) -> dict[str, tuple[Experiment, ...]]:
    """The experiments that were read, by channel; with a margin, what revenue came back."""
    found: dict[str, tuple[Experiment, ...]] = {}
    for row in results.iter_rows(named=True):
        incremental = _estimate(row, "incremental")
        if incremental is None:
            continue
        kind = Kind.PERSONS if row["kind"] == "persons" else Kind.REGIONS
        problems = (row["problems"],) if row["problems"] else ()
        outcome = Outcome(row["outcome"])
        is_money, returned = outcome is Outcome.REVENUE, None
        if is_money and margin is not None and (earned := _estimate(row, "per_spend")):
            returned = earned.times(margin)
        experiment = Experiment(
            row["name"], kind, row["starts_on"], row["ends_on"], outcome.words, incremental,
            returned, problems, is_money,
        )  # fmt: skip
        found[row["channel"]] = (*found.get(row["channel"], ()), experiment)
    return found


def _deciding(
    row: Mapping[str, Any], credited: float | None, weeks: pl.DataFrame, scope: Scope
) -> DecidingTest | None:
    """The test that would tell whether the channel brings what it is credited with.

    `credited` is the part of the conversions that the channel touched, so that a test is of these:
    of everybody's MQLs in a region it would be less, and harder to see.
    """
    if not credited:
        return None
    leads, spend = row["lead"], float(row["spend_amount"])
    people = People(int(leads), row["mql"] / leads, spend / leads) if leads else None
    days = (min(scope.period.end, scope.observed_until) - scope.period.start).days + 1
    names, outcome = _by_region(weeks.filter(channel=row["segment"]))
    sizes = outcome.sum(axis=1)
    weekly = spend / days * 7 * sizes / sizes.sum()
    regions = Regions(names, outcome, weekly) if names else None
    generator = np.random.default_rng(_SEED)
    return deciding_test(min(credited, MOST_CREDITED), people, regions, generator)


def _by_region(weeks: pl.DataFrame) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """The regions, and the MQLs of each in each week."""
    names = weeks["region"].unique().sort().to_list()
    outcome = np.zeros((len(names), WEEKS))
    rows = weeks["region"].cast(pl.Enum(names)).to_physical().to_numpy()
    np.add.at(outcome, (rows, weeks["week"].to_numpy()), weeks["mqls"].to_numpy())
    return tuple(names), outcome


def weekly_mqls(warehouse: Warehouse, scope: Scope) -> pl.DataFrame:
    """The MQLs of each channel's leads by region and week, up to the last day observed.

    `week` counts from 0, the earliest of `WEEKS`.
    """
    first = scope.observed_until - timedelta(days=7 * WEEKS - 1)
    asked = replace(scope, period=Period(first, scope.observed_until))
    return warehouse.query(Query(asked.step("journey"), _WEEKLY)).select(
        "channel", "region", "mqls", week=(pl.col("mql_on") - first).dt.total_days() // 7
    )


_WEEKLY = Step(
    "weekly",
    """
    SELECT channel, region, mql_on, count(DISTINCT lead_id) AS mqls
    FROM scoped
    WHERE mql_on BETWEEN period_start AND period_end AND mql_on <= observed_until
    GROUP BY channel, region, mql_on
    """,
)
