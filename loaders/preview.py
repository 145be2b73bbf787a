"""What loading a file would give, without a store: the mapping, its columns, rows, refusals."""

from __future__ import annotations

import tempfile
from pathlib import Path

from data.errors import SourceError
from data.privacy.contacts import without_contacts
from loaders.outcome import Preview
from loaders.process.worker import USUAL_LIMITS, Worker, WorkerDiedError, WorkerLimits
from loaders.protocol import PreviewTask, Shown


def preview(
    path: Path,
    mapping: str | None = None,
    *,
    mappings: Path | None = None,
    rows: int = 50,
    limits: WorkerLimits = USUAL_LIMITS,
) -> Preview:
    """What would loading this file give?

    The file is read in a child process. Raises SourceError when it can not be read, MappingError
    when a named mapping does not exist.
    """
    task = PreviewTask(path=path.resolve(), mapping=mapping, mappings=mappings, rows=rows)
    with tempfile.TemporaryDirectory(prefix="backcast-") as folder:
        try:
            with Worker(limits) as worker:
                worker.open(Path(folder) / "preview.duckdb", Path(folder))
                event = worker.ask(task, lambda progress: None)
        except WorkerDiedError as error:
            raise SourceError(without_contacts(f"{path.name} {error}.")) from error
    if not isinstance(event, Shown):
        raise TypeError(f"the worker answered a preview with {event}")
    return Preview.model_validate_json(event.content)
