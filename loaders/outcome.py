"""What became of a file (`Outcome`), or would become of it (`Preview`)."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, JsonValue

from loaders.proposing.evidence import Evidence
from loaders.proposing.proposal import ProposedColumn


class Message(BaseModel):
    """A value that travels between the processes of a load, as one line of JSON."""

    model_config = ConfigDict(frozen=True)


class Status(StrEnum):
    """What became of a file."""

    LOADED = "loaded"
    ALREADY_LOADED = "already loaded"
    FAILED = "failed"


class Reason(Message):
    """Why rows were refused: how many, and the first of them as an example.

    `kind` is one of the kinds of the table `rejected_row`, `reason` the sentence.
    """

    kind: str
    reason: str
    column: str | None
    rows: int
    line: int
    value: str | None

    def sentence(self, file_name: str) -> str:
        """The example as one sentence.

        >>> reason = Reason(
        ...     kind="missing", reason="is missing", column="Email", rows=3, line=7, value=None
        ... )
        >>> reason.sentence("a.csv")
        'a.csv line 7: Email is missing (3 rows)'
        """
        value = f' "{self.value}"' if self.value is not None else ""
        column = f" {self.column}" if self.column else ""
        times = f" ({self.rows:,} rows)" if self.rows > 1 else ""
        return f"{file_name} line {self.line}:{column}{value} {self.reason}{times}"


class TakenOut(Message):
    """In how many values of a column an e-mail address or a phone number was hidden."""

    column: str
    values: int

    @property
    def sentence(self) -> str:
        """It as one sentence.

        >>> TakenOut(column="Notes", values=1200).sentence
        'Notes: an e-mail address or a phone number was hidden in 1,200 values'
        """
        what = "an e-mail address or a phone number was hidden"
        return f"{self.column}: {what} in {self.values:,} value{'s' if self.values > 1 else ''}"


class Remark(Message):
    """What to know of how a file was read: nothing was refused for it.

    `kind` is one of the kinds of the table `load_remark`, `rows` how many rows it is about, 0 where
    it is about the file; `sentence` says all of it.
    """

    kind: str
    sentence: str
    column: str | None = None
    rows: int = 0


class Question(Message):
    """What to ask of a file whose column can be read in two ways, or is there twice.

    `readings` says what the value is in each; `answers` are what to say for them, in the same
    order, to `option` of the command line. `value` is None where several columns have the name,
    each with a value of its own.
    """

    column: str
    line: int
    value: str | None = None
    readings: tuple[str, ...]
    answers: tuple[str, ...]
    option: str

    def sentence(self, file_name: str) -> str:
        """It as one sentence.

        >>> Question(
        ...     column="Closed",
        ...     line=2,
        ...     value="03/04/2026",
        ...     readings=("%d/%m/%Y: 3 April 2026", "%m/%d/%Y: 4 March 2026"),
        ...     answers=("%d/%m/%Y", "%m/%d/%Y"),
        ...     option="--dates",
        ... ).sentence("a.csv")
        'a.csv line 2: Closed "03/04/2026" is %d/%m/%Y: 3 April 2026, or %m/%d/%Y: 4 March 2026.'
        """
        readings = ", or ".join(self.readings)
        if self.value is None:
            several = len(self.readings)
            return (
                f"{file_name} line {self.line}: {several} columns are called {self.column}. Which "
                f"is meant: {readings}?"
            )
        return f'{file_name} line {self.line}: {self.column} "{self.value}" is {readings}.'

    @property
    def asks(self) -> str:
        """What to ask where the readings stand below to be chosen.

        >>> Question(
        ...     column="Amount", line=3, readings=(), answers=(), option="--column"
        ... ).asks
        'which of the columns with this name is meant? They differ on line 3.'
        """
        if self.value is None:
            return f"which of the columns with this name is meant? They differ on line {self.line}."
        return f'what is "{self.value}" on line {self.line}?'


class Said(Message):
    """What somebody said of a file that can be read in two ways: the answers to its questions.

    `columns` are those to read where several have one name.
    """

    dates: tuple[str, ...] = ()
    decimal: str | None = None
    columns: tuple[str, ...] = ()
    sheet: str | None = None
    """The sheet of a workbook to read, in place of its first one."""

    def part_of(self, file: str) -> str:
        """What is read of a file, by its name or digest: all of it, or the chosen sheet.

        >>> Said().part_of("book.xlsx"), Said(sheet="May").part_of("book.xlsx")
        ('book.xlsx', 'book.xlsx, sheet May')
        """
        return file if self.sheet is None else f"{file}, sheet {self.sheet}"

    @property
    def identity(self) -> str:
        """Different for readings of a file that differ by it; empty where nothing was said.

        >>> Said().identity, Said(dates=("%d/%m/%Y",)).identity
        ('', ':%d/%m/%Y:')
        """
        if self == Said():
            return ""
        columns = f":{'|'.join(self.columns)}" if self.columns else ""
        sheet = f":sheet {self.sheet}" if self.sheet is not None else ""
        return f":{'|'.join(self.dates)}:{self.decimal or ''}{columns}{sheet}"


NOTHING_SAID = Said()


class Counts(Message):
    """Rows of one file: read = kept + unchanged + rejected; skipped rows are no data.

    `rows_unchanged` repeat an earlier row of the file exactly, or are older versions of one;
    `rows_changed` are those kept rows that changed a record which an earlier load had brought.
    """

    rows_read: int = 0
    rows_kept: int = 0
    rows_changed: int = 0
    rows_unchanged: int = 0
    rows_rejected: int = 0
    rows_skipped: int = 0
    taken_out: tuple[TakenOut, ...] = ()
    remarks: tuple[Remark, ...] = ()


class Outcome(Counts):
    """What became of one file, with the counts of its rows; all 0 when it was not loaded."""

    file_name: str
    status: Status
    mapping: str | None = None
    title: str | None = None
    load_id: str | None = None
    replaced: str | None = None
    encoding: str | None = None
    reasons: tuple[Reason, ...] = ()
    questions: tuple[Question, ...] = ()
    message: str = ""

    def with_more(self, remarks: tuple[Remark, ...]) -> Outcome:
        """The same outcome, with more to know."""
        return self.model_copy(update={"remarks": (*self.remarks, *remarks)}) if remarks else self


class ColumnUse(BaseModel):
    """A column of the file and the canonical columns it feeds, as `table.column`."""

    model_config = ConfigDict(frozen=True)

    header: str
    feeds: tuple[str, ...]


class Preview(BaseModel):
    """What loading a file would give, tried on its first rows.

    Without a mapping that fits, `mapping` is None, `message` says what is missing, `proposed_toml`
    is a mapping to edit, `table` the table that the rows seem to be of, `proposed` says what each
    column seems to be, `evidence` what its values look like, `word_rows` how many rows of the file
    have each word of a column with few, `reasons` why lines cannot be read at all, and `sums` how
    lines of sums begin.
    Personal values are left out of `evidence` and masked in `source_rows`; `result_rows` are by
    table. `rows` is the number of records in the whole file, `rows_tried` how many of
    them were tried. `draft_of` is the mapping that fits, where one does and a copy of it to edit
    was asked for; `mapped` then has what each column is by it, and `begun_anew` what columns alone
    cannot show of it. `other_sheets` are those of its workbook beside the one that
    was read, which it is where `message` says that it holds no records.
    """

    model_config = ConfigDict(frozen=True)

    file_name: str
    mapping: str | None = None
    title: str | None = None
    message: str = ""
    proposed_toml: str = ""
    draft_of: str | None = None
    mapped: dict[str, str] = {}
    begun_anew: tuple[str, ...] = ()
    sheet: str | None = None
    other_sheets: tuple[str, ...] = ()
    table: str = ""
    evidence: dict[str, Evidence] = {}
    sums: dict[str, tuple[str, ...]] = {}
    word_rows: dict[str, dict[str, int]] = {}
    proposed: tuple[ProposedColumn, ...] = ()
    encoding: str | None = None
    rows: int = 0
    rows_tried: int = 0
    rows_rejected: int = 0
    columns: tuple[ColumnUse, ...] = ()
    source_rows: tuple[dict[str, JsonValue], ...] = ()
    result_rows: dict[str, tuple[dict[str, JsonValue], ...]] = {}
    reasons: tuple[Reason, ...] = ()
    taken_out: tuple[TakenOut, ...] = ()
    remarks: tuple[Remark, ...] = ()
    questions: tuple[Question, ...] = ()
