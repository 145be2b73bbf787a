"""One small table, written in every way that exports come in, is always read the same."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from loaders.reading.source import ReadSettings
from tests.loaders.reading.reading_files import Reader, reader_in

HEADER = ("Lead ID", "Name", "城市", "Spend", "Since", "Note")

CHINESE = [
    ("00017", "张伟", "广州", "1200.5", "2026-03-05", "说：“你好”, twice; or | thrice"),
    ("00018", "Zoë Müller", "深圳", "3", "2026-03-06", None),
    ("00019", None, "北京", "0.3", "2026-02-28", 'a "quoted" word\tand a tab'),
]

WESTERN_HEADER = ("Lead ID", "Name", "Ville", "Spend", "Since", "Note")

WESTERN = [
    ("00017", "Zoë Müller", "Orléans", "1200.5", "2026-03-05", "déjà vu, twice; or | thrice"),
    ("00018", "José Niño", "São Paulo", "3", "2026-03-06", None),
    ("00019", None, "Århus", "0.3", "2026-02-28", 'a "quoted" word\tand a tab – 5 €'),
]

UNICODE = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32")

DELIMITERS = (",", ";", "\t", "|")

LINE_ENDS = ("\n", "\r\n", "\r")


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    with reader_in(tmp_path_factory.mktemp("messy")) as reader:
        yield reader


def plain(content: bytes, path: Path) -> Path:
    path.write_bytes(content)
    return path


def gzipped(content: bytes, path: Path) -> Path:
    packed = path.with_name(path.name + ".gz")
    packed.write_bytes(gzip.compress(content))
    return packed


def zipped(content: bytes, path: Path) -> Path:
    packed = path.with_suffix(".zip")
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"export/{path.name}", content)
        archive.writestr(f"__MACOSX/export/._{path.name}", b"finder")
    return packed


PACKINGS = (plain, gzipped, zipped)


def as_csv(
    header: tuple[str, ...], rows: Sequence[tuple[str | None, ...]], delimiter: str, line_end: str
) -> str:
    def cell(value: str | None) -> str:
        text = value or ""
        if '"' in text or delimiter in text:
            return '"' + text.replace('"', '""') + '"'
        return text

    return "".join(delimiter.join(map(cell, row)) + line_end for row in [header, *rows])


@pytest.mark.parametrize("delimiter", DELIMITERS)
@pytest.mark.parametrize("encoding", [*UNICODE, "gb18030"])
def test_a_csv_file_in_any_dialect_is_one_table(
    reader: Reader, encoding: str, delimiter: str
) -> None:
    for line_end in LINE_ENDS:
        content = as_csv(HEADER, CHINESE, delimiter, line_end).encode(encoding)
        for packed in PACKINGS if delimiter == "," else [plain]:
            read = reader.read(packed(content, reader.work / "leads.csv"))
            assert read.source.columns == HEADER
            assert read.rows == CHINESE
            assert read.lines == [2, 3, 4]
            assert read.damaged == []
            assert read.source.delimiter == delimiter


@pytest.mark.parametrize("delimiter", DELIMITERS)
@pytest.mark.parametrize("encoding", [*UNICODE, "cp1252", "gb18030"])
def test_western_text_is_never_taken_for_chinese_nor_the_other_way(
    reader: Reader, encoding: str, delimiter: str
) -> None:
    declared = "gb18030" if encoding == "gb18030" else None
    content = as_csv(WESTERN_HEADER, WESTERN, delimiter, "\r\n").encode(encoding)
    read = reader.read(plain(content, reader.work / "leads.csv"), ReadSettings(encoding=declared))
    assert read.source.columns == WESTERN_HEADER
    assert read.rows == WESTERN


@pytest.mark.parametrize(
    ("encoding", "reported"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("gb18030", "gb18030"),
    ],
)
def test_the_encoding_is_reported(reader: Reader, encoding: str, reported: str) -> None:
    content = as_csv(HEADER, CHINESE, ",", "\n").encode(encoding)
    assert reader.read(plain(content, reader.work / "a.csv")).source.encoding == reported


def test_latin_1_is_reported_as_the_encoding_it_is_a_part_of(reader: Reader) -> None:
    content = "name,city\nRenée,Besançon\n".encode("latin-1")
    assert reader.read(plain(content, reader.work / "a.csv")).source.encoding == "cp1252"


def workbook() -> bytes:
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content)
    sheet = book.add_worksheet("Leads")
    iso = book.add_format({"num_format": "dd/mm/yyyy"})
    sheet.write_row(0, 0, HEADER)
    for row, (lead, name, city, spend, since, note) in enumerate(CHINESE, start=1):
        sheet.write_string(row, 0, lead or "")
        sheet.write(row, 1, name)
        sheet.write(row, 2, city)
        sheet.write_number(row, 3, 0.1 + 0.2 if spend == "0.3" else float(spend or 0))
        sheet.write_datetime(row, 4, date.fromisoformat(since or ""), iso)
        sheet.write(row, 5, note)
    book.close()
    return content.getvalue()


def json_lines() -> bytes:
    lines = [json.dumps(dict(zip(HEADER, row, strict=True)), ensure_ascii=False) for row in CHINESE]
    return "\n".join(lines).encode()


def json_lines_that_leave_out_nulls() -> bytes:
    rows = [dict(zip(HEADER, row, strict=True)) for row in CHINESE]
    known = [{key: value for key, value in row.items() if value is not None} for row in rows]
    return "\r\n".join(map(json.dumps, known)).encode("utf-16")


def parquet() -> bytes:
    content = io.BytesIO()
    frame = pl.DataFrame(CHINESE, schema=dict.fromkeys(HEADER, pl.String), orient="row")
    frame.with_columns(
        pl.col("Spend").cast(pl.Float64), pl.col("Since").str.to_date()
    ).write_parquet(content)
    return content.getvalue()


@pytest.mark.parametrize("packed", PACKINGS)
@pytest.mark.parametrize(
    ("content", "name", "first_line"),
    [
        (workbook, "leads.xlsx", 2),
        (json_lines, "leads.jsonl", 1),
        (json_lines_that_leave_out_nulls, "leads.ndjson", 1),
        (parquet, "leads.parquet", 1),
    ],
)
def test_every_format_is_the_same_table(
    reader: Reader,
    content: Callable[[], bytes],
    name: str,
    first_line: int,
    packed: Callable[[bytes, Path], Path],
) -> None:
    read = reader.read(packed(content(), reader.work / name))
    assert read.source.columns == HEADER
    assert read.rows == CHINESE
    assert read.lines == [first_line, first_line + 1, first_line + 2]


@pytest.mark.parametrize("name", ["leads.txt", "leads", "leads [1].csv", "50% *?.xlsx", "a'b.csv"])
@pytest.mark.parametrize(
    "content", [as_csv(HEADER, CHINESE, ",", "\n").encode(), parquet(), json_lines(), workbook()]
)
def test_the_name_of_a_file_does_not_matter(reader: Reader, content: bytes, name: str) -> None:
    assert reader.read(plain(content, reader.work / name)).rows == CHINESE


@pytest.mark.parametrize("name", ["leads?.csv", "leads*.csv", "lead[s].csv"])
def test_a_name_that_looks_like_a_pattern_is_one_file(tmp_path: Path, name: str) -> None:
    for other in ("leads.csv", "leads1.csv"):
        plain(b"a\nother\n", tmp_path / other)
    with reader_in(tmp_path) as reader:
        assert reader.read(plain(b"a\n1\n", tmp_path / name)).rows == [("1",)]
