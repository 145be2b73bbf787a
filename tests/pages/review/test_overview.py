"""Overview: what happened in the period, and what the data cannot say."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path

import pytest
from streamlit.proto.Metric_pb2 import Metric
from streamlit.testing.v1 import AppTest

from data.engine.warehouse import open_current
from data.storage.store import Store
from metrics.forecast.planned import PlannedQuarter
from metrics.headline import headline
from metrics.horizon import horizon
from metrics.period import Period
from metrics.pipeline.created import pipeline_created
from metrics.scope import Basis, Scope, Unit
from metrics.wording import formats
from pages.controls.periods import Preset
from tests.pages.company import HOSTILE, publish, publish_rows, rows_by_table
from tests.pages.conftest import Cockpit


def tiles(app: AppTest) -> dict[str, str]:
    return {each.label: each.value.replace("\\", "") for each in app.metric}


def captions(app: AppTest) -> str:
    return "\n".join(each.value.replace("\\", "") for each in app.caption)


@pytest.fixture(scope="module")
def unpriced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("unpriced") / "store"
    publish(Store(path), leads=60, unpriced=True)
    return path


def test_every_tile_shows_the_metric_of_the_default_period(cockpit: Cockpit, company: Path) -> None:
    app = cockpit(company)
    warehouse = open_current(Store(company))
    loaded = horizon(warehouse)
    row = headline(warehouse, Scope(loaded.default_period, loaded.last, basis=Basis.FLOW)).row(
        0, named=True
    )
    shown = tiles(app)
    assert not app.exception
    assert not app.error
    assert shown["New leads"] == f"{row['lead']:,}"
    assert shown["MQLs"] == f"{row['mql']:,}"
    assert shown["SQLs"] == f"{row['sql']:,}"
    assert shown["Opportunities"] == f"{row['opportunity']:,}"
    assert shown["Leads won"] == f"{row['won']:,}"
    assert shown["Won revenue"] == f"${float(row['won_amount']) / 1e6:.3g}M"
    assert shown["Spend"] == f"${float(row['spend_amount']) / 1e3:.3g}K"
    back = float(row["sourced_amount"]) / float(row["spend_amount"])
    cost = formats.money(row["cost_per_lead_amount"], "USD")
    assert f"{formats.times(back)} back, {cost} a lead" in captions(app)
    (created,) = pipeline_created(
        warehouse, Scope(loaded.default_period, loaded.last, basis=Basis.FLOW)
    ).rows(named=True)
    assert shown["Pipeline created"] == formats.money(created["opened_amount"], "USD")
    assert shown["Marketing-sourced share"] == f"{row['marketing_sourced_share']:.1%}"


def test_a_change_is_against_the_compared_period(cockpit: Cockpit, company: Path) -> None:
    app = cockpit(company)
    warehouse = open_current(Store(company))
    loaded = horizon(warehouse)
    scope = Scope(loaded.default_period, loaded.last, basis=Basis.FLOW)
    before = Scope(
        loaded.default_period.previous(),
        loaded.last.replace(year=loaded.last.year - 1),
        basis=Basis.FLOW,
    )
    now_leads = headline(warehouse, scope)["lead"].item()
    leads_before = headline(warehouse, before)["lead"].item()
    expected = f"{100 * (now_leads / leads_before - 1):+.1f}%"
    (tile,) = (each for each in app.metric if each.label == "New leads")
    assert tile.delta == expected


def test_a_filter_narrows_the_numbers_and_the_caption_says_so(
    cockpit: Cockpit, company: Path
) -> None:
    app = cockpit(company)
    everything = tiles(app)["New leads"]
    app.multiselect(key="channel").set_value(["Webinar"]).run()
    assert int(tiles(app)["New leads"]) < int(everything)
    assert "channel Webinar" in app.main.caption[0].value
    assert not app.exception


def test_clearing_the_filters_brings_everything_back(cockpit: Cockpit, company: Path) -> None:
    app = cockpit(company)
    everything = tiles(app)
    app.multiselect(key="channel").set_value(["Webinar"]).run()
    app.button(key="clear_filters").click().run()
    assert tiles(app) == everything
    assert app.multiselect(key="channel").value == []


def test_spend_that_a_filter_hides_is_a_dash_with_its_reason(
    cockpit: Cockpit, company: Path
) -> None:
    app = cockpit(company)
    app.multiselect(key="owner").set_value(["Ada"]).run()
    assert tiles(app)["Spend"] == "—"
    assert any("spend is not recorded by owner" in each.value for each in app.caption)


def test_accounts_have_a_cost_per_account(cockpit: Cockpit, company: Path) -> None:
    app = cockpit(company, unit="Accounts")
    warehouse = open_current(Store(company))
    loaded = horizon(warehouse)
    scope = Scope(loaded.default_period, loaded.last, basis=Basis.FLOW, unit=Unit.ACCOUNT)
    cost = headline(warehouse, scope)["cost_per_lead_amount"].item()
    assert "New leads" not in tiles(app)
    assert {"New accounts", "Accounts won"} <= tiles(app).keys()
    assert f"{formats.money(cost, 'USD')} a account" not in captions(app)
    assert f"{formats.money(cost, 'USD')} an account" in captions(app)
    (tile,) = (each for each in app.metric if each.label == "Spend")
    assert "the spend ÷ the new accounts of the period" in tile.help
    # Where it is not known, it is called the same.
    app.multiselect(key="owner").set_value(["Ada"]).run()
    assert any("Spend and cost per account are not known" in each.value for each in app.caption)


def test_what_is_not_loaded_is_a_dash_that_says_so(cockpit: Cockpit, tmp_path: Path) -> None:
    tables = rows_by_table(60)
    publish_rows(Store(tmp_path), tables | {"opportunity": [], "campaign_spend": []})
    app = cockpit(tmp_path)
    assert not app.exception
    unknown = ("Won revenue", "Pipeline created", "Spend", "Marketing-sourced share")
    assert {tiles(app)[name] for name in unknown} == {"—"}
    said = captions(app)
    assert "Won revenue is not known: no deals are loaded." in said
    assert "Spend and cost per lead are not known: no spend is loaded." in said
    assert "The marketing-sourced share is not known: no deals are loaded." in said


@pytest.mark.parametrize(
    ("undated", "words"),
    [(0, None), (1, "1 won deal has no close date"), (2, "2 won deals have no close date")],
)
def test_won_deals_without_a_close_date_are_named_with_what_to_do(
    cockpit: Cockpit, tmp_path: Path, undated: int, words: str | None
) -> None:
    tables = rows_by_table(60)
    for deal in tables["opportunity"][:undated]:
        deal |= {"outcome": "won", "closed_at": None}
    publish_rows(Store(tmp_path), tables)
    said = captions(cockpit(tmp_path))
    if words is None:
        assert "close date" not in said
    else:
        assert f"{words} and so no place in any period's revenue. Fill in" in said
        assert "load the file" in said


def test_a_missing_exchange_rate_takes_the_place_of_money_only(
    cockpit: Cockpit, unpriced: Path
) -> None:
    app = cockpit(unpriced)
    assert not app.exception
    assert not app.error
    assert not app.warning
    assert {"New leads", "Won revenue", "Spend"} <= tiles(app).keys()
    assert "won deals without an exchange rate" in captions(app)
    assert app.get("plotly_chart")


def test_a_scope_without_any_lead_says_what_to_change(cockpit: Cockpit, company: Path) -> None:
    app = cockpit(company)
    app.selectbox(key="period").set_value(Preset.CUSTOM).run()
    app.date_input(key="dates").set_value((date(2026, 12, 30), date(2026, 12, 31))).run()
    assert not app.exception
    assert "choose another period" in app.info[0].value
    app.multiselect(key="channel").set_value(["Webinar"]).run()
    assert "clear a filter" in app.info[0].value
    assert tiles(app)["Leads won"] == "0"


def test_without_history_to_compare_with_no_change_is_shown(
    cockpit: Cockpit, company: Path
) -> None:
    app = cockpit(company, period="All data")
    assert all(not each.delta for each in app.metric)
    assert any("There is no comparison" in each.value for each in app.caption)


def test_a_name_from_the_data_is_text_in_the_caption(cockpit: Cockpit, company: Path) -> None:
    app = cockpit(company, campaign=HOSTILE)
    caption = app.main.caption[0].value
    assert "campaign" in caption
    for live in ("![", "](", ":red[", "$c$", "<b>", ":material/", ":smile:"):
        assert live not in caption


def test_an_empty_store_shows_the_next_step(cockpit: Cockpit, tmp_path: Path) -> None:
    app = cockpit(tmp_path / "store")
    assert not app.exception
    assert not app.error
    assert app.header[0].value == "Nothing is loaded yet"
    assert "python -m loaders load" in app.code[0].value
    app.button[0].click().run()
    assert app.title[0].value == "Load"


def test_the_default_period_is_the_last_twelve_months(cockpit: Cockpit, company: Path) -> None:
    app = cockpit(company)
    assert app.selectbox(key="period").value == "Last 12 months"
    assert Period.describe(horizon(open_current(Store(company))).default_period) in (
        app.main.caption[0].value.replace("\\", "")
    )


def test_no_month_is_shown_that_has_not_begun(cockpit: Cockpit, company: Path) -> None:
    # The data ends on 31 March: of the year three months are there, and all of them are whole.
    app = cockpit(company, period="This year")
    (chart,) = app.get("plotly_chart")
    lines = json.loads(chart.proto.spec)["data"]
    assert {tuple(line["x"]) for line in lines} == {("2026-01-01", "2026-02-01", "2026-03-01")}
    assert len(app.dataframe[-1].value) == 3 * 5


def test_an_unfinished_month_is_said(cockpit: Cockpit, tmp_path: Path) -> None:
    tables = rows_by_table(200)
    middle = datetime(2026, 3, 20)
    publish_rows(
        Store(tmp_path),
        tables
        | {"lead": [row for row in tables["lead"] if row["created_at"] <= middle]}
        | {"load": [row | {"as_of": middle} for row in tables["load"]]},
    )
    app = cockpit(tmp_path, period="This quarter")
    assert not app.exception
    assert "March 2026 (20 of 31 days)" in captions(app)


def test_the_page_says_that_it_counts_events_and_why_the_funnel_differs(
    cockpit: Cockpit, company: Path
) -> None:
    app = cockpit(company)
    leads = tiles(app)["New leads"]
    assert "Leads that reached each stage in the period, whenever they came in." in captions(app)
    assert "Funnel follows those that entered in it." in captions(app)
    app.radio(key="basis").set_value("Flow").run()
    assert "Funnel counts the same: its basis is Flow now." in captions(app)
    # Overview is about events, whatever the basis of the funnel.
    assert tiles(app)["New leads"] == leads


def test_a_comparison_of_some_days_is_named_in_full(cockpit: Cockpit, tmp_path: Path) -> None:
    tables = rows_by_table(200)
    seen = datetime(2026, 3, 20)
    early = [row for row in tables["lead"] if row["created_at"] <= seen]
    loads = [row | {"as_of": seen} for row in tables["load"]]
    publish_rows(Store(tmp_path), tables | {"lead": early, "load": loads})
    said = captions(cockpit(tmp_path, period="This quarter"))
    assert "Q1 2026 to date (79 of 90 days) against the first 79 days of Q4 2025." in said


def test_few_are_too_few_to_compare(cockpit: Cockpit, tmp_path: Path) -> None:
    publish(Store(tmp_path), leads=60)
    app = cockpit(tmp_path, period="This quarter")
    won = next(each for each in app.metric if each.label == "Leads won")
    assert (won.delta, won.proto.color) == ("too few to compare", Metric.MetricColor.GRAY)


def test_what_needs_somebody_is_told_with_its_page(cockpit: Cockpit, company: Path) -> None:
    """The data ends long before today: that comes first, and leads to Data health."""
    app = cockpit(company)
    text = "\n".join(each.value for each in app.markdown).replace("\\", "")
    assert "Nothing after 31 Mar 2026 is loaded" in text
    links = [each.proto.label for each in app.get("page_link")]
    assert "Data health" in links


def test_channels_stand_by_what_an_opportunity_costs(cockpit: Cockpit, company: Path) -> None:
    app = cockpit(company)
    shown = app.dataframe[0].value
    costs = [each for each in shown["cost_per_opportunity"] if each == each]
    assert costs == sorted(costs)
    assert "Unassigned" not in set(shown["channel"])
    assert any("by cost per opportunity" in each.value for each in app.caption)
    # Without spend by owner there is no cost: the channels stand by the pipeline they created.
    app.multiselect(key="owner").set_value(["Ada"]).run()
    pipeline = [each for each in app.dataframe[0].value["pipeline_amount"] if each == each]
    assert pipeline == sorted(pipeline, reverse=True)


def test_a_locked_plan_of_the_days_stands_in_the_sentence_and_the_tile(
    cockpit: Cockpit, company: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = PlannedQuarter("Plan A", 1_000_000, "USD")
    monkeypatch.setattr("pages.review.front.answer.planned_for", lambda *_: wanted)
    app = cockpit(company)
    said = app.markdown[0].value.replace("\\", "")
    assert "of the $1M planned" in said
    assert any("of the $1M planned" in each.value.replace("\\", "") for each in app.caption)
    # What is planned in another currency is not held against it.
    other = PlannedQuarter("Plan B", 1_000_000, "EUR")
    monkeypatch.setattr("pages.review.front.answer.planned_for", lambda *_: other)
    assert "planned" not in app.run().markdown[0].value
