"""Reports, the API and lists of campaigns of one advertising platform are about the same things."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from data.definitions import BUILT_IN, Definitions
from data.derive.rebuild import rebuild
from tests.loaders.mappings.export_files import load_export, loaded

FIRST, SECOND = date(2026, 3, 1), date(2026, 3, 2)


def test_statistics_of_an_api_and_its_campaigns_meet(tmp_path: Path) -> None:
    with loaded(tmp_path, "google_ads/api_search.jsonl", "google_ads/api_campaigns.csv") as loading:
        spent, known = (
            loading.rows("campaign_spend", "campaign_id"),
            loading.rows("campaign", "campaign_id"),
        )
        assert set(spent) <= set(known)


def test_a_report_and_the_api_bring_the_same_spend_once(tmp_path: Path) -> None:
    with loaded(tmp_path, "google_ads/campaign_report.csv") as loading:
        rebuild(loading.draft, Definitions.load(BUILT_IN))
        spent = loading.rows("spend", "campaign_id", "spend_on", "cost_amount", "clicks")
        load_export(loading, "google_ads/api_search.jsonl")
        rebuild(loading.draft, Definitions.load(BUILT_IN))
        assert loading.rows("spend", "campaign_id", "spend_on", "cost_amount", "clicks") == spent


def test_spend_under_a_name_is_that_of_the_campaign(tmp_path: Path) -> None:
    files = ("google_ads/report_without_ids.csv", "google_ads/api_campaigns.csv")
    with loaded(tmp_path, *files) as loading:
        rebuild(loading.draft, Definitions.load(BUILT_IN))
        assert loading.rows("spend", "campaign_id", "campaign", "channel", "spend_on") == [
            ("21400000001", "Search | Pumps", "Paid Search", FIRST),
            ("21400000001", "Search | Pumps", "Paid Search", SECOND),
            ("21400000004", "Demand Gen | Pumps", "Display", FIRST),
        ]
