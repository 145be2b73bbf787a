"""Values of a dimension are read in their own order where they have one."""

from __future__ import annotations

from random import Random

import pytest

from metrics.scope import Dimension
from metrics.wording.order import in_reading_order, natural_order

IN_ORDER = [
    ["1-10", "11-50", "51-200", "201-500", "501-1,000", "1,001-5,000", "5,001+", "Unassigned"],
    ["<15", "15-99", "100-499", "500-999", ">1000"],
    ["<50", "50-999", ">= 1000"],
    ["1–999", "1k–5k", "5k-10k", "10k+"],
    ["1.001-5.000", "5.001-10.000", "über 10.000"],
    ["SMB", "Mid-market", "Enterprise"],
    ["50人以下", "50-499人", "500-9999人", "1万人以上"],
    ["小型企业", "中型企业", "大型企业", "集团"],
    ["A+", "A", "A-", "B", "C", "Unassigned"],
    ["C-Level", "VP", "Director", "Manager", "Individual Contributor", "Student", "Unassigned"],
    ["$1M-$10M", "$10M-$1B", "> $1B"],
]


@pytest.mark.parametrize("bands", IN_ORDER, ids=lambda bands: bands[0])
def test_bands_stand_from_the_smallest_to_the_largest(bands: list[str]) -> None:
    shuffled = Random(3).sample(bands, len(bands))
    assert natural_order(shuffled) == bands


def test_what_has_no_order_of_its_own_stays_as_it_was_counted() -> None:
    counted = ["Webinar", "Email", "10 years fair"]
    assert in_reading_order(Dimension.CHANNEL, counted) == counted


def test_tiers_stand_as_the_definitions_order_their_levels() -> None:
    asked = ["Low conversion", "Tier 9", "High potential", "Unassigned", "High value"]
    assert in_reading_order(Dimension.TIER, asked) == [
        "High value",
        "High potential",
        "Low conversion",
        "Tier 9",
        "Unassigned",
    ]
