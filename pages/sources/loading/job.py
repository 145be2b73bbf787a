"""Loading and undoing: the command line in a process of its own, followed while it runs.

There is one job per store at a time, known to the whole server: who reloads the page or comes back
to it finds the job, and its result until it is put away.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import IO

from data.privacy.contacts import without_contacts
from data.storage.store import Store
from loaders.outcome import NOTHING_SAID, Outcome, Said
from loaders.progress import Course, Standing
from loaders.protocol import EVENT, Loaded, Progress
from pages.sources.loading.upload import Upload

_CODE = Path(__file__).parents[3]

_LINES_OF_COMPLAINT = 5

_AS_JSON = ("--progress", "json")


@dataclass(frozen=True, slots=True)
class State:
    """How far a job is. `problem` says why it failed; `outcome` is there when a file was read.

    `alerts` are lines of what checking them found after the load.
    """

    standing: Standing = field(default_factory=Standing)
    running: bool = True
    outcome: Outcome | None = None
    problem: str | None = None
    alerts: tuple[str, ...] = ()


class Job:
    """A command of `python -m loaders` at work. It ends by itself; `stop` ends it at once."""

    def __init__(
        self,
        title: str,
        arguments: list[str],
        *,
        dry_run: bool = False,
        upload: Upload | None = None,
        again: Callable[[], None] = lambda: None,
    ) -> None:
        self.title = title
        self.dry_run = dry_run
        self.again = again  # starts it anew, with all that was said of the file
        self.upload = upload  # holds the file until the job is gone
        sizes = {without_contacts(upload.path.name): upload.path.stat().st_size} if upload else {}
        self._course = Course(sizes)
        self._state = State()
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the process ends
        self._process = subprocess.Popen(
            [sys.executable, "-m", "loaders", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            text=True,
            encoding="utf-8",
            cwd=_CODE,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    @property
    def state(self) -> State:
        """How far it is now."""
        return replace(self._state, standing=self._course.standing())

    def wait(self, seconds: float) -> State:
        """The state when it has ended, or after so many seconds."""
        self._listener.join(seconds)
        return self.state

    def stop(self) -> None:
        """End it. The store stays as it was."""
        self._process.terminate()

    def _listen(self) -> None:
        if self._process.stdout is not None:
            for line in self._process.stdout:
                self._note(line)
        status = self._process.wait()
        problem = self._problem(status) if status and not self._state.outcome else None
        self._complaints.close()
        self._state = replace(self._state, running=False, problem=problem)

    def _note(self, line: str) -> None:
        try:
            said = json.loads(line)
        except ValueError:
            return
        match said.get("event"):
            case "progress" | "outcome":
                self._note_event(line)
            case "alerts":
                self._state = replace(self._state, alerts=tuple(map(str, said.get("lines", ()))))
            case "waiting":
                self._course.note(Progress(file_name="", phase=str(said.get("text", "waiting"))))

    def _note_event(self, line: str) -> None:
        match EVENT.validate_json(line):
            case Progress() as event:
                self._course.note(event)
            case Loaded(outcome=outcome):
                self._state = replace(self._state, outcome=outcome)

    def _problem(self, status: int) -> str:
        self._complaints.seek(0)
        lines = _text(self._complaints).strip().splitlines()
        if status < 0:
            return "It was stopped. The data is as it was."
        if lines and lines[0].startswith("Traceback"):
            return f"It failed: {lines[-1]}. The data is as it was."
        return " ".join(lines[:_LINES_OF_COMPLAINT]) or "It failed without giving a reason."


def _text(file: IO[bytes]) -> str:
    return file.read().decode("utf-8", "replace")


_jobs: dict[Path, Job] = {}

_starting = threading.Lock()


def current_job() -> Job | None:
    """The store's job at work, or the last one until it is put away."""
    return _jobs.get(Store.from_environment().path)


def is_busy() -> bool:
    """Whether a job is at work."""
    job = current_job()
    return job is not None and job.state.running


def start_load(
    upload: Upload,
    mapping: str,
    *,
    dry_run: bool,
    as_of: datetime | None = None,
    said: Said = NOTHING_SAID,
    full_export: bool = False,
) -> None:
    """Load an uploaded file, or try to. Nothing happens while another job is at work."""
    arguments = ["load", str(upload.path), "--as", mapping, *_AS_JSON]
    if as_of is not None:
        arguments += ["--as-of", as_of.isoformat()]
    for form in said.dates:
        arguments += ["--dates", form]
    if said.decimal is not None:
        arguments += ["--decimal", said.decimal]
    for header in said.columns:
        arguments += ["--column", header]
    if said.sheet is not None:
        arguments += ["--sheet", said.sheet]
    if full_export:
        arguments.append("--full-export")
    if dry_run:
        arguments.append("--dry-run")
    title = f"{'Trying' if dry_run else 'Loading'} {without_contacts(upload.name)}"
    again = partial(
        start_load,
        upload,
        mapping,
        dry_run=dry_run,
        as_of=as_of,
        said=said,
        full_export=full_export,
    )
    _start(lambda: Job(title, arguments, dry_run=dry_run, upload=upload, again=again))


def start_undo(load_id: str, file_name: str) -> None:
    """Take a load out of the store. Nothing happens while another job is at work."""
    _start(lambda: Job(f"Undoing {file_name}", ["undo", load_id, *_AS_JSON]))


def start_removing_sample() -> None:
    """Take out every load of the made-up company. Nothing happens while another job is at work."""
    _start(lambda: Job("Removing the sample company", ["undo", "--sample", *_AS_JSON]))


def _start(make: Callable[[], Job]) -> None:
    path = Store.from_environment().path
    with _starting:
        job = _jobs.get(path)
        if job is None or not job.state.running:
            _jobs[path] = make()


def put_away() -> None:
    """Forget the result of the last job."""
    job = current_job()
    if job is not None and not job.state.running:
        _jobs.pop(Store.from_environment().path, None)
