"""What spend is recorded by, and what can be asked of a return at all."""

from __future__ import annotations

from dataclasses import dataclass

from data.engine.warehouse import Warehouse
from data.errors import MetricError
from data.sql import Query, Step
from metrics.scope import SPEND_KNOWN_BY, Dimension, Scope

OF_NO_REGION = "Of no region"
"""Spend of campaigns that name no region; it is not divided among them."""

SEGMENT_OF_SPEND = {each: each.value for each in SPEND_KNOWN_BY} | {
    Dimension.REGION: f"coalesce(campaign_region, '{OF_NO_REGION}')"
}
"""SQL: the segment of a day of spend."""

SPENT_BY = tuple(SEGMENT_OF_SPEND)
"""What spend is recorded by, of a part of the campaigns at least."""

TOUCHED_BY = (Dimension.CHANNEL, Dimension.CAMPAIGN)
"""Of these, what touches are recorded by as well."""


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question that the loaded tables cannot answer, and what it would take."""

    question: str
    reason: str


UNANSWERED = (
    Unanswered(
        "Spend and clicks by keyword",
        "Ad reports are kept by campaign and day. A keyword is known of visits alone, where their"
        " address carries utm_term.",
    ),
)
"""What is asked of returns and not answered, for a page to say."""


def check_known_by(scope: Scope, by: Dimension) -> None:
    """Raise MetricError for a dimension or filter that spend is not recorded by.

    Spend that is of no region would be missing from every filter on one: there is none.

    >>> from datetime import date
    >>> from metrics.period import Period
    >>> year = Scope(Period(date(2026, 1, 1), date(2026, 12, 31)), date(2026, 12, 31))
    >>> check_known_by(year, Dimension.OWNER)
    Traceback (most recent call last):
    ...
    data.errors.MetricError: spend is not recorded by owner, so no return is known by it: it is ...
    """
    known = ", ".join(each.label for each in SPENT_BY)
    filtered = ", ".join(each.label for each in SPEND_KNOWN_BY)
    if by not in SPENT_BY:
        raise MetricError(
            f"spend is not recorded by {by.label}, so no return is known by it: it is recorded by"
            f" {known}"
        )
    for each in (*scope.filters, *scope.viewer.restrictions):
        if each.dimension not in SPEND_KNOWN_BY:
            spend = "not all spend is" if each.dimension in SPENT_BY else "spend is not"
            raise MetricError(
                f"{spend} recorded by {each.dimension.label}, so it cannot be kept to"
                f" {each.describe()}: it is recorded by {filtered}"
            )


def check_spend_is_loaded(warehouse: Warehouse, by: Dimension = Dimension.CHANNEL) -> None:
    """Raise MetricError where no spend is loaded, or by region none of any region."""
    loaded = "SELECT count(*) AS days, count(campaign_region) AS of_regions FROM spend"
    found = warehouse.query(Query(Step("loaded", loaded))).row(0, named=True)
    if not found["days"]:
        raise MetricError(
            "no spend is loaded, so nothing has a cost or a return: load an ad report, or a file of"
            " spend by campaign and day (campaign_id, spend_on, cost_amount, currency)"
        )
    if by is Dimension.REGION and not found["of_regions"]:
        raise MetricError(
            "no campaign with spend names a region, so nothing has a return by region: load"
            " campaigns with their region (campaign_id, region)"
        )
