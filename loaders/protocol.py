"""The messages between a command and its child process: tasks one way, events the other."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from loaders.outcome import Message, Outcome, Remark, Said


class OpenTask(Message):
    """Open the draft that all later tasks are about; the first task, and only the first."""

    task: Literal["open"] = "open"
    draft: Path
    store: Path
    """Where the keys are that loaded rows get; a preview asks for none."""
    engine_memory: str
    process_bytes: int
    """How much memory the process may write to from now on."""
    work: Path
    """Folder for copies of what it reads, removed with the process."""
    environment: str
    """All variables of the parent, as JSON in ASCII: values need not be valid Unicode."""


class LoadTask(Message):
    """Load one file into the draft, under the named mapping or the one that fits."""

    task: Literal["load"] = "load"
    path: Path
    mapping: str | None = None
    mappings: Path | None = None
    as_of: datetime | None = None
    """When what the file says was true, UTC without zone; None: what the file itself says."""
    said: Said = Said()
    full_export: bool = False
    """Whether the file has every record of its kind, so that one that it lacks has vanished."""


class UndoTask(Message):
    """Take one load out of the draft."""

    task: Literal["undo"] = "undo"
    load_id: str


class DeriveTask(Message):
    """Rebuild the derived tables of the draft."""

    task: Literal["derive"] = "derive"
    engine_memory: str
    """Deriving joins whole tables, and reads nothing from outside: it may use more than a load."""


class PreviewTask(Message):
    """Show what loading a file would give, without a store."""

    task: Literal["preview"] = "preview"
    path: Path
    mapping: str | None = None
    mappings: Path | None = None
    rows: int = 50
    said: Said = Said()
    draft: bool = False
    """Whether to show a mapping to edit, also where one fits."""


Task = Annotated[
    OpenTask | LoadTask | UndoTask | DeriveTask | PreviewTask, Field(discriminator="task")
]

TASK: TypeAdapter[Task] = TypeAdapter(Task)


class Progress(Message):
    """How far the work on a file is: opening, reading, standardising, checking or writing.

    One event when a phase begins; while it lasts, some each second where it is known how far it
    is. With an empty `file_name` it is about all files: deriving, publishing, or taking out.
    """

    event: Literal["progress"] = "progress"
    file_name: str
    phase: str
    rows: int | None = None
    """Rows done so far in this phase, where the engine knows."""
    of: int | None = None
    """Rows of the file, once they are counted."""
    share: float | None = None
    """Part of the work that is done, 0 to 1, roughly: on the file, or deriving all tables."""


class Loaded(Message):
    """The answer to a LoadTask."""

    event: Literal["outcome"] = "outcome"
    outcome: Outcome


class Done(Message):
    """The answer to a task without a result."""

    event: Literal["done"] = "done"


class Derived(Message):
    """The answer to a DeriveTask: what to know of each load beside the others."""

    event: Literal["derived"] = "derived"
    remarks: dict[str, tuple[Remark, ...]]


class Shown(Message):
    """The answer to a PreviewTask: a Preview as JSON."""

    event: Literal["shown"] = "shown"
    content: str


class Failed(Message):
    """The task failed; its problems are fit to be shown."""

    event: Literal["failed"] = "failed"
    kind: str
    problems: tuple[str, ...]


Event = Annotated[Progress | Loaded | Done | Derived | Shown | Failed, Field(discriminator="event")]

EVENT: TypeAdapter[Event] = TypeAdapter(Event)
