"""Reading the warehouse: one query in, one Polars frame out."""

from __future__ import annotations

import shutil
import tempfile
import threading
import weakref
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Protocol, Self

import duckdb
import polars as pl
import pyarrow as pa

from data.engine.failures import FAILURES, failing_step, first_paragraph
from data.engine.frames import all_rows, arrow_rows
from data.engine.kept_rows import KeptRows
from data.engine.listening import heard
from data.engine.written_tables import (
    WRITTEN_TABLES,
    refuse_not_derived,
    refuse_other_version,
)
from data.errors import EngineError, StoreError
from data.sql import Query, Step
from data.storage.store import Store
from data.storage.work_folders import WorkFolder, sweep


def has_table(warehouse: Warehouse, name: str) -> bool:
    """Whether the generation has a table of this name."""
    known = Step(
        "known", "SELECT table_name FROM information_schema.tables WHERE table_name = ?", (name,)
    )
    return not warehouse.query(Query(known)).is_empty()


_OUT_OF_TIME = "Query exceeded maximum execution time"


class Warehouse(Protocol):
    """What metrics need from an engine."""

    generation: str
    """Names the state of the data; part of every cache key."""

    def query(self, query: Query) -> pl.DataFrame:
        """The rows of the query's last step. Raises EngineError with the step and the SQL.

        An engine that can keeps the rows of kept steps for the queries after it.
        """

    def query_each(
        self, shared: Sequence[Step], ends: Sequence[Sequence[Step]]
    ) -> list[pl.DataFrame]:
        """The rows of each end: its steps follow the shared ones and read the last of them alone.

        The same rows as a query each; an engine that can computes the shared steps once. Raises
        what `query` raises.
        """
        return [self.query(Query(*shared, *end)) for end in ends]


class DuckDBWarehouse:
    """One generation, opened for reading only. Any number of threads may query it at once.

    It cannot read or write any other file, and no query can change that. Close it, or let go of
    it: the file is closed with the last reference.
    """

    def __init__(self, generation: str, instance: _Instance) -> None:
        self.generation = generation
        self._instance: _Instance | None = instance

    @classmethod
    def open(
        cls, path: Path, *, memory_limit: str = "2GB", max_seconds: float = 60.0
    ) -> DuckDBWarehouse:
        """Open a generation's file.

        While this process has the same file open already, both share one engine with the limits
        given first. Raises StoreError when the file cannot be read.
        """
        return cls(path.stem, _share(path, memory_limit, max_seconds))

    def query(self, query: Query) -> pl.DataFrame:
        """The rows of the query's last step.

        Raises EngineError with the failing step and the SQL, also when the query takes too long.
        """
        heard(query)
        with self._running(query) as (cursor, running):
            return all_rows(cursor, running.render(), running.values)

    def query_each(
        self, shared: Sequence[Step], ends: Sequence[Sequence[Step]]
    ) -> list[pl.DataFrame]:
        """The rows of each end; the last shared step is held in a table that only they see.

        Raises what `query` raises.
        """
        held = Query(*shared)
        found: list[pl.DataFrame] = []
        with self._running(held) as (cursor, running):
            sql = f"CREATE TEMP TABLE {shared[-1].name} AS {running.render()}"
            cursor.execute(sql, list(running.values))
            for end in ends:
                asked = Query(*shared, *end)
                heard(asked)
                with self._opened(held).explaining(asked):
                    found.append(all_rows(cursor, Query(*end).render()))
        return found

    def batches(self, query: Query) -> Iterator[pa.RecordBatch]:
        """The same rows as a stream, for results that do not fit in memory.

        The first batch is empty, so that the columns are known also when there are no rows.
        Raises what `query` raises, also later in the stream.
        """
        heard(query)
        with self._running(query) as (cursor, running):
            reader = cursor.sql(running.render(), params=list(running.values)).to_arrow_reader()
            yield pa.RecordBatch.from_pylist([], schema=reader.schema)
            yield from reader

    @contextmanager
    def _running(self, query: Query) -> Iterator[tuple[duckdb.DuckDBPyConnection, Query]]:
        """A cursor, and the query that reads kept steps from what is kept of them."""
        instance = self._opened(query)
        with closing(instance.cursor()) as cursor:
            kept = {name: f"kept_{name}" for name in query.kept}
            for name, asked in query.kept.items():
                cursor.register(kept[name], instance.kept_rows(asked))
            with instance.explaining(query):
                yield cursor, query.reading(kept)

    def _opened(self, query: Query) -> _Instance:
        if self._instance is None:
            raise EngineError("the warehouse is closed", step=None, sql=query.render())
        return self._instance

    def close(self) -> None:
        """Let go of the file. Queries after this raise EngineError."""
        self._instance = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class _Instance:
    """The engine on one file, shared by all who read that file in this process."""

    def __init__(self, path: Path, memory_limit: str, max_seconds: float) -> None:
        self.memory_limit = memory_limit
        self.max_seconds = max_seconds
        # Two processes that read one file would share the engine's default folder beside it.
        spilled = self._spill_beside(path)
        try:
            self._connection = duckdb.connect(str(path), read_only=True)
            for name, value in {
                "memory_limit": memory_limit,
                "temp_directory": str(spilled),
                "max_execution_time": int(max_seconds * 1000),
                "TimeZone": "UTC",
                "enable_external_access": False,
                "lock_configuration": True,
            }.items():
                # Without GLOBAL a time limit would hold for this connection, not for its cursors.
                self._connection.execute(f"SET GLOBAL {name} = ?", [value])
        except duckdb.Error as error:
            raise StoreError(
                f"The version {path.name} of the data cannot be read: {error}"
            ) from error
        self._lock = threading.Lock()
        self._kept = KeptRows()

    def _spill_beside(self, path: Path) -> Path:
        """A folder for what memory does not hold: in the store, else where this user may write."""
        try:
            self._work = WorkFolder(path.parent)
        except StoreError:
            temporary = tempfile.mkdtemp(prefix="backcast-")
            weakref.finalize(self, shutil.rmtree, temporary, ignore_errors=True)
            return Path(temporary)
        return self._work.path

    def cursor(self) -> duckdb.DuckDBPyConnection:
        with self._lock:
            return self._connection.cursor()

    def kept_rows(self, query: Query) -> pa.Table:
        def answer() -> pa.Table:
            with closing(self.cursor()) as cursor, self.explaining(query):
                return arrow_rows(cursor, query.render(), query.values)

        return self._kept.rows(query, answer)

    @contextmanager
    def explaining(self, query: Query) -> Iterator[None]:
        """Raise what fails within as an EngineError of the query."""
        sql = query.render()
        try:
            yield
        except FAILURES as error:
            message = str(error)
            if _OUT_OF_TIME in message:
                reason = (
                    f"the query took longer than {self.max_seconds:g} seconds and was "
                    "stopped; choose a shorter period or fewer segments"
                )
                raise EngineError(reason, step=None, sql=sql) from error
            if isinstance(error, duckdb.OutOfMemoryException):
                reason = (
                    f"the query needs more memory than the {self.memory_limit} it may use; "
                    "choose a shorter period or fewer segments"
                )
                raise EngineError(reason, step=None, sql=sql) from error
            with closing(self.cursor()) as again:
                step = failing_step(again, query, message)
            raise EngineError(first_paragraph(message), step=step, sql=sql) from error


_instances: weakref.WeakValueDictionary[Path, _Instance] = weakref.WeakValueDictionary()

_opening = threading.Lock()


def _share(path: Path, memory_limit: str, max_seconds: float) -> _Instance:
    path = path.resolve()
    with _opening:
        instance = _instances.get(path)
        if instance is None:
            instance = _instances[path] = _Instance(path, memory_limit, max_seconds)
        return instance


_current: dict[Path, tuple[Path, DuckDBWarehouse]] = {}

_derived: dict[Path, str] = {}
"""By store, the generation whose derived tables were looked at."""

_swapping = threading.Lock()


def open_current(store: Store) -> DuckDBWarehouse:
    """The store's current generation, opened once for the whole process.

    Call it at the start of each run of a page and use the result to its end: the run then sees one
    state of the data. After a load the next call gives the new generation; the old one is closed
    when the last run that holds it has ended. What killed commands left in the store is deleted.
    Raises what `Store.current` raises, and OtherVersionError when another version of Backcast
    filled the store.
    """
    with _swapping:
        generation = store.current()
        path, warehouse = _current.get(store.path, (None, None))
        if warehouse is None or path != generation.path:
            sweep(store.path)
            warehouse = DuckDBWarehouse.open(generation.path)
            refuse_other_version(store.path, dict(warehouse.query(WRITTEN_TABLES).rows()))
            _current[store.path] = (generation.path, warehouse)
        return warehouse


def open_derived(store: Store) -> DuckDBWarehouse:
    """The store's current generation, to ask metrics of.

    Raises what `open_current` raises, and NotDerivedError when the derived tables are not those
    that this version reads.
    """
    warehouse = open_current(store)
    if _derived.get(store.path) != warehouse.generation:
        refuse_not_derived(store.path, dict(warehouse.query(WRITTEN_TABLES).rows()))
        _derived[store.path] = warehouse.generation
    return warehouse
