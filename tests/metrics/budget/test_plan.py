"""The exported plan is one that the loader takes, and adds up to the proposal."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from metrics.budget.plan import budget_plan
from metrics.period import Period
from metrics.scope import Scope
from tests.loaders.loading import loading_in

QUARTER = Scope(Period(date(2026, 1, 1), date(2026, 3, 31)), date(2026, 3, 31))

amounts = st.decimals(0, 10**9, places=2)


def allocation(*spend: Decimal) -> pl.DataFrame:
    names = [f"Channel {number}" for number in range(len(spend))]
    return pl.DataFrame(
        {"channel": names, "proposed_amount": spend},
        schema={"channel": pl.String, "proposed_amount": pl.Decimal(18, 2)},
    )


@given(st.lists(amounts, max_size=4))
def test_months_add_up_to_the_proposal(spend: list[Decimal]) -> None:
    found = budget_plan(allocation(*spend), QUARTER)
    assert len(found) == 3 * sum(map(bool, spend))
    assert found["Target"].sum() == sum(spend) or not any(spend)


def test_months_follow_the_last_day_observed() -> None:
    year = Scope(Period(date(2025, 1, 1), date(2025, 12, 31)), date(2025, 12, 31))
    months = budget_plan(allocation(Decimal(120)), year)["Month"].to_list()
    assert (months[0], months[-1], len(months)) == ("2026-01", "2026-12", 12)


def test_it_loads_as_a_plan(tmp_path: Path) -> None:
    found = budget_plan(allocation(Decimal("100.00"), Decimal("7.50")), QUARTER, "Budget Q2")
    path = tmp_path / "budget_plan.csv"
    found.write_csv(path, include_bom=True)
    with loading_in(tmp_path) as loading:
        outcome = loading.load_path(path)
        assert (outcome.mapping, outcome.rows_rejected) == ("plan_targets", 0)
        rows = loading.draft.query(
            "SELECT plan_id, month_on, dimension, segment, metric, target FROM plan"
            " ORDER BY segment, month_on"
        ).rows()
    assert len(rows) == 6
    assert rows[0] == ("Budget Q2", date(2026, 4, 1), "channel", "Channel 0", "spend",
                       Decimal("33.33"))  # fmt: skip
