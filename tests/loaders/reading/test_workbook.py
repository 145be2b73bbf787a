"""The parts of a workbook are checked in time proportional to their size."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter

from loaders.reading.source import Limits
from loaders.reading.workbook import checked_sheet
from tests.growth import check_growth

SHEET = "xl/worksheets/sheet1.xml"


@pytest.fixture
def workbook(tmp_path: Path) -> dict[str, bytes]:
    """The parts of a workbook of one cell."""
    path = tmp_path / "small.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Leads").write(0, 0, "id")
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture
def check(workbook: dict[str, bytes], tmp_path: Path) -> Callable[[str], None]:
    """Checks the workbook with a text before the first element of its sheet."""

    def check(text: str) -> None:
        path = tmp_path / "long.xlsx"
        with zipfile.ZipFile(path, "w") as archive:
            for name, part in workbook.items():
                first, mark, rest = part.partition(b"<worksheet")
                long = first + text.encode() + mark + rest
                archive.writestr(name, long if name == SHEET else part)
        assert checked_sheet("long.xlsx", path, None, Limits()) == "Leads"

    return check


@pytest.mark.parametrize(("unit", "length"), [("a", 4_000_000), ("<dimension ", 20_000)])
def test_a_long_comment_is_passed_over_in_proportion(
    check: Callable[[str], None], unit: str, length: int
) -> None:
    check_growth(lambda text: check(f"<!--{text}-->"), unit, length=length)
