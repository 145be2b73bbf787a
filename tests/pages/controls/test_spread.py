"""Pages say what part of the spend is not known at the grain that they show."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from data.engine.draft import Draft
from data.storage.store import Store
from tests.metrics.facts import TERMS, Facts, fill, spend
from tests.metrics.twelve_leads import TWELVE
from tests.pages.conftest import Cockpit


@pytest.fixture(scope="module")
def spread(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The twelve leads, and spend of a quarter told in one sum."""
    lead_on = min(row["created_at"] for row in TWELVE.lead).date()
    return told_whole(tmp_path_factory, date(lead_on.year, 1, 1), date(lead_on.year, 3, 31))


def told_whole(factory: pytest.TempPathFactory, first: date, last: date) -> Path:
    """A store with the twelve leads, and spend that is told in one sum."""
    path = factory.mktemp("spread") / "store"
    row = spend("C-1", first, "9000") | {"spend_until": last}
    with Store(path).writing() as part, Draft.open(part) as draft:
        fill(draft, TWELVE.plus(Facts(campaign_spend=(row,), as_of=TWELVE.as_of)), TERMS)
    return path


def test_spend_that_is_known_for_longer_than_is_shown_is_told(
    cockpit: Cockpit, spread: Path
) -> None:
    app = cockpit(spread, "review/channels")
    assert not app.exception
    captions = (" ".join(each.value.replace("\\", "").split()) for each in app.main.caption)
    said = [each for each in captions if "is known" in each]
    assert said == [
        ":material/info: $9K of the spend (44.5%) is known from reports alone that reach over "
        "several months: what stands in a month is its share of the days, not what was spent in "
        "it. The longest is of 90 days. A report by day would tell."
    ]


def test_segments_say_so_too_where_they_show_spend_of_a_part_of_a_report(
    cockpit: Cockpit, tmp_path_factory: pytest.TempPathFactory
) -> None:
    store = told_whole(tmp_path_factory, date(2025, 11, 1), date(2026, 4, 30))
    for measure, is_said in (("Spend", True), ("Lead to SQL", False)):
        app = cockpit(store, "explore/segments", period="This quarter", segments_show=[measure])
        assert not app.exception
        captions = [" ".join(each.value.split()) for each in app.main.caption]
        assert any("reach beyond the period" in each for each in captions) is is_said
