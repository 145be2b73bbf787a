"""What the places that a column may go to are called by the people who load files."""

from __future__ import annotations

ROWS = {
    "account": "a company",
    "person": "a person",
    "campaign": "a campaign",
    "campaign_spend": "a campaign's cost of a day or period",
    "content": "a piece of content",
    "interaction": "something that a person did",
    "lead": "a lead",
    "stage_change": "a lead's or deal's change of stage",
    "opportunity": "a deal",
    "opportunity_lead": "a lead that took part in a deal",
    "opportunity_change": "a change of a deal",
    "exchange_rate": "an exchange rate",
    "plan": "a target of a plan",
    "path": "a path of touches",
    "path_touch": "a touch of a path",
}
"""What one row of a file is, by the table of the warehouse."""

_GROUPS = {
    "account": "Company",
    "person": "Person",
    "campaign": "Campaign",
    "campaign_spend": "Cost",
    "content": "Content",
    "interaction": "Activity",
    "lead": "Lead",
    "stage_change": "Stage",
    "opportunity": "Deal",
    "opportunity_lead": "Part in a deal",
    "opportunity_change": "Change",
    "exchange_rate": "Rate",
    "plan": "Target",
    "path": "Path",
    "path_touch": "Touch",
}

_NAMES = {
    "account.account_id": "id",
    "account.size_band": "size",
    "person.person_id": "id",
    "person.email_key": "e-mail",
    "person.phone_key": "phone",
    "person.email_domain": "domain of the e-mail",
    "person.consent": "consent (yes or no)",
    "person.consent_at": "day of the consent",
    "person.do_not_contact": "must not be contacted",
    "person.reachable_by_email": "reachable by e-mail",
    "person.reachable_by_phone": "reachable by phone",
    "person.reachable_by_wechat": "reachable by WeChat",
    "person.created_at": "day of creation",
    "campaign.campaign_id": "id",
    "campaign.starts_on": "first day",
    "campaign.ends_on": "last day",
    "campaign.budget_amount": "budget",
    "campaign_spend.spend_on": "day",
    "campaign_spend.spend_until": "last day of the period",
    "campaign_spend.ad_account": "ad account",
    "campaign_spend.covers_from": "first day of the report",
    "campaign_spend.covers_to": "last day of the report",
    "campaign_spend.original_cost_amount": "amount",
    "content.content_id": "id",
    "content.published_on": "day of publication",
    "interaction.interaction_id": "id",
    "interaction.visitor_id": "visitor",
    "interaction.session_id": "session",
    "interaction.occurred_at": "time",
    "interaction.value_tier": "value level",
    "interaction.utm_source": "utm_source",
    "interaction.utm_medium": "utm_medium",
    "interaction.utm_campaign": "utm_campaign",
    "interaction.utm_term": "utm_term",
    "interaction.utm_content": "utm_content",
    "lead.lead_id": "id",
    "lead.created_at": "day of creation",
    "lead.channel": "channel or source",
    "lead.tier": "level",
    "lead.self_reported_source": "where they say they heard of us",
    "lead.status": "status (kept as text)",
    "lead.stage": "stage reached",
    "stage_change.subject_id": "id of the lead or deal",
    "stage_change.stage": "stage entered",
    "stage_change.entered_at": "day entered",
    "stage_change.actor": "who moved it",
    "opportunity.opportunity_id": "id",
    "opportunity.created_at": "day of creation",
    "opportunity.original_amount": "value",
    "opportunity.expected_close_on": "close date (planned while open)",
    "opportunity.closed_at": "day it was closed",
    "opportunity.outcome": "outcome (won, lost or open)",
    "opportunity.lost_reason": "reason of a loss",
    "opportunity.lost_to": "competitor it was lost to",
    "opportunity.win_reason": "reason of a win",
    "opportunity_lead.opportunity_id": "id of the deal",
    "opportunity_lead.lead_id": "id of the lead",
    "opportunity_change.opportunity_id": "id of the deal",
    "opportunity_change.changed_at": "time",
    "opportunity_change.field": "what changed",
    "opportunity_change.old": "value before",
    "opportunity_change.new": "value after",
    "exchange_rate.rate_on": "day",
    "exchange_rate.rate": "value in the base currency",
    "plan.plan_id": "name of the plan",
    "plan.month_on": "month",
    "plan.target": "value",
    "path.path_id": "id",
    "path.value_amount": "value",
    "path.nulls": "paths without a conversion",
    "path_touch.path_id": "id of the path",
    "path_touch.position": "place in the path",
}
"""Where the name of the column is not what people call it."""

_INDIRECT = {
    "email": "Person: e-mail",
    "phone": "Person: phone",
    "person_record": "Person: id",
    "company": "Company: name",
    "account_record": "Company: id",
    "campaign_name": "Campaign: name",
    "campaign_record": "Campaign: id",
    "content_name": "Content: title",
    "content_record": "Content: id",
    "lead_record": "Lead: id",
    "is_won": "Deal: won (yes or no)",
    "is_closed": "Deal: closed (yes or no)",
    "touches": "Path: channels in order",
    "address": "Activity: page address (for its utm_…)",
}
"""Roles that reach their place through a section of the mapping."""


def target_name(role: str, targets: tuple[tuple[str, str], ...]) -> str:
    """What a role is called: what it is about, and which part of it.

    `targets` are the columns of the warehouse that it feeds, as table and column.

    >>> target_name("original_amount", (("opportunity", "original_amount"),))
    'Deal: value'
    >>> target_name("became_mql", (("stage_change", "entered_at"),))
    'Stage: day of MQL'
    """
    if role.startswith("became_"):
        stage = role.removeprefix("became_")
        return f"Stage: day of {stage.upper() if len(stage) == 3 and stage != 'won' else stage}"
    if role in _INDIRECT:
        return _INDIRECT[role]
    table, column = targets[0]
    name = _NAMES.get(f"{table}.{column}") or column.replace("_", " ")
    return f"{_GROUPS[table]}: {name}"
