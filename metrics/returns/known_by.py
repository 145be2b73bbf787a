"""What spend is recorded by, and what can be asked of a return at all."""

from __future__ import annotations

from dataclasses import dataclass

from data.engine.warehouse import Warehouse
from data.errors import MetricError
from data.schema.contract import columns
from data.schema.tables import DERIVED
from data.sql import Query, Step
from metrics.scope import Dimension, Scope

SPENT_BY = tuple(each for each in Dimension if each.value in columns(DERIVED["spend"]))
"""What spend is recorded by."""

TOUCHED_BY = (Dimension.CHANNEL, Dimension.CAMPAIGN)
"""Of these, what touches are recorded by as well."""


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question that the loaded tables cannot answer, and what it would take."""

    question: str
    reason: str


UNANSWERED = (
    Unanswered(
        "Return by region or tool",
        "Spend is recorded by campaign, and a campaign names its channel and product. Few name the"
        " region that all of it was spent on, which response curves learn from; none names a tool.",
    ),
    Unanswered(
        "Spend and clicks by keyword",
        "Ad reports are kept by campaign and day. A keyword is known of visits alone, where their"
        " address carries utm_term.",
    ),
)
"""What is asked of returns and not answered, for a page to say."""


def check_known_by(scope: Scope, by: Dimension) -> None:
    """Raise MetricError for a dimension or filter that spend is not recorded by.

    >>> from datetime import date
    >>> from metrics.period import Period
    >>> year = Scope(Period(date(2026, 1, 1), date(2026, 12, 31)), date(2026, 12, 31))
    >>> check_known_by(year, Dimension.REGION)
    Traceback (most recent call last):
    ...
    data.errors.MetricError: spend is not recorded by region, so no return is known by it: it is ...
    """
    known = ", ".join(each.label for each in SPENT_BY)
    if by not in SPENT_BY:
        raise MetricError(
            f"spend is not recorded by {by.label}, so no return is known by it: it is recorded by"
            f" {known}"
        )
    for each in (*scope.filters, *scope.viewer.restrictions):
        if each.dimension not in SPENT_BY:
            raise MetricError(
                f"spend is not recorded by {each.dimension.label}, so it cannot be kept to"
                f" {each.describe()}: it is recorded by {known}"
            )


def check_spend_is_loaded(warehouse: Warehouse) -> None:
    """Raise MetricError where no spend is loaded: without it nothing has a return."""
    found = warehouse.query(Query(Step("loaded", "SELECT count(*) AS days FROM spend")))
    if not found.item():
        raise MetricError(
            "no spend is loaded, so nothing has a cost or a return: load an ad report, or a file of"
            " spend by campaign and day (campaign_id, spend_on, cost_amount, currency)"
        )
