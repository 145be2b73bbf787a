"""The same queries on DuckDB and on Spark give the same rows in the same types."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pyarrow.parquet
import pytest
from polars.testing import assert_frame_equal

from data.engine.draft import Draft
from data.engine.spark import SparkWarehouse, export_parquet, to_spark
from data.engine.warehouse import DuckDBWarehouse
from data.errors import EngineError
from data.sql import Query, Step, Value

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


TABLES = ("touch", "exchange_rate", "opportunity")


@pytest.fixture(scope="module")
def duck(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBWarehouse]:
    """Three hundred touches over half a year, with Chinese names, quotes and missing values."""
    path = tmp_path_factory.mktemp("engines") / "engines.duckdb"
    with Draft.open(path, threads=1) as draft:
        draft.execute(
            "INSERT INTO touch BY NAME SELECT 'i' || lpad(i::VARCHAR, 3, '0') AS interaction_id, "
            "CASE WHEN i % 7 = 0 THEN NULL ELSE '公司' || i % 5 END AS account_id, "
            "TIMESTAMP '2024-01-31 23:30:00' + i * INTERVAL 13 HOUR + i * INTERVAL 1 MICROSECOND "
            "AS occurred_at, DATE '2024-01-31' + (i // 2)::INT AS occurred_on, 'view' AS action, "
            "CASE WHEN i % 3 = 0 THEN 'high' ELSE 'low' END AS value_tier, "
            "CASE i % 4 WHEN 0 THEN '网络研讨会' WHEN 1 THEN 'O''Neil \\ \"x\"' WHEN 2 THEN '' "
            "ELSE 'Web' END AS channel, '春季' AS campaign, 'Unknown' AS content, i + 1 AS place "
            "FROM range(300) AS numbers(i)"
        )
        draft.execute(
            "INSERT INTO exchange_rate SELECT CASE WHEN i % 2 = 0 THEN 'EUR' ELSE 'CNY' END, "
            "DATE '2024-02-25' + i::INT, 1 + i / 3, 'l' FROM range(10) AS numbers(i)"
        )
    with DuckDBWarehouse.open(path) as warehouse:
        yield warehouse


@pytest.fixture(scope="module")
def spark(
    duck: DuckDBWarehouse, spark_session: SparkSession, tmp_path_factory: pytest.TempPathFactory
) -> SparkWarehouse:
    folder = tmp_path_factory.mktemp("exported")
    export_parquet(duck, folder, TABLES)
    return SparkWarehouse.read_parquet(
        spark_session, str(folder), TABLES, generation=duck.generation
    )


QUERIES = {
    "all columns of a table": Query(
        Step("touches", "SELECT * FROM touch ORDER BY interaction_id"),
    ),
    "a table without rows": Query(Step("deals", "SELECT * FROM opportunity")),
    "text with quotes and backslashes": Query(
        Step("scoped", "SELECT * FROM touch WHERE channel = ?", ('O\'Neil \\ "x"',)),
        Step("counted", "SELECT channel, count(*) AS touches FROM scoped GROUP BY channel"),
    ),
    "Chinese text, dates and a missing value": Query(
        Step(
            "scoped",
            "SELECT * FROM touch WHERE channel IN (?, ?) AND occurred_on BETWEEN ? AND ? "
            "AND (account_id = ? OR ? IS NULL)",
            ("网络研讨会", "", date(2024, 2, 29), date(2024, 5, 1), "公司1", None),
        ),
        Step(
            "counted",
            "SELECT account_id, min(occurred_on) AS first_on, max(occurred_at) AS last_at, "
            "count(*) AS touches FROM scoped GROUP BY account_id",
        ),
        Step("ordered", "SELECT * FROM counted ORDER BY account_id"),
    ),
    "values in the order they are written": Query(
        Step(
            "scoped",
            "SELECT CASE WHEN value_tier = ? THEN ? ELSE ? END AS tier, channel FROM touch "
            "WHERE occurred_at >= ? AND interaction_id > ?",
            ("high", "高", "低", datetime(2024, 3, 1, 12, 30, 0, 5), "i010"),
        ),
        Step("counted", "SELECT tier, count(*) AS touches FROM scoped GROUP BY tier ORDER BY tier"),
    ),
    "whole, decimal and floating values": Query(
        Step(
            "scoped",
            "SELECT * FROM exchange_rate WHERE rate > ? AND rate < ? AND rate <> ?",
            (Decimal("1.33333333"), 3.5, 2),
        ),
        Step("ordered", "SELECT * FROM scoped ORDER BY rate_on"),
    ),
    "a floating value is not a decimal": Query(
        Step("divided", "SELECT ? / 7e0 AS share, ? / ? AS ratio", (0.1, 2, 3)),
    ),
    "counts with a filter by month": Query(
        Step("scoped", "SELECT * FROM touch"),
        Step(
            "monthly",
            "SELECT CAST(date_trunc('month', occurred_at) AS DATE) AS month_on, "
            "date_trunc('month', occurred_on) AS month_at, count(*) AS touches, "
            "count(*) FILTER (WHERE value_tier = 'high') AS high, "
            "count(DISTINCT account_id) AS accounts, sum(1) AS ones "
            "FROM scoped GROUP BY 1, 2",
        ),
        Step("ordered", "SELECT * FROM monthly ORDER BY month_on, month_at"),
    ),
    "missing values are last": Query(
        Step("accounts", "SELECT DISTINCT account_id FROM touch"),
        Step("ordered", "SELECT account_id FROM accounts ORDER BY account_id"),
    ),
    "medians and percentiles": Query(
        Step("rates", "SELECT currency, CAST(rate AS DOUBLE) AS rate FROM exchange_rate"),
        Step(
            "middle",
            "SELECT currency, median(rate) AS median, "
            "percentile_cont(0.9) WITHIN GROUP (ORDER BY rate) AS high, "
            "percentile_cont(0.25) WITHIN GROUP (ORDER BY rate) FILTER (WHERE rate > 1.5e0) "
            "AS low FROM rates GROUP BY currency",
        ),
        Step("ordered", "SELECT * FROM middle ORDER BY currency"),
    ),
    "money": Query(
        Step(
            "summed",
            "SELECT currency, sum(rate) AS total, max(rate) AS high, avg(rate) AS average, "
            "CAST(sum(rate) AS DOUBLE) / nullif(count(*), 0) AS ratio FROM exchange_rate "
            "GROUP BY currency",
        ),
        Step("ordered", "SELECT * FROM summed ORDER BY currency"),
    ),
    "windows and days between": Query(
        Step(
            "ranked",
            "SELECT interaction_id, "
            "row_number() OVER (PARTITION BY account_id ORDER BY occurred_at) AS position, "
            "date_diff('day', occurred_on, DATE '2024-12-31') AS days, "
            "date_diff('day', occurred_at, TIMESTAMP '2024-12-31 01:00:00') AS midnights, "
            "lag(channel) OVER (PARTITION BY account_id ORDER BY occurred_at) AS before FROM touch",
        ),
        Step("ordered", "SELECT * FROM ranked ORDER BY interaction_id"),
    ),
}


@pytest.mark.spark
@pytest.mark.parametrize("name", QUERIES)
def test_both_engines_agree(duck: DuckDBWarehouse, spark: SparkWarehouse, name: str) -> None:
    expected = duck.query(QUERIES[name])
    assert_frame_equal(spark.query(QUERIES[name]), expected, rel_tol=1e-12, abs_tol=0)
    assert expected.height > 0 or name == "a table without rows"


@pytest.mark.spark
def test_the_time_zone_of_the_cluster_does_not_matter(
    duck: DuckDBWarehouse, spark_session: SparkSession
) -> None:
    session = spark_session.newSession()
    session.conf.set("spark.sql.session.timeZone", "Asia/Shanghai")
    query = Query(
        Step("moment", "SELECT ? AS moment", (datetime(2024, 1, 31, 23, 30),)),
        Step("month", "SELECT date_trunc('month', moment) AS month_at, moment FROM moment"),
    )
    assert_frame_equal(SparkWarehouse(session, "none").query(query), duck.query(query))


@pytest.mark.spark
def test_two_workers_take_part(spark_session: SparkSession, spark: SparkWarehouse) -> None:
    context = spark_session.sparkContext
    executors = context._jsc.sc().getExecutorMemoryStatus().size() - 1  # less the driver
    assert executors == 2
    assert spark.generation == "engines"


@pytest.mark.spark
@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT chanel FROM read_touches", "chanel"),
        ("SELECT CAST(channel AS INT) AS number FROM read_touches", "cannot be cast"),
        ("SELECT channel frm read_touches", "no translation to Spark"),
    ],
    ids=["unknown column", "conversion", "syntax"],
)
def test_a_failure_names_its_step(spark: SparkWarehouse, sql: str, reason: str) -> None:
    query = Query(
        Step("read_touches", "SELECT * FROM touch WHERE channel = ?", ("网络研讨会",)),
        Step("failing", sql),
        Step("result", "SELECT * FROM failing"),
    )
    with pytest.raises(EngineError, match=reason) as raised:
        spark.query(query)
    assert raised.value.step == "failing"
    assert "read_touches AS (" in raised.value.sql


@pytest.mark.parametrize(
    ("value", "literal"),
    [
        ("张三", "'张三'"),
        ("O'Neil \\ \n", "'O\\'Neil \\\\ \\n'"),
        (None, "NULL"),
        (True, "TRUE"),
        (7, "7"),
        (-7, "-7"),
        (0.1, "CAST('0.1' AS DOUBLE)"),
        (Decimal("1E+3"), "1000"),
        (date(2024, 2, 29), "CAST('2024-02-29' AS DATE)"),
        (datetime(2024, 2, 29, 23, 59, 59), "CAST('2024-02-29 23:59:59' AS TIMESTAMP)"),
    ],
)
def test_values_become_literals(value: Value, literal: str) -> None:
    sql = to_spark(Query(Step("bound", "SELECT ? AS value", (value,))))
    assert sql == f"WITH bound AS (SELECT {literal} AS value) SELECT * FROM bound"


def test_a_question_mark_in_a_text_is_no_placeholder() -> None:
    sql = to_spark(Query(Step("asked", "SELECT 'why?' AS question, ? AS answer -- ?", (42,))))
    assert "'why?' AS question, 42 AS answer" in sql


def test_a_percentile_stays_exact() -> None:
    percentile = "SELECT percentile_cont(0.9) WITHIN GROUP (ORDER BY rate) AS p FROM exchange_rate"
    assert "PERCENTILE(rate, 0.9)" in to_spark(Query(Step("high", percentile)))


@pytest.mark.parametrize(
    "expression",
    [
        "percentile_disc(0.5) WITHIN GROUP (ORDER BY rate)",
        "list(rate ORDER BY rate_on)",
        "date_diff('month', rate_on, rate_on)",
    ],
)
def test_what_would_silently_differ_is_refused(expression: str) -> None:
    query = Query(Step("different", f"SELECT {expression} AS x FROM exchange_rate"))
    with pytest.raises(EngineError, match=r"no translation to Spark: .* there; "):
        to_spark(query)


def test_exported_tables_hold_all_rows_in_their_types(
    duck: DuckDBWarehouse, tmp_path: Path
) -> None:
    export_parquet(duck, tmp_path / "new", TABLES)
    for table in TABLES:
        exported = pl.read_parquet(tmp_path / "new" / f"{table}.parquet")
        stored = duck.query(Query(Step("stored", f"SELECT * FROM {table}")))
        assert_frame_equal(exported, stored)
    schema = pyarrow.parquet.read_schema(tmp_path / "new" / "touch.parquet")
    assert str(schema.field("occurred_at").type) == "timestamp[us]"
    with pytest.raises(EngineError, match="nowhere does not exist"):
        export_parquet(duck, tmp_path, ["nowhere"])
