"""What is not plausible in a file is refused with the way out, or left out and named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from tests.loaders.loading import Loading, loading_in, own_mapping

LEADS = "Lead ID,Created Date,Lead Status,Company\n"


@pytest.fixture
def loading(tmp_path: Path) -> Iterator[Loading]:
    with loading_in(tmp_path) as loading:
        yield loading


@pytest.mark.parametrize("cell", ["1.20211E+17", '"1,20211E+17"', "1E+17", "1.2e+15"])
def test_a_shortened_id_is_refused_with_how_to_export_right(loading: Loading, cell: str) -> None:
    good = "00Q5g00000XyZa1,2026-03-01,Open,A\n"
    outcome = loading.load("leads.csv", LEADS + good + f"{cell},2026-03-02,Open,B\n")
    assert (outcome.rows_kept, outcome.rows_rejected) == (1, 1)
    (reason,) = outcome.reasons
    assert (reason.column, reason.kind) == ("Lead ID", "malformed")
    assert "without opening it in a spreadsheet" in reason.reason


def test_long_ids_that_all_end_in_zeros_are_refused(loading: Loading) -> None:
    rows = ("120211000000000000,2026-03-01,Open,A\n", "120212345678901000,2026-03-01,Open,B\n")
    message = loading.refusal("leads.csv", LEADS + "".join(rows))
    assert "line 2: Lead ID 120211000000000000 has lost its last digits" in message
    whole = "120212345678901234,2026-03-01,Open,C\n"
    assert loading.load("leads.csv", LEADS + "".join(rows) + whole).rows_kept == 3


SUMS = ("Grand Total", "Total: 12 records", "Summe", "Gesamt: 12", "总计", "合計", "合计（3条）",
    "Total général", "TOTALS 3", "小计", "Итого")  # fmt: skip


@pytest.mark.parametrize("word", SUMS)
def test_a_sum_is_left_out_and_named(loading: Loading, word: str) -> None:
    rows = "L1,2026-03-01,Open,Total Energies\nL2,2026-03-02,Open,Sum AG\n"
    outcome = loading.load("leads.csv", f"{LEADS}{rows}{word},,,2\n")
    assert (outcome.rows_read, outcome.rows_kept, outcome.rows_rejected) == (2, 2, 0)
    (remark,) = (each for each in outcome.remarks if each.kind == "no records")
    assert remark.rows == 1
    assert f'"{word}" on line 4' in remark.sentence


def test_the_lines_below_a_report_are_left_out_and_named(loading: Loading) -> None:
    footer = (
        'Grand Total,,,2\n"Total: 2 records"\n\n"Confidential Information - Do Not Distribute"\n'
        '"Copyright (c) 2000-2026 salesforce.com, inc. All rights reserved."\n'
    )
    outcome = loading.load("leads.csv", f"{LEADS}L1,2026-03-01,Open,A\n{footer}")
    assert (outcome.rows_kept, outcome.rows_rejected) == (1, 0)
    (remark,) = (each for each in outcome.remarks if each.kind == "no records")
    assert remark.rows == 4
    assert "Confidential Information" in remark.sentence


def test_sums_of_a_list_without_ids_are_no_records(tmp_path: Path) -> None:
    columns = (
        'day = { from = "Datum", kind = "date" }\ncompany = { from = "Firma", kind = "company" }\n'
        '[account]\nname = "company"\n[[table]]\ninto = "lead"\nlead_id = "{row_key}"\n'
        'created_at = "{day}"\naccount_id = "{account_id}"\n'
    )
    text = "id;Datum;Firma\n;02.03.2026;Nord AG\n;03.03.2026;Summe GmbH\n;Summe;\nGesamt: 2;;\n"
    with loading_in(tmp_path, own_mapping(tmp_path, columns)) as loading:
        outcome = loading.load("liste.csv", text, mapping="own")
        assert (outcome.rows_kept, outcome.rows_rejected) == (2, 0)
    assert [each.rows for each in outcome.remarks if each.kind == "no records"] == [2]


def test_other_sheets_of_a_workbook_are_named(loading: Loading, tmp_path: Path) -> None:
    import xlsxwriter

    path = tmp_path / "leads.xlsx"
    frame = pl.DataFrame(
        {"Lead ID": ["L1"], "Created Date": ["2026-03-01"], "Lead Status": ["Open"]}
    )
    with xlsxwriter.Workbook(path) as workbook:
        for sheet in ("March", "April"):
            frame.write_excel(workbook, worksheet=sheet)
    outcome = loading.load_path(path)
    (remark,) = (each for each in outcome.remarks if each.kind == "sheets")
    assert 'only the sheet "March" was read, not "April"' in remark.sentence


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["0.6", "1", "0.25"], [0.6, 1.0, 0.25]),
        (['"0,6"', "1", "0"], [0.6, 1.0, 0.0]),
        (["60", "1", "0.5"], [0.6, 0.01, 0.005]),
        (["60%", "0.5%", "1%"], [0.6, 0.005, 0.01]),
        (["1", "0", ""], [0.01, 0.0, None]),
    ],
)
def test_shares_in_a_column_of_percentages_are_read_as_such(
    loading: Loading, cells: list[str], expected: list[float | None]
) -> None:
    head = "Opportunity ID,Account ID,Stage,Probability (%),Close Date,Created Date,Closed,Won\n"
    rows = (
        f"0065g00000{number:05},0015g00000B0001,Open,{cell},2026-03-01,2026-01-10,0,0\n"
        for number, cell in enumerate(cells, start=1)
    )
    outcome = loading.load("deals.csv", head + "".join(rows))
    found = dict(loading.rows("opportunity", "opportunity_id", "probability"))
    assert [found[each] for each in sorted(found)] == expected
    told = [each for each in outcome.remarks if each.column == "Probability (%)"]
    assert bool(told) == (expected[0] == 0.6 and "%" not in cells[0] and cells[0] != "60")
