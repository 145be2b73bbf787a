"""Waterfall and bullets: signs and words beside colours, the plan as a line."""

from __future__ import annotations

from decimal import Decimal

import polars as pl

from pages.charts.layout import BACKGROUND
from pages.charts.planning.bullet import bullets
from pages.charts.planning.waterfall import waterfall

GAP = pl.DataFrame(
    {
        "part": ["planned", "volume", "timing", "actual"],
        "label": ["Planned", "Volume <b>", "Timing", "Actual"],
        "amount": [Decimal("100000.00"), Decimal("-30000.00"), Decimal("5000.00"), Decimal(75000)],
        "is_more_than_chance": [None, True, False, None],
    }
)

STANDING = pl.DataFrame(
    {
        "label": ["Leads", "Spend"],
        "words": ["80 of 100, 80%", "no plan"],
        "target": [100.0, 0.0],
        "due": [90.0, 0.0],
        "actual": [80.0, 5.0],
        "attainment": [0.8, None],
        "projected_low": [85.0, None],
        "projected_high": [95.0, None],
    }
)


def test_a_waterfall_goes_from_the_plan_to_what_came() -> None:
    figure = waterfall(GAP, "USD")
    (bar,) = figure.data
    assert bar.measure == ("absolute", "relative", "relative", "absolute")
    assert bar.customdata == ("planned", "volume", "timing", "actual")
    words = [each.text for each in figure.layout.annotations]
    assert words[0] == "Planned  <b>$100K</b>"
    assert words[1] == "Volume &lt;b&gt;  <b>\u2212$30K</b> · <b>more than chance</b>"
    assert words[2] == "Timing  <b>+$5K</b>"


def test_a_bullet_has_its_plan_as_a_line_and_its_landing() -> None:
    figure = bullets(STANDING)
    actual, due, landing = figure.data
    assert (actual.x, due.x) == ((0.8,), (0.9,))
    assert landing.x == (0.85, 0.95, None)
    (line,) = figure.layout.shapes
    assert (line.x0, line.x1) == (1, 1)
    assert len(figure.layout.annotations) == 1, "what has no target has no bullet"


def test_words_are_legible_over_the_lines_that_pass_behind_them() -> None:
    for figure in (waterfall(GAP, "USD"), bullets(STANDING)):
        assert {each.bgcolor for each in figure.layout.annotations} == {BACKGROUND}


def test_a_landing_beyond_the_plan_is_within_the_picture() -> None:
    beyond = STANDING.with_columns(projected_high=pl.Series([150.0, None]))
    assert bullets(beyond).layout.xaxis.range[1] > 1.5
    assert bullets(STANDING).layout.xaxis.range[1] < 1.2
