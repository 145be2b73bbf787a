"""Tiles: a number, its change, and whether that is good news."""

from __future__ import annotations

from decimal import Decimal

import pytest
from streamlit.proto.Metric_pb2 import Metric
from streamlit.testing.v1 import AppTest

from metrics.scope import Comparison
from pages.controls.tiles import Kind, Tile


def shown(tile: Tile, comparison: Comparison = Comparison.PREVIOUS_PERIOD) -> Metric:
    def draw(tile, comparison):  # type: ignore[no-untyped-def]  # its source is run elsewhere
        from pages.controls.tiles import show_tiles

        show_tiles([tile], "USD", comparison)

    app = AppTest.from_function(draw, args=(tile, comparison)).run()
    assert not app.exception
    metric: Metric = app.metric[0].proto
    return metric


def test_a_change_is_relative() -> None:
    assert shown(Tile("Leads", 120, "", before=100)).delta == "+20.0\u00a0%"
    assert shown(Tile("Leads", 80, "", before=100)).delta == "-20.0\u00a0%"


def test_a_share_changes_by_points() -> None:
    tile = Tile("Share", 0.25, "", Kind.SHARE, before=0.2)
    assert shown(tile).delta == "+5.0 pts"
    assert shown(tile).body.replace("\\", "") == "25.0\u00a0%"


def test_no_change_is_neither_good_nor_bad() -> None:
    metric = shown(Tile("Leads", 100, "", before=100))
    assert metric.delta == "0"
    assert metric.color == Metric.MetricColor.GRAY


@pytest.mark.parametrize(
    ("rising", "colour"),
    [
        ("good", Metric.MetricColor.GREEN),
        ("bad", Metric.MetricColor.RED),
        ("neither", Metric.MetricColor.GRAY),
    ],
)
def test_a_rise_has_the_colour_of_its_news(rising: str, colour: int) -> None:
    tile = Tile("Cost", Decimal(12), "", Kind.MONEY, Decimal(10), rising=rising)  # type: ignore[arg-type]
    assert shown(tile).color == colour


@pytest.mark.parametrize("before", [None, 0])
def test_without_anything_to_divide_by_no_change_is_claimed(before: int | None) -> None:
    assert shown(Tile("Leads", 100, "", before=before)).delta == ""


def test_without_a_comparison_no_change_is_shown() -> None:
    assert shown(Tile("Leads", 120, "", before=100), Comparison.NONE).delta == ""


def test_what_the_data_cannot_say_is_a_dash() -> None:
    metric = shown(Tile("Spend", None, "", Kind.MONEY, before=Decimal(5)))
    assert metric.body == "—"
    assert metric.delta == ""


def test_the_full_amount_is_in_the_help() -> None:
    metric = shown(Tile("Revenue", Decimal("1234567.80"), "All deals.", Kind.MONEY, Decimal(1)))
    assert metric.body.replace("\\", "") == "$1.2M"
    assert "$1,234,567.80" in metric.help.replace("\\", "")
    assert "Before: $1.00" in metric.help.replace("\\", "")
    assert metric.help.startswith("All deals")
