"""Workbooks: one sheet as text, each row under its number in the sheet."""

from __future__ import annotations

from pathlib import Path

import fastexcel
import polars as pl

from data.errors import SourceError
from data.sql import identifier, literal
from loaders.damage import NOTHING_DAMAGED
from loaders.header import HEADER_WITHIN_LINES, column_names, holds, joined, looks_like_header
from loaders.source import Limits, ReadSettings, Source
from loaders.workbooks import checked_sheet

_MIDNIGHT = r"^(\d{4}-\d{2}-\d{2}) 00:00:00$"
_TIME_OF_DAY = r"^1899-12-31 (\d{2}:\d{2}:\d{2})$"


def open_workbook(
    path: Path, file: Path, settings: ReadSettings, work: Path, limits: Limits
) -> Source:
    """One sheet of the workbook `path`, whose expanded content is `file`.

    The sheet is the named one, else the first visible one. Each cell is text: dates in ISO
    form, numbers as short as they are exact, a formula its last computed value, an error such
    as #DIV/0! missing. Blank rows are no records. Raises SourceError for a workbook that could
    do harm, and for a sheet without a header or records.
    """
    sheet, cells = _cells(path.name, file, settings, limits, rows=None)
    header = _header_row(cells, settings.header, path.name, sheet)
    names = column_names([cell or "" for cell in cells.row(header)])
    above = [joined([cell or "" for cell in row]) for row in cells.head(header).rows()]
    table = _records(cells, header, names)
    if table.is_empty():
        raise SourceError(
            f'{path.name} sheet "{sheet}" holds a header and no records. '
            "Name the sheet that has them, or export it again with its data."
        )
    stored = work / "sheet.parquet"
    table.write_parquet(stored)
    columns = ", ".join(map(identifier, (*names, "line")))
    records = f"SELECT {columns} FROM read_parquet({literal(str(stored))})"
    return Source(
        path=path,
        format="xlsx",
        encoding=None,
        delimiter=None,
        sheet=sheet,
        columns=names,
        size_bytes=path.stat().st_size,
        rows=table.height,
        rows_damaged=0,
        relation=records,
        damaged=NOTHING_DAMAGED,
        above="\n".join(above),
    )


def workbook_columns(
    name: str, file: Path, settings: ReadSettings, limits: Limits
) -> tuple[str, ...]:
    """The columns of a workbook called `name`, from the first rows of its sheet."""
    sheet, cells = _cells(name, file, settings, limits, rows=HEADER_WITHIN_LINES)
    header = _header_row(cells, settings.header, name, sheet)
    return column_names([cell or "" for cell in cells.row(header)])


def _cells(
    name: str, file: Path, settings: ReadSettings, limits: Limits, rows: int | None
) -> tuple[str, pl.DataFrame]:
    """The sheet that is meant and its first rows, all of them if `rows` is None."""
    sheet = checked_sheet(name, file, settings.sheet, limits)
    try:
        return sheet, (
            fastexcel.read_excel(file)
            .load_sheet(sheet, header_row=None, skip_rows=0, n_rows=rows, dtypes="string")
            .to_polars()
        )
    except fastexcel.FastExcelError as error:
        raise SourceError(
            f"{name} is a damaged workbook ({str(error).splitlines()[0]}). "
            "Open it and save it again."
        ) from error


def _header_row(cells: pl.DataFrame, wanted: tuple[str, ...], name: str, sheet: str) -> int:
    head = [[cell or "" for cell in row] for row in cells.head(HEADER_WITHIN_LINES).rows()]
    written = [position for position, row in enumerate(head) if any(map(str.strip, row))]
    if not written:
        raise SourceError(f'{name} sheet "{sheet}" is empty. Name the sheet that has the table.')
    if wanted:
        for position in written:
            if holds(head[position], wanted):
                return position
        missing = ", ".join(f'"{column}"' for column in wanted)
        raise SourceError(
            f'{name} sheet "{sheet}": none of the first {HEADER_WITHIN_LINES} rows is a header '
            f"with {missing}. Check that the file is the export this mapping is made for."
        )
    return next((row for row in written if looks_like_header(head[row])), written[0])


def _records(cells: pl.DataFrame, header: int, names: tuple[str, ...]) -> pl.DataFrame:
    """The rows below the header that are not blank, with their row number in the sheet."""
    cells.columns = list(names)
    text = pl.col(*names).str.replace(_MIDNIGHT, "${1}").str.replace(_TIME_OF_DAY, "${1}")
    return (
        cells.with_row_index("line", offset=1)
        .slice(header + 1)
        .filter(pl.any_horizontal(pl.col(*names).str.strip_chars().fill_null("") != ""))
        .with_columns(text, pl.col("line").cast(pl.Int64))
    )
