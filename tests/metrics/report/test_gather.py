"""A report says what the metrics say of the same days, and why where they say nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import msgspec
import polars as pl
import pytest

from data.errors import MetricError
from data.notebook.notebook import Notebook
from data.notebook.plans import PlanLine, plans
from metrics.attribution.credit import channel_credit
from metrics.forecast.course import course
from metrics.forecast.landing import landing
from metrics.forecast.planned import planned_for
from metrics.forecast.widening import Widening
from metrics.headline import headline
from metrics.horizon import Horizon, horizon
from metrics.period import Period
from metrics.plan.attainment.kept_plan import find_plan, kept_plan
from metrics.plan.attainment.versus_actual import plan_versus_actual
from metrics.plan.draws import draw
from metrics.plan.past.history import history
from metrics.report import planned
from metrics.report.gather import gather
from metrics.report.planned import untold_chance
from metrics.report.question import ReportDays, ReportQuestion, plan_for, report_scope
from metrics.scope import Basis, Comparison, Scope
from tests.metrics.facts import TERMS, DraftWarehouse, Facts, spend
from tests.metrics.plan import kept
from tests.metrics.plan.kept import lines, scope
from tests.metrics.report.companies import EURO, MARKUP, SEEN, dollars, euros, with_plan
from tests.metrics.report.companies import planned as wanted
from tests.metrics.report.conftest import Reported
from tests.metrics.scopes import asked

QUARTER = Period(date(2026, 4, 1), date(2026, 6, 30))


def test_the_figures_are_the_headlines_of_the_quarter_and_of_the_one_before(
    in_dollars: Reported,
) -> None:
    quarter = asked(QUARTER, SEEN, basis=Basis.FLOW, comparison=Comparison.PREVIOUS_PERIOD)
    compared = quarter.compared()
    assert compared is not None
    now = headline(in_dollars.warehouse, quarter).row(0, named=True)
    before = headline(in_dollars.warehouse, compared).row(0, named=True)
    found = {each.label: each for each in in_dollars.content.figures}
    for label, name in (
        ("Won revenue", "won_amount"),
        ("Sourced by marketing", "marketing_sourced_share"),
        ("Spend", "spend_amount"),
    ):
        assert (found[label].value, found[label].before) == (now[name], before[name])
    assert now["won_amount"] == Decimal(10_000)
    assert found["Return"].value == 10_000 / 70
    assert found["Cost per opportunity"].value is None  # no deal was opened in these ten days
    stages = {each.label: each.value for each in in_dollars.content.stages}
    assert stages == {
        "Leads": now["lead"],
        "MQLs": now["mql"],
        "SQLs": now["sql"],
        "Opportunities": now["opportunity"],
        "Won": now["won"],
    }
    assert in_dollars.content.compared_days == "the first 10 days of Q1 2026"


def test_a_month_of_the_plan_is_as_the_page_has_it(in_dollars: Reported) -> None:
    plan = kept_plan(in_dollars.warehouse, scope(), find_plan(in_dollars.notebook))
    expected = plan_versus_actual(in_dollars.warehouse, scope(), plan).filter(
        pl.col("month_on").is_in(QUARTER.months()), metric="revenue", segment="all"
    )
    assert in_dollars.content.plan is not None
    found = in_dollars.content.plan.months
    assert [each.target for each in found] == expected["target"].to_list() == [90_000.0] * 3
    assert [each.actual for each in found] == expected["actual"].to_list()
    assert [each.projected_high for each in found] == expected["projected_high"].to_list()
    assert [each.hit_chance for each in found] == expected["hit_chance"].to_list()


def test_the_landing_is_that_of_the_page_forecast(in_dollars: Reported) -> None:
    whole = scope(basis=Basis.COHORT)
    past = history(in_dollars.warehouse, whole)
    landed = landing(past, draw(past))
    plans_of = [planned_for(in_dollars.notebook, each, whole) for each in landed.quarters]
    row = course(past, landed, plans_of, "USD").filter(quarter="Q2 2026").row(0, named=True)
    found = in_dollars.content.landing
    assert found is not None
    assert found.basis.startswith("Learned from 79 wins. Ranges are as drawn: past ones held")
    said = (found.won_so_far, found.low, found.middle, found.high, found.target, found.hit_chance)
    names = ("won_so_far", "p10", "p50", "p90", "plan", "p_hit")
    assert said == tuple(row[name] for name in names)
    assert found.target == 270_000.0


def test_the_landing_is_as_wide_as_past_ones_should_have_been(
    in_dollars: Reported, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planned, "back_test", lambda *_: pl.DataFrame())
    monkeypatch.setattr(planned, "widening_of", lambda _: Widening(1.5, 5, 8))
    loaded = horizon(in_dollars.warehouse)
    asked_of = report_scope(loaded, ReportDays.THIS_QUARTER, TERMS)
    question = ReportQuestion(in_dollars.warehouse, TERMS, loaded, asked_of, SEEN, kept=None)
    wide, usual = planned.quarter_landing(question), in_dollars.content.landing
    assert usual is not None
    assert wide.high - wide.middle == pytest.approx(1.5 * (usual.high - usual.middle))
    assert "1.5 times as wide as drawn" in wide.basis
    assert (wide.target, wide.hit_chance) == (None, None)


def test_credit_is_that_of_a_year_and_adds_up_to_what_was_won(in_dollars: Reported) -> None:
    year = asked(Period(date(2025, 5, 1), date(2026, 4, 30)), SEEN, basis=Basis.FLOW)
    frame = channel_credit(in_dollars.warehouse, year, in_dollars.definitions)
    shown = frame.filter(model="w_shaped")
    credit = in_dollars.content.credit
    assert credit is not None
    assert credit.period == year.period
    assert [each.channel for each in credit.channels] == shown["segment"].to_list()
    assert [each.credit for each in credit.channels] == shown["credit"].to_list()
    won = headline(in_dollars.warehouse, year)["won_amount"].item()
    assert sum(each.credit for each in credit.channels) == won
    assert sum(Decimal(str(each.won)) for each in in_dollars.content.won_months) == won
    webinar = frame.filter("is_told", segment="Webinar")["share"]
    told = next(each for each in credit.channels if each.channel == "Webinar")
    assert (told.share_low, told.share_high) == (webinar.min(), webinar.max())


def test_no_plan_no_comparison_and_no_landing_are_said(in_euros: Reported) -> None:
    content = in_euros.content
    assert content.plan is None
    assert content.compared_days is None
    assert content.currency == "EUR"
    said = " ".join(content.notes)
    assert "No plan is kept" in said
    assert "There is no comparison: the data starts on 2 Mar 2026." in said
    found = {each.label: each for each in content.figures}
    assert found["Won revenue"].value == Decimal("9234.56")
    assert found["Won revenue"].before is None
    assert found["Return"].value == pytest.approx(9234.56 / 400)
    assert found["Cost per opportunity"].value == 200  # two leads became one


def test_nothing_is_compared_with_a_quarter_that_the_data_has_in_part() -> None:
    def compared(first: date) -> Scope | None:
        return report_scope(Horizon(first, SEEN), ReportDays.THIS_QUARTER, TERMS).compared()

    assert compared(date(2026, 2, 1)) is None
    whole = compared(date(2026, 1, 20))  # a month counts from its first day, as on the pages
    assert whole is not None
    assert whole.period.name == "Q1 2026"


def test_without_spend_and_touches_the_figures_are_none_and_the_reason_is_said(
    draft: DraftWarehouse, tmp_path: Path
) -> None:
    draft.hold(euros(touched=False, spent=False), EURO)
    found = gather(draft, Notebook(tmp_path), EURO, today=SEEN)
    values = {each.label: each.value for each in found.figures}
    assert values["Won revenue"] == Decimal("9234.56")
    unknown = ("Spend", "Return", "Cost per opportunity", "Sourced by marketing")
    assert [values[name] for name in unknown] == [None] * 4
    assert found.credit is None
    said = " ".join(found.notes)
    assert "no spend is loaded" in said
    assert "no interactions are loaded" in said


def test_money_without_a_rate_leaves_the_counts(draft: DraftWarehouse, tmp_path: Path) -> None:
    draft.hold(euros())  # to be told in dollars
    found = gather(draft, Notebook(tmp_path), TERMS, today=SEEN)
    assert [each.value for each in found.figures] == [None] * 5
    assert [each.value for each in found.stages][:2] == [4, 4]
    assert any("no exchange rate, for example for EUR" in note for note in found.notes)


def test_nothing_to_report_of_is_refused(draft: DraftWarehouse, tmp_path: Path) -> None:
    draft.hold(Facts())
    with pytest.raises(MetricError, match="load leads, deals or spend first"):
        gather(draft, Notebook(tmp_path), EURO, today=SEEN)


def test_a_plan_that_is_not_kept_is_refused(draft: DraftWarehouse, tmp_path: Path) -> None:
    draft.hold(euros(), EURO)
    notebook = with_plan(tmp_path, "Plan 2026")
    with pytest.raises(MetricError, match="there is no plan 'Plan 2025'"):
        gather(draft, notebook, EURO, today=SEEN, plan="Plan 2025")


def test_a_plan_with_filters_is_not_held_against_everything(tmp_path: Path) -> None:
    notebook = Notebook(tmp_path)
    part = kept.keep(*lines(), name="Part").value
    filtered = msgspec.structs.replace(part, scope="channel=Email&plan_target=1")
    plans(notebook).save("part", filtered, based_on=0, written_at=kept.MADE_AT)
    assert plan_for(notebook, scope(), QUARTER) is None
    with pytest.raises(MetricError, match="'Part' has filters, and a report is about everything"):
        plan_for(notebook, scope(), QUARTER, "Part")


def test_rather_the_plan_of_the_whole_quarter_then_a_locked_one_then_the_newest(
    tmp_path: Path,
) -> None:
    notebook = Notebook(tmp_path)

    def save(name: str, day: int, *rows: PlanLine) -> None:
        moment = datetime(2026, 1, day, tzinfo=UTC)
        value = kept.keep(*rows, name=name).value
        plans(notebook).save(name.lower(), value, based_on=0, written_at=moment)

    def chosen() -> str:
        found = plan_for(notebook, scope(), QUARTER)
        assert found is not None
        return found.value.name

    save("Half", 9, *lines())  # until May
    assert chosen() == "Half"
    save("First", 1, *lines())
    save("Locked", 2, *wanted())
    save("Newest", 3, *wanted())
    assert chosen() == "Newest"
    notebook.lock("locked", based_on=1, written_at=datetime(2026, 1, 2, 12, tzinfo=UTC))
    assert chosen() == "Locked"


def test_it_is_said_why_a_plan_has_no_chance(in_dollars: Reported) -> None:
    found = in_dollars.content.landing
    assert found is not None
    plan = find_plan(in_dollars.notebook)
    assert untold_chance(plan, found, "USD") is None
    bare = replace(found, target=None)
    assert untold_chance(plan, bare, "EUR") == (
        f"{MARKUP} is in USD and the landing in EUR, so the plan's chance is not told."
    )
    assert untold_chance(kept.keep(*lines(), name="Half"), bare, "USD") == (
        "Half does not have all of Q2 2026, so its chance is not told."
    )


def test_last_quarter_is_whole(draft: DraftWarehouse, tmp_path: Path) -> None:
    draft.hold(euros(), EURO)
    found = gather(draft, Notebook(tmp_path), EURO, today=SEEN, days=ReportDays.LAST_QUARTER)
    assert (found.period.name, found.days) == ("Q4 2025", "Q4 2025")
    assert {each.value for each in found.stages} == {0}


def test_old_data_is_the_first_finding(in_euros: Reported) -> None:
    late = gather(
        in_euros.warehouse,
        in_euros.notebook,
        EURO,
        today=date(2026, 3, 20) + timedelta(days=8),
    )
    first = late.findings[0]
    assert first.sentence.startswith("Nothing after 20 Mar 2026 is loaded: all figures here are 8")
    fresh = gather(
        in_euros.warehouse,
        in_euros.notebook,
        EURO,
        today=date(2026, 3, 20) + timedelta(days=7),
    )
    assert not any("Nothing after" in each.sentence for each in fresh.findings)
    assert replace(late, findings=()) == replace(fresh, findings=())


def test_a_plan_missed_by_more_than_chance_is_told_twice(in_dollars: Reported) -> None:
    found = in_dollars.content.findings
    entries, missed = found[:2]
    assert "leads fewer than planned have entered" in entries.sentence
    assert missed.sentence == in_dollars.content.plan.explained  # type: ignore[union-attr]
    assert missed.sentence.endswith("This cause goes beyond chance: volume.")
    assert missed.money_at_stake == 200_000  # 300,000 were due by then, and 100,000 came
    assert (entries.money_at_stake or 0) > missed.money_at_stake
    assert missed.link.parameters == (("versus_plan", MARKUP),)


def test_spend_that_is_known_for_longer_than_the_report_is_a_note(tmp_path: Path) -> None:
    def notes(until: date | None) -> list[str]:
        facts = replace(dollars(), campaign_spend=(
            spend("C-1", date(2026, 3, 20), "4000") | {"spend_until": until},
        ))  # fmt: skip
        warehouse = DraftWarehouse().hold(facts)
        content = gather(warehouse, Notebook(tmp_path), TERMS, today=SEEN)
        return [each for each in content.notes if "A report by day would tell" in each]

    (said,) = notes(date(2026, 4, 28))
    assert "reach beyond the period" in said
    assert "The longest is of 40 days" in said
    assert notes(None) == []
