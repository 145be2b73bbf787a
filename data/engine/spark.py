"""The boundary to other engines: the same portable SQL, translated once, on Apache Spark.

Needs the extra `spark`, and Java. Nothing else in the product imports pyspark.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import polars as pl
import pyarrow.parquet
import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, ParseError, SqlglotError, UnsupportedError
from sqlglot.tokenizer_core import TokenType

from data.engine.frames import all_rows
from data.engine.held_steps import mentions, reading_held, steps_to_hold
from data.engine.warehouse import DuckDBWarehouse, Warehouse
from data.errors import EngineError
from data.schema.contract import create_table
from data.schema.tables import TABLES
from data.sql import Query, Step, Value

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


_VALUE = "bound_value_"


@contextmanager
def local_spark(workers: int = 2, memory_megabytes: int = 1024) -> Iterator[SparkSession]:
    """Spark on this machine with real worker processes, for trying and for tests.

    Raises EngineError when pyspark or Java is missing.
    """
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError as error:
        reason = "Spark is not installed; install the extra `spark` and Java 17 or later"
        raise EngineError(reason, step=None, sql="") from error
    builder = SparkSession.builder.master(f"local-cluster[{workers},1,{memory_megabytes}]")
    for name, value in {
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.executor.memory": f"{memory_megabytes}m",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": str(workers),
        # Of little data, compiling and planning anew take longer than the work.
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.sql.adaptive.enabled": "false",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",
        "spark.executor.extraJavaOptions": "-XX:TieredStopAtLevel=1",
    }.items():
        builder = builder.config(name, value)
    with _spark_home():
        try:
            session = builder.appName("Backcast").getOrCreate()
        except PySparkException as error:
            reason = f"Spark did not start; it needs Java 17 or later ({error})"
            raise EngineError(reason, step=None, sql="") from error
        try:
            yield session
        finally:
            session.stop()


@contextmanager
def _spark_home() -> Iterator[None]:
    """Where workers find Spark's scripts and write their logs.

    The distribution that pip installed may not be writable, so links to it stand in for it.
    """
    import pyspark

    with tempfile.TemporaryDirectory(prefix="backcast-spark-") as home:
        for entry in Path(pyspark.__file__).parent.iterdir():
            Path(home, entry.name).symlink_to(entry)
        before = dict(os.environ)
        os.environ.setdefault("SPARK_HOME", home)
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


def export_parquet(warehouse: DuckDBWarehouse, folder: Path, tables: Iterable[str]) -> None:
    """Write tables of a generation as `folder/<table>.parquet`, batch by batch.

    Raises EngineError when there is no such table, OSError when the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for table in tables:
        batches = warehouse.batches(Query(Step("exported", f'SELECT * FROM "{table}"')))
        schema = next(batches).schema
        with pyarrow.parquet.ParquetWriter(folder / f"{table}.parquet", schema) as writer:
            for batch in batches:
                writer.write_batch(batch)


class SparkWarehouse(Warehouse):
    """A generation on Spark, classic or Connect: the tables are views of its session."""

    def __init__(self, session: SparkSession, generation: str) -> None:
        self.generation = generation
        self._session = session
        # Timestamps of the warehouse are UTC and carry no zone.
        session.conf.set("spark.sql.session.timeZone", "UTC")

    @classmethod
    def read_parquet(
        cls, session: SparkSession, folder: str, tables: Iterable[str], *, generation: str
    ) -> SparkWarehouse:
        """Make views of the files that `export_parquet` wrote, in a new session of the cluster.

        `folder` is a path or an address that all workers can read.
        """
        warehouse = cls(session.newSession(), generation)
        for table in tables:
            frame = warehouse._session.read.parquet(f"{folder.rstrip('/')}/{table}.parquet")
            frame.createOrReplaceTempView(table)
        return warehouse

    def query(self, query: Query) -> pl.DataFrame:
        """The rows of the query's last step, in the column types that DuckDB gives.

        Raises EngineError with the failing step and the SQL as Spark saw it.
        """
        from pyspark.errors import PySparkException

        sql = to_spark(query)
        held: list[str] = []
        try:
            result = self._frame(query, held).toArrow()
        except PySparkException as error:
            reason = str(error).partition("\n")[0]
            raise EngineError(reason, step=self._failing_step(query), sql=sql) from error
        finally:
            for view in held:
                self._session.catalog.dropTempView(view)
        return _as_duckdb_types(pl.DataFrame(result), query)

    def _frame(self, query: Query, held: list[str]) -> DataFrame:
        """What the query gives; steps that are kept or held stand in views, named in `held`."""
        views: dict[str, str] = {}

        def hold(name: str, frame: DataFrame) -> None:
            views[name] = f"held_{len(held)}_{name}"
            frame.localCheckpoint().createOrReplaceTempView(views[name])
            held.append(views[name])

        for name, kept in query.kept.items():
            hold(name, self._frame(kept, held))
        query = query.reading(views)
        reads = mentions(parsed(query.render()))
        for name in steps_to_hold(reads):
            part = reading_held(query.upto(name), reads, views)
            hold(name, self._session.sql(to_spark(part)))
        return self._session.sql(to_spark(reading_held(query, reads, views)))

    def _failing_step(self, query: Query) -> str | None:
        """The first step that cannot be computed by itself."""
        from pyspark.errors import PySparkException

        for step in query.steps:
            try:
                frame: DataFrame = self._session.sql(to_spark(query.upto(step.name)))
                frame.write.format("noop").mode("overwrite").save()
            except PySparkException:
                return step.name
        return None


def to_spark(query: Query) -> str:
    """The query in Spark's dialect, with its values written in.

    Raises EngineError when it says something that Spark cannot.

    >>> print(to_spark(Query(Step("one", "SELECT ? AS name, 7 // 2 AS halves", ("O'Neil",)))))
    WITH one AS (SELECT 'O\\'Neil' AS name, 7 DIV 2 AS halves) SELECT * FROM one
    """
    sql = query.render()
    try:
        translated = parsed(sql).transform(_translate, query.values)
        return translated.sql("spark", unsupported_level=ErrorLevel.RAISE)
    except ParseError as error:
        line = error.errors[0]["line"]
        quoted = f"LINE {line}: {sql.splitlines()[line - 1]}"
        reason = f"no translation to Spark: {error.errors[0]['description']} in line {line}"
        raise EngineError(reason, step=query.failing_step(quoted), sql=sql) from error
    except SqlglotError as error:
        raise EngineError(f"no translation to Spark: {error}", step=None, sql=sql) from error


@lru_cache(maxsize=256)
def parsed(sql: str) -> exp.Expr:
    """The syntax tree, with numbered names in place of the placeholders.

    In the tree itself the placeholders are not in the order in which they were written.
    """
    pieces: list[str] = []
    end = 0
    for token in sqlglot.tokenize(sql, read="duckdb"):
        if token.token_type is TokenType.PLACEHOLDER:
            pieces += [sql[end : token.start], f"{_VALUE}{len(pieces) // 2}"]
            end = token.end + 1
    return sqlglot.parse_one("".join([*pieces, sql[end:]]), read="duckdb")


def _translate(node: exp.Expr, values: tuple[Value, ...]) -> exp.Expr:
    """What sqlglot does not know: the bound values, and where Spark would silently differ."""
    if isinstance(node, exp.Column) and node.name.startswith(_VALUE):
        return _literal(values[int(node.name.removeprefix(_VALUE))])
    if isinstance(node, exp.WithinGroup) and isinstance(node.this, exp.PercentileCont):
        # sqlglot writes Spark's approximate percentile for it; this is the exact one.
        ordered = node.expression.expressions[0]
        return exp.func("PERCENTILE", ordered.this, node.this.this, dialect="spark")
    if isinstance(node, exp.PercentileDisc):
        raise UnsupportedError("percentile_disc is approximate there; use percentile_cont")
    if isinstance(node, exp.ArrayAgg) and isinstance(node.this, exp.Order):
        raise UnsupportedError("lists lose their order there; use a window function")
    if isinstance(node, exp.DateDiff):
        if node.text("unit").upper() != "DAY":
            raise UnsupportedError("date_diff counts whole units there; count days, or divide")
        # DuckDB counts midnights passed, also between timestamps; Spark would count 24 hours.
        node.set("this", exp.cast(node.this, exp.DType.DATE))
        node.set("expression", exp.cast(node.expression, exp.DType.DATE))
    return node


def _literal(value: Value) -> exp.Expr:
    """The value as a literal of the type that DuckDB gives it when it is bound."""
    if isinstance(value, float):
        return exp.cast(exp.Literal.string(repr(value)), exp.DType.DOUBLE)
    if isinstance(value, Decimal):
        return exp.Literal.number(f"{value:f}")
    if isinstance(value, datetime) and value.tzinfo is not None:
        raise ValueError(f"timestamps are UTC without a zone, but {value!r} has one")
    return exp.convert(value)


def _as_duckdb_types(frame: pl.DataFrame, query: Query) -> pl.DataFrame:
    """Cast to the types that DuckDB gives the query's columns, asked on empty tables."""
    with _empty_tables().cursor() as cursor:
        empty = all_rows(cursor, query.render(), query.values)
    return frame.with_columns(_as_type(frame[name], dtype) for name, dtype in empty.schema.items())


@cache
def _empty_tables() -> duckdb.DuckDBPyConnection:
    """A database of nothing but tables, made once: to make them takes longer than a question."""
    connection = duckdb.connect()
    for name, contract in TABLES.items():
        connection.execute(create_table(name, contract))
    return connection


def _as_type(series: pl.Series, dtype: pl.DataType) -> pl.Series:
    if isinstance(series.dtype, pl.Datetime) and series.dtype.time_zone:
        series = series.dt.replace_time_zone(None)
    return series.cast(dtype)
