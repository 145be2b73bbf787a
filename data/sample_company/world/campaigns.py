"""What the company runs, the same for every chunk: campaigns, content, webinars and money rates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np
import polars as pl

from data.sample_company.world.channels import BRAND, CHANNEL_NUMBER, CHANNELS, channel_mix
from data.sample_company.world.events import Event, event_spend, events
from data.sample_company.world.leads import TRADE_SHOW_DAY
from data.sample_company.world.planted import (
    PRODUCT_SHARES,
    PRODUCTS,
    SECONDS_PER_DAY,
    Calendar,
    Integers,
    Numbers,
    add_months,
    seconds,
)
from data.sample_company.world.text import choose, salesforce_ids
from data.sample_company.world.words import PERSONAS

AD_CURRENCY = {"Paid Search": "USD", BRAND: "USD", "Paid Social": "EUR", "Baidu Search": "CNY"}

RATE_IN_MILLIONTHS = {"USD": 1_000_000, "EUR": 1_085_000, "CNY": 139_500}

WEBINAR_DAYS = 14
"""A webinar is held every second Wednesday at 14:00 UTC."""

_NAMING = {
    "Paid Search": ("Search", "Advertisement"), "Webinar": ("Webinar Series", "Webinar"),
    "Paid Social": ("LinkedIn Lead Gen", "Advertisement"), "Email": ("Nurture Email", "Email"),
    "Content Syndication": ("TechTarget Syndication", "Content Syndication"),
    "Telemarketing": ("Outbound Calls", "Telemarketing"),
    "Trade Show": ("Trade Show", "Trade Show"), "Baidu Search": ("百度搜索", "Advertisement"),
    "Referral": ("Customer Referral", "Referral Program"), BRAND: ("Aldera Brand", "Advertisement"),
}  # fmt: skip
"""How the names of a channel's campaigns begin, and their type, by channel."""

_SHOWS = ("Hannover Messe", "Automate Chicago", "CIIF Shanghai", "SPS Nuremberg", "IMTS",
          "Smart Factory Expo", "Hydrogen & Power Forum", "Industrial AI Summit")  # fmt: skip

_TOPICS = ("Predictive Maintenance", "OT Security", "Energy Savings", "Edge Computing",
           "Machine Data", "Retrofit", "ISO 50001", "Vibration Analysis")  # fmt: skip

_TITLES = {
    "Whitepaper": "{}: A Practical Guide", "Webinar": "Live: {} in 40 Minutes",
    "Case Study": "How a Tier-1 Supplier Got Results with {}", "Article": "Five Myths about {}",
    "Video": "{} Explained", "Datasheet": "{} Datasheet 产品手册",
}  # fmt: skip

_CAMPAIGN_OWNERS = ("Julia Brandt", "Marc Duval", "Amy Sutton", "陈静 Chen Jing")


@dataclass(frozen=True)
class Programme:
    """All campaigns, content and webinars of the calendar, and the lookups into them.

    `campaigns` has one row per campaign: id, name, channel, product, starts_on, ends_on, owner;
    `content` one per asset: id, title, kind, topic, persona, published_on, sorted by publication.
    """

    calendar: Calendar
    seed: int

    @cached_property
    def campaigns(self) -> pl.DataFrame:
        """One row per campaign: per channel, quarter and product; trade shows one per month.

        The last ones are those of the events that people are invited to.
        """
        rows = []
        for channel in CHANNELS:
            if channel.name == "Trade Show":
                rows += self._trade_shows()
            elif channel.name in _NAMING:
                rows += self._quarterly(channel.name)
        types = {name: kind for name, (_, kind) in _NAMING.items()}
        kinds = [types[channel] for _, channel, *_ in rows]
        for each in self.events:
            kinds.append("Webinar" if each.is_webinar else "Customer Event")
            name = f"{kinds[-1]} | {each.name}"
            rows.append((name, each.channel, each.product, each.invited_on, each.ends_on))
        table = pl.DataFrame(
            rows,
            schema=["name", "channel", "product", "starts_on", "ends_on"],
            orient="row",
        ).with_row_index("number")
        numbers = table["number"].to_numpy().astype(np.int64)
        platform = pl.Series((20_411_000_000 + numbers * 7_919_113).astype(str))
        is_ad = table["channel"].is_in(list(AD_CURRENCY))
        return table.with_columns(
            id=choose(is_ad, platform, salesforce_ids("701", numbers + 4_000)),
            type=pl.Series(kinds),
            owner=pl.Series([_CAMPAIGN_OWNERS[number % 4] for number in numbers]),
        )

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """The events that people are invited to."""
        return events(self.calendar)

    @property
    def event_campaigns(self) -> range:
        """Numbers of the campaigns of the events, in their order."""
        return range(self.campaigns.height - len(self.events), self.campaigns.height)

    @cached_property
    def running(self) -> pl.DataFrame:
        """The campaigns by which leads come in: all but those of the events."""
        return self.campaigns.head(self.campaigns.height - len(self.events))

    def _quarterly(self, channel: str) -> list[tuple[str, str, str, date, date]]:
        rows = []
        for first in self._quarters():
            starts = max(first, self.calendar.start)
            ends = add_months(first, 3) - timedelta(days=1)
            label = f"{first.year}-Q{first.month // 3 + 1}"
            rows += [
                (f"{_NAMING[channel][0]} | {product} | {label}", channel, product, starts, ends)
                for product in PRODUCTS
            ]
        return rows

    def _trade_shows(self) -> list[tuple[str, str, str, date, date]]:
        return [
            (
                f"Trade Show | {_SHOWS[number % len(_SHOWS)]} {first:%Y-%m}",
                "Trade Show",
                PRODUCTS[number % len(PRODUCTS)],
                first.replace(day=TRADE_SHOW_DAY),
                first.replace(day=TRADE_SHOW_DAY + 2),
            )
            for number, first in enumerate(self.calendar.month_starts)
        ]

    def _quarters(self) -> list[date]:
        first = self.calendar.start
        quarter = add_months(first, -((first.month - 1) % 3))
        quarters = []
        while quarter <= self.calendar.until:
            quarters.append(quarter)
            quarter = add_months(quarter, 3)
        return quarters

    @cached_property
    def _campaign_of(self) -> Integers:
        """Campaign by channel, month and product; -1 where the channel runs none."""
        table = np.full((len(CHANNELS), self.calendar.months, len(PRODUCTS)), -1, dtype=np.int64)
        for number, _, channel, product, starts_on, ends_on, *_ in self.running.iter_rows():
            for month, first in enumerate(self.calendar.month_starts):
                if add_months(first, 1) > starts_on and first <= ends_on:
                    products = range(3) if channel == "Trade Show" else [PRODUCTS.index(product)]
                    table[CHANNEL_NUMBER[channel], month, products] = number
        return table

    def campaign_at(self, channel: Integers, product: Integers, times: Integers) -> Integers:
        """Number of the campaign that runs for a channel and product at each time, or -1."""
        numbers: Integers = self._campaign_of[channel, self.calendar.month_number(times), product]
        return numbers

    @cached_property
    def content(self) -> pl.DataFrame:
        """One row per content asset, sorted by publication; a third is older than the calendar."""
        count = len(_TITLES) * len(_TOPICS)
        start = self.calendar.start - timedelta(days=365)
        step = ((self.calendar.until - start).days - 20) / count
        rows = []
        for number in range(count):
            kind = list(_TITLES)[number % len(_TITLES)]
            topic = _TOPICS[(number // len(_TITLES) + number) % len(_TOPICS)]
            persona = PERSONAS[number % len(PERSONAS)]
            published = start + timedelta(days=int(number * step))
            title = _TITLES[kind].format(topic)
            rows.append((f"CT-{1001 + number}", title, kind, topic, persona, published))
        columns = ["id", "title", "kind", "topic", "persona", "published_on"]
        return pl.DataFrame(rows, schema=columns, orient="row")

    def content_at(self, luck: Numbers, times: Integers) -> Integers:
        """An asset already published at each time; `luck` from 0 to 1 chooses, newer ones more."""
        published = np.array([seconds(day) for day in self.content["published_on"]])
        available = np.maximum(np.searchsorted(published, times), 1)
        chosen: Integers = (np.sqrt(luck) * available).astype(np.int64)
        return chosen

    def content_about(self, product: str, at: int) -> int:
        """The asset, of kind Webinar, that an event about a product shows at a time."""
        webinars = self.content.with_row_index().filter(kind="Webinar")
        published = [seconds(day) <= at for day in webinars["published_on"]]
        return int(webinars["index"][max(sum(published) - 1 - PRODUCTS.index(product), 0)])

    @cached_property
    def first_webinar_at(self) -> int:
        """Start, in seconds, of the first webinar."""
        first = self.calendar.start
        wednesday = first + timedelta(days=(2 - first.weekday()) % 7)
        return seconds(wednesday) + 14 * 3600

    def next_webinar(self, times: Integers) -> Integers:
        """Number of the first webinar that starts after each time."""
        passed = (times - self.first_webinar_at) // (WEBINAR_DAYS * SECONDS_PER_DAY)
        return np.maximum(passed + 1, 0)

    def webinar_starts(self, webinars: Integers) -> Integers:
        """Start of each webinar in seconds."""
        return self.first_webinar_at + webinars * WEBINAR_DAYS * SECONDS_PER_DAY

    def webinar_content(self, webinars: Integers) -> Integers:
        """The content asset, of kind Webinar, that each webinar is about."""
        assets = np.flatnonzero((self.content["kind"] == "Webinar").to_numpy())
        published = np.array([seconds(day) for day in self.content["published_on"]])[assets]
        shown = np.searchsorted(published, self.webinar_starts(webinars)) - 1
        chosen: Integers = assets[np.maximum(shown - webinars % 2, 0)]
        return chosen

    @cached_property
    def rates(self) -> pl.DataFrame:
        """Exchange rates: currency, rate_on (first of each month) and millionths of a USD."""
        first = self.calendar.start
        months = [add_months(first, number) for number in range(-1, self.calendar.months)]
        rows = []
        for currency in ("CNY", "EUR"):
            random = np.random.default_rng([self.seed, len(currency), ord(currency[0])])
            drift = 0.0
            for month in months:
                drift = 0.9 * drift + float(random.normal(0, 0.008))
                rate = round(RATE_IN_MILLIONTHS[currency] * (1 + drift) / 100) * 100
                rows.append((currency, month, rate))
        return pl.DataFrame(rows, schema=["currency", "rate_on", "millionths"], orient="row")

    def rate_of_day(self, currency: str) -> Integers:
        """Millionths of a USD for one unit, by covered day: the latest rate on or before it."""
        if currency == "USD":
            return np.full(self.calendar.days, 1_000_000)
        of_month = self.rates.filter(pl.col("currency") == currency)["millionths"].to_numpy()
        return of_month[1:][self.calendar.month_of_day]


def spend_by_day(programme: Programme, leads: int) -> pl.DataFrame:
    """Cost per campaign and covered day of a company that gets so many leads.

    One row per campaign and day on which it runs: `number`, `channel`, `day` (number), `currency`,
    `cents` in that currency, `usd_cents` (rounded half up), `impressions`, `clicks`. It follows
    from the leads a day is expected to bring, so it does not depend on the leads that came.

    >>> programme = Programme(Calendar(date(2026, 11, 20), months=3), seed=7)
    >>> spend = spend_by_day(programme, leads=1_000)
    >>> sorted(spend["currency"].unique())
    ['CNY', 'EUR', 'USD']
    """
    calendar = programme.calendar
    random = np.random.default_rng([programme.seed, 1])
    running, mix, parts = programme.running, channel_mix(), []
    rates = {name: programme.rate_of_day(name) for name in {"USD", *AD_CURRENCY.values()}}
    for number, _, channel, product, starts_on, ends_on, *_ in running.iter_rows():
        days = np.arange(
            max(0, (starts_on - calendar.start).days),
            min(calendar.days, (ends_on - calendar.start).days + 1),
        )
        of = CHANNEL_NUMBER[channel]
        expected = _expected_leads(calendar, leads * mix[of], channel, product, days)
        cost = CHANNELS[of].cost_per_lead * random.lognormal(-0.02, 0.2, len(days))
        rate = rates[AD_CURRENCY.get(channel, "USD")][days]
        cents = (expected * cost * 100 * 1_000_000 / rate).astype(np.int64)
        clicks = (expected * random.uniform(18, 30, len(days))).astype(np.int64)
        shown = (clicks * random.uniform(25, 60, len(days))).astype(np.int64)
        parts.append((np.full(len(days), number), days, cents, rate, shown, clicks))
    number, day, cents, rate, impressions, clicks = map(np.concatenate, zip(*parts, strict=True))
    channels = pl.Series(number).replace_strict(
        running["number"], running["channel"], return_dtype=pl.String
    )
    spend = pl.DataFrame(
        {
            "number": number,
            "channel": channels,
            "day": day,
            "currency": channels.replace_strict(AD_CURRENCY, default="USD"),
            "cents": cents,
            "usd_cents": (cents * rate + 500_000) // 1_000_000,
            "impressions": impressions,
            "clicks": clicks,
        }
    )
    return pl.concat([spend, event_spend(calendar, programme.event_campaigns.start, leads)])


def _expected_leads(
    calendar: Calendar, leads: float, channel: str, product: str, days: Integers
) -> Numbers:
    """How many leads a campaign is expected to bring on each of its days, of all of the channel."""
    if channel == "Trade Show":
        month = calendar.month_of_day == calendar.month_of_day[days[:1]] if len(days) else days
        return np.full(len(days), calendar.day_shares[month].sum() * leads / 3)
    expected: Numbers = calendar.day_shares[days] * leads
    return expected * PRODUCT_SHARES[PRODUCTS.index(product)]
