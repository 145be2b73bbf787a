"""Contracts of the canonical tables of who there is, and what is known of them.

Companies and people with their records, what people agreed to, the lists and tags they are on, and
what companies ordered. Beside them stands who was erased, which loading itself keeps.
"""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.references import SYSTEM
from data.schema.contract import (
    CONSENTS,
    EMAIL_STATES,
    PHONE_STATES,
    RELATIONSHIPS,
    Contract,
    Money,
    Timestamp,
)
from data.schema.frames import pa


class Account(Contract):
    """One row per company.

    `parent_id` refers to the company that it belongs to, by id or name as `account_id` does
    elsewhere. It may name a company without a row, the company itself, or run in a circle.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["account_id"]

    account_id: str
    name: str = pa.Field(nullable=True)
    name_key: str = pa.Field(nullable=True)
    domain: str = pa.Field(nullable=True)
    industry: str = pa.Field(nullable=True)
    size_band: str = pa.Field(nullable=True)
    country: str = pa.Field(nullable=True)
    region: str = pa.Field(nullable=True)
    city: str = pa.Field(nullable=True)
    relationship: str = pa.Field(nullable=True, isin=RELATIONSHIPS)
    owner: str = pa.Field(nullable=True)
    parent_id: str = pa.Field(nullable=True)
    load_id: str


class Person(Contract):
    """One row per person as a file names one; e-mail, phone and name only as keyed hashes.

    `email_domain` is what stands behind the @ and names a company, not a person. Which of the rows
    are one person stands in `person_identity`.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["person_id"]

    person_id: str
    account_id: str = pa.Field(nullable=True)
    email_key: str = pa.Field(nullable=True)
    phone_key: str = pa.Field(nullable=True)
    name_key: str = pa.Field(nullable=True)
    email_domain: str = pa.Field(nullable=True)
    email_state: str = pa.Field(nullable=True, isin=EMAIL_STATES)
    phone_state: str = pa.Field(nullable=True, isin=PHONE_STATES)
    job_title: str = pa.Field(nullable=True)
    seniority: str = pa.Field(nullable=True)
    department: str = pa.Field(nullable=True)
    persona: str = pa.Field(nullable=True)
    city: str = pa.Field(nullable=True)
    region: str = pa.Field(nullable=True)
    consent: str = pa.Field(nullable=True, isin=CONSENTS)
    consent_at: Timestamp = pa.Field(nullable=True)
    do_not_contact: bool = pa.Field(nullable=True)
    reachable_by_email: bool = pa.Field(nullable=True)
    reachable_by_phone: bool = pa.Field(nullable=True)
    reachable_by_wechat: bool = pa.Field(nullable=True)
    created_at: Timestamp = pa.Field(nullable=True)
    load_id: str


class PersonAlias(Contract):
    """One row per source record that became a person, with keyed hashes of its phone and name."""

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["source_system", "source_record_id"]

    source_system: str = pa.Field(str_matches=SYSTEM)
    source_record_id: str
    person_id: str
    phone_key: str = pa.Field(nullable=True)
    name_key: str = pa.Field(nullable=True)
    matched_by: str = pa.Field(isin=("email", "phone", "id", "name_company"))
    confidence: float = pa.Field(ge=0, le=1)
    load_id: str


class ConsentEvent(Contract):
    """One row per person, channel, purpose and time at which consent was given or withdrawn.

    The channel is the way of contact in the words of interactions (Email, WeChat), the purpose what
    for, such as marketing, product news or events. `all` stands for every one of them, and for one
    that a file does not name.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["person_id", "channel", "purpose", "changed_at"]

    person_id: str
    channel: str
    purpose: str
    changed_at: Timestamp
    state: str = pa.Field(isin=("granted", "withdrawn"))
    load_id: str


class Tag(Contract):
    """One row per person, account or lead and tag that it has.

    It holds from `starts_on` to `ends_on`, both included; a missing day leaves that end open.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["subject_kind", "subject_id", "tag"]

    subject_kind: str = pa.Field(isin=("person", "account", "lead"))
    subject_id: str
    tag: str
    starts_on: pl.Date = pa.Field(nullable=True)
    ends_on: pl.Date = pa.Field(nullable=True)
    load_id: str


class TargetAccount(Contract):
    """One row per list of target accounts and account on it."""

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["list_name", "account_id"]

    list_name: str
    account_id: str
    tier: str = pa.Field(nullable=True)
    load_id: str


class AccountOrder(Contract):
    """One row per order of an account, or per line of one where a file has lines with an id.

    `amount` is in the base currency, null until a rate for `ordered_on` is loaded. What was ordered
    is maintained until the end of `maintained_until`. A row whose amount or quantity is below zero
    is a return or a credit note: it is no purchase, and lowers what was bought.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["order_id"]

    order_id: str
    account_id: str
    product: str = pa.Field(nullable=True)
    ordered_on: pl.Date
    amount: Money = pa.Field(nullable=True)
    original_amount: Money = pa.Field(nullable=True)
    currency: str = pa.Field(nullable=True, str_matches=r"^[A-Z]{3}$")
    quantity: float = pa.Field(nullable=True)
    maintained_until: pl.Date = pa.Field(nullable=True)
    load_id: str


IS_PURCHASE = (
    "coalesce(account_order.original_amount, account_order.amount, 0) >= 0 "
    "AND coalesce(account_order.quantity, 0) >= 0"
)
"""SQL: an order is no return and no credit note, whose amount or quantity is below zero."""


FREE_TEXT = ("budget", "authority", "need", "timeline", "competitor", "self_reported_source")
"""Columns of a lead in which somebody wrote about the person."""


PEOPLE = frozenset(
    {"person", "person_alias", "interaction", "experiment_arm", "consent_event", "tag"}
)
"""Canonical tables whose rows are about a person and go with them; of tags those that are."""


class ErasedPerson(Contract):
    """One row per person erased on request: only the keys, so that no file brings them back."""

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["email_key", "phone_key"]

    email_key: str = pa.Field(nullable=True)
    phone_key: str = pa.Field(nullable=True)


class ErasedRecord(Contract):
    """One row per source record of an erased person, as a keyed hash of its reference."""

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["record_key"]

    record_key: str
