"""Contracts of every table: the only place where columns, types and checks are declared.

Each contract's first docstring line gives the grain. `unique` names the columns that identify a
row, its key: a file that brings the same key again updates the row. Amounts are in the base
currency unless the column says `original`; timestamps are UTC; rates and shares are 0 to 1.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

import pandera.polars as pa
import polars as pl

Timestamp = Annotated[pl.Datetime, "us", None]
Money = Annotated[pl.Decimal, 18, 2]
Rate = Annotated[pl.Decimal, 18, 8]

STAGES = ("lead", "mql", "sql", "opportunity", "won")
"""The funnel's order: a lead that entered a stage has reached every stage before it."""

EXITS = ("disqualified", "lost", "recycled")
RELATIONSHIPS = (
    "customer",
    "other_product_customer",
    "competitor_customer",
    "prospect",
    "unknown",
)
EMAIL_STATES = ("valid", "invalid", "bounced", "role", "disposable", "none")
PHONE_STATES = ("valid", "invalid", "none")
CONSENTS = ("granted", "withdrawn", "unknown")


class Contract(pa.DataFrameModel):
    """What all tables share: exactly the declared columns, in the declared order."""

    class Config:
        """Exactly these columns, in this order; `unique` names the key."""

        strict = True
        ordered = True


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
    """One row per resolved person; e-mail and phone only as keyed hashes."""

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["person_id"]

    person_id: str
    account_id: str = pa.Field(nullable=True)
    email_key: str = pa.Field(nullable=True)
    phone_key: str = pa.Field(nullable=True)
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
    """One row per source record that became a person."""

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["source_system", "source_record_id"]

    source_system: str
    source_record_id: str
    person_id: str
    matched_by: str = pa.Field(isin=("email", "phone", "id", "name_company"))
    confidence: float = pa.Field(ge=0, le=1)
    load_id: str


class Campaign(Contract):
    """One row per campaign."""

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["campaign_id"]

    campaign_id: str
    name: str = pa.Field(nullable=True)
    channel: str = pa.Field(nullable=True)
    kind: str = pa.Field(nullable=True)
    product: str = pa.Field(nullable=True)
    owner: str = pa.Field(nullable=True)
    starts_on: pl.Date = pa.Field(nullable=True)
    ends_on: pl.Date = pa.Field(nullable=True)
    budget_amount: Money = pa.Field(nullable=True, ge=0)
    planned_reach: int = pa.Field(nullable=True, ge=0)
    target_segment: str = pa.Field(nullable=True)
    load_id: str


class CampaignSpend(Contract):
    """One row per campaign and day; cost_amount is null until a rate for its currency is loaded."""

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["campaign_id", "spend_on"]

    campaign_id: str
    spend_on: pl.Date
    cost_amount: Money = pa.Field(nullable=True, ge=0)
    original_cost_amount: Money = pa.Field(ge=0)
    currency: str = pa.Field(str_matches=r"^[A-Z]{3}$")
    impressions: int = pa.Field(nullable=True, ge=0)
    clicks: int = pa.Field(nullable=True, ge=0)
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
    """One row per thing a person or visitor did, or that was done to them."""

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["interaction_id"]

    interaction_id: str
    person_id: str = pa.Field(nullable=True)
    visitor_id: str = pa.Field(nullable=True)
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
    source_system: str = pa.Field(nullable=True)
    load_id: str


class Lead(Contract):
    """One row per CRM lead record."""

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
    status: str = pa.Field(nullable=True)
    load_id: str


class StageChange(Contract):
    """One row per entry of a lead or opportunity into a stage."""

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
    """One row per opportunity; amount is in the base currency, null until a rate is loaded."""

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["opportunity_id"]

    opportunity_id: str
    account_id: str = pa.Field(nullable=True)
    primary_lead_id: str = pa.Field(nullable=True)
    created_at: Timestamp = pa.Field(nullable=True)
    amount: Money = pa.Field(nullable=True, ge=0)
    original_amount: Money = pa.Field(nullable=True, ge=0)
    currency: str = pa.Field(nullable=True, str_matches=r"^[A-Z]{3}$")
    stage: str = pa.Field(nullable=True)
    probability: float = pa.Field(nullable=True, ge=0, le=1)
    expected_close_on: pl.Date = pa.Field(nullable=True)
    closed_at: Timestamp = pa.Field(nullable=True)
    outcome: str = pa.Field(nullable=True, isin=("won", "lost", "open"))
    lost_reason: str = pa.Field(nullable=True)
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


class Load(Contract):
    """One row per file loaded."""

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["load_id"]

    load_id: str
    file_name: str
    sha256: str
    mapping: str
    rows_read: int = pa.Field(ge=0)
    rows_kept: int = pa.Field(ge=0)
    rows_changed: int = pa.Field(ge=0)
    rows_rejected: int = pa.Field(ge=0)
    as_of: Timestamp
    started_at: Timestamp
    finished_at: Timestamp


class RejectedRow(Contract):
    """One row per refused row and reason; personal values are masked."""

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["load_id", "line", "reason", "column"]

    load_id: str
    line: int = pa.Field(ge=1)
    reason: str
    column: str = pa.Field(nullable=True)
    value: str = pa.Field(nullable=True)
    row: str


class Restatement(Contract):
    """One row per closed month, metric and segment that a load changed."""

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["load_id", "month_on", "metric", "segment"]

    load_id: str
    month_on: pl.Date
    metric: str
    segment: str
    before: float = pa.Field(nullable=True)
    after: float = pa.Field(nullable=True)
    cause: str = pa.Field(isin=("new_rows", "changed_rows", "merge", "definition"))


class ErasedPerson(Contract):
    """One row per person erased on request: only the keys, so that no file brings them back."""

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["email_key", "phone_key"]

    email_key: str = pa.Field(nullable=True)
    phone_key: str = pa.Field(nullable=True)


UNASSIGNED = "Unassigned"
"""What a segment is called when nothing was recorded; it is always shown."""


class Segmented(Contract):
    """The segment columns that a derived table carries; what is not recorded is `Unassigned`."""

    channel: str
    campaign: str
    content: str
    product: str
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


class Journey(Segmented):
    """One row per lead episode.

    `*_at` (UTC) and `*_on` (reporting time zone) say when a stage was reached: the earliest entry
    of it or of a later one. `*_entered_at` and `*_entered_on` say when it was entered strictly: at
    or after the strict entry of the stage before. A lead that is recycled and qualifies again has a
    second episode; `episodes` is the number of the lead's rows. `won_amount` stands on one row per
    deal, a row with `is_primary`.
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
    exit_stage: str = pa.Field(nullable=True, isin=EXITS)
    exit_at: Timestamp = pa.Field(nullable=True)
    exit_reason: str = pa.Field(nullable=True)
    won_amount: Money = pa.Field(nullable=True, ge=0)
    is_primary: bool


class Deal(Segmented):
    """One row per opportunity, in the segments of its primary lead.

    Deals without a lead are here too, so that revenue adds up to the CRM's. `opened_on` and
    `closed_on` are dates in the reporting time zone. `first_touch_at` is the earliest marketing
    touch of the account, or of the lead's person where there is no account.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["opportunity_id"]

    opportunity_id: str
    lead_id: str = pa.Field(nullable=True)
    account_id: str = pa.Field(nullable=True)
    opened_at: Timestamp = pa.Field(nullable=True)
    opened_on: pl.Date = pa.Field(nullable=True)
    closed_on: pl.Date = pa.Field(nullable=True)
    outcome: str = pa.Field(isin=("won", "lost", "open"))
    amount: Money = pa.Field(nullable=True, ge=0)
    original_amount: Money = pa.Field(nullable=True, ge=0)
    currency: str = pa.Field(nullable=True)
    first_touch_at: Timestamp = pa.Field(nullable=True)


class Spend(Contract):
    """One row per campaign and day of spend, with the campaign's channel."""

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["campaign_id", "spend_on"]

    campaign_id: str
    spend_on: pl.Date
    channel: str
    campaign: str
    product: str
    cost_amount: Money = pa.Field(nullable=True, ge=0)
    currency: str
    impressions: int = pa.Field(nullable=True, ge=0)
    clicks: int = pa.Field(nullable=True, ge=0)


class Touch(Contract):
    """One row per interaction that can earn credit, in order of time."""

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


CANONICAL: dict[str, type[Contract]] = {
    "account": Account,
    "person": Person,
    "person_alias": PersonAlias,
    "campaign": Campaign,
    "campaign_spend": CampaignSpend,
    "content": Content,
    "interaction": Interaction,
    "lead": Lead,
    "stage_change": StageChange,
    "opportunity": Opportunity,
    "opportunity_lead": OpportunityLead,
    "opportunity_change": OpportunityChange,
    "exchange_rate": ExchangeRate,
    "plan": Plan,
}
"""Tables that a mapping may feed, by name."""

BOOKKEEPING: dict[str, type[Contract]] = {
    "load": Load,
    "rejected_row": RejectedRow,
    "restatement": Restatement,
    "erased_person": ErasedPerson,
}
"""Tables that loading itself keeps."""

DERIVED: dict[str, type[Contract]] = {
    "journey": Journey,
    "deal": Deal,
    "spend": Spend,
    "touch": Touch,
}
"""Tables that are built from the canonical ones after each load."""

TABLES: dict[str, type[Contract]] = CANONICAL | BOOKKEEPING | DERIVED


def columns(contract: type[Contract]) -> dict[str, pl.DataType]:
    """The contract's columns in order, with their Polars types.

    >>> columns(ExchangeRate)
    {'currency': String, 'rate_on': Date, 'rate': Decimal(precision=18, scale=8), 'load_id': String}
    """
    return {name: column.dtype.type for name, column in contract.to_schema().columns.items()}


def key(contract: type[Contract]) -> tuple[str, ...]:
    """The columns that together identify a row.

    >>> key(ExchangeRate)
    ('currency', 'rate_on')
    """
    return tuple(contract.to_schema().unique or ())


_SQL_TYPES: dict[type[pl.DataType], str] = {
    pl.String: "VARCHAR",
    pl.Int64: "BIGINT",
    pl.Float64: "DOUBLE",
    pl.Boolean: "BOOLEAN",
    pl.Date: "DATE",
    pl.Datetime: "TIMESTAMP",
}


def sql_type(dtype: pl.DataType) -> str:
    """The SQL type that holds a Polars type.

    >>> sql_type(pl.Decimal(18, 2))
    'DECIMAL(18, 2)'
    """
    if isinstance(dtype, pl.Decimal):
        return f"DECIMAL({dtype.precision}, {dtype.scale})"
    return _SQL_TYPES[dtype.base_type()]


def create_table(name: str, contract: type[Contract]) -> str:
    """The CREATE TABLE statement of a contract: names, types and NOT NULL, nothing else.

    Keys are kept by the load, which merges rows on them in bulk; an index would cost more than
    the merge. Names are quoted because `column` and `row` are words of SQL.

    >>> print(create_table("erased_person", ErasedPerson))
    CREATE TABLE "erased_person" ("email_key" VARCHAR, "phone_key" VARCHAR)
    """
    schema = contract.to_schema()
    parts = [
        f'"{column}" {sql_type(dtype)}' + ("" if schema.columns[column].nullable else " NOT NULL")
        for column, dtype in columns(contract).items()
    ]
    return f'CREATE TABLE "{name}" ({", ".join(parts)})'
