"""What asks for a decision comes by what is at stake, and leads to the page that shows it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import polars as pl
import pytest

from metrics.findings import of_data, top
from metrics.findings.finding import Finding, Link, Page
from metrics.findings.of_data import (
    late_data,
    refused_rows,
    uncounted_rows,
    worst_of_data,
)
from metrics.findings.of_follow_up import overdue_responses, owners_to_tell
from metrics.findings.of_funnel import changed_steps
from metrics.findings.question import FindingsQuestion
from metrics.health.counted_nowhere import Uncounted
from metrics.horizon import horizon
from metrics.report.question import ReportDays, report_scope
from pages.controls.periods import Preset
from pages.controls.scope import BASES
from tests.metrics.facts import TERMS, DraftWarehouse, Facts, change, lead, opportunity

ROOT = Path(__file__).parents[3]
DAY = date(2026, 3, 31)


def question(warehouse: DraftWarehouse, today: date = DAY) -> FindingsQuestion:
    loaded = horizon(warehouse)
    scope = report_scope(loaded, ReportDays.THIS_QUARTER, TERMS)
    return FindingsQuestion(warehouse, TERMS, loaded, scope, today)


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
    (found,) = changed_steps(question(draft), None)
    assert found.sentence == (
        "Lead to MQL: 30.0% of 100 have converted so far, at the same age 60.0% had in"
        " Q4 2025. That is more than chance."
    )
    # Thirty MQLs fewer than before; 90 brought 9,000 in a year, so each 100.
    assert found.money_at_stake == pytest.approx(3_000)
    assert found.link.page is Page.FUNNEL


def test_a_step_that_may_have_changed_by_chance_is_not(draft: DraftWarehouse) -> None:
    draft.hold(changed(now=55, before=60))
    assert changed_steps(question(draft), None) == []


def test_late_data_comes_first_then_money_then_what_has_no_price(
    draft: DraftWarehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told(name: str, money: float | None) -> top.Source:
        return lambda *_: [Finding(name, money, Link(Page.OVERVIEW))]

    draft.hold(changed(now=30, before=60))
    sources = (told("none", None), told("little", 1.0), told("much", 2.0))
    monkeypatch.setattr(top, "SOURCES", sources)
    fresh = top.top_findings(question(draft), None).told
    assert [each.sentence for each in fresh] == ["much", "little", "none"]
    late = top.top_findings(question(draft, DAY + timedelta(days=30)), None).told
    assert [each.sentence for each in late][1:] == ["much", "little"]
    assert "30 days old" in late[0].sentence


def test_it_says_why_no_channel_is_judged(draft: DraftWarehouse) -> None:
    draft.hold(changed(now=30, before=60))
    untold = top.top_findings(question(draft), None).untold
    (reason,) = (each for each in untold if each.startswith("No channel"))
    assert reason.startswith("No channel is judged: no spend is loaded, so nothing has a cost")
    assert reason.endswith(".")


def test_a_kind_of_file_that_lags_is_named(draft: DraftWarehouse) -> None:
    draft.hold(changed(now=30, before=60))
    draft.put("load", *(load(name, days) for name, days in (("google_ads", 9), ("webinars", 8))))
    (found,) = late_data(question(draft))
    assert found.sentence == (
        "The newest export of Google Ads is 9 days older than the newest of all, and 1 other "
        "kind of file lags behind as well. What they would show is missing here."
    )
    assert found.link.page is Page.LOAD, "what is missing is loaded there"


def test_refused_rows_are_told_with_the_worst_file(draft: DraftWarehouse) -> None:
    draft.hold(changed(now=30, before=60))
    assert refused_rows(question(draft), None) == []
    draft.put("load", load("google_ads", 0), load("webinars", 0))
    draft.put(
        "rejected_row",
        *(refused("google_ads", line, "cost: '1.200,00' is no amount") for line in (2, 3, 9)),
        refused("webinars", 4, "joined: '31.31.2026' is no date"),
    )
    (found,) = refused_rows(question(draft), None)
    assert found.sentence == (
        "4 rows were rejected in 2 files, most of them (3) of google_ads.csv: no number has "
        "them. cost: '1.200,00' is no amount."
    )
    assert found.link.page is Page.DATA_HEALTH


def refused(load_id: str, line: int, reason: str) -> dict[str, object]:
    kind = {"kind": "unreadable", "column": None, "value": None, "row": "{}"}
    return {"load_id": load_id, "line": line, "reason": reason, **kind}


def test_mqls_without_a_response_are_told_with_who_has_most(draft: DraftWarehouse) -> None:
    """Of 60 MQLs of January one got an answer, by whoever has it."""
    facts = changed(now=60, before=0)
    owned = tuple(row | {"owner": "Ana" if row["lead_id"] < "L150" else "Bo"} for row in facts.lead)
    answered = change("lead", "L100", "sql", datetime(2026, 1, 2))
    facts = replace(facts, lead=owned, stage_change=(*facts.stage_change, answered))
    (found,) = overdue_responses(question(draft.hold(facts)), None)
    assert found.sentence == (
        "59 of 60 hand-overs of MQLs to sales got no response within 3 working days, and none"
        " since, 49 of them with Ana."
    )
    assert found.link.parameters[-1] == ("follow_up_part", "Work list")


def test_owners_who_are_to_hear_of_a_new_lead_are_told(draft: DraftWarehouse) -> None:
    account = {"account_id": "A1", "name": "Acme", "name_key": "acme", "owner": "Ana"}
    came = [
        lead(name, datetime(2026, 3, day), account_id="A1", owner=owner)
        for name, day, owner in (("L1", 2, "Bo"), ("L2", 3, "Ana"))
    ]
    deal = opportunity("O1", datetime(2026, 1, 5), account_id="A1", outcome="open", owner="Ana")
    facts = Facts(
        lead=tuple(came), opportunity=(deal,), account=(account,), as_of=datetime(2026, 3, 31, 12)
    )
    (found,) = owners_to_tell(question(draft.hold(facts)), None)
    assert found.sentence == (
        "1 new lead came from companies that somebody deals with already, and not from their owner."
        " Tell 1 owner."
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


def test_contacts_after_a_withdrawal_come_before_all_else(
    draft: DraftWarehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft.hold(changed(now=30, before=60))
    draft.put("load", load("google_ads", 9), load("webinars", 0))
    draft.put("rejected_row", refused("google_ads", 2, "cost: '1.200,00' is no amount"))
    first, second, *_ = worst_of_data(question(draft), 3)
    assert first.sentence.startswith("The newest export of Google Ads")
    assert second.sentence.startswith("1 row was rejected")
    people = pl.DataFrame({"people_contacted_after": [0, 2, 0], "contacts_after": [0, 5, 0]})
    monkeypatch.setattr(of_data, "consent", lambda *_: people)
    first, *others = worst_of_data(question(draft), 3)
    assert first.sentence == (
        "2 people were contacted after withdrawing consent, 5 times in all. Stop whatever "
        "still contacts them."
    )
    assert first.link.parameters == (("health_part", "Consent"),)
    assert len(others) == 2


def test_what_counts_nowhere_is_told_with_what_to_do(
    draft: DraftWarehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft.hold(changed(now=30, before=60))
    assert uncounted_rows(question(draft)) == []
    kinds = [Uncounted.UNDATED_DEAL.value, Uncounted.UNPRICED_SPEND.value]
    found = pl.DataFrame({"kind": kinds, "row_count": [3, 40]})
    monkeypatch.setattr(of_data, "counted_nowhere", lambda _: found)
    (told,) = uncounted_rows(question(draft))
    assert told.sentence == (
        "Loaded and counted nowhere: 40 × day of spend without an exchange rate, beside 1 other"
        " kind of row. Load exchange rates (currency, rate_on, rate) of these days."
    )
