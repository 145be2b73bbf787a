"""Rows without an id are known by all of their text; equal ones are kept, counted and told."""

from __future__ import annotations

from pathlib import Path

import pytest

from loaders.outcome import Outcome, Status
from tests.loaders.loading import Loading, loading_in, own_mapping

LIST = """\
day = { from = ["Date", "日付"], kind = "date", dates = "%d/%m/%Y" }
company = { from = ["Company", "会社"], kind = "company" }
source = "Lead Source"
[account]
name = "company"
[[table]]
into = "lead"
lead_id = "list:{row_key}"
account_id = "{account_id}"
created_at = "{day}"
channel = "{source}"
"""

HEAD = "id;Date;Company;Lead Source;E-mail;Remark\n"

ROWS = (
    ";04/03/2026;Nordlicht Pumpen GmbH;Paid Search;;asked for prices\n",
    ";04/03/2026;Nordlicht Pumpen GmbH;Paid Search;;a colleague, wants a visit\n",
    ";04/03/2026;Nordlicht Pumpen GmbH;Paid Search;a@nordlicht.example;a colleague\n",
    ";04/03/2026;Nordlicht Pumpen GmbH;Paid Search;b@nordlicht.example;a colleague\n",
    ";05/03/2026;Aalto Valves Oy;Paid Social;;wants samples\n",
    ";05/03/2026;Aalto Valves Oy;Paid Social;;wants samples\n",
    ";05/03/2026;Aalto Valves Oy;Paid Social;;wants samples\n",
    ";18/03/2026;广州恒通精密科技;Webinar;;\n",
    ";18/03/2026;広州恒通精密科技;Webinar;;\n",
    ";18/03/2026;広州恒通精密科技;Webinar;;\n",
)


def listed(loading: Loading, name: str, *rows: str) -> Outcome:
    return loading.load(name, HEAD + "".join(rows), mapping="own")


def test_every_row_is_a_record_and_exact_repeats_are_kept_and_told(tmp_path: Path) -> None:
    with loading_in(tmp_path, own_mapping(tmp_path, LIST)) as loading:
        outcome = listed(loading, "march.csv", *ROWS)
        assert (outcome.rows_kept, outcome.rows_unchanged, outcome.rows_rejected) == (10, 0, 0)
        assert len(loading.rows("lead")) == 10
    (remark,) = (each for each in outcome.remarks if each.kind == "repeated rows")
    assert remark.rows == 3
    assert remark.sentence.startswith("3 rows repeat another row exactly")


def test_a_longer_list_adds_only_what_is_new(tmp_path: Path) -> None:
    with loading_in(tmp_path, own_mapping(tmp_path, LIST)) as loading:
        listed(loading, "march.csv", *ROWS)
        before = loading.rows("lead", "lead_id")
        assert listed(loading, "march again.csv", *ROWS).status is Status.ALREADY_LOADED
        more = (*ROWS[:5], ";20/03/2026;Brightwell Foods;Content;;two sites\n", *ROWS[5:], ROWS[4])
        listed(loading, "april.csv", *more)
        after = loading.rows("lead", "lead_id")
        assert len(after) == 12
        assert set(before) < set(after)


def test_a_column_that_is_added_empty_or_moved_leaves_rows_as_they_were(tmp_path: Path) -> None:
    with loading_in(tmp_path, own_mapping(tmp_path, LIST)) as loading:
        loading.load("a.csv", "id,Date,Company,Remark\n,04/03/2026,Aalto,x\n", mapping="own")
        loading.load("b.csv", "id,Company,Remark,Owner,Date\n,Aalto,x,,04/03/2026\n", mapping="own")
        assert len(loading.rows("lead")) == 1
        loading.load(
            "c.csv", "id,Company,Remark,Owner,Date\n,Aalto,x,Bo,04/03/2026\n", mapping="own"
        )
        assert len(loading.rows("lead")) == 2


def test_repeats_with_an_id_are_one_record(tmp_path: Path) -> None:
    columns = LIST.replace("list:{row_key}", "list:{id|row_key}")
    rows = ("7" + ROWS[4], "7" + ROWS[4], ROWS[4], ROWS[4])
    with loading_in(tmp_path, own_mapping(tmp_path, columns)) as loading:
        outcome = listed(loading, "a.csv", *rows)
        assert (outcome.rows_kept, outcome.rows_unchanged) == (3, 1)
    assert [each.rows for each in outcome.remarks if each.kind == "repeated rows"] == [1]


def test_the_key_shows_nothing_of_the_row_and_needs_the_stores_key(tmp_path: Path) -> None:
    ids = set()
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        with loading_in(folder, own_mapping(folder, LIST)) as loading:
            listed(loading, "a.csv", ROWS[2])
            ids |= set(loading.rows("lead", "lead_id"))
    assert len(ids) == 2


def test_line_and_file_are_values(tmp_path: Path) -> None:
    columns = (
        '[[table]]\ninto = "lead"\nlead_id = "{file}:{line}"\nowner = "{id}"\n'
        'created_at = "2026-01-01"\n'
    )
    with loading_in(tmp_path, own_mapping(tmp_path, columns)) as loading:
        for name in ("east.csv", "west.csv"):
            loading.load(name, "id\nAna\nBo\n")
        assert [row[0] for row in loading.rows("lead", "lead_id")] == [
            "east.csv:2", "east.csv:3", "west.csv:2", "west.csv:3",
        ]  # fmt: skip


@pytest.mark.parametrize("name", ["line", "file"])
def test_a_column_of_that_name_counts_before_it(tmp_path: Path, name: str) -> None:
    columns = (
        f'{name} = "Word"\n[[table]]\ninto = "lead"\nlead_id = "{{id}}"\n'
        f'owner = "{{{name}}}"\ncreated_at = "2026-01-01"\n'
    )
    with loading_in(tmp_path, own_mapping(tmp_path, columns)) as loading:
        loading.load("a.csv", "id,Word\n1,Ana\n")
        assert loading.rows("lead", "owner") == [("Ana",)]
