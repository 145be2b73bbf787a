"""Experiment results: what a channel added, from arms that were registered before."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from metrics.estimators.comparing.estimate import Estimate
from metrics.estimators.experiments.control_regions import read_regions
from metrics.estimators.experiments.person_holdout import Arm, incremental_conversions
from metrics.experiments.arms import ArmsOf, arms_of_experiments

NO_CONTROL = (
    "it has no control arm: load whom or which regions it was kept from, as role control in"
    " experiment_arm"
)
NO_TEST = (
    "it has no test arm: load whom or which regions it reached, as role test in experiment_arm"
)


class ExperimentResult(pa.DataFrameModel):
    """One row per experiment, the latest first.

    Members are people, or regions. `test_mqls` and `control_mqls` are the people of the arm who
    became MQLs during the experiment, or the MQLs of its regions. `incremental` is what the channel
    added in the test arm, `per_spend` that per unit of spend, each with its 95 % bounds; null where
    it cannot be read, `per_spend` also without spend. `problems` says what stands against relying
    on it, null where nothing does.
    """

    experiment_id: str
    name: str
    channel: str
    kind: str = pa.Field(isin=("persons", "regions"))
    starts_on: pl.Date
    ends_on: pl.Date
    spend_amount: float = pa.Field(ge=0, nullable=True)
    test_members: int = pa.Field(ge=0)
    control_members: int = pa.Field(ge=0)
    test_mqls: int = pa.Field(ge=0)
    control_mqls: int = pa.Field(ge=0)
    incremental: float = pa.Field(nullable=True)
    incremental_low: float = pa.Field(nullable=True)
    incremental_high: float = pa.Field(nullable=True)
    per_spend: float = pa.Field(nullable=True)
    per_spend_low: float = pa.Field(nullable=True)
    per_spend_high: float = pa.Field(nullable=True)
    problems: str = pa.Field(nullable=True)

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def experiment_results(warehouse: Warehouse) -> DataFrame[ExperimentResult]:
    """What did each registered experiment show that its channel added, and can it be relied on?

    Outcome is MQLs, of the first to the last day of the experiment. By people: the difference of
    the shares of the two arms that became MQLs (`incremental_conversions`). By regions: whole weeks
    from the first day on, against up to 52 weeks before, of all test regions on all control regions
    (`read_regions`).

    Problems: an arm is missing; it runs on after the last day that is loaded; members are in both
    arms; people of the control arm had a touch of the channel meanwhile; another experiment with
    the channel, or with some of its members, ran at the same time; the regions cannot be read.
    """
    rows = [_result(each) for each in arms_of_experiments(warehouse)]
    schema = ExperimentResult.to_schema()
    types = {name: column.dtype.type for name, column in schema.columns.items()}
    found = pl.DataFrame(rows, schema=types, orient="row")
    ordered = found.sort("starts_on", "experiment_id", descending=[True, False])
    return ExperimentResult.validate(ordered, lazy=True)


def _result(arms: ArmsOf) -> dict[str, Any]:
    problems = list(_problems(arms))
    incremental = per_spend = None
    if arms.test_members and arms.control_members:
        spend = float(arms.spend_amount or 0)
        if arms.kind == "persons":
            held_out = incremental_conversions(
                Arm(arms.test_members, arms.test_mqls),
                Arm(arms.control_members, arms.control_mqls),
                spend,
            )
            incremental, per_spend = held_out.conversions, held_out.per_spend
        elif arms.weeks_of_test:
            reading = read_regions(
                np.array(arms.test_weeks, np.float64),
                np.array(arms.control_weeks, np.float64),
                len(arms.test_weeks) - arms.weeks_of_test,
                spend,
            )
            problems += [each.value for each in reading.problems]
            if reading.effect is not None:
                incremental, per_spend = reading.effect.total, reading.effect.per_spend
        else:
            problems.append("it has no whole week yet")
    return {
        "experiment_id": arms.experiment_id,
        "name": arms.name,
        "channel": arms.channel,
        "kind": arms.kind,
        "starts_on": arms.starts_on,
        "ends_on": arms.ends_on,
        "spend_amount": arms.spend_amount,
        "test_members": arms.test_members,
        "control_members": arms.control_members,
        "test_mqls": arms.test_mqls,
        "control_mqls": arms.control_mqls,
        **_bounds("incremental", incremental),
        **_bounds("per_spend", per_spend if arms.spend_amount else None),
        "problems": "; ".join(problems) or None,
    }


def _problems(arms: ArmsOf) -> list[str]:
    found = []
    if not arms.control_members:
        found.append(NO_CONTROL)
    if not arms.test_members:
        found.append(NO_TEST)
    if arms.runs_on:
        found.append("it runs on after the last day that is loaded")
    if arms.in_both_arms:
        found.append(f"{arms.in_both_arms:,} members are in both arms, and are counted in neither")
    if arms.reached_controls:
        found.append(
            f"{arms.reached_controls:,} of {arms.control_members:,} people of the control arm had"
            f" a touch of {arms.channel} meanwhile"
        )
    if arms.overlapping:
        found.append(f"it overlaps with {', '.join(arms.overlapping)}")
    return found


def _bounds(name: str, found: Estimate | None) -> dict[str, float | None]:
    values = (found.value, found.low, found.high) if found else (None, None, None)
    return dict(zip((name, f"{name}_low", f"{name}_high"), values, strict=True))
