"""An opened file from outside: its shape, and how the engine reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from data.errors import SourceError

Format: TypeAlias = Literal["csv", "xlsx", "jsonl", "parquet"]


class NoRecordsError(SourceError):
    """A sheet of a workbook that holds no records. Carries its name and those of the others."""

    def __init__(self, message: str, sheet: str, others: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.sheet = sheet
        self.others = others


def offered(sheets: tuple[str, ...]) -> str:
    """How to have another sheet of a workbook read, in one sentence.

    >>> offered(("Deals", "Notes"))
    'To read another sheet, "Deals" or "Notes", choose it on the Load page, or say --sheet "Deals".'
    """
    named = " or ".join(f'"{each}"' for each in sheets)
    return (
        f'To read another sheet, {named}, choose it on the Load page, or say --sheet "{sheets[0]}".'
    )


@dataclass(frozen=True, slots=True)
class ReadSettings:
    """What a mapping's [read] section says about a file; None means detect it."""

    format: Format | None = None
    encoding: str | None = None
    delimiter: str | None = None
    header: tuple[str, ...] = ()
    """Names that the header line holds, so that a preamble above it is skipped. Empty: the
    header is the first line that looks like one."""
    sheet: str | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a file may be before it is refused unread."""

    max_ratio: int = 100
    """Expanded bytes per compressed byte; judged once a file expands to over 1 MiB."""
    max_expanded_bytes: int = 20 * 1024**3
    max_line_bytes: int = 16 * 1024**2
    max_depth: int = 64
    max_cells: int = 20_000_000


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was checked and can be read, with every value as text.

    `rows + rows_damaged` is the number of records in the file: none is dropped silently. Blank
    lines are no records.
    """

    path: Path
    format: Format
    encoding: str | None
    """Python's name of the encoding of a text file."""
    delimiter: str | None
    sheet: str | None
    columns: tuple[str, ...]
    """Header names as written, trimmed; a blank one is `column_N`, a repeated one ends in `_2`.
    They differ when case is ignored, and none of them is `line`."""
    size_bytes: int
    rows: int
    """Records that `relation` gives."""
    rows_damaged: int
    """Records that `damaged` gives."""
    relation: str
    """SELECT of all columns as VARCHAR and of `line` BIGINT, on which the record starts: the
    physical line of the text file, the row of the sheet, the number of the row in Parquet."""
    damaged: str
    """SELECT of `line` BIGINT, `reason` VARCHAR, `raw` VARCHAR: the records that could not be
    read. `raw` is the record as it stands in the file, personal data included."""
    above: str = ""
    """The lines above the header, a tab between their cells whatever stands there in the file."""
    repeated: Mapping[str, str] = field(default_factory=dict)
    """Columns whose header was there before, each with the first column of that header."""
    from_1904: bool | None = None
    """Whether the workbook counts its days from 1904; None where the file is none."""
    other_sheets: tuple[str, ...] = ()
    """The other sheets of the workbook, which are not read."""
