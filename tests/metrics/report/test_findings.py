"""What asks for a decision comes by what is at stake, and leads to the page that shows it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from metrics.horizon import horizon
from metrics.report import findings
from metrics.report.finding import Finding, Link, Page
from metrics.report.question import ReportDays, ReportQuestion, report_scope
from pages.controls.periods import Preset
from pages.controls.scope import BASES
from tests.metrics.facts import TERMS, DraftWarehouse, Facts, change, lead, opportunity
from tests.metrics.report.companies import MARKUP
from tests.metrics.report.conftest import Reported

ROOT = Path(__file__).parents[3]
DAY = date(2026, 3, 31)


def question(warehouse: DraftWarehouse, today: date = DAY) -> ReportQuestion:
    loaded = horizon(warehouse)
    scope = report_scope(loaded, ReportDays.THIS_QUARTER, TERMS)
    return ReportQuestion(warehouse, TERMS, loaded, ReportDays.THIS_QUARTER, scope, None, today)


def changed(now: int, before: int) -> Facts:
    """A hundred leads in each of two quarters, of which so many became MQLs a day later."""
    leads, changes = [], []
    for quarter, (first, mqls) in enumerate(((date(2025, 10, 1), before), (date(2026, 1, 1), now))):
        for number in range(100):
            came = datetime.combine(first, datetime.min.time()) + timedelta(hours=19 * number)
            name = f"L{quarter}{number:02d}"
            leads.append(lead(name, came))
            if number < mqls:
                changes.append(change("lead", name, "mql", came + timedelta(days=1)))
    deal = opportunity(
        "O1",
        datetime(2026, 3, 1),
        outcome="won",
        closed_at=datetime(2026, 3, 31),
        original_amount=9_000,
        currency="USD",
    )
    return Facts(
        lead=tuple(leads),
        stage_change=tuple(changes),
        opportunity=(deal,),
        as_of=datetime(2026, 3, 31, 12),
    )


def test_a_step_that_changed_is_told_with_what_it_is_worth(draft: DraftWarehouse) -> None:
    draft.hold(changed(now=30, before=60))
    (found,) = findings.changed_steps(question(draft), None)
    assert found.sentence == (
        "Lead to MQL: 30.0\u00a0% of 100 have converted so far, at the same age 60.0\u00a0% had in"
        " Q4 2025. That is more than chance."
    )
    # Thirty MQLs fewer than before; 90 brought 9,000 in a year, so each 100.
    assert found.money_at_stake == pytest.approx(3_000)
    assert found.link.page is Page.FUNNEL


def test_a_step_that_may_have_changed_by_chance_is_not(draft: DraftWarehouse) -> None:
    draft.hold(changed(now=55, before=60))
    assert findings.changed_steps(question(draft), None) == []


def test_a_plan_missed_by_more_than_chance_is_told_twice(in_dollars: Reported) -> None:
    found = in_dollars.content.findings
    entries, missed = found[:2]
    assert "leads fewer than planned have entered" in entries.sentence
    assert missed.sentence == in_dollars.content.plan.explained  # type: ignore[union-attr]
    assert missed.sentence.endswith("More than chance: volume.")
    assert missed.money_at_stake == 200_000  # 300,000 were due by then, and 100,000 came
    assert (entries.money_at_stake or 0) > missed.money_at_stake
    assert missed.link.parameters == (("versus_plan", MARKUP),)


def test_late_data_comes_first_then_money_then_what_has_no_price(
    draft: DraftWarehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told(name: str, money: float | None) -> findings.Source:
        return lambda *_: [Finding(name, money, Link(Page.OVERVIEW))]

    draft.hold(changed(now=30, before=60))
    sources = (told("none", None), told("little", 1.0), told("much", 2.0))
    monkeypatch.setattr(findings, "SOURCES", sources)
    fresh = findings.top_findings(question(draft), None).told
    assert [each.sentence for each in fresh] == ["much", "little", "none"]
    late = findings.top_findings(question(draft, DAY + timedelta(days=30)), None).told
    assert [each.sentence for each in late][1:] == ["much", "little"]
    assert "30 days old" in late[0].sentence


def test_it_says_why_no_channel_is_judged(draft: DraftWarehouse) -> None:
    draft.hold(changed(now=30, before=60))
    (reason,) = findings.top_findings(question(draft), None).untold
    assert reason.startswith("No channel is judged: no spend is loaded, so nothing has a cost")
    assert reason.endswith(".")


def test_a_kind_of_file_that_lags_is_named(draft: DraftWarehouse) -> None:
    draft.hold(changed(now=30, before=60))
    draft.put("load", *(load(name, days) for name, days in (("google_ads", 9), ("webinars", 8))))
    (found,) = findings.late_data(question(draft))
    assert found.sentence == (
        "The newest export of google ads is 9 days older than the newest of all, and 1 other kind"
        " of file lag behind as well. What they would tell is missing here."
    )


def load(mapping: str, days: int) -> dict[str, object]:
    moment = datetime(2026, 3, 31, 12) - timedelta(days=days)
    counts = dict.fromkeys(("rows_read", "rows_kept", "rows_changed", "rows_rejected"), 0)
    moments = dict.fromkeys(("as_of", "started_at", "finished_at"), moment)
    texts = {"load_id": mapping, "file_name": f"{mapping}.csv", "sha256": "0" * 64}
    return {**texts, "mapping": mapping, **counts, **moments}


@pytest.mark.parametrize("page", Page)
def test_every_page_of_a_link_is_there(page: Page) -> None:
    title, place = page.value
    frame = (ROOT / "pages/frame.py").read_text("utf-8")
    assert f'title="{title}"' in frame
    assert f"/{place or 'overview'}.py" in frame


def test_links_say_what_the_pages_understand() -> None:
    assert {each.value for each in ReportDays} <= {each.value for each in Preset}
    assert "Cohort" in BASES
    assert 'key="versus_plan"' in (ROOT / "pages/plan/versus.py").read_text("utf-8")
    plan = Link(Page.PLAN_VERSUS_ACTUAL, (("versus_plan", "A & B = 50%?"),))
    query = parse_qs(urlsplit(plan.address("https://backcast.example/")).query)
    assert query == {"versus_plan": ["A & B = 50%?"]}
