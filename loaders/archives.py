"""Compressed files: expanded in a stream, within limits, or refused before they do harm."""

from __future__ import annotations

import gzip
import lzma
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from data.errors import SourceError
from loaders.source import Limits

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
            f"{name} is compressed in a way that can not be read ({error}). "
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
