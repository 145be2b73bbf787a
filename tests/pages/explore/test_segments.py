"""Segments: its numbers are the metric's, every number opens its records, and it holds."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from data.definitions import Definitions
from data.engine.warehouse import open_current
from data.storage.store import Store
from metrics.period import Period
from metrics.scope import Dimension, Scope
from metrics.segments.measures import Measure
from metrics.segments.segment_months import segment_months
from metrics.segments.segment_table import segment_table
from pages.charts.segments import segment_heat
from pages.controls.downloads import parts_to_csv, parts_to_workbook
from pages.explore.slices.parts import PARTS
from pages.segmenting.question import TIMES
from pages.segmenting.records import months_of
from tests.pages.company import publish_rows, rows_by_table
from tests.pages.conftest import FRAME, Cockpit

PAGE = "explore/segments"
SCOPE = Scope(Period(date(2025, 4, 1), date(2026, 3, 31)), date(2026, 3, 31))


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty campaign owners, one with a Chinese name, each with few leads."""
    path = tmp_path_factory.mktemp("many") / "store"
    tables = rows_by_table(300)
    for number, row in enumerate(tables["lead"]):
        row["owner"] = "李雷" if number % 40 == 0 else f"Owner {number % 40}"
    publish_rows(Store(path), tables)
    return path


def test_the_answer_and_the_table_are_the_metrics(cockpit: Cockpit, company: Path) -> None:
    app = cockpit(company, PAGE)
    assert not app.exception
    assert not app.error
    found = segment_table(
        open_current(Store(company)), SCOPE, Definitions.load(), measures=[Measure.LEAD_TO_SQL]
    )
    shown = app.dataframe[0].value
    assert list(shown["lead_to_sql"]) == found["value"].to_list()
    assert list(shown["records"]) == found["records"].to_list()
    assert "segment" in app.markdown[0].value


@pytest.mark.parametrize("part", PARTS)
def test_every_part_answers(cockpit: Cockpit, company: Path, part: str) -> None:
    app = cockpit(company, PAGE, segments_part=part, segments_by_2="Region")
    assert not app.exception
    assert not app.error


def test_records_of_a_cell_are_listed(cockpit: Cockpit, company: Path) -> None:
    app = cockpit(company, PAGE, segments_by_2="Region")
    row = app.dataframe[0].value.iloc[0]
    segment = TIMES.join((row["channel"], row["region"]))
    app.selectbox(key="segments_cell").select(segment).run()
    assert not app.exception
    assert not app.error
    said = next(each.value for each in app.markdown if "the latest first" in each.value)
    assert said.startswith(f"**{row['records']} leads**")


def test_a_crossed_cell_has_the_records_of_all_values_of_the_third(
    cockpit: Cockpit, company: Path
) -> None:
    by = (Dimension.CHANNEL, Dimension.REGION)
    found = segment_table(
        open_current(Store(company)), SCOPE, Definitions.load(), by=by, measures=[Measure.LEAD]
    )
    values = found["channel"][0], found["region"][0]
    app = cockpit(
        company,
        PAGE,
        segments_by_2="Region",
        segments_by_3="Product",
        segments_show=Measure.LEAD.label,
    )
    app.session_state["segments_cell"] = TIMES.join(values)
    app.session_state["segments_records_below"] = True
    app.run()
    assert not app.exception
    said = next(each.value for each in app.markdown if "the latest first" in each.value)
    assert said.startswith(f"**{found['value'][0]:.0f} leads** of {TIMES.join(values)}")
    heads = [each.value for each in app.header]
    assert heads.index("Records") > heads.index("Behind the segments"), "below what was clicked"
    app.session_state["segments_records_below"] = False
    heads = [each.value for each in app.run().header]
    assert heads.index("Records") < heads.index("Behind the segments")


def test_a_month_of_a_segment_has_its_records(cockpit: Cockpit, company: Path) -> None:
    """What a click on a point writes; each month's records are those its point counts."""
    warehouse = open_current(Store(company))
    channel = segment_table(warehouse, SCOPE, Definitions.load(), measures=[Measure.LEAD])[
        "channel"
    ][0]
    cell = {Dimension.CHANNEL: channel}
    months = segment_months(warehouse, SCOPE, [Dimension.CHANNEL], Measure.LEAD, [cell])
    counts = dict(zip(months_of(SCOPE), months["value"], strict=True))
    app = cockpit(company, PAGE, segments_part="Month by month", segments_show=Measure.LEAD.label)
    for month in ("Apr 2025", "Mar 2026"):
        app.session_state["segments_cell"] = channel
        app.session_state["segments_in"] = month
        app.session_state["segments_records_below"] = True
        app.run()
        assert not app.exception
        said = next(each.value for each in app.markdown if "the latest first" in each.value)
        assert said.startswith(f"**{counts[month]:.0f} lead")
        assert f"that entered in {month}, the latest first" in said


def test_from_overview_to_the_records_of_a_crossed_cell_it_is_seven_clicks(
    cockpit: Cockpit, company: Path
) -> None:
    """Lists that are searched are opened by one click; what is typed and entered takes none."""
    app = cockpit(company)
    app.selectbox(key="period").select("Q1 2026")  # 1
    adding = app.multiselect(key="add_filter")  # 2
    adding.select("Webinar · channel").select("1-50 · size band").select("51-500 · size band").run()
    app.switch_page(str(FRAME.parent / f"{PAGE}.py")).run()  # 3
    assert app.selectbox(key="segments_by").value == "Region"
    app.selectbox(key="segments_by_2").select("Product").run()  # 4 and 5, with its option
    row = app.dataframe[0].value.iloc[0]
    app.session_state["segments_cell"] = TIMES.join((row["region"], row["product"]))  # 6
    app.run()
    assert not app.exception
    said = next(each.value for each in app.markdown if "the latest first" in each.value)
    number = int(row["records"])
    assert said.startswith(f"**{number} leads** of {row['region']} × {row['product']}")
    records = app.dataframe[1].value
    assert len(records) == min(number, 50)
    assert set(records["channel"]) == {"Webinar"}
    assert {each.month for each in records["lead_on"]} <= {1, 2, 3}
    (export,) = (each for each in app.download_button if each.label == f"CSV, all {number}")
    assert not export.disabled  # 7


def test_what_a_filter_leaves_alone_is_not_compared_at_first(
    cockpit: Cockpit, company: Path
) -> None:
    app = cockpit(company, PAGE, channel="Webinar")
    assert app.selectbox(key="segments_by").value == "Region"
    app = cockpit(company, PAGE, channel=["Webinar", "Email"])
    assert app.selectbox(key="segments_by").value == "Channel"


def test_each_cell_of_the_heat_map_is_a_point_to_click() -> None:
    rows = pl.DataFrame(
        {"channel": ["A", "A", "B"], "region": ["N", "S", "N"], "value": [0.5, None, 0.1],
         "records": [40, 0, 30]}
    )  # fmt: skip
    figure = segment_heat(rows, (["A", "B"], ["N", "S"]), ("channel", "region"), str, is_rate=True)
    points = figure.data[1]
    places = [(0, "0"), (1, "0"), (0, "1"), (1, "1")]
    assert list(zip(points.x, points.y, strict=True)) == places
    assert [tuple(each) for each in points.customdata] == [(y, str(x)) for x, y in places]
    assert points.marker.opacity == points.unselected.marker.opacity == 0
    assert points.hovertext[0] == figure.data[0].hovertext[0][0]
    assert figure.data[0].hoverinfo == "skip", "the point alone answers, wherever in the cell"


def test_forty_segments_say_how_many_are_not_shown(cockpit: Cockpit, many: Path) -> None:
    app = cockpit(many, PAGE, segments_by="Owner")
    assert not app.exception
    assert len(app.dataframe[0].value) == 25
    assert any("15 segments are not shown" in each.value for each in app.caption)
    app.button(key="segments_more").click().run()
    owners = list(app.dataframe[0].value[Dimension.OWNER.value])
    assert len(owners) == 40
    assert "李雷" in owners


def test_nothing_in_scope_is_said(cockpit: Cockpit, company: Path) -> None:
    early = ["2024-01-01", "2024-01-01"]
    app = cockpit(company, PAGE, period="Custom", dates=early, unit="Deals")
    assert not app.exception
    assert not app.error


def test_parts_are_written_as_one_file() -> None:
    parts = [pl.DataFrame(schema={"name": pl.String}), pl.DataFrame({"name": ["=1+1", "李雷"]})]
    assert parts_to_csv(iter(parts)).decode("utf-8-sig") == "name\n'=1+1\n李雷\n"
    read = pl.read_excel(parts_to_workbook(iter(parts)), engine="calamine")
    assert read["name"].to_list() == ["'=1+1", "李雷"]
