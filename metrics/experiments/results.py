"""Experiment results: what a channel added, from arms that were registered before."""

from __future__ import annotations

from typing import Any, ClassVar, TypeAlias

import numpy as np
import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from metrics.estimators.comparing.estimate import Estimate
from metrics.estimators.experiments.control_regions import read_regions
from metrics.estimators.experiments.person_holdout import (
    FEWEST_EVENTS,
    Amounts,
    Arm,
    detectable,
    incremental_conversions,
    incremental_money,
)
from metrics.experiments.arms import ArmOf, ArmsOf, arms_of_experiments
from metrics.experiments.outcomes import Outcome

_SEED = 7

NO_CONTROL = (
    "it has no control arm: load whom or which regions it was kept from, as role control in"
    " experiment_arm"
)
NO_TEST = (
    "it has no test arm: load whom or which regions it reached, as role test in experiment_arm"
)


FEW_AMOUNTS = (
    f"fewer than {FEWEST_EVENTS} accounts of an arm brought revenue: of so few nobody knows how"
    " amounts vary"
)


class ExperimentResult(pa.DataFrameModel):
    """One row per experiment, the latest first.

    Members are people, or regions. `outcome` is what the experiment counts, from `starts_on` to
    `counted_until`: `test_outcome` and `control_outcome` are the people of the arm of whom it came,
    or how much of it came in the regions; revenue is in the base currency. `incremental` is what
    the channel added in the test arm, `per_spend` that per unit of spend, each with its 95%
    bounds; null where it cannot be read, `per_spend` also without spend. `detectable` is the effect
    that a test as sharp as this one finds in four of five cases. `problems` says what stands
    against relying on it, null where nothing does.
    """

    experiment_id: str
    name: str
    channel: str
    kind: str = pa.Field(isin=("persons", "regions"))
    outcome: str = pa.Field(isin=[each.value for each in Outcome])
    starts_on: pl.Date
    ends_on: pl.Date
    counted_until: pl.Date
    spend_amount: float = pa.Field(ge=0, nullable=True)
    test_members: int = pa.Field(ge=0)
    control_members: int = pa.Field(ge=0)
    test_outcome: float = pa.Field(ge=0)
    control_outcome: float = pa.Field(ge=0)
    incremental: float = pa.Field(nullable=True)
    incremental_low: float = pa.Field(nullable=True)
    incremental_high: float = pa.Field(nullable=True)
    detectable: float = pa.Field(ge=0, nullable=True)
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

    The outcome is the registered one, MQLs where none is: leads, MQLs, SQLs, opportunities, won
    deals or revenue, from the first day to the last that is counted (`counts_until`, else the
    last of the experiment). By people: the difference of the shares of the two arms of whom it came
    (`incremental_conversions`), people of one account together where they have leads; of revenue
    that of the means per person (`incremental_money`), each deal with its primary lead's person. By
    regions: whole weeks from the first day on, against up to 52 weeks before, of all test regions
    on all control regions (`read_regions`); leads are counted there, of deals each once.

    Problems: an arm is missing; it counts on after the last day that is loaded; members are in both
    arms; people of the control arm had a touch of the channel meanwhile; another experiment with
    the channel, or with some of its members, ran at the same time; won deals have no amount in the
    base currency; too few amounts; the regions cannot be read.
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
    if arms.test.members and arms.control.members:
        read = _people_read if arms.kind == "persons" else _regions_read
        incremental, per_spend, why = read(arms, float(arms.spend_amount or 0))
        problems += why
    return {
        "experiment_id": arms.experiment_id,
        "name": arms.name,
        "channel": arms.channel,
        "kind": arms.kind,
        "outcome": arms.outcome.value,
        "starts_on": arms.starts_on,
        "ends_on": arms.ends_on,
        "counted_until": arms.counted_until,
        "spend_amount": arms.spend_amount,
        "test_members": arms.test.members,
        "control_members": arms.control.members,
        "test_outcome": arms.test.outcome,
        "control_outcome": arms.control.outcome,
        **_bounds("incremental", incremental),
        "detectable": None if incremental is None else detectable(incremental),
        **_bounds("per_spend", per_spend if arms.spend_amount else None),
        "problems": "; ".join(problems) or None,
    }


_Read: TypeAlias = tuple[Estimate | None, Estimate | None, list[str]]
"""What the channel added, that per unit of spend, and why it cannot be read."""


def _people_read(arms: ArmsOf, spend: float) -> _Read:
    if arms.outcome is Outcome.REVENUE:
        generator = np.random.default_rng(_SEED)
        money, of_spend = incremental_money(
            _amounts(arms.test), _amounts(arms.control), spend, generator
        )
        if np.isnan(money.low):
            return None, None, [FEW_AMOUNTS]
        return money, of_spend, []
    held_out = incremental_conversions(_people(arms.test), _people(arms.control), spend)
    return held_out.conversions, held_out.per_spend, []


def _people(arm: ArmOf) -> Arm:
    return Arm(arm.members, int(arm.outcome), arm.design_effect)


def _amounts(arm: ArmOf) -> Amounts:
    return Amounts(arm.members, np.array(arm.amounts, np.float64))


def _regions_read(arms: ArmsOf, spend: float) -> _Read:
    if not arms.weeks_of_test:
        return None, None, ["it has no whole week yet"]
    test, control = (np.array(arm.weeks, np.float64) for arm in (arms.test, arms.control))
    reading = read_regions(test, control, len(test) - arms.weeks_of_test, spend)
    problems = [each.value for each in reading.problems]
    if reading.effect is None:
        return None, None, problems
    return reading.effect.total, reading.effect.per_spend, problems


def _problems(arms: ArmsOf) -> list[str]:
    found = []
    if not arms.control.members:
        found.append(NO_CONTROL)
    if not arms.test.members:
        found.append(NO_TEST)
    if arms.counted_until < arms.ends_on:
        found.append("it counts until a day before its last one: correct counts_until")
    if arms.runs_on:
        found.append("it runs on after the last day that is loaded")
    if arms.in_both_arms:
        found.append(f"{arms.in_both_arms:,} members are in both arms, and are counted in neither")
    if arms.reached_controls:
        found.append(
            f"{arms.reached_controls:,} of {arms.control.members:,} people of the control arm had"
            f" a touch of {arms.channel} meanwhile"
        )
    if arms.overlapping:
        found.append(f"it overlaps with {', '.join(arms.overlapping)}")
    if unpriced := arms.test.unpriced + arms.control.unpriced:
        found.append(f"{unpriced:,} won deals have no amount in the base currency")
    return found


def _bounds(name: str, found: Estimate | None) -> dict[str, float | None]:
    values = (found.value, found.low, found.high) if found else (None, None, None)
    return dict(zip((name, f"{name}_low", f"{name}_high"), values, strict=True))
