"""Who is forgotten is in no file of the store, does not come back, and leaves the books whole."""

from __future__ import annotations

import io
import re
from datetime import date
from pathlib import Path

import duckdb
import pytest

from data.__main__ import main
from data.definitions import BUILT_IN
from data.engine.draft import Draft
from data.engine.warehouse import DuckDBWarehouse, open_current
from data.forget.forget import Contact, ContactKind, KeptGenerationError, Outcome, forget
from data.forget.shared_contacts import SharedPhoneError
from data.references import person_of_contact
from data.sql import Query, Step
from tests.data.forget.planted import (
    ANN,
    ANN_PHONE,
    BOB,
    CID,
    HASHER,
    SHARED_PHONE,
    Planted,
    cells,
    found,
    keys_of,
)

ANN_BY_EMAIL = Contact(ContactKind.EMAIL, ANN)

LEFT = ["crm000077", "v0001", "gardener", "garden", "wants blue", "wants it again"]
"""Texts that stand in the files about Ann alone."""


def rows(planted: Planted, sql: str) -> list[tuple[object, ...]]:
    with DuckDBWarehouse.open(planted.store.current().path) as warehouse:
        return warehouse.query(Query(Step("asked", sql))).rows()


def test_no_byte_of_a_forgotten_person_is_left_in_any_generation(planted: Planted) -> None:
    digests = [HASHER.digest(ANN), HASHER.digest(ANN_PHONE)]
    assert set(found(planted.bytes(), [*keys_of(ANN, ANN_PHONE), *LEFT])) >= {*digests, *LEFT}
    old = planted.store.generations()
    assert len(old) == 3

    forgotten = forget(planted.store, ANN_BY_EMAIL)

    assert forgotten.outcome is Outcome.ERASED
    assert [each.old for each in forgotten.generations] == [each.name for each in old]
    new = planted.store.generations()
    assert [each.name for each in new] == [each.new for each in forgotten.generations]
    assert found(planted.bytes(), LEFT) == []
    for generation in new:
        holders = {
            (table, column, value)
            for table, column, value in cells(generation.path)
            for text in (*keys_of(ANN, ANN_PHONE), *LEFT)
            if text in value.lower()
        }
        assert holders == {
            ("erased_person", "email_key", digests[0]),
            ("erased_person", "phone_key", digests[1]),
        }
        content = generation.path.read_bytes()
        for digest in digests:
            assert content.count(digest.encode()) == 1
            assert content.count(digest[:20].encode()) == 1


def test_the_others_and_the_books_stay(planted: Planted) -> None:
    before = rows(planted, "SELECT lead_id, mql_on, exit_stage FROM journey ORDER BY ALL")
    forget(planted.store, ANN_BY_EMAIL)
    assert rows(planted, "SELECT lead_id, mql_on, exit_stage FROM journey ORDER BY ALL") == before
    assert rows(planted, "SELECT lead_id FROM lead WHERE person_id IS NULL ORDER BY ALL") == [
        ("L1",),
        ("L4",),
    ]
    assert rows(planted, "SELECT interaction_id FROM interaction ORDER BY ALL") == [("i3",)]
    assert rows(planted, "SELECT count(*) FROM person") == [(2,)]
    assert rows(planted, "SELECT DISTINCT need FROM lead ORDER BY ALL") == [
        ("wants more",),
        ("wants red ones",),
        (None,),
    ]
    consent = "SELECT person_id, channel, purpose, state FROM consent_event ORDER BY ALL"
    assert rows(planted, consent) == [
        ("generic:crm000078", "all", "all", "withdrawn"),
        (person_of_contact(HASHER.digest(BOB)), "Email", "news", "granted"),
    ]
    assert rows(planted, "SELECT subject_kind, subject_id, tag FROM tag ORDER BY ALL") == [
        ("account", "name:acme", "VIP"),
        ("lead", "L2", "VIP"),
        ("person", person_of_contact(HASHER.digest(BOB)), "VIP"),
    ]
    reasons = "SELECT subject_id, reason FROM stage_change ORDER BY ALL"
    assert rows(planted, reasons) == [("L1", None), ("L2", "No budget"), ("L4", "No budget")]


def test_what_other_definitions_changed_is_logged_before_anything_is_erased(
    planted: Planted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In Los Angeles a lead of 1 January is one of December."""
    own = tmp_path / "terms.toml"
    text = re.sub(r'time_zone = "[^"]+"', 'time_zone = "America/Los_Angeles"', BUILT_IN.read_text())
    own.write_text(text, encoding="utf-8")
    monkeypatch.setenv("BACKCAST_DEFINITIONS", str(own))
    forget(planted.store, ANN_BY_EMAIL)
    log = "SELECT month_on, before, after FROM restatement WHERE cause = 'definition'"
    december = " AND metric = 'lead' AND segment = 'total' AND month_on < '2026-01-01'"
    assert rows(planted, log + december) == [(date(2025, 12, 1), 0, 1)]
    assert rows(planted, "SELECT count(*) FROM restatement WHERE load_id IS NULL") != [(0,)]


def test_a_reader_goes_on_and_sees_the_new_state_at_its_next_run(planted: Planted) -> None:
    count = Query(Step("people", "SELECT count(*) AS people FROM person"))
    warehouse = open_current(planted.store)
    (before,) = warehouse.query(count).row(0)
    forget(planted.store, ANN_BY_EMAIL)
    assert warehouse.query(count).row(0) == (before,)
    assert open_current(planted.store).query(count).row(0) < (before,)


def test_a_phone_that_others_have_too_stays_theirs(planted: Planted) -> None:
    with pytest.raises(SharedPhoneError, match="2 people with different e-mail"):
        forget(planted.store, Contact(ContactKind.PHONE, "030 90182000", "DE"))
    forget(planted.store, Contact(ContactKind.EMAIL, BOB))
    assert rows(planted, "SELECT email_key, phone_key FROM erased_person") == [
        (HASHER.digest(BOB), None)
    ]
    owners = "SELECT email_key FROM person WHERE phone_key IS NOT NULL ORDER BY ALL"
    assert {key for (key,) in rows(planted, owners)} == {HASHER.digest(ANN), HASHER.digest(CID)}
    assert HASHER.digest(SHARED_PHONE).encode() in planted.bytes()


def test_a_phone_of_one_person_forgets_the_same_as_the_address(planted: Planted) -> None:
    forget(planted.store, Contact(ContactKind.PHONE, "138-1234-5678", "CN"))
    assert found(planted.bytes(), LEFT) == []
    assert rows(planted, "SELECT * FROM erased_person") == [
        (HASHER.digest(ANN), HASHER.digest(ANN_PHONE))
    ]


def test_every_table_that_could_hold_a_person_is_covered(planted: Planted) -> None:
    """Each text column of each table of the file is given a mark."""
    reference = f"p_{HASHER.digest(ANN)[:20]}"
    digests = {"email_key": HASHER.digest(ANN), "phone_key": HASHER.digest(ANN_PHONE)}
    with planted.store.writing() as path, Draft.open(path) as draft:
        listed = draft.query(
            "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal "
            "AND table_name NOT LIKE 'erased%' ORDER BY table_name, column_index"
        )
        planted_in = set()
        for (table,), columns in listed.group_by("table_name", maintain_order=True):
            lines = []
            for marked in columns.filter(data_type="VARCHAR")["column_name"]:
                mark = digests.get(marked, reference)
                values = [
                    f"'{mark}'" if name == marked else _filler(kind, table.partition("_")[0])
                    for _, name, kind in columns.iter_rows()
                ]
                lines.append(f"({', '.join(values)})")
                planted_in.add((table, marked))
            if lines:
                draft.execute(f'INSERT INTO "{table}" VALUES {", ".join(lines)}')
        assert {"person_version", "lead_version", "stage_change"} <= {
            table for table, _ in planted_in
        }
    current = planted.store.current().path
    assert {(table, column) for table, column, value in cells(current) if reference in value} == {
        each for each in planted_in if each[1] not in digests
    }
    forget(planted.store, ANN_BY_EMAIL)
    left = {
        (table, column)
        for table, column, value in cells(planted.store.current().path)
        if any(mark in value for mark in (reference, *digests.values()))
    }
    assert left == {("erased_person", "email_key"), ("erased_person", "phone_key")}


def test_nobody_is_erased_while_a_table_is_there_that_nobody_knows(planted: Planted) -> None:
    reference = f"p_{HASHER.digest(ANN)[:20]}"
    with planted.store.writing() as path, Draft.open(path) as draft:
        draft.execute("CREATE TABLE tomorrow (note VARCHAR, person_id VARCHAR NOT NULL)")
        draft.execute(f"INSERT INTO tomorrow VALUES ('seen', '{reference}')")
    before = planted.store.generations()
    with pytest.raises(KeptGenerationError, match="a table tomorrow, which this version does not"):
        forget(planted.store, ANN_BY_EMAIL)
    assert planted.store.generations() == before
    texts = {value for _, _, value in cells(planted.store.current().path)}
    assert reference in texts


def _filler(kind: str, family: str) -> str:
    """A value of a type. Texts are a family's own: rows that all refer to each other take long."""
    fillers = {"VARCHAR": f"'{family}'", "BOOLEAN": "true", "DATE": "DATE '2026-01-01'"}
    return fillers.get(kind, "TIMESTAMP '2026-01-01'" if kind == "TIMESTAMP" else "1")


def test_the_command_reads_the_address_from_standard_input_and_never_repeats_it(
    planted: Planted, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BACKCAST_STORE", str(planted.store.path))
    printed = []
    for text, status in ((ANN, 0), (ANN, 0), ("zoe@acme.com", 1), ("ann@@acme", 1)):
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{text}\n"))
        assert main(["forget", "--email"]) == status
        output = capsys.readouterr()
        assert text not in output.out + output.err
        printed.append(output.out + output.err)
    assert "person: 2 rows erased" in printed[0]
    assert "was erased before" in printed[1]
    assert "Nobody is known by this email" in printed[2]
    assert "no valid e-mail address" in printed[3]


def of_another_version(planted: Planted, place: int) -> str:
    """Make a kept generation one whose tables have a column less; returns its name."""
    generation = planted.store.generations()[place]
    with duckdb.connect(str(generation.path)) as connection:
        connection.execute("ALTER TABLE campaign DROP COLUMN owner")
    return generation.name


def test_a_generation_of_another_version_is_named_and_deleted_only_when_asked(
    planted: Planted, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BACKCAST_STORE", str(planted.store.path))
    name = of_another_version(planted, 0)
    before = planted.store.generations()
    assert main(["forget", "--email", ANN]) == 1
    printed = capsys.readouterr().err
    assert f"Nothing was erased: version {name} of the data" in printed
    assert "--delete-other-versions" in printed
    assert planted.store.generations() == before
    assert HASHER.digest(ANN) in str(found(planted.bytes(), [HASHER.digest(ANN)]))

    assert main(["forget", "--email", ANN, "--delete-other-versions"]) == 0
    assert (
        f"version {name} of the data: could not be rewritten and was deleted"
        in capsys.readouterr().out
    )
    assert len(planted.store.generations()) == 2
    assert found(planted.bytes(), LEFT) == []
    assert not list(planted.store.path.glob("*.part*"))


def test_the_current_generation_is_never_deleted(planted: Planted) -> None:
    of_another_version(planted, -1)
    before = planted.store.generations()
    with pytest.raises(KeptGenerationError, match=r"Nothing was erased.*another version"):
        forget(planted.store, ANN_BY_EMAIL, delete_other_versions=True)
    assert planted.store.generations() == before
