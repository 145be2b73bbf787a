"""A workbook of several sheets: the others are offered, and each is loaded beside the first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import xlsxwriter

from data.errors import BackcastError
from loaders.language.library import read_mappings
from loaders.language.opening import NoMappingFitsError, open_recognised
from loaders.outcome import Said
from tests.loaders.loading import Loading, loading_in

LEADS = ("Lead ID", "Created Date", "Lead Status")


@pytest.fixture
def loading(tmp_path: Path) -> Iterator[Loading]:
    with loading_in(tmp_path) as loading:
        yield loading


def workbook(path: Path, sheets: dict[str, list[tuple[str, ...]]]) -> Path:
    with xlsxwriter.Workbook(path) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return path


def leads(*ids: str) -> list[tuple[str, ...]]:
    return [LEADS, *((each, "2026-03-01", "Open") for each in ids)]


def test_each_sheet_is_a_load_of_its_own(loading: Loading, tmp_path: Path) -> None:
    path = workbook(tmp_path / "leads.xlsx", {"März": leads("L1"), "四月": leads("L2", "L3")})
    first = loading.load_path(path)
    (offer,) = (each.sentence for each in first.remarks if each.kind == "sheets")
    assert '--sheet "四月"' in offer
    second = loading.load_path(path, said=Said(sheet="四月"))
    assert (second.rows_kept, second.replaced) == (2, None)
    assert [name for (name,) in loading.rows("load", "file_name")] == [
        "leads.xlsx",
        "leads.xlsx, sheet 四月",
    ]
    assert len(loading.rows("lead")) == 3
    assert loading.load_path(path).status.value == "already loaded"
    assert loading.load_path(path, said=Said(sheet="四月")).status.value == "already loaded"
    loading.undo(second.load_id)
    assert [name for (name,) in loading.rows("lead", "lead_id")] == [
        name for (name,) in loading.rows("lead", "lead_id") if name.endswith("L1")
    ]


def test_where_the_first_sheet_holds_nothing_the_others_are_offered(
    loading: Loading, tmp_path: Path
) -> None:
    covers: list[list[tuple[str, ...]]] = [[], [LEADS], [("Bericht", "Stand"), ("CRM", "heute")]]
    for number, cover in enumerate(covers):
        path = workbook(tmp_path / f"{number}.xlsx", {"Deckblatt": cover, "Daten": leads("L1")})
        with pytest.raises(BackcastError, match='say --sheet "Daten"'):
            loading.load_path(path)
        assert loading.load_path(path, said=Said(sheet="daten")).rows_kept == 1


def test_a_sheet_that_is_not_there_and_a_file_without_sheets_are_told(
    loading: Loading, tmp_path: Path
) -> None:
    path = workbook(tmp_path / "leads.xlsx", {"März": leads("L1")})
    with pytest.raises(BackcastError, match=r'has no sheet "Mai", but "März".*--sheet'):
        loading.load_path(path, said=Said(sheet="Mai"))
    text = loading.write("leads.csv", ",".join(LEADS) + "\nL1,2026-03-01,Open\n")
    with pytest.raises(BackcastError, match="no workbook"):
        loading.load_path(text, said=Said(sheet="Mai"))


def test_a_proposal_is_of_the_chosen_sheet(tmp_path: Path) -> None:
    other: list[tuple[str, ...]] = [("foo", "bar"), ("1", "2")]
    path = workbook(tmp_path / "x.xlsx", {"A": leads("L1"), "B": other})
    with pytest.raises(NoMappingFitsError) as raised:
        open_recognised(path, read_mappings(), None, tmp_path, sheet="B")
    assert raised.value.source.columns == ("foo", "bar")
