"""Tiles: a number, its change, and whether that is good news."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import pytest
from streamlit.proto.Metric_pb2 import Metric
from streamlit.testing.v1 import AppTest

from metrics.chance import Verdict
from pages.controls.tiles import Kind, Tile


def shown(tile: Tile, compared_with: str | None = "Q3 2026") -> Metric:
    def draw(tile, compared_with):  # type: ignore[no-untyped-def]  # its source is run elsewhere
        from pages.controls.tiles import show_tiles

        show_tiles([tile], "USD", compared_with)

    app = AppTest.from_function(draw, args=(tile, compared_with)).run()
    assert not app.exception
    metric: Metric = app.metric[0].proto
    return metric


def test_a_change_is_relative() -> None:
    assert shown(Tile("Leads", 120, "", before=100)).delta == "+20.0%"
    assert shown(Tile("Leads", 80, "", before=100)).delta == "−20.0%"


def test_a_share_changes_by_points() -> None:
    tile = Tile("Share", 0.25, "", Kind.SHARE, before=0.2)
    assert shown(tile).delta == "+5.0 pts"
    assert shown(tile).body.replace("\\", "") == "25.0%"


def test_no_change_is_neither_good_nor_bad() -> None:
    metric = shown(Tile("Leads", 100, "", before=100))
    assert metric.delta == "0"
    assert metric.color == Metric.MetricColor.GRAY


GREEN, RED, GRAY = (
    Metric.MetricColor.GREEN,
    Metric.MetricColor.RED,
    Metric.MetricColor.GRAY,
)


@pytest.mark.parametrize(
    ("rising", "up", "down"),
    [("good", GREEN, RED), ("bad", RED, GREEN), ("neither", GRAY, GRAY)],
)
def test_a_sure_change_has_the_colour_of_its_news(
    rising: Literal["good", "bad", "neither"], up: int, down: int
) -> None:
    def of(value: int, before: int, verdict: Verdict) -> Metric:
        return shown(Tile("Leads", value, "", Kind.COUNT, before, verdict, rising))

    sure = Verdict.MORE_THAN_CHANCE
    assert (of(120, 60, sure).color, of(60, 120, sure).color) == (up, down)
    for unsure in (Verdict.MAY_BE_CHANCE, Verdict.UNTESTED, Verdict.TOO_FEW):
        assert of(120, 60, unsure).color == of(60, 120, unsure).color == GRAY


def test_an_arrow_points_where_the_number_went() -> None:
    directions = [shown(Tile("Leads", now, "", before=100)).direction for now in (120, 80)]
    assert directions == [Metric.MetricDirection.UP, Metric.MetricDirection.DOWN]


def test_few_are_too_few_to_compare_and_may_be_chance_is_said() -> None:
    few = shown(Tile("Won", 0, "", before=4, verdict=Verdict.TOO_FEW))
    assert few.delta == "too few to compare"
    assert "In Q3 2026: 4" in few.help.replace("\\", "")
    assert few.direction == Metric.MetricDirection.NONE
    chance = shown(Tile("Won", 30, "", before=24, verdict=Verdict.MAY_BE_CHANCE))
    assert (chance.delta, chance.delta_description) == ("+25.0%", "was 24")
    assert chance.help.replace("\\", "").endswith("The change: may be chance.")


@pytest.mark.parametrize("before", [None, 0])
def test_without_anything_to_divide_by_no_change_is_claimed(before: int | None) -> None:
    assert shown(Tile("Leads", 100, "", before=before)).delta == ""


def test_without_a_comparison_no_change_is_shown() -> None:
    assert shown(Tile("Leads", 120, "", before=100), None).delta == ""


def test_what_the_data_cannot_say_is_a_dash() -> None:
    metric = shown(Tile("Spend", None, "", Kind.MONEY, before=Decimal(5)))
    assert metric.body == "—"
    assert metric.delta == ""


def test_the_full_amount_is_in_the_help() -> None:
    metric = shown(Tile("Revenue", Decimal("1234567.80"), "All deals.", Kind.MONEY, Decimal(1)))
    assert metric.body.replace("\\", "") == "$1.23M"
    assert "$1,234,567.80" in metric.help.replace("\\", "")
    assert "In Q3 2026: $1.00" in metric.help.replace("\\", "")
    assert metric.help.startswith("All deals")
