"""Steps of identity by themselves: an intermediate one can be read, and a broken one is named."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from data.definitions import Definitions
from data.engine.draft import Draft
from data.errors import EngineError
from data.identity.account_evidence import account_evidence, company_domains
from data.identity.domains import attach_lists
from data.identity.resolve import resolve
from data.identity.shared_contacts import shared_contacts


@pytest.fixture
def draft(tmp_path: Path) -> Iterator[Draft]:
    with Draft.open(tmp_path / "draft.duckdb", threads=1) as opened:
        yield opened


def enter(draft: Draft, table: str, **values: object) -> None:
    """One row of a table, of a load without a file."""
    names = ", ".join(f"? AS {name}" for name in values)
    draft.execute(
        f"INSERT INTO {table} BY NAME SELECT {names}, 'l' AS load_id",
        list(values.values()),  # type: ignore[arg-type]
    )


def test_an_account_s_mail_domains_are_counted_by_its_people(draft: Draft) -> None:
    attach_lists(draft)
    enter(draft, "account", account_id="A", name="Acme", name_key="acme")
    for number, domain in enumerate(("acme.de", "acme.de", "gmail.com")):
        person = f"p_{number}"
        enter(draft, "person", person_id=person, account_id="A", email_domain=domain)
    draft.build("company_domain", company_domains())
    found = draft.query(account_evidence().upto("account_mail_domains"))
    assert found.select("reference", "domain", "people").rows() == [("A", "acme.de", 2)]


def test_contacts_include_references_that_bring_nothing_but_a_phone(draft: Draft) -> None:
    key = "0123456789abcdef0123456789abcdef"
    draft.execute(
        "CREATE TEMP TABLE person_record AS SELECT person_id, phone_key, name_key FROM person"
    )
    enter(draft, "person", person_id="crm:1", phone_key=key, name_key="ann")
    at = datetime(2026, 1, 1)
    enter(draft, "interaction", interaction_id="i", person_id=f"p_{key[:20]}", occurred_at=at,
          action="page_view")  # fmt: skip
    contacts = draft.query(shared_contacts().upto("contacts"))
    assert sorted(contacts["person_id"]) == ["crm:1", f"p_{key[:20]}"]


@pytest.mark.parametrize(
    ("broken", "step"),
    [
        ("ALTER TABLE account DROP COLUMN city", "account_domains"),
        ("ALTER TABLE person DROP COLUMN name_key", "reachable_people"),
        ("ALTER TABLE lead DROP COLUMN person_id", "account_members"),
        ("ALTER TABLE person_alias_version DROP COLUMN phone_key", "person_records"),
        ("ALTER TABLE interaction DROP COLUMN occurred_at", "visitor_identifications"),
    ],
)
def test_a_broken_step_is_named(draft: Draft, broken: str, step: str) -> None:
    enter(draft, "account", account_id="A")
    enter(draft, "person", person_id="p_1", phone_key="0123456789abcdef0123456789abcdef")
    enter(draft, "person_alias", source_system="crm", source_record_id="1", person_id="p_1",
          matched_by="id", confidence=1.0)  # fmt: skip
    enter(draft, "interaction", interaction_id="i", person_id="p_1", visitor_id="v",
          occurred_at=datetime(2026, 1, 1), action="page_view")  # fmt: skip
    draft.execute(broken)
    with pytest.raises(EngineError) as raised:
        resolve(draft, Definitions.load())
    assert raised.value.step == step
    assert f"{step} AS (" in raised.value.sql
