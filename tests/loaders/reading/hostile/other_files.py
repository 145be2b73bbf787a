"""JSON lines, Parquet, and files that are something else than their name says."""

from __future__ import annotations

import io
import json
from datetime import datetime

import polars as pl
import pyarrow.parquet as pq

from tests.loaders.reading.hostile.archive_files import gzipped
from tests.loaders.reading.hostile.case import GOOD, Read, Refused

_ROW = {"lead_id": "L1", "created_at": "2026-01-01", "channel": "Email"}

_LINE = json.dumps(_ROW).encode() + b"\n"


def _with(**changed: object) -> bytes:
    return json.dumps(_ROW | changed).encode() + b"\n"


def _deep(levels: int) -> bytes:
    return b'{"lead_id": %b1%b}\n' % (b'{"k":' * levels, b"}" * levels)


def parquet(frame: pl.DataFrame) -> bytes:
    """A frame as Parquet, compressed as usual."""
    content = io.BytesIO()
    frame.write_parquet(content)
    return content.getvalue()


def _leads(rows: int = 1) -> pl.DataFrame:
    return pl.DataFrame([_ROW | {"lead_id": f"L{row + 1}"} for row in range(rows)])


def misplaced() -> bytes:
    """A column that ends before it begins, after which the engine refuses everything."""
    content = parquet(_leads(3))
    column = pq.ParquetFile(io.BytesIO(content)).metadata.row_group(0).column(0)
    footer = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    size = column.total_compressed_size
    at = content.index(b"\x16" + _varint(size), footer) + 1
    return content[:at] + _varint(-size) + content[at + len(_varint(-size)) :]


def _short_histogram() -> bytes:
    """Statistics of one size where there are two, over which the library for them aborts."""
    written = io.BytesIO()
    pq.write_table(_leads(3).to_arrow(), written)
    content = written.getvalue()
    footer = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    at = content.index(b"\x19\x26\x00\x06", footer)  # a list of 0 and 3
    shorter = content[footer:at] + b"\x19\x16\x00" + content[at + 4 : -8]
    return content[:footer] + shorter + len(shorter).to_bytes(4, "little") + b"PAR1"


_BILLION = 10**9


def _claiming_a_billion() -> bytes:
    """Three rows, of which the footer says that they are 10⁹."""
    content = parquet(_leads(3))
    size = int.from_bytes(content[-8:-4], "little")
    # The number of rows is the third field of the footer, behind the schema: a list of structs.
    footer = content[-8 - size : -8]
    rows = footer.index(b"\x16" + _varint(3) + b"\x19")
    claiming = footer[: rows + 1] + _varint(_BILLION) + footer[rows + 2 :]
    return content[: -8 - size] + claiming + len(claiming).to_bytes(4, "little") + b"PAR1"


def _varint(number: int) -> bytes:
    zigzag, out = (number * 2 if number >= 0 else -number * 2 - 1), bytearray()
    while zigzag > 127:
        out.append(zigzag & 127 | 128)
        zigzag >>= 7
    return bytes([*out, zigzag])


_MOMENTS = [datetime(1, 1, 1), datetime(9999, 12, 31), datetime(2026, 1, 1), datetime(1899, 12, 31)]

_PARQUET = parquet(_leads())

_NOISE = bytes(range(256)) * 40

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


JSON: list[Refused | Read] = [
    Refused("deep.jsonl", _LINE + _deep(600), "line 2 is nested deeper than 64 levels"),
    Refused("deeper.jsonl", _LINE + _deep(200_000), "line 2 is nested deeper than 64 levels"),
    Refused("open.jsonl", _LINE + b'{"a":' * 300_000, "line 2 is nested deeper"),
    Refused("array.json", b"[" + _LINE.rstrip() + b"]", "is one JSON array"),
    Refused("pretty.json", json.dumps(_ROW, indent=2).encode(), "no line holds a JSON object"),
    Refused("no keys.jsonl", b"{}\n{}\n", "no line holds a JSON object"),
    Refused("keys.jsonl", b"".join(_with(**{f"k{n}": 1}) for n in range(3000)), "different keys"),
    Refused("long key.jsonl", b'{"%b": 1}\n' % (b"k" * 17_000_000), "is longer than"),
    Read("duplicate keys.jsonl", b'{"lead_id":"L0",' + _LINE[1:], kept=1),
    Read("surrogate.jsonl", b'{"lead_id":"\\ud800"}\n' + _LINE, kept=1, rejected=1),
    Read("null byte.jsonl", b'{"lead_id":"\\u0000","created_at":"2026-01-01"}\n' + _LINE, 2),
    Read("numbers.jsonl", _with(channel=1) + _with(lead_id=2).replace(b"2,", b"1e999999,", 1), 2),
    Read("no brace.jsonl", _LINE[1:] + _LINE + _with(lead_id="L2"), kept=2, rejected=1),
    Read("nan.jsonl", _LINE + b'{"lead_id": NaN}\n', kept=1, rejected=1),
    Read("odd object.jsonl", _LINE + b"[1]\nnull\n7\n" + _with(channel={"a": [1]}), 1, 4),
]


PARQUET: list[Refused | Read] = [
    Refused("billion.parquet", _claiming_a_billion(), "declares 1,000,000,000 rows"),
    Refused("no footer.parquet", _PARQUET[:-20], "damaged or encrypted"),
    Refused("half footer.parquet", _PARQUET[:-120] + _PARQUET[-8:], "damaged or encrypted"),
    Refused(
        "footer length.parquet", _PARQUET[:-8] + b"\xff\xff\xff\x7fPAR1", "damaged or encrypted"
    ),
    Refused("no start.parquet", _PARQUET[100:], "cannot be read to its end"),
    Refused("name.parquet", _PARQUET.replace(b"lead_id", b"lead\xffid"), "damaged or encrypted"),
    Refused("place.parquet", misplaced(), "broke the reader: .*INTERNAL"),
    Refused("only magic.parquet", b"PAR1PAR1", "damaged or encrypted"),
    Refused("no rows.parquet", parquet(_leads().clear()), "holds no records"),
    Refused(
        "zeroed.parquet", _PARQUET[:4] + bytes(150) + _PARQUET[154:], "cannot be read to its end"
    ),
    Read("histogram.parquet", _short_histogram(), kept=3),
    Read(
        "far moments.parquet",
        parquet(_leads(4).with_columns(created_at=pl.Series(_MOMENTS))),
        kept=1,
        rejected=3,
    ),
]


DISGUISED: list[Refused | Read] = [
    Refused("page.csv", b"<!DOCTYPE html><html><table><tr><td>lead_id", "is a web page or XML"),
    Refused(
        "page without head.csv",
        b"<div><table><tr><td>lead_id</td></tr></table>",
        "is a web page or XML",
    ),
    Refused("sheet.csv", b'<?xml version="1.0"?><Workbook/>', "is a web page or XML"),
    Refused("report.csv", b"%PDF-1.7\n" + _NOISE, "is a PDF document"),
    Refused("old.csv", _OLE + _NOISE, r"old Excel format"),
    Refused(
        "secret.xlsx", _OLE + "EncryptedPackage".encode("utf-16-le"), "protected by a password"
    ),
    Refused("picture.csv", b"\x89PNG\r\n" + _NOISE, "is a picture"),
    Refused("store.csv", b"SQLite format 3\0" + _NOISE, "is an SQLite database"),
    Refused("letter.rtf", b"{\\rtf1\\ansi Hello}", "is a text document"),
    Refused("empty.csv", b"", "is empty"),
    Refused("noise.csv", _NOISE, "is not a text file"),
    Read("really json.csv", _LINE, kept=1),
    Read("really parquet.csv", _PARQUET, kept=1),
    Read("really gzip.xlsx", gzipped(GOOD), kept=1),
]
