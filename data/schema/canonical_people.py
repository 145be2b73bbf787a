"""Contracts of the canonical tables of who there is: companies, people and their records."""

from __future__ import annotations

from typing import ClassVar

from data.schema.contract import (
    CONSENTS,
    EMAIL_STATES,
    PHONE_STATES,
    RELATIONSHIPS,
    SYSTEM,
    Contract,
    Timestamp,
)
from data.schema.frames import pa


class Account(Contract):
    """One row per company."""

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
