"""What loading a file would give, without a store: the mapping, its columns, rows, refusals."""

from __future__ import annotations

import tempfile
from pathlib import Path

from pydantic import BaseModel, ConfigDict, JsonValue

from data.errors import SourceError
from data.privacy.contacts import without_contacts
from loaders.evidence import Evidence
from loaders.proposal import ProposedColumn
from loaders.protocol import PreviewTask, Reason, Shown, TakenOut
from loaders.worker import USUAL_LIMITS, Worker, WorkerDiedError, WorkerLimits


class ColumnUse(BaseModel):
    """A column of the file and the canonical columns it feeds, as `table.column`."""

    model_config = ConfigDict(frozen=True)

    header: str
    feeds: tuple[str, ...]


class Preview(BaseModel):
    """What loading a file would give, tried on its first rows.

    Without a mapping that fits, `mapping` is None, `message` says what is missing, `draft` is a
    mapping to edit, as TOML, `table` the table that the rows seem to be of, `proposed` says what
    each column seems to be and `evidence` what its values look like. Personal values are left out
    of `evidence` and masked in `source_rows`; `result_rows` are by table. `rows` is the whole
    file's number of records, `rows_tried` how many of them were tried.
    """

    model_config = ConfigDict(frozen=True)

    file_name: str
    mapping: str | None = None
    title: str | None = None
    message: str = ""
    draft: str = ""
    table: str = ""
    evidence: dict[str, Evidence] = {}
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
