"""What returns do not answer, and that the tables do not answer it either."""

from __future__ import annotations

from data.schema.contract import columns
from data.schema.tables import CANONICAL, DERIVED
from metrics.returns.known_by import SPENT_BY, UNANSWERED
from metrics.scope import Dimension


def test_spend_is_recorded_by_campaign_channel_and_product() -> None:
    assert SPENT_BY == (Dimension.CHANNEL, Dimension.CAMPAIGN, Dimension.PRODUCT)


def test_what_is_called_unanswered_is_in_no_table() -> None:
    """Once a table brings it, the reason is out of date and the answer can be built."""
    assert [each.question for each in UNANSWERED] == [
        "Return by region or tool",
        "Spend and clicks by keyword",
    ]
    spend = {*columns(DERIVED["spend"]), *columns(CANONICAL["campaign_spend"])}
    assert not spend & {"region", "tool", "keyword", "utm_term"}
    assert "tool" not in columns(CANONICAL["campaign"])
