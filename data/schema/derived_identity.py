"""Contracts of derived tables of who is who."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.schema.contract import EXITS, RECORDS, STAGES, Contract, Timestamp
from data.schema.frames import pa

EXISTING = ("customer", "open_opportunity", "customer_with_open_opportunity")

DECIDED_BY = ("frequency", "definitions", "channel_rule")
"""What decides in which spelling a value is shown."""


class RetiredRecord(Contract):
    """One row per record that its source has ended, by the newest file that tells of it.

    `was_at` is the time of the newest file that has the record alive, null where none ever had it;
    `told_at` that of the newest file that ended it, which is `load_id`. What a merged record had
    belongs to `survivor_id`: the end of its chain of merges, null where that is gone or not known.
    A `problem` says why an end does not apply, so that the record still counts: it `came back` in a
    newer file, its merges run in a `circle`, or lead to a record that is `not loaded`. Whose it was
    say `of_lead_id`, `of_person_id` and `of_account_id`, as its own row names them; null where that
    is not loaded.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["subject_kind", "subject_id"]

    subject_kind: str = pa.Field(isin=RECORDS)
    subject_id: str
    how: str = pa.Field(isin=("deleted", "merged", "vanished"))
    ended_at: Timestamp = pa.Field(nullable=True)
    was_at: Timestamp = pa.Field(nullable=True)
    told_at: Timestamp
    load_id: str
    into_id: str = pa.Field(nullable=True)
    survivor_id: str = pa.Field(nullable=True)
    problem: str = pa.Field(nullable=True, isin=("came back", "circle", "not loaded"))
    of_lead_id: str = pa.Field(nullable=True)
    of_person_id: str = pa.Field(nullable=True)
    of_account_id: str = pa.Field(nullable=True)


class TakenBack(Contract):
    """One row per entry into a stage that newer files took back, of records that stand.

    It counts nowhere and is history. `because` a date is given no more (`withdrawn`), another date
    is (`corrected`), or a deal is open again or ended otherwise (`undone`). `until_at` is when the
    history has the deal open again, else the time of the newest file that told the entry; null
    where neither is known, as a history goes on telling what was undone.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["subject_kind", "subject_id", "stage", "entered_at"]

    subject_kind: str = pa.Field(isin=("lead", "opportunity"))
    subject_id: str
    stage: str = pa.Field(isin=STAGES + EXITS)
    entered_at: Timestamp
    because: str = pa.Field(isin=("withdrawn", "corrected", "undone"))
    until_at: Timestamp = pa.Field(nullable=True)
    reason: str = pa.Field(nullable=True)
    actor: str = pa.Field(nullable=True)


class PersonIdentity(Contract):
    """One row per reference to a person.

    A reference is what a row names its person by: `p_…` made of an e-mail or a phone, else
    `system:record`. All references of one person have the same `person_id`, itself one of them;
    it is its `own`. `confidence` is that of the weakest link used.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["reference"]

    reference: str
    person_id: str
    matched_by: str = pa.Field(isin=("own", "email", "phone", "id", "name_company"))
    confidence: float = pa.Field(ge=0, le=1)


class PersonProposal(Contract):
    """One row per two persons that may be one; nothing is merged by it, a person is to judge.

    `name_company`: they have the same name and account, and no contacts that contradict each
    other; `id`: a record was reported as one and then, with another e-mail, name and phone, as the
    other. `private_mail` says that one writes from a company's address, the other from one that
    anybody may have.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["reference", "person_id"]

    reference: str
    person_id: str
    account_id: str = pa.Field(nullable=True)
    matched_by: str = pa.Field(isin=("name_company", "id"))
    confidence: float = pa.Field(ge=0, le=1)
    same_title: bool
    same_city: bool
    private_mail: bool


class AccountIdentity(Contract):
    """One row per reference to a company and the account it is or may be.

    Each account has exactly one row that is `applied`. Rows that are not are proposals for a
    person to judge; nothing is merged by them.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["reference", "account_id"]

    reference: str
    account_id: str
    matched_by: str = pa.Field(isin=("own", "domain", "name_key", "email_domain", "linkage"))
    confidence: float = pa.Field(ge=0, le=1)
    applied: bool


class LeadIdentity(Contract):
    """One row per lead: its person, its account, and how the account was found.

    `record`: the lead names it by its id; `name_key`, `domain`, `email_domain`, `linkage`: by a
    company name that is the account's; `person`: it is the company of the lead's person;
    `person_domain`: it is known by the domain of the person's e-mail.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["lead_id"]

    lead_id: str
    person_id: str = pa.Field(nullable=True)
    account_id: str = pa.Field(nullable=True)
    account_matched_by: str = pa.Field(
        nullable=True,
        isin=(
            "record", "name_key", "domain", "email_domain", "linkage", "person", "person_domain"
        ),
    )  # fmt: skip
    account_confidence: float = pa.Field(nullable=True, ge=0, le=1)


class LeadNotice(Contract):
    """One row per lead whose company was a customer, or had an open opportunity, when it came in.

    `opportunity_id` is the newest opportunity then open that the lead has no part in.
    `notify_owner` is the owner of that opportunity, else of the account, else of the last deal won
    before; null when none is recorded.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["lead_id"]

    lead_id: str
    lead_at: Timestamp
    lead_on: pl.Date
    person_id: str = pa.Field(nullable=True)
    account_id: str
    existing_relationship: str = pa.Field(isin=EXISTING)
    opportunity_id: str = pa.Field(nullable=True)
    notify_owner: str = pa.Field(nullable=True)


class StandardisedValue(Contract):
    """One row per value that is read as another word than it was written, and the rows with it.

    `column` names the table's column that holds the original, `becomes` what was made of it.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["column", "becomes", "original"]

    column: str
    becomes: str
    original: str
    standard: str
    rows: int = pa.Field(ge=1)


class ShownValue(Contract):
    """One row per segment and text of its values that is shown as another one, and its rows.

    What differs in case, width and blanks only is one value. `decided_by` says what decided how it
    is shown: `frequency`, the most frequent spelling; `definitions`, a name that they or standard
    words give; `channel_rule`, the rule for what is `shown`, because the text is one of its
    sources. `stands_in` is the column that has most of the rows.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["segment", "written"]

    segment: str
    written: str
    shown: str
    decided_by: str = pa.Field(isin=DECIDED_BY)
    rows: int = pa.Field(ge=1)
    stands_in: str
