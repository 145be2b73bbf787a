"""Win rates: narrow and broad, by count and by value, of what was opened and of what was closed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.schema.contract import columns
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.estimators.comparing.clustering import AccountSums, design_effect
from metrics.estimators.comparing.proportions import value_share, wilson
from metrics.rates import MOST_UNKNOWN
from metrics.scope import Basis, Dimension, Scope

BASES = tuple(each.value for each in Basis)
MEASURES = ("count", "value")
WIDTHS = ("narrow", "broad")


class WinRates(pa.DataFrameModel):
    """One row per basis, measure and width, eight in all.

    `basis` cohort: of deals opened in the period; flow: of deals closed in it. `measure` count: of
    deals; value: of their amounts in the base currency, less `unpriced` deals without one. `width`
    narrow: won ÷ (won + lost); broad: ÷ all closed and stale. `won` ÷ `of` is `rate`, with its 95%
    bounds, which are null of fewer than two accounts; all three are null of nothing. That of value
    is null as well where more than a tenth of the deals of one ending have no amount: systems that
    keep no amount of what was lost would make every deal look won.
    """

    basis: str = pa.Field(isin=BASES)
    measure: str = pa.Field(isin=MEASURES)
    width: str = pa.Field(isin=WIDTHS)
    won: float = pa.Field(ge=0)
    of: float = pa.Field(ge=0)
    unpriced: int = pa.Field(ge=0)
    rate: float = pa.Field(ge=0, le=1, nullable=True)
    rate_low: float = pa.Field(ge=0, le=1, nullable=True)
    rate_high: float = pa.Field(ge=0, le=1, nullable=True)

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


class WinRatesBy(WinRates):
    """The dimension's column, then those of WinRates."""

    class Config(WinRates.Config):
        """The column of the dimension is added, and is called like it."""

        strict: ClassVar[bool] = False


def win_rates(warehouse: Warehouse, scope: Scope, definitions: Definitions) -> DataFrame[WinRates]:
    """Which share of deals is won, and how sure is that?

    On the flow basis of deals closed in the period, broad with those that became stale in it; on
    the cohort basis of deals opened in the period, as they stand on the last day observed, broad
    with those stale by then. An open deal is stale when nothing of it changed for
    `pipeline.stale_days`; without a history of changes that is its age. Basis, unit and counting of
    the scope do not matter.

    Source: of counts the Wilson interval of the deals ÷ their design effect, because deals of one
    account end alike; of value that of the accounts that equal amounts would be worth (Kish 1965).
    """
    found = pl.DataFrame(
        list(_rates(warehouse.query(_query(scope, None, definitions)))),
        schema=columns(WinRates),
        orient="row",
    )
    return WinRates.validate(found, lazy=True)


def win_rates_by(
    warehouse: Warehouse, scope: Scope, by: Dimension, definitions: Definitions
) -> DataFrame[WinRatesBy]:
    """How do win rates differ between segments?

    The dimension's column, then those of `win_rates`; the segments with most deals first.
    """
    sums = warehouse.query(_query(scope, by, definitions))
    parts = sums.partition_by(by.value, as_dict=True)
    ordered = sorted(parts.items(), key=lambda each: (-_deals(each[1]), str(each[0][0])))
    rows = [(str(segment), *row) for (segment,), part in ordered for row in _rates(part)]
    schema: dict[str, pl.DataType] = {by.value: pl.String(), **columns(WinRates)}
    return WinRatesBy.validate(pl.DataFrame(rows, schema=schema, orient="row"), lazy=True)


def _query(scope: Scope, by: Dimension | None, definitions: Definitions) -> Query:
    """One row per account (and segment): its deals and their amounts, by how they ended."""
    segment = f"{by.value}, " if by else ""
    days = int(definitions.pipeline.stale_days)
    last = "least(period_end, observed_until)"
    seen = "closed_on <= observed_until"
    still = "(outcome = 'open' OR closed_on > observed_until)"
    stale = f"{still} AND date_diff('day', last_on, {{}}) >= {days}"
    flow = "closed_on BETWEEN period_start AND period_end"
    cohort = "opened_on BETWEEN period_start AND period_end AND opened_on <= observed_until"
    ends = {
        "flow_won": f"outcome = 'won' AND {flow} AND {seen}",
        "flow_lost": f"outcome = 'lost' AND {flow} AND {seen}",
        "flow_stale": f"{stale.format(last)} AND date_diff('day', last_on, period_start) <= {days}",
        "cohort_won": f"outcome = 'won' AND {cohort} AND {seen}",
        "cohort_lost": f"outcome = 'lost' AND {cohort} AND {seen}",
        "cohort_stale": f"{cohort} AND {stale.format('observed_until')}",
    }
    sums = ",\n".join(
        f"count(CASE WHEN {end} THEN 1 END) AS {name}_count,\n"
        f"count(CASE WHEN {end} AND amount IS NULL THEN 1 END) AS {name}_unpriced,\n"
        f"coalesce(sum(CASE WHEN {end} THEN CAST(amount AS DOUBLE) END), 0) AS {name}_value"
        for name, end in ends.items()
    )
    return Query(
        scope.step("deal"),
        Step(
            "last_changes",
            """
            SELECT scoped.opportunity_id, max(changed_on) AS last_on
            FROM scoped
            JOIN pipeline_change ON pipeline_change.opportunity_id = scoped.opportunity_id
            WHERE changed_on <= observed_until
            GROUP BY scoped.opportunity_id
            """,
        ),
        Step(
            "dated",
            """
            SELECT scoped.*, last_changes.last_on
            FROM scoped
            LEFT JOIN last_changes ON last_changes.opportunity_id = scoped.opportunity_id
            """,
        ),
        Step(
            "accounts",
            f"""
            SELECT {segment}coalesce(account_id, opportunity_id) AS account, {sums}
            FROM dated
            GROUP BY {segment}coalesce(account_id, opportunity_id)
            """,
        ),
    )


def _deals(sums: pl.DataFrame) -> int:
    return sum(int(sums[name].sum()) for name in sums.columns if name.endswith("_count"))


def _rates(sums: pl.DataFrame) -> Iterator[tuple[object, ...]]:
    """The eight rows of WinRates, from one row per account."""
    for basis, measure, width in product(BASES, MEASURES, WIDTHS):
        ends = ("won", "lost") if width == "narrow" else ("won", "lost", "stale")
        won = sums[f"{basis}_won_{measure}"].to_numpy().astype(np.float64)
        of = sum((sums[f"{basis}_{end}_{measure}"] for end in ends[1:]), start=pl.Series(won))
        total = of.to_numpy().astype(np.float64)
        unpriced = {end: int(sums[f"{basis}_{end}_unpriced"].sum()) for end in ends}
        deals = {end: int(sums[f"{basis}_{end}_count"].sum()) for end in ends}
        if measure == "count":
            bounds = _by_count(won, total)
        elif any(unpriced[end] > MOST_UNKNOWN * deals[end] for end in ends):
            bounds = None, None, None
        else:
            bounds = _by_value(won, total)
        missing = sum(unpriced.values()) if measure == "value" else 0
        yield (basis, measure, width, float(won.sum()), float(total.sum()), missing, *bounds)


Floats = NDArray[np.float64]


def _by_count(won: Floats, total: Floats) -> tuple[float | None, ...]:
    sums = AccountSums.of(won, total)
    if not sums.reached:
        return None, None, None
    effect = design_effect(sums)
    low, high = wilson(np.array(sums.converted / effect), np.array(sums.reached / effect))
    return sums.converted / sums.reached, _told(low), _told(high)


def _by_value(won: Floats, total: Floats) -> tuple[float | None, ...]:
    if not total.sum():
        return None, None, None
    rate = min(1.0, float(won.sum() / total.sum()))
    if (total > 0).sum() < 2:
        return rate, None, None
    low, high = value_share(np.array(won.sum()), np.array(total.sum()), np.array((total**2).sum()))
    return rate, _told(low), _told(high)


def _told(bound: Floats) -> float | None:
    return None if np.isnan(bound) else float(bound)
