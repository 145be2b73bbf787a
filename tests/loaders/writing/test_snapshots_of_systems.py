"""Two weekly exports of each system: what they say differently of a lead is entered once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from data.derive.rebuild import rebuild
from tests.loaders.loading import Loading, loading_in
from tests.loaders.mappings.export_files import EXPORTS
from tests.metrics.facts import TERMS

FIRST_WEEK, NEXT_WEEK = datetime(2026, 1, 5), datetime(2026, 1, 12)


HUBSPOT = "hubspot/hubspot-crm-exports-all-contacts.csv"

NO_DATE_YET = '"2025-01-20 08:05","","","Organic Search"'

ITS_DATE = '"2025-01-20 08:05","2026-01-07 15:30","","Organic Search"'


@pytest.fixture
def loading(tmp_path: Path) -> Iterator[Loading]:
    with loading_in(tmp_path) as loading:
        yield loading


def two_weeks(loading: Loading, export: str, *changes: tuple[str, str]) -> list[tuple[Any, ...]]:
    """Load an export as it is kept and, a week later, with these changes: what that enters."""
    text = (EXPORTS / export).read_text(encoding="utf-8-sig")
    later = text
    for before, after in changes:
        assert before in later
        later = later.replace(before, after, 1)
    loading.load("first.csv", text, as_of=FIRST_WEEK)
    loading.load("next.csv", later, as_of=NEXT_WEEK)
    rebuild(loading.draft, TERMS)
    return loading.rows("stage_difference", "subject_id", "stage_before", "stage", "entered_at")


@pytest.mark.parametrize(
    ("export", "before", "after", "lead", "stages"),
    [
        ("salesforce/Lead.csv", "Working - Contacted", "Sales Accepted", "00Q5g00000K0001EAB",
         ("lead", "sql")),
        (HUBSPOT, '"Sales Qualified Lead"', '"Opportunity"', "hubspot:151", ("sql", "opportunity")),
        (HUBSPOT, '"In Progress"', '"Unqualified"', "hubspot:151", ("sql", "disqualified")),
        ("hubspot/contact.csv", ",opportunity,", ",customer,", "hubspot:401",
         ("opportunity", "won")),
        ("hubspot/contacts_api.csv", ",marketingqualifiedlead,", ",salesqualifiedlead,",
         "hubspot:201", ("mql", "sql")),
        ("zoho/Leads.csv", '"Contacted"', '"Pre-Qualified"', "zoho:4150868000000224005",
         ("lead", "mql")),
        ("zoho/线索.csv", ",已联系,", ",垃圾线索,", "zoho:4150868000000224021",
         ("lead", "disqualified")),
        ("marketo/bulk_leads.csv", "Webinar,MQL", "Webinar,SQL", "marketo:1001", ("mql", "sql")),
        ("marketo/people.csv", '"Engaged"', '"MQL"', "marketo:1010", ("lead", "mql")),
        ("pardot/prospects.csv", '"Marketing Qualified Lead"', '"Sales Qualified Lead"',
         "pardot:52001", ("mql", "sql")),
    ],
)  # fmt: skip
def test_a_status_that_differs_from_last_week_is_an_entry(
    loading: Loading,
    export: str,
    before: str,
    after: str,
    lead: str,
    stages: tuple[str, str],
) -> None:
    assert two_weeks(loading, export, (before, after)) == [(lead, *stages, NEXT_WEEK)]


def test_a_date_of_the_system_itself_stands_for_the_difference(loading: Loading) -> None:
    changes = (('"Sales Qualified Lead"', '"Opportunity"'), (NO_DATE_YET, ITS_DATE))
    assert two_weeks(loading, HUBSPOT, *changes) == []
    entered = loading.rows("stage_change", "subject_id", "stage", "entered_at")
    assert [row[1:] for row in entered if row[0] == "hubspot:151"] == [
        ("lead", datetime(2025, 1, 10, 9, 12)),
        ("mql", datetime(2025, 1, 14, 16, 40)),
        ("opportunity", datetime(2026, 1, 7, 15, 30)),
        ("sql", datetime(2025, 1, 20, 8, 5)),
    ]


def test_a_history_of_the_system_itself_stands_for_the_difference(loading: Loading) -> None:
    change = "marketoGUID,leadId,activityDate,activityTypeId,primaryAttributeValue,newValue\n"
    row = "g1,1001,2026-01-09T10:00:00Z,13,Lead Status,SQL\n"
    loading.load("changes.csv", change + row)
    assert two_weeks(loading, "marketo/bulk_leads.csv", ("Webinar,MQL", "Webinar,SQL")) == []
    assert ("marketo:1001", "sql", "history") in loading.rows(
        "stage_change", "subject_id", "stage", "inferred_from"
    )


def test_a_word_that_is_no_stage_says_nothing(loading: Loading) -> None:
    assert two_weeks(loading, "marketo/people.csv", ('"Engaged"', '"On holiday"')) == []
    assert ("marketo:1010", "On holiday", "lead") in loading.rows(
        "lead", "lead_id", "status", "stage"
    )
