"""Charts of content: what a mark, a cell and a dot say, and what is left out."""

from __future__ import annotations

from datetime import date

import polars as pl

from pages.charts.content.coverage import MOST_PERSONAS, coverage_heat
from pages.charts.content.effects import effects
from pages.charts.content.people import MOST_COLUMNS, MOST_ROWS, people_heat
from pages.charts.content.rates import rates_by_exposure, weekly_people


def _assets(*chances: float | None) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {"content_id": f"A{place}", "content": "<b>", "exposed": 10 * (place + 1),
             "downloads": 2, "download_rate": 0.3, "download_rate_low": 0.2,
             "download_rate_high": 0.4, "chance_good": chance}
            for place, chance in enumerate(chances)
        ]
    )  # fmt: skip


def test_an_asset_is_above_or_below_only_where_it_is_sure() -> None:
    figure = rates_by_exposure(_assets(0.96, 0.5, 0.03, None), 0.2, (15, 100))
    told = {trace.name: list(trace.customdata) for trace in figure.data}
    assert told == {"Above 20%": ["A0"], "Cannot be told": ["A1"], "Below 20%": ["A2"]}
    assert "&lt;b&gt;" in figure.data[0].hovertext[0]
    # The band that nobody reaches has no line; the other is the mark.
    assert [line.x0 for line in figure.layout.shapes if line.xref == "x"] == [15]
    assert [line.y0 for line in figure.layout.shapes if line.yref == "y"] == [0.2]


def _cell(persona: str, stage: str, present: int | None, exposed: int, gap: object) -> object:
    return {"persona": persona, "stage": stage, "present": present, "exposed": exposed,
            "assets": 1, "largest_asset": None, "largest_exposed": 1, "is_gap": gap}  # fmt: skip


def test_a_cell_says_how_many_of_how_many_and_that_it_is_a_gap() -> None:
    cells = [_cell("技术 采购", "no lead", None, 7, None), _cell("技术 采购", "mql", 40, 10, True)]
    (heat,) = coverage_heat(pl.DataFrame(cells)).data
    assert [list(line) for line in heat.text] == [["7", "10<br>of 40<br><b>gap</b>"]]
    assert [list(line) for line in heat.z] == [[0, 0.25]]


def test_so_many_personas_are_drawn() -> None:
    cells = pl.DataFrame([_cell(f"P{n}", "mql", 9, 3, False) for n in range(40)])
    (heat,) = coverage_heat(cells).data
    assert len(heat.y) == MOST_PERSONAS


def test_a_placebo_of_few_is_not_drawn() -> None:
    known = {"content": "x", "verdict": "adds", "adds": 0.1, "adds_low": 0.05, "adds_high": 0.2,
             "placebo": 0.0, "placebo_low": -0.1, "placebo_high": 0.1}  # fmt: skip
    rows = [
        {**known, "content_id": "a", "placebo_readers": 20},
        {**known, "content_id": "b", "placebo_readers": 19},
    ]
    adds, placebo = effects(pl.DataFrame(rows)).data
    assert (list(adds.customdata), list(placebo.customdata)) == (["a", "b"], ["a"])
    assert list(adds.error_x.array) == [0.1, 0.1]


def test_cells_of_people_are_the_first_rows_and_columns() -> None:
    pairs = pl.DataFrame(
        [
            {"asset": f"A{row}", "channel": f"C{column}", "people": row + column, "share": 0.1}
            for row in range(12)
            for column in range(8)
            if (row, column) != (1, 1)
        ]
    )
    figure = people_heat(pairs, "asset", "channel", named={"A0": "A <b>very</b> long title of it"})
    (heat,) = figure.data
    assert (len(heat.y), len(heat.x)) == (MOST_ROWS, MOST_COLUMNS)
    assert [list(heat.text[row])[:2] for row in (0, 1)] == [["0", "1"], ["1", ""]]
    names = figure.layout.yaxis.ticktext
    assert names[:2] == ("A &lt;b&gt;very&lt;/b&gt;<br>long title of it", "A1")


def test_a_bar_per_week() -> None:
    weeks = pl.DataFrame({"week_on": [date(2026, 1, 5), date(2026, 1, 12)], "new_people": [3, 0]})
    (bars,) = weekly_people(weeks).data
    assert list(bars.y) == [3, 0]
