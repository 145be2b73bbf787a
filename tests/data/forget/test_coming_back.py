"""No file brings a forgotten person back, by address, number, record or lead."""

from __future__ import annotations

import pytest

from data.engine.warehouse import DuckDBWarehouse
from data.forget.forget import Contact, ContactKind, forget
from data.sql import Query, Step
from loaders.load import load, undo
from loaders.outcome import Status
from tests.data.forget.planted import ANN, ANN_PHONE, FILES, Planted, found, keys_of

TEXTS = ["crm000077", "gardener", "garden", "wants blue", "wants it again", "v0001"]


def rows(planted: Planted, sql: str) -> list[tuple[object, ...]]:
    with DuckDBWarehouse.open(planted.store.current().path) as warehouse:
        return warehouse.query(Query(Step("asked", sql))).rows()


def references(planted: Planted) -> set[object]:
    return {
        value
        for table in ("person", "person_alias", "interaction", "lead", "journey", "touch")
        for (value,) in rows(planted, f"SELECT person_id FROM {table}")
    }


def test_undone_and_loaded_again_the_person_stays_away(planted: Planted) -> None:
    stages = "SELECT subject_id, stage, reason FROM stage_change ORDER BY ALL"
    people = "SELECT email_key, phone_key FROM person ORDER BY ALL"
    forget(planted.store, Contact(ContactKind.EMAIL, ANN))
    kept = {
        sql: rows(planted, sql)
        for sql in (
            "SELECT lead_id, person_id, need, budget FROM lead ORDER BY ALL",
            "SELECT interaction_id, person_id FROM interaction ORDER BY ALL",
            people,
            "SELECT * EXCLUDE (load_id) FROM consent_event ORDER BY ALL",
            "SELECT * EXCLUDE (load_id) FROM tag ORDER BY ALL",
        )
    }
    undo(planted.store, *(str(row[0]) for row in rows(planted, "SELECT load_id FROM load")))
    assert rows(planted, people) == []

    outcomes = planted.load(*FILES)

    assert {sql: rows(planted, sql) for sql in kept} == kept
    assert ("L1", "mql", None) in rows(planted, stages)
    skipped = {each.file_name: each.rows_skipped for each in outcomes}
    assert skipped == {
        "leads.csv": 0,
        "stages.csv": 0,
        "interactions.csv": 5,
        "people.csv": 1,
        "consents.csv": 3,
        "tags.csv": 4,
    }
    current = planted.store.current().path.read_bytes()
    assert found(current, TEXTS) == []
    prefixes = {f"p_{key}" for key in keys_of(ANN, ANN_PHONE)}
    assert not references(planted) & ({"generic:crm000077"} | prefixes)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "by_record.csv",
            "interaction_id,person_id,occurred_at,action\nj1,crm000077,2026-03-01,x\n",
        ),
        (
            "by_phone.csv",
            f"interaction_id,phone,occurred_at,action\nj1,{ANN_PHONE},2026-03-01,x\n",
        ),
        ("people2.csv", "person_id,email,job_title\ncrm000077,new@acme.com,Gardener\n"),
        (
            "aliases.csv",
            "source_system,source_record_id,person_id,matched_by,confidence\n"
            "hub,9,generic:crm000077,id,1\n"
            f"hub,10,p_{keys_of(ANN)[1]},id,1\n",
        ),
    ],
)
def test_a_new_file_about_them_is_left_out(planted: Planted, name: str, text: str) -> None:
    forget(planted.store, Contact(ContactKind.EMAIL, ANN))
    before = {table: rows(planted, f"SELECT * FROM {table} ORDER BY ALL") for table in _PEOPLE}
    path = planted.folder / name
    path.write_text(text, encoding="utf-8")
    (outcome,) = load(planted.store, [path])
    assert outcome.status is Status.FAILED, outcome
    assert "no rows of data" in outcome.message
    after = {table: rows(planted, f"SELECT * FROM {table} ORDER BY ALL") for table in _PEOPLE}
    assert after == before


_PEOPLE = ("person", "person_alias", "interaction")


def test_a_refused_row_of_a_forgotten_person_shows_nothing(planted: Planted) -> None:
    forget(planted.store, Contact(ContactKind.EMAIL, ANN))
    path = planted.folder / "more.csv"
    path.write_text(
        "lead_id,created_at,email,need\n"
        f"L8,never,{ANN},a secret wish\nL9,2026-02-02,bea@acme.com,red\n",
        encoding="utf-8",
    )
    (outcome,) = load(planted.store, [path])
    assert (outcome.rows_kept, outcome.rows_rejected) == (1, 1)
    assert rows(planted, "SELECT line, value, row FROM rejected_row WHERE line = 2") == [
        (2, None, "{}")
    ]
    assert found(planted.bytes(), ["a secret wish"]) == []


BY_CONTACT = {
    "leads_by_address.csv": (
        "lead_id,created_at,email,need\n"
        f"{ANN.upper()},2026-01-01,{ANN},a secret wish\nL30,2026-01-01,bea@acme.com,red\n"
    ),
    "deals_by_address.csv": (
        "opportunity_id,created_at,original_amount,currency,primary_lead_id\n"
        f"D1,2026-02-01,100,USD,{ANN}\n"
    ),
    "visits_by_address.csv": (
        "interaction_id,person_id,visitor_id,occurred_at,action\n"
        f"k1,,{ANN},2026-03-01,page_view\nk2,{ANN},,2026-03-01,page_view\n"
        "k3,,v7,2026-03-01,page_view\n"
    ),
}


def test_ids_that_are_their_address_are_erased_and_stay_away(planted: Planted) -> None:
    def load_all() -> None:
        paths = [planted.folder / name for name in BY_CONTACT]
        for path in paths:
            path.write_text(BY_CONTACT[path.name], encoding="utf-8")
        assert all(each.status is not Status.FAILED for each in load(planted.store, paths))

    def known() -> set[object]:
        return {
            value
            for sql in (
                "SELECT lead_id FROM lead",
                "SELECT primary_lead_id FROM opportunity",
                "SELECT visitor_id FROM interaction",
                "SELECT person_id FROM interaction",
            )
            for (value,) in rows(planted, sql)
        }

    reference = f"p_{keys_of(ANN)[1]}"
    load_all()
    assert reference in known()
    forget(planted.store, Contact(ContactKind.EMAIL, ANN))
    assert reference not in known()
    assert rows(planted, "SELECT opportunity_id, original_amount FROM opportunity")
    undo(planted.store, *(str(row[0]) for row in rows(planted, "SELECT load_id FROM load")))
    load_all()
    assert reference not in known()
    assert "L30" in known()
    assert rows(planted, "SELECT interaction_id FROM interaction") == [("k3",)]
    assert found(planted.store.current().path.read_bytes(), ["a secret wish", reference]) == []
