"""What systems, tables and columns are called where people read them: the one place of titles."""

from __future__ import annotations

TABLES = {
    "account": "companies",
    "person": "people",
    "person_alias": "records of people",
    "campaign": "campaigns",
    "campaign_spend": "days of spend",
    "content": "content",
    "interaction": "activities",
    "lead": "leads",
    "stage_change": "entries into a stage",
    "opportunity": "deals",
    "opportunity_lead": "leads of deals",
    "opportunity_change": "changes of deals",
    "exchange_rate": "exchange rates",
    "plan": "targets of plans",
    "experiment": "experiments",
    "experiment_arm": "arms of experiments",
    "assignment": "assignments of leads",
    "action": "next actions",
    "path": "paths of touches",
    "path_touch": "touches of paths",
    "consent_event": "changes of consent",
    "tag": "tags",
    "target_account": "target accounts",
    "account_order": "orders",
    "record_end": "records deleted or merged",
    "retired_record": "deleted and merged records",
    "taken_back": "entries taken back",
    "stage_difference": "changes of stage between files",
    "opportunity_difference": "changes of deals between files",
    "deal_lead": "links of deals and leads",
    "lead_stage_entry": "stage entries of leads",
    "journey": "leads with their stages",
    "deal": "deals with their leads",
    "pipeline_change": "changes of the pipeline",
    "dispatch": "leads with their sellers",
    "spend_report": "ad reports",
    "superseded_spend": "ad reports replaced",
    "spend": "spend by day",
    "touch_left_out": "activities that earn no credit",
    "touch": "touches",
    "contact": "contacts with people",
    "path_step": "steps of paths",
    "content_use": "uses of content",
    "content_asset": "assets",
    "person_identity": "who is which person",
    "person_proposal": "possible duplicate people",
    "account_identity": "who is which company",
    "lead_identity": "people and companies of leads",
    "lead_notice": "leads to tell an owner about",
    "lead_quality": "leads with their quality",
    "lead_move": "moves between levels",
    "working_day": "working days",
    "follow_up": "follow-up of MQLs",
    "planned_action": "actions with their leads",
    "standardised_value": "values read as standard words",
    "shown_value": "values read as another spelling",
    "load_tie": "files of the same time",
}
"""What the rows of each table are, within a sentence."""

_COLUMNS = {
    "account.account_id": "id",
    "account.parent_id": "parent company",
    "account.size_band": "size",
    "account_order.amount": "amount in the base currency",
    "account_order.order_id": "id",
    "action.action_id": "id",
    "campaign.campaign_id": "id",
    "campaign_spend.covers_from": "first day of the report",
    "campaign_spend.covers_to": "last day of the report",
    "campaign_spend.cost_amount": "cost in the base currency",
    "campaign_spend.original_cost_amount": "amount",
    "campaign_spend.spend_on": "day",
    "campaign_spend.spend_until": "last day of the period",
    "content.content_id": "id",
    "content.published_on": "day of publication",
    "exchange_rate.rate": "value in the base currency",
    "exchange_rate.rate_on": "day",
    "experiment.experiment_id": "id",
    "interaction.interaction_id": "id",
    "interaction.occurred_at": "time",
    "interaction.value_tier": "value level",
    "lead.channel": "channel or source",
    "lead.lead_id": "id",
    "lead.self_reported_source": "where they say they heard of us",
    "lead.stage": "stage reached",
    "lead.status": "status (kept as text)",
    "opportunity.amount": "value in the base currency",
    "opportunity.closed_at": "day it was closed",
    "opportunity.expected_close_on": "close date (planned while open)",
    "opportunity.lost_reason": "reason of a loss",
    "opportunity.lost_to": "competitor it was lost to",
    "opportunity.opportunity_id": "id",
    "opportunity.original_amount": "value",
    "opportunity.outcome": "outcome (won, lost or open)",
    "opportunity.win_reason": "reason of a win",
    "opportunity_change.changed_at": "time",
    "opportunity_change.field": "what changed",
    "opportunity_change.new": "value after",
    "opportunity_change.old": "value before",
    "opportunity_change.opportunity_id": "id of the deal",
    "opportunity_lead.lead_id": "id of the lead",
    "opportunity_lead.opportunity_id": "id of the deal",
    "path.nulls": "paths without a conversion",
    "path.path_id": "id",
    "path.value_amount": "value",
    "path_touch.path_id": "id of the path",
    "path_touch.position": "place in the path",
    "person.consent": "consent (yes or no)",
    "person.consent_at": "day of the consent",
    "person.do_not_contact": "must not be contacted",
    "person.person_id": "id",
    "plan.month_on": "month",
    "plan.plan_id": "name of the plan",
    "plan.target": "value",
    "stage_change.actor": "who moved it",
    "stage_change.entered_at": "day entered",
    "stage_change.stage": "stage entered",
    "stage_change.subject_id": "id of the lead or deal",
}
"""Columns that their table calls otherwise than the other tables do."""

_EVERYWHERE = {
    "account_id": "company",
    "campaign_id": "campaign",
    "content_id": "content",
    "created_at": "day of creation",
    "email_domain": "domain of the e-mail",
    "email_key": "e-mail",
    "email_state": "state of the e-mail",
    "ends_on": "last day",
    "inferred_from": "told by",
    "into_id": "merged into",
    "lead_id": "lead",
    "load_id": "load",
    "name_key": "name as it is compared",
    "opportunity_id": "deal",
    "original_amount": "amount",
    "person_id": "person",
    "phone_key": "phone",
    "phone_state": "state of the phone",
    "primary_lead_id": "main lead",
    "reachable_by_email": "reachable by e-mail",
    "reachable_by_phone": "reachable by phone",
    "reachable_by_wechat": "reachable by WeChat",
    "source_record_id": "id in its system",
    "source_system": "system",
    "starts_on": "first day",
    "subject_id": "record",
    "subject_kind": "kind of record",
    "tier": "level",
    "utm_campaign": "utm_campaign",
    "utm_content": "utm_content",
    "utm_medium": "utm_medium",
    "utm_source": "utm_source",
    "utm_term": "utm_term",
}
"""Columns whose name alone does not say what people call them, whatever their table."""

_ENDINGS = ("_at", "_on", "_id", "_amount")

_SPELT = {
    "baidu": "Baidu", "crm": "CRM", "email": "e-mail", "ga4": "Google Analytics 4",
    "google": "Google", "hubspot": "HubSpot", "linkedin": "LinkedIn", "marketo": "Marketo",
    "meta": "Meta", "microsoft": "Microsoft", "mql": "MQL", "olist": "Olist",
    "pardot": "Pardot", "romi": "ROMI", "salesforce": "Salesforce", "sql": "SQL", "utm": "UTM",
    "wechat": "WeChat", "zoho": "Zoho", "zoom": "Zoom", "ads": "Ads",
}  # fmt: skip
"""Words that have a spelling of their own."""


def in_words(name: str) -> str:
    """A name of the machine within a sentence: words that have a spelling of their own have it.

    >>> in_words("size_band"), in_words("google_ads"), in_words("mql_rate")
    ('size band', 'Google Ads', 'MQL rate')
    """
    return " ".join(_SPELT.get(word, word) for word in name.split("_"))


def title(words: str) -> str:
    """Words as they begin a line or a heading; the spelling of the others stays.

    >>> title("days of spend"), title("follow-up of MQLs")
    ('Days of spend', 'Follow-up of MQLs')
    """
    return words[:1].upper() + words[1:]


def name_title(name: str) -> str:
    """A name of the machine as a title: a metric, or a source system in its own spelling.

    >>> name_title("stage_conversion"), name_title("hubspot"), name_title("own_crm")
    ('Stage conversion', 'HubSpot', 'Own CRM')
    """
    return title(in_words(name))


def table_title(table: str) -> str:
    """What a table's rows are, as a heading.

    >>> table_title("opportunity"), table_title("stage_change")
    ('Deals', 'Entries into a stage')
    """
    return title(TABLES[table])


def column_name(table: str, column: str) -> str:
    """What people call a column of a table, within a sentence.

    >>> column_name("opportunity", "original_amount"), column_name("lead", "account_id")
    ('value', 'company')
    >>> column_name("assignment", "accepted_at"), column_name("campaign", "budget_amount")
    ('accepted', 'budget')
    """
    if known := _COLUMNS.get(f"{table}.{column}") or _EVERYWHERE.get(column):
        return known
    ending = next((each for each in _ENDINGS if column.endswith(each)), "")
    return in_words(column.removesuffix(ending))


def column_title(table: str, column: str) -> str:
    """What people call a column of a table, as the head of a list.

    >>> column_title("interaction", "occurred_at"), column_title("lead", "tier")
    ('Time', 'Level')
    """
    return title(column_name(table, column))
