"""The engine refuses exactly the rows that break a table's contract."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandera.errors
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.schema.contract import Contract, columns, key
from data.schema.fields import fields
from data.schema.tables import CANONICAL
from data.standardise.text import PLACEHOLDERS
from loaders.writing.quarantine import NothingKeptError
from tests.loaders.loading import Loading, csv_text, loading_in

TABLES = ("account", "campaign_spend", "lead", "exchange_rate")


# Filled after loading, or made from other columns than their own: a file does not bring them.
NOT_IN_FILES = {"load_id", "cost_amount", "name_key", "person_id"}


WORDS = {
    "relationship": ["customer", "prospect", "unknown customer"],
    "grade": ["A", "B", "D"],
    "currency": ["EUR", "CNY", "EURO", "E1R"],
}


def texts() -> st.SearchStrategy[str]:
    """Text as exports hold it; what means "missing" or loses its blanks on loading is left out."""
    letters = st.characters(codec="utf-8", exclude_categories=("C", "Z"))
    alphabet = st.one_of(st.sampled_from("aZ09éß中文 ,;'\"-_"), letters)
    return st.text(alphabet, min_size=1, max_size=12).filter(
        lambda text: text == text.strip() and text.lower() not in PLACEHOLDERS
    )


def values(name: str, dtype: pl.DataType) -> st.SearchStrategy[Any]:
    if name in WORDS:
        return st.sampled_from(WORDS[name])
    if name.endswith("_id"):
        return st.sampled_from(["A1", "A2", "B-3", "客户4"])
    if isinstance(dtype, pl.Decimal):
        bound = Decimal(10) ** 6
        return st.decimals(-bound, bound, allow_nan=False, places=dtype.scale)
    if isinstance(dtype, pl.Datetime):
        return st.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1))
    if isinstance(dtype, pl.Date):
        return st.dates(date(2024, 1, 1), date(2024, 1, 9))
    if isinstance(dtype, pl.Float64):
        return st.floats(-1e6, 1e6, allow_nan=False).map(lambda number: round(number, 3))
    if isinstance(dtype, pl.Int64):
        return st.integers(-1000, 10**12)
    return texts()


def frames(table: str) -> st.SearchStrategy[pl.DataFrame]:
    schema = {
        name: dtype for name, dtype in columns(CANONICAL[table]).items() if name not in NOT_IN_FILES
    }
    row = st.tuples(
        *(st.one_of(st.none(), values(name, field.dtype), values(name, field.dtype))
          for name, field in fields(table).items() if name in schema)
    )  # fmt: skip
    named = row.filter(_names_its_account) if table == "account" else row
    if table == "campaign_spend":
        named = row.map(lambda cells: _of_one_day(dict(zip(schema, cells, strict=True))))
    return st.lists(named, min_size=1, max_size=8).map(
        lambda rows: pl.DataFrame(rows, schema=schema, orient="row")
    )


def _names_its_account(row: tuple[Any, ...]) -> bool:
    """An account without an id gets one from its name, so that it is not refused."""
    return row[0] is not None or row[1] is None


def _of_one_day(row: dict[str, Any]) -> tuple[Any, ...]:
    """Spend without a currency is in the company's, and a period may not end before it begins."""
    days = dict.fromkeys(("spend_until", "covers_from", "covers_to"))
    return tuple((row | days | {"currency": row["currency"] or "USD"}).values())


def refused_by_contract(contract: type[Contract], frame: pl.DataFrame) -> set[int]:
    """Rows, counted from 0, that pandera's own validation refuses; of equal keys all but one."""
    whole = frame.with_columns(
        pl.lit("l").alias("load_id"),
        *(
            pl.lit(None, dtype=dtype).alias(name)
            for name, dtype in columns(contract).items()
            if name in NOT_IN_FILES - {"load_id"}
        ),
    ).select(list(columns(contract)))
    refused: set[int] = set()
    kept: set[tuple[Any, ...]] = set()
    for number in range(whole.height):
        try:
            contract.validate(whole.slice(number, 1), lazy=True)
        except pandera.errors.SchemaErrors:
            refused.add(number)
            continue
        identity = whole.select(key(contract)).row(number)
        if identity in kept:
            refused.add(number)
        kept.add(identity)
    return refused


@pytest.fixture(scope="module", params=TABLES)
def table(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def loading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loading]:
    with loading_in(tmp_path_factory.mktemp("contracts")) as loading:
        yield loading


@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_the_split_refuses_what_the_contract_refuses(
    loading: Loading, table: str, data: st.DataObject
) -> None:
    frame = data.draw(frames(table))
    expected = refused_by_contract(CANONICAL[table], frame)
    # A column whose values all differ keeps equal rows apart: each is then a repeated key.
    text = csv_text(frame.with_row_index("row_number"))
    path = loading.write(f"{table}.csv", text)
    if len(expected) == frame.height:
        with pytest.raises(NothingKeptError):
            loading.load_path(path, mapping=f"generic_{table}")
        return
    outcome = loading.load_path(path, mapping=f"generic_{table}")
    reported = {line - 2 for line, *_ in loading.reasons()}
    loading.undo(outcome.load_id)
    assert reported <= expected
    assert outcome.rows_kept == frame.height - len(expected)
    assert outcome.rows_rejected == len(reported)
    assert outcome.rows_rejected + outcome.rows_unchanged == len(expected)


def test_every_check_of_every_contract_can_be_said_in_sql() -> None:
    for name, contract in CANONICAL.items():
        declared = contract.to_schema().columns
        for column, field in fields(name).items():
            of_dates = 1 if field.dtype.is_temporal() else 0
            assert len(field.checks) == len(declared[column].checks) + of_dates


@pytest.mark.parametrize(
    ("table", "header", "row", "kind", "reason"),
    [
        ("exchange_rate", "currency,rate_on,rate", "EUR,2026-01-01,0",
         "out of range", "must be above 0"),
        ("campaign_spend", "campaign_id,spend_on,cost,currency,clicks", "C,2026-01-01,1,EUR,-1",
         "out of range", "must be at least 0"),
        ("campaign_spend", "campaign_id,spend_on,cost,currency", "C,2026-01-01,1,eu",
         "malformed", "must be a currency code of three capital letters such as USD"),
        ("lead", "lead_id,created_at,grade", "L,2026-01-01,D",
         "not allowed", "must be one of A, B, C"),
        ("lead", "lead_id,created_at", "L,9999-12-31",
         "out of range", "must be in the years 1900 to 2199"),
        ("lead", "lead_id,created_at", "L,1899-12-31",
         "out of range", "must be in the years 1900 to 2199"),
        ("campaign_spend", "campaign_id,spend_on,cost,currency", "C,0000-01-01,1,EUR",
         "out of range", "must be in the years 1900 to 2199"),
        ("person_alias", "source_system,source_record_id,person_id,confidence", "crm,1,p,1.5",
         "out of range", "must be at most 1"),
        ("person_alias", "source_system,source_record_id,person_id", "crm:eu,1,p",
         "malformed", "must be a system's name in small letters, digits and _ such as salesforce"),
    ],
)  # fmt: skip
def test_a_broken_rule_has_its_kind_and_its_words(
    tmp_path: Path, table: str, header: str, row: str, kind: str, reason: str
) -> None:
    with loading_in(tmp_path) as loading:
        with pytest.raises(NothingKeptError) as refused:
            loading.load("a.csv", f"{header}\n{row}\n", mapping=f"generic_{table}")
        assert reason in str(refused.value)
        assert [each.kind for each in refused.value.reasons] == [kind]
