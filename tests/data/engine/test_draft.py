"""The writable connection of a load."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from data.engine.draft import Draft
from data.engine.warehouse import DuckDBWarehouse
from data.errors import EngineError, StoreError
from data.schema.contract import columns
from data.schema.tables import CANONICAL, TABLES
from data.sql import Query, Step
from tests.loaders.reading.hostile.other_files import misplaced

RATE = "INSERT INTO exchange_rate VALUES (?, ?, 1.5, 'l')"

RATES = "SELECT count(*) FROM exchange_rate"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "draft.duckdb.part"


@pytest.fixture
def draft(path: Path) -> Iterator[Draft]:
    with Draft.open(path, memory_limit="200MB", threads=1) as opened:
        yield opened


@pytest.mark.parametrize("name", TABLES)
def test_every_contract_has_its_table(draft: Draft, name: str) -> None:
    frame = draft.query(f'SELECT * FROM "{name}"')
    assert dict(frame.schema) == columns(TABLES[name])
    if name in CANONICAL:
        assert draft.query(f"SELECT * FROM {name}_version").schema == frame.schema


def test_closing_leaves_one_file_that_can_be_read(path: Path) -> None:
    with Draft.open(path) as draft:
        draft.execute(RATE, ["EUR", date(2024, 2, 29)])
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    with DuckDBWarehouse.open(path) as warehouse:
        frame = warehouse.query(Query(Step("rates", "SELECT currency, rate_on FROM exchange_rate")))
    assert frame.rows() == [("EUR", date(2024, 2, 29))]


def test_opening_again_keeps_what_is_there(path: Path) -> None:
    for currency in ("EUR", "CNY"):
        with Draft.open(path) as draft:
            draft.execute(RATE, [currency, date(2024, 2, 29)])
    with Draft.open(path) as draft:
        assert draft.one(RATES) == (2,)


def test_a_transaction_writes_everything_or_nothing(draft: Draft) -> None:
    with pytest.raises(ZeroDivisionError), draft.transaction():  # noqa: PT012
        draft.execute(RATE, ["EUR", date(2024, 1, 1)])
        raise ZeroDivisionError
    assert draft.one(RATES) == (0,)
    with pytest.raises(EngineError, match="NOT NULL"), draft.transaction():  # noqa: PT012
        draft.execute(RATE, ["EUR", date(2024, 1, 1)])
        draft.execute(RATE, [None, date(2024, 1, 1)])
    assert draft.one(RATES) == (0,)
    with draft.transaction():
        draft.execute(RATE, ["EUR", date(2024, 1, 1)])
    assert draft.one(RATES) == (1,)


def test_what_fails_without_an_optimisation_says_why_and_leaves_it_on_again(draft: Draft) -> None:
    optimisers = "SELECT current_setting('disabled_optimizers')"
    with (  # noqa: PT012
        pytest.raises(EngineError, match="the reason"),
        draft.transaction(),
        draft.without_optimizers("join_order"),
    ):
        assert draft.one(optimisers) == ("join_order",)
        draft.execute("SELECT error('the reason')")
    assert draft.one(optimisers) == ("",)
    with draft.transaction():
        draft.execute(RATE, ("EUR", date(2026, 1, 1)))
    assert draft.one(RATES) == (1,)


def test_why_the_engine_failed_for_good_is_kept_too(path: Path, tmp_path: Path) -> None:
    file = tmp_path / "misplaced.parquet"
    file.write_bytes(misplaced())
    reading = f"CREATE TABLE x AS FROM read_parquet('{file}')"
    with (
        pytest.raises(EngineError, match="INTERNAL"),
        Draft.open(path, threads=1) as draft,
        draft.transaction(),
        draft.without_optimizers("join_order"),
    ):
        draft.execute(reading)


def test_a_frame_can_be_attached_replaced_and_detached(draft: Draft) -> None:
    draft.attach("keys", pl.DataFrame({"value": ["张三"]}))
    assert draft.one("SELECT value FROM keys") == ("张三",)
    draft.attach("keys", pl.DataFrame({"value": ["李四"]}).to_arrow())
    assert draft.query("SELECT value FROM keys").rows() == [("李四",)]
    draft.detach("keys")
    with pytest.raises(EngineError, match="keys does not exist"):
        draft.query("SELECT value FROM keys")


def test_a_statement_is_followed_while_it_runs(draft: Draft) -> None:
    shares: list[float] = []
    followed = threading.Event()

    def hear(share: float) -> None:
        shares.append(share)
        followed.set()

    def hold(number: int) -> int:
        return number if number or followed.wait(20) else -1

    draft._connection.create_function("hold", hold, [int], int)
    with draft.following(hear):
        draft.execute("CREATE TABLE held AS SELECT hold(i::INTEGER) AS n FROM range(5000) AS r(i)")
    assert draft.one("SELECT min(n), count(*) FROM held") == (0, 5000)
    assert shares
    assert all(0 <= share <= 1 for share in shares)


def test_nothing_is_reported_of_a_short_block_nor_after_it(draft: Draft) -> None:
    shares: list[float] = []
    before = threading.active_count()
    with draft.following(shares.append):
        draft.execute("SELECT 1")
    assert threading.active_count() == before
    with pytest.raises(EngineError), draft.following(shares.append):
        draft.execute("SELECT nothing")
    assert threading.active_count() == before


def test_an_error_carries_the_statement(draft: Draft) -> None:
    with pytest.raises(EngineError, match="nowhere does not exist") as raised:
        draft.execute("DELETE FROM nowhere")
    assert raised.value.sql == "DELETE FROM nowhere"
    with pytest.raises(EngineError, match="no row"):
        draft.one("SELECT 1 WHERE false")


RATES_BY_CURRENCY = Query(
    Step("rates", "SELECT * FROM (VALUES ('EUR', ?), ('CNY', 2)) AS rates (currency, rate)", (1,)),
    Step("euro_rates", "SELECT currency, rate FROM rates WHERE currency = 'EUR'"),
)


def test_a_query_makes_a_temporary_table_in_place_of_an_earlier_one(draft: Draft) -> None:
    draft.build("kept rates", RATES_BY_CURRENCY.upto("rates"))
    assert draft.one('SELECT count(*) FROM "kept rates"') == (2,)
    draft.build("kept rates", RATES_BY_CURRENCY)
    assert draft.query('SELECT * FROM "kept rates"').rows() == [("EUR", 1)]
    assert draft.query(RATES_BY_CURRENCY).rows() == [("EUR", 1)]
    assert draft.one("SELECT count(*) FROM duckdb_tables() WHERE temporary") == (1,)


def test_a_query_fills_a_table_by_the_names_of_its_columns(draft: Draft) -> None:
    day = Step("days", "SELECT CAST(? AS DATE) AS rate_on, 'not a column' AS note", ("2024-02-29",))
    rates = Step("rates", "SELECT 'l' AS load_id, 1.5 AS rate, days.*, 'EUR' AS currency FROM days")
    draft.insert("exchange_rate", Query(day, rates))
    assert draft.one("SELECT currency, rate_on, load_id FROM exchange_rate") == (
        "EUR",
        date(2024, 2, 29),
        "l",
    )


def broken(sql: str) -> Query:
    """A query of three steps of which the second fails."""
    return Query(
        Step("rates", "SELECT\n'EUR' AS currency"),
        Step("dated_rates", sql),
        Step("newest_rates", "SELECT * FROM dated_rates"),
    )


UNNAMED = "SELECT rate FROM rates"
UNQUOTED = "SELECT error('no rate') AS rate FROM rates"


@pytest.mark.parametrize("sql", [UNNAMED, UNQUOTED])
def test_a_query_that_fails_names_its_step(draft: Draft, sql: str) -> None:
    query = broken(sql)
    runs: dict[str, Callable[[], object]] = {
        "CREATE": lambda: draft.build("rate", query),
        "INSERT": lambda: draft.insert("exchange_rate", query),
        "WITH": lambda: draft.query(query),
    }
    for statement, run in runs.items():
        with pytest.raises(EngineError, match="rate") as raised:
            run()
        assert raised.value.step == "dated_rates"
        assert raised.value.sql.startswith(statement)
        assert "newest_rates AS (" in raised.value.sql
        assert "LINE" not in raised.value.reason


@pytest.mark.parametrize(
    ("sql", "name"),
    [
        ("DROP TABLE nowhere", "DROP TABLE nowhere"),
        ("UPDATE exchange_rate SET rate = error('no')", "UPDATE exchange_rate"),
        ("DELETE FROM exchange_rate WHERE error('no')", "DELETE FROM exchange_rate"),
        ("INSERT INTO load (load_id)\nVALUES (NULL)", "INSERT INTO load"),
        ("SET VARIABLE salt = error('no')", "SET VARIABLE salt"),
        ("ALTER TABLE nowhere RENAME TO load", "ALTER TABLE nowhere"),
        ("SELECT max(day) FROM nowhere WHERE day > 1", "SELECT FROM nowhere"),
        ("SELECT error('no')", "SELECT"),
    ],
)
def test_a_statement_that_fails_is_named(draft: Draft, sql: str, name: str) -> None:
    draft.execute(RATE, ["EUR", date(2026, 1, 1)])
    runs: list[Callable[[], object]] = [lambda: draft.execute(sql)]
    if sql.startswith("SELECT"):
        runs += [lambda: draft.query(sql), lambda: draft.one(sql)]
    for run in runs:
        with pytest.raises(EngineError) as raised:
            run()
        assert raised.value.step == name
        assert raised.value.sql == sql


def test_in_a_failed_transaction_the_step_is_the_quoted_one_or_else_the_result(
    draft: Draft,
) -> None:
    for sql, step in ((UNNAMED, "dated_rates"), (UNQUOTED, "kept_rate")):
        with pytest.raises(EngineError) as raised, draft.transaction():
            draft.build("kept_rate", broken(sql))
        assert raised.value.step == step


def test_a_missing_source_file_is_not_the_fault_of_the_store(draft: Draft) -> None:
    with pytest.raises(EngineError, match=r"gone\.csv"):
        draft.query("SELECT * FROM read_csv('/nowhere/gone.csv')")


def test_what_does_not_fit_in_memory_is_written_beside_and_cleaned(path: Path) -> None:
    with Draft.open(path, memory_limit="60MB", threads=1) as draft:
        draft.execute(
            "CREATE TABLE sorted AS SELECT md5(i::VARCHAR) AS key "
            "FROM range(2000000) AS numbers(i) ORDER BY key"
        )
        assert draft.one("SELECT count(*) FROM sorted") == (2_000_000,)
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_table_of_another_version_is_named(path: Path) -> None:
    with Draft.open(path) as draft:
        draft.execute("ALTER TABLE lead DROP COLUMN grade")
    with pytest.raises(StoreError, match=r"another version of Backcast: its table lead has"):
        Draft.open(path)


def test_a_table_that_no_version_of_now_knows_is_named(path: Path) -> None:
    with Draft.open(path) as draft:
        draft.execute("CREATE TABLE lead_told AS SELECT * FROM lead_reported_by")
    with pytest.raises(
        StoreError, match=r"another version of Backcast: it has a table lead_told.*load your files"
    ):
        Draft.open(path)


def test_a_derived_table_of_another_version_is_made_anew(path: Path) -> None:
    with Draft.open(path) as draft:
        draft.execute("ALTER TABLE journey DROP COLUMN grade")
    with Draft.open(path) as draft:
        assert "grade" in draft.query("SELECT * FROM journey").columns


def test_a_folder_that_does_not_exist_is_a_store_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="nowhere"):
        Draft.open(tmp_path / "nowhere" / "draft.duckdb")


def test_a_file_that_another_process_writes_is_a_store_error(path: Path) -> None:
    path.write_bytes(b"this is not a database")
    with pytest.raises(StoreError, match="not a valid DuckDB"):
        Draft.open(path)
