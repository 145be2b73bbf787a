"""Contracts of derived tables of what people did, what was done to them, and what it cost."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.schema.contract import STAGES, Contract, Money, Timestamp
from data.schema.frames import pa


class TouchLeftOut(Contract):
    """One row per interaction that would be a touch and earns nothing, with the reason.

    `own_staff`: of our own people. `machine`: of a visitor or person on a day with more touches
    than a person makes. The days are those of UTC.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["interaction_id"]

    interaction_id: str
    reason: str = pa.Field(isin=("own_staff", "machine"))
    day: pl.Date


class Touch(Contract):
    """One row per interaction that can earn credit, in order of time.

    `place` counts them in that order; of one moment, in order of their ids. `person_key` and
    `account_key` are numbers for scanning, which may be others after the next load: what is left of
    one after division by 256 is the group in which shares are drawn again.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["interaction_id"]

    interaction_id: str
    person_id: str = pa.Field(nullable=True)
    account_id: str = pa.Field(nullable=True)
    occurred_at: Timestamp
    occurred_on: pl.Date
    action: str
    value_tier: str = pa.Field(isin=("high", "low"))
    channel: str
    campaign: str
    content: str
    place: int = pa.Field(ge=1)
    person_key: int = pa.Field(nullable=True)
    account_key: int = pa.Field(nullable=True)


class PathStep(Contract):
    """One row per touch of a path that counts; `place` counts those of a path from 1 on.

    They are the touches that the newest load of the path reports: what an older one said of a
    longer path is over. What names no campaign or content is Unassigned.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["source_system", "path_id", "place"]

    source_system: str
    path_id: str
    place: int = pa.Field(ge=1)
    channel: str
    campaign: str
    content: str


class Contact(Contract):
    """One row per person, way of contact, campaign and day of UTC on which it contacted them.

    What was sent, delivered and bounced of one mailing on a day is one contact, at the moment of
    the first, `contact_at`; `is_failed`: some of it came back. `channel` is that of the
    interaction, else of its campaign; `campaign` its name, null where none is named. `is_sales`:
    made through a channel of sales. `place` counts the person's contacts from 1 on, `nth` those of
    the 30 days up to this one, itself included. `answered_at` is when the person first did what the
    definitions call a response, `withdrawn_at` when they first withdrew consent: after this contact
    and before the next one. Of contacts at one moment each is answered.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["contact_id", "way"]

    contact_id: str
    person_id: str
    way: str
    campaign_id: str = pa.Field(nullable=True)
    campaign: str = pa.Field(nullable=True)
    channel: str
    contact_at: Timestamp
    contact_on: pl.Date
    place: int = pa.Field(ge=1)
    nth: int = pa.Field(ge=1)
    is_failed: bool
    is_sales: bool
    answered_at: Timestamp = pa.Field(nullable=True)
    withdrawn_at: Timestamp = pa.Field(nullable=True)


class ContentUse(Contract):
    """One row per asset, person or anonymous visitor, day, channel and campaign.

    Whatever is known of an asset and somebody is exposure, also what was done to them; so every row
    is. Own staff and machines are left out as from `touch`, and so is what nobody is known of. Keys
    are numbers for scanning: `person_key` and `account_key` are those of `touch`, `visitor_key` is
    of a visitor whose person is not known. `used_on` is a day in the reporting time zone, `actions`
    the number of interactions. `is_read` and `is_downloaded` are what the definitions call so; who
    downloads is a reader. `engaged_milliseconds` is how long they were at it on the day, as far as
    it is on record, in whole ones so that sums are the same in any order; null where nothing is.

    The rest is about the person, null of a visitor. `stage` is the furthest that a lead of theirs
    had reached by the day, null before there was one. `is_new`: the day is the first on which they
    did anything; `is_reactivated`: they had done nothing for the days that the definitions call
    dormant. `is_effective` follows the rule in force on the day, `is_effective_now` the newest
    rule, both with the values that leads and person have now; null where a value that the rule asks
    for is not known, or no rule holds.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = [
            "content_id",
            "person_key",
            "visitor_key",
            "used_on",
            "channel",
            "campaign",
        ]

    content_id: str
    person_id: str = pa.Field(nullable=True)
    person_key: int = pa.Field(nullable=True)
    account_key: int = pa.Field(nullable=True)
    visitor_key: int = pa.Field(nullable=True)
    used_on: pl.Date
    channel: str
    campaign: str
    actions: int = pa.Field(ge=1)
    is_read: bool
    is_downloaded: bool
    engaged_milliseconds: int = pa.Field(nullable=True, ge=0)
    persona: str = pa.Field(nullable=True)
    stage: str = pa.Field(nullable=True, isin=STAGES)
    is_new: bool = pa.Field(nullable=True)
    is_reactivated: bool = pa.Field(nullable=True)
    is_effective: bool = pa.Field(nullable=True)
    is_effective_now: bool = pa.Field(nullable=True)


class ContentAsset(Contract):
    """One row per asset that a file describes, or that an interaction names.

    `content` is the title as in `touch`, else what names the asset. `intended_persona` is for whom
    it was made.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["content_id"]

    content_id: str
    content: str
    kind: str = pa.Field(nullable=True)
    topic: str = pa.Field(nullable=True)
    intended_persona: str = pa.Field(nullable=True)
    published_on: pl.Date = pa.Field(nullable=True)


class SpendReport(Contract):
    """One row per ad report loaded and ad account: the days that it covers.

    A report that names no account is of the only one that its system's reports name; else its
    currency stands for the account. The newest report that covers a day tells what the account
    spent on it.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["load_id", "source_system", "ad_account"]

    load_id: str
    source_system: str
    ad_account: str
    covers_from: pl.Date
    covers_to: pl.Date


class SupersededSpend(Contract):
    """One row per two ad reports of an account, of which the newer takes the place of the older.

    `older_cost_amount` is what the older told of the days that the newer covers as the newest of
    all, from `first_on` to `last_on`; `newer_cost_amount` what the newer tells of these days. In
    reports with several currencies each two have their row.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = [
            "newer_load_id",
            "older_load_id",
            "source_system",
            "ad_account",
            "older_currency",
            "newer_currency",
        ]

    newer_load_id: str
    older_load_id: str
    source_system: str
    ad_account: str
    first_on: pl.Date
    last_on: pl.Date
    older_cost_amount: Money
    older_currency: str
    newer_cost_amount: Money
    newer_currency: str


class Spend(Contract):
    """One row per campaign and day of spend, with the campaign's channel, product and tool.

    `campaign_region` is the region that the campaign names, null where it names none: such spend is
    of no region, and is not divided among them. Spend of which only a period is known is spread
    evenly over its days, from `spread_from` to `spread_until`; both are null where the day itself
    is known. A negative cost is a credit.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["campaign_id", "spend_on"]

    campaign_id: str
    spend_on: pl.Date
    channel: str
    campaign: str
    product: str
    tool: str
    campaign_region: str = pa.Field(nullable=True)
    cost_amount: Money = pa.Field(nullable=True)
    currency: str
    impressions: int = pa.Field(nullable=True, ge=0)
    clicks: int = pa.Field(nullable=True, ge=0)
    spread_from: pl.Date = pa.Field(nullable=True)
    spread_until: pl.Date = pa.Field(nullable=True)
