"""Records that their source deleted or merged count no more, whatever older files told of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import permutations
from pathlib import Path

import pytest

from data.derive.rebuild import rebuild
from data.privacy.keys import VARIABLE
from tests.loaders.loading import Loading, loading_in
from tests.metrics.facts import TERMS

LEADS = "lead_id,created_at,email,company,channel\n"
DEALS = "opportunity_id,account_id,primary_lead_id,created_at,amount,currency,closed_at,outcome\n"
LINKS = "opportunity_id,lead_id,role\n"
STAGES = "subject_kind,subject_id,stage,entered_at,inferred_from\n"
ENDS = "subject_kind,subject_id,how,into_id,ended_at\n"


@pytest.fixture
def loading(tmp_path: Path) -> Iterator[Loading]:
    with loading_in(tmp_path) as loading:
        yield loading


def derived(loading: Loading) -> dict[str, list[tuple[object, ...]]]:
    """What is counted, and what of the loaded rows stands."""
    rebuild(loading.draft, TERMS)
    return {
        "journey": loading.rows("journey", "lead_id", "lead_at", "mql_at", "won_at"),
        "deal": loading.rows("deal", "opportunity_id", "lead_id", "outcome", "original_amount"),
        "person": loading.rows("person_identity", "reference", "person_id"),
        "retired": loading.rows(
            "retired_record", "subject_kind", "subject_id", "how", "survivor_id", "problem"
        ),
    }


def journeys(loading: Loading) -> list[tuple[object, ...]]:
    rebuild(loading.draft, TERMS)
    return loading.rows("journey", "lead_id", "lead_on", "mql_on", "won_on")


def retired(loading: Loading) -> dict[object, tuple[object, ...]]:
    rebuild(loading.draft, TERMS)
    names = ("subject_id", "how", "survivor_id", "problem")
    return {row[0]: row[1:] for row in loading.rows("retired_record", *names)}


FIRST = (
    "leads.csv",
    LEADS
    + "L1,2026-01-01,a@norda.example,Norda,Fair\n"
    + "L2,2026-01-02,b@norda.example,Norda,Web\n"
    + "L3,2026-01-03,c@sudo.example,Sudo,Web\n",
    1,
)
DEALS_FILE = (
    "deals.csv",
    DEALS
    + "D1,,L1,2026-01-10,500,EUR,2026-01-20,won\n"
    + "D2,,L2,2026-01-11,700,EUR,2026-01-21,won\n",
    1,
)
STAGES_FILE = (
    "stages.csv",
    STAGES + "lead,L1,mql,2026-01-04,history\nlead,L3,mql,2026-01-05,history\n",
    1,
)


def load(loading: Loading, file: tuple[str, str, int]) -> str:
    name, text, month = file
    outcome = loading.load(name, text, as_of=datetime(2026, month, 28))
    assert outcome.load_id is not None
    return outcome.load_id


def test_a_deleted_lead_takes_what_it_owned_along(loading: Loading) -> None:
    for file in (FIRST, DEALS_FILE, STAGES_FILE):
        load(loading, file)
    before = derived(loading)
    end = load(loading, ("gone.csv", ENDS + "lead,L1,deleted,,\nopportunity,D2,deleted,,\n", 2))
    after = derived(loading)
    assert [row[0] for row in after["journey"]] == ["L2", "L3"]
    assert [row[:3] for row in after["deal"]] == [("D1", None, "won")]
    assert all(row[3] is None for row in after["journey"])
    assert loading.rows("stage_change_aside", "subject_id", "because") == [("L1", "deleted")]
    loading.undo(end)
    assert derived(loading) == before


def test_a_merged_lead_leaves_its_history_to_the_survivor(loading: Loading) -> None:
    for file in (FIRST, DEALS_FILE, STAGES_FILE):
        load(loading, file)
    before = derived(loading)
    merge = load(loading, ("merges.csv", ENDS + "lead,L1,merged,L2,2026-02-01\n", 2))
    found = journeys(loading)
    assert [row[0] for row in found] == ["L2", "L3"]
    assert str(found[0][1]) == "2026-01-01"  # the older of the two
    assert str(found[0][2]) == "2026-01-04"
    assert loading.rows("deal", "opportunity_id", "lead_id") == [("D1", "L2"), ("D2", "L2")]
    loading.undo(merge)
    assert derived(loading) == before


def test_what_a_survivor_has_already_is_not_there_twice(loading: Loading) -> None:
    load(loading, FIRST)
    load(loading, ("links.csv", LINKS + "D1,L1,\nD1,L2,Primary\nD1,L3,\n", 1))
    load(loading, DEALS_FILE)
    load(loading, ("merges.csv", ENDS + "lead,L1,merged,L2,\nlead,L3,merged,L2,\n", 2))
    rebuild(loading.draft, TERMS)
    assert loading.rows("opportunity_lead", "opportunity_id", "lead_id", "role") == [
        ("D1", "L2", "Primary")
    ]


def test_chains_are_followed_to_the_last_record_that_is_loaded(loading: Loading) -> None:
    load(loading, FIRST)
    load(
        loading,
        (
            "merges.csv",
            ENDS
            + "lead,L1,merged,L9,\nlead,L9,merged,L2,\nlead,L2,merged,L3,\nlead,L3,merged,L8,\n",
            2,
        ),
    )
    assert retired(loading) == {
        "L1": ("merged", "L3", None),
        "L2": ("merged", "L3", None),
        "L3": ("merged", None, "not loaded"),
        "L9": ("merged", "L3", None),
    }
    assert [row[0] for row in loading.rows("journey", "lead_id")] == ["L3"]


def test_a_record_that_is_listed_among_its_own_merges_is_no_circle(loading: Loading) -> None:
    load(loading, FIRST)
    load(loading, ("merges.csv", ENDS + "lead,L1,merged,L1,\nlead,L2,merged,L1,\n", 2))
    assert retired(loading) == {"L2": ("merged", "L1", None)}
    assert [row[0] for row in journeys(loading)] == ["L1", "L3"]


def test_a_merge_into_a_record_that_no_file_has_leaves_both_as_they_are(loading: Loading) -> None:
    load(loading, FIRST)
    load(loading, ("merges.csv", ENDS + "lead,L1,merged,L404,\n", 2))
    assert retired(loading) == {"L1": ("merged", None, "not loaded")}
    assert [row[0] for row in journeys(loading)] == ["L1", "L2", "L3"]


def test_in_a_circle_every_record_stands(loading: Loading) -> None:
    load(loading, FIRST)
    load(
        loading,
        ("merges.csv", ENDS + "lead,L1,merged,L2,\nlead,L2,merged,L1,\nlead,L3,merged,L3,\n", 2),
    )
    assert {row[2] for row in retired(loading).values()} == {"circle"}
    assert len(loading.rows("journey", "lead_id")) == 3


def test_a_merge_into_a_record_that_was_deleted_leaves_nothing(loading: Loading) -> None:
    load(loading, FIRST)
    load(loading, ("merges.csv", ENDS + "lead,L1,merged,L2,\nlead,L2,deleted,,\n", 2))
    assert retired(loading) == {"L1": ("merged", None, None), "L2": ("deleted", None, None)}
    assert loading.rows("journey", "lead_id") == [("L3",)]


def test_a_newer_file_that_has_the_record_brings_it_back(loading: Loading) -> None:
    load(loading, FIRST)
    load(loading, ("gone.csv", ENDS + "lead,L1,deleted,,\n", 2))
    assert len(journeys(loading)) == 2
    again = load(loading, ("back.csv", LEADS + "L1,2026-01-01,a@norda.example,Norda,Fair\n", 3))
    assert len(journeys(loading)) == 3
    assert retired(loading) == {"L1": ("deleted", None, "came back")}
    loading.undo(again)
    assert len(journeys(loading)) == 2


def test_a_delete_before_the_create_waits_for_it(loading: Loading) -> None:
    load(loading, ("gone.csv", ENDS + "lead,L1,deleted,,\n", 2))
    assert retired(loading) == {"L1": ("deleted", None, None)}
    load(loading, FIRST)
    assert [row[0] for row in journeys(loading)] == ["L2", "L3"]


FILES = (
    FIRST,
    DEALS_FILE,
    STAGES_FILE,
    ("merges.csv", ENDS + "lead,L1,merged,L2,\nopportunity,D2,deleted,,\n", 2),
    ("back.csv", DEALS + "D2,,L2,2026-01-11,700,EUR,2026-01-21,won\n", 3),
)


def test_the_order_of_arrival_leaves_no_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "a key for these tests only, of enough bytes")
    seen = []
    for number, order in enumerate(list(permutations(FILES))[::29]):
        folder = tmp_path / str(number)
        folder.mkdir()
        with loading_in(folder) as loading:
            for place, file in enumerate(order):
                load(loading, file)
                if place == 2:
                    rebuild(loading.draft, TERMS)
            seen.append(derived(loading))
    assert all(each == seen[0] for each in seen)


SALESFORCE = "Id,Created Date,Last Name,Email,Company,Lead Source,Status,Is Deleted\n"
ROW = "00Q5g00000R000{},2026-01-0{},{},{}@norda.example,北田,Web,Open,{}\n"


def of_salesforce(first: str, second: str) -> str:
    """An export with two leads, each deleted or not."""
    return SALESFORCE + ROW.format(1, 1, "Berg", "a", first) + ROW.format(2, 2, "伊藤", "b", second)


def test_what_is_restored_from_the_recycle_bin_counts_again_in_any_order(tmp_path: Path) -> None:
    files = (
        ("leads 1.csv", of_salesforce("false", "false"), 1),
        ("leads 2.csv", of_salesforce("true", "true"), 2),
        ("leads 3.csv", of_salesforce("false", "true"), 3),
        ("merges.csv", ENDS + "lead,00Q5g00000R0001EAB,merged,00Q5g00000R0002EAB,\n", 2),
    )
    for number, order in enumerate(list(permutations(files))[::5]):
        folder = tmp_path / str(number)
        folder.mkdir()
        with loading_in(folder) as loading:
            for file in order:
                load(loading, file)
            ends = {str(key)[-7:]: end for key, end in retired(loading).items()}
            assert ends["0001EAB"][2] == "came back", order
            assert ends["0002EAB"] == ("deleted", None, None), order
            ((alive,),) = loading.rows("journey", "lead_id")
            assert alive.endswith("0001EAB")


def test_contacts_that_were_merged_are_one_person(loading: Loading) -> None:
    contacts = (
        "Id,Email,First Name,Last Name,Account ID,Mailing City,Is Deleted,Master Record ID\n"
        "0035g00000C0001,a@norda.example,Ada,Berg,,Köln,false,\n"
        "0035g00000C0002,ada.berg@old.example,Ada,Berg,,,{}\n"
        "0035g00000C0003,x@other.example,Xi,Wu,,,{}\n"
    )
    activity = (
        "interaction_id,email,occurred_at,action,channel\n"
        "i1,ada.berg@old.example,2026-01-03,webinar_attend,Webinar\n"
        "i2,a@norda.example,2026-01-04,webinar_attend,Webinar\n"
    )
    load(loading, ("Contact 1.csv", contacts.format("false,", "false,"), 1))
    load(loading, ("activity.csv", activity, 1))
    before = derived(loading)
    assert len({person for _, person in before["person"]}) == 3
    merged = load(loading, ("Contact 2.csv", contacts.format("true,0035g00000C0001", "true,"), 2))
    after = derived(loading)
    assert len(loading.rows("person")) == 1
    assert len({person for _, person in after["person"]}) == 1
    loading.undo(merged)
    assert derived(loading) == before


def test_a_person_whom_somebody_else_tells_of_stays(loading: Loading) -> None:
    load(loading, FIRST)
    load(
        loading,
        ("people.csv", "person_id,email,company,job_title\nq,a@norda.example,Norda,CEO\n", 1),
    )
    load(loading, ("gone.csv", ENDS + "person,generic:q,deleted,,\n", 2))
    rebuild(loading.draft, TERMS)
    assert len(loading.rows("person")) == 3
