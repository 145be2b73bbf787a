"""Loading files into a store: all of them in one new generation, each whole or not at all."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from data.errors import SourceError, StoreError
from data.privacy.contacts import without_contacts
from data.storage.store import NothingToPublish, Store
from loaders.outcome import NOTHING_SAID, Outcome, Remark, Said, Status
from loaders.process.worker import (
    USUAL_LIMITS,
    Worker,
    WorkerDiedError,
    WorkerLimits,
    WorkerTooSlowError,
)
from loaders.protocol import Derived, DeriveTask, Event, Loaded, LoadTask, Progress, UndoTask


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """How files are loaded: under which mapping, from which folder of mappings, as of when.

    `as_of` None means what the file says: its own time, else the day in its name, else its time of
    change. With `full_export` the files have every record of their kind. A dry run does everything
    and publishes nothing. `said` is what somebody said of files that can be read in two ways.
    """

    mapping: str | None = None
    mappings: Path | None = None
    as_of: datetime | None = None
    full_export: bool = False
    dry_run: bool = False
    said: Said = NOTHING_SAID
    limits: WorkerLimits = USUAL_LIMITS


def silent(progress: Progress) -> None:
    """Report progress to nobody."""


def load(
    store: Store,
    paths: Iterable[Path],
    options: LoadOptions = LoadOptions(),
    *,
    on_progress: Callable[[Progress], None] = silent,
    on_wait: Callable[[str], None] | None = None,
) -> list[Outcome]:
    """Load files; returns what became of each, in their order.

    `paths` is asked for the next file when the one before is done. A file that fails leaves no
    trace and the others go on. A generation is published when at least one file was loaded. Raises
    StoreError when the store cannot be written.
    """
    outcomes: list[Outcome] = []
    crew = _Crew(store, options.limits, on_progress)
    # Entered twice: it must be gone before the draft is, and also when there never was a draft.
    with crew, store.writing(on_wait) as draft, crew:
        for path in paths:
            outcomes.append(crew.load(draft, path, options))
        if not any(outcome.status is Status.LOADED for outcome in outcomes):
            raise NothingToPublish
        on_progress(Progress(file_name="", phase="deriving"))
        remarks = crew.finish(draft)
        outcomes = [each.with_more(remarks.get(each.load_id or "", ())) for each in outcomes]
        if options.dry_run:
            raise NothingToPublish
        on_progress(Progress(file_name="", phase="publishing"))
    return outcomes


def undo(
    store: Store,
    *load_ids: str,
    limits: WorkerLimits = USUAL_LIMITS,
    on_progress: Callable[[Progress], None] = silent,
    on_wait: Callable[[str], None] | None = None,
) -> None:
    """Take loads out of the store, as if their files had never been loaded: all, or none of them.

    One generation is published. Raises BackcastError when one of the loads is not there.
    """
    with store.writing(on_wait) as draft, Worker(limits, store.path) as worker:
        worker.open(draft, store.path)
        for number, load_id in enumerate(load_ids):
            share = number / len(load_ids)
            on_progress(Progress(file_name="", phase="taking out", share=share))
            with _no_file_at_fault():
                worker.ask(UndoTask(load_id=load_id), on_progress)
        with _no_file_at_fault():
            worker.ask(DeriveTask(engine_memory=limits.deriving_memory), on_progress)
        on_progress(Progress(file_name="", phase="publishing"))


class _Crew:
    """The worker of a command, replaced by a new one when it dies."""

    def __init__(
        self, store: Store, limits: WorkerLimits, on_progress: Callable[[Progress], None]
    ) -> None:
        self._store = store
        self._limits = limits
        self._on_progress = on_progress
        self._spare: Worker | None = Worker(limits, store.path)
        self._worker: Worker | None = None
        self._files_read = 0

    def load(self, draft: Path, path: Path, options: LoadOptions) -> Outcome:
        try:
            task = LoadTask(
                path=_existing(path),
                mapping=options.mapping,
                mappings=options.mappings,
                as_of=_in_utc(options.as_of),
                said=options.said,
                full_export=options.full_export,
            )
            event = self._ask(draft, task)
        except WorkerDiedError as error:
            self._dismiss()
            return _failed(path, f"{path.name} {error}. Split it into smaller files, or repair it.")
        except SourceError as error:
            return _failed(path, str(error))
        if not isinstance(event, Loaded):
            raise TypeError(f"the worker answered a load with {event}")
        return event.outcome

    def _ask(self, draft: Path, task: LoadTask) -> Event:
        """Have a file read; once more by a new worker when one dies that has read others.

        What those left behind in its memory is not the fault of this one.
        """
        try:
            event = self._at_work(draft).ask(task, self._on_progress)
        except WorkerTooSlowError:
            raise
        except WorkerDiedError:
            if not self._files_read:
                raise
            self._dismiss()
            event = self._at_work(draft).ask(task, self._on_progress)
        self._files_read += 1
        return event

    def finish(self, draft: Path) -> dict[str, tuple[Remark, ...]]:
        """Derive, and have the draft closed; returns what to know of each load beside the others.

        By a new worker where several files were read: what they left behind in the old one's memory
        would be missing here, where all that is loaded is worked on.
        """
        if self._worker is not None and self._files_read > 1:
            self._worker.close()
            self._worker = None
        with _no_file_at_fault():
            worker = self._at_work(draft)
            task = DeriveTask(engine_memory=self._limits.deriving_memory)
            event = worker.ask(task, self._on_progress)
        worker.close()
        self._worker = None
        if not isinstance(event, Derived):
            raise TypeError(f"the worker answered a derivation with {event}")
        return event.remarks

    def _at_work(self, draft: Path) -> Worker:
        if self._worker is None:
            self._worker = self._spare or Worker(self._limits, self._store.path)
            self._spare = None
            self._worker.open(draft, self._store.path)
        return self._worker

    def _dismiss(self) -> None:
        """End the worker whatever it is doing."""
        for worker in (self._worker, self._spare):
            if worker is not None:
                worker.kill()
        self._worker = self._spare = None
        self._files_read = 0

    def __enter__(self) -> _Crew:
        return self

    def __exit__(self, *error: object) -> None:
        self._dismiss()


@contextmanager
def _no_file_at_fault() -> Iterator[None]:
    """A process that dies over the whole store fails the command, and no file of it."""
    try:
        yield
    except WorkerDiedError as error:
        raise StoreError(
            f"Nothing was published, because the data {error}. "
            "The store is as it was before. Free some memory and try again."
        ) from error


def _failed(path: Path, message: str) -> Outcome:
    return Outcome(
        file_name=without_contacts(_written(path.name)),
        status=Status.FAILED,
        message=without_contacts(message),
    )


def _written(name: str) -> str:
    """A name with escapes for the bytes in it that are no text."""
    return name.encode("utf-8", "backslashreplace").decode()


def _existing(path: Path) -> Path:
    try:
        status = path.stat()
        resolved = path.resolve()
    except (FileNotFoundError, NotADirectoryError):
        raise SourceError(f"{path}: there is no such file.") from None
    except OSError as error:
        raise SourceError(
            f"{path} cannot be read: {error.strerror}. Check its name and permissions."
        ) from error
    except ValueError:  # a NUL
        raise SourceError(
            f"{path!s:.100} is no name of a file. Check how it was written."
        ) from None
    if stat.S_ISDIR(status.st_mode):
        raise SourceError(f"{path} is a folder. Name its files, for example {path}/*")
    if not stat.S_ISREG(status.st_mode):
        raise SourceError(f"{path} is not a plain file. Copy its content into one.")
    try:
        str(resolved).encode()
    except UnicodeEncodeError:
        raise SourceError(
            f"{_written(str(path))} has a name, or a folder, that is not valid UTF-8. Rename it."
        ) from None
    return resolved


def _in_utc(moment: datetime | None) -> datetime | None:
    if moment is None or moment.tzinfo is None:
        return moment
    return moment.astimezone(UTC).replace(tzinfo=None)
