"""Contracts of the canonical tables of what was done and what came of it, whatever reported it."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.schema.contract import EXITS, STAGES, Contract, Money, Rate, Timestamp
from data.schema.frames import pa


class Campaign(Contract):
    """One row per campaign; `region` is where all of it is spent, null where it is several.

    `tool` is the platform or software that the campaign is run with.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["campaign_id"]

    campaign_id: str
    name: str = pa.Field(nullable=True)
    channel: str = pa.Field(nullable=True)
    kind: str = pa.Field(nullable=True)
    product: str = pa.Field(nullable=True)
    region: str = pa.Field(nullable=True)
    tool: str = pa.Field(nullable=True)
    owner: str = pa.Field(nullable=True)
    starts_on: pl.Date = pa.Field(nullable=True)
    ends_on: pl.Date = pa.Field(nullable=True)
    budget_amount: Money = pa.Field(nullable=True, ge=0)
    planned_reach: int = pa.Field(nullable=True, ge=0)
    target_segment: str = pa.Field(nullable=True)
    load_id: str


class CampaignSpend(Contract):
    """One row per campaign and day, or first day of a period that is told whole.

    `spend_until` is the last day of such a period, null where the row is about one day. A negative
    cost is a credit: the platform took back what it had charged. `ad_account` is the account of
    the platform that paid, null where the report names none; the report tells all that the account
    spent from `covers_from` to `covers_to`, null where it tells from its first day to its last.
    cost_amount is null until a rate for its currency is loaded. Of each day the newest report of an
    account counts (`data.derive.activity.spend`).
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["campaign_id", "spend_on"]

    campaign_id: str
    spend_on: pl.Date
    spend_until: pl.Date = pa.Field(nullable=True)
    ad_account: str = pa.Field(nullable=True)
    covers_from: pl.Date = pa.Field(nullable=True)
    covers_to: pl.Date = pa.Field(nullable=True)
    cost_amount: Money = pa.Field(nullable=True)
    original_cost_amount: Money
    currency: str = pa.Field(str_matches=r"^[A-Z]{3}$")
    impressions: int = pa.Field(nullable=True, ge=0)
    clicks: int = pa.Field(nullable=True, ge=0)
    source_system: str = pa.Field(nullable=True)
    load_id: str


class Content(Contract):
    """One row per content asset."""

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["content_id"]

    content_id: str
    title: str = pa.Field(nullable=True)
    kind: str = pa.Field(nullable=True)
    topic: str = pa.Field(nullable=True)
    persona: str = pa.Field(nullable=True)
    published_on: pl.Date = pa.Field(nullable=True)
    load_id: str


class Interaction(Contract):
    """One row per thing a person or visitor did, or that was done to them.

    `engaged_seconds` is how long they were at it: the page in front, the video running, the session
    attended. `session_id` is the visit to a website that it was part of: what its first interaction
    with a source says of channel, campaign and source holds for all of it.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["interaction_id"]

    interaction_id: str
    person_id: str = pa.Field(nullable=True)
    visitor_id: str = pa.Field(nullable=True)
    session_id: str = pa.Field(nullable=True)
    occurred_at: Timestamp
    action: str
    value_tier: str = pa.Field(nullable=True, isin=("high", "low"))
    channel: str = pa.Field(nullable=True)
    campaign_id: str = pa.Field(nullable=True)
    content_id: str = pa.Field(nullable=True)
    utm_source: str = pa.Field(nullable=True)
    utm_medium: str = pa.Field(nullable=True)
    utm_campaign: str = pa.Field(nullable=True)
    utm_term: str = pa.Field(nullable=True)
    utm_content: str = pa.Field(nullable=True)
    engaged_seconds: float = pa.Field(nullable=True, ge=0)
    source_system: str = pa.Field(nullable=True)
    load_id: str


class Lead(Contract):
    """One row per CRM lead record.

    `status` is the source's own word, `stage` the stage that the mapping takes it for: where the
    record stood when the export was made. It makes no entry; two that differ do.
    `self_reported_source` is what the person answered when asked how they had heard of us.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["lead_id"]

    lead_id: str
    person_id: str = pa.Field(nullable=True)
    account_id: str = pa.Field(nullable=True)
    created_at: Timestamp = pa.Field(nullable=True)
    channel: str = pa.Field(nullable=True)
    campaign_id: str = pa.Field(nullable=True)
    content_id: str = pa.Field(nullable=True)
    owner: str = pa.Field(nullable=True)
    region: str = pa.Field(nullable=True)
    product: str = pa.Field(nullable=True)
    score: float = pa.Field(nullable=True)
    tier: str = pa.Field(nullable=True)
    grade: str = pa.Field(nullable=True, isin=("A", "B", "C"))
    budget: str = pa.Field(nullable=True)
    authority: str = pa.Field(nullable=True)
    need: str = pa.Field(nullable=True)
    timeline: str = pa.Field(nullable=True)
    competitor: str = pa.Field(nullable=True)
    self_reported_source: str = pa.Field(nullable=True)
    status: str = pa.Field(nullable=True)
    stage: str = pa.Field(nullable=True, isin=STAGES + EXITS)
    load_id: str


class StageChange(Contract):
    """One row per entry of a lead or opportunity into a stage, as any load reported it.

    A date column that was corrected has left a row for each of its dates, of which those of the
    newest load count (`data.standing.withdrawn`).
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = [
            "subject_kind",
            "subject_id",
            "stage",
            "entered_at",
            "inferred_from",
        ]

    subject_kind: str = pa.Field(isin=("lead", "opportunity"))
    subject_id: str
    stage: str = pa.Field(isin=STAGES + EXITS)
    entered_at: Timestamp
    reason: str = pa.Field(nullable=True)
    actor: str = pa.Field(nullable=True)
    source_system: str = pa.Field(nullable=True)
    inferred_from: str = pa.Field(isin=("history", "date_column", "status_diff"))
    load_id: str


class Opportunity(Contract):
    """One row per opportunity; amount is in the base currency, null until a rate is loaded.

    A credit or a refund is an amount below zero.
    `lost_to` is the competitor that the seller names, of a deal that was lost the one who won it.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["opportunity_id"]

    opportunity_id: str
    account_id: str = pa.Field(nullable=True)
    primary_lead_id: str = pa.Field(nullable=True)
    created_at: Timestamp = pa.Field(nullable=True)
    amount: Money = pa.Field(nullable=True)
    original_amount: Money = pa.Field(nullable=True)
    currency: str = pa.Field(nullable=True, str_matches=r"^[A-Z]{3}$")
    stage: str = pa.Field(nullable=True)
    probability: float = pa.Field(nullable=True, ge=0, le=1)
    expected_close_on: pl.Date = pa.Field(nullable=True)
    closed_at: Timestamp = pa.Field(nullable=True)
    outcome: str = pa.Field(nullable=True, isin=("won", "lost", "open"))
    lost_reason: str = pa.Field(nullable=True)
    lost_to: str = pa.Field(nullable=True)
    win_reason: str = pa.Field(nullable=True)
    owner: str = pa.Field(nullable=True)
    product: str = pa.Field(nullable=True)
    load_id: str


class OpportunityLead(Contract):
    """One row per lead that took part in an opportunity."""

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["opportunity_id", "lead_id"]

    opportunity_id: str
    lead_id: str
    role: str = pa.Field(nullable=True)
    load_id: str


class OpportunityChange(Contract):
    """One row per change of an opportunity's amount, stage or close date."""

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["opportunity_id", "changed_at", "field"]

    opportunity_id: str
    changed_at: Timestamp
    field: str = pa.Field(isin=("amount", "stage", "expected_close_on", "probability"))
    old: str = pa.Field(nullable=True)
    new: str = pa.Field(nullable=True)
    load_id: str


class ExchangeRate(Contract):
    """One row per currency and day: units of the base currency for one unit of it."""

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["currency", "rate_on"]

    currency: str = pa.Field(str_matches=r"^[A-Z]{3}$")
    rate_on: pl.Date
    rate: Rate = pa.Field(gt=0)
    load_id: str


class Plan(Contract):
    """One row per plan, month, segment and metric."""

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["plan_id", "month_on", "dimension", "segment", "metric"]

    plan_id: str
    month_on: pl.Date
    dimension: str
    segment: str
    metric: str
    target: Money = pa.Field(ge=0)
    load_id: str
