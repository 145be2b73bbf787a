"""Contracts of the derived tables of content: what assets there are, and who met which when."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.schema.contract import STAGES, Contract
from data.schema.frames import pa


class ContentUse(Contract):
    """One row per asset, person or anonymous visitor, day and channel.

    Whatever is known of an asset and somebody is exposure, also what was done to them; so every row
    is. Own staff and machines are left out as from `touch`, and so is what nobody is known of. Keys
    are numbers for scanning: `person_key` and `account_key` are those of `touch`, `visitor_key` is
    of a visitor whose person is not known. `used_on` is a day in the reporting time zone, `actions`
    the number of interactions. `is_read` and `is_downloaded` are what the definitions call so; who
    downloads is a reader.

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
        ]

    content_id: str
    person_id: str = pa.Field(nullable=True)
    person_key: int = pa.Field(nullable=True)
    account_key: int = pa.Field(nullable=True)
    visitor_key: int = pa.Field(nullable=True)
    used_on: pl.Date
    channel: str
    actions: int = pa.Field(ge=1)
    is_read: bool
    is_downloaded: bool
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
