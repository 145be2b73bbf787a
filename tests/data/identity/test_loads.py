"""Merges come from the files that are loaded, and go with them; and enough of them are found."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest

from bench.identity import measure
from data.definitions import Definitions
from data.derive.rebuild import rebuild
from tests.loaders.loading import Loading, loading_in

LEADS = (
    "Lead ID,First Name,Last Name,Company,Email,Phone,Status,Created Date\n"
    "00Q5g0000000001,Ann,Li,Acme GmbH,ann@acme.com,+49 151 28998967,New,2026-01-01\n"
    "00Q5g0000000002,Bob,Ray,Beta AG,,+49 151 28998967,New,2026-01-02\n"
    "00Q5g0000000003,Ann,Li,ACME,,+49 151 28998967,New,2026-01-03\n"
)

LATER = (
    "Lead ID,First Name,Last Name,Company,Email,Phone,Status,Created Date\n"
    "00Q5g0000000002EAA,Bob,Ray,Beta AG,bob@beta.com,+49 151 28998968,Open,2026-01-02\n"
)

ACCOUNTS = "Account ID,Account Name,Website,Type\n0015g0000000001,Acme,www.acme.com,Customer\n"

FILES = {"leads.csv": LEADS, "later.csv": LATER, "accounts.csv": ACCOUNTS}


def resolved(loading: Loading) -> dict[str, list[tuple[object, ...]]]:
    rebuild(loading.draft, Definitions.load())
    tables = ("person_identity", "account_identity", "lead_identity", "lead_notice")
    return {name: loading.rows(name) for name in tables}


def test_any_order_of_files_gives_the_same_identity(tmp_path: Path) -> None:
    found = []
    for number, names in enumerate(permutations(FILES)):
        folder = tmp_path / str(number)
        folder.mkdir()
        with loading_in(folder) as loading:
            (folder / "identity.key").write_text("k" * 64)
            (folder / "identity.key").chmod(0o600)
            for name in names:
                loading.load(name, FILES[name])
            found.append(resolved(loading))
    assert all(each == found[0] for each in found)
    leads = {str(row[0])[14]: row[1:] for row in found[0]["lead_identity"]}
    assert leads["1"][0] == leads["3"][0] != leads["2"][0]
    # One is Ann; the other is Bob, by his old phone, by his e-mail, and by his record.
    assert len({row[1] for row in found[0]["person_identity"]}) == 2
    assert {row[1] for row in leads.values()} == {"0015g0000000001AAA", "name:beta"}


def test_taking_out_a_load_takes_out_its_merges(tmp_path: Path) -> None:
    with loading_in(tmp_path) as loading:
        loading.load("leads.csv", LEADS)
        before = resolved(loading)
        later = loading.load("later.csv", LATER)
        accounts = loading.load("accounts.csv", ACCOUNTS)
        assert resolved(loading) != before
        loading.undo(accounts.load_id)
        loading.undo(later.load_id)
        assert resolved(loading) == before


@pytest.mark.parametrize("leads", [900])
def test_enough_planted_duplicates_are_found_and_hardly_any_wrongly(
    tmp_path: Path, leads: int
) -> None:
    people, companies = measure(tmp_path, leads)
    assert people.precision >= 0.99
    assert people.recall >= 0.95
    assert companies.precision >= 0.98
    assert companies.recall >= 0.90
