"""Backward plan: the answer, what is assumed, and what is kept."""

from __future__ import annotations

import re
import shutil
from datetime import datetime
from pathlib import Path

import pytest

from data.notebook.notebook import Notebook
from data.notebook.plans import plans, scenarios
from data.notebook.version import State
from data.storage.store import Store
from pages.plan.backward.saved import plan_id, table_of
from tests.pages.company import publish_rows, rows_by_table
from tests.pages.conftest import Cockpit

PAGE = "plan/backward_plan"


@pytest.fixture
def own_company(company: Path, tmp_path: Path) -> Path:
    """A copy of the company's store, whose notebook may be written."""
    return Path(shutil.copytree(company, tmp_path / "store"))


def metrics(app: object) -> dict[str, str]:
    return {each.label: plain(each.value) for each in app.metric}  # type: ignore[attr-defined]


def plain(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def test_the_sentence_says_what_the_tiles_say(cockpit: Cockpit, company: Path) -> None:
    app = cockpit(company, PAGE)
    assert not app.exception
    assert not app.error
    shown = metrics(app)
    sentence = plain(next(each.value for each in app.markdown if "To win" in each.value))
    assert f"{shown['Leads needed']} more leads" in sentence
    assert "by 31 Dec 2027 with a chance of 80%" in sentence
    assert shown["Last useful month"] == "Nov 2027" or "come too late" in sentence


def test_a_surer_plan_needs_more_and_a_better_rate_less(cockpit: Cockpit, company: Path) -> None:
    def needed(**parameters: str) -> int:
        shown = metrics(cockpit(company, PAGE, **parameters))
        return int(shown["Leads needed"].replace(",", ""))

    usual = needed()
    assert needed(plan_confidence="95%") > usual
    assert needed(plan_win_rate="150") < usual
    assert needed(plan_kind="Deals", plan_amount_deals="10") < needed(
        plan_kind="Deals", plan_amount_deals="200"
    )


def test_months_can_go_by_the_working_days_of_a_country(cockpit: Cockpit, company: Path) -> None:
    def planned(**parameters: str) -> list[float]:
        app = cockpit(company, PAGE, **parameters)
        assert not app.exception
        assert not app.error
        table = next(each.value for each in app.dataframe if "is_too_late" in each.value)
        return [float(each) for each in table[table["stage"] == "lead"]["middle"]]

    by_days = {"plan_profile": "By working days"}
    usual, working, german = (
        planned(),
        planned(**by_days),
        planned(**by_days, plan_holidays="Germany"),
    )
    # From April 2026 on: 22 working days in April, 21 in May; in Germany 20 and 18.
    assert working[0] / working[1] == pytest.approx(22 / 21, rel=0.002)
    assert german[0] / german[1] == pytest.approx(20 / 18, rel=0.002)
    assert usual[0] / usual[1] not in (pytest.approx(22 / 21), pytest.approx(20 / 18))


def test_what_was_never_seen_is_marked(cockpit: Cockpit, company: Path) -> None:
    app = cockpit(company, PAGE, plan_deal_size="900")
    assert any("was never seen" in plain(each.value) for each in app.warning)
    app = cockpit(company, PAGE, plan_amount_revenue="500000000")
    assert any("No past month had more than" in plain(each.value) for each in app.warning)


def test_what_is_won_already_needs_nothing_more(cockpit: Cockpit, company: Path) -> None:
    app = cockpit(
        company, PAGE, plan_from="2026-01-01", plan_until="2026-12-31", plan_amount_revenue="1"
    )
    assert any("you need nothing more" in plain(each.value) for each in app.success)


def test_deadlines_by_quarter_show_the_chance_of_all(cockpit: Cockpit, company: Path) -> None:
    shown = metrics(cockpit(company, PAGE, plan_parts="By quarter"))
    assert "All deadlines" in shown
    assert "All deadlines" not in metrics(cockpit(company, PAGE))


def test_without_a_won_deal_the_page_says_what_is_missing(cockpit: Cockpit, tmp_path: Path) -> None:
    store = tmp_path / "store"
    rows = {"lead": [{"lead_id": "L1", "created_at": datetime(2026, 1, 5), "load_id": "l"}]}
    publish_rows(Store(store), rows | LOAD)
    app = cockpit(store, PAGE)
    assert not app.exception
    assert any("a plan needs at least one win" in plain(each.value) for each in app.info)


def test_deals_alone_are_entries_of_their_own(cockpit: Cockpit, tmp_path: Path) -> None:
    rows = rows_by_table(600)
    deals = [each | {"primary_lead_id": "gone"} for each in rows["opportunity"]]
    for name, emptied, says in (
        ("alone", ("lead", "stage_change"), "No lead is loaded, so the plan starts from"),
        ("unlinked", (), "No deal is linked to one of the 600 leads loaded, so the plan starts"),
    ):
        kept = {table: each for table, each in rows.items() if table not in emptied}
        publish_rows(Store(tmp_path / name), kept | {"opportunity": deals})
        app = cockpit(tmp_path / name, PAGE, plan_by="Region")
        assert not app.exception
        assert not app.error
        said = plain(" ".join(each.value for each in app.caption))
        assert "Opportunities needed" in metrics(app)
        assert says in said
        assert "Learned from all that is loaded. Deals" in said
        assert "Leads that entered" not in said
        assert re.search(r"Learned from \d+ won deals\. ", said)
        assert "lead" not in plain(str(app.metric[2].help)).lower()
        assert "plan_other_deals" not in {each.key for each in app.number_input}


def test_a_plan_is_in_leads_and_says_why_where_accounts_are_asked_for(
    cockpit: Cockpit, company: Path
) -> None:
    def said(**parameters: str) -> str:
        return plain(" ".join(each.value for each in cockpit(company, PAGE, **parameters).caption))

    assert "won deals that name their lead." in said()
    assert "Planned in leads" not in said()
    assert "Planned in leads, not in accounts: a plan gives each entry one win" in said(
        unit="Accounts"
    )


LOAD = {
    "load": [
        {
            "load_id": "l",
            "file_name": "leads.csv",
            "sha256": "0",
            "mapping": "m",
            "rows_read": 1,
            "rows_kept": 1,
            "rows_changed": 0,
            "rows_rejected": 0,
            "as_of": datetime(2026, 3, 1),
            "started_at": datetime(2026, 3, 1),
            "finished_at": datetime(2026, 3, 1),
        }
    ]
}


def test_a_plan_is_saved_locked_and_compared_with_scenarios(
    cockpit: Cockpit, own_company: Path
) -> None:
    app = cockpit(own_company, PAGE)
    app.text_input[0].set_value("Plan 2027")
    next(each for each in app.button if each.label == "Save plan").click().run()
    notebook = Notebook(own_company)
    (kept,) = plans(notebook).all()
    assert kept.version.id == "plan-2027"
    table = table_of(kept.value)
    target = sum(each.amount for each in kept.value.deadlines)
    assert table.filter(metric="revenue")["value"].sum() == pytest.approx(target)
    app.run()
    scenario = next(each for each in app.text_input if "assumed above" in each.label)
    scenario.set_value("As usual")
    next(each for each in app.button if each.label == "Keep as scenario").click().run()
    (known,) = scenarios(notebook).all()
    assert known.version.belongs_to == "plan-2027"
    next(each for each in app.button if each.label == "Lock").click().run()
    locked = notebook.read("plan-2027")
    assert locked is not None
    assert locked.state is State.LOCKED
    app.text_input[0].set_value("Plan 2027")
    next(each for each in app.button if each.label == "Save plan").click().run()
    assert any("locked" in plain(each.value) for each in app.error)
    newest = notebook.read("plan-2027")
    assert newest is not None
    assert newest.number == locked.number


def test_a_plan_by_segments_has_targets_for_what_each_wins(
    cockpit: Cockpit, own_company: Path
) -> None:
    app = cockpit(own_company, PAGE, plan_by="Channel")
    app.text_input[0].set_value("By channel")
    next(each for each in app.button if each.label == "Save plan").click().run()
    assert not app.exception
    (kept,) = plans(Notebook(own_company)).all()
    revenue = table_of(kept.value).filter(metric="revenue")
    assert {"Webinar", "Referral"} <= set(revenue["segment"])
    target = sum(each.amount for each in kept.value.deadlines)
    assert revenue["value"].sum() == pytest.approx(target)


def test_a_contact_is_no_name_of_a_plan(cockpit: Cockpit, own_company: Path) -> None:
    app = cockpit(own_company, PAGE)
    app.text_input[0].set_value("for ann@example.com")
    next(each for each in app.button if each.label == "Save plan").click().run()
    assert app.error
    assert not plans(Notebook(own_company)).all()


def test_names_in_other_scripts_have_ids_of_their_own() -> None:
    assert plan_id("计划") != plan_id("目标")
    assert re.fullmatch(r"[a-z0-9-]+", plan_id("计划"))
