"""What an entry costs: the last year's spend over its entries, by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from data.engine.warehouse import DuckDBWarehouse
from data.errors import MetricError
from metrics.period import Period
from metrics.plan.backward.cost import costs_of, entry_cost
from metrics.scope import Dimension, Filter, Stage
from tests.metrics.scopes import asked
from tests.metrics.twelve_leads import SEEN

SCOPE = asked(Period(date(2025, 1, 1), SEEN), SEEN)


def test_spend_over_entries_by_channel(twelve: DuckDBWarehouse) -> None:
    found = entry_cost(twelve, SCOPE, Dimension.CHANNEL, Stage.LEAD)
    rows = {row["segment"]: row for row in found.iter_rows(named=True)}
    assert rows["Webinar"]["entries"] == 5
    total = sum(row["spend_amount"] for row in rows.values())
    assert total > 0
    for row in rows.values():
        both = row["entries"] > 0 and row["spend_amount"] > 0
        assert (row["cost_amount"] is not None) == both
        if both:
            assert row["cost_amount"] == pytest.approx(row["spend_amount"] / row["entries"])
    assert costs_of(found).keys() == {
        name for name, row in rows.items() if row["cost_amount"] is not None
    }


def test_spend_is_not_split_by_what_it_is_not_recorded_by(twelve: DuckDBWarehouse) -> None:
    with pytest.raises(MetricError, match="spend is not recorded by owner"):
        entry_cost(twelve, SCOPE, Dimension.OWNER, Stage.LEAD)
    filtered = replace(SCOPE, filters=(Filter(Dimension.REGION, ("EMEA",)),))
    with pytest.raises(MetricError, match="spend is not recorded by region"):
        entry_cost(twelve, filtered, Dimension.CHANNEL, Stage.LEAD)
