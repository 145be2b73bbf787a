"""What is an address or a number in a text, what is not, and what stands in its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from data.privacy.contacts import (
    EMAIL,
    MASKED_EMAIL,
    MASKED_PHONE,
    PHONE,
    PHONE_FIRST,
    has_contact,
    without_contacts,
)
from data.privacy.keys import VARIABLE
from loaders.protocol import PreviewTask
from loaders.transform.clearing import CONTACT, Use, cleared, remember_key
from loaders.writing.trial import try_out
from tests.data.forget.planted import ANN, ANN_PHONE, HASHER, KEY, found
from tests.data.privacy.typed_contacts import LEFT_OVER, TYPED
from tests.growth import check_growth
from tests.loaders.loading import AMERICAN, Loading, loading_in

HARMLESS = (
    "2024-01-31 10:00:00", "2026-01-31T10:00:00+0100", "01.02.2026 10:20:30",
    "20260315-20260331 promo", "Webinar 2026-03-15 10:00", "TechTarget | Sensors | 2024-Q2",
    "17891234567", "18233456789|142345678901|kwd-1", "cmp_13812345678", "357508469.1757508469",
    "1b4e28ba-2fa1-11d2-883f-0016d3cca427", "00000016-0016-4123-8134-123456789012",
    "1.234.567,89", "100 000 000 000", "1,001-5,000", "192.168.100.2000",
    "@acme", "2 @ 3.50", "7015g0000000147AAA", "I0000-0000001",
)  # fmt: skip

MORE = (
    "联系anna.planted@acme.com谢谢", "<a.planted@acme.co.uk>", "/unsubscribe/anna.planted@acme.com",
    "0049 30 90182000", "+49 (0)30 90182000", "电话13812345678", "13812345678 call him",
    "138-1234-5678, 139-1234-5678", "phone=%2B4930 90182000&x=1", "010-8888 7777",
)  # fmt: skip


@pytest.fixture
def loading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loading]:
    monkeypatch.setenv(VARIABLE, KEY)
    with loading_in(tmp_path) as found:
        remember_key(found.draft, KEY.encode())
        yield found


def engine(loading: Loading, texts: tuple[str, ...], use: Use) -> list[str]:
    loading.draft.execute("CREATE OR REPLACE TEMP TABLE typed (text VARCHAR)")
    for text in texts:
        loading.draft.execute("INSERT INTO typed VALUES (?)", (text,))
    rows = f"SELECT text, true AS {CONTACT} FROM typed"
    return loading.draft.query(f"SELECT {cleared('text', use)} FROM ({rows}) AS rows")[
        :, 0
    ].to_list()


def test_the_engine_and_python_hide_the_same(loading: Loading) -> None:
    texts = (*(f"ask {each} soon" for each in TYPED), *MORE, *HARMLESS)
    hidden = engine(loading, texts, Use.NAME)
    assert hidden == [without_contacts(text) for text in texts]
    typed = hidden[: -len(HARMLESS)]
    assert found("\n".join(typed).encode(), [*LEFT_OVER, "8888 7777", "139-"]) == []
    assert all("‹" in text for text in typed)


AS_THE_ENGINE = tuple(re.compile(each, re.ASCII) for each in (EMAIL, PHONE, PHONE_FIRST))
"""The patterns of the engine, run by Python: the same, in up to the square of the time."""


@given(
    st.lists(
        st.sampled_from([*"ab@.%25 <,é\n", "%40", "%2540", "＠", "．", "\u00a0", "+49 30 901820"]),
        max_size=16,
    ).map("".join)
)
@settings(max_examples=2_000, deadline=None)
@example("a@b.c.%40d.e")
@example("a%40b.c%40d")
@example("a%40b.c@d.e..")
@example("a@b.c@d.e")
def test_each_run_of_characters_is_looked_at_once_and_no_contact_is_missed(text: str) -> None:
    email, phone, phone_first = AS_THE_ENGINE
    hidden = phone.sub(rf"\1\2\3{MASKED_PHONE}", email.sub(MASKED_EMAIL, text))
    assert without_contacts(text) == phone_first.sub(rf"{MASKED_PHONE}\1", hidden)
    assert has_contact(text) == any(each.search(text) for each in AS_THE_ENGINE)


@pytest.mark.parametrize("end", ["", "@", "%40", "@a."])
@pytest.mark.parametrize(
    "unit",
    ["Abcdefghij", "a@", "a.", ".", "a.b@c.de ", "%25", "%40", "a%40b.c%", ".%40d", "0-(1) ", "+ "],
)
def test_contacts_are_found_in_time_proportional_to_the_text(unit: str, end: str) -> None:
    check_growth(without_contacts, unit, end)
    check_growth(has_contact, unit, end)


def test_an_address_in_a_text_of_any_length_is_hidden() -> None:
    local, domain = "a" * 300_000, "b." * 300_000
    assert without_contacts(f"ask {local}@{domain}de now") == f"ask {MASKED_EMAIL} now"
    assert without_contacts(f"{'x ' * 300_000}{ANN}").endswith(f"x {MASKED_EMAIL}")


def test_dates_ids_and_amounts_stay(loading: Loading) -> None:
    for use in (Use.NAME, Use.REFERENCE):
        assert engine(loading, HARMLESS, use) == list(HARMLESS)
    people_write = tuple(text for text in HARMLESS if text != "17891234567")
    for use in (Use.TEXT, Use.OWNER):
        assert engine(loading, people_write, use) == list(people_write)
    assert engine(loading, ("13812345678", "03090182000"), Use.TEXT) == ["‹phone›", "‹phone›"]


def test_of_an_owner_the_name_stays(loading: Loading) -> None:
    owners = ("Ann.Lee@acme.com", "Ann Lee <ann@acme.com>", "Ann (ann@acme.com)", "Ann Lee")
    assert engine(loading, owners, Use.OWNER) == ["ann.lee", "Ann Lee", "Ann", "Ann Lee"]


def test_an_id_that_is_a_contact_becomes_the_reference_to_its_person(loading: Loading) -> None:
    reference = f"p_{HASHER.digest(ANN)[:20]}"
    ids = (ANN, f" {ANN.upper()} ", ANN.replace("@", "%40"), ANN.replace("@", "＠"))
    assert engine(loading, ids, Use.REFERENCE) == [reference] * 4
    (number,) = engine(loading, ("+86 138-1234-5678",), Use.REFERENCE)
    assert number == f"p_{HASHER.digest(ANN_PHONE)[:20]}"
    (hidden, again) = engine(loading, (f"deal of {ANN}", f"deal of {ANN}"), Use.REFERENCE)
    assert hidden == again
    assert hidden.startswith("h_")


def test_references_by_an_address_meet_in_all_tables_and_systems(loading: Loading) -> None:
    loading.load("leads.csv", f"lead_id,created_at,email\n{ANN},2026-01-01,{ANN}\n")
    loading.load(
        "stages.csv",
        f"subject_kind,subject_id,stage,entered_at\nlead,{ANN.upper()},mql,2026-01-02\n",
    )
    loading.load(
        "interactions.csv",
        f"interaction_id,person_id,occurred_at,action\ni1,{ANN},2026-01-02,page_view\n",
    )
    reference = f"p_{HASHER.digest(ANN)[:20]}"
    assert loading.rows("lead", "lead_id", "person_id") == [(reference, reference)]
    assert loading.rows("stage_change", "subject_id")[0] == (reference,)
    assert loading.rows("interaction", "person_id") == [(reference,)]


def test_names_in_files_and_refusals_are_hidden_and_reported(loading: Loading) -> None:
    outcome = loading.load(
        f"list_{ANN}.csv",
        "lead_id,created_at,email,owner,need\n"
        f"L1,2026-01-01,{ANN},{ANN},call {ANN_PHONE}\n"
        f"L2,never {ANN},{ANN},Bob,\n",
    )
    assert outcome.file_name == "‹e-mail›"
    assert loading.rows("load", "file_name") == [("‹e-mail›",)]
    assert [(each.column, each.values) for each in outcome.taken_out] == [("owner", 1), ("need", 1)]
    assert loading.rows("lead", "owner", "need") == [("ann.planted", "call ‹phone›")]
    assert loading.reasons()[0][2] == "never ‹e-mail›"
    assert found(outcome.model_dump_json().encode(), (ANN, ANN_PHONE)) == []


def test_a_file_without_a_header_is_refused_without_showing_its_first_line(
    loading: Loading,
) -> None:
    message = loading.refusal("people.csv", f"Ann Lee,{ANN},Acme\nBob,bob@acme.com,Acme\n")
    assert "first line holds an e-mail address" in message
    assert ANN not in message


def test_a_proposal_shows_and_keeps_no_contact(loading: Loading) -> None:
    path = loading.write(
        f"calls {ANN}.csv",
        "ref,stage words,remark\n"
        + "".join(f"r{n},{word},ask {ANN}\n" for n, word in enumerate(["hot", "cold", ANN])),
    )
    proposed = try_out(loading.draft, PreviewTask(path=path), AMERICAN)
    assert proposed.mapping is None
    assert proposed.proposed_toml
    assert found(proposed.model_dump_json().encode(), (ANN, ANN.split("@")[0] + "@")) == []
