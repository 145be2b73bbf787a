"""Contracts of every table: the only place where columns, types and checks are declared.

Each contract's first docstring line gives the grain. `unique` names the columns that identify a
row, its key: a file that brings the same key again updates the row. Amounts are in the base
currency unless the column says `original`; timestamps are UTC; rates and shares are 0 to 1.
"""

from __future__ import annotations

from data.schema.bookkeeping import (
    DerivedLoad,
    FilledColumn,
    FullExport,
    Load,
    LoadColumn,
    LoadRemark,
    RejectedRow,
    Restatement,
    RewrittenValue,
    SampleLoad,
)
from data.schema.canonical import (
    Campaign,
    CampaignSpend,
    Content,
    ExchangeRate,
    Interaction,
    Lead,
    Opportunity,
    OpportunityChange,
    OpportunityLead,
    Plan,
    StageChange,
)
from data.schema.canonical_optional import (
    Action,
    Assignment,
    Experiment,
    ExperimentArm,
    Path,
    PathTouch,
    RecordEnd,
)
from data.schema.canonical_people import (
    Account,
    AccountOrder,
    ConsentEvent,
    ErasedPerson,
    ErasedRecord,
    Person,
    PersonAlias,
    Tag,
    TargetAccount,
)
from data.schema.contract import Contract
from data.schema.derived import (
    Deal,
    DealLead,
    Journey,
    LeadStageEntry,
    OpportunityDifference,
    StageDifference,
)
from data.schema.derived_activity import (
    Contact,
    ContentAsset,
    ContentUse,
    PathStep,
    Spend,
    SpendReport,
    SupersededSpend,
    Touch,
    TouchLeftOut,
)
from data.schema.derived_identity import (
    AccountIdentity,
    LeadIdentity,
    LeadNotice,
    PersonIdentity,
    PersonProposal,
    RetiredRecord,
    ShownValue,
    StandardisedValue,
    TakenBack,
)
from data.schema.derived_quality import LeadMove, LeadQuality, LoadTie
from data.schema.derived_sales import Dispatch, FollowUp, PipelineChange, PlannedAction, WorkingDay

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
    "experiment": Experiment,
    "experiment_arm": ExperimentArm,
    "assignment": Assignment,
    "action": Action,
    "path": Path,
    "path_touch": PathTouch,
    "consent_event": ConsentEvent,
    "tag": Tag,
    "target_account": TargetAccount,
    "account_order": AccountOrder,
    "record_end": RecordEnd,
}
"""Tables that a mapping may feed, by name."""


SET_ASIDE = (
    "account",
    "person",
    "person_alias",
    "campaign",
    "content",
    "interaction",
    "lead",
    "stage_change",
    "opportunity",
    "opportunity_lead",
    "opportunity_change",
    "assignment",
    "action",
    "tag",
    "target_account",
    "account_order",
    "campaign_spend",
)
"""Canonical tables of which rows may not stand now: these are kept in `TABLE_aside`."""


BOOKKEEPING: dict[str, type[Contract]] = {
    "load": Load,
    "sample_load": SampleLoad,
    "full_export": FullExport,
    "load_column": LoadColumn,
    "filled_column": FilledColumn,
    "rejected_row": RejectedRow,
    "rewritten_value": RewrittenValue,
    "load_remark": LoadRemark,
    "restatement": Restatement,
    "derived_load": DerivedLoad,
    "erased_person": ErasedPerson,
    "erased_record": ErasedRecord,
}
"""Tables that loading itself keeps."""


DERIVED: dict[str, type[Contract]] = {
    "retired_record": RetiredRecord,
    "taken_back": TakenBack,
    "stage_difference": StageDifference,
    "opportunity_difference": OpportunityDifference,
    "deal_lead": DealLead,
    "lead_stage_entry": LeadStageEntry,
    "journey": Journey,
    "deal": Deal,
    "pipeline_change": PipelineChange,
    "dispatch": Dispatch,
    "spend_report": SpendReport,
    "superseded_spend": SupersededSpend,
    "spend": Spend,
    "touch_left_out": TouchLeftOut,
    "touch": Touch,
    "contact": Contact,
    "path_step": PathStep,
    "content_use": ContentUse,
    "content_asset": ContentAsset,
    "person_identity": PersonIdentity,
    "person_proposal": PersonProposal,
    "account_identity": AccountIdentity,
    "lead_identity": LeadIdentity,
    "lead_notice": LeadNotice,
    "lead_quality": LeadQuality,
    "lead_move": LeadMove,
    "working_day": WorkingDay,
    "follow_up": FollowUp,
    "planned_action": PlannedAction,
    "standardised_value": StandardisedValue,
    "shown_value": ShownValue,
    "load_tie": LoadTie,
}
"""Tables that are built from the canonical ones after each load."""


TABLES: dict[str, type[Contract]] = CANONICAL | BOOKKEEPING | DERIVED
