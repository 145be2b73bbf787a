"""Opening a file from outside: checked, decoded and described, ready for the engine to read."""

from __future__ import annotations

import hashlib
import re
import tempfile
from pathlib import Path

from data.errors import SourceError
from loaders.archives import expanded
from loaders.columnar import open_parquet
from loaders.delimited import open_csv
from loaders.encodings import encoding_of
from loaders.guards import check_readable, container_of
from loaders.json_lines import open_json_lines
from loaders.source import Format, Limits, ReadSettings, Source
from loaders.spreadsheet import open_workbook

__all__ = ["Format", "Limits", "ReadSettings", "Source", "open_source", "sha256"]

_LIMITS = Limits()
_HEAD_BYTES = 4096
_BEFORE_JSON = b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"


def open_source(path: Path, settings: ReadSettings, work: Path, limits: Limits = _LIMITS) -> Source:
    """What is in this file, and how does the engine read it?

    CSV, XLSX, JSON lines and Parquet, each also packed as .gz or as a .zip of one file. The
    kind is told from the content, not from the name. `work` is a folder that lives as long as
    the Source: expanded, decoded and repaired copies are written to it. Memory does not grow
    with the file, except for a workbook, which `limits.max_cells` bounds. Raises SourceError
    naming the file, what is wrong and what to do.
    """
    check_readable(path)
    try:
        return _opened(path, settings, Path(tempfile.mkdtemp(dir=work)), limits)
    except OSError as error:
        raise SourceError(
            f"{path.name} can not be read, or copied to {work}: {error.strerror}. "
            "Check the free space and the permissions."
        ) from error


def _opened(path: Path, settings: ReadSettings, own: Path, limits: Limits) -> Source:
    file = expanded(path, own / "expanded", limits)
    container = container_of(file, path.name)
    if container == "parquet":
        return open_parquet(path, _plainly_named(file, own), limits)
    if container == "xlsx":
        return open_workbook(path, file, settings, own, limits)
    text = _plainly_named(file, own)
    if _is_json(path.name, file, settings):
        encoding = encoding_of(file, path.name, settings.encoding or "utf-8")
        return open_json_lines(path, text, encoding, own, limits)
    encoding = encoding_of(file, path.name, settings.encoding)
    return open_csv(path, text, encoding, settings, own, limits)


def _plainly_named(file: Path, work: Path) -> Path:
    """The file under a name in which the engine sees no pattern for several files."""
    if not set("*?[]{}") & set(str(file)):
        return file
    plain = work / "source"
    plain.symlink_to(file.resolve())
    return plain


def _is_json(name: str, file: Path, settings: ReadSettings) -> bool:
    """Whether the text starts as JSON does, whichever Unicode encoding it is in."""
    if settings.format == "csv":
        return False
    with file.open("rb") as text:
        start = text.read(_HEAD_BYTES).lstrip(_BEFORE_JSON)
    if settings.format is None and re.match(rb"\[[\0\s]*[\]{]", start):
        raise SourceError(
            f"{name} is one JSON array. Export it as JSON lines, one object on each line."
        )
    return settings.format == "jsonl" or start.startswith(b"{")


def sha256(path: Path) -> str:
    """Hex digest of a file's bytes, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
