"""What loading a file would give, without a load: the mapping, its columns, rows, refusals."""

from __future__ import annotations

from pathlib import Path

from data.errors import SourceError
from data.privacy.contacts import without_contacts
from data.storage.store import Store
from data.storage.work_folders import WorkFolder
from loaders.outcome import NOTHING_SAID, Preview, Said
from loaders.process import forked
from loaders.process.worker import USUAL_LIMITS, Worker, WorkerDiedError, WorkerLimits
from loaders.protocol import PreviewTask, Shown


def get_ready() -> None:
    """Start what a preview needs, unless it runs already: the first one then is as quick as all."""
    forked.SERVER.get_ready()


def preview(
    path: Path,
    mapping: str | None = None,
    *,
    mappings: Path | None = None,
    rows: int = 50,
    said: Said = NOTHING_SAID,
    draft: bool = False,
    limits: WorkerLimits = USUAL_LIMITS,
) -> Preview:
    """What would loading this file give?

    `said` answers its questions. With `draft` it is a proposal in any case: a copy of the mapping
    that fits, to be edited. The file is read in a child process, which unpacks it into a work
    folder of the store; the store's data is not looked at. Raises SourceError when the file cannot
    be read, MappingError when a named mapping does not exist, StoreError when the store cannot be
    written to.
    """
    task = PreviewTask(
        path=path.resolve(), mapping=mapping, mappings=mappings, rows=rows, said=said, draft=draft
    )
    store = Store.from_environment().path
    with WorkFolder(store) as folder:
        try:
            with Worker(limits, store) as worker:
                worker.open(folder.path / "preview.duckdb", folder.path)
                event = worker.ask(task, lambda progress: None)
        except WorkerDiedError as error:
            raise SourceError(without_contacts(f"{path.name} {error}.")) from error
    if not isinstance(event, Shown):
        raise TypeError(f"the worker answered a preview with {event}")
    return Preview.model_validate_json(event.content)
