"""The process in which files are read: it may fail, and nothing else fails with it.

It reads one task per line on standard input and answers each on standard output with events, one
JSON object per line (`loaders.protocol`); the last event of a task is not a Progress. At the end of
its input it closes the draft and ends. When its parent dies amid a task it ends at once.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from queue import Queue
from signal import SIGKILL
from typing import IO

from data.definitions import Definitions
from data.derive.rebuild import rebuild
from data.engine.draft import Draft
from data.errors import BackcastError, StoreError
from data.privacy.contacts import without_contacts
from data.privacy.keys import Keys
from data.schema.contract import columns
from data.schema.tables import TABLES
from loaders.judging.company import Company
from loaders.judging.unclear import UnclearError
from loaders.language.library import built_in_mappings
from loaders.outcome import Outcome, Status
from loaders.protocol import (
    TASK,
    Derived,
    DeriveTask,
    Done,
    Event,
    Failed,
    Loaded,
    LoadTask,
    OpenTask,
    PreviewTask,
    Progress,
    Shown,
    Task,
    UndoTask,
)
from loaders.writing.beside_others import remarks_beside_others
from loaders.writing.file import load_file
from loaders.writing.quarantine import NothingKeptError
from loaders.writing.take_out import take_out


def prepare() -> None:
    """Read what every child needs and none changes."""
    built_in_mappings()
    for contract in TABLES.values():
        columns(contract)


def work_on(server: int) -> None:
    """Work on tasks until the input ends, in a fresh copy of the process `server`."""
    _end_with(server)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    answers = _claim_standard_output()
    tasks = _Tasks(os.fdopen(0, encoding="utf-8", closefd=False))
    one_at_a_time = threading.Lock()

    def say(event: Event) -> None:
        with one_at_a_time:
            answers.write(event.model_dump_json() + "\n")
            answers.flush()

    opening = tasks.take()
    if not isinstance(opening, OpenTask):
        return  # the parent found nothing to do
    tasks.work = opening.work
    try:
        _settle(opening)
        keys = cache(partial(Keys.of, opening.store))
        company = cache(_company)
        with Draft.open(opening.draft, memory_limit=opening.engine_memory) as draft:
            tasks.done()
            say(Done())
            unused = _unused_bytes()
            while (task := tasks.take()) is not None:
                if isinstance(task, LoadTask):
                    # What the files before have given back is not charged to this one.
                    _bound_memory(opening.process_bytes + max(0, _unused_bytes() - unused))
                event = _answer(draft, keys, company, task, say)
                tasks.done()
                say(event)
    except BackcastError as error:
        say(Failed(kind=type(error).__name__, problems=error.problems))
        sys.exit(1)
    finally:
        # The parent does so too, unless it was killed.
        shutil.rmtree(opening.work, ignore_errors=True)


def _settle(opening: OpenTask) -> None:
    """Take over what the parent has of its own: environment, place for copies, share of memory."""
    os.environ.clear()
    os.environ.update(json.loads(opening.environment))
    time.tzset()
    tempfile.tempdir = str(opening.work)
    _bound_memory(opening.process_bytes)


def _bound_memory(size: int) -> None:
    """How much the process may write to from now on, as far as the system allows."""
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    if most != resource.RLIM_INFINITY and (size == resource.RLIM_INFINITY or size > most):
        size = most
    resource.setrlimit(resource.RLIMIT_DATA, (size, most))


def _unused_bytes() -> int:
    """What the process asked for and holds nothing in, given back by libraries or never used.

    Only Linux tells. Elsewhere it counts as in use.
    """
    if sys.platform != "linux":
        return 0
    told = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    asked, held = (int(told[name].split()[0]) * 1024 for name in ("VmData", "RssAnon"))
    return asked - held


def _end_with(server: int) -> None:
    """Have this process killed when its server is, which else would kill it at its own end.

    Only Linux can. Elsewhere the end of the input is noticed, between two computations.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, SIGKILL, 0, 0, 0)
    if os.getppid() != server:  # it died before this process could ask for the signal
        os._exit(_PARENT_GONE)


_PARENT_DEATH_SIGNAL = 1

_PARENT_GONE = 3


def _company() -> Company:
    """What the definitions in force say of files that do not say it."""
    definitions = Definitions.load()
    return Company(definitions.base_currency, definitions.currency, definitions.time_zone)


def _answer(
    draft: Draft,
    keys: Callable[[], Keys],
    company: Callable[[], Company],
    task: Task,
    say: Callable[[Event], None],
) -> Event:
    try:
        match task:
            case LoadTask():
                return Loaded(outcome=_load(draft, keys(), company(), task, say))
            case UndoTask():
                if draft.query("SELECT 1 FROM load WHERE load_id = ?", (task.load_id,)).is_empty():
                    return Failed(kind="", problems=(f"{task.load_id}: there is no such load.",))
                with draft.transaction():
                    take_out(draft, task.load_id)
                return Done()
            case PreviewTask():
                # Here alone: a load starts sooner without it.
                from loaders.writing.trial import try_out

                return Shown(content=try_out(draft, task, company()).model_dump_json())
            case DeriveTask():
                draft.limit_memory(task.engine_memory)
                # The limit is against what files do to libraries, and none is read here. It also
                # counts what the engine has given back, which grows with the number of tables.
                _bound_memory(resource.RLIM_INFINITY)
                rebuild(
                    draft,
                    Definitions.load(),
                    on_share=lambda table, share: say(_deriving(table, share)),
                )
                return Derived(remarks=remarks_beside_others(draft))
            case OpenTask():
                return Failed(kind="ValueError", problems=("a draft is open already",))
    except BackcastError as error:
        problems = tuple(without_contacts(problem) for problem in error.problems)
        return Failed(kind=type(error).__name__, problems=problems)


def _deriving(table: str, share: float) -> Progress:
    return Progress(file_name="", phase=f"deriving {table}", share=share)


def _load(
    draft: Draft, keys: Keys, company: Company, task: LoadTask, say: Callable[[Event], None]
) -> Outcome:
    """A file that cannot be loaded is an outcome; only a failing store is an error."""
    try:
        return load_file(draft, task, keys, company, say)
    except StoreError:
        raise
    except NothingKeptError as error:
        return _failed(task, error).model_copy(update={"reasons": error.reasons})
    except UnclearError as error:
        return _failed(task, error).model_copy(update={"questions": error.questions})
    except BackcastError as error:
        return _failed(task, error)


def _failed(task: LoadTask, error: BackcastError) -> Outcome:
    return Outcome(
        file_name=without_contacts(task.path.name),
        status=Status.FAILED,
        message=without_contacts(str(error)),
    )


def _claim_standard_output() -> IO[str]:
    """Keep standard output for answers: what a library prints goes to standard error instead."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return answers


class _Tasks:
    """Tasks as they arrive. The end of the input amid a task means that the parent is gone."""

    def __init__(self, lines: IO[str]) -> None:
        self.work: Path | None = None
        self._lines = lines
        self._arrived: Queue[Task | None] = Queue()
        self._busy = threading.Event()
        threading.Thread(target=self._listen, daemon=True).start()

    def take(self) -> Task | None:
        """The next task; None when there will be none."""
        task = self._arrived.get()
        self._busy.set()
        return task

    def done(self) -> None:
        """The task is done: from now on the parent may end the input."""
        self._busy.clear()

    def _listen(self) -> None:
        for line in self._lines:
            self._arrived.put(TASK.validate_json(line))
        if self._busy.is_set():
            if self.work is not None:
                shutil.rmtree(self.work, ignore_errors=True)
            os._exit(_PARENT_GONE)
        self._arrived.put(None)
