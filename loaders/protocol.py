"""What the parent of a load asks of its child process, and what it is told."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True)


class OpenTask(_Message):
    """Open the draft that all later tasks are about; the first task, and only the first."""

    task: Literal["open"] = "open"
    draft: Path
    store: Path
    engine_memory: str


class LoadTask(_Message):
    """Load one file into the draft, under the named mapping or the one that fits."""

    task: Literal["load"] = "load"
    path: Path
    mapping: str | None = None
    mappings: Path | None = None
    as_of: datetime
    """When what the file says was true. UTC, without zone."""


class UndoTask(_Message):
    """Take one load out of the draft."""

    task: Literal["undo"] = "undo"
    load_id: str


class DeriveTask(_Message):
    """Rebuild the derived tables of the draft."""

    task: Literal["derive"] = "derive"
    engine_memory: str
    """Deriving joins whole tables, and reads nothing from outside: it may use more than a load."""


class PreviewTask(_Message):
    """Show what loading a file would give, without a store."""

    task: Literal["preview"] = "preview"
    path: Path
    mapping: str | None = None
    mappings: Path | None = None
    rows: int = 50


Task = Annotated[
    OpenTask | LoadTask | UndoTask | DeriveTask | PreviewTask, Field(discriminator="task")
]
TASK: TypeAdapter[Task] = TypeAdapter(Task)


class Status(StrEnum):
    """What became of a file."""

    LOADED = "loaded"
    ALREADY_LOADED = "already loaded"
    FAILED = "failed"


class Reason(_Message):
    """Why rows were refused: how many, and the first of them as an example."""

    reason: str
    column: str | None
    rows: int
    line: int
    value: str | None

    def sentence(self, file_name: str) -> str:
        """The example as one sentence.

        >>> reason = Reason(reason="is missing", column="Email", rows=3, line=7, value=None)
        >>> reason.sentence("a.csv")
        'a.csv line 7: Email is missing (3 rows)'
        """
        value = f' "{self.value}"' if self.value is not None else ""
        column = f" {self.column}" if self.column else ""
        times = f" ({self.rows:,} rows)" if self.rows > 1 else ""
        return f"{file_name} line {self.line}:{column}{value} {self.reason}{times}"


class TakenOut(_Message):
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


class Outcome(_Message):
    """What became of one file. `rows_read` = kept + unchanged + rejected; skipped rows are no data.

    `rows_unchanged` repeat an earlier row of the file exactly, or are older versions of one;
    `rows_changed` are those kept rows that changed a record which an earlier load had brought.
    """

    file_name: str
    status: Status
    mapping: str | None = None
    title: str | None = None
    load_id: str | None = None
    replaced: str | None = None
    rows_read: int = 0
    rows_kept: int = 0
    rows_changed: int = 0
    rows_unchanged: int = 0
    rows_rejected: int = 0
    rows_skipped: int = 0
    taken_out: tuple[TakenOut, ...] = ()
    encoding: str | None = None
    reasons: tuple[Reason, ...] = ()
    message: str = ""


class Progress(_Message):
    """How far the work on a file is: opening, reading, standardising, checking or writing.

    One event when a phase begins; while it lasts, some each second where it is known how far it
    is. With an empty `file_name` it is about all files: deriving, publishing, or taking out.
    """

    event: Literal["progress"] = "progress"
    file_name: str
    phase: str
    rows: int | None = None
    """Rows done so far in this phase, where the engine tells."""
    of: int | None = None
    """Rows of the file, once they are counted."""
    share: float | None = None
    """Part of the work that is done, 0 to 1, roughly: on the file, or deriving all tables."""


class Loaded(_Message):
    """The answer to a LoadTask."""

    event: Literal["outcome"] = "outcome"
    outcome: Outcome


class Done(_Message):
    """The answer to a task that has nothing to tell."""

    event: Literal["done"] = "done"


class Shown(_Message):
    """The answer to a PreviewTask: a Preview as JSON."""

    event: Literal["shown"] = "shown"
    content: str


class Failed(_Message):
    """The task failed; the message is fit to be shown."""

    event: Literal["failed"] = "failed"
    kind: str
    message: str


Event = Annotated[Progress | Loaded | Done | Shown | Failed, Field(discriminator="event")]
EVENT: TypeAdapter[Event] = TypeAdapter(Event)
