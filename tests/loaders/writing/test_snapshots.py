"""Weekly snapshots make history: what two of them say differently has changed in between."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.derive.rebuild import rebuild
from data.engine.warehouse import Warehouse
from data.sql import Query
from loaders.outcome import Status
from metrics.funnel.conversion import stage_conversion
from metrics.period import Period
from metrics.scope import Basis, Scope
from tests.loaders.loading import Loading, loading_in
from tests.metrics.facts import TERMS

WEEKS = [datetime(2026, 1, 5), datetime(2026, 1, 12), datetime(2026, 1, 19), datetime(2026, 1, 26)]

LEADS = "lead_id,created_at,owner,stage\n"

DEALS = "opportunity_id,created_at,amount,currency,stage,expected_close_on,outcome\n"

Entry = tuple[str, str, datetime]


@pytest.fixture
def loading(tmp_path: Path) -> Iterator[Loading]:
    with loading_in(tmp_path) as loading:
        yield loading


def entries(loading: Loading) -> list[tuple[Any, ...]]:
    rebuild(loading.draft, TERMS)
    return loading.rows("stage_difference", "subject_id", "stage", "entered_at")


def changes(loading: Loading) -> list[tuple[Any, ...]]:
    rebuild(loading.draft, TERMS)
    return loading.rows("opportunity_difference", "field", "old", "new", "changed_at")


def leads(loading: Loading, *weeks: str) -> None:
    """One snapshot of one lead per week; an empty text for a week without a snapshot."""
    for number, (as_of, stage) in enumerate(zip(WEEKS, weeks, strict=False)):
        if stage:
            # A column of its own makes each file another one, even where its cells are the same.
            text = f"lead_id,created_at,stage,week{number}\nL1,2026-01-01,{stage},\n"
            loading.load(f"{number}.csv", text, as_of=as_of)


def test_a_stage_is_entered_with_the_first_snapshot_that_has_it(loading: Loading) -> None:
    leads(loading, "lead", "mql", "mql", "sql")
    assert entries(loading) == [("L1", "mql", WEEKS[1]), ("L1", "sql", WEEKS[3])]
    found = loading.rows("stage_difference", "stage_before", "seen_before_at", "inferred_from")
    assert found == [("lead", WEEKS[0], "status_diff"), ("mql", WEEKS[2], "status_diff")]


def test_the_first_snapshot_alone_shows_no_entry(loading: Loading) -> None:
    leads(loading, "mql")
    assert entries(loading) == []


def test_a_metric_of_the_month_counts_what_snapshots_show(loading: Loading) -> None:
    leads(loading, "lead", "mql", "sql")
    rebuild(loading.draft, TERMS)
    assert loading.rows("journey", "lead_on", "mql_on", "sql_on", "mql_entered_on") == [
        (date(2026, 1, 1), date(2026, 1, 12), date(2026, 1, 19), date(2026, 1, 12))
    ]

    class Reader(Warehouse):
        generation = "draft"

        def query(self, query: Query) -> Any:
            return loading.draft.query(query.render(), query.values)

    january = Scope(
        period=Period(date(2026, 1, 1), date(2026, 1, 31)),
        observed_until=date(2026, 1, 31),
        basis=Basis.FLOW,
    )
    assert stage_conversion(Reader(), january)["reached"].to_list() == [1, 1, 1, 0, 0]


def test_a_snapshot_that_says_nothing_of_the_stage_is_passed_over(loading: Loading) -> None:
    loading.load("0.csv", f"{LEADS}L1,2026-01-01,,lead\n", as_of=WEEKS[0])
    loading.load("1.csv", f"{LEADS}L1,2026-01-01,Ann,\n", as_of=WEEKS[1])
    loading.load("2.csv", f"{LEADS}L1,2026-01-01,,mql\n", as_of=WEEKS[2])
    assert entries(loading) == [("L1", "mql", WEEKS[2])]
    assert loading.rows("stage_difference", "seen_before_at") == [(WEEKS[0],)]


def test_a_stage_that_comes_back_is_entered_again(loading: Loading) -> None:
    leads(loading, "mql", "recycled", "mql", "mql")
    assert entries(loading) == [("L1", "mql", WEEKS[2]), ("L1", "recycled", WEEKS[1])]


def test_of_two_snapshots_of_one_moment_the_same_one_counts_in_either_order(
    tmp_path: Path,
) -> None:
    seen = []
    for number, order in enumerate((("mql", "sql"), ("sql", "mql"))):
        folder = tmp_path / str(number)
        folder.mkdir()
        with loading_in(folder) as loading:
            leads(loading, "lead")
            for stage in order:
                loading.load("a.csv", f"{LEADS}L1,2026-01-01,,{stage}\n", as_of=WEEKS[1])
            seen.append(entries(loading))
    assert seen[0] == seen[1]
    assert len(seen[0]) == 1


HISTORY = "subject_kind,subject_id,stage,entered_at,inferred_from\n"


@pytest.mark.parametrize("source", ["history", "date_column"])
def test_an_entry_that_is_reported_is_not_entered_again(loading: Loading, source: str) -> None:
    leads(loading, "lead", "mql", "sql")
    loading.load("h.csv", f"{HISTORY}lead,L1,mql,2026-01-07 10:00,{source}\n")
    assert entries(loading) == [("L1", "sql", WEEKS[2])]


def test_a_history_that_ends_earlier_does_not_hide_what_comes_back(loading: Loading) -> None:
    leads(loading, "mql", "recycled", "mql")
    loading.load("h.csv", f"{HISTORY}lead,L1,mql,2026-01-04,history\n")
    assert entries(loading) == [("L1", "mql", WEEKS[2]), ("L1", "recycled", WEEKS[1])]
    loading.load("i.csv", f"{HISTORY}lead,L1,mql,2026-01-16,history\n")
    assert entries(loading) == [("L1", "recycled", WEEKS[1])]


def test_what_became_of_a_leads_deal_is_not_entered_for_the_lead(loading: Loading) -> None:
    leads(loading, "sql", "opportunity")
    assert entries(loading) == [("L1", "opportunity", WEEKS[1])]
    loading.load(
        "deals.csv",
        "opportunity_id,created_at,primary_lead_id\nO1,2026-01-08,L1\n",
    )
    assert entries(loading) == []


def deals(loading: Loading, *weeks: str) -> None:
    for number, (as_of, cells) in enumerate(zip(WEEKS, weeks, strict=False)):
        loading.load(f"o{number}.csv", f"{DEALS}O1,2026-01-02,{cells}\n", as_of=as_of)


def test_changes_of_a_deal_have_old_and_new(loading: Loading) -> None:
    deals(
        loading,
        "100,USD,Proposal,2026-03-01,open",
        "120,USD,Proposal,2026-04-01,open",
        "120,USD,Closed Won,2026-04-01,won",
    )
    assert changes(loading) == [
        ("amount", "100.00", "120.00", WEEKS[1]),
        ("expected_close_on", "2026-03-01", "2026-04-01", WEEKS[1]),
        ("stage", "Proposal", "Closed Won", WEEKS[2]),
    ]
    assert entries(loading) == [("O1", "won", WEEKS[2])]


def test_a_change_that_a_history_reports_is_not_reported_again(loading: Loading) -> None:
    deals(loading, "100,USD,A,2026-03-01,open", "120,USD,B,2026-03-01,open")
    loading.load(
        "history.csv",
        "opportunity_id,changed_at,field,old,new\nO1,2026-01-08,amount,100.00,120.00\n",
    )
    assert [change[0] for change in changes(loading)] == ["stage"]


def test_a_closing_date_stands_for_the_closing(loading: Loading) -> None:
    header = "opportunity_id,created_at,closed_at,outcome,lost_reason\n"
    loading.load("a.csv", f"{header}O1,2026-01-02,,open,\nO2,2026-01-02,,open,\n", as_of=WEEKS[0])
    later = f"{header}O1,2026-01-02,2026-01-07,lost,Price\nO2,2026-01-02,,lost,Price\n"
    loading.load("b.csv", later, as_of=WEEKS[1])
    assert entries(loading) == [("O2", "lost", WEEKS[1])]
    assert loading.rows("stage_difference", "reason") == [("Price",)]


STAGE = st.sampled_from(["", "mql", "sql", "recycled"])

WEEK = st.tuples(STAGE, STAGE, st.sampled_from(["", "100", "120"]))


@settings(max_examples=8, deadline=None)
@given(
    st.lists(WEEK, min_size=3, max_size=3),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_any_order_and_undos_give_the_history_of_the_snapshots_that_are_there(
    tmp_path_factory: pytest.TempPathFactory,
    weeks: list[tuple[str, str, str]],
    history: bool,
    random: Random,
) -> None:
    """Also two snapshots of one moment, ordered by their digests alone."""
    files = []
    for number, (one, other, amount) in enumerate(weeks):
        as_of = WEEKS[(number + 1) // 2]
        own = f"week{number}\n"
        rows = f"L1,2026-01-01,,{one},\nL2,2026-01-01,,{other},\n"
        files.append((f"l{number}.csv", LEADS.replace("\n", f",{own}") + rows, as_of))
        deal = f"O1,2026-01-02,{amount},USD,,,open,\n"
        files.append((f"o{number}.csv", DEALS.replace("\n", f",{own}") + deal, as_of))
    if history:
        files.append(("h.csv", f"{HISTORY}lead,L1,mql,2026-01-10,history\n", WEEKS[1]))
    undone = random.sample(files, 1)
    shuffled = random.sample(files, len(files))
    folder = tmp_path_factory.mktemp("snapshots")
    (folder / "one").mkdir()
    (folder / "two").mkdir()
    with loading_in(folder / "one") as one_by_one, loading_in(folder / "two") as mixed:
        for name, text, as_of in files:
            if (name, text, as_of) not in undone:
                one_by_one.load(name, text, as_of=as_of)
        outcomes = {name: mixed.load(name, text, as_of=as_of) for name, text, as_of in shuffled}
        assert all(outcome.status is Status.LOADED for outcome in outcomes.values())
        for name, _, _ in undone:
            mixed.undo(outcomes[name].load_id)
        for loading in (one_by_one, mixed):
            rebuild(loading.draft, TERMS)
        tables = (
            "stage_difference",
            "opportunity_difference",
            "lead_stage_entry",
            "journey",
            "deal",
        )
        for table in tables:
            assert mixed.rows(table) == one_by_one.rows(table), table
