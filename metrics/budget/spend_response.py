"""Spend and response: the curve of each channel where the past shows one, else why it does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.budget.curves import ChannelCurves, channel_curves
from metrics.budget.weeks import SpendWeeks, spend_weeks
from metrics.estimators.response.panel import Hill
from metrics.returns.known_by import check_known_by, check_spend_is_loaded
from metrics.scope import Dimension, Scope

POINTS = 20
"""A curve is told at so many levels of spend, from 0 to the largest seen."""


class SpendResponse(pa.DataFrameModel):
    """One row per channel and level of spend on its curve, or one per channel without a curve.

    `observed` is what varied, such as 12 regions by 104 weeks. `spend_per_week` is the steady spend
    of the whole company, `mqls` what goes with it per week, of all channels' MQLs, with the 95%
    bounds low to high; the largest level is that of the week with most spend. Without a curve
    `reason` says why there is none, and level and response are null.
    """

    channel: str
    observed: str
    has_curve: bool
    reason: str = pa.Field(nullable=True)
    spend_per_week: float = pa.Field(ge=0, nullable=True)
    mqls: float = pa.Field(ge=0, nullable=True)
    mqls_low: float = pa.Field(ge=0, nullable=True)
    mqls_high: float = pa.Field(ge=0, nullable=True)

    class Config:
        """Exactly these columns, one row per channel and level."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["channel", "spend_per_week"]


def spend_response(warehouse: Warehouse, scope: Scope) -> DataFrame[SpendResponse]:
    """Does the past show what more spend on each channel would bring, and if not, why?

    From weeks of regions or products, three years at most up to the last day observed; the scope's
    period, unit, basis and counting make no difference. A filter chooses the channels that are
    told, each of which is looked at beside all others. A curve is shown only behind a gate of six
    conditions (`metrics.estimators.response.gate`). It says what went with spend as it varied by
    itself: below an experiment, which alone shows what spend causes.

    Raises MetricError where no spend is loaded and for a filter that spend is not recorded by;
    MissingRateError where an amount has no exchange rate.
    """
    check_known_by(scope, Dimension.CHANNEL)
    check_spend_is_loaded(warehouse)
    weeks = spend_weeks(warehouse, replace(scope, filters=()))
    asked = warehouse.query(Query(scope.step("spend"), _ASKED))["channel"].to_list()
    rows: list[dict[str, Any]] = []
    if weeks is not None:
        curves = channel_curves(weeks)
        for channel in (each for each in weeks.channels if each in asked):
            reason = curves.reasons.get(channel)
            row = {"channel": channel, "observed": weeks.observed, "has_curve": reason is None}
            if reason is not None:
                rows.append(row | {"reason": " ".join(reason)})
            else:
                rows += [row | level for level in _levels(weeks, curves, channel)]
    columns = SpendResponse.to_schema().columns.items()
    types = {name: column.dtype.type for name, column in columns}
    return SpendResponse.validate(pl.DataFrame(rows, schema=types, orient="row"), lazy=True)


_ASKED = Step("asked", "SELECT DISTINCT channel FROM scoped")


def _levels(weeks: SpendWeeks, curves: ChannelCurves, channel: str) -> list[dict[str, float]]:
    place = curves.channels.index(channel)
    drawn = Hill(
        *(
            each[:, place, None]
            for each in (
                curves.draws.beta,
                curves.draws.kappa,
                curves.draws.slope,
                curves.draws.carryover,
            )
        )
    )
    largest = weeks.spend[weeks.channels.index(channel)].sum(axis=0).max() / curves.units
    levels = np.linspace(0, float(largest), POINTS + 1)
    mqls = curves.units * drawn.response(levels)
    low, high = np.quantile(mqls, (0.025, 0.975), axis=0)
    table = np.column_stack((curves.units * levels, mqls.mean(axis=0), low, high))
    names = ("spend_per_week", "mqls", "mqls_low", "mqls_high")
    return [dict(zip(names, map(float, row), strict=True)) for row in table]
