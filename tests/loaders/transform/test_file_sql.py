"""The SQL of one file: each of its steps can be looked at, and one that fails is named."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from data.errors import EngineError, SourceError
from data.schema.bookkeeping import RejectionKind
from data.sql import Query, Step
from loaders.language.library import read_mappings
from loaders.language.opening import open_recognised
from loaders.transform import file_sql
from loaders.transform.fault import Fault
from loaders.transform.file_sql import FileSql
from loaders.writing.append import append
from loaders.writing.file_rows import Strategy
from loaders.writing.into_table import merge_into
from loaders.writing.merge import merge
from loaders.writing.update import update
from tests.loaders.loading import Loading, loading_in

RATES = "currency,rate_on,rate\n EUR ,2026-01-01,1.10\nCNY,soon,0.14\nUSD,2026-01-02,N/A\n"


@pytest.fixture
def loading(tmp_path: Path) -> Iterator[Loading]:
    with loading_in(tmp_path) as loading:
        yield loading


def steps(loading: Loading) -> Query:
    """From the file's text to the rows of its table."""
    path = loading.write("rates.csv", RATES)
    opened = open_recognised(path, read_mappings(), None, loading.folder)
    sql = FileSql(opened, "l1")
    cells = sql.cells(opened.source.relation)
    return Query(cells, *sql.staged(), *sql.rows_of("exchange_rate"))


def test_each_step_of_a_file_can_be_looked_at(loading: Loading) -> None:
    query = steps(loading)
    found = {
        step.name: loading.draft.query(query.upto(step.name)).sort("line")
        for step in query.steps
        if step.name in ("file_cells", "valued_rows", "staged_rows")
    }
    texts = found["file_cells"].select("line", "c_currency", "c_rate_on").rows()
    assert texts == [(2, "EUR", "2026-01-01"), (3, "CNY", "soon"), (4, "USD", "2026-01-02")]
    days = found["valued_rows"].select("c_rate_on", "v_rate_on").rows()
    assert [str(day) for _, day in days] == ["2026-01-01", "None", "2026-01-02"]
    assert found["staged_rows"].select("line", "ok").rows() == [(2, True), (3, False), (4, False)]
    kept = loading.draft.query(query).select("currency", "load_id").rows()
    assert kept == [("EUR", "l1")]


def test_contacts_are_looked_for_in_columns_that_the_file_has_and_in_no_others(
    loading: Loading,
) -> None:
    text = "lead_id,created_at,region\nL1,2026-01-01,ring ann@acme.de\n"
    opened = open_recognised(
        loading.write("leads.csv", text), read_mappings(), None, loading.folder
    )
    *_, staged = FileSql(opened, "l1").staged()
    assert re.findall(r"ELSE v_\w+ END AS v_(\w+)", staged.sql) == ["region"]


@pytest.mark.parametrize("strategy", [append, update, merge])
def test_a_broken_step_of_a_load_names_itself(
    loading: Loading, strategy: Strategy, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = Fault(RejectionKind.DAMAGED, "rate", "'x'", "is broken", "no_such_column > 1")
    monkeypatch.setattr(file_sql, "faults", lambda *arguments: (broken,))
    monkeypatch.setattr("loaders.writing.write_rows.STRATEGIES", (strategy,))
    with pytest.raises(SourceError) as raised:
        loading.load("rates.csv", RATES)
    assert isinstance(raised.value.__cause__, EngineError)
    assert raised.value.__cause__.step == "staged_rows"
    assert "no_such_column" in raised.value.__cause__.reason


def test_a_broken_step_of_a_merge_names_itself(loading: Loading) -> None:
    loading.load("rates.csv", RATES)
    rows = Step("reported_rates", "SELECT *\nFROM exchange_rate\nWHERE no_such_column > 1")
    with pytest.raises(EngineError) as raised:
        merge_into(loading.draft, "exchange_rate", Query(rows), "l1")
    assert raised.value.step == "reported_rates"
