"""What the levers could still do for the open part of a kept plan."""

from __future__ import annotations

import streamlit as st

from data.errors import MetricError
from data.notebook.plans import Plan
from data.notebook.shelf import Kept
from metrics.period import in_words
from metrics.plan.attainment.kept_plan import KeptPlan
from metrics.plan.attainment.open_part import open_target
from metrics.plan.backward.levers import levers
from metrics.plan.backward.plan import BackwardPlan, backward_plan
from metrics.plan.target import Target, TargetKind, plural
from metrics.scope import Scope, Stage
from metrics.wording import formats
from pages.controls.columns import day, percent, text
from pages.controls.tables import show_table
from pages.display.text import escape
from pages.plan.backward.answer import Usual, usual_course
from pages.plan.backward.more import levers_in_words
from pages.plan.backward.saved import PLAN_PAGE
from pages.plan.drawn import brought_by, draws_of, history_of

COLUMNS = {
    "lever": text("Lever", pinned=True),
    "added_chance": percent("Adds"),
    "last_on": day("Works until"),
    "hit_chance": percent("Chance with it"),
    "from_value": text("From"),
    "to_value": text("To"),
}


def show_still_possible(scope: Scope, kept: Kept[Plan], plan: KeptPlan, currency: str) -> None:
    """What each lever adds to the chance of what is open, and where to plan it anew."""
    with st.container(border=True):
        st.header("What could the levers still do?", anchor=False)
        try:
            target = open_target(kept.value, scope.observed_until)
            if target is None:
                last = in_words(kept.value.deadlines[-1].on)
                st.caption(f"The data reaches the last deadline, {last}: nothing is open.")
            else:
                _show_levers(scope, target, plan.learns_from, currency)
        except MetricError as error:
            st.caption(escape(error))
        st.page_link(
            PLAN_PAGE,
            label="Plan it anew: Backward plan",
            icon=":material/flag:",
        )


def _show_levers(scope: Scope, target: Target, entry: Stage | None, currency: str) -> None:
    history, draws = history_of(scope, None, entry), draws_of(scope, None, entry)
    brought = brought_by(scope, target.windows, None, entry)
    open_plan = backward_plan(history, draws, brought, target)
    usual = usual_course(history, open_plan)
    rows = levers(history, draws, brought, open_plan, usual.entries)
    st.caption(escape(_how_it_stands(open_plan, usual, currency)))
    if rows.is_empty():
        st.caption("There are too few months of history to say what was ever better.")
        return
    shown = levers_in_words(rows, currency).select(list(COLUMNS))
    show_table(shown, alt="Levers", stem="open_levers", columns=COLUMNS, everything=lambda: rows)
    st.caption("Each lever raises a number to what the best quarter of the past months reached.")


def _how_it_stands(plan: BackwardPlan, usual: Usual, currency: str) -> str:
    """The chance of what is open as things go, and the volume that would make it sure enough."""
    target, entered = plan.target, plural(plan.entry)
    total = (
        formats.money(target.total, currency)
        if target.kind is TargetKind.REVENUE
        else f"{target.total:,.0f} deals"
    )
    parts = f" in {len(target.windows)} parts" if len(target.windows) > 1 else ""
    text_shown = (
        f"{total}{parts} must still be won by {in_words(target.windows[-1].end)}. The usual"
        f" {formats.count(usual.per_month)} {entered} a month reach that with a chance of"
        f" {formats.chance(usual.chance)}."
    )
    sure = f"{100 * target.confidence:.0f}%"
    if not plan.is_reachable:
        return f"{text_shown} No number of {entered} raises it to {sure}: they are won too late."
    needed = plan.volume / max(1e-9, float(usual.entries.sum())) * usual.per_month
    if needed <= usual.per_month:
        return text_shown
    return f"{text_shown} A chance of {sure} takes {formats.count(needed)} a month."
