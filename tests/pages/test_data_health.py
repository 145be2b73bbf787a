"""Data health: what is loaded, refused and missing, and honest words where nothing is."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.generations import Store
from data.warehouse import open_current
from pages.controls.health import refusals, sources, table_sizes, unassigned_share, unpriced
from tests.pages.company import publish
from tests.pages.conftest import Cockpit


@pytest.fixture(scope="module")
def unpriced_company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("unpriced") / "store"
    publish(Store(path), leads=60, unpriced=True)
    return path


def test_the_page_shows_every_section(cockpit: Cockpit, company: Path) -> None:
    app = cockpit(company, "sources/data_health")
    assert not app.exception
    assert not app.error
    assert [each.value for each in app.header] == [
        "Freshness",
        "Rejected rows",
        "Amounts without an exchange rate",
        "Rows per table",
        "Loads",
    ]
    tiles = {each.label: each.value.replace("\\", "") for each in app.metric}
    assert tiles["Generation"] == "00001"
    assert tiles["Newest export"] == "2026-04-01"
    assert tiles["Rows rejected"] == "3"
    assert tiles["Unpriced amounts"] == "0"


def test_rejected_rows_are_counted_by_reason(company: Path) -> None:
    found = refusals(open_current(Store(company)))
    assert found.select("reason", "column", "rows_rejected", "first_line").rows() == [
        ("not a date", "Create Date", 2, 17),
        ("missing key", "Lead ID", 1, 204),
    ]


def test_a_load_in_detail_shows_its_rejected_rows(cockpit: Cockpit, company: Path) -> None:
    app = cockpit(company, "sources/data_health")
    app.selectbox(key="load_detail").set_value("L1").run()
    assert app.dataframe[-1].value["value"].tolist()[:2] == ["31.02.2025", "=1+1"]
    app.selectbox(key="load_detail").set_value("L2").run()
    assert any("No row was rejected" in each.value for each in app.main.caption)


def test_every_table_is_counted(company: Path) -> None:
    sizes = dict(table_sizes(open_current(Store(company))).select("name", "row_count").iter_rows())
    assert sizes["lead"] == 1500
    assert sizes["journey"] == 1500
    assert sizes["exchange_rate"] == 0


def test_the_source_that_lags_comes_first(company: Path) -> None:
    found = sources(open_current(Store(company)))
    assert found.select("mapping", "days_behind").row(0) == ("google_ads", 10)
    assert found["days_behind"].to_list()[1:] == [0, 0, 0]


def test_an_amount_without_a_rate_is_named(cockpit: Cockpit, unpriced_company: Path) -> None:
    row = unpriced(open_current(Store(unpriced_company))).row(0, named=True)
    assert (row["what"], row["currency"], row["amounts"]) == ("deals", "CHF", 1)
    app = cockpit(unpriced_company, "sources/data_health")
    assert not app.exception
    assert not any("Every amount could be converted" in each.value for each in app.markdown)


def test_leads_without_a_channel_are_a_share_of_all(company: Path) -> None:
    share = unassigned_share(open_current(Store(company)))
    assert share is not None
    assert 0 <= share < 1


def test_what_is_empty_says_so(cockpit: Cockpit, company: Path) -> None:
    app = cockpit(company, "sources/data_health")
    assert any("Every amount could be converted" in each.value for each in app.markdown)


def test_a_fallback_to_an_older_generation_is_an_alarm(cockpit: Cockpit, tmp_path: Path) -> None:
    path = tmp_path / "store"
    publish(Store(path), leads=5)
    (path / "CURRENT").write_text("nonsense\n")
    app = cockpit(path, "sources/data_health")
    assert not app.exception
    assert "CURRENT" in app.error[0].value


def test_an_empty_store_shows_the_next_step(cockpit: Cockpit, tmp_path: Path) -> None:
    app = cockpit(tmp_path / "store", "sources/data_health")
    assert not app.exception
    assert not app.error
    assert app.title[0].value == "Data health"
    assert app.header[0].value == "Nothing is loaded yet"
