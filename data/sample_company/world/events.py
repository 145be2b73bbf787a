"""The events that the company invites to: webinars and customer days, and a coming one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from data.sample_company.world.planted import PRODUCTS, Calendar

FIRST_WEBINAR = 1_000
"""The numbers of webinars with an invitation list begin here; those of the series lie below."""

INVITED_DAYS = 24
"""So long before an event its list is written to."""


@dataclass(frozen=True)
class Event:
    """One event: its campaign, and what is planted of it.

    `invited` is the share of the people known then, of its region if it has one, who are on its
    list. Of those who opened the
    invitation, which `opens` do, `registers` is the share that registers, `attends` the share of
    these that comes, and `acts` that of those who came who do something of high value there, or for
    a webinar download what it was about. `cost_per_lead` is in USD, per lead of the whole sample.
    """

    name: str
    channel: str
    product: str
    starts_on: date
    days: int
    region: int | None
    invited: float
    registers: float
    attends: float
    acts: float
    cost_per_lead: float

    @property
    def invited_on(self) -> date:
        """The day on which its list is written to, from which on the campaign runs."""
        return self.starts_on - timedelta(days=INVITED_DAYS)

    @property
    def ends_on(self) -> date:
        """Last day."""
        return self.starts_on + timedelta(days=self.days - 1)

    @property
    def is_webinar(self) -> bool:
        """Whether people come to it at their desk."""
        return self.channel == WEBINAR


WEBINAR, ON_SITE = "Webinar", "Trade Show"

OPENS = 0.45

_PLANNED = (
    ("Customer Day Munich", ON_SITE, 0, 214, 0, 0.17, 0.30, 0.66, 0.45, 0.8),
    ("Masterclass Vibration Analysis", WEBINAR, 0, 165, None, 0.07, 0.36, 0.50, 0.30, 0.2),
    ("Customer Day Chicago", ON_SITE, 1, 124, 1, 0.20, 0.28, 0.60, 0.40, 0.8),
    ("Retrofit Clinic", WEBINAR, 2, 88, None, 0.08, 0.44, 0.36, 0.10, 0.2),
    ("Edge Gateway Live", WEBINAR, 1, 53, None, 0.08, 0.44, 0.68, 0.55, 0.2),
    ("Customer Day Shanghai", ON_SITE, 0, -13, 2, 0.34, 0.36, 0.60, 0.40, 0.8),
)
"""Name, channel, product, days from its first day to `until`, region, shares, and cost."""

BETTER, WORSE, COMING = "Edge Gateway Live", "Retrofit Clinic", "Customer Day Shanghai"
"""Two webinars of one size of which one is clearly better, and the one that is yet to come."""


def events(calendar: Calendar) -> tuple[Event, ...]:
    """The events of the calendar, as far as it holds the weeks in which people are invited.

    >>> [each.name for each in events(Calendar(date(2026, 11, 20), months=2))]
    ['Customer Day Shanghai']
    >>> len(events(Calendar(date(2026, 11, 20), months=30)))
    6
    """
    found = []
    for name, channel, product, ago, region, *shares in _PLANNED:
        starts_on = calendar.until - timedelta(days=ago)
        days = 1 if channel == WEBINAR else 2
        found.append(Event(name, channel, PRODUCTS[product], starts_on, days, region, *shares))
    return tuple(each for each in found if each.invited_on >= calendar.start)


def event_spend(calendar: Calendar, first_campaign: int, leads: int) -> pl.DataFrame:
    """What the events cost, on the day of the invitation: the columns of `spend_by_day`."""
    begun = [
        (first_campaign + number, each.channel, (each.invited_on - calendar.start).days,
         round(leads * each.cost_per_lead) * 100)
        for number, each in enumerate(events(calendar))
    ]  # fmt: skip
    schema = {"number": pl.Int64, "channel": pl.String, "day": pl.Int64, "cents": pl.Int64}
    none = pl.lit(0, dtype=pl.Int64)
    return pl.DataFrame(begun, schema=schema, orient="row").select(
        "number", "channel", "day", pl.lit("USD").alias("currency"), "cents",
        usd_cents="cents", impressions=none, clicks=none,
    )  # fmt: skip
