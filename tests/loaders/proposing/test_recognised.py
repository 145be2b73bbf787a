"""Columns that matter and are not used are told, and the mapping that fits can be corrected."""

from __future__ import annotations

from pathlib import Path

import pytest

from loaders.language.library import check_mapping
from loaders.preview import preview
from tests.loaders.loading import loading_in, own_mapping

LEAD = '[[table]]\ninto = "lead"\nlead_id = "{id}"\ncreated_at = "2026-03-01"\n'

WIDE = "lead_id;created_at;Umsatz;Auftrag am;Kontakt;Vorgang;Bemerkung;_fivetran_synced;Land\n" + (
    "L{n};2026-03-0{n};1.{n}00,50 €;0{n}.03.2026;a{n}@firma.example;V-{n}7;ruft an {n};"
    "2026-03-0{n};DE\n"
)


def wide(rows: int = 3) -> str:
    header, row = WIDE.splitlines(keepends=True)
    return header + "".join(row.format(n=number) for number in range(1, rows + 1))


def test_money_dates_people_and_ids_that_go_nowhere_are_told_on_loading(tmp_path: Path) -> None:
    own = own_mapping(tmp_path, LEAD)
    with loading_in(tmp_path, own) as loading:
        outcome = loading.load("wide.csv", wide().replace("lead_id", "id", 1))
    note = outcome.remarks[0].sentence
    assert "Umsatz (amounts), created_at (dates), Auftrag am (dates)" in note
    assert "Kontakt (e-mail addresses)" in note
    assert "Vorgang (ids)" in note
    assert "recognise --draft wide.csv" in note
    for harmless in ("Bemerkung", "_fivetran", "Land"):
        assert harmless not in note


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("id,note\n1,calls back\n2,is away\n", ""),
        ("id,金额\n1,1200.50\n2,880\n", "金额 (amounts)"),
        ("id,作成日\n1,2026年3月4日\n2,2026年3月5日\n", "作成日 (dates)"),
        ("id,same day\n1,2026-03-04\n2,2026-03-04\n", ""),
        ("id,Telefon\n1,+49 40 555 0001\n2,+49 40 555 0002\n", "Telefon (phone numbers)"),
    ],
)
def test_what_values_are_decides_whether_a_column_matters(
    tmp_path: Path, text: str, told: str
) -> None:
    with loading_in(tmp_path, own_mapping(tmp_path, LEAD)) as loading:
        remarks = loading.load("a.csv", text).remarks
    assert (told in remarks[0].sentence) if told else not remarks


def test_many_such_columns_are_counted(tmp_path: Path) -> None:
    header = ",".join(f"day {n}" for n in range(9))
    text = f"id,{header}\n1" + ",2026-03-01" * 9 + "\n2" + ",2026-03-02" * 9 + "\n"
    with loading_in(tmp_path, own_mapping(tmp_path, LEAD)) as loading:
        (remark,) = loading.load("a.csv", text).remarks
    assert "day 5 (dates) and 3 more are not used" in remark.sentence


def test_the_mapping_that_fits_is_opened_as_a_draft_that_then_is_the_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKCAST_STORE", str(tmp_path / "store"))
    path = tmp_path / "leads of ours.csv"
    path.write_text("lead_id,created_at,channel,Wert\nL1,2026-03-04,Web,12.50\n", encoding="utf-8")
    fitting = preview(path)
    assert fitting.mapping == "generic_lead"
    draft = preview(path, draft=True)
    assert (draft.mapping, draft.draft_of) == (None, "generic_lead")
    assert "# not used: Wert" in draft.proposed_toml
    kept = check_mapping(draft.proposed_toml, tuple(use.header for use in draft.columns), path.name)
    assert kept.mapping.name == "leads_of_ours"
    assert kept.mapping.source_system == "generic", "ids stay those of the system"
    assert not kept.replaces
