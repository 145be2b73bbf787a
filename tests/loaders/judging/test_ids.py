"""An id that stands for many different people, companies or deals is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from loaders.outcome import Outcome
from tests.loaders.loading import Loading, loading_in, own_mapping

PEOPLE = """\
mail = { from = "mail", kind = "email" }
contact = "contact"
day = "day"
[person]
email = "mail"
record = "contact"
[[table]]
into = "lead"
lead_id = "{id}"
person_id = "{person_id}"
created_at = "{day}"
"""

LEADS = "Lead ID,Created Date,Lead Status,Company,Email\n"


@pytest.fixture
def loading(tmp_path: Path) -> Iterator[Loading]:
    with loading_in(tmp_path) as loading:
        yield loading


def shared(outcome: Outcome) -> list[str]:
    return [each.sentence for each in outcome.remarks if each.kind == "ids"]


def people(contacts: list[str]) -> str:
    lines = [
        f"L-{number},p{number}@acme{number}.com,{contact},2026-03-01"
        for number, contact in enumerate(contacts)
    ]
    return "\n".join(["id,mail,contact,day", *lines]) + "\n"


def test_a_campaigns_id_in_place_of_a_persons_is_told(tmp_path: Path) -> None:
    with loading_in(tmp_path, own_mapping(tmp_path, PEOPLE)) as loading:
        (sentence,) = shared(loading.load("人.csv", people(["701A"] * 7 + ["701B"] * 6 + ["C-1"])))
        assert (
            "contact 701A stands in rows with 7 different values of mail, and 2 of its" in sentence
        )


def test_so_is_the_id_of_a_household(tmp_path: Path) -> None:
    with loading_in(tmp_path, own_mapping(tmp_path, PEOPLE)) as loading:
        text = people([f"H-{number // 2}" for number in range(24)])
        (sentence,) = shared(loading.load("own.csv", text))
        assert "12 of its values in rows with several" in sentence


def test_a_built_in_mapping_tells_it_of_its_own_record(loading: Loading) -> None:
    rows = [
        f"701A000001,2026-03-{day:02},Open,Firma {day},p{day}@firma{day}.de" for day in range(1, 9)
    ]
    (sentence,) = shared(loading.load("leads.csv", LEADS + "\n".join(rows) + "\n"))
    assert sentence.startswith("Lead ID 701A000001 stands in rows with 8 different values of Email")


def test_companies_are_told_too(tmp_path: Path) -> None:
    columns = (
        'firma = { from = "会社", kind = "company" }\nsystem = "取引先ID"\nbetrag = "金額"\n'
        '[account]\nrecord = "system"\nname = "firma"\n'
        '[[table]]\ninto = "opportunity"\nopportunity_id = "{id}"\naccount_id = "{account_id}"\n'
        'original_amount = "{betrag}"\n'
    )
    with loading_in(tmp_path, own_mapping(tmp_path, columns)) as loading:
        rows = "".join(f"D-{each},会社{each},T1,{each}000\n" for each in range(1, 8))
        (sentence,) = shared(loading.load("商談.csv", "id,会社,取引先ID,金額\n" + rows))
        assert sentence.startswith("取引先ID T1 stands in rows with 7 different values of 会社")


@pytest.mark.parametrize(
    "contacts",
    [
        ["C-1", "C-1", "C-2", "C-2", "C-3"],
        [f"C-{number}" for number in range(30)],
        ["-"] * 30,
        [""] * 30,
    ],
    ids=["second addresses", "each its own", "placeholders", "no ids"],
)
def test_nothing_is_said_of_ids_that_are_of_their_records(
    tmp_path: Path, contacts: list[str]
) -> None:
    with loading_in(tmp_path, own_mapping(tmp_path, PEOPLE)) as loading:
        assert shared(loading.load("own.csv", people(contacts))) == []


def test_one_person_in_many_rows_is_one(loading: Loading) -> None:
    rows = "".join(
        f"00Q{each % 3},2026-03-01,Open,Acme,P{each % 3}@acme.com\n" for each in range(30)
    )
    outcome = loading.load("leads.csv", LEADS + rows.replace("P1", "p1"))
    assert shared(outcome) == []
