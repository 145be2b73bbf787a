"""People that look like one and are two, and the other way round, as systems write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.definitions import Definitions
from data.derive.rebuild import rebuild
from tests.data.identity.resolving import alias, people, person
from tests.loaders.loading import Loading, loading_in
from tests.metrics.facts import DraftWarehouse

HEAD = "Lead ID,First Name,Last Name,Company,Email,Phone,Status,Created Date\n"

SWITCHBOARD = "+49 30 901820"

MOBILE = "+49 151 28998967"


def leads(*rows: str) -> str:
    """A file of leads: first name, last name, company, e-mail and phone of each, by commas."""
    lines = [f"00Q5g{place:010},{row},New,2026-01-{place + 1:02}\n"
             for place, row in enumerate(rows)]  # fmt: skip
    return HEAD + "".join(lines)


def persons_of(folder: Path, *files: tuple[str, str]) -> list[int]:
    """The person of each lead by number, in the order in which they are first met."""
    with loading_in(folder) as loading:
        for name, text in files:
            loading.load(name, text)
        rebuild(loading.draft, Definitions.load())
        found = [row[0] for row in loading.draft.query(
            "SELECT person_id FROM lead_identity ORDER BY lead_id").rows()]  # fmt: skip
    met = list(dict.fromkeys(found))
    return [met.index(each) for each in found]


CASES: dict[str, tuple[tuple[str, ...], list[int]]] = {
    "one mailbox of a function, two names": (
        ("Ann,Li,Acme,info@acme.com,", "Bob,Ray,Acme,Info@acme.com,", "Ann,LI,Acme,info@acme.com,"),
        [0, 1, 0],
    ),
    "a mailbox of a function without a name is whoever has it alone": (
        ("Ann,Li,Acme,sales@acme.com,", ",,Acme,sales@acme.com,"),
        [0, 0],
    ),
    "a mailbox of a function without a name is none of two": (
        ("Ann,Li,Acme,sales@acme.com,", "Bob,Ray,Acme,sales@acme.com,", ",,Acme,sales@acme.com,"),
        [0, 1, 2],
    ),
    "a mailbox of one's own is one person, however the name is spelt": (
        ("Ann,Li,Acme,ann@acme.com,", "Ann,Miller-Li,Acme,ANN@acme.com,"),
        [0, 0],
    ),
    "a switchboard": (
        tuple(f"Ann{'abcdefgh'[place]},Li,Acme,,{SWITCHBOARD}" for place in range(8)),
        [*range(8)],
    ),
    "a switchboard and mailboxes": (
        (f"Ann,Li,Acme,ann@acme.com,{SWITCHBOARD}", f"Bob,Ray,Acme,bob@acme.com,{SWITCHBOARD}",
         f"Ann,Li,Acme,,{SWITCHBOARD}"),
        [0, 1, 0],
    ),
    "a person who changes company and keeps the phone": (
        (f"Ann,Li,Acme,ann@acme.com,{MOBILE}", f"Ann,Li,Beta,ann@beta.com,{MOBILE}"),
        [0, 0],
    ),
    "a name of somebody else under a free-mail domain": (
        ("Ann,Li,Acme,ann.li@gmail.com,", "Ann,Li,Acme,annli@gmail.com,"),
        [0, 1],
    ),
    "traditional and simplified, full width and titles": (
        (f"国华,張,Acme,,{MOBILE}", f"国华,张,Acme,,{MOBILE}", f"国 华,张 ,Acme,,{MOBILE}"),
        [0, 0, 0],
    ),
    "the last name first": (
        (f"Ann,Li,Acme,,{MOBILE}", f"LI,Ann,Acme,,{MOBILE}", f"Dr. Ａｎｎ,Lí,Acme,,{MOBILE}"),
        [0, 0, 0],
    ),
    "numbers and addresses that mean nobody": (
        ("Ann,Li,Acme,test@test.com,13800138000", "Bob,Ray,Beta,test@test.com,13800138000"),
        [0, 1],
    ),
    "one name at two companies": (
        ("Wei,Wang,Acme,,", "Wei,Wang,Beta,,"),
        [0, 1],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("rows", "expected"), CASES.values(), ids=CASES.keys())
def test_who_is_one(tmp_path: Path, rows: tuple[str, ...], expected: list[int]) -> None:
    assert persons_of(tmp_path, ("leads.csv", leads(*rows))) == expected


def test_a_mailbox_of_a_function_is_no_bridge_between_two_records(tmp_path: Path) -> None:
    """Members of a campaign are known by an e-mail and a record, without a name."""
    records = leads("Ann,Li,Acme,info@acme.com,", "Bob,Ray,Acme,info@acme.com,")
    members = (
        "Campaign ID,Lead ID,Status,Email,Created Date\n"
        "7015g0000000001AAA,00Q5g0000000000EAA,Responded,info@acme.com,2026-01-05\n"
        "7015g0000000001AAA,00Q5g0000000001EAA,Responded,info@acme.com,2026-01-05\n"
    )
    with loading_in(tmp_path) as loading:
        loading.load("leads.csv", records)
        loading.load("members.csv", members, mapping="salesforce_campaign_members")
        rebuild(loading.draft, Definitions.load())
        people_of_leads = [row[0] for row in loading.rows("lead_identity", "person_id")]
        added = loading.draft.query(
            "SELECT known.person_id FROM interaction AS touched "
            "JOIN person_identity AS known ON known.reference = touched.person_id"
        )
        answered = set(added["person_id"])
    assert len(set(people_of_leads)) == 2
    assert answered == set(people_of_leads)


OVERWRITTEN = (
    "Contact ID,First Name,Last Name,Account ID,Email,Phone,Created Date\n"
    "0035g0000000001,{},0015g0000000001,{},2026-01-01\n"
)

ANN = OVERWRITTEN.format("Ann,Li", f"ann@acme.com,{MOBILE}")


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        (OVERWRITTEN.format("Bob,Ray", "bob@acme.com,+49 151 28998968"), 2),
        (OVERWRITTEN.format("Ann,Miller", f"ann.miller@acme.com,{MOBILE}"), 1),
        (OVERWRITTEN.format("Ann,Li", "ann@beta.com,+49 151 28998968"), 1),
        (OVERWRITTEN.format("Bob,Ray", "ann@acme.com,+49 151 28998968"), 1),
    ],
    ids=["a successor", "a married name", "another employer", "another name only"],
)
def test_a_record_that_is_written_over(tmp_path: Path, later: str, expected: int) -> None:
    with loading_in(tmp_path) as loading:
        loading.load("contacts.csv", ANN)
        loading.load("contacts_later.csv", later)
        rebuild(loading.draft, Definitions.load())
        found = loading.rows("person_identity", "person_id")
        proposed = loading.rows("person_proposal", "matched_by")
    assert len(set(found)) == expected
    assert proposed == [("id",)] * (expected - 1)


def test_an_id_of_another_system_is_another_record(draft: DraftWarehouse) -> None:
    aliases = alias("hubspot:151", "p_ann"), alias("marketo:151", "p_bob")
    persons = person("p_ann", email_key="e1"), person("p_bob", email_key="e2")
    found = people(draft, *persons, person_alias=aliases)
    assert found == {frozenset(("p_ann", "hubspot:151")), frozenset(("p_bob", "marketo:151"))}


def everything(loading: Loading) -> dict[str, list[tuple[object, ...]]]:
    """Every row of the canonical tables and of all that is derived from them."""
    rebuild(loading.draft, Definitions.load())
    derived = ("person_identity", "account_identity", "lead_identity", "lead_notice", "journey",
               "touch", "deal", "standardised_value")  # fmt: skip
    return loading.everything() | {name: loading.rows(name) for name in derived}


def test_undoing_the_load_that_caused_a_merge_restores_every_row(tmp_path: Path) -> None:
    first = leads(
        f"Ann,Li,Acme GmbH,,{MOBILE}", "Ann,Li,Acme,ann@acme.com,", "Bob,Ray,Beta,b@b.com,"
    )
    bridge = (
        "Contact ID,First Name,Last Name,Account ID,Email,Phone,Created Date\n"
        f"0035g0000000001,Ann,Li,0015g0000000001,ann@acme.com,{MOBILE},2025-06-01\n"
    )
    accounts = "Account ID,Account Name,Website\n0015g0000000001,ACME,www.acme.com\n"
    with loading_in(tmp_path) as loading:
        loading.load("leads.csv", first)
        before = everything(loading)
        merging = [loading.load("contacts.csv", bridge), loading.load("accounts.csv", accounts)]
        merged = everything(loading)
        found = {row[1] for row in merged["lead_identity"]}
        assert len(found) == 2 < len({row[1] for row in before["lead_identity"]})
        for load in merging:
            loading.undo(load.load_id)
        assert everything(loading) == before


def test_a_merged_person_keeps_the_earliest_dates(tmp_path: Path) -> None:
    with loading_in(tmp_path) as loading:
        rows = leads(f"Ann,Li,Acme,,{MOBILE}", f"Ann,Li,Acme,ann@acme.com,{MOBILE}")
        loading.load("leads.csv", rows)
        rebuild(loading.draft, Definitions.load())
        (known,) = loading.draft.query("SELECT created_at FROM person_fact").rows()
        created = {row[0] for row in loading.rows("person", "created_at")}
        days = [str(day) for (day,) in loading.rows("journey", "lead_on")]
    assert known[0] == min(created) < max(created)
    assert days == ["2026-01-01", "2026-01-02"]
