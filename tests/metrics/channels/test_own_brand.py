"""Own brand: by the names of campaigns, else by what their visitors had searched for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest

from data.definitions import Definitions
from metrics.channels.evidence import channel_evidence
from metrics.channels.own_brand import own_brand_shares
from metrics.period import Period
from metrics.scope import Scope
from tests.metrics.facts import TERMS, DraftWarehouse, Facts, lead, spend, touch

YEAR = Scope(Period(date(2025, 1, 1), date(2025, 12, 31)), date(2025, 12, 31))
DAY = date(2025, 3, 1)
NAMES = ("acme", "云帆")


def named(*names: str) -> Definitions:
    terms = TERMS.attribution.model_copy(update={"own_brand": names})
    return TERMS.model_copy(update={"attribution": terms})


def company() -> Facts:
    """Search: 300 on a brand campaign, 500 on one with keywords, 200 on one without any."""
    campaigns = {
        "B": ("Brand | ACME", "Search", "300"),
        "K": ("Pumps", "Search", "500"),
        "N": ("Valves", "Search", "200"),
        "W": ("云帆品牌词", "Baidu", "90"),
        "A": ("Acmeron pumps", "Display", "70"),
        "P": ("Nacme | acme2", "Display", "30"),
    }
    keywords = ("acme pumps", "ACME", "pump", "vacuum pump", " ")
    return Facts(
        person=({"person_id": "P1"},),
        campaign=tuple(
            {"campaign_id": key, "name": name, "channel": channel}
            for key, (name, channel, _) in campaigns.items()
        ),
        campaign_spend=tuple(spend(key, DAY, each[2]) for key, each in campaigns.items()),
        interaction=tuple(
            touch(f"I{number}", datetime(2025, 3, 1, number), "P1", channel="Search",
                  campaign_id="K", utm_term=term)
            for number, term in enumerate(keywords)
        ),
        lead=(lead("L1", datetime(2025, 3, 2), person_id="P1", channel="Search"),),
        as_of=datetime(2025, 12, 31),
    )  # fmt: skip


@pytest.fixture(scope="module")
def warehouse() -> DraftWarehouse:
    return DraftWarehouse().hold(company())


def test_campaigns_named_so_and_visits_that_searched_for_it_count(
    warehouse: DraftWarehouse,
) -> None:
    found = own_brand_shares(warehouse, YEAR, named(*NAMES))
    # All 300, half of the 500, nothing of the 200; of Display neither name nor keyword says so.
    assert found == {"Search": pytest.approx(550 / 1000), "Baidu": 1.0}


def test_the_name_of_a_domain_is_found_with_spaces(warehouse: DraftWarehouse) -> None:
    """Of four visits of Pumps with a keyword one came by `acme pumps`."""
    found = own_brand_shares(warehouse, YEAR, named("acme-pumps"))
    assert found["Search"] == pytest.approx(0.25 * 500 / 1000)


def test_without_own_names_nothing_is_asked(warehouse: DraftWarehouse) -> None:
    assert own_brand_shares(warehouse, YEAR, TERMS) == {}


def test_only_spend_and_visits_of_the_period_count(warehouse: DraftWarehouse) -> None:
    other = replace(YEAR, period=Period(date(2025, 4, 1), date(2025, 12, 31)))
    assert own_brand_shares(warehouse, other, named(*NAMES)) == {}


def test_a_harvester_of_its_own_name_is_told_as_one(warehouse: DraftWarehouse) -> None:
    found = {each.channel: each for each in channel_evidence(warehouse, YEAR, named(*NAMES))}
    harvest = found["Search"].harvest
    assert harvest is not None
    assert harvest.own_brand == pytest.approx(0.55)
    assert harvest.mostly
    display = found["Display"].harvest
    assert display is not None
    assert (display.own_brand, display.mostly) == (None, False)
