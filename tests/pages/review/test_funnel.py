"""Funnel: stages, segments, months and the records behind a number."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
import streamlit as st

from data.engine.warehouse import open_current
from data.storage.store import Store
from metrics.funnel.conversion import stage_conversion, stage_conversion_by
from metrics.horizon import horizon
from metrics.period import Period
from metrics.scope import Dimension, Scope, Stage
from metrics.wording import formats
from pages.controls.periods import Preset
from pages.review import stages as records
from pages.review.conversion import biggest_change
from tests.pages.company import publish
from tests.pages.conftest import Cockpit


def asked(company: Path, period: Period | None = None) -> Scope:
    loaded = horizon(open_current(Store(company)))
    return Scope(period or loaded.default_period, loaded.last)


def percent(share: float) -> str:
    return f"{share:.1%}"


def counted(cell: str) -> int:
    """The count of a cell, without what it was."""
    return int(cell.replace("\u00a0", " ").partition(" ")[0].replace(",", ""))


def test_a_reader_finds_each_share_by_dividing_the_counts_above_it(
    cockpit: Cockpit, company: Path
) -> None:
    app = cockpit(company, "review/funnel", period="This quarter")
    assert not app.exception
    assert not app.error
    table = app.table[0].value
    assert table.columns.tolist() == ["Stage", "Reached", "Conversion", "Likely range", "Change"]
    reached = [counted(each) for each in table["Reached"]]
    for place in range(1, len(reached)):
        now, above = reached[place], reached[place - 1]
        assert table["Conversion"][place].replace("\u00a0", " ") == (
            f"{percent(now / above)} · {now:,} of {above:,}".replace("\u00a0", " ")
        )
    # The same beside the bars.
    chart = json.loads(app.get("plotly_chart")[0].proto.spec)
    words = [each["text"] for each in chart["layout"]["annotations"]]
    assert chart["data"][0]["x"] == reached
    for place, before in ((1, "leads"), (2, "MQLs"), (3, "SQLs"), (4, "opportunities")):
        share = percent(reached[place] / reached[place - 1])
        assert f"{reached[place]:,} · {share} of {before}" in words[place]


def test_each_step_has_a_table_of_its_own_cohort(cockpit: Cockpit, company: Path) -> None:
    app = cockpit(company, "review/funnel", period="This quarter")
    quarter = Period(date(2026, 1, 1), date(2026, 3, 31))
    expected = stage_conversion(open_current(Store(company)), asked(company, quarter))
    table = app.table[1].value
    for place, row in enumerate(expected.rows(named=True)[1:]):
        started, went = row["previous_reached"], row["previous_converted"]
        assert (table["Reached the first"][place], table["Went on"][place]) == (
            f"{started:,}",
            f"{went:,}",
        )
        assert table["Share"][place] == percent(went / started)
        assert table["Likely range"][place] == (
            f"{percent(row['rate_previous_low'])}\u00a0to\u00a0{percent(row['rate_previous_high'])}"
        )
    assert "its counts are not those above" in "".join(each.value for each in app.caption)


def test_a_young_cohort_is_announced_and_an_old_one_is_not(cockpit: Cockpit, company: Path) -> None:
    app = cockpit(company, "review/funnel", period="This quarter")
    assert "still young" in app.info[0].value
    app.selectbox(key="period").set_value(Preset.CUSTOM).run()
    app.date_input(key="dates").set_value((date(2024, 7, 1), date(2024, 12, 31))).run()
    assert not app.info


def test_on_the_flow_basis_nothing_is_a_share(cockpit: Cockpit, company: Path) -> None:
    app = cockpit(company, "review/funnel", basis="Flow", unit="Accounts")
    assert not app.exception
    (table,) = (each.value for each in app.table)
    assert not app.info
    entries = [counted(each) for each in table["Entries"]]
    written = formats.per_hundred(entries[1] / entries[0])
    assert table["To the stage before"][1].startswith(written)
    assert not any("%" in str(cell) for row in table.itertuples() for cell in row)
    bars, heat, months = (json.loads(each.proto.spec) for each in app.get("plotly_chart")[:3])
    words = [each["text"] for each in bars["layout"]["annotations"]]
    cells = [text for trace in heat["data"][:2] for row in trace["text"] for text in row]
    assert not any("%" in each for each in words + cells)
    assert sum("per\u00a0100" in each for each in words) == len(words) - 1
    # The months are drawn as counts.
    assert months["layout"]["yaxis"]["tickformat"] == ",d"
    assert months["data"][0]["name"] == "Lead"


def test_a_page_says_its_basis_why_the_other_differs_and_switches(
    cockpit: Cockpit, company: Path
) -> None:
    app = cockpit(company, "review/funnel")
    said = "\n".join(each.value for each in (*app.markdown, *app.caption))
    assert "**Leads that entered in the period, followed to 31 Mar 2026 (cohort).**" in said
    assert "The Overview page shows other numbers for the same days" in said
    app.button(key="funnel_switch").click().run()
    said = "\n".join(each.value for each in (*app.markdown, *app.caption))
    assert "**Events of the period (flow).**" in said
    assert "The same events as on the Overview page" in said
    assert app.radio(key="basis").value == "Flow"
    app.button(key="funnel_switch").click().run()
    assert app.radio(key="basis").value == "Cohort"


def test_few_are_too_few_to_compare(cockpit: Cockpit, tmp_path: Path) -> None:
    publish(Store(tmp_path), leads=60)
    app = cockpit(tmp_path, "review/funnel", period="This quarter")
    changes = app.table[0].value["Change"].tolist()
    assert changes[0] == "—"
    assert set(changes[1:]) <= {":gray[too\u00a0few\u00a0to\u00a0compare]", "—"}
    assert ":gray[too\u00a0few\u00a0to\u00a0compare]" in changes


def test_the_comparison_stands_beside_each_count_and_rate(cockpit: Cockpit, company: Path) -> None:
    app = cockpit(company, "review/funnel")
    table = app.table[0].value
    assert all("(was\u00a0" in cell for cell in table["Reached"])
    assert "Change" in table.columns
    app.selectbox(key="compare").set_value("Nothing").run()
    table = app.table[0].value
    assert not any("was" in cell for cell in table["Reached"])
    assert "Change" not in table.columns
    assert not any("change" in each.value.lower() for each in app.markdown[:6])


def stages(*reached: int) -> list[dict[str, object]]:
    names = ("lead", "mql", "sql")
    return [
        {"stage": name, "reached": count, "undated": 0, "rate_cohort": count / above}
        for name, count, above in zip(names, reached, (1, *reached), strict=False)
    ]


def test_the_biggest_change_that_is_more_than_chance_is_said() -> None:
    before = stages(1000, 400, 200)
    assert biggest_change(stages(1000, 410, 205), before) == "No step changed by more than chance."
    assert biggest_change(stages(10, 4, 1), before) is None
    said = biggest_change(stages(1000, 280, 250), before) or ""
    assert said.replace("\u00a0", " ") == (
        "The biggest change: MQLs to SQL rose to **89.3%** (was 50.0%)."
    )
    fell = biggest_change(stages(1000, 280, 140), before) or ""
    assert fell.startswith("The biggest change: leads to MQL fell to **28.0")


def test_the_pills_open_the_records_of_a_stage(cockpit: Cockpit, company: Path) -> None:
    app = cockpit(company, "review/funnel")
    tables = len(app.dataframe)
    app.pills(key=records.KEY).set_value("Won").run()
    shown = app.dataframe[0].value
    reached = stage_conversion(open_current(Store(company)), asked(company))["reached"][-1]
    assert len(app.dataframe) == tables + 1
    assert len(shown) == reached
    assert shown["won_on"].notna().all()


def test_a_click_on_a_bar_chooses_its_stage_and_another_one_lets_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clicked = {"selection": {"points": [{"customdata": "sql"}]}}
    state: dict[str, object] = {records.CHART: clicked}
    monkeypatch.setattr(st, "session_state", state)
    records.toggle_stage()
    assert state[records.KEY] == "SQL"
    records.toggle_stage()
    assert state[records.KEY] is None
    clicked["selection"]["points"] = []
    records.toggle_stage()
    assert state[records.KEY] is None


def test_slicing_by_a_dimension_draws_its_segments(cockpit: Cockpit, company: Path) -> None:
    app = cockpit(company, "review/funnel")
    app.selectbox(key="funnel_by").set_value("Region").run()
    warehouse = open_current(Store(company))
    rows = stage_conversion_by(warehouse, asked(company), Dimension.REGION)
    heat = json.loads(app.get("plotly_chart")[1].proto.spec)
    assert (
        heat["layout"]["yaxis"]["ticktext"] == rows["region"].unique(maintain_order=True).to_list()
    )
    assert len(heat["data"][0]["text"][0]) == len(Stage) - 1
    won = rows.filter(stage="won")["rate_first"].to_list()
    overall = [text.split("<br>")[0] for (text,) in heat["data"][1]["text"]]
    assert overall == [f"{rate:.1%}" for rate in won]


def test_names_from_the_data_are_text_in_the_chart(cockpit: Cockpit, company: Path) -> None:
    app = cockpit(company, "review/funnel")
    app.selectbox(key="funnel_by").set_value("Campaign").run()
    heat = json.loads(app.get("plotly_chart")[1].proto.spec)
    names = heat["layout"]["yaxis"]["ticktext"]
    hovers = [text for row in heat["data"][0]["hovertext"] for text in row]
    assert not any("<" in name.replace("<br>", "") for name in names)
    assert not any("<b>d</b>" in text for text in hovers)
    assert any("&lt;b&gt;d&lt;/b&gt;" in text for text in hovers)


def test_nobody_in_scope_says_what_to_change(cockpit: Cockpit, company: Path) -> None:
    app = cockpit(company, "review/funnel")
    app.selectbox(key="period").set_value(Preset.CUSTOM).run()
    app.date_input(key="dates").set_value((date(2026, 12, 30), date(2026, 12, 31))).run()
    assert not app.exception
    assert "Nothing was found" in app.info[0].value
    assert not app.table


def test_an_empty_store_shows_the_next_step(cockpit: Cockpit, tmp_path: Path) -> None:
    app = cockpit(tmp_path / "store", "review/funnel")
    assert not app.exception
    assert app.title[0].value == "Funnel"
    assert app.header[0].value == "Nothing is loaded yet"
