"""Data health: what is loaded, how fresh it is, what was refused, what is missing."""

import streamlit as st

from data.generations import Store
from data.presence import has_table
from metrics.health_loads import source_freshness
from metrics.health_score import health_score
from metrics.health_values import unassigned_leads, unpriced
from pages.controls.health_completeness import show_completeness
from pages.controls.health_consent import show_consent
from pages.controls.health_identity import show_notices, show_people
from pages.controls.health_readings import show_readings
from pages.controls.health_score import show_score
from pages.controls.health_sections import (
    COMPANIES,
    FRESHNESS,
    ORPHANS,
    REJECTED,
    RESTATEMENTS,
    SIZES,
    UNMAPPED,
    UNPRICED,
    UNRESOLVED,
    show_section,
)
from pages.controls.health_tiles import show_alarm, show_health_tiles
from pages.controls.loads import manage_load, show_loads
from pages.controls.measure import current_warehouse
from pages.controls.problems import explained

st.caption("What is loaded, how fresh it is, what was rejected and what is missing.")

show_alarm(Store.from_environment())
warehouse = current_warehouse()
if not all(has_table(warehouse, name) for name in ("account_identity", "person_proposal")):
    st.info(
        "This data was derived by an older version of Backcast. Load a file, or run "
        "`python -m data derive`: what is said here of people and companies needs it."
    )

with st.container(border=True), explained():
    st.header("How healthy the data is", anchor=False)
    show_score(health_score(warehouse))
with explained():
    show_health_tiles(
        warehouse, source_freshness(warehouse), unpriced(warehouse), unassigned_leads(warehouse)
    )

loading, values, links, full, restated, consent = st.tabs(
    ["Loads", "Values", "Links", "Completeness", "Restatements", "Consent"]
)
with loading:
    show_section(FRESHNESS, warehouse)
    show_section(REJECTED, warehouse)
    with st.container(border=True), explained():
        st.header("Loads", anchor=False)
        manage_load(show_loads())
    show_section(SIZES, warehouse)
with values:
    show_section(UNMAPPED, warehouse)
    show_section(UNPRICED, warehouse)
    show_section(UNRESOLVED, warehouse)
    show_readings(warehouse)
with links:
    show_section(ORPHANS, warehouse)
    show_section(COMPANIES, warehouse)
    show_people(warehouse)
    show_notices(warehouse)
with full, st.container(border=True), explained():
    st.header("Completeness", anchor=False)
    st.caption("The share of rows in which each column is filled, by the month of the row (UTC).")
    show_completeness(warehouse)
with restated:
    show_section(RESTATEMENTS, warehouse)
with consent:
    show_consent(warehouse)
