"""Reading one generation, and following the store from one to the next."""

from __future__ import annotations

import gc
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from data.engine.draft import Draft
from data.engine.warehouse import DuckDBWarehouse, has_table, open_current, open_derived
from data.errors import EmptyStoreError, EngineError, NotDerivedError, OtherVersionError, StoreError
from data.sql import Query, Step
from data.storage.store import Store

Load = Callable[[str], None]

WriteLoad = Callable[[Path, str], None]


LOADS = Query(Step("loads", "SELECT load_id FROM exchange_rate ORDER BY load_id"))


def loads(warehouse: DuckDBWarehouse) -> list[str]:
    return warehouse.query(LOADS)["load_id"].to_list()


@pytest.fixture
def warehouse(store: Store, load: Load) -> Iterator[DuckDBWarehouse]:
    load("a")
    with DuckDBWarehouse.open(store.current().path, memory_limit="100MB") as opened:
        yield opened


@pytest.fixture
def impatient(store: Store, load: Load) -> Iterator[DuckDBWarehouse]:
    """For what shall be stopped."""
    load("a")
    with DuckDBWarehouse.open(
        store.current().path, memory_limit="100MB", max_seconds=0.5
    ) as opened:
        yield opened


def test_values_are_bound_as_they_are(warehouse: DuckDBWarehouse) -> None:
    values = ("张三 o'Neil \\ ;--", 7, 1.5, True, date(2024, 2, 29), Decimal("1.25"), None)
    moment = datetime(2024, 2, 29, 23, 59, 59, 123456)
    placeholders = ", ".join(f"? AS value_{number}" for number in range(8))
    frame = warehouse.query(Query(Step("bound", f"SELECT {placeholders}", (*values, moment))))
    assert frame.row(0) == (*values, moment)


def test_columns_keep_their_types(warehouse: DuckDBWarehouse) -> None:
    frame = warehouse.query(Query(Step("rates", "SELECT * FROM exchange_rate WHERE rate < 0")))
    assert frame.schema == {
        "currency": pl.String,
        "rate_on": pl.Date,
        "rate": pl.Decimal(18, 8),
        "load_id": pl.String,
    }


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT lod_id FROM read", 'Referenced column "lod_id" not found'),
        ("SELECT load_id frm read", "syntax error"),
        ("SELECT load_id::DATE AS day FROM read", "invalid date field format|Could not convert"),
        ("SELECT 1 // (length(load_id) - 1) AS one FROM read", "Division by zero"),
        ("SELECT no_such_function(load_id) AS x FROM read", "no_such_function does not exist"),
    ],
    ids=["unknown column", "syntax", "conversion", "division by zero", "unknown function"],
)
def test_a_failure_names_its_step_and_carries_the_sql(
    warehouse: DuckDBWarehouse, sql: str, reason: str
) -> None:
    query = Query(
        Step("read", "SELECT load_id FROM exchange_rate\nWHERE load_id = ?", ("a",)),
        Step("failing", sql),
        Step("last", "SELECT * FROM failing ORDER BY 1"),
    )
    with pytest.raises(EngineError, match=reason) as raised:
        warehouse.query(query)
    assert raised.value.step == "failing"
    assert raised.value.sql == query.render()
    assert str(raised.value).startswith('step "failing": ')
    assert "\n\n" not in str(raised.value)


READ = Step(
    "read", "SELECT load_id, random() AS drawn FROM exchange_rate WHERE load_id = ?", ("a",)
)


def test_ends_read_what_their_shared_steps_made_once(warehouse: DuckDBWarehouse) -> None:
    shared = READ, Step("rows_read", "SELECT load_id, drawn FROM read")
    count = Step("counted", "SELECT count(*) AS loads FROM rows_read")
    drawn = Step("drawn_again", "SELECT load_id AS load, drawn FROM rows_read")
    counted, first, second = warehouse.query_each(
        shared, [(count,), (drawn,), (drawn, Step("last", "SELECT drawn FROM drawn_again"))]
    )
    assert counted.item() == 1
    assert first["load"].to_list() == ["a"]
    assert second["drawn"].to_list() == first["drawn"].to_list()
    (again,) = warehouse.query_each(shared, [(drawn,)])
    assert again["drawn"].to_list() != first["drawn"].to_list(), "nothing is left of the one before"


@pytest.mark.parametrize("failing", ["shared", "last"])
def test_a_failure_of_ends_names_its_step_and_carries_the_sql(
    warehouse: DuckDBWarehouse, failing: str
) -> None:
    shared = (
        READ,
        Step("shared", "SELECT load_id FROM " + ("red" if failing == "shared" else "read")),
    )
    end = Step("last", "SELECT lod_id FROM shared")
    with pytest.raises(EngineError, match=r"red|lod_id") as raised:
        warehouse.query_each(shared, [(Step("first", "SELECT load_id FROM shared"),), (end,)])
    assert raised.value.step == failing
    asked = shared if failing == "shared" else (*shared, end)
    assert raised.value.sql == Query(*asked).render()


def test_a_query_that_takes_too_long_is_stopped_and_says_so(impatient: DuckDBWarehouse) -> None:
    long = "SELECT sum(a.i * b.i) AS x FROM range(100000) a(i), range(100000) b(i)"
    with pytest.raises(EngineError, match=r"longer than 0\.5 seconds .* choose a shorter period"):
        impatient.query(Query(Step("long", long)))
    assert loads(impatient) == ["a"]


def test_a_query_that_needs_too_much_memory_says_so(warehouse: DuckDBWarehouse) -> None:
    large = "SELECT list(repeat('x', 1000) || i) AS x FROM range(1000000) numbers(i)"
    with pytest.raises(EngineError, match="more memory than the 100MB it may use"):
        warehouse.query(Query(Step("large", large)))
    assert loads(warehouse) == ["a"]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM glob('/*')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM outside",
    ],
)
def test_a_query_can_read_nothing_but_the_warehouse(warehouse: DuckDBWarehouse, sql: str) -> None:
    outside = pl.DataFrame({"secret": [1]})
    assert outside.height
    with pytest.raises(EngineError, match=r"disabled by configuration|does not exist"):
        warehouse.query(Query(Step("outside_read", sql)))


@pytest.mark.parametrize(
    "statement",
    [
        "SET memory_limit = '1TB'",
        "SET enable_external_access = true",
        "DELETE FROM exchange_rate",
        "CREATE TABLE more (n INT)",
        "COPY exchange_rate TO 'stolen.csv'",
    ],
)
def test_a_smuggled_statement_can_change_nothing(
    warehouse: DuckDBWarehouse, statement: str
) -> None:
    smuggling = Step("smuggling", f"SELECT 1 AS n) SELECT * FROM smuggling; {statement}; SELECT (1")
    with pytest.raises(EngineError, match=r"locked|read-only|disabled"):
        warehouse.query(Query(smuggling))
    assert loads(warehouse) == ["a"]


def test_a_closed_warehouse_refuses_queries(warehouse: DuckDBWarehouse) -> None:
    warehouse.close()
    with pytest.raises(EngineError, match="closed"):
        loads(warehouse)


def test_a_missing_or_damaged_file_is_a_store_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"gone\.duckdb of the data cannot be read"):
        DuckDBWarehouse.open(tmp_path / "gone.duckdb")
    (tmp_path / "bad.duckdb").write_bytes(b"bad")
    with pytest.raises(StoreError, match=r"bad\.duckdb of the data cannot be read"):
        DuckDBWarehouse.open(tmp_path / "bad.duckdb")


def test_two_readers_of_one_file_do_not_disturb_each_other(
    store: Store, warehouse: DuckDBWarehouse
) -> None:
    with DuckDBWarehouse.open(store.current().path) as second:
        assert loads(second) == ["a"]
    assert loads(warehouse) == ["a"]


def test_a_stream_of_batches_has_all_rows_and_the_columns_of_none(
    warehouse: DuckDBWarehouse,
) -> None:
    numbers = Query(Step("numbers", "SELECT i FROM range(300000) AS range(i)"))
    batches = list(warehouse.batches(numbers))
    assert sum(batch.num_rows for batch in batches) == 300_000
    nothing = Query(Step("nothing", "SELECT i FROM range(0) AS range(i)"))
    assert next(warehouse.batches(nothing)).schema.names == ["i"]


def test_a_failure_late_in_a_stream_is_an_engine_error(warehouse: DuckDBWarehouse) -> None:
    late = Query(Step("late", "SELECT 1 // (i - 290000) AS x FROM range(300000) AS range(i)"))
    batches = warehouse.batches(late)
    next(batches)
    with pytest.raises(EngineError, match=r'step "late": .*Division by zero'):
        list(batches)


def test_an_empty_store_has_nothing_to_open(store: Store) -> None:
    with pytest.raises(EmptyStoreError):
        open_current(store)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("CREATE TABLE lead_told AS SELECT * FROM lead_reported_by", "it has a table lead_told"),
        ("ALTER TABLE rejected_row DROP COLUMN kind", "its table rejected_row has the columns"),
    ],
)
def test_a_store_that_another_version_filled_is_not_read(
    store: Store, change: str, fault: str
) -> None:
    with store.writing() as part, Draft.open(part) as draft:
        draft.execute(change)
    for _ in range(2):  # nothing of it is kept open either
        with pytest.raises(OtherVersionError, match=f"{fault}.*load your files again"):
            open_current(store)


def test_a_store_without_a_table_of_this_version_is_read(store: Store) -> None:
    with store.writing() as part, Draft.open(part) as draft:
        draft.execute("DROP TABLE sample_load")
        draft.execute("ALTER TABLE journey DROP COLUMN grade")
    assert loads(open_current(store)) == []


def test_what_a_generation_holds_can_be_asked(store: Store, load: Load) -> None:
    load("a")
    warehouse = open_current(store)
    assert has_table(warehouse, "exchange_rate")
    assert not has_table(warehouse, "exchange_rates")


@pytest.mark.parametrize(
    "change",
    ["DROP TABLE lead_stage_entry", "ALTER TABLE journey DROP COLUMN tags"],
)
def test_derived_by_another_version_says_what_to_do(store: Store, load: Load, change: str) -> None:
    load("a")
    assert loads(open_derived(store)) == ["a"]
    with store.writing() as part, Draft.open(part) as draft:
        draft.execute(change)
    assert loads(open_current(store)) == ["a"]
    with pytest.raises(NotDerivedError, match="Load a file, or run `python -m data derive`"):
        open_derived(store)


def test_the_current_generation_is_opened_once_and_followed(store: Store, load: Load) -> None:
    load("a")
    first = open_current(store)
    assert open_current(Store(store.path)) is first
    load("b")
    second = open_current(store)
    assert second is not first
    assert second.generation != first.generation
    assert loads(second) == ["a", "b"]


def test_a_reader_keeps_the_state_it_started_with(store: Store, load: Load) -> None:
    load("a")
    held = open_current(store)
    for name in "bcdef":
        load(name)
        open_current(store)
    assert len(store.generations()) == 3
    assert loads(held) == ["a"]


def test_an_open_result_survives_the_swap_and_the_deletion_of_its_file(
    store: Store, load: Load
) -> None:
    with store.writing() as part, Draft.open(part) as draft:
        draft.execute(
            "INSERT INTO exchange_rate SELECT 'EUR', DATE '2024-01-01', i, 'l' "
            "FROM range(1000000) AS numbers(i)"
        )
    batches = open_current(store).batches(Query(Step("rates", "SELECT rate FROM exchange_rate")))
    rows = next(batches).num_rows + next(batches).num_rows
    path = store.current().path
    for name in "abcd":
        load(name)
    assert len(loads(open_current(store))) == 1_000_004
    assert not path.exists()
    assert rows + sum(batch.num_rows for batch in batches) == 1_000_000


def spills_to(warehouse: DuckDBWarehouse) -> Path:
    setting = Step("setting", "SELECT current_setting('temp_directory') AS folder")
    return Path(warehouse.query(Query(setting)).item())


def test_what_a_reader_spills_stays_in_the_store_and_goes_with_the_reader(
    store: Store, load: Load
) -> None:
    load("a")
    with DuckDBWarehouse.open(store.current().path) as opened:
        folder = spills_to(opened)
        assert folder.is_relative_to(store.path / "work")
        assert folder.is_dir()
    gc.collect()
    assert not folder.exists()


def test_a_store_that_may_only_be_read_is_read(store: Store, load: Load) -> None:
    load("a")
    (store.path / "work").write_text("so that no folder can be made there")
    with DuckDBWarehouse.open(store.current().path) as opened:
        assert loads(opened) == ["a"]
        folder = spills_to(opened)
        assert not folder.is_relative_to(store.path)
    gc.collect()
    assert not folder.exists()


def test_whoever_opens_a_store_sweeps_it(store: Store, load: Load) -> None:
    load("a")
    (store.path / "work" / "0123").mkdir(parents=True)
    (store.path / "00002-00000000.duckdb.part").touch()
    held = open_current(store)
    left = {each.name for each in store.path.rglob("*")}
    assert not left & {"0123", "00002-00000000.duckdb.part"}
    assert loads(held) == ["a"]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_an_old_generation_is_closed_when_its_last_reader_has_ended(
    store: Store, load: Load
) -> None:
    def open_files() -> set[str]:
        links = Path("/proc/self/fd").iterdir()
        return {str(link.readlink()).split(" ")[0] for link in links if link.is_symlink()}

    load("a")
    held = open_current(store)
    path = str(store.current().path)
    assert loads(held) == ["a"]
    load("b")
    open_current(store)
    gc.collect()
    assert path in open_files()
    del held
    assert path not in open_files()


def test_a_store_deleted_and_filled_again_is_not_mistaken_for_the_old_one(
    store: Store, load: Load
) -> None:
    load("a")
    old = open_current(store)
    assert loads(old) == ["a"]
    shutil.rmtree(store.path)
    with pytest.raises(EmptyStoreError):
        open_current(store)
    load("b")
    assert loads(open_current(store)) == ["b"]
    assert open_current(store).generation != old.generation


def test_many_readers_at_once_each_see_one_whole_state(
    store: Store, load: Load, write_load: WriteLoad
) -> None:
    load("0")
    done = threading.Event()
    query = Query(
        Step("rates", "SELECT count(*) AS rates FROM exchange_rate"),
        Step("counted", "SELECT rates, (SELECT count(*) FROM load) AS loads FROM rates"),
    )

    def read() -> set[int]:
        seen = set()
        while not done.is_set():
            warehouse = open_current(store)
            rates, loads_entered = warehouse.query(query).row(0)
            assert rates == loads_entered == warehouse.query(query)["rates"].item()
            seen.add(rates)
        return seen

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read) for _ in range(4)]
        try:
            for name in "12345":
                load(name)
        finally:
            done.set()
        seen = set().union(*(reader.result() for reader in readers))
    assert seen <= set(range(1, 7))
    assert loads(open_current(store)) == list("012345")
