"""Tables to take away, as CSV and as a workbook, that no spreadsheet takes for formulas."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from functools import partial

import polars as pl
import streamlit as st

from data.formulas import inert
from metrics.period import Period

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_-]+")


def file_stem(what: str, period: Period | None = None) -> str:
    """A file name without its ending: what is in it, and of which days.

    >>> from datetime import date
    >>> file_stem("stage_conversion", Period(date(2026, 1, 1), date(2026, 3, 31)))
    'stage_conversion_2026-01-01_2026-03-31'
    """
    days = f"_{period.start}_{period.end}" if period else ""
    return _NOT_IN_A_NAME.sub("_", what) + days


def to_csv(frame: pl.DataFrame) -> bytes:
    """UTF-8 with a byte-order mark, so that spreadsheets read every script.

    >>> to_csv(pl.DataFrame({"name": ["=1+1"]})).decode("utf-8-sig")
    "name\\n'=1+1\\n"
    """
    return inert(frame).write_csv(include_bom=True).encode()


def to_workbook(frame: pl.DataFrame) -> bytes:
    """A workbook with one sheet; text stays text, days are days, amounts are numbers."""
    return parts_to_workbook([frame])


def parts_to_csv(parts: Iterable[pl.DataFrame]) -> bytes:
    """As `to_csv`, of rows that come part by part; the first part has the columns."""
    buffer = io.BytesIO()
    for place, part in enumerate(parts):
        inert(part).write_csv(buffer, include_bom=not place, include_header=not place)
    return buffer.getvalue()


def parts_to_workbook(parts: Iterable[pl.DataFrame]) -> bytes:
    """As `to_workbook`, of rows that come part by part, as many as a sheet holds."""
    import xlsxwriter  # only who downloads a workbook waits for it

    buffer = io.BytesIO()
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": True,
        "default_date_format": "yyyy-mm-dd",
    }
    with xlsxwriter.Workbook(buffer, options) as workbook:
        sheet = workbook.add_worksheet()
        sheet.freeze_panes(1, 0)
        line = 0
        for part in parts:
            if not line:
                sheet.write_row(0, 0, part.columns, workbook.add_format({"bold": True}))
                line = 1
            for row in inert(part).iter_rows():
                for place, value in enumerate(row):
                    if value is not None:
                        written = float(value) if isinstance(value, Decimal) else value
                        sheet.write(line, place, written)
                line += 1
    return buffer.getvalue()


SHEET_ROWS = 1_048_575
"""So many rows a sheet has below its head."""


def offer_streamed(
    parts: Callable[[], Iterator[pl.DataFrame]], stem: str, *, rows: int, place: str = ""
) -> None:
    """Buttons as `offer_downloads`, of rows that the engine hands over part by part.

    More rows than a sheet has are offered as CSV alone, which is said.
    """
    kinds = [("CSV", *_KINDS[0][1:3], parts_to_csv), ("Excel", *_KINDS[1][1:3], parts_to_workbook)]
    with st.container(horizontal=True, gap="medium"):
        for label, ending, kind, write in kinds if rows <= SHEET_ROWS else kinds[:1]:
            st.download_button(
                f"{label}, all {rows:,}",
                partial(lambda write: write(parts()), write),
                f"{stem}.{ending}",
                kind,
                key=f"{place}{stem}.{ending}",
                on_click="ignore",
                type="tertiary",
                icon=":material/download:",
                help=f"Download {stem}.{ending}",
            )
    if rows > SHEET_ROWS:
        st.caption(f"An Excel sheet holds {SHEET_ROWS:,} rows: all of these come as CSV.")


def offer_downloads(frame: Callable[[], pl.DataFrame], stem: str, place: str = "") -> None:
    """A button for each kind of file. The rows are fetched when one is pressed.

    `place` distinguishes the buttons where a page offers the same file twice.
    """
    with st.container(horizontal=True, gap="medium"):
        for label, ending, kind, written in _KINDS:
            st.download_button(
                label,
                partial(_written, written, frame),
                f"{stem}.{ending}",
                kind,
                key=f"{place}{stem}.{ending}",
                on_click="ignore",
                type="tertiary",
                icon=":material/download:",
                help=f"Download {stem}.{ending}",
            )


_KINDS: tuple[tuple[str, str, str, Callable[[pl.DataFrame], bytes]], ...] = (
    ("CSV", "csv", "text/csv", to_csv),
    (
        "Excel",
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        to_workbook,
    ),
)
"""Of each kind of file: what its button says, ending, media type, and how it is written."""


def _written(write: Callable[[pl.DataFrame], bytes], frame: Callable[[], pl.DataFrame]) -> bytes:
    return write(frame())
