"""Advertising data in the columns in which syncs from the platforms' APIs deliver it."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from loaders.language.opening import NoMappingFitsError
from tests.loaders.loading import loading_in

SHAPES = Path(__file__).parents[3].parent / "shared" / "data" / "export_shapes" / "ad_reporting"


# The mapping, and how many of the file's rows it keeps; the others say nothing new of a campaign.
MAPPED = {
    "facebook_ads_basic_ad_data": ("meta_ads_basic_ad", 10),
    "facebook_ads_campaign_history_data": ("meta_ads_campaign_history", 4),
    "google_ads_campaign_history_data": ("google_ads_campaign_history", 1),
    "google_ads_campaign_stats_data": ("google_ads_campaign_stats", 16),
    "linkedin_ad_analytics_by_campaign_data": ("linkedin_ads_campaign_stats", 20),
    "linkedin_ad_campaign_history_data": ("linkedin_ads_campaign_history", 12),
    "microsoft_ads_campaign_history_data": ("microsoft_ads_campaign_history", 3),
    "microsoft_ads_campaign_performance_daily_report_data": (
        "microsoft_ads_campaign_performance",
        2630,
    ),
}


_ACCOUNTS = "the platform's own accounts are no accounts of a customer"

_BELOW = "its costs are already in those of its campaign"

_NO_COST = "names parts of a campaign, without cost"

_SPLIT = "the same costs once more, by another dimension and without a campaign or a day"

_CONVERSIONS = "conversions as the platform claims them; Backcast counts its own leads"

NOT_NEEDED = {
    "facebook_ads_account_history_data": _ACCOUNTS,
    "facebook_ads_ad_history_data": _NO_COST,
    "facebook_ads_ad_set_history_data": _NO_COST,
    "facebook_ads_basic_ad_action_values_data": _CONVERSIONS,
    "facebook_ads_basic_ad_actions_data": _CONVERSIONS,
    "facebook_ads_creative_history_data": _NO_COST,
    "facebook_ads_demographics_country_actions_data": _CONVERSIONS,
    "facebook_ads_demographics_country_data": _SPLIT,
    "facebook_ads_demographics_region_actions_data": _CONVERSIONS,
    "facebook_ads_demographics_region_data": _SPLIT,
    "google_ads_account_history_data": _ACCOUNTS,
    "google_ads_account_stats_data": _SPLIT,
    "google_ads_ad_group_criterion_history_data": _NO_COST,
    "google_ads_ad_group_history_data": _NO_COST,
    "google_ads_ad_group_stats_data": _BELOW,
    "google_ads_ad_history_data": _NO_COST,
    "google_ads_ad_stats_data": _BELOW,
    "google_ads_keyword_stats_data": _BELOW,
    "google_ads_search_term_keyword_stats_data": _BELOW,
    "linkedin_ad_account_history_data": _ACCOUNTS,
    "linkedin_ad_analytics_by_creative_data": _BELOW,
    "linkedin_ad_campaign_group_history_data": "groups of campaigns, without cost",
    "linkedin_ad_creative_history_data": _NO_COST,
    "linkedin_geo_data": "names of places",
    "linkedin_monthly_ad_analytics_by_member_country_data": _SPLIT,
    "linkedin_monthly_ad_analytics_by_member_region_data": _SPLIT,
    "microsoft_ads_account_history_data": _ACCOUNTS,
    "microsoft_ads_account_performance_daily_report_data": _SPLIT,
    "microsoft_ads_ad_group_history_data": _NO_COST,
    "microsoft_ads_ad_group_performance_daily_report_data": _BELOW,
    "microsoft_ads_ad_history_data": _NO_COST,
    "microsoft_ads_ad_performance_daily_report_data": _BELOW,
    "microsoft_ads_geographic_performance_daily_report_data": _BELOW,
    "microsoft_ads_keyword_history_data": _NO_COST,
    "microsoft_ads_keyword_performance_daily_report_data": _BELOW,
    "microsoft_ads_search_performance_daily_report_data": _BELOW,
}


COSTS = {
    "facebook_ads_basic_ad_data": ("spend", 1),
    "google_ads_campaign_stats_data": ("cost_micros", 1_000_000),
    "linkedin_ad_analytics_by_campaign_data": ("cost_in_usd", 1),
    "microsoft_ads_campaign_performance_daily_report_data": ("spend", 1),
}


pytestmark = pytest.mark.skipif(not SHAPES.is_dir(), reason=f"there is no folder {SHAPES}")


def test_every_file_has_a_mapping_or_is_not_needed() -> None:
    assert {path.stem for path in SHAPES.glob("*.csv")} == {*MAPPED, *NOT_NEEDED}


@pytest.mark.parametrize("name", MAPPED)
def test_a_file_is_recognised_and_loaded_whole(tmp_path: Path, name: str) -> None:
    mapping, kept = MAPPED[name]
    with loading_in(tmp_path) as loading:
        outcome = loading.load_path(SHAPES / f"{name}.csv")
        assert (outcome.mapping, outcome.rows_kept) == (mapping, kept)
        assert outcome.reasons == ()


@pytest.mark.parametrize("name", COSTS)
def test_the_cost_of_a_file_is_that_of_its_rows(tmp_path: Path, name: str) -> None:
    column, unit = COSTS[name]
    with (SHAPES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        cost = sum(Decimal(row[column] or 0) for row in csv.DictReader(file)) / unit
    with loading_in(tmp_path) as loading:
        loading.load_path(SHAPES / f"{name}.csv")
        spent = loading.rows("campaign_spend", "original_cost_amount")
        assert sum(amount for (amount,) in spent) == cost > 0


@pytest.mark.parametrize("name", NOT_NEEDED)
def test_a_file_that_is_not_needed_is_not_taken_for_another(tmp_path: Path, name: str) -> None:
    with loading_in(tmp_path) as loading, pytest.raises(NoMappingFitsError):
        loading.load_path(SHAPES / f"{name}.csv")
