"""Whoever reads a mailbox of several is forgotten without the others who read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.engine.warehouse import DuckDBWarehouse
from data.forget.forget import Contact, ContactKind, forget
from data.privacy.keys import VARIABLE
from data.sql import Query, Step
from data.storage.rewriting import RewritingStore
from loaders.load import load
from tests.data.forget.planted import ANN, HASHER, KEY

MAILBOX = "info@acme.com"

LEADS = (
    "Lead ID,First Name,Last Name,Company,Email,Phone,Status,Created Date\n"
    f"00Q5g0000000001,Ann,Li,Acme,{ANN},+49 151 28998967,New,2026-01-01\n"
    f"00Q5g0000000002,Ann,Li,Acme,{MAILBOX},+49 151 28998967,New,2026-01-02\n"
    f"00Q5g0000000003,Bob,Ray,Acme,{MAILBOX},,New,2026-01-03\n"
)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RewritingStore:
    """Ann under her own address and the shared one, Bob under the shared one."""
    monkeypatch.setenv(VARIABLE, KEY)
    path = tmp_path / "leads.csv"
    path.write_text(LEADS, encoding="utf-8")
    made = RewritingStore(tmp_path / "store")
    load(made, [path])
    return made


def rows(store: RewritingStore, sql: str) -> list[tuple[object, ...]]:
    with DuckDBWarehouse.open(store.current().path) as warehouse:
        return warehouse.query(Query(Step("asked", sql))).rows()


def test_the_others_who_read_a_mailbox_stay(store: RewritingStore) -> None:
    assert len(rows(store, "SELECT DISTINCT person_id FROM person_identity")) == 2
    forget(store, Contact(ContactKind.EMAIL, ANN))
    assert rows(store, "SELECT email_key FROM person") == [(HASHER.digest(MAILBOX),)]
    assert rows(store, "SELECT lead_id FROM lead WHERE person_id IS NOT NULL") == [
        ("00Q5g0000000003EAA",)
    ]
    assert rows(store, "SELECT email_key FROM erased_person") == [(HASHER.digest(ANN),)]


def test_a_mailbox_that_is_asked_for_goes_with_all_who_read_it(store: RewritingStore) -> None:
    forget(store, Contact(ContactKind.EMAIL, MAILBOX))
    assert rows(store, "SELECT person_id FROM person") == []
    assert HASHER.digest(MAILBOX) in {
        key for (key,) in rows(store, "SELECT email_key FROM erased_person")
    }
