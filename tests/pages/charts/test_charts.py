"""Charts: what they draw is what the frame says, and they read without colour."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import plotly.graph_objects as go
import polars as pl
import pytest

from metrics.period import Period
from metrics.scope import Basis, Stage
from pages.charts.completeness import completeness_heat
from pages.charts.funnel import funnel
from pages.charts.heat import MAX_SEGMENTS, MIN_COHORT, conversion_heat
from pages.charts.layout import month_axis
from pages.charts.trend import monthly_counts, monthly_rates

Draw = Callable[[pl.DataFrame], go.Figure]

COHORT, FLOW = Basis.COHORT, Basis.FLOW

STAGES = [stage.value for stage in Stage]


def conversion(reached: tuple[int, ...] = (100, 50, 20, 10, 0)) -> pl.DataFrame:
    """Like the result of stage_conversion; the rates of a step's own cohort are others."""
    before = (None, *reached[:-1])
    rates = [part / whole if whole else None for part, whole in zip(reached, before, strict=True)]
    return pl.DataFrame(
        {
            "stage": STAGES,
            "reached": reached,
            "rate_cohort": rates,
            "rate_cohort_low": [None if rate is None else rate / 2 for rate in rates],
            "rate_cohort_high": [None if rate is None else (1 + rate) / 2 for rate in rates],
            "rate_previous": [None, 0.9, 0.9, 0.9, 0.9],
            "rate_previous_low": [None, 0.8, 0.8, 0.8, 0.8],
            "rate_previous_high": [None, 0.95, 0.95, 0.95, 0.95],
            "rate_first": [part / reached[0] for part in reached],
            "rate_first_low": [None, *(part / reached[0] / 2 for part in reached[1:])],
            "rate_first_high": [None, *((1 + part / reached[0]) / 2 for part in reached[1:])],
        }
    )


def flow(reached: tuple[int, ...]) -> pl.DataFrame:
    """Like the result of stage_conversion on the flow basis."""
    found = conversion(reached)
    ratios = {f"rate_previous{end}": f"rate_cohort{end}" for end in ("", "_low", "_high")}
    return found.with_columns(**{name: pl.col(rate) for name, rate in ratios.items()}).with_columns(
        pl.lit(None, pl.Float64).alias(rate) for rate in ratios.values()
    )


def by_channel(cohorts: Mapping[str, tuple[int, ...]]) -> pl.DataFrame:
    return pl.concat(
        conversion(reached).select(pl.lit(channel).alias("channel"), pl.all())
        for channel, reached in cohorts.items()
    )


def trend(seen_of_february: int = 28) -> pl.DataFrame:
    rows = [
        {
            "month_on": date(2026, month, 1),
            "days_seen": seen,
            "days_in_month": days,
            "stage": stage,
            "reached": 40 // place,
            "entered": 40,
            "rate_first": 1 / place,
            "matured_share": None if stage == "lead" else (1.0 if month == 1 else 0.5),
        }
        for month, seen, days in ((1, 31, 31), (2, seen_of_february, 28))
        for place, stage in enumerate(STAGES, start=1)
    ]
    return pl.DataFrame(rows, infer_schema_length=None)


def test_a_funnel_bar_carries_its_count_and_its_stage() -> None:
    bars = funnel(conversion(), COHORT).data[0]
    assert list(bars.x) == [100, 50, 20, 10, 0]
    assert list(bars.customdata) == STAGES


def words(figure: go.Figure) -> list[str]:
    return [each.text.replace("\u00a0", " ") for each in figure.layout.annotations]


def test_the_rates_beside_the_bars_are_those_that_the_bars_give() -> None:
    # 152 SQLs of whom 26 went on are 17.1%, whatever became of others in the period.
    assert words(funnel(conversion((1000, 400, 152, 26, 2)), COHORT)) == [
        "<b>Lead</b>  1,000",
        "<b>MQL</b>  400 · 40.0% of leads",
        "<b>SQL</b>  152 · 38.0% of MQLs · 15.2% of leads",
        "<b>Opportunity</b>  26 · 17.1% of SQLs · 2.6% of leads",
        "<b>Won</b>  2 · 7.7% of opportunities · 0.2% of leads",
    ]


def test_a_rate_of_nobody_is_a_dash_with_the_reason() -> None:
    said = words(funnel(conversion((9, 3, 0, 0, 0)), COHORT))
    assert said[2] == "<b>SQL</b>  0 · 0.0% of MQLs · 0.0% of leads"
    assert said[3] == "<b>Opportunity</b>  0 · — nobody reached SQL · 0.0% of leads"


def test_a_flow_says_so_many_per_100_and_never_a_share() -> None:
    figure = funnel(flow((100, 250, 50, 40, 5)), FLOW)
    said = words(figure)
    assert said[1] == "<b>MQL</b>  250 · 250 per 100 leads"
    assert said[4] == "<b>Won</b>  5 · 12.5 per 100 opportunities · 5 per 100 leads"
    assert not any("%" in each for each in said)
    assert "125 per 100 to 175 per 100" in figure.data[0].hovertext[1].replace("\u00a0", " ")


def test_a_funnel_hover_says_the_interval() -> None:
    hover = funnel(conversion(), COHORT).data[0].hovertext[1]
    assert "95% interval to lead: 25.0% to 75.0%" in hover


def test_a_compared_funnel_has_a_second_bar_per_stage() -> None:
    assert len(funnel(conversion(), COHORT).data) == 1
    names = ("Q4 2026 to date (57 of 92 days)", "the first 57 days of Q3 2026")
    bars = funnel(conversion(), COHORT, conversion((80, 40, 30, 5, 1)), names=names).data
    assert list(bars[1].x) == [80, 40, 30, 5, 1]
    assert tuple(each.name for each in bars) == names


def test_the_chosen_stage_stands_out() -> None:
    opacity = funnel(conversion(), COHORT, chosen=Stage.SQL).data[0].marker.opacity
    assert opacity[2] == 1
    assert all(each < 0.5 for place, each in enumerate(opacity) if place != 2)


def test_a_funnel_without_anybody_is_drawn() -> None:
    empty = conversion((1, 0, 0, 0, 0)).with_columns(reached=pl.lit(0))
    assert list(funnel(empty, COHORT).data[0].x) == [0] * 5


def test_a_heat_cell_says_rate_and_cohort() -> None:
    heat = conversion_heat(by_channel({"Webinar": (100, 50, 20, 10, 0)}), "channel", COHORT).data[0]
    assert heat.text[0][0] == "50.0%<br>of 100"
    assert heat.text[0][3] == "0.0%<br>of 10"


def test_the_last_column_of_the_heat_is_the_whole_way() -> None:
    cohorts = {"Webinar": (100, 50, 20, 10, 4), "Email": (60, 30, 9, 3, 0), "Fax": (9, 9, 9, 9, 9)}
    figure = conversion_heat(by_channel(cohorts), "channel", COHORT)
    steps, overall = figure.data
    titles = dict(zip(figure.layout.xaxis.tickvals, figure.layout.xaxis.ticktext, strict=True))
    assert [titles[place] for place in steps.x] == [
        "to<br>MQL",
        "to<br>SQL",
        "to<br>Oppor-<br>tunity",
        "to<br>Won",
    ]
    assert [titles[place] for place in overall.x] == ["Lead<br>to Won"]
    assert [row[0] for row in overall.text] == [
        "4.0%<br>of 100",
        "0.0%<br>of 60",
        "100.0%<br>of 9",
    ]
    assert "4.0%: 4 of 100" in overall.hovertext[0][0]
    assert "95% interval 2.0% to 52.0%" in overall.hovertext[0][0]
    # Its shades have a scale of their own, and a handful of leads none.
    assert (overall.zmax, [row[0] for row in overall.z]) == (0.04, [0.04, 0, 0])
    assert steps.zmax == 0.5
    assert overall.y == steps.y


def test_the_steps_of_a_segment_are_of_one_cohort() -> None:
    heat = conversion_heat(by_channel({"Webinar": (100, 50, 20, 10, 4)}), "channel", COHORT)
    steps, overall = heat.data
    parts, wholes = zip(
        *(re.findall(r": (\d+) of (\d+)", each)[0] for each in steps.hovertext[0]), strict=True
    )
    assert (wholes, parts) == (("100", "50", "20", "10"), ("50", "20", "10", "4"))
    assert ": 4 of 100" in overall.hovertext[0][0]


def test_a_heat_of_flows_says_so_many_per_100() -> None:
    frame = flow((34, 38, 19, 0, 0)).select(pl.lit("Email").alias("channel"), pl.all())
    figure = conversion_heat(frame, "channel", FLOW)
    texts = [each.replace("\u00a0", " ") for each in figure.data[0].text[0]]
    assert texts == [
        "112 per 100<br>38 to 34",
        "50 per 100<br>19 to 38",
        "0 per 100<br>0 to 19",
        "—",
    ]
    assert figure.data[0].hovertext[0][3].endswith("Nobody reached opportunity")


def test_a_small_cohort_is_not_shaded() -> None:
    cohorts = {"Large": (MIN_COHORT, MIN_COHORT, 0, 0, 0), "Small": (MIN_COHORT - 1,) * 5}
    heat = conversion_heat(by_channel(cohorts), "channel", COHORT).data[0]
    assert heat.z[0][0] == 1
    assert list(heat.z[1]) == [0, 0, 0, 0]
    assert heat.text[1][0].startswith("100.0")


def test_only_the_largest_segments_are_drawn() -> None:
    cohorts = {f"Channel {place}": (100 - place,) * 5 for place in range(MAX_SEGMENTS + 5)}
    figure = conversion_heat(by_channel(cohorts), "channel", COHORT)
    assert len(figure.data[0].z) == MAX_SEGMENTS
    assert figure.layout.yaxis.ticktext[0] == "Channel 0"


def test_equal_short_names_stay_two_rows() -> None:
    long = "A campaign with a very long name, part"
    figure = conversion_heat(
        by_channel({f"{long} 1": (50,) * 5, f"{long} 2": (40,) * 5}), "channel", COHORT
    )
    assert len(set(figure.data[0].y)) == 2


@pytest.mark.parametrize("draw", [monthly_counts, monthly_rates])
def test_lines_differ_in_more_than_colour(draw: Draw) -> None:
    lines = draw(trend()).data
    assert len({line.marker.symbol[0] for line in lines}) == len(lines)
    assert {line.line.dash for line in lines} == {None}, "dashes are for what is unfinished"


@pytest.mark.parametrize("draw", [monthly_counts, monthly_rates])
def test_an_unfinished_month_is_hollow_dashed_and_counts_its_days(draw: Draw) -> None:
    whole, unfinished = draw(trend()), draw(trend(seen_of_february=20))
    stages = len(whole.data)
    assert len(unfinished.data) == 3 * stages, "a line, a dashed way and an end for each stage"
    line, way, end = (unfinished.data[place] for place in (0, stages, stages + 1))
    assert (line.y[0], line.y[1]) == (whole.data[0].y[0], None)
    assert (way.line.dash, way.mode) == ("dash", "lines")
    assert list(way.y) == list(whole.data[0].y)
    assert end.marker.symbol.endswith("-open")
    assert (end.y[0], end.y[1]) == (None, whole.data[0].y[1])
    assert end.customdata[1].endswith(", 20 of 28 days")
    assert {each.line.color for each in (line, way)} == {end.marker.color}
    assert unfinished.layout.xaxis.ticktext == ("Jan<br>2026", "Feb<br>20 of<br>28 days")
    assert whole.layout.xaxis.ticktext == ("Jan<br>2026", "Feb")


def test_an_axis_of_months_has_its_ticks_at_months() -> None:
    def axis(months: int) -> dict[str, Any]:
        firsts = Period(date(2025, 11, 1), date(2027, 12, 31)).months()[:months]
        whole = {"days_seen": [30] * months, "days_in_month": [30] * months}
        return month_axis(pl.DataFrame({"month_on": firsts} | whole))

    assert axis(2)["tickvals"] == [date(2025, 11, 1), date(2025, 12, 1)]
    assert axis(3)["ticktext"] == ["Nov<br>2025", "Dec", "Jan<br>2026"]
    assert len(axis(8)["tickvals"]) == 8
    # The last month drawn always has its tick.
    assert axis(13)["tickvals"] == Period(date(2025, 11, 1), date(2026, 11, 30)).months()[::2]
    assert axis(12)["tickvals"] == Period(date(2025, 12, 1), date(2026, 10, 31)).months()[::2]


@pytest.mark.parametrize("draw", [monthly_counts, monthly_rates])
def test_a_trend_without_months_is_drawn(draw: Draw) -> None:
    assert not draw(trend().clear()).data


def test_months_that_are_still_young_are_hollow() -> None:
    line = monthly_rates(trend()).data[0]
    assert [symbol.endswith("-open") for symbol in line.marker.symbol] == [False, True]
    assert "still young" in line.customdata[1]
    assert "still young" not in line.customdata[0]


def test_the_monthly_counts_are_the_frames() -> None:
    lines = monthly_counts(trend()).data
    assert [line.name for line in lines] == [stage.label for stage in Stage]
    assert list(lines[1].y) == [20, 20]


def filled(*cells: tuple[str, date | None, int, int]) -> pl.DataFrame:
    """Like the result of completeness."""
    names = ("column", "month_on", "row_count", "filled")
    schema = {"column": pl.String, "month_on": pl.Date, "row_count": pl.Int64, "filled": pl.Int64}
    frame = pl.DataFrame(cells, schema={name: schema[name] for name in names}, orient="row")
    return frame.with_columns(share=pl.col("filled") / pl.col("row_count"))


def test_gaps_are_shaded_and_said() -> None:
    december, january = date(2025, 12, 1), date(2026, 1, 1)
    figure = completeness_heat(
        filled(
            ("owner", december, 1000, 1000),
            ("owner", january, 1000, 999),
            ("owner", None, 3, 1),
            ("need", december, 1000, 1),
            ("need", january, 1000, 0),
        ),
        "leads",
    )
    heat = figure.data[0]
    assert list(figure.layout.yaxis.ticktext) == ["need", "owner"], "the emptiest is on top"
    assert list(figure.layout.xaxis.ticktext) == ["D<br>’25", "J<br>’26", "no<br>date"]
    assert [list(row) for row in heat.text] == [["1", "0", ""], ["●", "99", "33"]]
    assert list(heat.z[0][:2]) == [0.999, 1]
    assert heat.z[0][2] is None
    assert heat.hovertext[1][1] == "<b>owner</b>, January 2026<br>99.9% filled: 999 of 1,000 leads"
