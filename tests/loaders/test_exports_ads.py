"""What each advertising platform exports, as rows of spend and campaigns."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from data.definitions import BUILT_IN, Definitions
from data.derive import derive
from tests.loaders.export_files import Row, load_export, loaded, rows_of, told
from tests.loaders.loading import loading_in

JUNE = date(2026, 6, 30)
FIRST, SECOND = date(2026, 3, 1), date(2026, 3, 2)

Spend = tuple[str, date, str, str, int | None, int | None]


def spend(*rows: Spend) -> list[Row]:
    return rows_of(
        "campaign_id spend_on original_cost_amount currency impressions clicks",
        *((campaign, on, Decimal(cost), *rest) for campaign, on, cost, *rest in rows),
    )


def campaigns(*rows: tuple[str, str | None, str]) -> list[Row]:
    return rows_of("campaign_id name channel", *rows)


GOOGLE = (
    ("21400000001", FIRST, "42.20", "EUR", 1500, 40),
    ("21400000001", SECOND, "1175.20", "EUR", 1150, 28),
    ("21400000002", FIRST, "10.00", "EUR", 880, 4),
    ("21400000003", SECOND, "0.00", "EUR", 0, 0),
)
WITH_A_LAST_LINE = "microsoft_ads/campaign_report.csv"
LEAD_GEN = "Lead Gen | Maintenance heads"
LEAK_FREE = 'Video | "Leak-free" plants'
SPEND: dict[tuple[str, str], tuple[Spend, ...]] = {
    ("google_ads/campaign_report.csv", "google_ads_campaigns"): GOOGLE,
    ("google_ads/api_search.jsonl", "google_ads_campaign_stats"): GOOGLE,
    ("google_ads/report_without_ids.csv", "google_ads_campaigns"): (
        ("name:demand gen | pumps", FIRST, "4.50", "EUR", 210, 3),
        ("name:search | pumps", FIRST, "42.20", "EUR", 1500, 40),
        ("name:search | pumps", SECOND, "1175.20", "EUR", 1150, 28),
    ),
    ("google_ads/报告.csv", "google_ads_campaigns"): (
        ("21400000011", FIRST, "1080.50", "HKD", 1020, 12),
        ("21400000011", SECOND, "95.00", "HKD", 990, 10),
        ("21400000012", SECOND, "7.25", "HKD", 400, 1),
    ),
    ("linkedin_ads/campaign_performance.csv", "linkedin_ads_campaigns"): (
        ("180000001", FIRST, "1210.55", "EUR", 12400, 88),
        ("180000001", SECOND, "98.40", "EUR", 1020, 7),
        ("180000002", FIRST, "40.00", "EUR", 3300, 5),
        ("180000003", SECOND, "0.00", "EUR", 0, 0),
    ),
    ("linkedin_ads/report_without_ids.csv", "linkedin_ads_campaigns"): (
        (f"name:{LEAD_GEN.lower()}", FIRST, "1210.55", "EUR", 12400, 88),
        (f"name:{LEAD_GEN.lower()}", SECOND, "98.40", "EUR", 1020, 7),
    ),
    ("linkedin_ads/api_by_campaign.csv", "linkedin_ads_campaign_stats"): (
        ("180000001", FIRST, "1307.39", "USD", 12400, 88),
        ("180000001", SECOND, "106.27", "USD", 1020, 7),
        ("180000002", FIRST, "43.20", "USD", 3300, 5),
        ("180000003", SECOND, "0.00", "USD", None, 0),
    ),
    ("meta_ads/ads_manager.csv", "meta_ads_campaigns"): (
        ("120210000000010001", FIRST, "42.34", "EUR", 3980, 25),
        ("120210000000010001", SECOND, "45.00", "EUR", 3105, 22),
        ("120210000000010002", FIRST, "44.50", "EUR", 2125, 14),
        ("120210000000010002", SECOND, "0.00", "EUR", 0, None),
    ),
    ("meta_ads/广告管理工具.csv", "meta_ads_campaigns"): (
        ("name:再营销 | 水泵", FIRST, "18.20", "USD", 1500, 9),
        ("name:再营销 | 水泵", SECOND, "17.05", "USD", 1420, 8),
        ("name:新品 | 阀门", SECOND, "2.10", "USD", 300, 1),
    ),
    ("meta_ads/api_basic_ad.csv", "meta_ads_basic_ad"): (
        ("120210000000010001", FIRST, "42.34", "USD", 3980, 25),
        ("120210000000010001", SECOND, "45.00", "USD", 3105, 22),
        ("120210000000090003", FIRST, "44.50", "USD", 2125, 14),
    ),
    ("microsoft_ads/campaign_report.csv", "microsoft_ads_campaigns"): (
        ("359000001", FIRST, "22.50", "EUR", 2500, 20),
        ("359000001", SECOND, "1200.75", "EUR", 2120, 15),
        ("359000002", FIRST, "0.00", "EUR", 0, 0),
        ("359000002", SECOND, "1.50", "EUR", 5000, 3),
    ),
    ("microsoft_ads/api_campaign_daily.csv", "microsoft_ads_campaign_performance"): (
        ("359000001", FIRST, "22.50", "EUR", 2500, 20),
        ("359000001", SECOND, "1200.75", "EUR", 2120, 15),
    ),
    ("baidu/推广计划报告.csv", "baidu_promotion"): (
        ("300000001", FIRST, "1147.30", "CNY", 1860, 23),
        ("300000001", SECOND, "88.60", "CNY", 980, 11),
        ("300000002", SECOND, "0.00", "CNY", 0, 0),
    ),
    ("baidu/分日报告.csv", "baidu_promotion"): (
        ("name:百度 | 离心泵", FIRST, "1147.30", "CNY", 1860, 23),
        ("name:百度 | 离心泵", SECOND, "88.60", "CNY", 980, 11),
        ("name:百度 | 阀门", SECOND, "0.00", "CNY", 0, 0),
    ),
}  # fmt: skip

CAMPAIGNS: dict[str, tuple[tuple[str, str | None, str], ...]] = {
    "google_ads/campaign_report.csv": (
        ("21400000001", "Search | Pumps", "Paid Search"),
        ("21400000002", "PMax | All products", "Paid Search"),
        ("21400000003", "Video | Valves", "Video"),
    ),
    "google_ads/api_search.jsonl": (),
    "google_ads/report_without_ids.csv": (
        ("name:demand gen | pumps", "Demand Gen | Pumps", "Display"),
        ("name:search | pumps", "Search | Pumps", "Paid Search"),
    ),
    "google_ads/报告.csv": (
        ("21400000011", "搜索 | 水泵", "Paid Search"),
        ("21400000012", "展示 | 阀门", "Display"),
    ),
    "linkedin_ads/campaign_performance.csv": (
        ("180000001", LEAD_GEN, "Paid Social"),
        ("180000002", LEAK_FREE, "Paid Social"),
        ("180000003", "Conversation | Einkäufer", "Paid Social"),
    ),
    "linkedin_ads/report_without_ids.csv": ((f"name:{LEAD_GEN.lower()}", LEAD_GEN, "Paid Social"),),
    "linkedin_ads/api_by_campaign.csv": (
        ("180000001", None, "Paid Social"),
        ("180000002", None, "Paid Social"),
        ("180000003", None, "Paid Social"),
    ),
    "meta_ads/ads_manager.csv": (
        ("120210000000010001", "Retargeting | Pumps", "Paid Social"),
        ("120210000000010002", "Lookalike, DACH", "Paid Social"),
    ),
    "meta_ads/广告管理工具.csv": (
        ("name:再营销 | 水泵", "再营销 | 水泵", "Paid Social"),
        ("name:新品 | 阀门", "新品 | 阀门", "Paid Social"),
    ),
    "meta_ads/api_basic_ad.csv": (
        ("120210000000010001", "Retargeting | Pumps", "Paid Social"),
        ("120210000000090003", None, "Paid Social"),
    ),
    "microsoft_ads/campaign_report.csv": (
        ("359000001", "Bing | Pumps", "Paid Search"),
        ("359000002", "Audience | Valves", "Display"),
    ),
    "microsoft_ads/api_campaign_daily.csv": (),
    "baidu/推广计划报告.csv": (
        ("300000001", "百度 | 离心泵", "Baidu Search"),
        ("300000002", "百度 | 阀门", "Baidu Search"),
    ),
    "baidu/分日报告.csv": (
        ("name:百度 | 离心泵", "百度 | 离心泵", "Baidu Search"),
        ("name:百度 | 阀门", "百度 | 阀门", "Baidu Search"),
    ),
}


@pytest.mark.parametrize(("name", "mapping"), SPEND)
def test_spend_of_a_campaign_and_day(tmp_path: Path, name: str, mapping: str) -> None:
    expected = {
        "campaign": campaigns(*CAMPAIGNS[name]),
        "campaign_spend": spend(*SPEND[name, mapping]),
    }
    with loading_in(tmp_path) as loading:
        outcome = load_export(loading, name)
        assert outcome.mapping == mapping
        assert outcome.rows_rejected == (name == WITH_A_LAST_LINE)
        assert told(loading) == {table: rows for table, rows in expected.items() if rows}


def test_the_line_below_a_microsoft_report_is_the_only_one_refused(tmp_path: Path) -> None:
    with loading_in(tmp_path) as loading:
        load_export(loading, WITH_A_LAST_LINE)
        assert loading.reasons() == [(17, None, None, "1 value where the header has 12")]


def test_google_campaigns_of_the_api(tmp_path: Path) -> None:
    with loaded(
        tmp_path, "google_ads/api_campaigns.csv", mapping="google_ads_campaign_history"
    ) as it:
        assert told(it) == {
            "campaign": rows_of(
                "campaign_id name channel starts_on ends_on",
                ("21400000001", "Search | Pumps", "Paid Search", date(2026, 1, 15), None),
                ("21400000002", "PMax | All products", "Paid Search", date(2026, 2, 1), JUNE),
                ("21400000003", "Video | Valves", "Video", date(2026, 2, 1), None),
                ("21400000004", "Demand Gen | Pumps", "Display", date(2026, 2, 1), None),
            )
        }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "mapping", "expected"),
    [
        (
            "linkedin_ads/api_campaigns.csv",
            "linkedin_ads_campaign_history",
            [("180000001", LEAD_GEN, "Paid Social"), ("180000002", LEAK_FREE, "Paid Social")],
        ),
        (
            "microsoft_ads/api_campaigns.csv",
            "microsoft_ads_campaign_history",
            [
                ("359000001", "Bing | Pumps", "Paid Search"),
                ("359000002", "Audience | Valves", "Display"),
            ],
        ),
    ],
)  # fmt: skip
def test_campaigns_of_an_api_are_one_each_however_often_they_changed(
    tmp_path: Path, name: str, mapping: str, expected: list[tuple[str, str | None, str]]
) -> None:
    with loaded(tmp_path, name, mapping=mapping) as loading:
        assert told(loading) == {"campaign": campaigns(*expected)}


def test_statistics_of_an_api_and_its_campaigns_meet(tmp_path: Path) -> None:
    with loaded(tmp_path, "google_ads/api_search.jsonl", "google_ads/api_campaigns.csv") as loading:
        spent, known = (
            loading.rows("campaign_spend", "campaign_id"),
            loading.rows("campaign", "campaign_id"),
        )
        assert set(spent) <= set(known)


def test_a_report_and_the_api_tell_of_the_same_spend_once(tmp_path: Path) -> None:
    with loaded(
        tmp_path, "google_ads/campaign_report.csv", "google_ads/api_search.jsonl"
    ) as loading:
        assert told(loading)["campaign_spend"] == spend(*GOOGLE)


def test_spend_told_by_name_is_that_of_the_campaign(tmp_path: Path) -> None:
    files = ("google_ads/report_without_ids.csv", "google_ads/api_campaigns.csv")
    with loaded(tmp_path, *files) as loading:
        derive(loading.draft, Definitions.load(BUILT_IN))
        assert loading.rows("spend", "campaign_id", "campaign", "channel", "spend_on") == [
            ("21400000001", "Search | Pumps", "Paid Search", FIRST),
            ("21400000001", "Search | Pumps", "Paid Search", SECOND),
            ("21400000004", "Demand Gen | Pumps", "Display", FIRST),
        ]
