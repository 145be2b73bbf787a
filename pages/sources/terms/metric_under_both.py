"""A metric under the terms in force and under the changed ones, for terms that metrics read."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from datetime import date

import polars as pl
import streamlit as st

from data.definition_changes.differences import Change
from data.definitions import Definitions
from data.terms.meanings import MEANINGS
from metrics.catalogue import find_metric
from metrics.period import Period
from metrics.scope import Scope
from pages.controls.downloads import file_stem
from pages.controls.measure import current_warehouse, definitions, loaded_horizon, remembered
from pages.controls.tables import show_table
from pages.display.text import escape

_READERS = {
    "windows": ("stage_conversion",),
    "gross_margin": ("channel_returns",),
    "attribution": ("channel_credit", "channel_returns", "self_reported"),
    "route_costs": ("route_costs",),
    "content": ("content_performance",),
    "touch.outbound": ("consent", "contacts_after_withdrawal"),
}
"""Metrics that show best what a term does, by how the key begins."""


def readers(changes: Iterable[Change]) -> list[str]:
    """Metrics to look at for changes of terms that no table follows.

    >>> readers([Change("windows.mql", "60 days", "45 days"), Change("time_zone", "UTC", "GMT")])
    ['stage_conversion']
    """
    only = [change.term for change in changes if MEANINGS[change.term].only_metrics]
    found = [
        name
        for beginning, names in _READERS.items()
        if any(term.startswith(beginning) for term in only)
        for name in names
    ]
    return list(dict.fromkeys(found))


def show_metric_under_both(
    changes: Iterable[Change], written: Definitions, first: date, last: date
) -> None:
    """The metric that is chosen, old and new, for months from the first to the last."""
    names = readers(changes)
    if not names:
        return
    name = st.selectbox(
        "A metric under both",
        names,
        index=None,
        placeholder="Choose one that reads what differs",
        key="terms_under_both",
    )
    if name is None:
        return
    end = last.replace(day=calendar.monthrange(last.year, last.month)[1])
    old, new = (_measured(name, terms, Period(first, end)) for terms in (definitions(), written))
    if old.equals(new):
        st.markdown(f"`{name}` says the same under both.")
    with st.container(horizontal=True):
        for label, found in (("Old", old), ("New", new)):
            with st.container(width=480):
                st.markdown(f"**{label}**")
                show_table(
                    found,
                    alt=f"{escape(name)}, {label.lower()}",
                    stem=file_stem(f"{name}_{label.lower()}"),
                    columns={},
                )


def _measured(name: str, terms: Definitions, period: Period) -> pl.DataFrame:
    scope = Scope(period, loaded_horizon().last, windows=terms.windows)
    return remembered(
        lambda: find_metric(name).measure(current_warehouse(), scope, definitions=terms),
        name,
        scope,
        terms.digest,
    )
