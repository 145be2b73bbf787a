"""Data health: what is loaded, how fresh it is, what was refused, what is missing."""

import streamlit as st

from data.engine.warehouse import has_table
from metrics.health.loads import source_freshness
from metrics.health.score import health_score
from metrics.health.values import unassigned_leads, unpriced
from pages.controls.measure import current_warehouse, measure_all
from pages.controls.problems import explained
from pages.sources.health.alerts import note_alerts, show_alerts
from pages.sources.health.completeness import show_completeness
from pages.sources.health.consent import show_consent
from pages.sources.health.identity import show_notices, show_people
from pages.sources.health.readings import show_readings
from pages.sources.health.restatements import show_restatements
from pages.sources.health.score import show_health_tiles, show_score
from pages.sources.health.source_window import show_source_window
from pages.sources.health.tables import (
    COMPANIES,
    FRESHNESS,
    ORPHANS,
    REJECTED,
    REMARKS,
    REPLACED,
    RETIRED,
    SIZES,
    TIES,
    UNCOUNTED,
    UNMAPPED,
    UNPRICED,
    UNRESOLVED,
    show_section,
)
from pages.sources.health.worst import is_consent_broken, show_worst
from pages.sources.loading.history import manage_load, show_loads

st.caption("What is loaded, how fresh it is, what was rejected and what is missing.")

warehouse = current_warehouse()

health, worst = st.columns([3, 2])
with health.container(border=True, height="stretch"), explained():
    st.header("Health score", anchor=False)
    show_score(measure_all(health_score), is_consent_broken=is_consent_broken())
with worst.container(border=True, height="stretch"), explained():
    st.header("Fix first", anchor=False)
    show_worst()
with explained():
    show_health_tiles(
        warehouse.generation,
        measure_all(source_freshness),
        measure_all(unpriced),
        measure_all(unassigned_leads),
    )
note_alerts()

loading, values, links, full, restated, consent, alerts = st.tabs(
    ["Loads", "Values", "Links", "Completeness", "Restatements", "Consent", "Alerts"],
    key="health_part",
    bind="query-params",
)
if loading.open:
    with loading:
        show_section(FRESHNESS)
        show_section(REJECTED)
        if has_table(current_warehouse(), "load_remark"):
            show_section(REMARKS)
        show_section(TIES)
        show_section(REPLACED)
        with st.container(border=True), explained():
            st.header("Load history", anchor=False)
            manage_load(show_loads())
        show_source_window()
        show_section(SIZES)
if values.open:
    with values:
        show_section(UNMAPPED)
        show_section(UNPRICED)
        show_section(UNRESOLVED)
        show_readings()
if links.open:
    with links:
        show_section(UNCOUNTED)
        show_section(RETIRED)
        show_section(ORPHANS)
        show_section(COMPANIES)
        show_people()
        show_notices()
if full.open:
    with full, st.container(border=True), explained():
        st.header("Completeness", anchor=False)
        show_completeness()
if restated.open:
    with restated, st.container(border=True), explained():
        st.header("Restatements", anchor=False)
        show_restatements()
if consent.open:
    with consent:
        show_consent()
if alerts.open:
    with alerts:
        show_alerts()

# A load that was published meanwhile: the page never mixes two states of the data.
if current_warehouse().generation != warehouse.generation:
    st.rerun()
