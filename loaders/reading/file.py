"""Opening a file from outside: checked, decoded and described, ready for the engine to read."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from data.errors import SourceError
from loaders.reading.container import (
    check_readable,
    container_of,
    counts_from_1904,
    expanded,
)
from loaders.reading.delimited import csv_layout, open_csv
from loaders.reading.delimited_layout import Layout
from loaders.reading.encodings import Encoding, encoding_of
from loaders.reading.json_lines import json_columns, open_json_lines
from loaders.reading.parquet import open_parquet
from loaders.reading.source import Limits, NoRecordsError, ReadSettings, Source, offered
from loaders.reading.workbook import Sheet, open_workbook, parsed_sheet, workbook_columns

_LIMITS = Limits()

_HEAD_BYTES = 4096

_BEFORE_JSON = b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"


def open_source(path: Path, settings: ReadSettings, work: Path, limits: Limits = _LIMITS) -> Source:
    """What is in this file, and how does the engine read it?

    CSV, XLSX, JSON lines and Parquet, each also packed as .gz or as a .zip of one file. The
    kind follows from the content, not from the name. `work` is a folder that lives as long as
    the Source: expanded, decoded and repaired copies are written to it. Memory does not grow
    with the file, except for a workbook, which `limits.max_cells` bounds. Raises SourceError
    naming the file, what is wrong and what to do.
    """
    return SourceFile(path, work, limits).read(settings)


class SourceFile:
    """A file that was unpacked and whose kind is known, to be looked at before it is read through.

    What a look finds (encoding, layout, parsed sheet) is kept, and reading with the same settings
    does not look again. Raises SourceError as `open_source` does.
    """

    def __init__(self, path: Path, work: Path, limits: Limits = _LIMITS) -> None:
        self.path = path
        self._work = work
        self._limits = limits
        check_readable(path)
        with self._explained():
            own = self._folder()
            self._file = expanded(path, own / "expanded", limits)
            self._container = container_of(self._file, path.name)
            self._plain = _plainly_named(self._file, own)
        self._encodings: dict[str | None, Encoding] = {}
        self._layouts: dict[tuple[Encoding, str | None, tuple[str, ...]], Layout] = {}
        self._parsed: tuple[str | None, Sheet] | None = None

    @property
    def is_workbook(self) -> bool:
        """Whether it has sheets."""
        return self._container == "xlsx"

    def columns(self, settings: ReadSettings) -> tuple[str, ...]:
        """The columns as `read` would find them, from the beginning of the file alone.

        Of JSON lines, those that the first 1000 lines have.
        """
        with self._explained():
            if self._container == "parquet":
                return self.read(settings).columns
            if self._container == "xlsx":
                return workbook_columns(self.path.name, self._sheet(settings), settings.header)
            is_json = self._is_json(settings)
            encoding = self._encoding(settings, is_json)
            if is_json:
                return json_columns(self._file, encoding)
            return self._layout(encoding, settings).columns

    def read(self, settings: ReadSettings) -> Source:
        """The file as the engine can read it, checked from beginning to end."""
        path, limits = self.path, self._limits
        with self._explained():
            own = self._folder()
            if self._container == "parquet":
                return open_parquet(path, self._plain, limits)
            if self._container == "xlsx":
                sheet = self._sheet(settings)
                source = open_workbook(path, sheet, settings.header, own)
                return replace(source, from_1904=counts_from_1904(self._file))
            is_json = self._is_json(settings)
            encoding = self._encoding(settings, is_json)
            if is_json:
                return open_json_lines(path, self._plain, encoding, own, limits)
            layout = self._layout(encoding, settings)
            return open_csv(path, self._plain, encoding, layout, own, limits)

    def _encoding(self, settings: ReadSettings, is_json: bool) -> Encoding:
        declared = settings.encoding or ("utf-8" if is_json else None)
        if declared not in self._encodings:
            self._encodings[declared] = encoding_of(self._file, self.path.name, declared)
        return self._encodings[declared]

    def _layout(self, encoding: Encoding, settings: ReadSettings) -> Layout:
        by = (encoding, settings.delimiter, settings.header)
        if by not in self._layouts:
            self._layouts[by] = csv_layout(self.path.name, self._plain, encoding, settings)
        return self._layouts[by]

    def _sheet(self, settings: ReadSettings) -> Sheet:
        if self._parsed is None or self._parsed[0] != settings.sheet:
            self._parsed = None  # a second sheet may be as large as the first
            sheet = parsed_sheet(self.path.name, self._file, settings.sheet, self._limits)
            self._parsed = settings.sheet, sheet
        return self._parsed[1]

    def _is_json(self, settings: ReadSettings) -> bool:
        """Whether the text starts as JSON does, whichever Unicode encoding it is in."""
        if settings.format == "csv":
            return False
        with self._file.open("rb") as text:
            start = text.read(_HEAD_BYTES).lstrip(_BEFORE_JSON)
        if settings.format is None and re.match(rb"\[[\0\s]*[\]{]", start):
            raise SourceError(
                f"{self.path.name} is one JSON array. "
                "Export it as JSON lines, one object on each line."
            )
        return settings.format == "jsonl" or start.startswith(b"{") or _are_objects(start)

    def _folder(self) -> Path:
        return Path(tempfile.mkdtemp(dir=self._work))

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except NoRecordsError as error:
            others = self._parsed[1].others if self._parsed else ()
            if not others:
                raise
            raise NoRecordsError(f"{error} {offered(others)}", error.sheet, others) from error
        except OSError as error:
            if error.errno is None:  # a library's word for damage, not the system's for a failure
                raise SourceError(
                    f"{self.path.name} is damaged ({error}). Copy or export it again."
                ) from error
            raise SourceError(
                f"{self.path.name} cannot be read, or copied to {self._work}: {error.strerror}. "
                "Check the free space and the permissions."
            ) from error


def _are_objects(start: bytes) -> bool:
    """Whether most lines look like JSON objects and only the first is damaged."""
    first, *others = start.splitlines()[:-1] or [b""]
    objects = sum(line.startswith(b"{") and line.rstrip().endswith(b"}") for line in others)
    return b'":' in first and 2 * objects > len(others)


def _plainly_named(file: Path, work: Path) -> Path:
    """The file under a name in which the engine sees no pattern for several files."""
    if not set("*?[]{}") & set(str(file)):
        return file
    plain = work / "source"
    plain.symlink_to(file.resolve())
    return plain
