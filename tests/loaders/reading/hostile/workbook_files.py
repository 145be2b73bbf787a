"""Workbooks that make their reader allocate, reach out or trust what they say of themselves."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime

import xlsxwriter

from tests.loaders.reading.hostile.archive_files import gzipped, packed
from tests.loaders.reading.hostile.case import Read, Refused

SHEET = "xl/worksheets/sheet1.xml"

HEADER = ("lead_id", "created_at", "channel")

ROW = ("L1", "2026-01-01", "Email")


def workbook(*rows: Sequence[str | float]) -> bytes:
    """A workbook of one sheet with a header and these rows; a text with = is a formula."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"nan_inf_to_errors": True}) as book:
        book.set_properties({"created": datetime(2026, 4, 1, tzinfo=UTC)})
        sheet = book.add_worksheet("Data")
        for number, row in enumerate([HEADER, *rows]):
            sheet.write_row(number, 0, row)
    return content.getvalue()


def _parts() -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(workbook(ROW))) as book:
        return {name: book.read(name) for name in book.namelist()}


def changed(part: str, old: bytes, new: bytes, **added: bytes) -> bytes:
    """A good workbook, of which one part is rewritten and others are added."""
    parts = _parts()
    assert old in parts[part]
    parts[part] = parts[part].replace(old, new, 1)
    return packed(
        *(parts | {name.replace("__", "/"): text for name, text in added.items()}).items()
    )


def _bomb_of_entities() -> bytes:
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    return changed(
        "xl/sharedStrings.xml",
        b"<sst ",
        f'<!DOCTYPE lolz [<!ENTITY e0 "lol">{levels}]><sst '.encode(),
    )


def _late_entities() -> bytes:
    """Behind more white space than a check of the first bytes would see."""
    return changed(
        "xl/sharedStrings.xml", b"<sst ", b" " * 90_000 + b'<!DOCTYPE x [<!ENTITY a "b">]><sst '
    )


def _wide_entities() -> bytes:
    """In UTF-16, where the ASCII bytes of a declaration do not stand side by side."""
    parts = _parts()
    text = parts["xl/workbook.xml"].decode().split("?>", 1)[1].lstrip()
    declared = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x [<!ENTITY a "b">]>' + text
    parts["xl/workbook.xml"] = declared.encode("utf-16")
    return packed(*parts.items())


def _giant_string(size: int) -> bytes:
    """One cell of `size` bytes, of which no two kilobytes are alike enough for a bomb."""
    letters = b"".join(b"%06x" % (number * 7919 % 16**6) for number in range(size // 6))
    return changed("xl/sharedStrings.xml", b"<t>Email</t>", b"<t>%b</t>" % letters)


_CELLS = b'<row r="1"><c r="A1"/></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'


WORKBOOKS: list[Refused | Read] = [
    Refused(
        "far apart.xlsx", changed(SHEET, b'<c r="C2"', b'<c r="XFD1048576"'), "20,000,000 cell"
    ),
    Refused(
        "far rows.xlsx", changed(SHEET, b"</sheetData>", _CELLS + b"</sheetData>"), "1,048,576"
    ),
    Refused("50 M rows.xlsx", changed(SHEET, b'ref="A1:C2"', b'ref="A1:C50000000"'), "50,000,000"),
    Refused("entities.xlsx", _bomb_of_entities(), "declares XML entities"),
    Refused("late entities.xlsx", _late_entities(), "declares XML entities"),
    Refused("wide entities.xlsx", _wide_entities(), "declares XML entities"),
    Refused(
        "external.xlsx",
        changed(SHEET, b"<", b"<", xl__externalLinks__externalLink1__xml=b"<a/>"),
        "links to other files",
    ),
    Refused(
        "outside part.xlsx",
        changed("xl/_rels/workbook.xml.rels", b"worksheets/sheet1.xml", b"../../../etc/passwd"),
        "damaged workbook|no sheet with a table",
    ),
    Refused(
        "absolute part.xlsx",
        changed("xl/_rels/workbook.xml.rels", b"worksheets/sheet1.xml", b"file:///etc/passwd"),
        "damaged workbook|no sheet with a table",
    ),
    Refused(
        "no sheet.xlsx", changed("xl/workbook.xml", b"<sheets>", b"<gone>"), "damaged workbook"
    ),
    Refused("deep.xlsx", changed("xl/workbook.xml", b"<sheets>", b"<a>" * 90_000), "damaged workb"),
    Refused("truncated.xlsx", workbook(ROW)[:-300], "its end is missing"),
    *(
        Refused(
            f"{encoding}.xlsx",
            changed(
                "xl/sharedStrings.xml", b'encoding="UTF-8"', b'encoding="%b"' % encoding.encode()
            ),
            "damaged workbook",
        )
        for encoding in ("UTFv8", "shift_jis", "hex")
    ),
    Refused(
        "no directory.xlsx",
        workbook(ROW).replace(b"PK\x01\x02", b"PK\x01\x01", 1),
        "is a damaged archive",
    ),
    Refused(
        "no directory.xlsx.gz",
        gzipped(workbook(ROW).replace(b"PK\x01\x02", b"PK\x01\x01", 1)),
        "is a damaged archive",
    ),
    Refused("header only.xlsx", workbook(), "holds a header and no records"),
    Refused("no mimetype.ods", packed(("content.xml", b"<a/>"), ("meta.xml", b"<a/>")), "holds 2"),
    Refused(
        "sheet.ods",
        packed(("mimetype", b"application/vnd.oasis.opendocument.spreadsheet")),
        "is an OpenDocument file",
    ),
    Refused(
        "binary.xlsb",
        packed(("[Content_Types].xml", b"<a/>"), ("xl/workbook.bin", b"")),
        "is a binary workbook",
    ),
    Read("giant string.xlsx", _giant_string(3_000_000), kept=1),
    Read(
        "formulas.xlsx",
        workbook(("L1", "2026-01-01", "=1/0"), (*ROW[:2], "=cmd|' /C calc'!A0")),
        1,
    ),
    Refused(
        "serials.xlsx",
        workbook(("L1", 1e299, "x"), ("L2", 1e300, "y")),
        "all 2 rows were rejected",
    ),
]
