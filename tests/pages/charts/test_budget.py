"""Budget charts: three marks per channel with their bounds, and a curve within its band."""

from __future__ import annotations

import polars as pl
import pytest

from pages.charts.budget import MOST_CHANNELS, response_curve, tercile_costs

TERCILES = pl.DataFrame(
    {
        "channel": ["<b>Fairs</b>"] * 3 + ["Mail"] * 3,
        "tercile": ["low", "middle", "high"] * 2,
        "periods": [3] * 6,
        "period": ["month"] * 3 + ["quarter"] * 3,
        "spend_amount": [100.0, 200.0, 300.0] * 2,
        "mqls": [4, 5, 6, 0, 1, 2],
        "cost": [25.0, 40.0, 50.0, None, 200.0, 150.0],
        "cost_low": [10.0, 20.0, 25.0, 30.0, 40.0, 50.0],
        "cost_high": [60.0, 90.0, 99.0, None, None, 400.0],
    }
)


def test_marks_stand_at_the_cost_and_lines_end_at_the_bounds() -> None:
    low, middle, high = tercile_costs(TERCILES, "EUR").data
    assert low.x == (25.0,), "what brought no MQL has no cost to draw"
    assert middle.x == (40.0, 200.0)
    assert high.error_x.array == pytest.approx((49.0, 250.0))
    assert high.error_x.arrayminus == pytest.approx((25.0, 100.0))
    assert "<br>" in high.hovertext[0]
    assert "<b>Fairs</b></b>" not in high.hovertext[0]
    assert "in 3 quarters, 2 MQLs" in high.hovertext[1]


def test_marks_of_a_channel_stand_apart_in_shape_and_place() -> None:
    figure = tercile_costs(TERCILES, "EUR")
    assert len({trace.marker.symbol for trace in figure.data}) == 3
    assert figure.layout.yaxis.ticktext == ("&lt;b&gt;Fairs&lt;/b&gt;", "Mail")
    assert [trace.y[-1] for trace in figure.data[1:]] == [1.0, 1.22]


def test_only_so_many_channels_are_drawn() -> None:
    many = pl.concat([TERCILES.head(3).with_columns(channel=pl.lit(f"C{n}")) for n in range(14)])
    assert len(tercile_costs(many, "EUR").layout.yaxis.ticktext) == MOST_CHANNELS


@pytest.mark.parametrize("today", [None, 50.0])
def test_a_curve_lies_in_its_band_and_today_is_marked(today: float | None) -> None:
    levels = pl.DataFrame(
        {
            "spend_per_week": [0.0, 100.0],
            "mqls": [0.0, 8.0],
            "mqls_low": [0.0, 5.0],
            "mqls_high": [0.0, 12.0],
        }
    )
    figure = response_curve(levels, today, "EUR")
    assert [trace.y[-1] for trace in figure.data] == [5.0, 12.0, 8.0]
    assert len(figure.layout.shapes) == (today is not None)
