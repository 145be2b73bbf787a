"""One sample, written once for all who read it, and loaded once for all who ask the product."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from data.definitions import Definitions
from data.derive.rebuild import rebuild
from data.engine.warehouse import DuckDBWarehouse
from data.sample_company.write import SampleSize, write_sample
from loaders.outcome import Status
from tests.data.sample_company.written import LEADS, UNTIL, Sample
from tests.loaders.loading import loading_in

WITHOUT_TOUCHES_OR_DEALS = (
    "baidu_promotion.csv", "google_ads_campaigns.csv",
    "linkedin_ads_campaigns.csv", "plan.csv",
)  # fmt: skip
"""Exports that are loaded elsewhere: what was spent and planned."""


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    directory = tmp_path_factory.mktemp("sample")
    write_sample(directory, SampleSize(LEADS, UNTIL))
    return Sample(directory)


@pytest.fixture(scope="session")
def loaded(sample: Sample, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBWarehouse]:
    """The sample as the product's own mappings load it, in this process."""
    folder: Path = tmp_path_factory.mktemp("loaded")
    the_day_after = datetime.combine(UNTIL + timedelta(days=1), time(6))
    with loading_in(folder) as loading:
        for name in sample.truth["rows"]:
            if name not in WITHOUT_TOUCHES_OR_DEALS:
                path = sample.directory / name
                earlier = datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(tzinfo=None)
                as_of = earlier if "_days_ago" in name else the_day_after
                outcome = loading.load_path(path, as_of=as_of)
                assert (outcome.status, outcome.rows_rejected) == (Status.LOADED, 0), name
        rebuild(loading.draft, Definitions.load())
    with DuckDBWarehouse.open(folder / "draft.duckdb") as warehouse:
        yield warehouse
