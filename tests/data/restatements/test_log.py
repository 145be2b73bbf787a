"""Each load logs what it changed in months that had been closed before it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from data.definitions import Definitions
from data.derive.rebuild import RebuildCause, rebuild
from data.engine.warehouse import Warehouse
from data.errors import EngineError
from data.forget.erase import erase
from data.forget.known_by import follow
from data.forget.marks import Marks
from data.restatements.numbers import numbers
from data.sql import Query
from loaders.outcome import Outcome
from tests.loaders.loading import Loading, loading_in
from tests.metrics.facts import TERMS, terms

MARCH, APRIL, MAY = datetime(2026, 3, 20), datetime(2026, 4, 20), datetime(2026, 5, 20)

LEADS = "lead_id,created_at,channel\n"

FEBRUARY_LEADS = LEADS + "L1,2026-02-01,Email\nL2,2026-02-02,Webinar\nL3,2026-03-02,Email\n"

DEALS = "opportunity_id,created_at,primary_lead_id,amount,currency,closed_at,outcome\n"


@pytest.fixture
def loading(tmp_path: Path) -> Iterator[Loading]:
    with loading_in(tmp_path) as loading:
        yield loading


def publish(loading: Loading, definitions: Definitions = TERMS) -> None:
    rebuild(loading.draft, definitions)


def load(loading: Loading, name: str, text: str, as_of: datetime) -> Outcome:
    outcome = loading.load(name, text, as_of=as_of)
    publish(loading)
    return outcome


def logged(loading: Loading, *names: str) -> list[tuple[Any, ...]]:
    return loading.rows("restatement", *names)


ROW = ("month_on", "metric", "segment", "before", "after", "cause")


def test_the_first_load_restates_nothing(loading: Loading) -> None:
    load(loading, "a.csv", FEBRUARY_LEADS, MARCH)
    assert logged(loading) == []


def test_new_rows_of_a_closed_month_are_logged_in_total_and_by_channel(loading: Loading) -> None:
    """March is open when the newest export is of 20 March: only February is closed."""
    load(loading, "a.csv", FEBRUARY_LEADS, MARCH)
    late = load(loading, "b.csv", LEADS + "L4,2026-02-28,Email\nL5,2026-03-05,Email\n", APRIL)
    assert logged(loading, *ROW) == [
        (date(2026, 2, 1), "lead", "Email", 1, 2, "new_rows"),
        (date(2026, 2, 1), "lead", "total", 2, 3, "new_rows"),
    ]
    assert {row[0] for row in logged(loading, "load_id")} == {late.load_id}


def test_a_lead_that_changes_its_channel_moves_between_segments(loading: Loading) -> None:
    load(loading, "a.csv", FEBRUARY_LEADS, MARCH)
    load(loading, "b.csv", LEADS + "L1,2026-02-01,Webinar\n", APRIL)
    assert logged(loading, *ROW) == [
        (date(2026, 2, 1), "lead", "Email", 1, 0, "changed_rows"),
        (date(2026, 2, 1), "lead", "Webinar", 1, 2, "changed_rows"),
    ]


def test_won_revenue_of_a_closed_month(loading: Loading) -> None:
    """A deal of February rises from 100 to 150; one that closed in March is in an open month."""
    load(loading, "a.csv", FEBRUARY_LEADS, MARCH)
    deal = "O1,2026-02-03,L1,{},USD,2026-02-20,won\n"
    load(loading, "b.csv", DEALS + deal.format(100), MARCH)
    assert {row[1] for row in logged(loading, *ROW)} == {"mql", "sql", "opportunity", "won"}
    more = "O2,2026-03-03,L3,70,USD,2026-03-10,won\n"
    outcome = load(loading, "c.csv", DEALS + deal.format(150) + more, APRIL)
    own = [row[1:] for row in logged(loading, "load_id", *ROW) if row[0] == outcome.load_id]
    assert own == [
        (date(2026, 2, 1), "won_amount", "Email", 100, 150, "changed_rows"),
        (date(2026, 2, 1), "won_amount", "total", 100, 150, "changed_rows"),
    ]


def test_spend_that_is_corrected_later(loading: Loading) -> None:
    header = "campaign_id,spend_on,cost,currency\n"
    load(loading, "a.csv", header + "C1,2026-02-01,10.50,USD\nC1,2026-03-01,1,USD\n", MARCH)
    load(loading, "b.csv", header + "C1,2026-02-01,11.75,USD\nC1,2026-03-01,2,USD\n", MARCH)
    assert logged(loading, *ROW) == [
        (date(2026, 2, 1), "spend_amount", "Unassigned", 10.5, 11.75, "changed_rows"),
        (date(2026, 2, 1), "spend_amount", "total", 10.5, 11.75, "changed_rows"),
    ]


def test_a_month_is_closed_by_the_newest_export_before(loading: Loading) -> None:
    load(loading, "a.csv", FEBRUARY_LEADS, MARCH)
    load(loading, "b.csv", LEADS + "L6,2026-04-02,Email\n", APRIL)
    load(loading, "c.csv", LEADS + "L7,2026-03-31,Email\nL8,2026-04-01,Email\n", MAY)
    assert [row[0] for row in logged(loading, "month_on")] == [date(2026, 3, 1)] * 2


def test_other_definitions_are_a_cause_of_their_own(loading: Loading) -> None:
    """In Los Angeles the lead of 1 February became one on 31 January."""
    load(loading, "a.csv", FEBRUARY_LEADS, MARCH)
    loading.load("b.csv", LEADS + "L9,2026-04-02,Email\n", as_of=APRIL)
    publish(loading, terms("America/Los_Angeles"))
    assert logged(loading, *ROW) == [
        (date(2026, 1, 1), "lead", "Email", 0, 1, "definition"),
        (date(2026, 1, 1), "lead", "total", 0, 1, "definition"),
        (date(2026, 2, 1), "lead", "Email", 1, 0, "definition"),
        (date(2026, 2, 1), "lead", "total", 2, 1, "definition"),
    ]


def test_a_campaigns_channel_moves_its_leads(loading: Loading) -> None:
    leads = "lead_id,created_at,campaign_id\nL1,2026-02-01,C1\n"
    load(loading, "a.csv", leads, MARCH)
    load(loading, "b.csv", "campaign_id,name,channel\nC1,Fair,Event\n", APRIL)
    assert logged(loading, *ROW) == [
        (date(2026, 2, 1), "lead", "Event", 0, 1, "new_rows"),
        (date(2026, 2, 1), "lead", "Unassigned", 1, 0, "new_rows"),
    ]


def test_an_undo_takes_the_log_along_and_logs_nothing(loading: Loading) -> None:
    load(loading, "a.csv", FEBRUARY_LEADS, MARCH)
    late = load(loading, "b.csv", LEADS + "L4,2026-02-28,Email\n", APRIL)
    loading.undo(late.load_id)
    publish(loading)
    assert logged(loading) == []
    assert len(loading.rows("derived_load")) == 1


def test_deriving_again_logs_nothing(loading: Loading) -> None:
    load(loading, "a.csv", FEBRUARY_LEADS, MARCH)
    load(loading, "b.csv", LEADS + "L4,2026-02-28,Email\n", APRIL)
    before = logged(loading)
    publish(loading)
    assert logged(loading) == before


def test_one_load_brings_new_rows_in_one_month_and_changed_ones_in_another(
    loading: Loading,
) -> None:
    """L1 moves from February to January; February and, beside a change, March get a new lead."""
    load(loading, "a.csv", FEBRUARY_LEADS + "L4,2026-03-03,Email\n", APRIL)
    load(
        loading,
        "b.csv",
        LEADS
        + "L1,2026-01-05,Email\nL5,2026-02-07,Webinar\n"
        + "L4,2026-03-03,Webinar\nL6,2026-03-09,Email\nL7,2026-03-09,Email\n",
        MAY,
    )
    january, february, march = (date(2026, month, 1) for month in (1, 2, 3))
    assert logged(loading, *ROW) == [
        (january, "lead", "Email", 0, 1, "changed_rows"),
        (january, "lead", "total", 0, 1, "changed_rows"),
        (february, "lead", "Email", 1, 0, "changed_rows"),
        (february, "lead", "Webinar", 1, 2, "new_rows"),
        (march, "lead", "Email", 2, 4, "new_rows"),
        (march, "lead", "Email", 4, 3, "changed_rows"),
        (march, "lead", "Webinar", 0, 1, "changed_rows"),
        (march, "lead", "total", 2, 4, "new_rows"),
    ]


def test_february_stays_in_total_when_one_leaves_and_one_comes(loading: Loading) -> None:
    load(loading, "a.csv", FEBRUARY_LEADS, APRIL)
    load(loading, "b.csv", LEADS + "L1,2026-01-05,Email\nL5,2026-02-07,Webinar\n", MAY)
    totals = [row for row in logged(loading, *ROW) if row[2] == "total"]
    assert totals == [(date(2026, 1, 1), "lead", "total", 0, 1, "changed_rows")]


def test_the_first_load_of_a_kind_of_file_is_told_apart(loading: Loading) -> None:
    """Stages come from a kind of file that was never loaded, and later once more."""
    header = "subject_kind,subject_id,stage,entered_at\n"
    load(loading, "a.csv", FEBRUARY_LEADS, MARCH)
    load(loading, "b.csv", header + "lead,L1,mql,2026-02-10\n", APRIL)
    load(loading, "c.csv", header + "lead,L2,mql,2026-02-12\n", APRIL)
    assert [row for row in logged(loading, *ROW) if row[2] == "total"] == [
        (date(2026, 2, 1), "mql", "total", 0, 1, "first_load"),
        (date(2026, 2, 1), "mql", "total", 1, 2, "new_rows"),
    ]


def test_what_was_counted_before_is_restated_by_a_first_load_too(loading: Loading) -> None:
    """The first file of campaigns moves a lead that had been reported as Unassigned."""
    load(loading, "a.csv", "lead_id,created_at,campaign_id\nL1,2026-02-01,C1\n", MARCH)
    load(loading, "b.csv", "campaign_id,name,channel\nC1,Fair,Event\n", APRIL)
    assert {row[0] for row in logged(loading, "cause")} == {"new_rows"}


def test_a_campaign_that_changes_its_channel_changed(loading: Loading) -> None:
    campaign = "campaign_id,name,channel\nC1,Fair,{}\n"
    load(loading, "a.csv", "lead_id,created_at,campaign_id\nL1,2026-02-01,C1\n", MARCH)
    load(loading, "b.csv", campaign.format("Event"), MARCH)
    moved = load(loading, "c.csv", campaign.format("Trade Fair"), APRIL)
    rows = logged(loading, "load_id", *ROW)
    assert [row[1:] for row in rows if row[0] == moved.load_id] == [
        (date(2026, 2, 1), "lead", "Event", 1, 0, "changed_rows"),
        (date(2026, 2, 1), "lead", "Trade Fair", 0, 1, "changed_rows"),
    ]


def test_a_corrected_date_column_is_a_change(loading: Loading) -> None:
    header = "subject_kind,subject_id,stage,entered_at,inferred_from\n"
    load(loading, "a.csv", FEBRUARY_LEADS, MARCH)
    load(loading, "b.csv", header + "lead,L1,mql,2026-02-10,date_column\n", MARCH)
    moved = load(loading, "c.csv", header + "lead,L1,mql,2026-03-02,date_column\n", APRIL)
    rows = logged(loading, "load_id", *ROW)
    assert [row[1:] for row in rows if row[0] == moved.load_id] == [
        (date(2026, 2, 1), "mql", "Email", 1, 0, "changed_rows"),
        (date(2026, 2, 1), "mql", "total", 1, 0, "changed_rows"),
    ]


def test_people_who_turn_out_to_be_one_take_the_deal_along(loading: Loading) -> None:
    """The deal names a person; with the other record of that person comes a later lead."""
    people = "source_system,source_record_id,person_id\n"
    load(loading, "people.csv", people + "crm,1,p_one\ncrm,2,p_two\n", MARCH)
    with_person = "lead_id,created_at,channel,person_id\n"
    load(
        loading,
        "leads.csv",
        with_person + "L1,2026-01-01,Email,one\nL2,2026-02-01,Webinar,two\n",
        MARCH,
    )
    draft = loading.draft
    draft.execute(
        "UPDATE lead SET person_id = CASE lead_id WHEN 'L1' THEN 'p_one' ELSE 'p_two' END"
    )
    load(loading, "deals.csv", DEALS + "O1,2026-02-03,person:p_one,9,USD,2026-02-20,won\n", MARCH)
    before = logged(loading, "load_id")
    load(loading, "other.csv", "lead_id,created_at\nL9,2026-04-01\n", MAY)
    merged = load(loading, "again.csv", people + "crm,2,p_one\n", APRIL)
    rows = logged(loading, "load_id", *ROW)
    assert len(rows) > len(before)
    assert [row[1:] for row in rows if row[0] == merged.load_id and row[2] == "won_amount"] == [
        (date(2026, 2, 1), "won_amount", "Email", 9, 0, "merge"),
        (date(2026, 2, 1), "won_amount", "Webinar", 0, 9, "merge"),
    ]
    assert {row[6] for row in rows if row[0] == merged.load_id} == {"merge"}


def test_each_of_several_loads_answers_for_its_own_part(loading: Loading) -> None:
    load(loading, "a.csv", FEBRUARY_LEADS, MARCH)
    one = loading.load("b.csv", LEADS + "L4,2026-02-28,Email\n", as_of=APRIL)
    other = loading.load("c.csv", LEADS + "L5,2026-02-28,Email\nL6,2026-02-28,Email\n", as_of=MAY)
    publish(loading)
    totals = [row for row in logged(loading, "load_id", *ROW) if row[3] == "total"]
    assert sorted(totals, key=lambda row: row[4]) == [
        (one.load_id, date(2026, 2, 1), "lead", "total", 2, 3, "new_rows"),
        (other.load_id, date(2026, 2, 1), "lead", "total", 3, 5, "new_rows"),
    ]


def test_what_a_load_repeats_is_not_its_doing(loading: Loading) -> None:
    """The new file says the same, or something that no number is made of; the time zone moves."""
    with_owner = "lead_id,created_at,channel,owner\n"
    load(loading, "a.csv", with_owner + "L1,2026-02-01,Email,Ann\nL2,2026-02-01,Email,Ann\n", MARCH)
    loading.load(
        "b.csv", with_owner + "L1,2026-02-01,Email,Ann\nL2,2026-02-01,Email,Ben\n", as_of=APRIL
    )
    publish(loading, terms("America/Los_Angeles"))
    assert {row[5] for row in logged(loading, *ROW)} == {"definition"}


def test_an_older_file_that_agrees_with_the_next_one_is_not_to_blame(loading: Loading) -> None:
    load(loading, "a.csv", LEADS + "L1,2026-02-01,Email\n", MARCH)
    load(loading, "b.csv", LEADS + "L1,2026-02-01,Webinar\n", APRIL)
    text = LEADS + "L1,2026-02-01,Email\nL2,2026-04-10,Email\n"
    older = loading.load("c.csv", text, as_of=datetime(2026, 3, 1))
    publish(loading, terms("America/Los_Angeles"))
    rows = logged(loading, "load_id", "cause")
    assert (None, "definition") in rows
    assert older.load_id not in {row[0] for row in rows}


def test_erasing_a_person_restates_nothing_and_leaves_the_log(loading: Loading) -> None:
    class Reader(Warehouse):
        generation = "draft"

        def query(self, query: Query) -> pl.DataFrame:
            return loading.draft.query(query.render(), query.values)

    with_email = "lead_id,created_at,channel,email\n"
    load(loading, "a.csv", with_email + "L1,2026-02-01,Email,ann@acme.com\n", MARCH)
    load(loading, "b.csv", DEALS + "O1,2026-02-03,L1,9,USD,2026-02-20,won\n", MARCH)
    load(loading, "c.csv", DEALS + "O1,2026-02-03,L1,10,USD,2026-02-20,won\n", APRIL)
    before = logged(loading)
    assert ("changed_rows",) in logged(loading, "cause")
    marks = Marks(texts=frozenset({"ann@acme.com"}))
    marks.email_keys.update(row[0] for row in loading.rows("person", "email_key"))
    assert follow(marks, [Reader()])
    erase(loading.draft, marks)
    rebuild(loading.draft, TERMS, RebuildCause.ERASURE)
    load(loading, "d.csv", LEADS + "L9,2026-04-19,Email\n", APRIL)
    assert [row[0] for row in loading.rows("person", "email_key")] == []
    assert logged(loading) == before


def test_other_definitions_change_a_closed_month_without_a_load(loading: Loading) -> None:
    load(loading, "a.csv", FEBRUARY_LEADS, MARCH)
    for definitions in (terms("America/Los_Angeles"), TERMS):
        rebuild(loading.draft, definitions, RebuildCause.DEFINITIONS)
    totals = [row for row in logged(loading, "load_id", *ROW) if row[3] == "total"]
    assert totals == [
        (None, date(2026, 1, 1), "lead", "total", 0, 1, "definition"),
        (None, date(2026, 1, 1), "lead", "total", 1, 0, "definition"),
        (None, date(2026, 2, 1), "lead", "total", 1, 2, "definition"),
        (None, date(2026, 2, 1), "lead", "total", 2, 1, "definition"),
    ]
    before = logged(loading)
    load(loading, "b.csv", LEADS + "L9,2026-04-02,Email\n", APRIL)
    assert logged(loading) == before, "the change is logged once"


def test_nothing_is_left_beside_the_tables(loading: Loading) -> None:
    tables = "SELECT table_name FROM duckdb_tables() ORDER BY table_name"
    before = loading.draft.query(tables).to_series().to_list()
    load(loading, "a.csv", FEBRUARY_LEADS, MARCH)
    load(loading, "b.csv", LEADS + "L4,2026-02-28,Email\n", APRIL)
    left = set(loading.draft.query(tables).to_series()) - set(before)
    assert not any(name.endswith("_before") for name in left)
    assert not left & {
        "fresh_load",
        "campaign_reference",
        "deal_lead",
        "moved",
        "report",
        "changed",
    }


def test_a_broken_step_is_named(loading: Loading) -> None:
    load(loading, "a.csv", FEBRUARY_LEADS, MARCH)
    loading.load("b.csv", LEADS + "L4,2026-02-28,Email\n", as_of=APRIL)
    loading.draft.execute("ALTER TABLE campaign_version DROP COLUMN channel")
    with pytest.raises(EngineError) as raised:
        publish(loading)
    assert raised.value.step == "campaign_reports"
    assert "bearing_facts AS (" in raised.value.sql


def test_the_entries_behind_the_numbers_can_be_read(loading: Loading) -> None:
    load(loading, "a.csv", FEBRUARY_LEADS, MARCH)
    entries = loading.draft.query(numbers().upto("entries"))
    leads = entries.filter(metric="lead").select("record", "month_on", "channel")
    assert sorted(leads.rows()) == [
        ("L1", date(2026, 2, 1), "Email"),
        ("L2", date(2026, 2, 1), "Webinar"),
        ("L3", date(2026, 3, 1), "Email"),
    ]


def test_a_record_that_its_source_ended_is_a_cause_of_its_own(loading: Loading) -> None:
    ends = "subject_kind,subject_id,how,into_id\n"
    load(loading, "a.csv", LEADS + "L1,2026-01-05,Email\nL2,2026-02-07,Webinar\n", MARCH)
    gone = load(loading, "gone.csv", ends + "lead,L1,deleted,\nlead,L9,deleted,\n", APRIL)
    rows = [row for row in logged(loading, "load_id", *ROW) if row[3] == "total"]
    assert rows == [(gone.load_id, date(2026, 1, 1), "lead", "total", 1, 0, "retired")]


def test_what_a_merge_in_the_source_moves_is_told_of_the_survivor_too(loading: Loading) -> None:
    ends = "subject_kind,subject_id,how,into_id\n"
    load(loading, "a.csv", LEADS + "L1,2026-01-05,Email\nL2,2026-02-07,Webinar\n", MARCH)
    load(loading, "merges.csv", ends + "lead,L1,merged,L2\n", APRIL)
    rows = [row for row in logged(loading, *ROW) if row[2] == "total"]
    assert rows == [(date(2026, 2, 1), "lead", "total", 1, 0, "retired")]
