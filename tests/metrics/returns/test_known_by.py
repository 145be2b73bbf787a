"""What returns do not answer, and that the tables do not answer it either."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from data.errors import MetricError
from data.schema.contract import columns
from data.schema.tables import CANONICAL, DERIVED
from metrics.returns.budget_pace import budget_pace
from metrics.returns.channel_returns import channel_returns
from metrics.returns.known_by import OF_NO_REGION, SPENT_BY, UNANSWERED
from metrics.returns.monthly_returns import monthly_returns
from metrics.returns.step_costs import step_costs
from metrics.scope import SPEND_KNOWN_BY, Dimension, Filter, Scope
from tests.metrics.facts import TERMS, DraftWarehouse
from tests.metrics.twelve_leads import QUARTER, SEEN, TWELVE


def test_spend_is_recorded_by_campaign_channel_product_tool_and_in_part_by_region() -> None:
    assert SPEND_KNOWN_BY == (
        Dimension.CHANNEL,
        Dimension.CAMPAIGN,
        Dimension.PRODUCT,
        Dimension.TOOL,
    )
    assert (*SPEND_KNOWN_BY, Dimension.REGION) == SPENT_BY


def test_no_spend_of_any_region_is_no_return_by_region() -> None:
    without = [each | {"region": None} for each in TWELVE.campaign]
    warehouse = DraftWarehouse().hold(replace(TWELVE, campaign=tuple(without)))
    for ask in (channel_returns, monthly_returns):
        with pytest.raises(MetricError, match="no campaign with spend names a region"):
            ask(warehouse, Scope(QUARTER, SEEN), TERMS, by=Dimension.REGION)
    for pace in (step_costs, budget_pace):
        with pytest.raises(MetricError, match="names a region"):
            pace(warehouse, Scope(QUARTER, SEEN), by=Dimension.REGION)


def test_spend_cannot_be_kept_to_a_region_of_which_some_may_be_unknown() -> None:
    emea = Scope(QUARTER, SEEN, filters=(Filter(Dimension.REGION, ("EMEA",)),))
    with pytest.raises(MetricError, match="not all spend is recorded by region"):
        channel_returns(DraftWarehouse().hold(TWELVE), emea, TERMS)


def test_spend_of_no_region_is_not_divided_among_regions() -> None:
    found = channel_returns(
        DraftWarehouse().hold(TWELVE), Scope(QUARTER, SEEN), TERMS, by=Dimension.REGION
    )
    spent = dict(found.select("segment", "spend_amount").drop_nulls().iter_rows())
    assert spent == {"EMEA": Decimal(240), OF_NO_REGION: Decimal(1000)}
    state = dict(found.select("segment", "state").iter_rows())
    assert state[OF_NO_REGION] == "spend without leads"
    paced = budget_pace(DraftWarehouse().hold(TWELVE), Scope(QUARTER, SEEN), by=Dimension.REGION)
    beside = dict(paced.select("segment", "unbudgeted_amount").iter_rows())
    assert beside == {"EMEA": Decimal(240), OF_NO_REGION: Decimal(1000)}


def test_what_is_called_unanswered_is_in_no_table() -> None:
    """Once a table brings it, the reason is out of date and the answer can be built."""
    assert [each.question for each in UNANSWERED] == ["Spend and clicks by keyword"]
    spend = {*columns(DERIVED["spend"]), *columns(CANONICAL["campaign_spend"])}
    assert not spend & {"region", "keyword", "utm_term"}
