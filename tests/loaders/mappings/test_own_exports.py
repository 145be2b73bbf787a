"""The worked example of docs/own_exports.md: mappings a user wrote, on exports nobody here made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from loaders.outcome import Outcome
from tests.loaders.loading import Loading, loading_in

ROOT = Path(__file__).parents[3]

MAPPINGS = ROOT / "docs" / "examples" / "mappings"

DATA = ROOT.parent / "shared" / "data"

MAVEN = [DATA / "maven_crm" / name for name in ("accounts.csv", "sales_pipeline.csv")]

FLEET = [
    DATA / "fleetio_b2b" / name
    for name in ("accounts.csv", "contacts.csv", "leads.csv", "opportunities.csv")
]


@dataclass(frozen=True)
class Loaded:
    """Files that were loaded, and what came of each."""

    loading: Loading
    outcomes: list[Outcome]


@contextmanager
def loaded(folder: Path, files: list[Path]) -> Iterator[Loaded]:
    if missing := [str(path) for path in files if not path.is_file()]:
        pytest.skip(f"not there: {', '.join(missing)}")
    with loading_in(folder, MAPPINGS) as loading:
        yield Loaded(loading, [loading.load_path(path) for path in files])


@pytest.fixture(scope="module")
def maven(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    with loaded(tmp_path_factory.mktemp("maven"), MAVEN) as each:
        yield each


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    with loaded(tmp_path_factory.mktemp("fleet"), FLEET) as each:
        yield each


def counted(each: Loaded, sql: str) -> dict[str, int]:
    return dict(each.loading.draft.query(sql).rows())


def test_deals_and_revenue_of_the_hardware_seller_are_the_published_ones(maven: Loaded) -> None:
    assert [(each.mapping, each.rows_kept, each.rows_rejected) for each in maven.outcomes] == [
        ("maven_accounts", 85, 0),
        ("maven_deals", 8800, 0),
    ]
    assert counted(maven, "SELECT stage, count(*) FROM opportunity GROUP BY stage") == {
        "Won": 4238,
        "Lost": 2473,
        "Engaging": 1589,
        "Prospecting": 500,
    }
    assert counted(maven, "SELECT outcome, count(*) FROM opportunity GROUP BY outcome") == {
        "won": 4238,
        "lost": 2473,
        "open": 2089,
    }
    (revenue,) = maven.loading.draft.query(
        "SELECT sum(original_amount) FROM opportunity WHERE outcome = 'won'"
    ).row(0)
    assert revenue == Decimal(10_005_534)


def test_what_the_hardware_seller_misspelt_is_put_right(maven: Loaded) -> None:
    products = counted(maven, "SELECT product, count(*) FROM opportunity GROUP BY product")
    assert (products["GTX Pro"], "GTXPro" in products) == (1480, False)
    (unnamed,) = maven.loading.draft.query(
        "SELECT count(*) FROM opportunity WHERE account_id IS NULL"
    ).row(0)
    assert unnamed == 1425
    (unknown,) = maven.loading.draft.query(
        "SELECT count(*) FROM opportunity WHERE account_id NOT IN (SELECT account_id FROM account)"
    ).row(0)
    assert unknown == 0
    industries = {industry for (industry,) in maven.loading.rows("account", "industry")}
    assert "technology" in industries
    assert "technolgy" not in industries


def test_leads_contacts_and_deals_of_the_fleet_software_are_linked(fleet: Loaded) -> None:
    assert [(each.mapping, each.rows_kept, each.rows_rejected) for each in fleet.outcomes] == [
        ("fleet_accounts", 461, 0),
        ("fleet_contacts", 461, 0),
        ("fleet_leads", 946, 0),
        ("fleet_deals", 461, 0),
    ]
    assert counted(fleet, "SELECT outcome, count(*) FROM opportunity GROUP BY outcome") == {
        "won": 317,
        "lost": 55,
        "open": 89,
    }
    assert counted(
        fleet,
        "SELECT stage, count(*) FROM stage_change WHERE subject_kind = 'lead' GROUP BY stage",
    ) == {"lead": 946, "opportunity": 461}
    (linked,) = fleet.loading.draft.query(
        "SELECT count(*) FROM lead WHERE account_id IN (SELECT account_id FROM opportunity)"
    ).row(0)
    assert linked == 461
