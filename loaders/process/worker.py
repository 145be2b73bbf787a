"""The parent's side of the child process: start it, ask it, and outlive it."""

from __future__ import annotations

import json
import os
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Queue

from data.errors import BackcastError, MappingError, SourceError, StoreError
from data.storage.work_folders import WorkFolder
from loaders.process import forked
from loaders.protocol import EVENT, Event, Failed, OpenTask, Progress, Task


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """What one child process may use. A file that needs more is refused; the others go on.

    `process_bytes` bounds what the process writes to (RLIMIT_DATA): unlike the address space,
    which engines reserve far beyond what they use, that is the memory a file really costs. It also
    counts what was given back and is not in use: what files before have left of that is added.
    Deriving reads no file, and is bounded by `deriving_memory` alone.
    """

    engine_memory: str = "1GB"
    deriving_memory: str = "1600MB"
    process_bytes: int = 4 * 1024**3
    task_seconds: float = 3600.0


USUAL_LIMITS = WorkerLimits()


class WorkerDiedError(BackcastError):
    """The child process ended amid a task: a library aborted, or a limit was reached."""


class WorkerTooSlowError(WorkerDiedError):
    """The child process was ended because a task took longer than it may."""


class Worker:
    """A child process that works on one draft: `open` it first, close it to have it closed.

    The process gets ready while its parent does other things. It unpacks files into a work folder
    of this store, and ends when its parent does. Raises StoreError when the store cannot be written
    to.
    """

    def __init__(self, limits: WorkerLimits, store: Path) -> None:
        self._limits = limits
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the worker
        self._work = WorkFolder(store)
        self._process = forked.SERVER.fork(self._complaints.fileno(), self._work.descriptor)
        self._events: Queue[Event | None] = Queue()
        threading.Thread(target=self._listen, daemon=True).start()

    def open(self, draft: Path, store: Path) -> None:
        """Open the draft of a store; loaded rows get the store's keys.

        Raises StoreError when it cannot be opened, WorkerDiedError as `ask` does.
        """
        opening = OpenTask(
            draft=draft,
            store=store,
            engine_memory=self._limits.engine_memory,
            process_bytes=self._limits.process_bytes,
            work=self._work.path,
            environment=json.dumps(dict(os.environ)),
        )
        try:
            self.ask(opening, lambda progress: None)
        except BackcastError as error:
            if _is_about_memory(str(error)):
                raise self._too_large(str(error)) from error
            raise

    def ask(self, task: Task, on_progress: Callable[[Progress], None]) -> Event:
        """Have a task done; returns its last event.

        Raises WorkerDiedError when the process ends or takes longer than its limit, StoreError or
        BackcastError when it says that the task failed.
        """
        try:
            self._process.stdin.write(task.model_dump_json() + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self._death() from None
        while True:
            try:
                event = self._events.get(timeout=self._limits.task_seconds)
            except Empty:
                self.kill()
                raise WorkerTooSlowError(
                    f"took longer than {self._limits.task_seconds:g} seconds and was stopped"
                ) from None
            match event:
                case None:
                    raise self._death()
                case Progress():
                    on_progress(event)
                case Failed():
                    raise _as_error(event)
                case _:
                    return event

    def close(self) -> None:
        """Have the draft closed and wait for the process to end. Raises StoreError if it fails."""
        self._process.stdin.close()
        failed: Failed | None = None
        while (event := self._events.get()) is not None:
            failed = event if isinstance(event, Failed) else failed
        if self._process.wait() != 0 or failed:
            reason = str(_as_error(failed)) if failed else str(self._death())
            raise StoreError(f"The new version of the data could not be closed: {reason}")
        self._complaints.close()
        self._work.close()

    def kill(self) -> None:
        """End the process at once."""
        self._process.kill()
        self._work.close()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if error is None:
            self.close()
        else:
            self.kill()

    def _listen(self) -> None:
        with self._process.stdout as lines:
            for line in lines:
                self._events.put(EVENT.validate_json(line))
        self._events.put(None)

    def _death(self) -> WorkerDiedError:
        code = self._process.wait()
        if code is None:
            return WorkerDiedError("lost the process that reads it, which was ended from outside")
        self._complaints.seek(0)
        lines = self._complaints.read().decode("utf-8", "replace").strip().splitlines()
        if code > 0 and lines and not _is_about_memory(lines[-1]):
            return WorkerDiedError(f"broke the reader: {lines[-1]}")
        return self._too_large(f"process ended with {code}")

    def _too_large(self, reason: str) -> WorkerDiedError:
        return WorkerDiedError(
            f"could not be read within {self._limits.process_bytes // 1024**2:,} MB of memory, "
            f"or broke the reader ({reason})"
        )


_OUT_OF_MEMORY = (
    "MemoryError",
    "can't start new thread",
    "Cannot allocate memory",
    "bad_alloc",
    "Out of Memory",
    "failed to map segment",
)


def _is_about_memory(message: str) -> bool:
    return any(sign in message for sign in _OUT_OF_MEMORY)


def _as_error(event: Failed) -> BackcastError:
    kinds = {kind.__name__: kind for kind in (StoreError, SourceError, MappingError)}
    return kinds.get(event.kind, BackcastError)(*event.problems)
