"""What a file is, told from its first bytes; what can not be an export is refused by name."""

from __future__ import annotations

import re
import stat
import zipfile
from pathlib import Path
from typing import Literal

from data.errors import SourceError
from loaders.archives import GZIP_MAGIC, ZIP_MAGIC, damage_named

_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FOREIGN = (
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"{\\rtf", "a text document"),
    (b"Obj\x01", "an Avro file"),
    (b"ARROW1", "an Arrow file"),
)


_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*<[a-z!?][^,;\t|\r\n]*", re.IGNORECASE)
"""A tag at the start of the first line, where a table has the name of a column."""


def check_readable(path: Path) -> None:
    """Raise SourceError unless this is a file with content that may be read."""
    try:
        status = path.stat()
    except FileNotFoundError:
        raise SourceError(f"{path} does not exist. Check the name and the folder.") from None
    except OSError as error:
        raise SourceError(f"{path} can not be read: {error.strerror}.") from error
    if stat.S_ISDIR(status.st_mode):
        raise SourceError(f"{path} is a folder. Name the files in it, one load for each.")
    if not stat.S_ISREG(status.st_mode):
        raise SourceError(f"{path} is not a plain file. Copy its content into one.")
    try:
        path.open("rb").close()
    except PermissionError:
        raise SourceError(
            f"{path} may not be read by this user. Change its permissions, or copy it."
        ) from None
    if not status.st_size:
        raise SourceError(f"{path.name} is empty. Export it again.")


def container_of(path: Path, name: str) -> Literal["text", "xlsx", "parquet"]:
    """Whether a file, called `name` in messages, is text, a workbook or Parquet.

    Raises SourceError for any other kind of file that is known, saying what it is.
    """
    with path.open("rb") as file:
        head = file.read(1024)
        file.seek(max(0, path.stat().st_size - 4))
        tail = file.read()
    if not head:
        raise SourceError(f"{name} holds an empty file. Export it again.")
    if tail in (b"PAR1", b"PARE") or (head.startswith(b"PAR1") and b"\0" in head):
        return "parquet"
    if head.startswith(_OLD_OFFICE):
        raise SourceError(_about_old_office(path, name))
    if head.startswith(ZIP_MAGIC) and zipfile.is_zipfile(path):
        _check_workbook(path, name)
        return "xlsx"
    if head.startswith(GZIP_MAGIC):
        raise SourceError(_about_nested_archive(name))
    for magic, kind in _FOREIGN:
        if head.startswith(magic):
            raise SourceError(
                f"{name} is {kind}. Load a CSV, XLSX, JSON lines or Parquet file, "
                "which may be packed as .gz or .zip."
            )
    if _MARKUP.match(head):
        raise SourceError(
            f"{name} is a web page or XML file whatever its name says. "
            "Choose CSV or XLSX where it is exported."
        )
    return "text"


def _about_old_office(path: Path, name: str) -> str:
    with path.open("rb") as file:
        encrypted = "EncryptedPackage".encode("utf-16-le") in file.read(4 * 1024**2)
    if encrypted:
        return f"{name} is protected by a password. Open it and save a copy without one."
    return f"{name} is in the old Excel format (.xls). Open it and save it as .xlsx or CSV."


def _about_nested_archive(name: str) -> str:
    return f"{name} holds an archive in an archive. Unpack it and load the file inside."


def _check_workbook(path: Path, name: str) -> None:
    with damage_named(name), zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
    if "xl/workbook.bin" in names:
        raise SourceError(f"{name} is a binary workbook (.xlsb). Save it as .xlsx or CSV.")
    if "mimetype" in names:
        raise SourceError(f"{name} is an OpenDocument file (.ods). Save it as .xlsx or CSV.")
    if not names & {"xl/workbook.xml", "[Content_Types].xml"}:
        raise SourceError(_about_nested_archive(name))
    if "xl/workbook.xml" not in names:
        raise SourceError(
            f"{name} is not a workbook, although it is packed like one. "
            "Save the table as .xlsx or CSV."
        )
