"""The deals behind a number are those that were counted."""

from __future__ import annotations

import pytest

from data.engine.warehouse import DuckDBWarehouse
from metrics.deal_records import deal_records
from metrics.funnel.conversion import stage_conversion
from metrics.scope import Stage, Unit
from tests.metrics.observing import Observed
from tests.metrics.oracle import numbers as oracle
from tests.metrics.scopes import asked, every_scope
from tests.metrics.twelve_leads import JANUARY, SEEN


@pytest.mark.parametrize("stage", Unit.DEAL.stages)
def test_the_deals_are_those_that_are_counted(observed: Observed, stage: Stage) -> None:
    of_deals = [each for each in every_scope() if each.unit is Unit.DEAL]
    for scope in of_deals[::5]:
        found = deal_records(observed.warehouse, scope, stage)
        assert set(found["opportunity_id"]) == oracle.deal_records(
            observed.world, scope, stage.value
        )
        counted = stage_conversion(observed.warehouse, scope).filter(stage=stage.value)
        assert found.height == counted["reached"].item()


def test_a_deal_shows_its_days_and_needs_no_lead(twelve: DuckDBWarehouse) -> None:
    scope = asked(JANUARY, SEEN, unit=Unit.DEAL)
    found = deal_records(twelve, scope, Stage.OPPORTUNITY)
    # The latest opened first.
    assert found.select("opportunity_id", "lead_id", "outcome").rows() == [
        ("O2", "L09", "lost"),
        ("O4", None, "won"),
        ("O3", "L11", "won"),
    ]
    assert deal_records(twelve, scope, Stage.OPPORTUNITY, limit=1).height == 1
