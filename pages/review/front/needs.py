"""Needs you: what asks for a decision now, each with the page that shows it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import streamlit as st

from data.notebook.plans import Plan
from data.notebook.shelf import Kept
from metrics.findings.of_plan import plan_facts
from metrics.findings.question import FindingsQuestion
from metrics.findings.top import Findings, top_findings
from metrics.report.question import plan_for
from metrics.scope import Comparison, Scope
from metrics.wording import formats
from pages.controls.captions import show_finding
from pages.controls.kept import notebook
from pages.controls.measure import definitions, loaded_horizon, remembered, remembering_warehouse
from pages.display.text import escape

AT_ONCE = 3
"""So many stand on the first screen."""

MOST = 8


def show_needs(scope: Scope) -> None:
    """What matters most now, late data first and then by money; the others in a fold."""
    found = _findings(scope, date.today())
    if not found.told:
        st.markdown(":material/check: Nothing needs a decision in this selection.")
    for finding in found.told[:AT_ONCE]:
        show_finding(finding)
    more = found.told[AT_ONCE:]
    if more or found.untold:
        with st.expander(f"{formats.count(len(more))} more" if more else "What is not covered"):
            for finding in more:
                show_finding(finding)
            for reason in found.untold:
                st.caption(escape(reason))


def _findings(scope: Scope, today: date) -> Findings:
    """What there is to say, found once for a state of the data, the terms and the plan."""
    kept = plan_for(notebook(), scope, scope.period)
    return remembered(
        lambda: _found(scope, today, kept), "findings", scope, today, kept and kept.version
    )


def _found(scope: Scope, today: date, kept: Kept[Plan] | None) -> Findings:
    asked = scope if scope.compared() else replace(scope, comparison=Comparison.NONE)
    question = FindingsQuestion(
        remembering_warehouse(), definitions(), loaded_horizon(), asked, today
    )
    return top_findings(question, plan_facts(question, kept), MOST)
