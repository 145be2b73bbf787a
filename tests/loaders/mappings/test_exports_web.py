"""Web events of Google Analytics 4, content, and plans, as they are exported."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter

from tests.loaders.loading import loading_in
from tests.loaders.mappings.export_files import EXPORTS, Row, loaded, rows_of, stored

GA4 = EXPORTS / "ga4/events_20260304.jsonl"


_VALUE = pl.Struct(
    {
        "string_value": pl.String,
        "int_value": pl.Int64,
        "float_value": pl.Float64,
        "double_value": pl.Float64,
    }
)

_SOURCE = ("campaign_id", "campaign_name", "source", "medium", "term", "content")

_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "event_date": pl.String,
    "event_timestamp": pl.Int64,
    "event_name": pl.String,
    "event_params": pl.List(pl.Struct({"key": pl.String, "value": _VALUE})),
    "user_id": pl.String,
    "user_pseudo_id": pl.String,
    "device": pl.Struct({"category": pl.String}),
    "geo": pl.Struct({"country": pl.String}),
    "collected_traffic_source": pl.Struct(
        {f"manual_{name}": pl.String for name in _SOURCE} | {"gclid": pl.String}
    ),
    "session_traffic_source_last_click": pl.Struct(
        {
            "manual_campaign": pl.Struct({"campaign_id": pl.String}),
            "google_ads_campaign": pl.Struct({"campaign_id": pl.String}),
            "cross_channel_campaign": pl.Struct(
                dict.fromkeys(("campaign_name", "source", "medium"), pl.String)
            ),
        }
    ),
}


def as_json_lines(folder: Path) -> Path:
    return GA4


def as_packed_json_lines(folder: Path) -> Path:
    packed = folder / "events_20260304.json.gz"
    packed.write_bytes(gzip.compress(GA4.read_bytes()))
    return packed


def as_parquet(folder: Path) -> Path:
    """The same events as BigQuery writes them to Parquet: whole numbers, lists of structs."""
    events: list[dict[str, Any]] = [
        json.loads(line) for line in GA4.read_text("utf-8").splitlines()
    ]
    for event in events:
        event["event_timestamp"] = int(event["event_timestamp"])
        for parameter in event["event_params"]:
            value = parameter["value"]
            parameter["value"] = {
                name: int(value[name]) if name == "int_value" and name in value else value.get(name)
                for name in ("string_value", "int_value", "float_value", "double_value")
            }
    stored = folder / "events_20260304.parquet"
    pl.DataFrame(events, schema=_SCHEMA).write_parquet(stored)
    return stored


def event(visitor: str, when: str, action: str, **besides: str | float) -> Row:
    return {
        "interaction_id": f"ga4:{visitor}:{when}:{action}",
        "visitor_id": visitor,
        "occurred_at": datetime.fromisoformat(when.ljust(26, "0") if "." in when else when),
        "action": action,
        "source_system": "ga4",
        **besides,
    }


@pytest.mark.parametrize("written", [as_json_lines, as_packed_json_lines, as_parquet])
def test_events_of_google_analytics(tmp_path: Path, written: Callable[[Path], Path]) -> None:
    visit = {"utm_source": "google", "utm_medium": "cpc"}
    session = {"session_id": "ga4:551.771:1772609400"}
    settled = {"campaign_id": "21400000001", "utm_campaign": "Search | Pumps"}
    with loading_in(tmp_path) as loading:
        outcome = loading.load_path(written(tmp_path))
        assert (outcome.mapping, outcome.rows_rejected) == ("ga4_events", 0)
        assert stored(loading) == {
            "interaction": [
                event(
                    "551.771", "2026-03-04 07:30:00.123456", "session_start", **visit, **session,
                    **settled, utm_term="leak free pump",
                ),
                event(
                    "551.771", "2026-03-04 07:30:00.123457", "page_view", **visit, **session,
                    content_id="CT-7", engaged_seconds=12.345,
                ),
                event("551.771", "2026-03-04 07:31:00", "video_start", content_id="42"),
                event(
                    "551.771", "2026-03-04 07:32:00.5", "form_submit",
                    person_id="salesforce:00Q5g0000000001EAA",
                ),
                event(  # by a click on Google Ads, of the session as Google settled it
                    "77.12", "2026-03-04 17:00:00", "session_start", **visit, **settled,
                    session_id="ga4:77.12:1772643600",
                ),
                event(
                    "77.12", "2026-03-04 17:00:01", "scroll", **visit, **settled,
                    session_id="ga4:77.12:1772643600",
                ),
                event(
                    "77.12", "2026-03-04 18:00:00", "session_start", utm_source="(direct)",
                    utm_campaign="(direct)", session_id="ga4:77.12:1772647200",
                ),
                event(  # all that older exports tell of a click on Google Ads
                    "77.12", "2026-03-04 19:00:00", "session_start", **visit,
                    session_id="ga4:77.12:1772650800",
                ),
                event(
                    "902.100", "2026-03-04 16:00:00", "page_view", utm_source="wechat",
                    utm_medium="social", utm_campaign="春季", utm_content="banner-2",
                ),
            ]
        }  # fmt: skip


def test_content_assets(tmp_path: Path) -> None:
    with loaded(tmp_path, "content/assets.csv", mapping="content_assets") as loading:
        guide, case = "Leak-free plants: a guide", 'Case: 40 % less downtime, "no leaks"'
        paper, sealing = "Whitepaper", "Sealing"
        assert stored(loading) == {
            "content": rows_of(
                "content_id title kind topic persona published_on",
                ("CT-7", guide, paper, sealing, "Maintenance", date(2026, 1, 15)),
                ("CT-8", case, "Case Study", "Reliability", None, date(2026, 2, 1)),
                ("CT-9", "无泄漏泵选型指南", paper, sealing, "Buyer", None),
            )
        }


JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)

PLANS: dict[str, list[tuple[str, date, str, str, str, str]]] = {
    "plan/plan.csv": [
        ("FY2026", JANUARY, "", "", "leads", "1200"),
        ("FY2026", JANUARY, "", "", "mqls", "310"),
        ("FY2026", JANUARY, "channel", "Paid Search", "leads", "400"),
        ("FY2026", FEBRUARY, "", "", "revenue", "250000.50"),
        ("FY2026", FEBRUARY, "", "", "spend", "42000"),
    ],
    "plan/计划.csv": [
        ("2026年度", JANUARY, "", "", "leads", "1200"),
        ("2026年度", JANUARY, "channel", "Baidu Search", "leads", "300"),
        ("2026年度", FEBRUARY, "", "", "revenue", "1250000"),
    ],
}


def targets(rows: list[tuple[str, date, str, str, str, str]]) -> dict[str, list[Row]]:
    names = "plan_id month_on dimension segment metric target"
    return {"plan": rows_of(names, *((*rest, Decimal(target)) for *rest, target in rows))}


@pytest.mark.parametrize("name", PLANS)
def test_plans(tmp_path: Path, name: str) -> None:
    with loaded(tmp_path, name, mapping="plan_targets") as loading:
        assert stored(loading) == targets(PLANS[name])


def test_a_plan_in_a_workbook_below_its_title(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "plan.xlsx") as book:
        sheet = book.add_worksheet("FY2026")
        month = book.add_format({"num_format": "mmm yyyy"})
        sheet.write(0, 0, "Plan of the fiscal year 2026")
        sheet.write_row(2, 0, ["Plan", "Month", "Dimension", "Segment", "Metric", "Target"])
        for row, (plan, on, dimension, segment, metric, target) in enumerate(
            PLANS["plan/plan.csv"], start=3
        ):
            sheet.write_row(row, 0, [plan, None, dimension or None, segment or None, metric])
            sheet.write_datetime(row, 1, datetime(on.year, on.month, on.day), month)
            sheet.write_number(row, 5, float(target))
    with loading_in(tmp_path) as loading:
        outcome = loading.load_path(tmp_path / "plan.xlsx")
        assert (outcome.mapping, outcome.rows_rejected) == ("plan_targets", 0)
        assert stored(loading) == targets(PLANS["plan/plan.csv"])
