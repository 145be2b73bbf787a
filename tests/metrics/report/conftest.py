"""The reports of two companies, gathered once: with a plan in dollars, without one in euros."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from data.definitions import Definitions
from data.notebook.notebook import Notebook
from metrics.report.content import ReportContent
from metrics.report.gather import gather
from tests.metrics.facts import TERMS, DraftWarehouse
from tests.metrics.report.companies import EURO, SEEN, dollars, euros, with_plan


@dataclass(frozen=True)
class Reported:
    """A company and its report."""

    warehouse: DraftWarehouse
    notebook: Notebook
    definitions: Definitions
    content: ReportContent


@pytest.fixture(scope="session")
def in_dollars(tmp_path_factory: pytest.TempPathFactory) -> Reported:
    warehouse = DraftWarehouse().hold(dollars())
    notebook = with_plan(tmp_path_factory.mktemp("dollars"), locked=True)
    content = gather(warehouse, notebook, TERMS, today=SEEN)
    return Reported(warehouse, notebook, TERMS, content)


@pytest.fixture(scope="session")
def in_euros(tmp_path_factory: pytest.TempPathFactory) -> Reported:
    warehouse = DraftWarehouse().hold(euros(), EURO)
    notebook = Notebook(tmp_path_factory.mktemp("euros"))
    content = gather(warehouse, notebook, EURO, today=SEEN)
    return Reported(warehouse, notebook, EURO, content)
