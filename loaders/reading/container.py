"""The kind of a file by its bytes; archives expanded within limits, or refused as harmful."""

from __future__ import annotations

import gzip
import lzma
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Literal

from data.errors import SourceError
from loaders.reading.source import Limits

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
        raise SourceError(f"{path} cannot be read: {error.strerror}.") from error
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


GZIP_MAGIC = b"\x1f\x8b"

ZIP_MAGIC = b"PK\x03\x04"

_EMPTY_ZIP_MAGIC = b"PK\x05\x06"


_CHUNK_BYTES = 1024**2

_JUDGED_FROM_BYTES = 1024**2

ENCRYPTED = 0x1
"""The flag of an archive's entry that is protected by a password."""


def expanded(path: Path, target: Path, limits: Limits) -> Path:
    """The file inside a .gz, or a .zip of one file, written to `target`; any other as it is.

    A workbook is a ZIP archive too and stays as it is. Raises SourceError for an archive that
    is damaged, encrypted, holds several files or a path out of its folder, or expands too far.
    """
    with path.open("rb") as file:
        magic = file.read(4)
    if magic.startswith(GZIP_MAGIC):
        with gzip.open(path) as packed:
            _write(_pieces(packed, path.name), target, path, limits)
        return target
    if magic.startswith((ZIP_MAGIC, _EMPTY_ZIP_MAGIC)):
        if not zipfile.is_zipfile(path):
            raise SourceError(
                f"{path.name} is a damaged archive or workbook: its end is missing. "
                "Copy or export it again."
            )
        with damage_named(path.name):
            return _unzipped(path, target, limits)
    return path


@contextmanager
def damage_named(name: str) -> Iterator[None]:
    """Turn what the block raises for a damaged archive into a SourceError about the file `name`."""
    try:
        yield
    except NotImplementedError as error:  # so zipfile says which way of packing it does not know
        raise SourceError(
            f"{name} is compressed in a way that cannot be read ({error}). "
            "Pack it again as an ordinary ZIP file, or load the file inside."
        ) from error
    except (gzip.BadGzipFile, zipfile.BadZipFile, zlib.error, lzma.LZMAError) as error:
        raise SourceError(
            f"{name} is a damaged archive ({error}). Copy or export it again."
        ) from error


def check_size(expanded_bytes: int, name: str, packed_bytes: int, limits: Limits) -> None:
    """Raise SourceError if a file called `name` expands too far for its size."""
    if expanded_bytes > limits.max_expanded_bytes:
        raise SourceError(
            f"{name} expands to more than {limits.max_expanded_bytes:,} bytes. "
            "Split the export into smaller files."
        )
    if expanded_bytes > max(_JUDGED_FROM_BYTES, limits.max_ratio * packed_bytes):
        raise SourceError(
            f"{name} expands to more than {limits.max_ratio} times its size, as a file made to "
            "exhaust the reader does. If it is genuine, unpack it and load the file inside."
        )


def _unzipped(path: Path, target: Path, limits: Limits) -> Path:
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        names = {entry.filename for entry in entries}
        if "" in names:
            raise zipfile.BadZipFile("a file in it has no name")
        if "[Content_Types].xml" in names or "mimetype" in names:
            return path
        files = [entry for entry in entries if _is_content(entry)]
        for entry in entries:
            _check_name(entry.filename, path)
        if len(files) != 1:
            listed = ", ".join(sorted(entry.filename for entry in files)[:5]) or "none"
            listed += ", …" if len(files) > 5 else ""
            raise SourceError(
                f"{path.name} holds {len(files):,} files ({listed}), one was expected. "
                "Unpack it and load each file."
            )
        if stat.S_ISLNK(files[0].external_attr >> 16):
            raise SourceError(
                f'{path.name} holds a link in place of a file: "{files[0].filename}". '
                "Ask for the plain file."
            )
        if files[0].flag_bits & ENCRYPTED:
            raise SourceError(
                f"{path.name} is protected by a password. Unpack it and load the file inside."
            )
        with archive.open(files[0]) as packed:
            _write(_pieces(packed, path.name), target, path, limits)
    return target


def _is_content(entry: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(entry.filename).parts
    return not entry.is_dir() and "__MACOSX" not in parts and parts[-1] != ".DS_Store"


def _check_name(inside: str, path: Path) -> None:
    parts = PurePosixPath(inside.replace("\\", "/")).parts
    if ".." in parts or inside.startswith(("/", "\\")) or ":" in inside.split("/")[0]:
        raise SourceError(
            f'{path.name} holds a file with a path out of its folder: "{inside}". '
            "Do not trust this archive; ask for the plain file."
        )


def _pieces(packed: IO[bytes] | gzip.GzipFile, name: str) -> Iterator[bytes]:
    try:
        with damage_named(name):
            while piece := packed.read(_CHUNK_BYTES):
                yield piece
    except EOFError as error:
        raise SourceError(
            f"{name} ends too early: it was not copied completely. Copy or export it again."
        ) from error


def _write(pieces: Iterator[bytes], target: Path, path: Path, limits: Limits) -> None:
    size, packed = 0, path.stat().st_size
    with target.open("wb") as out:
        for piece in pieces:
            size += len(piece)
            check_size(size, path.name, packed, limits)
            out.write(piece)


_COUNTS_FROM_1904 = re.compile(rb"\bdate1904=[\"'](?:1|true)[\"']")


def counts_from_1904(workbook: Path) -> bool:
    """Whether a workbook that was checked before numbers its days from 1904 on."""
    with zipfile.ZipFile(workbook) as archive:
        return bool(_COUNTS_FROM_1904.search(archive.read("xl/workbook.xml")))
