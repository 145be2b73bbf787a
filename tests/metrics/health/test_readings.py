"""Standardised words are counted by file and table, with the place of the original."""

from __future__ import annotations

from datetime import datetime

from data.terms.touch import ChannelRule
from metrics.health.readings import standardised_values
from tests.data.identity.resolving import person
from tests.metrics.facts import TERMS, DraftWarehouse, Facts, Row, account, lead

NAMES = ("becomes", "original", "standard", "row_count", "stands_in", "file_count", "file_name")


def load(load_id: str, file_name: str) -> Row:
    moment = datetime(2026, 1, 1)
    counts = dict.fromkeys(("rows_read", "rows_kept", "rows_changed", "rows_rejected"), 0)
    moments = {"as_of": moment, "started_at": moment, "finished_at": moment}
    texts = {"load_id": load_id, "file_name": file_name, "sha256": load_id, "mapping": "leads"}
    return texts | counts | moments


def read(load_id: str, becomes: str, original: str, standard: str, rows: int) -> Row:
    reading = {"load_id": load_id, "becomes": becomes, "original": original, "standard": standard}
    return reading | {"column": becomes.capitalize(), "rows": rows}


def test_rows_of_all_files_are_added_up(draft: DraftWarehouse) -> None:
    warehouse = draft.hold(
        Facts(
            account=(account("A", "Acme", industry="汽车"),),
            person=(person("p", job_title="采购经理"),),
        )
    )
    warehouse.put("load", load("l1", "b.csv"), load("l2", "a.csv"))
    warehouse.put(
        "rewritten_value",
        read("l1", "city", "GZ", "Guangzhou", 3),
        read("l2", "city", "GZ", "Guangzhou", 4),
        read("l1", "city", "广州", "Guangzhou", 9),
        read("l1", "company", "ACME", "acme", 1),
    )
    found = standardised_values(warehouse)
    assert found.select(NAMES).rows() == [
        ("city", "广州", "Guangzhou", 9, "City", 1, "b.csv"),
        ("city", "GZ", "Guangzhou", 7, "City", 2, "a.csv"),
        ("company", "ACME", "acme", 1, "Company", 1, "b.csv"),
        ("industry", "汽车", "Automotive", 1, "account.industry", None, None),
        ("seniority", "采购经理", "Manager", 1, "person.job_title", None, None),
        ("department", "采购经理", "Purchasing", 1, "person.job_title", None, None),
        ("persona", "采购经理", "Procurement", 1, "person.job_title", None, None),
    ]
    assert found["load_id"].to_list()[:3] == ["l1", "l2", "l1"]


def test_spellings_of_a_value_are_listed_with_what_decided(draft: DraftWarehouse) -> None:
    warehouse = draft.hold(
        Facts(
            account=(account("A", "Acme", size_band="Ｌ"), account("B", "B", size_band="l")),
            lead=(
                *(lead(f"L{each}", datetime(2026, 5, 1), channel="Messe") for each in range(3)),
                lead("M1", datetime(2026, 5, 1), channel="ＭＥＳＳＥ"),
                lead("M2", datetime(2026, 5, 1), channel="direkt"),
                lead("M3", datetime(2026, 5, 1), channel="EMAIL"),
            ),
        ),
        TERMS.model_copy(
            update={"channel": (*TERMS.channel, ChannelRule(name="Direct", source=("Direkt",)))}
        ),
    )
    names = ("becomes", "original", "standard", "decided_by", "row_count", "stands_in")
    assert standardised_values(warehouse).select(names).rows() == [
        ("channel", "EMAIL", "Email", "definitions", 1, "lead.channel"),
        ("channel", "direkt", "Direct", "channel_rule", 1, "lead.channel"),
        ("channel", "ＭＥＳＳＥ", "Messe", "frequency", 1, "lead.channel"),
        ("size band", "Ｌ", "l", "frequency", 1, "account.size_band"),
    ]


def test_nothing_read_as_another_word_is_an_empty_table(draft: DraftWarehouse) -> None:
    assert standardised_values(draft.hold(Facts())).is_empty()
