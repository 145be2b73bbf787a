"""Queries of identity that are not asked because nothing can come of them would give no row."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import pytest

from data.engine.draft import Draft
from data.identity.likely_people import PROPOSALS_COME_FROM
from data.identity.resolve import resolve
from data.identity.working_tables import WORKING_TABLES
from data.schema.contract import columns
from data.schema.tables import TABLES
from data.sql import Query
from tests.data.identity.resolving import alias, person
from tests.metrics.facts import TERMS, Facts, account, fill, lead, touch

AT = datetime(2026, 3, 1)

FACTS = Facts(
    account=(
        account("crm:1", "Acme", domain="acme.de", city="Berlin"),
        account("crm:2", "Acme", domain="acme.de"),
        account("crm:3", "Acmee", city="Berlin"),
    ),
    person=(
        person("p1", email_key="e1", email_domain="acme.de", phone_key="f", name_key="ann"),
        person("p2", email_key="e2", email_domain="acme.de", phone_key="f", name_key="ann"),
        person("p3", email_key="e3", phone_key="g", name_key="bob", account_id="crm:1"),
        person("p4", email_key="e4", phone_key="h", name_key="bo", account_id="crm:1"),
        person("p5", name_key="cy", account_id="crm:1"),
        person("p6", name_key="cy", account_id="crm:1"),
    ),
    person_alias=(
        alias("crm:9", "p3", name_key="bob", phone_key="g"),
        alias("crm:8", "p1", name_key="ann"),
    ),
    lead=(lead("L", AT, person_id="p1", account_id="crm:1"),),
    interaction=(touch("t", AT, "p1", visitor_id="v"),),
)

VERSION = alias("crm:9", "p4", name_key="bo", phone_key="h")
"""What an earlier load said of a record that somebody else has now."""

_TWO = re.compile(r"\(SELECT 1 FROM (.*) HAVING count\(\*\) > 1\)")


def emptied(relation: str) -> str:
    """The statement after which the relation has no row, and as little else as can be is gone."""
    one_may_stay = _TWO.fullmatch(relation)
    plain = one_may_stay[1] if one_may_stay else relation
    table, _, condition = plain.partition(" WHERE ")
    kept = f"rowid > (SELECT min(rowid) FROM {plain})" if one_may_stay else "true"
    return f"DELETE FROM {table} WHERE ({condition or 'true'}) AND {kept}"


class _Looking:
    """Looks at every query of a draft: what it gives, and what it gives without its sources."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self.with_rows: set[str] = set()
        self.in_spite: set[str] = set()
        self.other_columns: dict[str, object] = {}

    def look(self, name: str, query: Query, sources: tuple[str, ...]) -> None:
        if not self._draft.query(query).is_empty():
            self.with_rows.add(name)
        self._draft.execute("BEGIN")
        for source in sources:
            self._draft.execute(emptied(source))
        if not self._draft.query(query).is_empty():
            self.in_spite.add(name)
        self._draft.execute("ROLLBACK")

    def describe(self, name: str) -> list[tuple[str, str]]:
        return self._draft.query(
            f"SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = '{name}'"
            " ORDER BY column_index"
        ).rows()


@pytest.fixture(scope="module")
def looked() -> _Looking:
    build, insert = Draft.build, Draft.insert

    def looking_build(draft: Draft, name: str, query: Query) -> None:
        if name in WORKING_TABLES and not (name == "account_edge" and len(query.steps) == 2):
            looking.look(name, query, WORKING_TABLES[name].rows_come_from)
            draft.execute(f"CREATE OR REPLACE TEMP TABLE {name} ({WORKING_TABLES[name].columns})")
            declared = looking.describe(name)
            build(draft, name, query)
            if (given := looking.describe(name)) != declared:
                looking.other_columns[name] = given
            return
        build(draft, name, query)

    def looking_insert(draft: Draft, table: str, query: Query, names: tuple[str, ...] = ()) -> None:
        if table == "person_proposal":
            looking.look(table, query, PROPOSALS_COME_FROM)
        insert(draft, table, query, names)

    with Draft.open(Path(":memory:"), threads=1) as draft, pytest.MonkeyPatch.context() as patch:
        looking = _Looking(draft)
        known = {name: VERSION.get(name) for name in columns(TABLES["person_alias"])}
        names = ", ".join(f"? AS {name}" for name in known)
        fill(draft, FACTS, TERMS)
        draft.execute(
            f"INSERT INTO person_alias_version BY NAME SELECT {names}",
            [*(known | {"load_id": "l"}).values()],
        )
        draft.execute(
            "INSERT INTO retired_record (subject_kind, subject_id, how, told_at, load_id, "
            "survivor_id) VALUES ('person', 'crm:7', 'merged', ?, 'l', 'crm:8')",
            [AT],
        )
        patch.setattr(Draft, "build", looking_build)
        patch.setattr(Draft, "insert", looking_insert)
        resolve(draft, TERMS)
    return looking


def test_each_query_gives_rows_here(looked: _Looking) -> None:
    assert looked.with_rows == {*WORKING_TABLES, "person_proposal"}


def test_without_what_its_rows_come_from_a_query_gives_none(looked: _Looking) -> None:
    assert not looked.in_spite


def test_an_empty_working_table_has_the_columns_of_its_query(looked: _Looking) -> None:
    assert not looked.other_columns
