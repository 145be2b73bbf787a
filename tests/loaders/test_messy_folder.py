"""A folder of files that say the same in every dialect, all loaded: there is one table."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import product
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from tests.loaders.loading import Loading, loading_in

MAPPING = """
name = "spend_{name}"
title = "Spend"
source_system = "spend"

[recognise]
columns = ["campaign", "day", "cost"]

[read]
decimal = "{decimal}"
thousands = "{thousands}"
dates = ["%d.%m.%Y"]

[columns]
campaign = ["Campaign", "推广计划", "Kampagne", "Campaña"]
day = ["Day", "日期", "Tag", "Día"]
cost = ["Cost", "消费", "Kosten", "Costo"]
clicks = ["Clicks", "点击", "Klicks", "Clics"]
note = ["Note", "备注", "Notiz", "Nota"]

[[table]]
into = "campaign_spend"
campaign_id = "{{campaign}}"
spend_on = "{{day}}"
original_cost_amount = "{{cost}}"
currency = "EUR"
clicks = "{{clicks}}"
"""

HEADERS = {
    "English": ("Campaign", "Day", "Cost", "Clicks", "Note"),
    "Chinese": ("推广计划", "日期", "消费", "点击", "备注"),
    "German": ("Kampagne", "Tag", "Kosten", "Klicks", "Notiz"),
    "Spanish": ("Campaña", "Día", "Costo", "Clics", "Nota"),
}
NOTES = ('said "yes", twice; or | thrice', "one line\nand another", "")
EXPECTED = [
    ("007", date(2026, 3, 1), Decimal("1234.50"), "EUR", 12),
    ("007", date(2026, 3, 2), Decimal("0.05"), "EUR", 0),
    ("离心泵 & 阀门", date(2026, 3, 1), Decimal("1000000.00"), "EUR", None),
]
WESTERN = "Müller & Söhne"
"""The name where the encoding has no Chinese."""


@dataclass(frozen=True)
class Marks:
    decimal: str
    thousands: str

    @property
    def mapping(self) -> str:
        return "spend_point" if self.decimal == "." else "spend_comma"

    def amount(self, cost: Decimal) -> str:
        english = f"{cost:,.2f}"
        return english.translate(str.maketrans(",.", self.thousands + self.decimal))


POINT, COMMA = Marks(".", ","), Marks(",", ".")

Rows = list[tuple[str, ...]]


def rows(marks: Marks, day: str) -> Rows:
    return [
        (
            campaign,
            on.strftime(day),
            marks.amount(cost),
            "" if clicks is None else str(clicks),
            note,
        )
        for (campaign, on, cost, _, clicks), note in zip(EXPECTED, NOTES, strict=True)
    ]


def as_csv(
    header: tuple[str, ...], written: Rows, delimiter: str, line_end: str, quoting: int
) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=line_end, quoting=quoting)  # type: ignore[arg-type]
    # Programs that end lines in a bare return write no other line end inside a value either.
    inside = "\r" if line_end == "\r" else "\n"
    writer.writerows([header, *([cell.replace("\n", inside) for cell in row] for row in written)])
    return text.getvalue()


def plain(name: str, content: bytes) -> tuple[str, bytes]:
    return name, content


def gzipped(name: str, content: bytes) -> tuple[str, bytes]:
    return f"{name}.gz", gzip.compress(content, mtime=0)


def zipped(name: str, content: bytes) -> tuple[str, bytes]:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return f"{name}.zip", packed.getvalue()


@pytest.fixture
def loading(tmp_path: Path) -> Iterator[Loading]:
    mappings = tmp_path / "mappings"
    mappings.mkdir()
    for name, marks in (("point", POINT), ("comma", COMMA)):
        text = MAPPING.format(name=name, decimal=marks.decimal, thousands=marks.thousands)
        (mappings / f"{name}.toml").write_text(text, encoding="utf-8")
    with loading_in(tmp_path, mappings) as opened:
        yield opened


def load(loading: Loading, name: str, content: bytes, marks: Marks) -> None:
    path = loading.folder / name
    path.write_bytes(content)
    outcome = loading.load_path(path, mapping=marks.mapping, as_of=datetime(2026, 4, 1))
    assert (outcome.rows_read, outcome.rows_kept, outcome.rows_rejected) == (3, 3, 0), name
    path.unlink()


def spend(loading: Loading) -> list[tuple[object, ...]]:
    return loading.rows(
        "campaign_spend", "campaign_id", "spend_on", "original_cost_amount", "currency", "clicks"
    )


ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030")
DELIMITERS = (",", ";", "\t", "|")
LINE_ENDS = ("\n", "\r\n", "\r")
QUOTINGS = (csv.QUOTE_MINIMAL, csv.QUOTE_ALL)
DAYS = ("%Y-%m-%d", "%d.%m.%Y", "%Y/%m/%d")
PACKINGS: tuple[Callable[[str, bytes], tuple[str, bytes]], ...] = (plain, gzipped, zipped)


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_dialect_of_csv_is_one_table(loading: Loading, encoding: str) -> None:
    """All delimiters, marks and languages of headers; the other ways of writing take turns."""
    for turn, (delimiter, marks, language) in enumerate(
        product(DELIMITERS, (POINT, COMMA), ("English", "Chinese"))
    ):
        line_end, quoting = LINE_ENDS[turn % 3], QUOTINGS[turn // 2 % 2]
        day, packed = DAYS[(turn + turn // 3) % 3], PACKINGS[(turn + turn // 4) % 3]
        text = as_csv(HEADERS[language], rows(marks, day), delimiter, line_end, quoting)
        name, content = packed(f"spend_{turn}.csv", text.encode(encoding))
        load(loading, name, content, marks)
        assert spend(loading) == EXPECTED, (encoding, name)


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
def test_western_encodings_are_the_same_table(loading: Loading, encoding: str) -> None:
    expected = sorted((*[row[:1] for row in EXPECTED[:2]], (WESTERN,)))
    for turn, (delimiter, marks, language) in enumerate(
        product(DELIMITERS, (POINT, COMMA), ("German", "Spanish"))
    ):
        written = rows(marks, "%d.%m.%Y")
        written[2] = (WESTERN, *written[2][1:])
        text = as_csv(
            HEADERS[language], written, delimiter, LINE_ENDS[turn % 3], QUOTINGS[turn // 2 % 2]
        )
        load(loading, f"spend_{turn}.csv", text.encode(encoding), marks)
        assert [row[:1] for row in spend(loading)] == expected
        assert [row[1:] for row in spend(loading)] == [row[1:] for row in EXPECTED]


def workbook(header: tuple[str, ...]) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet("Spend")
        day = book.add_format({"num_format": "dd.mm.yyyy"})
        cost = book.add_format({"num_format": "#,##0.00"})
        sheet.write_row(0, 0, header)
        for row, ((campaign, on, amount, _, clicks), note) in enumerate(
            zip(EXPECTED, NOTES, strict=True), start=1
        ):
            sheet.write_string(row, 0, campaign)
            sheet.write_datetime(row, 1, datetime(on.year, on.month, on.day), day)
            sheet.write_number(row, 2, float(amount), cost)
            if clicks is not None:
                sheet.write_number(row, 3, clicks)
            sheet.write_string(row, 4, note)
    return content.getvalue()


def json_lines(header: tuple[str, ...]) -> bytes:
    lines = []
    for (campaign, on, amount, _, clicks), note in zip(EXPECTED, NOTES, strict=True):
        values = (campaign, on.isoformat(), float(amount), clicks, note)
        lines.append(json.dumps(dict(zip(header, values, strict=True)), ensure_ascii=False))
    return "\n".join(lines).encode()


def parquet(header: tuple[str, ...]) -> bytes:
    written = [
        (campaign, on, amount, clicks, note)
        for (campaign, on, amount, _, clicks), note in zip(EXPECTED, NOTES, strict=True)
    ]
    kinds = (pl.String, pl.Date, pl.Decimal(18, 2), pl.Int64, pl.String)
    content = io.BytesIO()
    schema: dict[str, pl.DataType | type[pl.DataType]] = dict(zip(header, kinds, strict=True))
    pl.DataFrame(written, schema=schema, orient="row").write_parquet(content)
    return content.getvalue()


def test_workbooks_json_lines_and_parquet_are_the_same_table(loading: Loading) -> None:
    for turn, ((suffix, written), language) in enumerate(
        product((("xlsx", workbook), ("jsonl", json_lines), ("parquet", parquet)), HEADERS)
    ):
        name, content = PACKINGS[turn % 3](f"{language}.{suffix}", written(HEADERS[language]))
        load(loading, name, content, POINT)
        assert spend(loading) == EXPECTED, name
