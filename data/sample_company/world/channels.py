"""The channels that leads come in by: their shares, planted rates, pace and cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.sample_company.world.planted import REGION_SHARES, SHARES, STEPS, Numbers

UNASSIGNED = "Unassigned"
"""How the truth names the channel of leads whose Lead Source is empty in the export."""


@dataclass(frozen=True)
class Channel:
    """A way leads come in: its share of the leads per region, its planted rates and its cost.

    `shares` are parts of marketing's leads. `slowness` stretches the time of every step.
    """

    name: str
    shares: tuple[float, float, float]
    rates: tuple[float, float, float, float]
    cost_per_lead: float
    source: str | None
    medium: str | None
    spend_file: str | None
    slowness: float = 1.0

    @property
    def label(self) -> str:
        """The name in the truth: the Lead Source, or `Unassigned` where that is empty."""
        return self.name or UNASSIGNED


_CRM = "salesforce_campaigns.csv"

SALES, PARTNER, BRAND = "Outbound Sales", "Partner", "Brand Search"
"""Channels of a kind of their own: not marketing's work, or only what others began."""

SALES_CHANNELS = (SALES, PARTNER)

CHANNELS = (
    Channel("Paid Search", (18, 20, 3), (0.38, 0.42, 0.55, 0.24), 150.0,
            "google", "cpc", "google_ads_campaigns.csv"),
    Channel("Organic Search", (17, 18, 10), (0.40, 0.44, 0.57, 0.27), 0.0,
            "google", "organic", None),
    Channel("Paid Social", (12, 13, 2), (0.25, 0.32, 0.48, 0.19), 130.0,
            "linkedin", "paid_social", "linkedin_ads_campaigns.csv"),
    Channel("Webinar", (11, 11, 10), (0.42, 0.38, 0.52, 0.24), 90.0,
            "zoom", "webinar", _CRM, slowness=3.0),
    Channel("Content Syndication", (12, 13, 5), (0.18, 0.24, 0.42, 0.15), 60.0,
            "techtarget", "syndication", _CRM),
    Channel("Email", (8, 8, 7), (0.33, 0.37, 0.52, 0.23), 25.0,
            "newsletter", "email", _CRM),
    Channel("Telemarketing", (5, 3, 12), (0.36, 0.46, 0.55, 0.21), 140.0,
            None, None, _CRM),
    Channel("Trade Show", (7, 5, 10), (0.37, 0.40, 0.56, 0.26), 350.0,
            "tradeshow", "qr", _CRM),
    Channel("Referral", (4, 4, 7), (0.55, 0.58, 0.66, 0.36), 40.0,
            "customer", "referral", _CRM),
    Channel("Direct", (6, 5, 6), (0.42, 0.46, 0.60, 0.30), 0.0,
            None, None, None),
    Channel("Baidu Search", (0, 0, 25), (0.34, 0.38, 0.53, 0.22), 110.0,
            "baidu", "cpc", "baidu_promotion.csv"),
    Channel("", (3, 3, 3), (0.28, 0.34, 0.50, 0.20), 0.0,
            None, None, None),
    Channel(BRAND, (6, 6, 1), (0.40, 0.44, 0.57, 0.27), 45.0,
            "google", "cpc", "google_ads_campaigns.csv"),
    Channel(SALES, (0, 0, 0), (0.34, 0.48, 0.58, 0.26), 0.0,
            None, None, None),
    Channel(PARTNER, (0, 0, 0), (0.58, 0.60, 0.66, 0.34), 0.0,
            None, None, None),
)  # fmt: skip

CHANNEL_NUMBER = {channel.name: number for number, channel in enumerate(CHANNELS)}

TERRITORY_CHANNELS = np.array([-1, CHANNEL_NUMBER[SALES], CHANNEL_NUMBER[PARTNER]])
"""The channel of an account's leads by its territory; -1 where it is any of marketing's."""

_WITHOUT_ORIGIN = (BRAND, "")
"""Channels by which nobody comes to know the company, as far as is known."""


def territory_shares() -> Numbers:
    """Share of the accounts with leads by territory: marketing's, sales' and partners'.

    >>> round(float(territory_shares().sum()), 12)
    1.0
    """
    sales, partner = SHARES["account_of_sales"], SHARES["account_of_partner"]
    return np.array([1 - sales - partner, sales, partner])


def marketing_shares(*, origins: bool = False) -> Numbers:
    """Share of marketing's leads of each region by channel: regions × channels, rows sum to 1.

    With `origins` only of channels by which people come to know the company.
    """
    shares: Numbers = np.array([channel.shares for channel in CHANNELS], dtype=np.float64).T
    if origins:
        shares[:, [CHANNEL_NUMBER[name] for name in _WITHOUT_ORIGIN]] = 0.0
    total: Numbers = shares.sum(axis=1, keepdims=True)
    parts: Numbers = shares / total
    return parts


def channel_shares() -> Numbers:
    """Share of all leads of each region by channel: regions × channels, rows sum to 1."""
    territories = territory_shares()
    shares: Numbers = marketing_shares() * territories[0]
    shares[:, TERRITORY_CHANNELS[1:]] += territories[1:]
    return shares


def channel_mix() -> Numbers:
    """Share of all leads by channel, over the regions.

    >>> round(float(channel_mix().sum()), 12)
    1.0
    """
    mix: Numbers = np.array(REGION_SHARES) @ channel_shares()
    return mix


def step_rates() -> Numbers:
    """Planted rate by channel and step: channels × steps."""
    return np.array([channel.rates for channel in CHANNELS], dtype=np.float64)


def slowness() -> Numbers:
    """How much longer than planted each step takes, by channel."""
    return np.array([channel.slowness for channel in CHANNELS])


def overall_rates() -> dict[str, float]:
    """Planted rate of each step over all channels, in the planted mix.

    >>> overall_rates()["lead_to_mql"] > overall_rates()["opportunity_to_won"]
    True
    """
    reached = channel_mix()
    rates = {}
    for step, name in enumerate(STEPS):
        going_on = reached * step_rates()[:, step]
        rates[name] = round(float(going_on.sum() / reached.sum()), 6)
        reached = going_on
    return rates
