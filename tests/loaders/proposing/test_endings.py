"""A proposal ends records that the source has deleted, also where they were loaded before."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.loaders.loading import loading_in
from tests.loaders.proposing.test_right_or_asked import proposed

DAYS = ("2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04")


def leads(said: list[str]) -> list[str]:
    return [
        f"K-{number},{DAYS[number]},p{number}@firma{number}.example,{word}"
        for number, word in enumerate(said)
    ]


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("Lead ID,Created,Email,IsDeleted", ["false", "false", "true", "false"]),
        ("Lead ID,Created,Email,Gelöscht", ["nein", "nein", "ja", "nein"]),
        ("Lead ID,Created,Email,已删除", ["否", "否", "是", "否"]),
        ("Lead ID,Created,Email,削除フラグ", ["0", "0", "1", "0"]),
        ("Lead ID,Created,Email,Datensatzstatus", ["Active", "Active", "Archived", "Active"]),
        ("Lead ID,Created,Email,Record State", ["Active", "Active", "Removed", "Active"]),
        ("Lead ID,Created,Email,Deleted At", ["", "", "2026-04-01", ""]),
    ],
)
def test_a_deleted_lead_is_ended_also_when_it_was_loaded_before(
    tmp_path: Path, header: str, said: list[str]
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    toml = proposed("leads.csv", header, leads(said)).toml
    assert "[[ended]]" in toml
    (own / "x.toml").write_text(toml, encoding="utf-8")
    with loading_in(tmp_path, own) as loading:
        loading.load("leads.csv", "\n".join([header, *leads(said)]) + "\n")
        ended = loading.rows("record_end", "subject_kind", "subject_id", "how")
        assert [(kind, how) for kind, _, how in ended] == [("lead", "deleted")]
        assert ended[0][1].endswith("K-2")
        assert len(loading.rows("lead")) == 3


def test_a_file_in_which_nothing_is_deleted_yet_says_so_later(tmp_path: Path) -> None:
    header = "Lead ID,Created,Email,IsDeleted"
    assert "[[ended]]" in proposed("leads.csv", header, leads(["false"] * 4)).toml


@pytest.mark.parametrize(
    ("name", "header", "said"),
    [
        ("leads.csv", "Lead ID,Created,Email,Note", ["a", "b", "c", "d"]),
        ("leads.csv", "Lead ID,Created,Email,Gelöscht", ["vielleicht", "bald", "x", "y"]),
        ("leads.csv", "Lead ID,Created,Email,Deleted", ["", "", "", ""]),
    ],
)
def test_what_does_not_say_it_ends_nothing(
    tmp_path: Path, name: str, header: str, said: list[str]
) -> None:
    toml = proposed(name, header, leads(said)).toml
    assert "[[ended]]" not in toml
    assert "[[skip]]" not in toml


def test_rows_that_are_no_records_are_left_out(tmp_path: Path) -> None:
    header = "occurred_at,email,action,IsDeleted"
    rows = [f"{day},p{day[-1]}@firma.example,call_connected,{day[-1] == '3'}" for day in DAYS]
    toml = proposed("activities.csv", header, rows).toml
    assert "[[skip]]" in toml
    assert "[[ended]]" not in toml
