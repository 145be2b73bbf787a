"""A warehouse in memory for tests of identity."""

from __future__ import annotations

import pytest

from tests.metrics.facts import DraftWarehouse


@pytest.fixture(scope="session")
def draft() -> DraftWarehouse:
    """A warehouse that a test fills with what it needs; nothing in it lasts."""
    return DraftWarehouse()
