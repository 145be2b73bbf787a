"""Contracts of derived tables of what people did, and of what was done to them."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.schema.contract import Contract, Timestamp
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
