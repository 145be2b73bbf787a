"""Contracts of derived tables of leads and deals, with the segments that these carry."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.schema.contract import EXITS, STAGES, Contract, Money, Timestamp
from data.schema.frames import pa


class Segmented(Contract):
    """The segment columns that a derived table carries; what is not recorded is `Unassigned`.

    `own_segment` is that of the definitions' rules. `tags` are all tags of the lead, in order, with
    ` · ` between them: so each lead stands once, and its combination of tags is one segment.
    """

    channel: str
    campaign: str
    content: str
    product: str
    tool: str
    owner: str
    region: str
    country: str
    city: str
    industry: str
    size_band: str
    relationship: str
    seniority: str
    department: str
    persona: str
    tier: str
    grade: str
    own_segment: str
    tags: str


class Journey(Segmented):
    """One row per lead episode.

    `*_at` (UTC) and `*_on` (reporting time zone) say when a stage was reached: the earliest entry
    of it or of a later one; when a lead came, only by an entry of its own. `*_entered_at` and
    `*_entered_on` say when it was entered strictly: at or after the strict entry of the stage
    before. A lead that is recycled and qualifies again has a second episode; `episodes` is the
    number of the lead's rows. `won_amount` stands on one row per deal that a lead led to, a row
    with `is_primary`.

    `undated_stage` is the furthest stage that the lead is known to have reached without a day, null
    where all that it reached has one: its record stands there now, or a deal has no date.
    `known_on` is the day by which that is known. Days of stages up to it that are null are unknown,
    and so is `exit_on` where there is an `exit_stage`. A lead of several episodes has a history.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["lead_id", "episode"]

    lead_id: str
    episode: int = pa.Field(ge=1)
    episodes: int = pa.Field(ge=1)
    person_id: str = pa.Field(nullable=True)
    account_id: str = pa.Field(nullable=True)
    opportunity_id: str = pa.Field(nullable=True)
    lead_at: Timestamp = pa.Field(nullable=True)
    mql_at: Timestamp = pa.Field(nullable=True)
    sql_at: Timestamp = pa.Field(nullable=True)
    opportunity_at: Timestamp = pa.Field(nullable=True)
    won_at: Timestamp = pa.Field(nullable=True)
    lead_entered_at: Timestamp = pa.Field(nullable=True)
    mql_entered_at: Timestamp = pa.Field(nullable=True)
    sql_entered_at: Timestamp = pa.Field(nullable=True)
    opportunity_entered_at: Timestamp = pa.Field(nullable=True)
    won_entered_at: Timestamp = pa.Field(nullable=True)
    lead_on: pl.Date = pa.Field(nullable=True)
    mql_on: pl.Date = pa.Field(nullable=True)
    sql_on: pl.Date = pa.Field(nullable=True)
    opportunity_on: pl.Date = pa.Field(nullable=True)
    won_on: pl.Date = pa.Field(nullable=True)
    lead_entered_on: pl.Date = pa.Field(nullable=True)
    mql_entered_on: pl.Date = pa.Field(nullable=True)
    sql_entered_on: pl.Date = pa.Field(nullable=True)
    opportunity_entered_on: pl.Date = pa.Field(nullable=True)
    won_entered_on: pl.Date = pa.Field(nullable=True)
    undated_stage: str = pa.Field(nullable=True, isin=STAGES)
    known_on: pl.Date = pa.Field(nullable=True)
    exit_stage: str = pa.Field(nullable=True, isin=EXITS)
    exit_at: Timestamp = pa.Field(nullable=True)
    exit_on: pl.Date = pa.Field(nullable=True)
    exit_reason: str = pa.Field(nullable=True)
    won_amount: Money = pa.Field(nullable=True)
    is_primary: bool


LINKED_BY = ("lead", "contact", "name", "account")
"""How a deal found a lead, the surest way first."""


class DealLead(Contract):
    """One row per deal and lead that takes part in it.

    `place` counts a deal's leads from 1, its primary lead. `linked_by` says how it was found: the
    deal names the `lead`, or its person by a record or address (`contact`) or by a `name` that its
    company has once, or nobody else of its `account` could have led to it. `came_late` says that
    the lead was created more than a day after the deal was opened: it joined a deal that was
    already open, which it cannot have led to. A deal without a day of opening was open by its first
    entry or closing. Leads that came late stand last.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["opportunity_id", "lead_id"]

    opportunity_id: str
    lead_id: str
    place: int = pa.Field(ge=1)
    linked_by: str = pa.Field(isin=LINKED_BY)
    came_late: bool


class LeadStageEntry(Contract):
    """One row per entry of a lead, or of a deal it led to, into a stage, in the lead's order.

    All entries that files report or snapshots show are here, but for dates that were corrected and
    deals that the lead joined late (`deal_lead`); an entry that two sources tell is here twice.
    `place` counts a lead's entries from 1. `stage_before` is the stage of the entry before, null of
    the first; it is the same stage where nothing changed. `is_return` says that the lead comes from
    another stage and had been in this one before. `entered_at` (UTC) is the moment as recorded, of
    a deal's entry not before the first of the lead's own. `since_on` (reporting time zone) is the
    day on which the entry takes its place, and `until_on` that of the next one, null of the last.
    The two differ where a lead was created after its first entry, or a deal opened after it was
    closed.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["lead_id", "place"]

    lead_id: str
    place: int = pa.Field(ge=1)
    stage: str = pa.Field(isin=STAGES + EXITS)
    entered_at: Timestamp
    since_on: pl.Date
    until_on: pl.Date = pa.Field(nullable=True)
    stage_before: str = pa.Field(nullable=True, isin=STAGES + EXITS)
    is_return: bool
    reason: str = pa.Field(nullable=True)
    opportunity_id: str = pa.Field(nullable=True)


class Deal(Segmented):
    """One row per opportunity, in the segments of its primary lead.

    `linked_by` and `came_late` are those of the primary lead (`deal_lead`), null without one.

    Deals without a lead are here too, so that revenue adds up to the CRM's. `opened_on` and
    `closed_on` are dates in the reporting time zone. `first_touch_at` is the earliest marketing
    touch of anyone at the account or of the primary lead's person, null when neither has one.
    `account_since_on` is the day on which the first lead of the account came.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["opportunity_id"]

    opportunity_id: str
    lead_id: str = pa.Field(nullable=True)
    linked_by: str = pa.Field(nullable=True, isin=LINKED_BY)
    came_late: bool = pa.Field(nullable=True)
    account_id: str = pa.Field(nullable=True)
    opened_at: Timestamp = pa.Field(nullable=True)
    opened_on: pl.Date = pa.Field(nullable=True)
    closed_on: pl.Date = pa.Field(nullable=True)
    outcome: str = pa.Field(isin=("won", "lost", "open"))
    amount: Money = pa.Field(nullable=True)
    original_amount: Money = pa.Field(nullable=True)
    currency: str = pa.Field(nullable=True)
    first_touch_at: Timestamp = pa.Field(nullable=True)
    account_since_on: pl.Date = pa.Field(nullable=True)


class StageDifference(Contract):
    """One row per entry into a stage that only a comparison of two snapshots shows.

    It took place after `seen_before_at`, when the record was still in `stage_before`, and not later
    than `entered_at`, the moment of the first snapshot with the new stage. Entries that a history
    or a date column reports are not here (`data.derive.stage_entries`).
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["subject_kind", "subject_id", "stage", "entered_at"]

    subject_kind: str = pa.Field(isin=("lead", "opportunity"))
    subject_id: str
    stage: str = pa.Field(isin=STAGES + EXITS)
    entered_at: Timestamp
    stage_before: str = pa.Field(isin=STAGES + EXITS)
    seen_before_at: Timestamp
    reason: str = pa.Field(nullable=True)
    inferred_from: str = pa.Field(isin=("status_diff",))


class OpportunityDifference(Contract):
    """One row per change of an opportunity that only a comparison of two snapshots shows.

    It took place after `seen_before_at` and not later than `changed_at`. Values are written as in
    `opportunity_change`; amounts are in the opportunity's own currency.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["opportunity_id", "changed_at", "field"]

    opportunity_id: str
    changed_at: Timestamp
    field: str = pa.Field(isin=("amount", "stage", "expected_close_on", "probability"))
    old: str
    new: str
    seen_before_at: Timestamp
