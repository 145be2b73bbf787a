"""Warehouses that tests of returns share."""

from __future__ import annotations

from datetime import date

import pytest

from data.definitions import Definitions
from metrics.period import Period
from metrics.scope import Scope
from tests.metrics.facts import TERMS, DraftWarehouse
from tests.metrics.random_facts import random_facts


@pytest.fixture(scope="session")
def at_half() -> Definitions:
    """The tests' terms with a gross margin of a half."""
    return TERMS.model_copy(update={"gross_margin": 0.5})


@pytest.fixture(scope="session")
def company() -> DraftWarehouse:
    """Random facts; nothing in a test may change them."""
    return DraftWarehouse().hold(random_facts(3))


@pytest.fixture(scope="session")
def two_years() -> Scope:
    return Scope(Period(date(2024, 2, 1), date(2025, 12, 31)), date(2026, 1, 31))
