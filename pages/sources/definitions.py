"""Definitions: every metric with its formula, the terms in force, and what changed when."""

from datetime import date

import streamlit as st

from data.definition_changes.history import history
from data.storage.store import Store
from pages.controls.problems import explained
from pages.sources.terms.edit import show_edit
from pages.sources.terms.glossary import show_glossary
from pages.sources.terms.in_force import show_in_force
from pages.sources.terms.versions import show_history
from pages.sources.terms.work import DERIVE
from pages.sources.terms.work_view import show_work

st.caption("What the words mean: the business's own terms, every metric, and what changed when.")

told = history(Store.from_environment().path, date.today())
show_work(DERIVE, "Done. Every page shows the new numbers.")
holding, words, metrics, past, edit = st.tabs(
    ["Terms in force", "Glossary", "Metrics", "History", "Edit"],
    key="terms_part",
    bind="query-params",
)
if holding.open:
    with holding, explained():
        show_in_force(told)
if words.open:
    with words, explained():
        show_glossary()
if metrics.open:
    with metrics, explained():
        # Here, because all metrics are imported with it, which takes a second at the first time.
        from pages.sources.terms.metrics import show_metrics

        show_metrics()
if past.open:
    with past, explained():
        show_history(told)
if edit.open:
    with edit, explained():
        show_edit(told)
