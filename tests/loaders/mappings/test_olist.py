"""The real marketing funnel of Olist, loaded as it was published."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

from data.engine.warehouse import DuckDBWarehouse
from data.sql import Query, Step
from data.storage.store import Store
from loaders.load import load
from loaders.outcome import Outcome, Status

OLIST = Path(__file__).parents[3].parent / "shared" / "data" / "olist"

FILES = [
    OLIST / "olist_marketing_qualified_leads_dataset.csv",
    OLIST / "olist_closed_deals_dataset.csv",
]


pytestmark = pytest.mark.skipif(
    not all(path.is_file() for path in FILES), reason=f"the Olist files are not in {OLIST}"
)


# Published with the data: leads and won deals by origin.
FUNNEL = {
    "organic_search": (2296, 271),
    "paid_search": (1586, 195),
    "social": (1350, 75),
    "unknown": (1099, 179),
    "direct_traffic": (499, 56),
    "email": (493, 15),
    "referral": (284, 24),
    "other": (150, 4),
    "display": (118, 6),
    "other_publicities": (65, 3),
    None: (60, 14),
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(tmp_path_factory.mktemp("olist"))


@pytest.fixture(scope="module")
def outcomes(store: Store) -> list[Outcome]:
    return load(store, FILES)


@pytest.fixture(scope="module")
def warehouse(store: Store, outcomes: list[Outcome]) -> Iterator[DuckDBWarehouse]:
    with DuckDBWarehouse.open(store.current().path) as warehouse:
        yield warehouse


def ask(warehouse: DuckDBWarehouse, sql: str) -> pl.DataFrame:
    return warehouse.query(Query(Step("asked", sql)))


def test_every_row_is_kept(outcomes: list[Outcome]) -> None:
    assert [(each.status, each.rows_read, each.rows_kept) for each in outcomes] == [
        (Status.LOADED, 8000, 8000),
        (Status.LOADED, 842, 842),
    ]


def test_leads_and_won_deals_by_origin_are_the_published_ones(warehouse: DuckDBWarehouse) -> None:
    frame = ask(
        warehouse,
        "SELECT lead.channel, count(*) AS leads, count(opportunity.opportunity_id) AS won "
        "FROM lead LEFT JOIN opportunity ON opportunity.primary_lead_id = lead.lead_id "
        "AND opportunity.outcome = 'won' GROUP BY lead.channel",
    )
    assert {channel: (leads, won) for channel, leads, won in frame.rows()} == FUNNEL


def test_every_lead_entered_mql_and_those_with_a_deal_won(warehouse: DuckDBWarehouse) -> None:
    frame = ask(
        warehouse,
        "SELECT stage, count(DISTINCT subject_id) AS leads, count(*) AS entries "
        "FROM stage_change WHERE subject_kind = 'lead' GROUP BY stage ORDER BY stage",
    )
    assert frame.rows() == [("mql", 8000, 8000), ("won", 842, 842)]


def test_declared_revenue_is_no_amount(warehouse: DuckDBWarehouse) -> None:
    frame = ask(
        warehouse, "SELECT count(*) AS deals, count(original_amount) AS amounts FROM opportunity"
    )
    assert frame.rows() == [(842, 0)]


def test_dates_stay_as_written(warehouse: DuckDBWarehouse) -> None:
    frame = ask(
        warehouse,
        "SELECT min(created_at) AS first, max(created_at) AS last FROM lead "
        "UNION ALL SELECT min(closed_at), max(closed_at) FROM opportunity",
    )
    leads, deals = frame.rows()
    assert leads == (datetime(2017, 6, 14), datetime(2018, 5, 31))
    assert [moment.date() for moment in deals] == [date(2017, 12, 5), date(2018, 11, 14)]
