"""Every object that an API sync delivers is read, or known not to be needed.

The files hold a few rows of each object, with hashed values: words such as stages cannot be
translated, and most rows of Salesforce lie in the recycle bin, which ends their records.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from data.errors import BackcastError
from loaders.language.library import read_mappings
from loaders.language.opening import open_recognised
from tests.loaders.loading import loading_in

SHAPES = Path(__file__).parents[3].parent / "shared" / "data" / "export_shapes"


ROWS = {
    "hubspot/company_data.csv": ("hubspot_companies", 24),
    "hubspot/contact_data.csv": ("hubspot_contacts", 22),
    "hubspot/contact_form_submission_data.csv": ("hubspot_form_submissions", 5),
    "hubspot/contact_merge_audit_data.csv": ("hubspot_contact_merges", 4),
    "hubspot/deal_company_data.csv": ("hubspot_deal_companies", 2),
    "hubspot/deal_contact_data.csv": ("hubspot_deal_contacts", 11),
    "hubspot/deal_data.csv": ("hubspot_deals", 44),
    "hubspot/email_campaign_data.csv": ("hubspot_marketing_emails", 100),
    "hubspot/email_event_data.csv": ("hubspot_email_events", 97),
    "hubspot/form_data.csv": ("hubspot_forms", 5),
    "hubspot/merged_deal_data.csv": ("hubspot_merged_deals", 14),
    "marketo/marketo_activity_click_email_data.csv": ("marketo_activities", 100),
    "marketo/marketo_activity_email_delivered_data.csv": ("marketo_activities", 100),
    "marketo/marketo_activity_merge_leads_data.csv": ("marketo_activities", 100),
    "marketo/marketo_activity_open_email_data.csv": ("marketo_activities", 100),
    "marketo/marketo_activity_send_email_data.csv": ("marketo_activities", 100),
    "marketo/marketo_campaign_data.csv": ("marketo_campaigns", 100),
    "marketo/marketo_lead_data.csv": ("marketo_leads", 100),
    "marketo/marketo_program_data.csv": ("marketo_programs", 100),
    "pardot/pardot_campaign_data.csv": ("pardot_campaigns", 100),
    "pardot/pardot_opportunity_data.csv": ("pardot_opportunities", 100),
    "pardot/pardot_opportunity_prospect_data.csv": ("pardot_opportunity_prospects", 100),
    "pardot/pardot_prospect_data.csv": ("pardot_prospects", 100),
    "pardot/pardot_visitor_activity_data.csv": ("pardot_visitor_activities", 48),
    "pardot/pardot_visitor_data.csv": ("pardot_visitors", 100),
    "salesforce/sf_account_data.csv": ("salesforce_accounts", 7),
    "salesforce/sf_account_history_data.csv": ("salesforce_accounts", 7),
    "salesforce/sf_opportunity_data.csv": ("salesforce_opportunities", 8),
    "salesforce/sf_task_data.csv": ("salesforce_tasks", 10),
}
"""Mapping and kept rows of the files that are read."""


NO_ROW = {
    "hubspot/contact_property_history_data.csv": (
        "hubspot_contact_properties",
        "no rows",  # names of properties are hashed: none is the lifecycle stage
    ),
    "hubspot/deal_property_history_data.csv": ("hubspot_deal_properties", "no rows"),
    "hubspot/deal_stage_data.csv": ("hubspot_deal_stages", "is not mapped"),
    "marketo/marketo_activity_change_data_value_data.csv": ("marketo_lead_changes", "no rows"),
    "marketo/marketo_activity_delete_lead_data.csv": ("marketo_activities", "no rows"),
    "salesforce/sf_opportunity_history_data.csv": ("salesforce_opportunity_versions", "no rows"),
}
"""Mapping of the files that are recognised but of whose rows none can be kept, and why."""


DETAILS = "holds details of e-mail events without their time; the events themselves are read"

SALES = "says what sales did with a record, not what came of it"

SETUP = "describes the set-up of the system"

SUPPORT = "is about support tickets"

NAMES = "names people and teams of the seller"

LISTS = "says who is on which list"

ORDERS = "is about products and orders, not about the funnel"

NOT_NEEDED = {
    "hubspot": {
        "company_property_history_data.csv": "companies have no stages in the warehouse",
        "contact_list_data.csv": LISTS,
        "contact_list_member_data.csv": LISTS,
        "deal_pipeline_data.csv": SETUP,
        "deal_pipeline_stage_data.csv": SETUP,
        "email_event_bounce_data.csv": DETAILS,
        "email_event_click_data.csv": DETAILS,
        "email_event_deferred_data.csv": DETAILS,
        "email_event_delivered_data.csv": DETAILS,
        "email_event_dropped_data.csv": DETAILS,
        "email_event_forward_data.csv": DETAILS,
        "email_event_open_data.csv": DETAILS,
        "email_event_print_data.csv": DETAILS,
        "email_event_sent_data.csv": DETAILS,
        "email_event_spam_report_data.csv": DETAILS,
        "email_event_status_change_data.csv": DETAILS,
        "engagement_call_data.csv": SALES,
        "engagement_communication_data.csv": SALES,
        "engagement_company_data.csv": SALES,
        "engagement_contact_data.csv": SALES,
        "engagement_data.csv": SALES,
        "engagement_deal_data.csv": SALES,
        "engagement_email_data.csv": SALES,
        "engagement_meeting_data.csv": SALES,
        "engagement_note_data.csv": SALES,
        "engagement_task_data.csv": SALES,
        "owner_data.csv": NAMES,
        "owner_team_data.csv": NAMES,
        "property_data.csv": SETUP,
        "property_option_data.csv": SETUP,
        "role_data.csv": NAMES,
        "team_data.csv": NAMES,
        "team_user_data.csv": NAMES,
        "ticket_company_data.csv": SUPPORT,
        "ticket_contact_data.csv": SUPPORT,
        "ticket_data.csv": SUPPORT,
        "ticket_deal_data.csv": SUPPORT,
        "ticket_engagement_data.csv": SUPPORT,
        "ticket_pipeline_data.csv": SUPPORT,
        "ticket_pipeline_stage_data.csv": SUPPORT,
        "ticket_property_history_data.csv": SUPPORT,
        "users_data.csv": NAMES,
    },
    "marketo": {
        "marketo_email_template_history_data.csv": "activities name the e-mails themselves",
        "marketo_lead_describe_data.csv": SETUP,
    },
    "pardot": {
        "pardot_list_data.csv": LISTS,
        "pardot_list_membership_data.csv": LISTS,
    },
    "salesforce": {
        "sf_event_data.csv": SALES,
        "sf_opportunity_line_item_data.csv": ORDERS,
        "sf_order_data.csv": ORDERS,
        "sf_product_2_data.csv": ORDERS,
        "sf_user_data.csv": NAMES,
        "sf_user_role_data.csv": NAMES,
    },
}
"""Files that no mapping fits, and why none is needed."""


def shape(name: str) -> Path:
    path = SHAPES / name
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    return path


@pytest.mark.parametrize(("name", "mapping", "kept"), [(n, *kept) for n, kept in ROWS.items()])
def test_an_object_of_a_sync_is_read(name: str, mapping: str, kept: int, tmp_path: Path) -> None:
    with loading_in(tmp_path) as loading:
        outcome = loading.load_path(shape(name))
    assert (outcome.mapping, outcome.rows_kept, outcome.rows_rejected) == (mapping, kept, 0)


@pytest.mark.parametrize(("name", "mapping", "why"), [(n, *why) for n, why in NO_ROW.items()])
def test_an_object_of_a_sync_is_recognised_where_its_hashes_say_nothing(
    name: str, mapping: str, why: str, tmp_path: Path
) -> None:
    path = shape(name)
    recognised = open_recognised(path, read_mappings(None), None, tmp_path).mapping
    assert recognised.name == mapping
    with loading_in(tmp_path) as loading, pytest.raises(BackcastError, match=why):
        loading.load_path(path)


@pytest.mark.parametrize(
    "name", [f"{system}/{name}" for system, files in NOT_NEEDED.items() for name in files]
)
def test_an_object_that_is_not_needed_is_taken_for_nothing_else(name: str, tmp_path: Path) -> None:
    with pytest.raises(BackcastError, match="no mapping fits"):
        open_recognised(shape(name), read_mappings(None), None, tmp_path)


@pytest.mark.parametrize("system", sorted(NOT_NEEDED))
def test_every_object_of_a_sync_is_accounted_for(system: str) -> None:
    if not (SHAPES / system).is_dir():
        pytest.skip(f"{SHAPES / system} is not there")
    known = {*ROWS, *NO_ROW, *(f"{system}/{name}" for name in NOT_NEEDED[system])}
    assert {f"{system}/{path.name}" for path in (SHAPES / system).glob("*.csv")} <= known
