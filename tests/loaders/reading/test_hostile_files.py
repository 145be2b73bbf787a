"""A file made to do harm, or damaged on its way, ends in one message: never in a crash."""

from __future__ import annotations

import io
import json
import os
import re
import struct
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import polars as pl
import pytest
import xlsxwriter

from data.errors import SourceError
from loaders.reading.file import open_source
from loaders.reading.source import Limits, ReadSettings
from tests.loaders.reading.hostile.archive_files import gzipped, packed
from tests.loaders.reading.reading_files import Reader, reader_in

CSV = b"a,b\n1,2\n"


@pytest.fixture
def refused(tmp_path: Path) -> Callable[..., str]:
    """Writes a file, opens it, and gives what the error says behind the file's name."""

    def opened(name: str, content: bytes, limits: Limits | None = None) -> str:
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(SourceError, match=re.escape(name)) as caught:
            open_source(path, ReadSettings(), tmp_path, limits or Limits())
        return str(caught.value).replace(str(tmp_path), "")

    return opened


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    with reader_in(tmp_path_factory.mktemp("hostile")) as reader:
        yield reader


def incompressible(size: int) -> bytes:
    return Random(20260401).randbytes(size)


def workbook() -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        book.set_properties({"created": datetime(2026, 4, 1, tzinfo=UTC)})
        sheet = book.add_worksheet("Data")
        sheet.write_row(0, 0, ["a", "b"])
        sheet.write_row(1, 0, [1, "x"])
    return content.getvalue()


def changed_workbook(part: str = "", old: bytes = b"", new: bytes = b"", **added: bytes) -> bytes:
    """A good workbook, of which one part is rewritten and others are added."""
    with zipfile.ZipFile(io.BytesIO(workbook())) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    if part:
        assert old in parts[part]
        parts[part] = parts[part].replace(old, new)
    return packed(
        *(parts | {name.replace("__", "/"): text for name, text in added.items()}).items()
    )


SHEET = "xl/worksheets/sheet1.xml"

CELL = b'<c r="A2">'


# What is no file to read


def test_a_path_that_is_no_file(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    for path, said in [
        (tmp_path / "gone.csv", "does not exist"),
        (tmp_path, "is a folder"),
        (pipe, "is not a plain file"),
        (tmp_path / "gone.csv" / "x", "does not exist|cannot be read"),
    ]:
        with pytest.raises(SourceError, match=said):
            open_source(path, ReadSettings(), tmp_path)


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secret.csv"
    path.write_bytes(CSV)
    opened = Path.open

    def denied(self: Path, *arguments: object, **named: object) -> object:
        if self == path:
            raise PermissionError(13, "Permission denied")
        return opened(self, *arguments, **named)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", denied)
    with pytest.raises(SourceError, match=r"secret\.csv may not be read by this user"):
        open_source(path, ReadSettings(), tmp_path)


def test_a_disk_that_fails_while_the_file_is_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzipped(CSV))
    monkeypatch.setattr("tempfile.mkdtemp", lambda **_: str(tmp_path / "gone"))
    with pytest.raises(SourceError, match=r"a\.csv\.gz cannot be .* Check the free space"):
        open_source(path, ReadSettings(), tmp_path)


# What is another kind of file

NOISE = bytes(range(256)) * 40


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"", "is empty"),
        ("a.csv", NOISE, "is not a text file"),
        ("a.csv", b"%PDF-1.7\n" + NOISE, "is a PDF document"),
        ("a.csv", b"\x89PNG\r\n" + NOISE, "is a picture"),
        ("a.csv", b"7z\xbc\xaf\x27\x1c" + NOISE, "is a 7-Zip archive"),
        ("a.csv", b"SQLite format 3\0" + NOISE, "is an SQLite database"),
        ("a.csv", b"\x28\xb5\x2f\xfd" + NOISE, "is a Zstandard archive"),
        ("a.xls", b"\n <html><table><tr><td>a</td></tr></table>", "is a web page or XML"),
        ("a.xml", b'\xef\xbb\xbf<?xml version="1.0"?><a/>', "is a web page or XML"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + NOISE, r"old Excel format \(\.xls\)"),
        (
            "a.xlsx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "protected by a password",
        ),
        (
            "a.ods",
            packed(("mimetype", b"application/vnd.oasis.opendocument.spreadsheet")),
            "is an OpenDocument file",
        ),
        (
            "a.xlsb",
            packed(("[Content_Types].xml", b"<a/>"), ("xl/workbook.bin", b"")),
            "is a binary workbook",
        ),
        ("a.docx", packed(("[Content_Types].xml", b"<a/>")), "is not a workbook"),
        ("a.parquet", b"PAR1" + NOISE + b"PAR1", "damaged or encrypted"),
        ("a.parquet", b"PAR1" + NOISE, "damaged or encrypted"),
        ("a.parquet", b"PARE" + NOISE + b"PARE", "damaged or encrypted"),
    ],
)
def test_another_kind_of_file_is_named(
    refused: Callable[..., str], name: str, content: bytes, said: str
) -> None:
    assert re.search(said, refused(name, content))


# Archives


def encrypted_archive() -> bytes:
    content = bytearray(packed(("a.csv", CSV)))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + offset] |= 1
    return bytes(content)


def oddly_compressed_archive() -> bytes:
    content = bytearray(packed(("a.csv", CSV)))
    for signature, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        content[content.index(signature) + offset] = 9
    return bytes(content)


def damaged_archive() -> bytes:
    stored = packed(("a.csv", CSV), method=zipfile.ZIP_STORED)
    return stored.replace(b"1,2", b"1,3")


BOMB = b"a,b\n" + b"1,2\n" * 2_000_000


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv.gz", gzipped(BOMB), "more than 100 times its size"),
        ("a.zip", packed(("a.csv", BOMB)), "more than 100 times its size"),
        ("a.csv.gz", gzipped(incompressible(4000))[:-300], "ends too early"),
        ("a.csv.gz", gzipped(CSV)[:-8] + bytes(8), "is a damaged archive"),
        ("a.csv.gz", gzipped(CSV) + b"more", "is a damaged archive"),
        ("a.csv.gz", gzipped(b""), "holds an empty file"),
        ("a.csv.gz", gzipped(gzipped(CSV)), "holds an archive in an archive"),
        ("a.zip", packed(("a.csv", CSV), ("b.csv", CSV)), r"holds 2 files \(a\.csv, b\.csv\)"),
        ("a.zip", packed(("folder/", b"")), r"holds 0 files \(none\)"),
        ("a.zip", packed(("../a.csv", CSV)), r'path out of its folder: "\.\./a\.csv"'),
        ("a.zip", packed(("/etc/a.csv", CSV)), "path out of its folder"),
        ("a.zip", packed(("..\\a.csv", CSV)), "path out of its folder"),
        ("a.zip", packed(("C:\\a.csv", CSV)), "path out of its folder"),
        ("a.zip", encrypted_archive(), "protected by a password"),
        ("a.zip", oddly_compressed_archive(), "compressed in a way that cannot be read"),
        ("a.zip", damaged_archive(), "is a damaged archive"),
        ("a.zip", packed(("a.csv", CSV))[:-30], "its end is missing"),
    ],
)
def test_an_archive_that_can_not_be_trusted(
    refused: Callable[..., str], name: str, content: bytes, said: str
) -> None:
    assert re.search(said, refused(name, content))


def test_an_archive_may_expand_only_so_far(refused: Callable[..., str]) -> None:
    limits = Limits(max_expanded_bytes=100_000)
    content = incompressible(80_000).hex().encode()
    for name, bomb in [("a.gz", gzipped(content)), ("a.zip", packed(("a", content)))]:
        assert "more than 100,000 bytes" in refused(name, bomb, limits)


def test_an_archive_whose_declared_size_lies_is_stopped_at_the_limit(
    refused: Callable[..., str],
) -> None:
    content = bytearray(packed(("a.csv", BOMB)))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = content.index(signature) + offset
        content[at : at + 4] = struct.pack("<I", 10)
    assert refused("a.zip", bytes(content))


def test_a_small_file_may_repeat_itself(reader: Reader) -> None:
    path = reader.work / "a.csv.gz"
    path.write_bytes(gzipped(b"a,b\n" + b"1,2\n" * 200_000))
    assert reader.read(path).source.rows == 200_000


# Text


def test_a_line_that_is_too_long(refused: Callable[..., str]) -> None:
    long = b"a,b\n1,2\n" + b"x" * (17 * 1024**2) + b",2\n"
    assert "line 3 is longer than 16,777,216 bytes" in refused("a.csv", long)
    assert "line 1 is longer than any header" in refused("a.csv", b"x" * 2_000_000)
    assert "line 1 is longer" in refused(
        "a.jsonl", b'{"a": "' + b"x" * 3000 + b'"}', Limits(max_line_bytes=1000)
    )


def test_a_quoted_value_that_is_too_long_is_refused_alone(reader: Reader) -> None:
    path = reader.work / "long.csv"
    path.write_text('a,b\n1,"' + "text\n" * 1000 + '"\n3,4\n')
    read = reader.read(path, ReadSettings(header=("a", "b")), Limits(max_line_bytes=1000))
    assert ("3", "4") in read.rows
    assert read.damaged[0].line == 2


def test_many_records_of_which_most_are_damaged(refused: Callable[..., str]) -> None:
    said = refused("a.csv", b"a,b\n" + b"1,2\n1,2,3\n1\n" * 60_000)
    assert "records cannot be read" in said
    assert "line 3: 3 values where the header has 2" in said
    lines = refused("a.jsonl", b'{"a":1}\n' + b"[1]\n" * 110_000)
    assert "line 2: no JSON object" in lines


def test_more_columns_or_keys_than_any_export_has(refused: Callable[..., str]) -> None:
    assert "6,000 columns" in refused("a.csv", b",".join([b"x"] * 6000) + b"\n")
    lines = [json.dumps({f"key {number}": 1}) for number in range(3000)]
    assert "more than 2,000 different keys" in refused("a.jsonl", "\n".join(lines).encode())


@pytest.mark.parametrize("depth", [65, 600, 100_000])
@pytest.mark.parametrize("brackets", [("[", "]"), ('{"k":', "}")])
def test_json_that_is_nested_too_deep(
    refused: Callable[..., str], depth: int, brackets: tuple[str, str]
) -> None:
    opening, closing = brackets
    nested = opening * (depth - 1) + "1" + closing * (depth - 1)
    said = refused("a.jsonl", f'{{"a": 1}}\n{{"a": {nested}}}\n'.encode())
    assert "line 2 is nested deeper than 64 levels" in said


def test_brackets_in_text_are_no_depth(reader: Reader) -> None:
    path = reader.work / "brackets.jsonl"
    value = '[{"\\' * 100
    path.write_text(json.dumps({"a": value, "b": [[[1]]], "c": [{}] * 100}))
    assert reader.read(path).rows[0][:2] == (value, "[[[1]]]")


# Workbooks


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (changed_workbook(SHEET, CELL, b'<c r="XFD1048576">'), "more than 20,000,000 cells"),
        (changed_workbook(SHEET, CELL, b"<c r='ZZZ2'/><c r='A1048576'>"), "1,048,576 rows"),
        (
            changed_workbook(SHEET, b'ref="A1:B2"', b'ref="A1:XFD1048576"'),
            "1,048,576 rows and 16,384 columns",
        ),
        (
            changed_workbook(SHEET, b"</row>", b"<c/>" * 16_000 + b"</row>" + b"<row/>" * 2000),
            "more than 20,000,000 cells",
        ),
        (
            changed_workbook(
                "xl/workbook.xml", b"<workbook ", b'<!DOCTYPE x [<!ENTITY a "ha">]><workbook '
            ),
            "declares XML entities in xl/workbook.xml",
        ),
        (
            changed_workbook("xl/sharedStrings.xml", b"<sst", b'<!ENTITY a "b"><sst'),
            "declares XML entities",
        ),
        (
            changed_workbook(xl__externalLinks__externalLink1__xml=b"<a/>"),
            "links to other files",
        ),
        (changed_workbook(xl__media__a=bytes(8_000_000)), "more than 100 times its size"),
        (changed_workbook("xl/workbook.xml", b"<sheet ", b"<sheet"), "damaged workbook"),
        (changed_workbook("xl/workbook.xml", b"<workbook ", b"<work"), "damaged workbook"),
        (changed_workbook("xl/_rels/workbook.xml.rels", b"rId1", b"rId9"), "damaged workbook"),
        (changed_workbook(SHEET, b"</sheetData>", b"</row>"), "damaged workbook"),
        (changed_workbook(SHEET, b"<v>0</v>", b"<v>99999</v>"), "damaged workbook"),
        (workbook()[:-200], "its end is missing"),
    ],
)
def test_a_workbook_that_can_not_be_trusted(
    refused: Callable[..., str], content: bytes, said: str
) -> None:
    assert re.search(said, refused("a.xlsx", content))


def test_a_workbook_protected_by_the_archive(refused: Callable[..., str]) -> None:
    content = bytearray(workbook())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    assert "protected by a password" in refused("a.xlsx", bytes(content))


# Parquet


def parquet(frame: pl.DataFrame) -> bytes:
    content = io.BytesIO()
    frame.write_parquet(content)
    return content.getvalue()


def test_parquet_without_records(refused: Callable[..., str]) -> None:
    assert "holds no records" in refused("a.parquet", parquet(pl.DataFrame({"a": []})))


def test_parquet_that_declares_more_than_it_can_hold(refused: Callable[..., str]) -> None:
    constant = pl.DataFrame({"a": pl.repeat(1, 3_000_000, dtype=pl.Int8, eager=True)})
    said = refused("a.parquet", parquet(constant), Limits(max_cells=1_000_000))
    assert "declares 3,000,000 rows" in said


def test_parquet_that_expands_too_far(refused: Callable[..., str]) -> None:
    text = pl.DataFrame({"a": ["x" * 4_000_000 + str(row) for row in range(3)]})
    assert "expands to" in refused("a.parquet", parquet(text))
