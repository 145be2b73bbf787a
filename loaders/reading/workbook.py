"""Workbooks: checked before they are parsed, then one sheet with every cell as text."""

from __future__ import annotations

import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO
from xml.etree import ElementTree
from xml.parsers import expat

import fastexcel
import polars as pl

from data.errors import SourceError
from data.sql import identifier, literal
from loaders.reading.container import ENCRYPTED, check_size
from loaders.reading.header import (
    HEADER_WITHIN_LINES,
    column_names,
    holds,
    joined,
    looks_like_header,
    repeated_names,
)
from loaders.reading.lines import NOTHING_DAMAGED
from loaders.reading.source import Limits, NoRecordsError, Source

_MIDNIGHT = r"^(\d{4}-\d{2}-\d{2}) 00:00:00$"

_TIME_OF_DAY = r"^1899-12-31 (\d{2}:\d{2}:\d{2})$"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook, checked and parsed: one row of text per row of the sheet.

    Dates are in ISO form, numbers as short as they are exact, a formula is its last computed value,
    an error such as #DIV/0! is missing.
    """

    name: str
    cells: pl.DataFrame
    others: tuple[str, ...]
    """The names of the workbook's other sheets."""


def open_workbook(path: Path, parsed: Sheet, wanted: tuple[str, ...], work: Path) -> Source:
    """A sheet of the workbook `path`; `wanted` are names that its header holds.

    Blank rows are no records. Raises SourceError for a sheet without a header or records.
    """
    sheet, cells = parsed.name, parsed.cells
    header = _header_row(cells, wanted, path.name, sheet)
    names = column_names([cell or "" for cell in cells.row(header)])
    above = [joined([cell or "" for cell in row]) for row in cells.head(header).rows()]
    table = _records(cells, header, names)
    if table.is_empty():
        message = f'{path.name} sheet "{sheet}" holds a header and no records. '
        raise NoRecordsError(f"{message}Name the sheet that has them, or export it again.", sheet)
    table.write_parquet(stored := work / "sheet.parquet")
    columns = map(identifier, (*names, "line"))
    records = f"SELECT {', '.join(columns)} FROM read_parquet({literal(str(stored))})"
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
        repeated=repeated_names([cell or "" for cell in cells.row(header)]),
        other_sheets=parsed.others,
    )


def workbook_columns(name: str, parsed: Sheet, wanted: tuple[str, ...]) -> tuple[str, ...]:
    """The columns of a sheet of a workbook called `name`."""
    header = _header_row(parsed.cells, wanted, name, parsed.name)
    return column_names([cell or "" for cell in parsed.cells.row(header)])


def parsed_sheet(name: str, file: Path, wanted: str | None, limits: Limits) -> Sheet:
    """The wanted sheet of the workbook `file`, else its first visible one. `name` is for messages.

    Raises SourceError for a workbook that could do harm, as `checked_sheet` does, or is damaged.
    """
    sheet = checked_sheet(name, file, wanted, limits)
    try:
        # Its first rows alone would cost as much: the parser goes through the whole sheet.
        workbook = fastexcel.read_excel(file)
        cells = workbook.load_sheet(sheet, header_row=None, skip_rows=0, dtypes="string")
        others = tuple(each for each in workbook.sheet_names if each != sheet)
        return Sheet(sheet, cells.to_polars(), others)
    except fastexcel.FastExcelError as error:
        raise SourceError(
            f"{name} is a damaged workbook ({str(error).splitlines()[0]}). "
            "Open it and save it again."
        ) from error


def _header_row(cells: pl.DataFrame, wanted: tuple[str, ...], name: str, sheet: str) -> int:
    head = [[cell or "" for cell in row] for row in cells.head(HEADER_WITHIN_LINES).rows()]
    written = [position for position, row in enumerate(head) if any(map(str.strip, row))]
    if not written:
        raise NoRecordsError(f'{name} sheet "{sheet}" is empty. Name one that is not.', sheet)
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
    cells = cells.rename(dict(zip(cells.columns, names, strict=True)))
    text = pl.col(*names).str.replace(_MIDNIGHT, "${1}").str.replace(_TIME_OF_DAY, "${1}")
    return (
        cells.with_row_index("line", offset=1)
        .slice(header + 1)
        .filter(pl.any_horizontal(pl.col(*names).str.strip_chars().fill_null("") != ""))
        .with_columns(text, pl.col("line").cast(pl.Int64))
    )


_CHUNK_BYTES = 1024**2

_PROLOGUE_BYTES = 64 * 1024

_ENTITY = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)

_DIMENSION = re.compile(rb"<(?:\w+:)?dimension\s[^<>]*?ref=[\"'](?:\w+:)?([A-Za-z]{1,7})(\d{1,9})")

_COLUMN_OF_CELL = re.compile(rb"\sr=[\"']([A-Za-z]{1,7})\d")

_ROW_OF_CELL = re.compile(rb"\sr=[\"'][A-Za-z]{1,7}(\d{1,9})")

_CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")

_ROW = re.compile(rb"<(?:\w+:)?row[\s/>]")


@dataclass(frozen=True, slots=True)
class _ListedSheet:
    name: str
    part: str
    visible: bool


def checked_sheet(name: str, file: Path, wanted: str | None, limits: Limits) -> str:
    """The name of the sheet to read: the wanted one, else the first that is visible.

    `name` is what messages call the workbook `file`. Raises SourceError if there is no such
    sheet, or if reading it could do harm: it is encrypted, expands too far, declares entities,
    links to other files, or reaches over more cells than the limit.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            _check_parts(archive, name, file, limits)
            sheet = _chosen(_sheets(archive), wanted, name)
            _check_reach(archive, sheet, name, limits)
    except (
        zipfile.BadZipFile,
        zlib.error,
        lzma.LZMAError,
        EOFError,
        NotImplementedError,  # so zipfile says which way of packing it does not know
        LookupError,  # a part that is missing, or in an encoding that nobody knows
        ValueError,  # in an encoding that the parser cannot read
        ElementTree.ParseError,
    ) as error:
        raise SourceError(
            f"{name} is a damaged workbook ({error}). Open it and save it again."
        ) from error
    return sheet.name


def _check_parts(archive: zipfile.ZipFile, name: str, file: Path, limits: Limits) -> None:
    entries = archive.infolist()
    if any(entry.flag_bits & ENCRYPTED for entry in entries):
        raise SourceError(
            f"{name} is protected by a password. Open it and save a copy without one."
        )
    check_size(sum(entry.file_size for entry in entries), name, file.stat().st_size, limits)
    for entry in entries:
        if entry.filename.startswith("xl/externalLinks/"):
            raise SourceError(
                f"{name} links to other files. Break the links where it is edited (Data, Edit "
                "Links), or export the sheet as CSV."
            )
        if entry.filename.endswith((".xml", ".rels")):
            with archive.open(entry) as part:
                if _declares_entities(part):
                    raise SourceError(
                        f"{name} declares XML entities in {entry.filename}, as no spreadsheet "
                        "program does. Do not trust it; export the sheet as CSV."
                    )


def _declares_entities(part: IO[bytes]) -> bool:
    """Whether anything before a part's first element declares its type, in whatever encoding."""
    declared: list[bool] = []
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = lambda *_: declared.append(True)
    parser.StartElementHandler = lambda *_: declared.append(False)
    piece = part.read(_PROLOGUE_BYTES)
    if _ENTITY.search(piece):
        return True
    with suppress(expat.ExpatError):  # reading the part says what is no XML
        while piece and not declared:
            parser.Parse(piece)
            # Twice as much each time: the parser starts a comment again with every piece of it.
            piece = part.read(2 * len(piece))
    return bool(declared) and declared[0]


def _sheets(archive: zipfile.ZipFile) -> list[_ListedSheet]:
    workbook = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    sheets = []
    for element in workbook.iter():
        if element.tag.rpartition("}")[2] != "sheet":
            continue
        relation = next((element.get(key) for key in element.attrib if key.endswith("}id")), None)
        part = PurePosixPath("/xl") / targets[relation]
        visible = element.get("state", "visible") == "visible"
        sheets.append(_ListedSheet(element.get("name", ""), str(part.relative_to("/")), visible))
    return sheets


def _chosen(sheets: list[_ListedSheet], wanted: str | None, name: str) -> _ListedSheet:
    tables = [sheet for sheet in sheets if "worksheets/" in sheet.part]
    if wanted is None:
        if not tables:
            raise SourceError(f"{name} has no sheet with a table. Export it again.")
        return next((sheet for sheet in tables if sheet.visible), tables[0])
    for sheet in tables:
        if sheet.name.strip().casefold() == wanted.strip().casefold():
            return sheet
    there = ", ".join(f'"{sheet.name}"' for sheet in tables)
    raise SourceError(
        f'{name} has no sheet "{wanted}", but {there}. '
        "Name one of them: with --sheet, or as the sheet in the mapping."
    )


def _check_reach(archive: zipfile.ZipFile, sheet: _ListedSheet, name: str, limits: Limits) -> None:
    """Refuse a sheet whose cells span too large a rectangle: readers allocate all of it."""
    rows = columns = row_tags = 0
    with archive.open(sheet.part) as part:
        for piece in _whole_tags(part):
            row_tags += len(_ROW.findall(piece))
            references = _COLUMN_OF_CELL.findall(piece)
            if len(_CELL.findall(piece)) > len(references):
                columns = max(columns, *(len(_CELL.findall(row)) for row in _ROW.split(piece)))
            if declared := _DIMENSION.search(piece):
                references.append(declared[1])
                rows = max(rows, int(declared[2]))
            columns = max(columns, *map(_column_number, {b"A", *references}))
            rows = max(rows, row_tags, *map(int, {b"1", *_ROW_OF_CELL.findall(piece)}))
            if rows * columns > limits.max_cells:
                raise SourceError(
                    f'{name} sheet "{sheet.name}" reaches over {rows:,} rows and {columns:,} '
                    f"columns, more than {limits.max_cells:,} cells. Copy the table alone into a "
                    "new workbook, or export it as CSV."
                )


def _whole_tags(part: IO[bytes]) -> Iterator[bytes]:
    carried = b""
    while piece := part.read(_CHUNK_BYTES):
        piece = carried + piece
        end = piece.rfind(b"<")
        yield piece[:end]
        carried = piece[max(end, 0) :][-_CHUNK_BYTES:]
    yield carried


def _column_number(letters: bytes) -> int:
    places = enumerate(reversed(letters.upper()))
    return sum((letter - ord("A") + 1) * 26**place for place, letter in places)
