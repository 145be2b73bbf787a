"""The one writable connection to a generation that is being written."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

import duckdb
import polars as pl
import pyarrow as pa

from data.engine.failures import failing_step, first_paragraph, statement_name
from data.engine.frames import all_rows
from data.engine.written_tables import WRITTEN_TABLES, needed_tables, refuse_other_version
from data.errors import BackcastError, EngineError, StoreError
from data.schema.contract import columns
from data.schema.tables import TABLES
from data.sql import Query, Value, identifier, literal
from data.storage.files import explain, says_full

_LOOK_EVERY_SECONDS = 0.2


class Draft:
    """The next generation while it is being written. Not shared between threads.

    It may read files of the outside, unlike the connections of readers: only SQL that the product
    itself wrote is run here.
    """

    def __init__(self, path: Path, connection: duckdb.DuckDBPyConnection) -> None:
        self._path = path
        self._connection = connection

    @classmethod
    def open(cls, path: Path, *, memory_limit: str = "2GB", threads: int | None = None) -> Draft:
        """Open or make the file, with all tables of the contracts in it.

        For each canonical table T there are also `T_version` with the same columns and
        `T_reported_by` with the key, `load_id` and `same_as`. What does not fit in `memory_limit`
        goes to a folder beside the file. Raises StoreError when the file cannot be opened or
        written.
        """
        try:
            connection = duckdb.connect(str(path))
        except duckdb.Error as error:
            raise StoreError(explain(path.parent, str(error))) from error
        draft = cls(path, connection)
        try:
            draft.limit_memory(memory_limit)
            draft.execute(f"SET temp_directory = {literal(str(draft._temporary))}")
            draft.execute("SET TimeZone = 'UTC'")
            draft.execute("SET python_enable_replacements = false")
            draft.execute("SET enable_progress_bar = true")
            draft.execute("SET enable_progress_bar_print = false")
            if threads is not None:
                draft.execute(f"SET threads = {int(threads)}")
            draft._create_tables()
        except BackcastError:
            draft._disconnect()
            raise
        return draft

    @property
    def _temporary(self) -> Path:
        return self._path.with_name(self._path.name + ".tmp")

    def _create_tables(self) -> None:
        written = dict(self.query(WRITTEN_TABLES).rows())
        refuse_other_version(self._path.parent, written)
        script = "; ".join(
            f"DROP TABLE IF EXISTS {identifier(name)}; {statement}"
            for name, (declared, statement) in needed_tables().items()
            if written.get(name) != declared
        )
        if script:
            with self.transaction():
                self.execute(script)

    def limit_memory(self, limit: str) -> None:
        """How much memory the engine may use from now on, such as `2GB`; the rest spills."""
        self.execute(f"SET memory_limit = {literal(limit)}")

    def execute(self, sql: str, values: Sequence[Value] = ()) -> None:
        """Run one statement that only changes what is there, such as DROP TABLE.

        Rows that are computed go through `build` and `insert`. Raises EngineError, which names the
        statement and carries the SQL, or StoreError when the disk fails.
        """
        with self._explained(sql):
            self._connection.execute(sql, list(values)).complete()

    def build(self, name: str, query: Query) -> None:
        """Make a temporary table of a query's rows, in place of an earlier one of that name.

        Raises EngineError with the failing step and the SQL, or StoreError when the disk fails.
        """
        self._run(f"CREATE OR REPLACE TEMP TABLE {identifier(name)} AS", query, name)

    def insert(self, table: str, query: Query, names: Sequence[str] = ()) -> None:
        """Add a query's rows to a table, by the names of its columns.

        `names` are the columns to fill, by default all that the table's contract declares. Columns
        of the query that are none of them are left out. Raises as `build` does.
        """
        listed = ", ".join(identifier(name) for name in names or columns(TABLES[table]))
        into = f"INSERT INTO {identifier(table)} ({listed})"
        self._run(f"{into} SELECT {listed} FROM (", query, table, f") AS {query.steps[-1].name}")

    def delete(self, table: str, query: Query) -> None:
        """Delete the rows of a table whose `rowid` a query gives. Raises as `build` does."""
        self._run(f"DELETE FROM {identifier(table)} WHERE rowid IN (", query, table, ")")

    def _run(self, before: str, query: Query, table: str, after: str = "") -> None:
        """Run a statement around a query: the query's first line is the statement's first line."""
        sql = f"{before} {query.render()}{after}"
        with self._explained(sql, query, table):
            self._connection.execute(sql, list(query.values)).complete()

    def query(self, sql: str | Query, values: Sequence[Value] = ()) -> pl.DataFrame:
        """All rows of a SELECT, or of a query, which brings its own values.

        Raises as `execute` does; the error of a query carries the failing step too.
        """
        query = sql if isinstance(sql, Query) else None
        text, values = (query.render(), query.values) if query else (str(sql), values)
        with self._explained(text, query, query.steps[-1].name if query else None):
            return all_rows(self._connection, text, values)

    def one(self, sql: str, values: Sequence[Value] = ()) -> tuple[Any, ...]:
        """The first row of a SELECT that has one, such as a count. Raises as `execute` does."""
        with self._explained(sql):
            row: tuple[Any, ...] | None = self._connection.execute(sql, list(values)).fetchone()
            self._connection.complete()
        if row is None:
            raise EngineError("no row where one was expected", step=statement_name(sql), sql=sql)
        return row

    def has_any(self, *relations: str) -> bool:
        """Whether any of the relations, which may bring a WHERE, has a row."""
        exists = " OR ".join(f"EXISTS (SELECT 1 FROM {relation})" for relation in relations)
        return bool(self.one(f"SELECT {exists}")[0])

    @contextmanager
    def following(self, on_share: Callable[[float], None]) -> Iterator[None]:
        """Report, while a statement of the block runs, which part of it is done, 0 to 1.

        Some times a second, on a thread of its own that is over when the block is. What the
        engine estimates may fall, and starts again with each statement. Of a short block, and of
        a statement whose end the engine cannot foresee, nothing is reported.
        """
        over = threading.Event()
        reporter = threading.Thread(target=self._report, args=(on_share, over), daemon=True)
        reporter.start()
        try:
            yield
        finally:
            over.set()
            reporter.join()

    def _report(self, on_share: Callable[[float], None], over: threading.Event) -> None:
        while not over.wait(_LOOK_EVERY_SECONDS):
            percent = self._connection.query_progress()
            if percent >= 0:
                on_share(min(percent / 100, 1.0))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything in the block is written, or, when the block raises, nothing."""
        self.execute("BEGIN")
        try:
            yield
            self.execute("COMMIT")
        except BaseException:
            # After some failures the engine has rolled back itself and says so by an error.
            with suppress(BackcastError):
                self.execute("ROLLBACK")
            raise

    @contextmanager
    def without_optimizers(self, *names: str) -> Iterator[None]:
        """Leave out some of the engine's optimisations in the block, where they mislead it."""
        # The setting is the engine's. A cursor of its own can take it back also when a statement
        # of the block has failed, after which the connection takes nothing but a ROLLBACK.
        settings = self._connection.cursor()
        setting = f"SET disabled_optimizers = {literal(','.join(names))}"
        with self._explained(setting), settings:
            settings.execute(setting)
            try:
                yield
            except BackcastError:
                # An engine that failed for good refuses this too, and why it failed matters more.
                with suppress(duckdb.Error):
                    settings.execute("RESET disabled_optimizers")
                raise
            settings.execute("RESET disabled_optimizers")

    def attach(self, name: str, frame: pl.DataFrame | pa.Table) -> None:
        """Make a frame readable as a view of that name, in place of an earlier one."""
        with self._explained(f"register {name}"):
            self._connection.register(name, frame)

    def detach(self, name: str) -> None:
        """Forget a frame given to `attach`, so that its memory is free."""
        with self._explained(f"unregister {name}"):
            self._connection.unregister(name)

    def close(self) -> None:
        """Write everything into the one file and close it. Raises StoreError when it cannot."""
        try:
            self.execute("CHECKPOINT")
        finally:
            self._disconnect()

    def _disconnect(self) -> None:
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if error is None:
            self.close()
        else:
            self._disconnect()

    @contextmanager
    def _explained(
        self, sql: str, query: Query | None = None, result: str | None = None
    ) -> Iterator[None]:
        """Raise what fails as the product's own error.

        Of a query it carries the failing step, or `result` where the engine does not say which;
        of a statement its name.
        """
        try:
            yield
        except duckdb.Error as error:
            message = str(error)
            if self._is_fault_of_store(error, message):
                raise StoreError(explain(self._path.parent, message)) from error
            if query is None:
                raise EngineError(message, step=statement_name(sql), sql=sql) from error
            # To look for the step takes as long as the query did: not when memory was too small.
            again = not isinstance(error, duckdb.OutOfMemoryException)
            step = failing_step(self._connection, query, message) if again else None
            raise EngineError(first_paragraph(message), step=step or result, sql=sql) from error

    def _is_fault_of_store(self, error: duckdb.Error, message: str) -> bool:
        """Whether the disk failed, and not the statement or a file that it reads."""
        return (
            isinstance(error, duckdb.FatalException)
            or self._path.name in message
            or says_full(message)
        )
