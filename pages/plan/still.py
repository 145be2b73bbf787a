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
from metrics.plan.backward.plan import backward_plan
from metrics.plan.target import Target, TargetKind, plural
from metrics.scope import Scope, Stage
from pages.controls.columns import day, percent, text
from pages.controls.tables import show_table
from pages.display import formats
from pages.display.text import escape
from pages.plan.backward.answer import usual_course
from pages.plan.backward.more import levers_in_words
from pages.plan.backward.saved import PLAN_PAGE
from pages.plan.drawn import brought_by, draws_of, history_of

COLUMNS = {
    "lever": text("Lever", pinned=True),
    "from_value": text("From"),
    "to_value": text("To"),
    "added_chance": percent("Adds to the chance"),
    "hit_chance": percent("Chance with it"),
    "last_on": day("Works until"),
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
                _show_levers(scope, target, plan.entry, currency)
        except MetricError as error:
            st.caption(escape(error))
        st.page_link(
            PLAN_PAGE,
            label="Change rates, volume and deadlines on the page Backward plan",
            icon=":material/flag:",
        )


def _show_levers(scope: Scope, target: Target, entry: Stage, currency: str) -> None:
    # A plan that has lines of wins alone is held to the entries that everything loaded has.
    known = None if entry is Stage.WON else entry
    history, draws = history_of(scope, None, known), draws_of(scope, None, known)
    brought = brought_by(scope, target.windows, None, known)
    open_plan = backward_plan(history, draws, brought, target)
    usual = usual_course(history, open_plan)
    rows = levers(history, draws, brought, open_plan, usual.entries)
    total = (
        formats.money(target.total, currency)
        if target.kind is TargetKind.REVENUE
        else f"{target.total:,.0f} deals"
    )
    whole = "what is open" if len(target.windows) > 1 else f"{total}"
    text_shown = (
        f"With the usual {formats.count(usual.per_month)} {plural(history.entry)} a month the"
        f" chance of {whole} by {in_words(target.windows[-1].end)} is"
        f" {formats.share(usual.chance)}."
    )
    if rows.is_empty():
        st.caption(escape(f"{text_shown} There are too few months to say what was ever better."))
        return
    st.caption(
        escape(
            f"{text_shown} A lever is moved to what the best quarter of the past months reached."
        )
    )
    show_table(levers_in_words(rows, currency), alt="Levers", stem="open_levers", columns=COLUMNS)
