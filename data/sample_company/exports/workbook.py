"""The webinar attendance workbook, written row by row so that its size does not matter."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path
from typing import Self

import polars as pl
import xlsxwriter

MOST_ROWS = 500_000
"""A sheet ends at 1,048,576 rows; attendance beyond this many rows is not written."""


class WebinarWorkbook:
    """A workbook with one sheet, `Attendees`; `rows` counts what was written below the header.

    It says that it was made on the day `made_on`, which is when its attendance was true.
    """

    def __init__(self, path: Path, made_on: date) -> None:
        self._book = xlsxwriter.Workbook(path, {"constant_memory": True})
        self._book.set_properties({"created": datetime.combine(made_on, time.min)})
        self._sheet = self._book.add_worksheet("Attendees")
        self.rows = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._book.close()

    def append(self, frame: pl.DataFrame) -> None:
        """Write the frame's rows below those already written, the header first."""
        if self.rows == 0:
            self._sheet.write_row(0, 0, frame.columns)
        for row in frame.head(MOST_ROWS - self.rows).iter_rows():
            self.rows += 1
            for column, value in enumerate(row):
                if isinstance(value, str):
                    self._sheet.write_string(self.rows, column, value)
                elif value is not None:
                    self._sheet.write_number(self.rows, column, value)
