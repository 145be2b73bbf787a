"""Spend and MQLs by week, of regions or products where spend is recorded by them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

import numpy as np
import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.contract import UNASSIGNED
from data.sql import Query, Step
from metrics.estimators.response.panel import Floats
from metrics.money import refuse_unconverted, unconverted
from metrics.period import Period
from metrics.scope import Scope

MOST_WEEKS = 156
"""So many weeks back, three years, are learnt from."""

MOSTLY_KNOWN = 0.9
"""Share of a channel's spend whose region is known, before its spend is known by region."""

FEWEST_MQLS = 0.25
"""Units that brought fewer MQLs a week on average are left out: nothing is seen in them."""


class UnitKind(StrEnum):
    """What spend is divided by: campaigns name a region, or a product, or neither of them."""

    REGION = "region"
    PRODUCT = "product"
    COMPANY = "company"


@dataclass(frozen=True, eq=False)
class SpendWeeks:
    """Spend on each channel and MQLs of all channels, by unit and week."""

    kind: UnitKind
    units: tuple[str, ...]
    channels: tuple[str, ...]
    first_on: date
    mqls: Floats
    """[units, weeks], whatever channel they came by"""
    spend: Floats
    """[channels, units, weeks]; 0 for a channel whose spend is not known by unit"""
    whole: Floats
    """[channels, weeks]: all spend, whether or not a unit is known"""
    known: tuple[float, ...]
    """Of each channel: the share of its spend whose unit is known and among `units`."""

    @property
    def weeks(self) -> int:
        """How many weeks there are."""
        return int(self.whole.shape[1])

    @property
    def observed(self) -> str:
        """What varied, in words."""
        if self.kind is UnitKind.COMPANY:
            return f"{self.weeks} weeks of the whole company"
        return f"{len(self.units)} {self.kind.value}s by {self.weeks} weeks"


def spend_weeks(warehouse: Warehouse, scope: Scope) -> SpendWeeks | None:
    """What was spent and what came, week by week, where spend is known as finely as possible?

    Whole weeks up to the last day observed, three years at most, from when both spend and leads are
    recorded on; the scope's period makes no difference. Units are the regions that campaigns name,
    else the products, where nine tenths of at least one channel's spend names one of two or more;
    else the company is one unit. Of regions and products the kind with more spend known is taken.
    Spend of campaigns without a region is not divided among regions: such a channel is not known by
    unit. A unit that no lead is of, or that hardly any MQL came from, is none.

    None without spend or without leads. Raises MissingRateError where a day has no exchange rate.
    """
    days = _window(warehouse, scope)
    if days is None:
        return None
    asked = replace(scope, period=days)
    refused = Step("refused", f"SELECT {unconverted(_WITHOUT_RATE, 'spend_on')} FROM scoped")
    row = warehouse.query(Query(asked.step("spend"), refused)).row(0, named=True)
    refuse_unconverted("days of spend", row)
    spend = _weekly(warehouse.query(Query(asked.step("spend"), _SPEND)), days.start, "spend_on")
    mqls = _weekly(warehouse.query(Query(asked.step("journey"), _MQLS)), days.start, "mql_on")
    if spend.is_empty():
        return None
    weeks = days.days // 7
    found = [_by_unit(spend, mqls, kind, days.start, weeks) for kind in UnitKind]
    return max(
        (each for each in found if each is not None),
        key=lambda each: (each.kind is not UnitKind.COMPANY, each.spend.sum()),
    )


def _window(warehouse: Warehouse, scope: Scope) -> Period | None:
    """Whole weeks in which both spend and leads are recorded, up to the last day observed."""
    everything = replace(scope, period=Period(date(1970, 1, 1), scope.observed_until))
    first = [
        warehouse.query(Query(everything.step(table), Step("begun", sql))).item()
        for table, sql in (
            ("spend", "SELECT min(spend_on) AS first_on FROM scoped"),
            ("journey", "SELECT min(coalesce(lead_on, mql_on)) AS first_on FROM scoped"),
        )
    ]
    if None in first:
        return None
    weeks = min(MOST_WEEKS, ((scope.observed_until - max(first)).days + 1) // 7)
    if weeks < 1:
        return None
    return Period(scope.observed_until - timedelta(days=7 * weeks - 1), scope.observed_until)


_WITHOUT_RATE = "spend_on BETWEEN period_start AND period_end AND cost_amount IS NULL"

_SPEND = Step(
    "spend_by_day",
    """
    SELECT channel, campaign_region AS region, product, spend_on,
        CAST(sum(cost_amount) AS DOUBLE) AS amount
    FROM scoped
    WHERE spend_on BETWEEN period_start AND period_end
    GROUP BY channel, campaign_region, product, spend_on
    """,
)

_MQLS = Step(
    "mqls_by_day",
    """
    SELECT region, product, mql_on, count(DISTINCT lead_id) AS mqls
    FROM scoped
    WHERE mql_on BETWEEN period_start AND period_end
    GROUP BY region, product, mql_on
    """,
)


def _weekly(rows: pl.DataFrame, first: date, day: str) -> pl.DataFrame:
    week = (pl.col(day) - first).dt.total_days() // 7
    named = {name: pl.when(pl.col(name) != UNASSIGNED).then(name) for name in ("region", "product")}
    return rows.with_columns(week=week, company=pl.lit("company"), **named)


def _by_unit(
    spend: pl.DataFrame, mqls: pl.DataFrame, kind: UnitKind, first: date, weeks: int
) -> SpendWeeks | None:
    """The weeks by units of one kind; None where spend is not known by them."""
    channels = tuple(spend["channel"].unique().sort())
    brought = mqls.drop_nulls(kind).group_by(kind).agg(pl.col("mqls").sum())
    seen = brought.filter(pl.col("mqls") >= FEWEST_MQLS * weeks)[kind]
    if kind is UnitKind.COMPANY:
        units: tuple[str, ...] = (UnitKind.COMPANY.value,)
    else:
        units = tuple(spend.filter(pl.col(kind).is_in(seen.implode()))[kind].unique().sort())
    of_units = spend.filter(pl.col(kind).is_in(units))
    by_unit = _table(of_units, ("channel", channels), (kind, units), weeks, "amount")
    whole = _table(
        spend.with_columns(one=pl.lit("all")), ("channel", channels), ("one", ("all",)), weeks,
        "amount",
    )[:, 0]  # fmt: skip
    total = whole.sum(axis=1)
    share = np.divide(by_unit.sum(axis=(1, 2)), total, out=np.zeros_like(total), where=total > 0)
    is_known = (share >= MOSTLY_KNOWN) & ((by_unit.sum(axis=2) > 0).sum(axis=1) > 1)
    if kind is not UnitKind.COMPANY and not is_known.any():
        return None
    if kind is not UnitKind.COMPANY:
        by_unit[~is_known] = 0
    came = mqls.filter(pl.col(kind).is_in(units)).with_columns(one=pl.lit("all"))
    return SpendWeeks(
        kind=kind,
        units=units,
        channels=channels,
        first_on=first,
        mqls=_table(came, ("one", ("all",)), (kind, units), weeks, "mqls")[0],
        spend=by_unit,
        whole=whole,
        known=tuple(map(float, share)),
    )


def _table(
    rows: pl.DataFrame,
    outer: tuple[str, tuple[str, ...]],
    inner: tuple[str, tuple[str, ...]],
    weeks: int,
    value: str,
) -> Floats:
    """Sums by two names and week, [outer, inner, weeks]."""
    found = np.zeros((len(outer[1]), len(inner[1]), weeks))
    places = [
        rows[name].cast(pl.Enum(list(names))).to_physical().to_numpy()
        for name, names in (outer, inner)
    ]
    np.add.at(found, (*places, rows["week"].to_numpy()), rows[value].cast(pl.Float64).to_numpy())
    return found
