"""The leads behind a number are those that were counted."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from data.engine.warehouse import DuckDBWarehouse
from metrics.records import stage_records
from metrics.scope import Stage, Unit
from tests.metrics.observing import Observed
from tests.metrics.oracle import numbers as oracle
from tests.metrics.scopes import asked, every_scope
from tests.metrics.twelve_leads import JANUARY, SEEN


@pytest.mark.parametrize("stage", list(Stage))
def test_the_records_are_those_that_are_counted(observed: Observed, stage: Stage) -> None:
    of_leads = [each for each in every_scope() if each.unit is not Unit.DEAL]
    for scope in of_leads[:: 7 + list(Stage).index(stage)]:
        found = stage_records(observed.warehouse, scope, stage)
        assert set(found["lead_id"]) == oracle.records(observed.world, scope, stage.value), scope
        assert found["lead_id"].is_unique().all()


def test_deals_are_not_listed_as_leads(twelve: DuckDBWarehouse) -> None:
    with pytest.raises(ValueError, match="deal_records"):
        stage_records(twelve, asked(JANUARY, SEEN, unit=Unit.DEAL), Stage.WON)


def test_records_show_each_lead_with_its_own_days(twelve: DuckDBWarehouse) -> None:
    scope = asked(JANUARY, SEEN, unit=Unit.ACCOUNT)
    found = stage_records(twelve, scope, Stage.SQL)
    named = found.filter(pl.col("account") == "Dogwood Ltd")
    assert dict(named.select("lead_id", "sql_on").iter_rows()) == {
        "L05": date(2026, 3, 10),
        "L06": date(2026, 1, 14),
    }
    assert "蓝天科技" in found["account"]
    # The latest entry first: L05 on 10 March, then L02 on 1 February; L05 went on after its exit.
    assert found["lead_id"].to_list()[:2] == ["L05", "L02"]
    assert found["exit_stage"].to_list()[:2] == [None, None]


def test_records_stop_at_the_limit(twelve: DuckDBWarehouse) -> None:
    assert stage_records(twelve, asked(JANUARY, SEEN), Stage.MQL, limit=2).height == 2
