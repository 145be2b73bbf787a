"""Segments by month: the months add up to the table, and say how much of them is seen."""

from __future__ import annotations

import polars as pl
import pytest

from data.engine.warehouse import DuckDBWarehouse
from data.errors import MetricError
from metrics.scope import Basis, Dimension
from metrics.segments.measures import Measure
from metrics.segments.segment_months import segment_months
from metrics.segments.segment_table import segment_table
from tests.metrics.facts import TERMS
from tests.metrics.observing import Observed
from tests.metrics.scopes import PERIODS, asked
from tests.metrics.twelve_leads import QUARTER, SEEN

OWNER = (Dimension.OWNER,)


def test_months_add_up_to_the_table(observed: Observed) -> None:
    for (period, seen), basis in zip(PERIODS, (*Basis, Basis.COHORT), strict=True):
        scope = asked(period, seen, basis=basis)
        table = segment_table(observed.warehouse, scope, TERMS, OWNER, [Measure.SQL])
        cells = [{Dimension.OWNER: name} for name in table["owner"]]
        months = segment_months(observed.warehouse, scope, OWNER, Measure.SQL, cells)
        sums = dict(months.group_by("owner").agg(pl.col("value").sum()).iter_rows())
        assert sums == dict(table.select("owner", "value").iter_rows())


def test_months_of_twelve_leads_by_hand(twelve: DuckDBWarehouse) -> None:
    cells = [{Dimension.CHANNEL: "Email"}]
    scope = asked(QUARTER, SEEN)
    by = (Dimension.CHANNEL,)
    found = segment_months(twelve, scope, by, Measure.LEAD_TO_SQL, cells)
    # All that came by e-mail came in January: five, of whom four became SQL.
    assert found.select("value", "records", "days_seen", "days_in_month").rows() == [
        (0.8, 5, 31, 31),
        (None, 0, 28, 28),
        (None, 0, 31, 31),
    ]


def test_money_is_shown_elsewhere_by_month(twelve: DuckDBWarehouse) -> None:
    with pytest.raises(MetricError, match="Won revenue is not drawn month by month here"):
        segment_months(twelve, asked(QUARTER, SEEN), OWNER, Measure.WON_AMOUNT, [])
