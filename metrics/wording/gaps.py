"""What the headline cannot say, and why, in sentences."""

from __future__ import annotations

from typing import Any

from metrics.scope import SPEND_KNOWN_BY, Scope, Unit
from metrics.wording import formats

Row = dict[str, Any]

WHO = {Unit.LEAD: "Leads", Unit.ACCOUNT: "Accounts", Unit.DEAL: "Deals"}


_RATES = "Data health names the currencies and days; load exchange rates that cover them."


def cost_label(unit: Unit) -> str:
    """What `cost_per_lead_amount` is the cost of.

    >>> cost_label(Unit.ACCOUNT)
    'Cost per account'
    """
    return f"Cost per {unit.value}"


def gaps(now: Row, scope: Scope) -> list[str]:
    """What the data cannot say, and why, in sentences."""
    found = []
    if now["won_amount"] is None:
        found.append(f"Won revenue is not known: {_no_revenue(now)}.")
    elif now["unpriced_deals"]:
        found.append(
            f"Won revenue leaves out {formats.count(now['unpriced_deals'])} of "
            f"{formats.count(now['won_deals'])} won deals that have no amount."
        )
    if now["won_amount"] is not None and (unconverted := now["unconverted_deals"]):
        found.append(
            f"Won revenue leaves out {formats.count(unconverted)} of "
            f"{formats.count(now['won_deals'])} won deals without an exchange rate. {_RATES}"
        )
    if undated := now["won_undated"]:
        deals = formats.counted(undated, "won deal has", "won deals have")
        found.append(
            f"{deals} no close date and so no place in any period's revenue. Fill in "
            "the close date in the CRM, export the deals again and load the file."
        )
    if unconverted := now["unconverted_days"]:
        days = formats.counted(unconverted, "day of spend", "days of spend")
        said = "is not known:" if now["spend_amount"] is None else "leaves out"
        found.append(
            f"Spend {said} {days} without an exchange rate, so that "
            f"{cost_label(scope.unit).lower()} is not known. {_RATES}"
        )
    elif now["spend_amount"] is None:
        filtered = {each.dimension for each in (*scope.filters, *scope.viewer.restrictions)}
        unknown = sorted(each.label for each in filtered if each not in SPEND_KNOWN_BY)
        reason = (
            f"spend is not recorded by {' or '.join(unknown)}" if unknown else "no spend is loaded"
        )
        found.append(f"Spend and {cost_label(scope.unit).lower()} are not known: {reason}.")
    elif now["cost_per_lead_amount"] is None:
        new = WHO[scope.unit].lower()
        found.append(f"{cost_label(scope.unit)} is not known: the period has no new {new}.")
    if now["marketing_sourced_share"] is None:
        found.append(f"The marketing-sourced share is not known: {_no_share(now)}.")
    return found


def _no_revenue(now: Row) -> str:
    """Why won revenue is not known: with deals loaded and none won it would be zero."""
    if not now["won_deals"]:
        return "no deals are loaded"
    if now["unconverted_deals"] == now["won_deals"]:
        return "none of the won deals has an exchange rate"
    return (
        "none of the won deals has an amount that can be converted"
        if now["unconverted_deals"]
        else "none of the won deals has an amount"
    )


def _no_share(now: Row) -> str:
    """Why there is nothing to divide, or to divide by."""
    if now["sourced_deals"] is None:
        return "no interactions are loaded that could have come first"
    if now["won_amount"] is None:
        return _no_revenue(now)
    if now["won_deals"]:
        return "the amounts of the deals won in the period add up to zero"
    return "nothing was won in the period"
