"""Any order of files gives the same warehouse, twice changes nothing, undo leaves no trace."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import permutations
from pathlib import Path
from random import Random
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.definitions import Definitions
from data.derive.rebuild import rebuild
from loaders.outcome import Outcome, Status
from tests.loaders.loading import Loading, loading_in

OLD = datetime(2026, 1, 1)

NEW = datetime(2026, 2, 1)

NEWEST = datetime(2026, 3, 1)


Spelt: TypeAlias = tuple[list[tuple[object, ...]], list[tuple[object, ...]]]

HEADER = "lead_id,created_at,channel,owner,score\n"


@pytest.fixture
def loading(tmp_path: Path) -> Iterator[Loading]:
    with loading_in(tmp_path) as loading:
        yield loading


def leads(loading: Loading) -> list[tuple[str, str | None, str | None, float | None]]:
    return loading.rows("lead", "lead_id", "channel", "owner", "score")


def test_a_newer_snapshot_updates_and_keeps_what_it_does_not_say(loading: Loading) -> None:
    loading.load("old.csv", HEADER + "L1,2026-01-01,Email,Ann,10\nL2,2026-01-01,Web,Bob,1\n")
    narrow = "lead_id,created_at,channel,score\nL1,2026-01-01,Webinar,20\n"
    outcome = loading.load("new.csv", narrow, as_of=NEW)
    assert leads(loading) == [("L1", "Webinar", "Ann", 20), ("L2", "Web", "Bob", 1)]
    assert (outcome.rows_kept, outcome.rows_changed) == (1, 1)


def test_a_newer_snapshot_takes_back_what_it_leaves_empty(loading: Loading) -> None:
    loading.load("old.csv", HEADER + "L1,2026-01-01,Email,Ann,10\n")
    loading.load("new.csv", HEADER + "L1,2026-01-01,Webinar,,20\n", as_of=NEW)
    assert leads(loading) == [("L1", "Webinar", None, 20)]


def test_an_older_snapshot_that_arrives_later_only_tells_of_other_columns(
    loading: Loading,
) -> None:
    narrow = "lead_id,created_at,channel,score\nL1,2026-01-01,,20\n"
    loading.load("new.csv", narrow, as_of=NEW)
    loading.load("old.csv", HEADER + "L1,2026-01-01,Email,Ann,10\n", as_of=OLD)
    assert leads(loading) == [("L1", None, "Ann", 20)]


def test_an_unchanged_record_is_no_change(loading: Loading) -> None:
    loading.load("a.csv", HEADER + "L1,2026-01-01,Email,Ann,10\n")
    outcome = loading.load("b.csv", HEADER + "L1,2026-01-01,Email,Ann,10\nL2,,,,\n", as_of=NEW)
    assert (outcome.rows_kept, outcome.rows_changed) == (2, 0)


SNAPSHOTS = (
    ("a.csv", HEADER + "L1,2026-01-01,Email,Ann,10\nL2,2026-01-02,Web,Bob,\nL3,,,,1\n", OLD),
    ("b.csv", HEADER + "L1,2026-01-01,Webinar,,20\nL3,2026-01-05,,Cid,\nL4,,Email,,\n", NEW),
    ("c.csv", HEADER + "L3,,Referral,Dan,3\nL1,,,Eve,\nL4,,,,4\nL5,,,,5\n", NEWEST),
)


def test_every_order_of_arrival_gives_the_same_warehouse(tmp_path: Path) -> None:
    seen = []
    for number, order in enumerate(permutations(SNAPSHOTS)):
        folder = tmp_path / str(number)
        folder.mkdir()
        with loading_in(folder) as loading:
            for name, text, as_of in order:
                loading.load(name, text, as_of=as_of)
            seen.append(loading.everything())
    assert all(each == seen[0] for each in seen)
    assert seen[0]["lead_version"], "no key was reported twice"


@pytest.mark.parametrize("undone", range(3))
def test_undoing_a_load_gives_the_warehouse_without_it(tmp_path: Path, undone: int) -> None:
    def loaded(folder: Path, *, without: bool) -> dict[str, list[tuple[object, ...]]]:
        folder.mkdir()
        with loading_in(folder) as loading:
            outcomes: list[Outcome | None] = []
            for number, (name, text, as_of) in enumerate(SNAPSHOTS):
                left_out = without and number == undone
                outcomes.append(None if left_out else loading.load(name, text, as_of=as_of))
            if (outcome := outcomes[undone]) is not None:
                loading.undo(outcome.load_id)
            return loading.everything()

    assert loaded(tmp_path / "undone", without=False) == loaded(tmp_path / "never", without=True)


SPELT = (
    ("a.csv", HEADER + "L1,2026-01-01,メール,Ann,1\nL2,2026-01-02,WEBINAR,ANN  LEE,1\n", OLD),
    ("b.csv", HEADER + "L3,2026-01-03,ﾒｰﾙ,ann lee,1\nL4,2026-01-04,Webinar,Ann Lee,1\n", NEW),
    ("c.csv", HEADER + "L5,2026-01-05,Webinar,Ann Lee,1\nL2,,webinar,,2\n", NEWEST),
)


def spelt(folder: Path, files: Iterable[tuple[str, str, datetime]], undone: str = "") -> Spelt:
    """What is shown as what, and the leads by channel and owner, after files in this order."""
    folder.mkdir()
    with loading_in(folder) as loading:
        for name, text, as_of in files:
            load_id = loading.load(name, text, as_of=as_of).load_id
            if name == undone:
                taken_out = load_id
        if undone:
            loading.undo(taken_out)
        rebuild(loading.draft, Definitions.load())
        return (
            loading.rows("shown_value", "segment", "written", "shown", "decided_by", "rows"),
            loading.rows("journey", "lead_id", "channel", "owner"),
        )


def test_how_a_value_is_spelt_does_not_depend_on_the_order_of_files(tmp_path: Path) -> None:
    first, *others = (
        spelt(tmp_path / str(number), order) for number, order in enumerate(permutations(SPELT))
    )
    assert {row[1:] for row in first[1]} == {
        ("メール", "Ann"), ("メール", "Ann Lee"), ("Webinar", "Ann Lee"),
    }  # fmt: skip
    assert all(each == first for each in others)


@pytest.mark.parametrize("undone", ["a.csv", "b.csv", "c.csv"])
def test_an_undone_file_has_no_say_in_how_a_value_is_spelt(tmp_path: Path, undone: str) -> None:
    without = [each for each in SPELT if each[0] != undone]
    assert spelt(tmp_path / "undone", SPELT, undone) == spelt(tmp_path / "never", without)


CELL = st.sampled_from(["", "x", "y"])

SNAPSHOT = st.dictionaries(st.sampled_from(["L1", "L2", "L3"]), st.tuples(CELL, CELL), min_size=1)


@settings(max_examples=10, deadline=None)
@given(st.lists(SNAPSHOT, min_size=2, max_size=4), st.randoms(use_true_random=False))
def test_any_snapshots_in_any_order_merge_to_what_the_latest_says(
    tmp_path_factory: pytest.TempPathFactory,
    snapshots: list[dict[str, tuple[str, str]]],
    random: Random,
) -> None:
    expected: dict[str, list[str | None]] = {}
    for snapshot in snapshots:
        for lead, cells in snapshot.items():
            expected[lead] = [cell or None for cell in cells]
    arriving = list(enumerate(snapshots))
    random.shuffle(arriving)
    with loading_in(tmp_path_factory.mktemp("snapshots")) as loading:
        for number, snapshot in arriving:
            # A column of its own makes each file another one, even where its cells are the same.
            text = f"lead_id,created_at,channel,owner,snapshot{number}\n"
            text += "".join(f"{lead},,{a},{b},\n" for lead, (a, b) in snapshot.items())
            loading.load(f"{number}.csv", text, as_of=datetime(2026, 1, 1 + number))
        merged_leads = loading.rows("lead", "lead_id", "channel", "owner")
    assert merged_leads == sorted((lead, *cells) for lead, cells in expected.items())


def test_the_same_file_again_changes_nothing(loading: Loading) -> None:
    text = HEADER + "L1,2026-01-01,Email,Ann,10\n"
    loading.load("a.csv", text)
    before = loading.everything(), loading.rows("load")
    outcome = loading.load("copy of a.csv", text)
    assert outcome.status is Status.ALREADY_LOADED
    assert (loading.everything(), loading.rows("load")) == before


def test_a_changed_mapping_reads_the_same_file_anew(tmp_path: Path) -> None:
    mapping = """
name = "own"
title = "Own"
source_system = "own"
[recognise]
columns = ["lead"]
[columns]
lead = "Nr"
channel = "Kanal"
[values.channel]
"Messe" = "{}"
[[table]]
into = "lead"
lead_id = "{{lead}}"
channel = "{{channel}}"
"""
    folder = tmp_path / "mappings"
    folder.mkdir()
    with loading_in(tmp_path, folder) as loading:
        (folder / "own.toml").write_text(mapping.format("Trade Fair"), encoding="utf-8")
        first = loading.load("a.csv", "Nr,Kanal\n1,Messe\n2,Messe\n")
        (folder / "own.toml").write_text(mapping.format("Trade Show"), encoding="utf-8")
        second = loading.load("a.csv", "Nr,Kanal\n1,Messe\n2,Messe\n")
        assert second.replaced == first.load_id
        assert loading.rows("lead", "channel") == [("Trade Show",), ("Trade Show",)]
        assert [row[0] for row in loading.rows("load", "load_id")] == [second.load_id]


def test_each_row_of_a_file_is_kept_unchanged_or_rejected(loading: Loading) -> None:
    rows = "L1,2026-01-01,Email,Ann,10\n"
    outcome = loading.load(
        "a.csv", HEADER + rows + "L2,2026-02-30,,,\n" + rows + "L1,2026-01-02,,,\n,,Email,,\n"
    )
    assert (outcome.rows_read, outcome.rows_kept) == (5, 1)
    assert (outcome.rows_unchanged, outcome.rows_rejected) == (1, 3)


def test_a_key_that_a_file_repeats_is_kept_once(loading: Loading) -> None:
    outcome = loading.load("a.csv", HEADER + "L1,,Email,,\nL2,,,,\nL1,,Web,,\nL2,,,,\n")
    assert (outcome.rows_kept, outcome.rows_unchanged, outcome.rows_rejected) == (2, 1, 1)
    assert leads(loading) == [("L1", "Email", None, None), ("L2", None, None, None)]
    assert loading.reasons() == [(4, "lead_id", None, "duplicate key, first on line 2")]


def test_new_records_join_those_of_earlier_files(loading: Loading) -> None:
    loading.load("a.csv", HEADER + "L1,,Email,,\n")
    outcome = loading.load("b.csv", HEADER + "L2,,Web,,\nL3,,Web,,high\n", as_of=NEW)
    assert (outcome.rows_kept, outcome.rows_changed, outcome.rows_rejected) == (1, 0, 1)
    assert leads(loading) == [("L1", "Email", None, None), ("L2", "Web", None, None)]
    assert loading.reasons() == [
        (3, "score", "high", 'is not a number (decimal mark ".", thousands mark none)')
    ]


def test_a_file_that_cannot_be_loaded_leaves_no_trace(loading: Loading) -> None:
    loading.load("a.csv", HEADER + "L1,2026-01-01,Email,Ann,10\n")
    before = loading.everything()
    loading.refusal("b.csv", HEADER + "L2,soon,,,\nL3,later,,,\n")
    loading.refusal("c.csv", "what,is,this\n1,2,3\n")
    assert loading.everything() == before
    assert len(loading.rows("load")) == 1


def test_secondary_rows_of_one_file_become_one_record(loading: Loading) -> None:
    loading.load(
        "leads.csv",
        "lead_id,created_at,company\n1,2026-01-01,Acme Inc.\n2,2026-01-02,ACME\n3,2026-01-03,\n",
    )
    assert loading.rows("account", "account_id", "name") == [("name:acme", "ACME")]
    assert [row[0] for row in loading.rows("lead", "account_id")].count("name:acme") == 2


def test_undoing_the_only_load_of_a_record_removes_it(loading: Loading) -> None:
    outcome = loading.load("a.csv", HEADER + "L1,2026-01-01,,,\nL2,2026-02-30,,,\n")
    loading.undo(outcome.load_id)
    assert loading.everything() == {}
    assert loading.rows("load") == []


def test_a_person_is_the_same_in_every_file_that_has_the_address(
    loading: Loading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loaders.transform.lookups._VALUES_AT_ONCE", 2)
    addresses = [f"ann{number}@acme.com" for number in range(5)]
    loading.load(
        "leads.csv",
        "lead_id,created_at,email,phone\n"
        + "".join(f"{each[:4]},2026-01-01,{each.upper()},\n" for each in addresses)
        + "phone,2026-01-01,,+49 151 28998967\nnobody,2026-01-01,,\n",
    )
    loading.load(
        "interactions.csv",
        "interaction_id,email,occurred_at,action\n"
        + "".join(f"{each[:4]},{each},2026-01-01,reply\n" for each in addresses),
    )
    people = dict(loading.rows("lead", "lead_id", "person_id"))
    seen = dict(loading.rows("interaction", "interaction_id", "person_id"))
    assert seen == {each[:4]: people[each[:4]] for each in addresses}
    assert len(set(seen.values())) == 5
    assert all(person.startswith("p_") for person in seen.values())
    assert people["phone"].startswith("p_")
    assert people["nobody"] is None
    states = loading.rows("person", "email_state", "phone_state")
    assert states == [*[("none", "valid")], *[("valid", "none")] * 5]


def test_an_erased_person_does_not_come_back(loading: Loading) -> None:
    text = "lead_id,created_at,email\nL1,2026-01-01,ann@acme.com\nL2,2026-01-01,bob@acme.com\n"
    first = loading.load("a.csv", text)
    (erased,) = loading.draft.query(
        "SELECT email_key FROM person JOIN lead USING (person_id) WHERE lead_id = 'L1'"
    ).row(0)
    loading.undo(first.load_id)
    loading.draft.execute("INSERT INTO erased_person VALUES (?, NULL)", (erased,))
    loading.load("a.csv", text)
    assert [row[0] for row in loading.rows("lead", "lead_id")] == ["L1", "L2"]
    assert loading.draft.query("SELECT person_id FROM lead WHERE lead_id = 'L1'").row(0) == (None,)
    assert erased not in str(loading.rows("person") + loading.rows("person_alias"))
    assert len(loading.rows("person")) == 1


def test_rows_of_one_day_are_added_up_where_the_mapping_says_so(loading: Loading) -> None:
    header = "Day,Campaign ID,Campaign,Campaign type,Currency code,Impr.,Clicks,Cost,Device\n"
    rows = "2026-01-01,7,Search,Search,EUR,{},{},{},{}\n"
    loading.load(
        "report.csv",
        header + rows.format(100, 5, "10.50", "mobile") + rows.format(50, 1, "0.25", "desktop"),
    )
    spend = loading.rows("campaign_spend", "original_cost_amount", "impressions", "clicks")
    assert [(float(cost), shown, clicked) for cost, shown, clicked in spend] == [(10.75, 150, 6)]


def test_a_record_s_history_says_what_changed_from_row_to_row(loading: Loading) -> None:
    loading.load(
        "history.csv",
        "Opportunity ID,Stage,Amount,Probability,Close Date,Last Modified Date\n"
        "O1,Proposal,100,50,2026-03-01,2026-01-05T00:00:00Z\n"
        "O1,Prospecting,100,10,2026-03-01,2026-01-01T00:00:00Z\n"
        "O1,Closed Won,120,100,2026-03-01,2026-01-09T00:00:00Z\n",
    )
    stages = loading.rows("stage_change", "stage", "entered_at")
    assert stages == [
        ("opportunity", datetime(2026, 1, 1)),
        ("won", datetime(2026, 1, 9)),
    ]
    changes = loading.rows("opportunity_change", "field", "old", "new")
    assert ("amount", "100.00", "120.00") in changes
    assert ("stage", "Prospecting", "Proposal") in changes
    assert [change for change in changes if change[0] == "expected_close_on"] == [
        ("expected_close_on", None, "2026-03-01")
    ]
