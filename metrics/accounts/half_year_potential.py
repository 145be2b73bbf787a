"""Half-year potential: what the accounts of each group are likely to bring in 183 days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import ClassVar

import numpy as np
import polars as pl

from data.engine.warehouse import Warehouse
from data.errors import MetricError
from data.schema.contract import columns
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.accounts.expected_wins import (
    TO_OPPORTUNITY,
    TO_WON,
    Group,
    Pooled,
    expectation,
    row,
    total,
)
from metrics.funnel.ages import age_steps, told_days
from metrics.money import refuse_unconverted, unconverted
from metrics.period import Period
from metrics.scope import Counting, Dimension, Scope, Unit
from metrics.subjects import subject_steps

GROUPED_BY = (
    Dimension.INDUSTRY,
    Dimension.SIZE_BAND,
    Dimension.RELATIONSHIP,
    Dimension.COUNTRY,
    Dimension.REGION,
)
"""What groups accounts: what their records say of them."""

_SEED = 20260101
_EVER = date(1900, 1, 1)


class HalfYearPotential(pa.DataFrameModel):
    """One row of all accounts first, then one per group, the largest expected amount first.

    Of the row of all (`is_total`) `segment` is null: it is the sum of the groups, with bounds of
    the sums of their draws. A group is of one value of the dimension, or of two dimensions, the
    second in `second`; it is null where only one was asked for.
    `accounts` came in until the last day observed, by their first lead; `open_accounts` of them are
    neither won nor lost. `opportunity_rate` and `won_rate` are the shares with a first opportunity,
    or win, within 183 days of their first lead, with bounds of 95%; null where nobody was followed
    for so long. Who had one on a day that nobody recorded is in neither share, and where these are
    over a tenth of all that had one, it is null, and so is what is to come. `wins` is how many of
    the open ones are to be won in the 183 days after the last day observed, `amount` what they
    bring, in the base currency, with bounds of 80%. A won deal brings `usual_amount`, null where
    none is known. `is_own` says that the group's own accounts tell the chances and amounts; else
    those of all groups do, as it has too few won.
    """

    is_total: bool
    segment: str = pa.Field(nullable=True)
    second: str = pa.Field(nullable=True)
    accounts: int = pa.Field(ge=1)
    open_accounts: int = pa.Field(ge=0)
    opportunity_rate: float = pa.Field(ge=0, le=1, nullable=True)
    opportunity_rate_low: float = pa.Field(ge=0, le=1, nullable=True)
    opportunity_rate_high: float = pa.Field(ge=0, le=1, nullable=True)
    won_rate: float = pa.Field(ge=0, le=1, nullable=True)
    won_rate_low: float = pa.Field(ge=0, le=1, nullable=True)
    won_rate_high: float = pa.Field(ge=0, le=1, nullable=True)
    wins: float = pa.Field(ge=0, nullable=True)
    wins_low: float = pa.Field(ge=0, nullable=True)
    wins_high: float = pa.Field(ge=0, nullable=True)
    usual_amount: float = pa.Field(nullable=True)
    amount: float = pa.Field(nullable=True)
    amount_low: float = pa.Field(nullable=True)
    amount_high: float = pa.Field(nullable=True)
    is_own: bool

    class Config:
        """Exactly these columns, one row per group."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["segment", "second"]


def half_year_potential(
    warehouse: Warehouse,
    scope: Scope,
    by: Dimension = Dimension.INDUSTRY,
    then: Dimension | None = None,
) -> DataFrame[HalfYearPotential]:
    """What is each group of accounts likely to bring in the next half year?

    First passages, from an account's first lead to its first opportunity and to its first win, of
    all accounts that came in by the last day of the period observed: its start makes no difference.
    Young accounts are censored, accounts all of whose leads are lost have left. An open account of
    age a is won within 183 days with the chance (F(a + 183) − F(a)) ÷ S(a); beyond the oldest age
    followed nothing is expected. Accounts once won are not expected again: what they may buy again
    is the installed base's to say. Bounds are of draws of the curve, of the wins and of their
    amounts, the same for the same data. Groups without a curve of their own share the draws of
    everybody's, so that the total is as unsure as these make it together. Where something is not
    known of a group with an open account, it is not known of the total. With `then` groups are of
    two dimensions.

    Raises MetricError for a dimension that does not group accounts, or twice the same one, and
    MissingRateError where an amount has no exchange rate.
    Source: `metrics.estimators.incidence`; Rubin (1981) for the amounts; Wilson (1927).
    """
    dimensions = _grouping(by, then)
    until = min(scope.period.end, scope.observed_until)
    every = replace(
        scope, period=Period(min(_EVER, until), until), observed_until=until,
        unit=Unit.ACCOUNT, counting=Counting.REACHED, window_days=None,
    )  # fmt: skip
    told = told_days(warehouse)
    names = [each.value for each in dimensions]
    ages = warehouse.query(
        Query(
            *subject_steps(every, dimensions),
            *age_steps((TO_OPPORTUNITY, TO_WON), "subjects", names, told),
        )
    )
    amounts = _won_amounts(warehouse, every, names)
    if ages.is_empty():
        return HalfYearPotential.validate(pl.DataFrame(schema=columns(HalfYearPotential)))
    groups = _groups(ages, amounts, names)
    pooled = Pooled.of(Group.of(ages, amounts["amount"]), np.random.default_rng(_SEED))
    expected = [
        expectation(group, pooled, np.random.default_rng((_SEED, place)))
        for place, group in enumerate(groups.values())
    ]
    rows = [
        {"is_total": False, "segment": key[0], "second": key[1], **row(group, of_it)}
        for (key, group), of_it in zip(groups.items(), expected, strict=True)
    ]
    whole = {"is_total": True, **row(pooled.group, total(expected))}
    found = pl.DataFrame([whole, *rows], schema=columns(HalfYearPotential)).sort(
        "is_total", "amount", "wins", "segment", "second",
        descending=[True, True, True, False, False], nulls_last=True,
    )  # fmt: skip
    return HalfYearPotential.validate(found, lazy=True)


def _grouping(by: Dimension, then: Dimension | None) -> tuple[Dimension, ...]:
    dimensions = (by,) if then is None else (by, then)
    for each in dimensions:
        if each not in GROUPED_BY:
            names = ", ".join(one.label for one in GROUPED_BY)
            raise MetricError(f"accounts are not grouped by {each.label}: use one of {names}")
    if by is then:
        raise MetricError(f"accounts are grouped by {by.label} already: take another second one")
    return dimensions


def _groups(
    ages: pl.DataFrame, amounts: pl.DataFrame, names: Sequence[str]
) -> dict[tuple[str, str | None], Group]:
    """Each group that has an account, by its values, in their order."""
    paid = {key: rows["amount"] for key, rows in amounts.group_by(names)}
    nothing = amounts["amount"].clear()
    found = {}
    for key, rows in sorted(ages.group_by(names), key=lambda each: each[0]):
        group = Group.of(rows, paid.get(key, nothing))
        if group.accounts:
            found[str(key[0]), str(key[1]) if len(key) > 1 else None] = group
    return found


def _won_amounts(warehouse: Warehouse, scope: Scope, names: Sequence[str]) -> pl.DataFrame:
    """One row per deal won with an amount: its segments and its amount."""
    segments = ", ".join(names)
    missing = "amount IS NULL AND original_amount IS NOT NULL"
    won = Step(
        "won_deals",
        f"""
        SELECT {segments}, opportunity_id, amount, original_amount, currency, closed_on
        FROM scoped
        WHERE outcome = 'won' AND closed_on <= observed_until
        """,
    )
    without = Step("without_rate", f"SELECT {unconverted(missing, 'closed_on')} FROM won_deals")
    first = scope.step("deal")
    refuse_unconverted("won deals", warehouse.query(Query(first, won, without)).row(0, named=True))
    priced = Step(
        "priced",
        f"""
        SELECT {segments}, opportunity_id, CAST(amount AS DOUBLE) AS amount
        FROM won_deals WHERE amount IS NOT NULL
        """,
    )
    return warehouse.query(Query(first, won, priced)).sort(*names, "opportunity_id")
