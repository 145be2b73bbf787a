"""Contracts of the derived tables of who is who, the content they met, and how good leads are."""

from __future__ import annotations

from typing import ClassVar

import pandera.polars as pa
import polars as pl

from data.schema.contract import STAGES, Contract, Money, Timestamp
from data.schema.derived import Segmented

EXISTING = ("customer", "open_opportunity", "customer_with_open_opportunity")


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


RELATED = ("Customer", "Other product", "Competitor", "New", "Unassigned")
"""Whose customer a lead's company was when the lead came in."""

BANT_C = ("budget", "authority", "need", "timeline", "competitor")
"""What is to be learned of a lead, as `has_*` of `lead_quality`."""

FAKE_RULES = ("word", "mailbox", "domain")
"""By what a lead is a fake: what was said of it, a throw-away mailbox, or the mailbox's domain."""


class LeadQuality(Segmented):
    """One row per lead: its level, grade, need and score, and what was known when it came in.

    `*_on` are the earliest days over its episodes, `exit_on` the day it left for good. `level` is
    that of its tier, else of its points; `level_by` says which. A tier that no level names is of
    none: `Unassigned`. `graded` is the grade of the file, else by the definitions' rules.
    `related_as` is what its company was to us when the lead came in. `score` is that of the scoring
    model in force then, else of the file; `score_tenth` is its tenth of all scored leads, 10 for
    the highest scores, where leads with one score are together. `has_*` is 1 where the field is
    filled, `filled_fields` their sum. `touches_before` are touches of its person before it came in,
    within the definitions' days. `won_amount` is in the base currency, on one lead per deal, which
    `is_primary`. `fake_by` is the rule by which it is a fake, null where it is none; `entered_file`
    the file of the first load that told of it.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["lead_id"]

    lead_id: str
    person_id: str = pa.Field(nullable=True)
    account_id: str = pa.Field(nullable=True)
    lead_on: pl.Date = pa.Field(nullable=True)
    mql_on: pl.Date = pa.Field(nullable=True)
    sql_on: pl.Date = pa.Field(nullable=True)
    opportunity_on: pl.Date = pa.Field(nullable=True)
    won_on: pl.Date = pa.Field(nullable=True)
    exit_on: pl.Date = pa.Field(nullable=True)
    exit_reason: str = pa.Field(nullable=True)
    won_amount: Money = pa.Field(nullable=True, ge=0)
    is_primary: bool
    level: str
    level_by: str = pa.Field(nullable=True, isin=("tier", "points"))
    graded: str = pa.Field(isin=("A", "B", "C", "Unassigned"))
    need_layer: str
    need_word: str = pa.Field(nullable=True)
    related_as: str = pa.Field(isin=RELATED)
    score: float = pa.Field(nullable=True)
    score_by: str = pa.Field(nullable=True, isin=("file", "model"))
    score_tenth: int = pa.Field(nullable=True, ge=1, le=10)
    has_budget: int = pa.Field(isin=(0, 1))
    has_authority: int = pa.Field(isin=(0, 1))
    has_need: int = pa.Field(isin=(0, 1))
    has_timeline: int = pa.Field(isin=(0, 1))
    has_competitor: int = pa.Field(isin=(0, 1))
    filled_fields: int = pa.Field(ge=0, le=5)
    touches_before: int = pa.Field(ge=0)
    high_touches_before: int = pa.Field(ge=0)
    fake_by: str = pa.Field(nullable=True, isin=FAKE_RULES)
    entered_file: str


class LeadMove(Segmented):
    """One row per lead and change of its level, as two exports of one kind show it.

    It moved after `seen_before_on`, when it was still of `level_before`, and not later than
    `moved_on`, the day of the first export with the new one.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["lead_id", "place"]

    lead_id: str
    place: int = pa.Field(ge=1)
    moved_on: pl.Date
    seen_before_on: pl.Date
    level_before: str
    level: str
