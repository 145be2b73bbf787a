"""Plans, scenarios, forecasts, views and notes come back as they were written, or not at all."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from data.errors import NotebookConflict, NotebookError, StoreError
from data.notebook.audiences import AskedOf, Audience, audiences
from data.notebook.budgets import Budget, BudgetLine, budgets
from data.notebook.ledger import Contribution, LedgerEntry, Provenance, ledger, record
from data.notebook.notebook import Notebook
from data.notebook.notes import Note, notes
from data.notebook.plans import (
    Assumption,
    Change,
    Deadline,
    Deadlines,
    Plan,
    PlanLine,
    Scenario,
    Target,
    duplicate,
    plans,
    scenarios,
    scenarios_of,
)
from data.notebook.version import Kind, State
from data.notebook.views import SavedView, first_view, open_first, saved_views, views

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

PLAN = Plan(
    name="First half",
    unit="lead",
    scope="from=2026-01-01&to=2026-06-30&region=Bavaria",
    target=Target.REVENUE,
    currency="EUR",
    first_day=date(2026, 1, 1),
    deadlines=(Deadline(date(2026, 3, 31), 400_000.0), Deadline(date(2026, 6, 30), 1_000_000.0)),
    confidence=0.8,
    together=Deadlines.EACH,
    lines=(
        PlanLine(date(2026, 1, 1), "Webinar", "leads", 120.0),
        PlanLine(date(2026, 1, 1), "搜索", "leads", 0.1 + 0.2),
    ),
    assumptions=(Assumption("deal_size", 12_500.0),),
    definitions_digest="0123456789abcdef" * 4,
    generation="00012",
    seed=7,
    draws=5_000,
)

SAID = LedgerEntry(
    said_at=NOW,
    as_of=date(2026, 3, 1),
    provenance=Provenance.RECORDED,
    generation="00012",
    definitions_digest="0123456789abcdef" * 4,
    scope="region=Bavaria",
    period_from=date(2026, 1, 1),
    period_to=date(2026, 3, 31),
    currency="EUR",
    p10=90.0,
    p50=100.0,
    p90=130.0,
    target=110.0,
    p_hit=0.31,
    contributions=(Contribution("open deals", 80.0), Contribution("leads in flight", 20.0)),
)


@pytest.fixture
def notebook(tmp_path: Path) -> Notebook:
    return Notebook(tmp_path)


def test_a_plan_comes_back_as_it_was_written(notebook: Notebook) -> None:
    kept = plans(notebook).save("h1", PLAN, based_on=0, written_at=NOW)
    assert kept.value == PLAN
    assert kept.version.name == "First half"
    again = plans(notebook).read("h1")
    assert again == kept
    assert again is not None
    assert again.value.lines[1].value == 0.1 + 0.2
    assert plans(notebook).all() == (kept,)
    assert plans(notebook).read("h2") is None


def test_two_people_change_one_plan(notebook: Notebook) -> None:
    plans(notebook).save("h1", PLAN, based_on=0, written_at=NOW)
    bold = msgspec.structs.replace(PLAN, confidence=0.5)
    plans(notebook).save("h1", bold, based_on=1, written_at=NOW)
    with pytest.raises(NotebookConflict, match="version 2"):
        plans(notebook).save("h1", PLAN, based_on=1, written_at=NOW)
    assert [each.value for each in plans(notebook).history("h1")] == [PLAN, bold]
    first = plans(notebook).read("h1", 1)
    assert first is not None
    assert first.value == PLAN


def test_a_locked_plan_can_be_duplicated(notebook: Notebook) -> None:
    plans(notebook).save("h1", PLAN, based_on=0, written_at=NOW)
    notebook.lock("h1", based_on=1, written_at=NOW)
    with pytest.raises(NotebookError, match="is locked"):
        plans(notebook).save("h1", PLAN, based_on=2, written_at=NOW)
    locked = plans(notebook).read("h1")
    assert locked is not None
    assert (locked.value, locked.version.state) == (PLAN, State.LOCKED)
    copy = duplicate(notebook, "h1", "h1-bold", "Bold", written_at=NOW)
    assert copy.value == msgspec.structs.replace(PLAN, name="Bold")
    assert (copy.version.number, copy.version.state) == (1, State.OPEN)
    with pytest.raises(NotebookConflict):
        duplicate(notebook, "h1", "h1-bold", "Bold", written_at=NOW)
    with pytest.raises(NotebookError, match="no plan h2"):
        duplicate(notebook, "h2", "h3", "Bold", written_at=NOW)


def test_a_deleted_plan_is_not_listed_and_its_versions_are_there(notebook: Notebook) -> None:
    plans(notebook).save("h1", PLAN, based_on=0, written_at=NOW)
    notebook.delete("h1", based_on=1, written_at=NOW)
    assert plans(notebook).all() == ()
    assert plans(notebook).read("h1") is None
    first = plans(notebook).read("h1", 1)
    assert first is not None
    assert first.value == PLAN
    with pytest.raises(NotebookError, match="no plan h1"):
        duplicate(notebook, "h1", "h2", "Copy", written_at=NOW)


EAST = Audience("East", (AskedOf("region", ("华东", "EMEA")),), "0" * 64)


def test_an_audience_comes_back_and_holds_no_contact(notebook: Notebook) -> None:
    kept = audiences(notebook).save("east", EAST, based_on=0, written_at=NOW)
    assert audiences(notebook).all() == (kept,)
    assert (kept.value, kept.version.kind, kept.version.name) == (EAST, Kind.AUDIENCE, "East")
    named = msgspec.structs.replace(EAST, name="ann@acme.com")
    with pytest.raises(NotebookError, match="Nothing was saved"):
        audiences(notebook).save("ann", named, based_on=0, written_at=NOW)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " "},
        {"filters": ()},
        {"filters": (AskedOf("region", ()),)},
        {"filters": EAST.filters * 2},
    ],
)
def test_what_is_no_audience_cannot_be_made(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="an audience"):
        msgspec.structs.replace(EAST, **wrong)


SPENT = Budget(
    name="Autumn",
    scope="from=2026-01-01&budget_change=5000.0",
    currency="EUR",
    period_from=date(2026, 1, 1),
    period_to=date(2026, 3, 31),
    change=5_000.0,
    caution=0.5,
    lines=(BudgetLine("搜索", "curve", 100.0, 0.1 + 0.2), BudgetLine("Fair", "unknown", 0.0, 0.0)),
    sentence="5 more (3 to 7) MQLs than in today's shares.",
    is_distinguishable=False,
    definitions_digest="0" * 64,
    generation="00012",
)


def test_a_budget_comes_back_and_every_version_stays(notebook: Notebook) -> None:
    first = budgets(notebook).save("b", SPENT, based_on=0, written_at=NOW)
    renamed = msgspec.structs.replace(SPENT, name="Winter")
    second = budgets(notebook).save("b", renamed, based_on=1, written_at=NOW)
    assert budgets(notebook).all() == (second,)
    assert budgets(notebook).history("b") == (first, second)
    assert (second.value.lines, second.version.name) == (SPENT.lines, "Winter")


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"lines": ()},
        {"lines": SPENT.lines * 2},
        {"lines": (BudgetLine("Fair", "curve", 1.0, -1.0),)},
        {"currency": "euro"},
        {"caution": 1.5},
        {"period_to": date(2025, 12, 31)},
    ],
)
def test_what_is_no_budget_cannot_be_made(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        msgspec.structs.replace(SPENT, **wrong)


NAN = float("nan")


@pytest.mark.parametrize(
    "wrong",
    [
        {"deadlines": ()},
        {"deadlines": PLAN.deadlines[::-1]},
        {"deadlines": PLAN.deadlines[:1] * 2},
        {"deadlines": (Deadline(date(2026, 3, 31), 0.0),)},
        {"confidence": 1.0},
        {"confidence": 0.0},
        {"confidence": NAN},
        {"currency": None},
        {"currency": "euro"},
        {"target": Target.DEALS},
        {"lines": (PlanLine(date(2026, 1, 2), "", "leads", 1.0),)},
        {"lines": PLAN.lines[:1] * 2},
        {"assumptions": PLAN.assumptions * 2},
        {"draws": 0},
        {"first_day": date(2026, 4, 1)},
    ],
)
def test_what_is_no_plan_cannot_be_made(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        msgspec.structs.replace(PLAN, **wrong)


@pytest.mark.parametrize("number", [NAN, float("inf")])
def test_a_number_that_json_does_not_have_is_never_written_as_nothing(
    notebook: Notebook, number: float
) -> None:
    lines = (PlanLine(date(2026, 1, 1), "", "leads", number),)
    with pytest.raises(ValueError, match="cannot be kept"):
        plans(notebook).save(
            "h1", msgspec.structs.replace(PLAN, lines=lines), based_on=0, written_at=NOW
        )
    assert notebook.entries() == ()


def test_what_would_come_back_as_another_value_is_not_kept(notebook: Notebook) -> None:
    listed = msgspec.structs.replace(PLAN, lines=list(PLAN.lines))
    with pytest.raises(ValueError, match="would be read back as"):
        plans(notebook).save("h1", listed, based_on=0, written_at=NOW)


def test_a_contact_in_any_text_of_a_plan_is_refused(notebook: Notebook) -> None:
    lines = (PlanLine(date(2026, 1, 1), "ann@acme.com", "leads", 1.0),)
    for wrong in ({"lines": lines}, {"scope": "owner=ann%40acme.com"}, {"name": "ann@acme.com"}):
        with pytest.raises(NotebookError, match="Nothing was saved"):
            plans(notebook).save(
                "h1", msgspec.structs.replace(PLAN, **wrong), based_on=0, written_at=NOW
            )
    assert notebook.entries() == ()


@pytest.mark.parametrize("body", ["{}", "[]", '{"name":"a"}'])
def test_a_body_that_is_no_plan_is_named(notebook: Notebook, body: str) -> None:
    notebook.write(Kind.PLAN, "h1", "H1", body.encode(), based_on=0, written_at=NOW)
    with pytest.raises(StoreError, match="version 1 of h1"):
        plans(notebook).read("h1")


def test_a_column_that_this_version_does_not_know_is_not_dropped(notebook: Notebook) -> None:
    more = msgspec.json.decode(msgspec.json.encode(PLAN)) | {"budget": 1}
    notebook.write(Kind.PLAN, "h1", "H1", msgspec.json.encode(more), based_on=0, written_at=NOW)
    with pytest.raises(StoreError, match="budget"):
        plans(notebook).all()


def test_scenarios_belong_to_their_plan(notebook: Notebook) -> None:
    for plan in ("h1", "h2"):
        plans(notebook).save(plan, PLAN, based_on=0, written_at=NOW)
    bold = Scenario("Bold", (Change("win_rate", "Webinar", 0.3),))
    kept = scenarios(notebook).save("s", bold, based_on=0, written_at=NOW, belongs_to="h1")
    assert scenarios_of(notebook, "h1") == (kept,)
    assert scenarios_of(notebook, "h2") == ()
    notebook.lock("h1", based_on=1, written_at=NOW)
    changed = Scenario("Bold", ())
    scenarios(notebook).save("s", changed, based_on=1, written_at=NOW)
    assert [each.value for each in scenarios_of(notebook, "h1")] == [changed]
    with pytest.raises(NotebookError, match="is no scenario"):
        scenarios(notebook).read("h1")


def test_the_ledger_keeps_what_was_said_in_order(notebook: Notebook) -> None:
    later = msgspec.structs.replace(SAID, said_at=NOW + timedelta(days=7), p50=105.0)
    before = msgspec.structs.replace(
        SAID, said_at=NOW - timedelta(days=7), target=None, p_hit=None, currency=None
    )
    for each in (SAID, later, before):
        record(notebook, each)
    assert [each.value for each in ledger(notebook)] == [before, SAID, later]
    assert [each.version.written_at for each in ledger(notebook)] == [
        each.said_at for each in (before, SAID, later)
    ]


def test_the_same_said_twice_is_said_once(notebook: Notebook) -> None:
    first = record(notebook, SAID)
    assert record(notebook, SAID) == first
    reconstructed = msgspec.structs.replace(SAID, provenance=Provenance.RECONSTRUCTED)
    assert record(notebook, reconstructed).version.id != first.version.id
    assert len(ledger(notebook)) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"said_at": datetime(2026, 3, 2)},
        {"period_to": date(2025, 12, 31)},
        {"p10": 101.0},
        {"p90": NAN},
        {"p_hit": None},
        {"target": None},
        {"p_hit": 1.1},
    ],
)
def test_what_is_no_forecast_cannot_be_made(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        msgspec.structs.replace(SAID, **wrong)


def test_a_view_comes_back_as_it_was_saved(notebook: Notebook) -> None:
    view = SavedView("Bavaria", "review/funnel", "region=Bavaria&basis=flow")
    kept = views(notebook).save("bavaria", view, based_on=0, written_at=NOW)
    assert views(notebook).all() == (kept,)
    assert kept.value == view
    with pytest.raises(ValueError, match="question mark"):
        SavedView("Bavaria", "review/funnel", "?region=Bavaria")
    with pytest.raises(ValueError, match="of a page"):
        SavedView("Bavaria", "", "")


def test_one_view_at_most_opens_first(notebook: Notebook) -> None:
    shelf = views(notebook)
    for name in ("north", "south"):
        shelf.save(name, SavedView(name, "Funnel", ""), based_on=0, written_at=NOW)
    open_first(notebook, None, NOW)
    assert first_view(notebook) is None
    for name in ("north", "south"):
        open_first(notebook, name, NOW)
        first = first_view(notebook)
        assert first is not None
        assert first.version.id == name
    assert [kept.version.id for kept in saved_views(notebook)] == ["north", "south"]
    notebook.delete("south", based_on=1, written_at=NOW)
    assert first_view(notebook) is None
    notebook.bring_back("south", written_at=NOW)
    assert first_view(notebook) == shelf.read("south")
    for _ in range(2):
        open_first(notebook, None, NOW)
        assert first_view(notebook) is None
    with pytest.raises(NotebookError, match="no view west"):
        open_first(notebook, "west", NOW)


def test_a_deletion_is_undone_as_one_more_version(notebook: Notebook) -> None:
    shelf = views(notebook)
    first = SavedView("First", "Funnel", "")
    shelf.save("view", first, based_on=0, written_at=NOW)
    for missing in ("view", "never"):
        with pytest.raises(NotebookError, match="is not deleted"):
            notebook.bring_back(missing, written_at=NOW)
    notebook.delete("view", based_on=1, written_at=NOW)
    notebook.bring_back("view", written_at=NOW)
    (kept,) = shelf.all()
    assert (kept.value, kept.version.number) == (first, 3)


def test_a_note_is_listed_by_its_beginning(notebook: Notebook) -> None:
    note = Note(date(2026, 2, 3), "The fair in Munich\nwas closed. " + "Long. " * 40)
    kept = notes(notebook).save("fair", note, based_on=0, written_at=NOW)
    assert kept.version.name.startswith("The fair in Munich was closed. Long. ")
    assert len(kept.version.name) == 80
    found = notes(notebook).read("fair")
    assert found is not None
    assert found.value == note


@pytest.mark.parametrize("text", ["ask ann@acme.com", "tel +49 30 901820", "13812345678"])
def test_a_note_about_nobody(notebook: Notebook, text: str) -> None:
    with pytest.raises(NotebookError, match="keeps nothing personal"):
        notes(notebook).save("n", Note(date(2026, 2, 3), text), based_on=0, written_at=NOW)
    assert notebook.entries() == ()
