"""Plans that are kept: saved, locked, changed as a table, and their scenarios."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TypeAlias
from urllib.parse import parse_qsl

import polars as pl
import streamlit as st

from data.errors import NotebookError
from data.notebook.plans import (
    Assumption,
    Change,
    Deadline,
    Deadlines,
    Plan,
    PlanLine,
    Scenario,
    duplicate,
    plans,
    scenarios,
    scenarios_of,
)
from data.notebook.plans import Target as PlanTarget
from data.notebook.shelf import Kept
from data.notebook.version import Kind, State
from metrics.period import Period, in_words
from metrics.plan.backward.plan import BackwardPlan
from metrics.plan.draws import Draws
from metrics.plan.target import FACTORS, Assumptions, TargetKind
from pages.controls.kept import address, named, notebook, offer_deletion, offer_undo
from pages.controls.measure import current_warehouse, definitions
from pages.controls.problems import emphasis
from pages.display.text import escape

PLAN_PAGE = str(Path(__file__).parents[1] / "backward_plan.py")

_NOT_IN_AN_ID = re.compile(r"[^a-z0-9]+")

KeptPlan: TypeAlias = Kept[Plan]


def offer_saving(plan: BackwardPlan, draws: Draws, table: Callable[[], pl.DataFrame]) -> None:
    """A name and a button: the plan is kept with its table and all that makes it come out again."""
    with (
        st.form("plan_save", border=False),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        name = st.text_input(
            "Save as",
            max_chars=60,
            placeholder="Plan 2027",
            width=260,
            help="If a plan has this name, it gets a new version. Do not name people here.",
        )
        pressed = st.form_submit_button("Save plan", icon=":material/save:", type=emphasis())
    if not pressed:
        return
    if not name.strip():
        st.warning("Give the plan a name first.", icon=":material/edit:")
        return
    entry = plan_id(name)
    known = plans(notebook()).read(entry)
    newest = notebook().read(entry)
    kept = plans(notebook()).save(
        entry,
        _written(name.strip(), plan, draws, table()),
        based_on=newest.number if newest else 0,
        written_at=datetime.now(UTC),
    )
    again = f" as version {kept.version.number}" if known else ""
    st.toast(f"{escape(name.strip())} is saved{again}.", icon=":material/check:")


def plan_id(name: str) -> str:
    """The id of a plan of that name; names in other scripts are told apart too.

    >>> plan_id("Plan 2027")
    'plan-2027'
    """
    plain = _NOT_IN_AN_ID.sub("-", name.strip().lower()).strip("-")[:60]
    if plain and name.isascii():
        return plain
    return f"plan-{hashlib.sha256(name.strip().encode()).hexdigest()[:12]}"


def _written(name: str, plan: BackwardPlan, draws: Draws, table: pl.DataFrame) -> Plan:
    terms = definitions()
    revenue = plan.target.kind is TargetKind.REVENUE
    return Plan(
        name=name,
        unit="lead",
        scope=address(),
        target=PlanTarget(plan.target.kind.value),
        currency=terms.base_currency if revenue else None,
        first_day=plan.target.windows[0].start,
        deadlines=tuple(
            Deadline(each.window.end, float(each.amount)) for each in plan.target.deadlines
        ),
        confidence=plan.target.confidence,
        together=Deadlines(plan.target.together.value),
        lines=lines_of(table),
        assumptions=tuple(
            Assumption(factor, float(getattr(plan.assumptions, factor))) for factor in FACTORS
        )
        + tuple(Assumption(f"mix {name}", share) for name, share in plan.assumptions.mix),
        definitions_digest=terms.digest,
        generation=current_warehouse().generation,
        seed=draws.seed,
        draws=draws.size,
    )


def lines_of(table: pl.DataFrame) -> tuple[PlanLine, ...]:
    """The rows of a plan's table, as they are kept."""
    names = ("month_on", "segment", "metric", "value")
    return tuple(PlanLine(*row) for row in table.select(names).iter_rows())


def table_of(plan: Plan) -> pl.DataFrame:
    """A kept plan's rows as a table."""
    return pl.DataFrame(
        [(line.month, line.segment, line.metric, line.value) for line in plan.lines],
        schema={
            "month_on": pl.Date,
            "segment": pl.String,
            "metric": pl.String,
            "value": pl.Float64,
        },
        orient="row",
    )


def choose_plan() -> Kept[Plan] | None:
    """One of the kept plans; None where there is none."""
    offer_undo(Kind.PLAN)
    known = {kept.version.id: kept for kept in plans(notebook()).all()}
    if not known:
        st.info(
            "No plan is saved yet. Save one above: it is kept beside the data, with its versions.",
            icon=":material/save:",
        )
        return None
    chosen = st.selectbox(
        "Plan",
        list(known),
        format_func=lambda entry: known[entry].value.name,
        key="plan_kept",
        bind="query-params",
        persist_state="session",
        width=360,
    )
    return known[chosen]


def show_actions(kept: Kept[Plan]) -> None:
    """What can be done with a kept plan: open, lock, copy, delete."""
    version = kept.version
    locked = version.state is State.LOCKED
    with st.container(horizontal=True, vertical_alignment="center"):
        st.page_link(
            PLAN_PAGE,
            label="Open with its numbers",
            icon=":material/open_in_new:",
            query_params=dict(parse_qsl(kept.value.scope)),
        )
        label, icon = ("Unlock", ":material/lock_open:") if locked else ("Lock", ":material/lock:")
        act = notebook().unlock if locked else notebook().lock
        if st.button(label, icon=icon, help="A locked plan cannot be changed or deleted."):
            act(version.id, based_on=version.number, written_at=datetime.now(UTC))
            st.rerun()
        if st.button("Duplicate", icon=":material/content_copy:"):
            name = _free_name(kept.value.name)
            duplicate(notebook(), version.id, plan_id(name), name, written_at=datetime.now(UTC))
            st.rerun()
        offer_deletion(version, f"the plan {named(kept.value.name)}", "Delete", disabled=locked)
    history = plans(notebook()).history(version.id)
    st.caption(
        escape(
            f"{'Locked. ' if locked else ''}Version {version.number} of {len(history)}, written"
            f" {in_words(version.written_at.date())}. All versions stay readable, with python -m"
            f" data notebook show {version.id} --version N."
        )
    )


def _free_name(name: str) -> str:
    taken = {version.id for version in notebook().entries()}
    number = 2
    while plan_id(f"{name} ({number})") in taken:
        number += 1
    return f"{name} ({number})"


def keep_table(kept: Kept[Plan], table: pl.DataFrame) -> None:
    """Save a changed table as a new version, on the version it was changed from."""
    changed = Plan(
        **{name: getattr(kept.value, name) for name in Plan.__struct_fields__ if name != "lines"},
        lines=lines_of(table),
    )
    plans(notebook()).save(
        kept.version.id,
        changed,
        based_on=kept.version.number,
        written_at=datetime.now(UTC),
    )


def keep_scenario(kept: Kept[Plan], name: str, assumed: Assumptions) -> None:
    """Save what is assumed now as a scenario of a plan."""
    changes = tuple(Change(factor, "all", float(getattr(assumed, factor))) for factor in FACTORS)
    entry = plan_id(f"{kept.version.id} {name}")
    newest = notebook().read(entry)
    scenarios(notebook()).save(
        entry,
        Scenario(name, changes),
        based_on=newest.number if newest else 0,
        written_at=datetime.now(UTC),
        belongs_to=kept.version.id,
    )


def kept_scenarios(kept: Kept[Plan]) -> list[tuple[str, str, Assumptions]]:
    """The scenarios of a plan: id, name, and what they assume."""
    return [
        (
            each.version.id,
            each.value.name,
            Assumptions().scaled({change.factor: change.value for change in each.value.changes}),
        )
        for each in scenarios_of(notebook(), kept.version.id)
    ]


def delete_scenario(entry: str) -> None:
    """Delete a scenario; its versions stay readable."""
    newest = notebook().read(entry)
    if newest is None:
        raise NotebookError("this scenario is not there any more: reload the page")
    notebook().delete(entry, based_on=newest.number, written_at=datetime.now(UTC))


def target_months(plan: BackwardPlan) -> tuple[date, ...]:
    """The first days of the months that the target's windows cover."""
    windows = plan.target.windows
    return tuple(Period(windows[0].start, windows[-1].end).months())
