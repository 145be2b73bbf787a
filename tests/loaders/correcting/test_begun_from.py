"""A mapping that fits a file is corrected from what it says of each column."""

from __future__ import annotations

from pathlib import Path

import pytest

from loaders.correcting.begun_from import begun_anew, roles_in
from loaders.correcting.correction import Choice, as_mapped
from loaders.language.library import read_mappings
from loaders.language.opening import open_recognised
from tests.loaders.loading import own_mapping


def test_columns_are_what_their_mapping_says_whatever_they_are_called(tmp_path: Path) -> None:
    own = own_mapping(
        tmp_path,
        'day = { from = "Zuletzt", kind = "date" }\nmail = { from = "备注", kind = "email" }\n'
        'way = "Summe"\n[person]\nemail = "mail"\n[[table]]\ninto = "lead"\nlead_id = "{id}"\n'
        'person_id = "{person_id}"\ncreated_at = "{day}"\nchannel = "{way}"\n',
    )
    path = tmp_path / "liste.csv"
    path.write_text(
        "id,Zuletzt,备注,Summe,Rest\n1,2026-03-01,a@a.example,Web,x\n", encoding="utf-8"
    )
    mappings = read_mappings(own)
    opened = open_recognised(path, mappings, None, tmp_path)
    mapped = roles_in(opened, mappings)
    assert mapped == {
        "id": "record",
        "Zuletzt": "created_at",
        "备注": "email",
        "Summe": "channel",
    }
    assert begun_anew(opened) == ()
    proposed = (Choice("Zuletzt"), Choice("Summe", "channel"), Choice("Rest", "region"))
    given = as_mapped(proposed, mapped, "lead")
    assert [each.role for each in given] == ["created_at", "channel", ""]


@pytest.mark.parametrize(
    ("header", "row", "name", "anew"),
    [
        ("Lead ID,Created Date,Lead Status,Email", "L1,2026-03-01,Open,a@a.example",
         "salesforce_leads", "what the words of"),
        ("currency,rate_on,rate", "USD,2026-03-01,0.92", "generic_exchange_rate", ""),
    ],
)  # fmt: skip
def test_a_built_in_mapping_says_what_columns_cannot_show(
    tmp_path: Path, header: str, row: str, name: str, anew: str
) -> None:
    path = tmp_path / "x.csv"
    path.write_text(f"{header}\n{row}\n", encoding="utf-8")
    mappings = read_mappings()
    opened = open_recognised(path, mappings, None, tmp_path)
    assert opened.mapping.name == name
    mapped = roles_in(opened, mappings)
    assert mapped.get("Lead ID", "record") == "record"
    assert len(mapped) > 2
    assert any(each.startswith(anew) for each in begun_anew(opened)) or not anew
