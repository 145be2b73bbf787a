"""The quadrant of channels: each mark is named where its name is clear of the others."""

from __future__ import annotations

import polars as pl
import pytest

from pages.charts.returns import quadrant


def returns(points: list[tuple[str, float, float]]) -> pl.DataFrame:
    return pl.DataFrame(
        [(name, spend, cost, 100.0) for name, spend, cost in points],
        schema=["segment", "spend_amount", "cost_per_opportunity", "pipeline_amount"],
        orient="row",
    )


def named(points: list[tuple[str, float, float]]) -> dict[str, str]:
    """The side of each name that is written."""
    marks = quadrant(returns(points), "USD").data[0]
    return {text: side for text, side in zip(marks.text, marks.textposition, strict=True) if text}


def test_marks_that_are_apart_all_have_their_name() -> None:
    points = [("Fair", 45e3, 6e3), ("Search", 4e4, 2e3), ("Social", 24e3, 4e3)]
    assert set(named(points)) == {"Fair", "Search", "Social"}


def test_names_of_close_marks_stand_on_different_sides() -> None:
    found = named([("Far", 45e3, 6e3), ("Brand Search", 4e3, 700), ("Referral", 3.9e3, 710)])
    assert found.get("Referral") != found["Brand Search"]
    assert "Brand Search" in found


@pytest.mark.parametrize("many", [6, 12])
def test_a_heap_of_marks_names_what_there_is_room_for(many: int) -> None:
    heap = [(f"Channel {number}", 1e3 + number, 100.0 + number) for number in range(many)]
    points = [("Far", 5e4, 6e3), *heap]
    found = named(points)
    assert "Far" in found
    assert len(found) < len(points)
    marks = quadrant(returns(points), "USD").data[0]
    assert list(marks.customdata) == [name for name, _, _ in points], "all can still be pointed at"


def test_nothing_is_no_error() -> None:
    assert not quadrant(returns([]).cast({"spend_amount": pl.Float64}), "USD").layout.shapes
