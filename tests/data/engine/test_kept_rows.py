"""Rows of a kept step are computed once, whoever reads them, and are those of the step."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pytest

from data.engine.kept_rows import KeptRows
from data.engine.warehouse import DuckDBWarehouse
from data.errors import EngineError
from data.sql import Query, Step, kept_step
from tests.metrics.facts import DraftWarehouse, store
from tests.metrics.twelve_leads import TWELVE

DRAWN = kept_step(
    "drawn",
    Query(
        Step("asked", "SELECT CAST(? AS VARCHAR) AS channel, CAST(? AS INT) AS n", ("Webinar", 1)),
        Step(
            "of_channel",
            """
            SELECT lead_id, random() AS drawn
            FROM journey
            JOIN asked ON asked.channel = journey.channel
            """,
        ),
    ),
)
LEAST = Step("asked", "SELECT CAST(? AS VARCHAR) AS least", ("L02",))
FROM_LEAST = Step(
    "from_least", "SELECT drawn.* FROM drawn JOIN asked ON drawn.lead_id >= asked.least"
)


def one_of(number: int) -> Query:
    return Query(Step("one", f"SELECT {number} AS number"))


def table(rows: int) -> pa.Table:
    return pa.table({"number": pa.array(range(rows), pa.int64())})


@pytest.fixture
def warehouse(tmp_path: Path) -> DuckDBWarehouse:
    return store(tmp_path / "00001.duckdb", TWELVE)


def test_a_later_query_reads_the_rows_of_the_first(warehouse: DuckDBWarehouse) -> None:
    everything = warehouse.query(Query(DRAWN)).sort("lead_id")
    some = warehouse.query(Query(DRAWN, LEAST, FROM_LEAST)).sort("lead_id")
    assert 0 < some.height < everything.height
    assert some.equals(everything.filter(everything["lead_id"] >= "L02"))
    assert everything["drawn"].n_unique() == everything.height


def test_ends_and_batches_read_them_as_well(warehouse: DuckDBWarehouse) -> None:
    everything = warehouse.query(Query(DRAWN)).sort("lead_id")
    (ended,) = warehouse.query_each(
        (DRAWN, LEAST, FROM_LEAST), [(Step("all_of_it", "SELECT * FROM from_least"),)]
    )
    batches = list(warehouse.batches(Query(DRAWN)))
    streamed = [row["drawn"] for batch in batches for row in batch.to_pylist()]
    assert set(ended["drawn"]) < set(everything["drawn"])
    assert sorted(streamed) == sorted(everything["drawn"])


def test_other_values_are_another_question(warehouse: DuckDBWarehouse) -> None:
    assert DRAWN.query is not None
    first, rest = DRAWN.query.steps[0], DRAWN.query.steps[1:]
    of_nobody = Query(Step(first.name, first.sql, ("of nobody", 1)), *rest)
    assert warehouse.query(Query(DRAWN)).height > 0
    assert warehouse.query(Query(kept_step("drawn", of_nobody))).is_empty()


def test_a_warehouse_that_keeps_nothing_gives_the_same(warehouse: DuckDBWarehouse) -> None:
    leads = Step("leads", "SELECT lead_id FROM from_least ORDER BY lead_id")
    query = Query(DRAWN, LEAST, FROM_LEAST, leads)
    assert query.values == ("Webinar", 1, "L02")
    assert warehouse.query(query).equals(DraftWarehouse().hold(TWELVE).query(query))


def test_a_failure_within_names_its_step_there(warehouse: DuckDBWarehouse) -> None:
    wrong = kept_step("wrong", Query(Step("read", "SELECT lod_id FROM lead")))
    with pytest.raises(EngineError, match="lod_id") as raised:
        warehouse.query(Query(wrong))
    assert raised.value.step == "read"


def test_a_failure_after_it_names_its_own_step(warehouse: DuckDBWarehouse) -> None:
    with pytest.raises(EngineError, match="no_such") as raised:
        warehouse.query(Query(DRAWN, LEAST, Step("failing", "SELECT no_such FROM drawn")))
    assert raised.value.step == "failing"


def test_it_stands_before_the_steps_of_the_query() -> None:
    with pytest.raises(ValueError, match="only the first step may bind values"):
        Query(LEAST, DRAWN)


def test_the_ones_used_longest_ago_go_first() -> None:
    kept = KeptRows(most_bytes=table(10).nbytes)
    kept.rows(one_of(1), lambda: table(4))
    kept.rows(one_of(2), lambda: table(4))
    kept.rows(one_of(1), lambda: table(1))
    kept.rows(one_of(3), lambda: table(4))
    assert kept.rows(one_of(1), lambda: table(1)).num_rows == 4
    assert kept.rows(one_of(2), lambda: table(1)).num_rows == 1


def test_more_than_is_kept_is_answered_all_the_same() -> None:
    kept = KeptRows(most_bytes=1)
    assert kept.rows(one_of(1), lambda: table(4)).num_rows == 4
    assert kept.rows(one_of(1), lambda: table(5)).num_rows == 5


def test_many_who_ask_at_once_are_answered_once() -> None:
    kept, asked, together = KeptRows(), [], threading.Barrier(4)

    def answer() -> pa.Table:
        asked.append(1)
        return table(3)

    def ask(_: int) -> int:
        together.wait()
        return int(kept.rows(one_of(1), answer).num_rows)

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(ask, range(4))) == [3] * 4
    assert asked == [1]


def test_a_failure_is_not_kept() -> None:
    kept = KeptRows()

    def fail() -> pa.Table:
        raise EngineError("out of memory", step=None, sql="")

    with pytest.raises(EngineError):
        kept.rows(one_of(1), fail)
    assert kept.rows(one_of(1), lambda: table(2)).num_rows == 2
