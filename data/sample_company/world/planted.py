"""The company behind the sample: the truth that is planted, and the calendar it happens on.

Rates are planted in terms of *reached*: a lead reaches a stage if it enters that stage or any
later one. The rate of a step is the share of the lead records which reached the first stage of
the step that ever reach the next one, however long it takes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]

Numbers = npt.NDArray[np.float64]

Flags = npt.NDArray[np.bool_]


SECONDS_PER_DAY = 86_400

NEVER = np.int64(2**60)
"""The time, in seconds, of something that does not happen."""


VENDOR = "Aldera Systems"

WEBSITE = "www.aldera-systems.com"

PRODUCTS = ("Condition Monitoring", "Edge Gateway", "Energy Analytics")

PRODUCT_SHARES = (0.45, 0.33, 0.22)

REGIONS = ("Europe", "North America", "China")

REGION_SHARES = (0.42, 0.35, 0.23)

UTC_OFFSET_HOURS = np.array([1, -5, 8])
"""Of the people of each region, all year."""

STAGES = ("lead", "mql", "sql", "opportunity", "won")

STEPS = ("lead_to_mql", "mql_to_sql", "sql_to_opportunity", "opportunity_to_won")

LAG_MEDIAN_DAYS = (5.0, 8.0, 14.0, 60.0)
"""Median days of each step, for those who make it; the time is log-normal."""

LAG_SIGMA = (1.0, 0.9, 0.8, 0.6)

EXIT_MEDIAN_DAYS = {"disqualified": 14.0, "recycled": 30.0, "requalified": 60.0, "lost": 70.0}

EXIT_SIGMA = {"disqualified": 0.9, "recycled": 0.5, "requalified": 0.6, "lost": 0.6}


SEASONALITY = (0.94, 1.02, 1.15, 1.04, 1.03, 0.98, 0.80, 0.74, 1.14, 1.16, 1.10, 0.78)
"""Relative volume of new leads by calendar month of entry, January first."""

GROWTH_PER_MONTH = 1.01

WEEKDAY_WEIGHTS = (1.0, 1.08, 1.05, 1.02, 0.88, 0.25, 0.22)


SHARES = {
    "duplicate": 0.03,
    "returning": 0.05,
    "buying_group": 0.2,
    "disqualified_before_mql": 0.45,
    "recycled_after_mql": 0.30,
    "disqualified_after_mql": 0.45,
    "requalified_after_recycling": 0.35,
    "sql_through_second_episode": 0.05,
    "disqualified_after_sql": 0.75,
    "skipped_mql": 0.04,
    "skipped_sql": 0.03,
    "regressed_after_sql": 0.01,
    "never_closed": 0.07,
    "account_of_sales": 0.07,
    "account_of_partner": 0.04,
    "known_to_marketing": 0.12,
    "deal_by_sales": 0.60,
    "deal_by_partner": 0.28,
    "won_by_sales": 0.30,
    "won_by_partner": 0.36,
    "second_deal": 0.12,
    "won_again": 0.50,
    "refunded": 0.04,
    "puts_off": 0.62,
    "puts_off_again": 0.85,
    "consent_withdrawn": 0.035,
    "do_not_call": 0.02,
    "existing_customer": 0.08,
    "invalid_email": 0.01,
    "placeholder": 0.015,
}
"""Shares planted beside the rates; each is a share of those to whom it can happen.

`account_of_*` are of the accounts with leads, `known_to_marketing` of these. `deal_by_*`, without
any lead, come per deal of a marketing lead, `second_deal` per win of a lead.
"""

WON_AT_KNOWN_ACCOUNTS = 0.41
"""Share of the won amount that comes from accounts that marketing knows. It touched most of them
before the deal: so it sources about 40% by the definitions that come with the product."""


def draw_choices(random: np.random.Generator, shares: Numbers) -> Integers:
    """Draw the number of one choice per row of shares (rows × choices, each row sums to 1).

    >>> draw_choices(np.random.default_rng(7), np.array([[0.0, 1.0], [1.0, 0.0]]))
    array([1, 0])
    """
    cumulative = np.cumsum(shares, axis=1)
    luck = random.random(len(shares)) * cumulative[:, -1]
    chosen: Integers = (luck[:, None] >= cumulative).sum(axis=1)
    last: int = shares.shape[1] - 1
    return np.minimum(chosen, last)


@dataclass(frozen=True)
class Calendar:
    """The months the sample covers, ending with `until`, and how leads spread over their days.

    Times are whole seconds since 1970 in UTC. The first day is the first of a month; the last
    month is cut at the end of `until`.

    >>> calendar = Calendar(date(2026, 11, 20), months=30)
    >>> calendar.start, calendar.days
    (datetime.date(2024, 6, 1), 903)
    """

    until: date
    months: int

    @cached_property
    def start(self) -> date:
        """First day covered."""
        return add_months(self.until.replace(day=1), 1 - self.months)

    @cached_property
    def days(self) -> int:
        """Days covered, `until` included."""
        return (self.until - self.start).days + 1

    @cached_property
    def start_at(self) -> int:
        """First second covered."""
        return seconds(self.start)

    @cached_property
    def cutoff_at(self) -> int:
        """First second that is not covered any more."""
        return seconds(self.until + timedelta(days=1))

    @cached_property
    def month_starts(self) -> tuple[date, ...]:
        """First day of each month covered."""
        return tuple(add_months(self.start, number) for number in range(self.months))

    @cached_property
    def day_shares(self) -> Numbers:
        """Share of all leads that are created on each day; sums to 1."""
        weights = self.weights(self.start, self.days)
        return weights / float(weights.sum())

    @cached_property
    def month_of_day(self) -> Integers:
        """Number of the covered month of each covered day."""
        firsts = [(first - self.start).days for first in self.month_starts]
        following: Integers = np.searchsorted(firsts, np.arange(self.days), side="right")
        return following - 1

    def weights(self, first: date, days: int) -> Numbers:
        """Relative volume of new leads on each of `days` days from `first`."""
        return np.array([self._weight(first + timedelta(days=day)) for day in range(days)])

    def day_number(self, times: Integers) -> Integers:
        """Number of the covered day of each time, the nearest one for times outside."""
        return np.clip((times - self.start_at) // SECONDS_PER_DAY, 0, self.days - 1)

    def month_number(self, times: Integers) -> Integers:
        """Number of the covered month of each time, the nearest one for times outside."""
        return self.month_of_day[self.day_number(times)]

    def draw_times(self, random: np.random.Generator, count: int) -> Integers:
        """Draw times: the day by its share, the hour mostly in the middle of the day."""
        days: Integers = np.searchsorted(np.cumsum(self.day_shares), random.random(count))
        hours = np.clip(random.normal(12.5, 3.5, count), 0.0, 23.99)
        time_of_day: Integers = (hours * 3600).astype(np.int64)
        return self.start_at + np.minimum(days, self.days - 1) * SECONDS_PER_DAY + time_of_day

    def _weight(self, day: date) -> float:
        months = (day.year - self.start.year) * 12 + day.month - self.start.month
        season = SEASONALITY[day.month - 1]
        return season * WEEKDAY_WEIGHTS[day.weekday()] * float(GROWTH_PER_MONTH**months)


def seconds(day: date) -> int:
    """Seconds from 1970 to the first moment of a day in UTC."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def add_months(first: date, months: int) -> date:
    """The first of the month that many months after a first of the month.

    >>> add_months(date(2026, 1, 1), -1)
    datetime.date(2025, 12, 1)
    """
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, 1)
