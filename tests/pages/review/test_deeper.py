"""Behind the rates: each part says what its metric says, and only the open one is asked."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from data.engine.warehouse import open_current
from data.sql import Query, Step
from data.storage.store import Store
from metrics.funnel.change import rate_difference
from metrics.funnel.cohorts import cohort_projection
from metrics.funnel.drivers import step_drivers
from metrics.horizon import horizon
from metrics.period import Period
from metrics.scope import Scope, Stage
from metrics.wording import formats
from pages.controls.periods import Preset
from pages.review import deeper
from tests.pages.conftest import Cockpit

TO_MQL = (Stage.LEAD, Stage.MQL)
OF_STEPS = ("Cohorts", "How many, how soon", "What changed", "Drivers")
PARTS = (*OF_STEPS, "Transitions")


def opened(cockpit: Cockpit, company: Path, part: str, **more: str) -> AppTest:
    app = cockpit(company, "review/funnel", funnel_part=part, funnel_step="Lead to MQL", **more)
    assert not app.exception
    assert not app.error
    return app


def asked(company: Path) -> Scope:
    loaded = horizon(open_current(Store(company)))
    return Scope(loaded.default_period, loaded.last)


def said(app: AppTest) -> str:
    return "\n".join(each.value for each in (*app.markdown, *app.caption, *app.info, *app.warning))


def test_cohorts_show_the_projection_beside_the_observed(cockpit: Cockpit, company: Path) -> None:
    app = opened(cockpit, company, "Cohorts")
    expected = cohort_projection(open_current(Store(company)), asked(company), TO_MQL)
    tables = [each.value for each in app.dataframe]
    shown = next(each for each in tables if "projected_rate" in each)
    assert shown["entered"].tolist() == expected["entered"].to_list()
    assert shown["rate"].tolist() == expected["rate"].to_list()
    assert shown["projected_rate"].tolist() == expected["projected_rate"].to_list()
    assert "can only rise" in said(app)


def test_steps_and_segments_are_shown_how_many_and_how_soon(
    cockpit: Cockpit, company: Path
) -> None:
    app = opened(cockpit, company, "How many, how soon", funnel_speed_by="Channel")
    tables = [each.value for each in app.dataframe]
    steps = next(each for each in tables if "days_half" in each)
    assert steps["to_stage"].tolist() == ["MQL", "SQL", "Opportunity", "Won", "Won"]
    assert any("shrunk_rate" in each for each in tables)
    assert any("days since entry, to which all can be followed" in each.value for each in app.text)


def test_a_change_is_said_with_its_counts_and_whether_it_may_be_chance(
    cockpit: Cockpit, company: Path
) -> None:
    app = opened(cockpit, company, "What changed", compare="Previous period", period="This quarter")
    quarter = Scope(Period(date(2026, 1, 1), date(2026, 3, 31)), asked(company).observed_until)
    (whole,) = rate_difference(open_current(Store(company)), quarter, TO_MQL).rows(named=True)
    assert f"**{formats.share(whole['rate'])}**" in said(app)
    assert f"({whole['converted']:,} of {whole['reached']:,})" in said(app)
    assert whole["chance"] in said(app)


def test_drivers_say_of_how_many_nothing_is_said(cockpit: Cockpit, company: Path) -> None:
    app = opened(cockpit, company, "Drivers")
    found = next(each.value for each in app.dataframe if "odds_ratio" in each.value)
    expected = step_drivers(open_current(Store(company)), asked(company), TO_MQL)
    silent = expected.filter(expected["odds_ratio"].is_null())
    assert found["odds_ratio"].isna().sum() <= len(silent)
    assert "fewer than five events would be expected" in said(app)


@pytest.mark.parametrize("part", PARTS)
def test_only_the_open_part_is_computed(
    cockpit: Cockpit, company: Path, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []
    parts = {name: (lambda _scope, _way, name=name: shown.append(name)) for name in PARTS}
    monkeypatch.setattr(deeper, "PARTS", parts)
    opened(cockpit, company, part)
    assert set(shown) == {part}


@pytest.mark.parametrize("part", PARTS)
def test_deals_go_one_way_only(cockpit: Cockpit, company: Path, part: str) -> None:
    app = cockpit(company, "review/funnel", funnel_part=part, unit="Deals")
    assert not app.exception
    assert app.selectbox(key="funnel_step").options == ["Opportunity to Won"]


@pytest.mark.parametrize("part", OF_STEPS)
def test_a_step_that_nobody_reached_is_said(cockpit: Cockpit, company: Path, part: str) -> None:
    """On the first day somebody came in, but nobody became an opportunity."""
    came_in = Query(Step("first", "SELECT min(lead_on) AS first_on FROM journey"))
    first = open_current(Store(company)).query(came_in).item()
    app = cockpit(company, "review/funnel", funnel_part=part, funnel_step="Opportunity to Won")
    app.selectbox(key="period").set_value(Preset.CUSTOM).run()
    app.date_input(key="dates").set_value((first, first)).run()
    assert not app.exception
    assert app.selectbox(key="funnel_step").value == "Opportunity to Won"
    assert "obody reached Opportunity" in said(app) or "No segments with others" in said(app)
