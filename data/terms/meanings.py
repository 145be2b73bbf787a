"""What each term means in words, its subject, its unit, and whether derived tables follow it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Meaning:
    """A term in words.

    `only_metrics` says that metrics alone read it: where it changes no table is derived anew.
    """

    subject: str
    words: str
    unit: str = ""
    only_metrics: bool = False


GENERAL, WINDOWS, IDENTITY = "General", "Conversion windows", "Companies that may be one"
TOUCHES, CHANNELS, CREDIT = "Touches", "Channels of visits", "Credit"
CONTENT, EFFECTIVE, COST = "Content", "Who is effective", "What a lead costs to serve"

_STEP = "A step into this stage has usually been made by then; a cohort is mature from then on."

MEANINGS = {
    "base_currency": Meaning(GENERAL, "Every amount is converted to it."),
    "time_zone": Meaning(GENERAL, "Days and months are cut in it."),
    "rate_valid_days": Meaning(
        GENERAL, "An exchange rate holds so long when no newer one is loaded.", "days"
    ),
    "gross_margin": Meaning(
        GENERAL, "Share of revenue left after the cost of delivery. Unset: no ROMI.", "", True
    ),
    "windows.mql": Meaning(WINDOWS, f"From lead to MQL. {_STEP}", "days", True),
    "windows.sql": Meaning(WINDOWS, f"From MQL to SQL. {_STEP}", "days", True),
    "windows.opportunity": Meaning(WINDOWS, f"From SQL to opportunity. {_STEP}", "days", True),
    "windows.won": Meaning(WINDOWS, f"From opportunity to won. {_STEP}", "days", True),
    "identity.apply_from": Meaning(
        IDENTITY, "Two records that are one company with this chance are taken for one."
    ),
    "identity.propose_from": Meaning(
        IDENTITY, "From this chance on Data health asks whether they are one."
    ),
    "touch.actions": Meaning(TOUCHES, "What a person did that can earn credit."),
    "touch.high_value": Meaning(TOUCHES, "Those of them that are of high value."),
    "touch.outbound": Meaning(
        TOUCHES,
        "By what a person was contacted: after consent was withdrawn it is a breach.",
        "",
        True,
    ),
    "touch.own_domains": Meaning(TOUCHES, "Who has a mailbox there is our own and earns nothing."),
    "touch.most_a_day": Meaning(
        TOUCHES, "More of one visitor or person on one day are those of a machine.", "touches"
    ),
    "touch.sales_channels": Meaning(TOUCHES, "Touches by them are the work of sales."),
    "channel": Meaning(
        CHANNELS, "How a visit without a channel gets one: the first rule that fits wins."
    ),
    "attribution.lookback_days": Meaning(
        CREDIT, "Touches count from so long before a conversion on. Unset: as usual.", "days", True
    ),
    "attribution.half_life_days": Meaning(
        CREDIT, "By time decay, a touch so much earlier counts half. Unset: as usual.", "days", True
    ),
    "attribution.model": Meaning(CREDIT, "Models of your own beside the usual ones.", "", True),
    "attribution.self_reported": Meaning(
        CREDIT, "The channel of what people answer when asked how they heard of us.", "", True
    ),
    "attribution.own_brand": Meaning(
        CREDIT, "Our names: who searches for them was looking for us anyway.", "", True
    ),
    "content.read": Meaning(CONTENT, "Actions that say that an asset was looked at."),
    "content.downloaded": Meaning(CONTENT, "Actions that say that it was taken along."),
    "content.good_from": Meaning(
        CONTENT, "An asset is good when more than this share of the exposed take it.", "", True
    ),
    "content.exposure_bands": Meaning(
        CONTENT, "Assets are compared with those met by as many people.", "people", True
    ),
    "content.dormant_days": Meaning(CONTENT, "Who did nothing for so long was dormant.", "days"),
    "effective": Meaning(
        EFFECTIVE, "Every list of the rule in force on the day must hold the person's value."
    ),
    "route_costs": Meaning(
        COST, "By the route that a lead is given to, in the base currency.", "", True
    ),
}
"""Every term by its key in the file, in the order in which people read them."""
