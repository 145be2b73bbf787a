"""The records behind a cell: as many as the number says, page by page, and no other's."""

from __future__ import annotations

from itertools import product

import polars as pl
import pytest

from data.engine.warehouse import DuckDBWarehouse
from metrics.scope import Basis, Dimension, Unit
from metrics.segments.measures import Kind, Measure, measures_of
from metrics.segments.segment_records import (
    behind,
    number_behind,
    segment_records,
    segment_records_query,
)
from metrics.segments.segment_table import segment_table
from tests.metrics.facts import TERMS
from tests.metrics.observing import Observed
from tests.metrics.scopes import PERIODS, asked
from tests.metrics.twelve_leads import JANUARY, QUARTER, SEEN


def test_records_of_twelve_leads_by_hand(twelve: DuckDBWarehouse) -> None:
    scope, cell = asked(JANUARY, SEEN), {Dimension.CHANNEL: "Email"}
    found = segment_records(twelve, scope, cell, Measure.SQL)
    assert len(found) == 4
    assert found["channel"].unique().to_list() == ["Email"]
    assert found["sql_on"].null_count() == 0
    # Whom the rate divides by: all five, of whom the days say that four went on.
    divided = segment_records(twelve, scope, cell, Measure.LEAD_TO_SQL)
    assert len(divided) == 5
    won = segment_records(twelve, asked(QUARTER, SEEN), {}, Measure.WON_AMOUNT)
    assert sorted(won["opportunity_id"]) == ["O1", "O3", "O4"]
    assert segment_records(twelve, scope, cell, Measure.SPEND_AMOUNT).is_empty()


@pytest.mark.parametrize("unit", [Unit.LEAD, Unit.DEAL])
def test_there_are_as_many_records_as_the_cell_says(observed: Observed, unit: Unit) -> None:
    by = (Dimension.TAGS, Dimension.OWNER)
    period, seen = PERIODS[1]
    for basis in Basis:
        scope = asked(period, seen, unit=unit, basis=basis)
        kinds = (Kind.COUNT, Kind.RATE, Kind.COST)
        measures = [each for each in measures_of(unit) if each.kind in kinds]
        table = segment_table(observed.warehouse, scope, TERMS, by, measures)
        for row in table.sample(12, seed=1).iter_rows(named=True):
            cell = {each: row[each.value] for each in by}
            asked_of = behind(scope, cell, Measure(row["measure"]))
            assert asked_of is not None
            assert number_behind(observed.warehouse, asked_of) == row["records"]


def test_pages_are_the_whole_in_order(observed: Observed) -> None:
    period, seen = PERIODS[1]
    scope = asked(period, seen)
    whole = segment_records(observed.warehouse, scope, {}, Measure.LEAD, limit=10_000)
    pages = [
        segment_records(observed.warehouse, scope, {}, Measure.LEAD, limit=20, offset=offset)
        for offset in range(0, len(whole) + 20, 20)
    ]
    assert pages[-1].is_empty()
    assert pl.concat(pages).equals(whole)


def test_all_records_of_an_account_or_deal_can_be_streamed(observed: Observed) -> None:
    period, seen = PERIODS[1]
    for unit, measure in product(Unit, (Measure.WON, Measure.PIPELINE_AMOUNT)):
        asked_of = behind(asked(period, seen, unit=unit), {}, measure)
        assert asked_of is not None
        every = observed.warehouse.query(segment_records_query(asked_of))
        assert len(every) == number_behind(observed.warehouse, asked_of) > 0
