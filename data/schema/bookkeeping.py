"""Contracts of the tables that loading itself keeps: what was loaded, refused and restated."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

import polars as pl

from data.schema.contract import Contract, Timestamp
from data.schema.frames import pa


class DatedBy(StrEnum):
    """What says when a file was true."""

    GIVEN = "given"
    """Whoever loaded it."""
    FILE = "file"
    """The export itself: a line above its header, or the properties of a workbook."""
    NAME = "name"
    """The day or time in the file's name."""
    CHANGED = "changed"
    """When it was last changed."""


class Load(Contract):
    """One row per file loaded.

    What it says was true at `as_of`, as `as_of_by` tells. Of several that were true at one time the
    one with the greater `tie_break` counts as the newer (`loaders.dating.export_time`).
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["load_id"]

    load_id: str
    file_name: str
    sha256: str
    mapping: str
    rows_read: int = pa.Field(ge=0)
    rows_kept: int = pa.Field(ge=0)
    rows_changed: int = pa.Field(ge=0)
    rows_rejected: int = pa.Field(ge=0)
    as_of: Timestamp
    started_at: Timestamp
    finished_at: Timestamp
    as_of_by: str = pa.Field(nullable=True, isin=[each.value for each in DatedBy])
    tie_break: str = pa.Field(nullable=True)


class SampleLoad(Contract):
    """One row per load whose file was an export of the made-up company."""

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["load_id"]

    load_id: str


class RejectionKind(StrEnum):
    """What is wrong with a refused row; the reason says it in words."""

    UNMAPPED = "unmapped"
    """The mapping has no translation for the value."""
    UNREADABLE = "unreadable"
    """The text is not of the column's kind: no date, no number, no id."""
    MISSING = "missing"
    """A value that the table needs is not there."""
    NOT_ALLOWED = "not allowed"
    """The value is none of those that the column may have."""
    OUT_OF_RANGE = "out of range"
    """The number or date is beyond the bounds of the column."""
    MALFORMED = "malformed"
    """The text is not written as the column needs it, such as a currency code."""
    DUPLICATE = "duplicate"
    """An earlier row of the file has the same key and says something else."""
    DAMAGED = "damaged"
    """The record itself could not be read from the file."""


class RejectedRow(Contract):
    """One row per refused row and reason; personal values are masked.

    `kind` is what to count by and to ask for; `reason` is the sentence for whoever repairs the row.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["load_id", "line", "reason", "column"]

    load_id: str
    line: int = pa.Field(ge=1)
    kind: str = pa.Field(isin=[kind.value for kind in RejectionKind])
    reason: str
    column: str = pa.Field(nullable=True)
    value: str = pa.Field(nullable=True)
    row: str


class RewrittenValue(Contract):
    """One row per load, column of its file and text that was kept as another one.

    `becomes` is what it was read as: a `city`, a `country`, or the key of a `company` that the file
    spells in several ways. `original` is the text as written, at most 60 characters, with # for
    digits, since people type addresses into such columns; `rows` of the file have it.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["load_id", "column", "becomes", "original", "standard"]

    load_id: str
    column: str
    becomes: str = pa.Field(isin=("city", "country", "company"))
    original: str
    standard: str
    rows: int = pa.Field(ge=1)


class RemarkKind(StrEnum):
    """What a remark of a load is about; the sentence says it in words."""

    CURRENCY = "currency"
    """Amounts that name no currency, or by a sign that several currencies have."""
    MARKS = "marks"
    """Decimal and thousands marks that the file itself shows."""
    DATES = "dates"
    """Dates and times in a form that the file itself shows."""
    TIME_ZONE = "time zone"
    """Times without a time zone."""
    REPEATED_ROWS = "repeated rows"
    """Rows without an id that repeat another one exactly."""
    NO_RECORDS = "no records"
    """Rows that are no records, such as sums and the lines below a report."""
    IDS = "ids"
    """Ids that look wrong."""
    COLUMNS = "columns"
    """Columns that are there twice, suddenly empty, or not used though their values matter."""
    EXPORT_TIME = "export time"
    """When the file was true, where it says so in two ways."""
    SAME_TIME = "same time"
    """Files of the same time that contradict each other."""
    REPLACED_SPEND = "replaced spend"
    """Days of an ad account that a newer report tells."""
    CAMPAIGNS = "campaigns"
    """Campaigns with several channels, products, regions or tools in one file of spend."""
    SPEND_TWICE = "spend twice"
    """Spend that two reports tell alike of two accounts, as of one that was renamed."""
    SHEETS = "sheets"
    """Sheets of a workbook that were not read."""
    MAPPINGS = "mappings"
    """Mappings of one's own that are not finished."""


class LoadRemark(Contract):
    """One row per load and thing to know of how its file was read; nothing was refused for it.

    `kind` is what to count by, `column` the file's header it is about, `rows` how many rows it is
    about (0 where it is about the file), `sentence` what to know, without personal values.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["load_id", "kind", "sentence"]

    load_id: str
    kind: str = pa.Field(isin=[kind.value for kind in RemarkKind])
    column: str = pa.Field(nullable=True)
    rows: int = pa.Field(ge=0)
    sentence: str


class FullExport(Contract):
    """One row per load whose file was declared to have every record of its kind."""

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["load_id"]

    load_id: str


class LoadColumn(Contract):
    """One row per load and column of a canonical table that its file tells of each of its records.

    Of such a column an empty cell says that there is no value; of others the load says nothing. Of
    `stage_change` the stages are named for which the file has a column of dates.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["load_id", "table_name", "column_name"]

    load_id: str
    table_name: str
    column_name: str


class FilledColumn(Contract):
    """One row per load and column of its mapping that its file has: how many rows have a value.

    `column` is the file's header, `name` what the mapping calls it. `rows` are those that were
    looked at, the first ones of a long file; of these `filled` have a value.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["load_id", "name"]

    load_id: str
    name: str
    column: str
    filled: int = pa.Field(ge=0)
    rows: int = pa.Field(ge=0)


class DerivedLoad(Contract):
    """One row per load that the derived tables were built from, and under which definitions.

    `definitions` is the SHA-256 of all terms.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["load_id"]

    load_id: str
    definitions: str


class Cause(StrEnum):
    """Why a number of a closed month changed."""

    FIRST_LOAD = "first_load"
    """Rows of the first load of a kind of file: nothing reported them before."""
    NEW_ROWS = "new_rows"
    """Rows that were not known before, of a kind of file that was."""
    CHANGED_ROWS = "changed_rows"
    """Known rows say something else now."""
    RETIRED = "retired"
    """Known records were deleted or merged in their source, or have vanished from it."""
    MERGE = "merge"
    """Known records have come to belong to another person or company."""
    DEFINITION = "definition"
    """The definitions changed."""


class Restatement(Contract):
    """One row per closed month, metric, segment, load and cause of a change.

    `metric` is a stage (leads who reached it in the month), `won_amount` or `spend_amount`. The
    segment `total` of the dimension `total` is everything. Where a number changed for several
    reasons at once each has its row, going on from where the one before ended. No load (null) is
    named for what the definitions changed; each time they do, there is another row.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = [
            "load_id",
            "month_on",
            "metric",
            "dimension",
            "segment",
            "cause",
        ]

    load_id: str = pa.Field(nullable=True)
    month_on: pl.Date
    metric: str
    dimension: str = pa.Field(isin=("total", "channel"))
    segment: str
    before: float = pa.Field(nullable=True)
    after: float = pa.Field(nullable=True)
    cause: str = pa.Field(isin=[cause.value for cause in Cause])


LOADS_IN_ORDER = """
SELECT load_id, row_number() OVER (
    ORDER BY as_of, coalesce(tie_break, ''), sha256, load_id
) AS place FROM load
"""
"""SELECT of the place of each load among all: a later load wins.

The digest decides only where a file of one name was changed at one time, or says the same.
"""
