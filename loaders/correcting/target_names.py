"""What the places that a column may go to are called by the people who load files."""

from __future__ import annotations

from data.terms.titles import column_name, table_title

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
    return place_name(*targets[0])


def place_name(table: str, column: str) -> str:
    """What a column of the warehouse is called: what it is about, and which part of it.

    >>> place_name("lead", "created_at"), place_name("campaign", "budget_amount")
    ('Lead: day of creation', 'Campaign: budget')
    """
    return f"{_GROUPS.get(table) or table_title(table)}: {column_name(table, column)}"
