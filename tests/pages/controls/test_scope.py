"""The sidebar: its state is the address, and it never breaks on one."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from metrics.horizon import Horizon
from metrics.period import Period
from metrics.scope import Basis, Comparison, Counting, Scope, Unit
from pages.controls.periods import Preset, default_preset, period_of, typed_period
from tests.pages.conftest import FRAME, Cockpit

LOADED = Horizon(date(2024, 1, 1), date(2026, 2, 15))


def scope_of(app: object) -> Scope:
    found: Scope = app.session_state["scope"]  # type: ignore[attr-defined]
    return found


@pytest.mark.parametrize(
    ("preset", "start", "end"),
    [
        (Preset.THIS_QUARTER, date(2026, 1, 1), date(2026, 3, 31)),
        (Preset.LAST_QUARTER, date(2025, 10, 1), date(2025, 12, 31)),
        (Preset.LAST_12_MONTHS, date(2025, 2, 1), date(2026, 1, 31)),
        (Preset.THIS_YEAR, date(2026, 1, 1), date(2026, 12, 31)),
        (Preset.ALL_DATA, date(2024, 1, 1), date(2026, 2, 15)),
    ],
)
def test_a_preset_is_counted_from_the_last_day_of_data(
    preset: Preset, start: date, end: date
) -> None:
    period = period_of(preset, LOADED)
    assert (period.start, period.end) == (start, end)


def test_the_default_preset_is_the_default_period() -> None:
    short = Horizon(date(2026, 1, 1), date(2026, 2, 15))
    for loaded in (LOADED, short):
        assert period_of(default_preset(loaded), loaded) == loaded.default_period


def test_a_quarter_or_month_is_chosen_by_its_name(cockpit: Cockpit, company: Path) -> None:
    app = cockpit(company, period="Q4 2025")
    assert scope_of(app).period.describe() == "1 Oct 2025 to 31 Dec 2025"
    app.selectbox(key="period").select("February 2026").run()
    assert not app.warning
    assert scope_of(app).period.describe() == "1 Feb 2026 to 28 Feb 2026"
    assert "left out" in cockpit(company, period="Q4 1925").warning[0].value


def test_a_filter_is_added_by_a_value_of_any(cockpit: Cockpit, company: Path) -> None:
    app = cockpit(company, region="North")
    adding = app.multiselect(key="add_filter")
    assert adding.value == ["North · region"]
    adding.select("Webinar · channel").select("Email · channel").select("A · grade").run()
    assert not app.exception
    filters = {each.dimension.value: each.values for each in scope_of(app).filters}
    assert {name: set(values) for name, values in filters.items()} == {
        "region": {"North"},
        "channel": {"Webinar", "Email"},
        "grade": {"A"},
    }
    assert list(app.query_params["grade"]) == ["A"]
    app.multiselect(key="add_filter").unselect("North · region").run()
    assert "region" not in {each.dimension.value for each in scope_of(app).filters}
    app.button(key="clear_filters").click().run()
    assert app.multiselect(key="add_filter").value == []


def test_a_value_in_the_address_may_be_spelt_in_another_way(
    cockpit: Cockpit, company: Path
) -> None:
    app = cockpit(company, channel=["WEBINAR", "ｅｍａｉｌ\u00a0", "Webinar"], owner="chen  wei")
    assert [each.describe() for each in scope_of(app).filters] == [
        "channel Webinar or Email",
        "owner Chen Wei",
    ]
    assert not app.warning


def test_a_misspelt_value_in_the_address_is_told_with_the_closest_ones(
    cockpit: Cockpit, company: Path
) -> None:
    app = cockpit(company, channel=["Webinr", "Email"], owner="Zoe")
    (warning,) = app.warning
    assert "“Webinr”" in warning.value
    said = warning.value.replace("\\", "")
    assert '. Did you mean "Webinar"? There are ' in said
    assert '. There are "Ada", ' in said
    assert [each.describe() for each in scope_of(app).filters] == ["channel Email"]


def test_an_address_is_a_saved_view(cockpit: Cockpit, company: Path) -> None:
    app = cockpit(
        company,
        period="Last quarter",
        compare="Same period last year",
        basis="Flow",
        unit="Accounts",
        counting="Strict",
        window="90 days",
        channel=["Webinar", "Email"],
        region="North",
    )
    scope = scope_of(app)
    assert scope.period.describe() == "1 Oct 2025 to 31 Dec 2025"
    assert scope.comparison is Comparison.SAME_PERIOD_LAST_YEAR
    assert (scope.basis, scope.unit) == (Basis.FLOW, Unit.ACCOUNT)
    assert (scope.counting, scope.window_days) == (Counting.STRICT, 90)
    assert [each.describe() for each in scope.filters] == [
        "channel Webinar or Email",
        "region North",
    ]
    assert not app.warning


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("period", "Next century"),
        ("basis", "cohort; DROP TABLE lead"),
        ("window", "-1 days"),
        ("channel", "![x](http://evil.example/a.png)"),
        ("industry", "Piracy"),
        ("dates", "yesterday"),
        ("dates", "1999-01-01"),
    ],
)
def test_what_an_address_asks_in_vain_is_left_out_and_said(
    cockpit: Cockpit, company: Path, key: str, value: str
) -> None:
    app = cockpit(company, **{key: value})
    assert not app.exception
    assert not app.error
    assert key in app.warning[0].value
    assert "![x]" not in app.warning[0].value
    assert scope_of(app).filters == ()
    assert scope_of(app).period.describe() == "1 Apr 2025 to 31 Mar 2026"


def test_a_period_given_backwards_is_turned_round(cockpit: Cockpit, company: Path) -> None:
    app = cockpit(company)
    app.selectbox(key="period").set_value(Preset.CUSTOM).run()
    app.date_input(key="dates").set_value((date(2025, 3, 1), date(2025, 1, 1))).run()
    assert not app.exception
    assert scope_of(app).period.describe() == "1 Jan 2025 to 1 Mar 2025"


def test_half_a_period_keeps_the_page_as_it_was(cockpit: Cockpit, company: Path) -> None:
    app = cockpit(company)
    app.selectbox(key="period").set_value(Preset.CUSTOM).run()
    app.date_input(key="dates").set_value((date(2025, 3, 1),)).run()
    assert not app.exception
    assert scope_of(app).period.describe() == "1 Apr 2025 to 31 Mar 2026"


def test_filters_follow_to_other_pages_and_back(cockpit: Cockpit, company: Path) -> None:
    app = cockpit(company)
    app.multiselect(key="channel").set_value(["Webinar"]).run()
    for page in ("review/funnel", "sources/load", "review/overview"):
        app.switch_page(str(FRAME.parent / f"{page}.py")).run()
    assert [each.describe() for each in scope_of(app).filters] == ["channel Webinar"]


def test_a_dimension_with_one_value_is_not_offered(cockpit: Cockpit, company: Path) -> None:
    app = cockpit(company)
    offered = {each.key for each in app.multiselect}
    assert "channel" in offered
    assert "industry" in offered
    assert "country" not in offered
    assert "persona" not in offered


MARCH = Horizon(date(2024, 1, 1), date(2026, 3, 31))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Q2 2026", "1 Apr 2026 to 30 Jun 2026"),
        ("2025q4", "1 Oct 2025 to 31 Dec 2025"),
        ("2025", "1 Jan 2025 to 31 Dec 2025"),
        ("2026-02", "1 Feb 2026 to 28 Feb 2026"),
        ("feb 2024", "1 Feb 2024 to 29 Feb 2024"),
        ("2026-04..2026-06", "1 Apr 2026 to 30 Jun 2026"),
        ("2026-01-15..2026-02-03", "15 Jan 2026 to 3 Feb 2026"),
        ("Q1 to Q3 2025", "1 Jan 2025 to 30 Sep 2025"),
        ("November 2025 to January 2026", "1 Nov 2025 to 31 Jan 2026"),
        ("Q2", "1 Apr 2025 to 30 Jun 2025"),
        ("march", "1 Mar 2026 to 31 Mar 2026"),
        ("last 90 days", "1 Jan 2026 to 31 Mar 2026"),
        ("last 2 weeks", "18 Mar 2026 to 31 Mar 2026"),
        ("Last 3 months", "1 Jan 2026 to 31 Mar 2026"),
    ],
)
def test_a_period_can_be_typed(text: str, said: str) -> None:
    found = typed_period(text, MARCH)
    assert found
    assert found.describe() == said


@pytest.mark.parametrize(
    "text",
    ["", "soon", "Q5 2026", "2026-13", "0000", "last 0 days", "2026-06..2026-04", "Mayhem", "..",
     "last 99999 days", "2026-02-30", "Q7"],
)  # fmt: skip
def test_what_is_no_period_is_none(text: str) -> None:
    assert typed_period(text, MARCH) is None


def test_a_typed_period_stands_in_the_address_and_what_is_none_is_said(
    cockpit: Cockpit, company: Path
) -> None:
    app = cockpit(company, "review/funnel", period="2025-10..2025-12")
    assert not app.exception
    assert not app.warning
    assert app.session_state["scope"].period == Period(date(2025, 10, 1), date(2025, 12, 31))
    for unknown in ("whenever", "Q4 1925"):
        app = cockpit(company, "review/funnel", period=unknown)
        assert not app.exception
        assert f"“{unknown}” is no period of the data" in app.warning[0].value
        assert app.session_state["scope"].period == Period(date(2025, 4, 1), date(2026, 3, 31))
