"""Files to take away: complete, readable everywhere, and never a formula."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal

import fastexcel
import polars as pl
import pytest

from metrics.period import Period
from pages.controls.downloads import file_stem, to_csv, to_workbook

FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1")


def read_workbook(content: bytes) -> pl.DataFrame:
    return fastexcel.read_excel(content).load_sheet(0, dtypes="string").to_polars()


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_is_text_in_both_files(formula: str) -> None:
    frame = pl.DataFrame({"name": [formula]})
    from_csv = pl.read_csv(io.BytesIO(to_csv(frame)))
    assert from_csv["name"].to_list() == ["'" + formula]
    assert read_workbook(to_workbook(frame))["name"].item()[:2] == ("'" + formula)[:2]


def test_numbers_days_and_gaps_keep_their_kind() -> None:
    frame = pl.DataFrame(
        {
            "change": [-12, None],
            "amount": pl.Series([Decimal("-1234.50"), None], dtype=pl.Decimal(18, 2)),
            "month_on": [date(2026, 3, 1), None],
            "channel": ["营销", "Email"],
        }
    )
    assert to_csv(frame).decode("utf-8-sig").splitlines() == [
        "change,amount,month_on,channel",
        "-12,-1234.50,2026-03-01,营销",
        ",,,Email",
    ]
    sheet = fastexcel.read_excel(to_workbook(frame)).load_sheet(0).to_polars()
    assert sheet["change"].to_list() == [-12, None]
    assert sheet["amount"].to_list() == [-1234.5, None]
    assert sheet["month_on"].cast(pl.Date).to_list() == [date(2026, 3, 1), None]
    assert sheet["channel"].to_list() == ["营销", "Email"]


def test_a_spreadsheet_reads_the_csv_as_utf_8() -> None:
    assert to_csv(pl.DataFrame({"a": ["é"]})).startswith(b"\xef\xbb\xbf")


def test_no_rows_are_a_header_without_rows() -> None:
    empty = pl.DataFrame(schema={"stage": pl.String, "reached": pl.Int64})
    assert to_csv(empty).decode("utf-8-sig") == "stage,reached\n"
    assert to_workbook(empty).startswith(b"PK")


def test_the_name_says_what_and_when() -> None:
    stem = file_stem("stage_conversion_by_channel", Period(date(2026, 1, 1), date(2026, 3, 31)))
    assert stem == "stage_conversion_by_channel_2026-01-01_2026-03-31"


def test_a_name_cannot_lead_elsewhere() -> None:
    assert "/" not in file_stem("../../etc/passwd\r\nX: y")
    assert "\n" not in file_stem("../../etc/passwd\r\nX: y")
