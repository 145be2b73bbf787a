"""Each load logs what it changed in months that had been closed before it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from data.definitions import Definitions
from data.derive import derive
from data.query import Query
from data.restating import restating
from loaders.protocol import Outcome
from metrics.restatements import restatements
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
    with restating(loading.draft, definitions):
        derive(loading.draft, definitions)


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
        (date(2026, 2, 1), "lead", "Event", 0, 1, "merge"),
        (date(2026, 2, 1), "lead", "Unassigned", 1, 0, "merge"),
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


def test_the_log_is_read_with_the_file_it_is_about(loading: Loading) -> None:
    class Reader:
        generation = "draft"

        def query(self, query: Query) -> pl.DataFrame:
            return loading.draft.query(query.render(), query.values)

    load(loading, "a.csv", FEBRUARY_LEADS, MARCH)
    load(loading, "b.csv", LEADS + "L4,2026-02-28,Email\n", APRIL)
    found = restatements(Reader())
    assert found.select("file_name", "dimension", "segment", "before", "after").rows() == [
        ("b.csv", "total", "total", 2, 3),
        ("b.csv", "channel", "Email", 1, 2),
    ]
