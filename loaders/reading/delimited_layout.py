"""How a CSV file is laid out: which delimiter, and where its header is."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from itertools import islice

from data.errors import SourceError
from loaders.reading.header import (
    HEADER_WITHIN_LINES,
    column_names,
    holds,
    joined,
    looks_like_header,
    repeated_names,
)
from loaders.reading.source import ReadSettings

_DELIMITERS = (",", ";", "\t", "|")

HEAD_BYTES = 1024**2
"""How much of a file is looked at to find its header."""


_SAMPLE_LINES = 1000

_SAMPLE_RECORDS = 200

_MAX_COLUMNS = 5000

_NOTHING = " ,;\t|\r\n\x0b\x0c"

_TORN = re.compile(r'[,;\t|]"|"[,;\t|]')
"""Another delimiter beside a quote inside an unquoted value: probably the right one."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The delimiter, the columns, and where the records begin."""

    delimiter: str
    columns: tuple[str, ...]
    lines_before: int
    """Physical lines up to the end of the header."""
    bytes_before: int
    """The same in bytes of UTF-8, without a byte order mark."""
    above: str
    """The lines above the header, a tab between their cells."""
    repeated: dict[str, str]
    """Columns whose header was there before, each with the first column of that header."""


@dataclass(frozen=True, slots=True)
class _Record:
    start: int
    cells: list[str]
    following: int
    """The line on which the next record starts."""


@dataclass(frozen=True, slots=True)
class _Guess:
    delimiter: str
    header: _Record
    share: float
    """Of the records from the header on, those with as many cells as the header, 0 to 1."""
    coverage: float = 0.0
    """The same of all records: lower if the lines above would have to be a preamble."""


def layout_of(text: str, settings: ReadSettings, name: str) -> Layout:
    """The layout of a file from its first `HEAD_BYTES`.

    The header is the first line within 50 that holds all `settings.header` names. Without
    names it is the first line that has as many cells as most lines and could hold names.
    Raises SourceError when there is no such line.
    """
    if len(text) > HEAD_BYTES // 4 and "\n" not in text:
        raise SourceError(
            f"{name} line 1 is longer than any header. "
            "Check that lines end where they should, or export it again."
        )
    lines = list(islice(io.StringIO(text, newline="\n"), _SAMPLE_LINES))
    delimiter, header = _header_of(lines, settings, name)
    if not 0 < len(header.cells) <= _MAX_COLUMNS:
        raise SourceError(
            f"{name} has no line that could be a header, only blank ones. Export it again."
            if not header.cells
            else f"{name} line {header.start + 1}: {len(header.cells):,} columns are more than "
            f"{_MAX_COLUMNS:,}. Check the delimiter, or export fewer columns."
        )
    if any("\udc80" <= letter <= "\udcff" for letter in "".join(header.cells)):
        raise SourceError(
            f"{name} line {header.start + 1}: the header is not valid text in this encoding. "
            "Declare the file's encoding in the mapping, or export it as UTF-8."
        )
    written = "".join(lines[header.start : header.following])
    if header.following > header.start + 1 and written.count('"') % 2:
        raise SourceError(
            f"{name} line {header.start + 1}: a quote in the header is not closed. "
            "Repair the header, or export it again."
        )
    before = "".join(lines[: header.following]).encode("utf-8", "surrogateescape")
    return Layout(
        delimiter=delimiter,
        columns=column_names(header.cells),
        repeated=repeated_names(header.cells),
        lines_before=header.following,
        bytes_before=len(before),
        above=_above(lines[: header.start], delimiter),
    )


def _above(lines: list[str], delimiter: str) -> str:
    records = []
    first = 0
    while first < len(lines):
        record = _record(lines, first, delimiter)
        records.append(joined(record.cells))
        first = record.following
    return "\n".join(records)


def _header_of(lines: list[str], settings: ReadSettings, name: str) -> tuple[str, _Record]:
    delimiters: tuple[str, ...] = _DELIMITERS
    if settings.delimiter is not None:
        delimiters = (_checked_delimiter(settings.delimiter, name),)
    first = 0
    if lines and lines[0].lower().startswith("sep=") and len(lines[0].rstrip("\r\n")) == 5:
        delimiters = (lines[0][4],)
        first = 1
    if settings.header:
        for start in range(first, min(len(lines), HEADER_WITHIN_LINES)):
            for delimiter in delimiters:
                record = _record(lines, start, delimiter)
                if holds(record.cells, settings.header):
                    return delimiter, record
        wanted = ", ".join(f'"{column}"' for column in settings.header)
        raise SourceError(
            f"{name}: none of the first {HEADER_WITHIN_LINES} lines is a header with {wanted}. "
            "Check that the file is the export this mapping is made for."
        )
    guesses = [_guess(lines, first, delimiter) for delimiter in delimiters]
    best = max(guesses, key=lambda guess: (guess.share, guess.coverage, len(guess.header.cells)))
    _refuse_unreadable(lines[first : best.header.following], first, name)
    return best.delimiter, best.header


def _refuse_unreadable(lines: list[str], first: int, name: str) -> None:
    """Raise SourceError if the header may be among lines that no record can start with."""
    plain = _without_quoted("".join(lines))
    for line, text in enumerate(lines, start=first + 1):
        if len(text) > csv.field_size_limit():
            raise SourceError(
                f"{name} line {line} is longer than any header. "
                "Check that lines end where they should, or export it again."
            )
    if re.search(r"\r(?!\n|\Z)", plain):
        raise SourceError(
            f"{name} mixes line ends: some lines end in a carriage return alone, others in a line "
            "feed. Open it in a text editor and save it with one kind of line ends."
        )


def _without_quoted(text: str) -> str:
    return re.sub(r'"[^"]*(?:"|\Z)', "", text)


def _checked_delimiter(delimiter: str, name: str) -> str:
    if len(delimiter) != 1 or not delimiter.isascii() or delimiter in ' "\r\n\0':
        raise SourceError(
            f"{name}: the declared delimiter {delimiter!r} cannot be one. "
            "Write a single character, such as a comma, a semicolon, a tab or a bar."
        )
    return delimiter


def _guess(lines: list[str], first: int, delimiter: str) -> _Guess:
    records = _records(lines, first, delimiter)
    if not records:
        return _Guess(delimiter, _Record(first, [], first + 1), 0.0)
    widths = Counter(len(record.cells) for record in records)
    width = max(widths, key=lambda width: (widths[width] * width, -width))
    for position, record in enumerate(records):
        if len(record.cells) == width and looks_like_header(record.cells):
            following = records[position:]
            fitting = sum(
                len(record.cells) == width and not _is_torn(record, lines) for record in following
            )
            if width == 1:
                return _Guess(delimiter, record, 0.0)
            share, coverage = fitting / len(following), fitting / len(records)
            return _Guess(delimiter, record, share, coverage)
    return _Guess(delimiter, records[0], 0.0)


def _is_torn(record: _Record, lines: list[str]) -> bool:
    """Whether quotes that belong to another delimiter were split."""
    suspects = [cell for cell in record.cells if '"' in cell and _TORN.search(cell)]
    if not suspects:
        return False
    written = "".join(lines[record.start : record.following])
    return any(cell in written for cell in suspects)  # else its quotes stand doubled in the file


def _records(lines: list[str], first: int, delimiter: str) -> list[_Record]:
    """The first records that are not blank."""
    found: list[_Record] = []
    while first < len(lines) and len(found) < _SAMPLE_RECORDS:
        record = _record(lines, first, delimiter)
        if any(cell.strip(_NOTHING) for cell in record.cells):
            found.append(record)
        first = record.following
    return found


def _record(lines: list[str], start: int, delimiter: str) -> _Record:
    reader = csv.reader(lines[start:], delimiter=delimiter)
    try:
        cells = next(reader, [])
    except csv.Error:
        return _Record(start, [], start + 1)
    return _Record(start, cells, start + max(reader.line_num, 1))
