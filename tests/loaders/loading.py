"""Loads small files into a draft in this process, and looks at what came of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from data.engine.draft import Draft
from data.errors import BackcastError
from data.privacy.keys import Keys
from data.schema.tables import CANONICAL
from data.storage.store import NothingToPublish, Store
from loaders.judging.company import Company
from loaders.load import LoadOptions
from loaders.outcome import NOTHING_SAID, Outcome, Said, Status
from loaders.protocol import LoadTask, Progress
from loaders.writing.file import load_file
from loaders.writing.take_out import take_out
from tests.drafts import new_draft

AS_OF = datetime(2026, 1, 1)

AMERICAN = Company("USD", {}, "UTC")
"""The company of the built-in definitions."""


@dataclass
class Loading:
    """A draft and the files that are loaded into it."""

    folder: Path
    draft: Draft
    mappings: Path | None = None
    company: Company = AMERICAN
    phases: list[Progress] = field(default_factory=list, repr=False)

    def write(self, name: str, text: str) -> Path:
        """A file as copying leaves it: its time of change does not tell when it was written."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        os.utime(path, (0, 0))
        return path

    def load(
        self,
        name: str,
        text: str,
        *,
        mapping: str | None = None,
        as_of: datetime = AS_OF,
        said: Said = NOTHING_SAID,
    ) -> Outcome:
        return self.load_path(self.write(name, text), mapping=mapping, as_of=as_of, said=said)

    def load_path(
        self,
        path: Path,
        *,
        mapping: str | None = None,
        as_of: datetime = AS_OF,
        said: Said = NOTHING_SAID,
    ) -> Outcome:
        task = LoadTask(path=path, mapping=mapping, mappings=self.mappings, as_of=as_of, said=said)
        keys = Keys.of(self.folder)
        return load_file(self.draft, task, keys, self.company, self.phases.append)

    def refusal(self, name: str, text: str, *, mapping: str | None = None) -> str:
        """The message with which a file as a whole is refused."""
        try:
            outcome = self.load(name, text, mapping=mapping)
        except BackcastError as error:
            return str(error)
        raise AssertionError(f"{name} was loaded: {outcome}")

    def undo(self, load_id: str | None) -> None:
        assert load_id is not None
        with self.draft.transaction():
            take_out(self.draft, load_id)

    def rows(self, table: str, *names: str) -> list[tuple[Any, ...]]:
        """All rows in the order of their values; of the named columns if any."""
        selected = ", ".join(f'"{name}"' for name in names) or "*"
        return self.draft.query(f'SELECT {selected} FROM "{table}" ORDER BY ALL').rows()

    def reasons(self) -> list[tuple[int, str | None, str | None, str]]:
        """Every refusal: line, column, value, reason."""
        return self.rows("rejected_row", "line", "column", "value", "reason")

    def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """The rows of all canonical tables and their versions, and of the refusals."""
        kinds = ("", "_version", "_reported_by")
        tables = [*(f"{name}{kind}" for name in CANONICAL for kind in kinds), "rejected_row"]
        return {table: self.rows(table) for table in filled(self.draft, tables)}


def filled(draft: Draft, tables: Iterable[str]) -> list[str]:
    """Those of the tables that have rows."""
    named = " UNION ALL ".join(
        f"SELECT '{table}' AS name WHERE EXISTS (SELECT 1 FROM \"{table}\")" for table in tables
    )
    return draft.query(named)["name"].to_list()


@contextmanager
def loading_in(
    folder: Path, mappings: Path | None = None, company: Company = AMERICAN
) -> Iterator[Loading]:
    """A new draft in a folder."""
    with new_draft(folder / "draft.duckdb", memory_limit="500MB") as draft:
        yield Loading(folder, draft, mappings, company)


_HEAD = """\
name = "own"
title = "Own"
source_system = "own"
[recognise]
columns = ["id"]
"""


def own_mapping(folder: Path, rest: str, read: str = "") -> Path:
    """A folder with one mapping, for files with a column `id`; `rest` comes after that column."""
    own = folder / "mappings"
    own.mkdir(exist_ok=True)
    reading = f"[read]\n{read}\n" if read else ""
    text = f'{_HEAD}{reading}[columns]\nid = "id"\n{rest}\n'
    (own / "own.toml").write_text(text, encoding="utf-8")
    return own


def load_here(
    store: Store,
    paths: Iterable[Path],
    options: LoadOptions,
    *,
    on_wait: Callable[[str], None] | None = None,
) -> list[Outcome]:
    """What `loaders.load.load` makes of files, without a process for it and without deriving."""
    outcomes = []
    with store.writing(on_wait) as part, new_draft(part, memory_limit="500MB") as draft:
        for path in paths:
            task = LoadTask(path=path, mappings=options.mappings, as_of=AS_OF)
            try:
                keys = Keys.of(store.path)
                outcomes.append(load_file(draft, task, keys, AMERICAN, lambda progress: None))
            except BackcastError as error:
                failed = Outcome(file_name=path.name, status=Status.FAILED, message=str(error))
                outcomes.append(failed)
        if not any(outcome.status is Status.LOADED for outcome in outcomes):
            raise NothingToPublish
    return outcomes


def csv_text(frame: pl.DataFrame) -> str:
    """A frame as a CSV file in which a missing value is an empty cell."""
    return frame.write_csv(quote_style="non_numeric", null_value="")
